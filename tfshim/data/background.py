"""Stages that work ahead in threads: `prefetch` and the parallel `map`. Order is kept.

Threads start with the first element and end when the iterator is dropped; they never hold a reference to it. At
interpreter exit all of them are told to stop, and waited for.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import numpy as np

from tfshim.data.calling import Map
from tfshim.data.functions import ElementFunction
from tfshim.data.stages import Run, Stage, invalid
from tfshim.data.structure import Raw

AUTOTUNE = -1

_MOST_AHEAD = 32
_MOST_THREADS = 64
# What a call in another thread costs, about: shorter ones are made in the thread that asks.
_WORTH_A_THREAD = 3e-4
_PROBES = 6

_threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


def _start_thread(target: Callable[..., None], *args: Any) -> None:
    thread = threading.Thread(target=target, args=args, name="tf_data", daemon=True)
    _threads.add(thread)
    thread.start()


@atexit.register
def _wait_for_threads() -> None:
    # Runs after the finalizers of the iterators, which told the threads to stop. One that is in a program of JAX
    # while the interpreter goes would crash.
    deadline = time.monotonic() + 5
    for thread in list(_threads):
        thread.join(max(0.0, deadline - time.monotonic()))


class _Channel:
    """A bounded queue between a producing thread and an iterator."""

    def __init__(self, size: int, grows: bool):
        self.size = size
        self.grows = grows
        self.items: deque[tuple[Any, BaseException | None]] = deque()
        self.changed = threading.Condition()
        self.stopped = False
        self.ended = False

    def stop(self) -> None:
        """Tells the producer to end."""
        with self.changed:
            self.stopped = True
            self.changed.notify_all()

    def put(self, item: tuple[Any, BaseException | None]) -> bool:
        """Waits for room; False if nobody wants more."""
        with self.changed:
            while len(self.items) >= self.size and not self.stopped:
                self.changed.wait()
            self.items.append(item)
            if len(self.items) == 1:
                self.changed.notify_all()
            return not self.stopped

    def get(self) -> tuple[Any, BaseException | None]:
        """Waits for an item."""
        with self.changed:
            if not self.items and not self.ended and self.grows:
                self.size = min(2 * self.size, _MOST_AHEAD)
            while not self.items:
                if self.ended:
                    raise StopIteration
                self.changed.wait()
            full = len(self.items) >= self.size
            item = self.items.popleft()
            if full:
                self.changed.notify_all()
            return item

    def end(self) -> None:
        """Says that no more items come."""
        with self.changed:
            self.ended = True
            self.changed.notify_all()


def _produce(channel: _Channel, make: Callable[[], Iterator[Raw]]) -> None:
    try:
        source = make()
        while True:
            try:
                item: tuple[Any, BaseException | None] = next(source), None
            except StopIteration:
                return
            except BaseException as error:
                item = None, error
            if not channel.put(item):
                return
    finally:
        channel.end()


class _Ahead(Iterator[Raw]):
    """The elements of an iterator that another thread advances."""

    def __init__(self, make: Callable[[], Iterator[Raw]], size: int, grows: bool):
        self._channel = _Channel(size, grows)
        self._make: Callable[[], Iterator[Raw]] | None = make
        weakref.finalize(self, self._channel.stop)

    def __next__(self) -> Raw:
        if self._make is not None:
            _start_thread(_produce, self._channel, self._make)
            self._make = None
        raw, error = self._channel.get()
        if error is not None:
            raise error
        return raw


class Prefetch(Stage):
    """The elements, up to `buffer_size` of which are computed before they are asked for."""

    def __init__(self, source: Stage, buffer_size: np.ndarray):
        super().__init__(source)
        self._size = int(buffer_size)
        if self._size < AUTOTUNE:
            raise invalid("buffer_size must be >= 0 or set buffer_size to be -1 for auto-tuning [Op:PrefetchDataset]")

    def iterate(self, run: Run) -> Iterator[Raw]:
        source = self.inputs[0]
        if not self._size:
            return source.iterate(run)
        if self._size == AUTOTUNE:
            return _Ahead(functools.partial(source.iterate, run), 2, grows=True)
        return _Ahead(functools.partial(source.iterate, run), self._size, grows=False)


class ParallelMap(Map):
    """The results of a function of the elements, which several threads compute where that is worth it.

    Functions that draw random numbers are called one after the other, so that the numbers stay reproducible.
    """

    def __init__(self, source: Stage, num_parallel_calls: np.ndarray, *captured: Any, function: ElementFunction):
        super().__init__(source, *captured, function=function)
        wanted = int(num_parallel_calls)
        if wanted != AUTOTUNE and wanted <= 0:
            raise invalid("num_parallel_calls must be greater than zero. [Op:ParallelMapDatasetV2]")
        self._calls = min(os.cpu_count() or 1 if wanted == AUTOTUNE else wanted, _MOST_THREADS)
        self._eager_threads = function.calls_python
        self._sequential = function.sequential or self._calls == 1

    def iterate(self, run: Run) -> Iterator[Raw]:
        call, source = self._function.start(run), self.inputs[0].iterate(run)
        if self.ahead:
            return super().iterate(run)
        if self._sequential:
            return map(call, source)
        if self._eager_threads:
            return _Parallel(call, source, self._calls)
        return self._measured(call, source)

    def _measured(self, call: Callable[[Raw], Raw], source: Iterator[Raw]) -> Iterator[Raw]:
        """Finds out from the first elements, of which the very first compiles, whether threads are worth it."""
        durations: list[float] = []

        def timed(raw: Raw) -> Raw:
            start = time.perf_counter()
            result = call(raw)
            durations.append(time.perf_counter() - start)
            return result

        def rest() -> Iterator[Iterator[Raw]]:
            yield map(timed, itertools.islice(source, _PROBES))
            slow = len(durations) > 1 and min(durations[1:]) > _WORTH_A_THREAD
            yield _Parallel(call, source, self._calls) if slow else map(call, source)

        return itertools.chain.from_iterable(rest())


class _Task:
    """A call that another thread makes."""

    __slots__ = ("argument", "done", "error", "result")

    def __init__(self, argument: Raw):
        self.argument = argument
        self.done = threading.Event()
        self.result: Any = None
        self.error: BaseException | None = None


def _work(tasks: SimpleQueue[_Task | None], call: Callable[[Raw], Raw]) -> None:
    while (task := tasks.get()) is not None:
        try:
            task.result = call(task.argument)
        except BaseException as error:
            task.error = error
        task.done.set()
        del task


def _dismiss(tasks: SimpleQueue[_Task | None], count: int) -> None:
    while not tasks.empty():
        tasks.get_nowait()
    for _ in range(count):
        tasks.put(None)


class _Parallel(Iterator[Raw]):
    """The results of calls that several threads make, in order."""

    def __init__(self, call: Callable[[Raw], Raw], source: Iterator[Raw], threads: int):
        self._source = source
        self._pending: deque[_Task] = deque()
        self._ahead = threads + max(1, threads // 2)
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        for _ in range(threads):
            _start_thread(_work, self._tasks, call)
        weakref.finalize(self, _dismiss, self._tasks, threads)

    def __next__(self) -> Raw:
        for raw in itertools.islice(self._source, self._ahead - len(self._pending)):
            task = _Task(raw)
            self._pending.append(task)
            self._tasks.put(task)
        if not self._pending:
            raise StopIteration
        task = self._pending.popleft()
        task.done.wait()
        if task.error is not None:
            raise task.error
        return task.result
