"""Calls from several threads, gathered into batches: `Batch`, `Unbatch`, `UnbatchGrad`, and what `BatchFunction` needs.

The first caller of a batch waits until the batch is full or its time is over, and then does the work for all of them.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfshim.errors import DeadlineExceededError, UnavailableError
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, invalid
from tfshim.shapes import TensorShape, from_dims

_MICROSECOND = 1e-6
_ids = itertools.count(1)


class Options(NamedTuple):
    """How a batcher works; the first caller of its name decides."""

    num_batch_threads: int
    max_batch_size: int
    batch_timeout_micros: int
    max_enqueued_batches: int
    allowed_batch_sizes: tuple[int, ...]
    splits: bool = False  # `enable_large_batch_splitting`

    def check(self, splitting_matters: bool) -> None:
        """Raises InvalidArgumentError for what no batcher can do."""
        sizes = self.allowed_batch_sizes
        if any(b <= a for a, b in itertools.pairwise(sizes)):
            raise invalid("allowed_batch_sizes entries must be monotonically increasing")
        if sizes and not self.splits and sizes[-1] != self.max_batch_size:
            when = " when enable_large_batch_splitting is False" if splitting_matters else ""
            raise invalid(f"final entry in allowed_batch_sizes must equal max_batch_size{when}")
        if self.max_batch_size == 0:
            raise invalid(f"input_batch_size_limit must be positive; was {self.max_batch_size}")
        if self.batch_timeout_micros < 0:
            raise invalid(f"batch_timeout_micros must be non-negative; was {self.batch_timeout_micros}")

    @property
    def capacity(self) -> int:
        """The size of a full batch."""
        return self.allowed_batch_sizes[-1] if self.splits and self.allowed_batch_sizes else self.max_batch_size

    def padded(self, size: int) -> int:
        """The size that a batch of `size` is padded to."""
        return next((allowed for allowed in self.allowed_batch_sizes if allowed >= size), size)


class Task:
    """What one caller, or a part of it, adds to a batch.

    `process` takes all tasks of a batch and their batcher, and sets their results; that of the last one is called.
    """

    __slots__ = ("error", "id", "inputs", "process", "result", "size")

    def __init__(self, inputs: Sequence[np.ndarray], process: Process):
        self.inputs = inputs
        self.process = process
        self.size = inputs[0].shape[0]
        self.id = next(_ids)
        self.result: Any = None
        self.error: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether its batch was processed."""
        return self.result is not None or self.error is not None


Process = Callable[[list[Task], "Batcher"], None]


class _Batch:
    __slots__ = ("closed", "deadline", "size", "tasks")

    def __init__(self, deadline: float):
        self.tasks: list[Task] = []
        self.size = 0
        self.deadline = deadline
        self.closed = False


class Batcher:
    """Gathers tasks by queue and has full batches processed, at most `num_batch_threads` at a time."""

    def __init__(self, options: Options):
        self.options = options
        self._changed = threading.Condition()
        self._open: dict[Hashable, _Batch] = {}
        self._waiting = 0
        threads = options.num_batch_threads
        self._turn: Any = threading.Semaphore(threads) if threads > 0 else contextlib.nullcontext()

    def run(self, queue: Hashable, inputs: Sequence[np.ndarray], process: Process) -> list[Task]:
        """Adds one caller's tensors to a queue; returns its parts once their batches are processed.

        Args:
          queue: calls of the same queue meet.
          inputs: tensors of one first dimension.
          process: see `Task`.

        Raises:
          InvalidArgumentError: tensors that cannot be batched, or are too large.
          UnavailableError: too many batches wait for their turn.
        """
        size = _size_of(inputs)
        if 0 < self.options.max_batch_size < size:
            raise invalid(f"Task size {size} is larger than maximum input batch size {self.options.max_batch_size}")
        with self._changed:
            parts, led = self._enqueue(queue, inputs, size, process)
        for batch in led:
            self._lead(queue, batch)
        with self._changed:
            self._changed.wait_for(lambda: all(part.done for part in parts))
        error = next((part.error for part in parts if part.error is not None), None)
        if error is not None:
            raise error
        return parts

    def _enqueue(
        self, queue: Hashable, inputs: Sequence[np.ndarray], size: int, process: Process
    ) -> tuple[list[Task], list[_Batch]]:
        """The caller's parts, and the batches that it has to lead."""
        parts, led = [], []
        start = 0
        while start < size:
            batch = self._open.get(queue)
            room = self.options.capacity - batch.size if batch else 0
            if batch is None or (room < size - start and not self.options.splits):
                batch = self._start(queue)
                led.append(batch)
                room = self.options.capacity
            end = min(size, start + room) if self.options.splits else size
            part = Task([tensor[start:end] for tensor in inputs], process)
            batch.tasks.append(part)
            batch.size += part.size
            parts.append(part)
            start = end
            if batch.size >= self.options.capacity > 0:
                self._close(queue, batch)
        return parts, led

    def _start(self, queue: Hashable) -> _Batch:
        full = self._open.get(queue)
        if full is not None:
            if self._waiting >= self.options.max_enqueued_batches:
                raise UnavailableError(
                    None, None, "The batch scheduling queue to which this task was submitted is full"
                )
            self._close(queue, full)
        self._waiting += 1
        batch = self._open[queue] = _Batch(time.monotonic() + self.options.batch_timeout_micros * _MICROSECOND)
        return batch

    def _close(self, queue: Hashable, batch: _Batch) -> None:
        batch.closed = True
        if self._open.get(queue) is batch:
            del self._open[queue]
        self._changed.notify_all()

    def _lead(self, queue: Hashable, batch: _Batch) -> None:
        with self._changed:
            self._changed.wait_for(lambda: batch.closed, max(0.0, batch.deadline - time.monotonic()))
        with self._turn:
            with self._changed:
                # Who came while the batch waited for its turn is part of it, too.
                self._close(queue, batch)
                self._waiting -= 1
            try:
                batch.tasks[-1].process(batch.tasks, self)
            except Exception as error:
                for task in batch.tasks:
                    task.error = error
        with self._changed:
            self._changed.notify_all()


def _size_of(inputs: Sequence[np.ndarray]) -> int:
    """The common first dimension."""
    wrong = None
    if any(tensor.ndim == 0 for tensor in inputs):
        wrong = "Batching input tensors must have at least one dimension."
    elif len({tensor.shape[0] for tensor in inputs}) > 1:
        wrong = "Batching input tensors supplied in a given op invocation must have equal 0th-dimension size."
    if wrong is not None:
        shapes = [f" - in__tensors_{i} has shape {list(t.shape)}\n" for i, t in enumerate(inputs)]
        raise invalid(f"{wrong}\nBelow are the input tensors: \n{''.join(shapes)}")
    return inputs[0].shape[0]


def joined(tasks: Sequence[Task], batcher: Batcher) -> list[np.ndarray]:
    """The inputs of all tasks one after the other, padded with copies of the first row to an allowed size."""
    size = sum(task.size for task in tasks)
    padding = batcher.options.padded(size) - size
    return [
        _concatenated([*parts, *[parts[0][:1]] * padding]) for parts in zip(*[t.inputs for t in tasks], strict=True)
    ]


def _concatenated(parts: Sequence[np.ndarray]) -> np.ndarray:
    first = parts[0]
    for i, part in enumerate(parts):
        if part.shape[1:] != first.shape[1:]:
            one, other = (str(list(p.shape)).replace(" ", "") for p in (first, part))
            raise invalid(f"Dimensions of inputs should match: shape[0] = {one} vs. shape[{i}] = {other}")
    return np.concatenate(parts) if len(parts) > 1 else first


_batchers: dict[Hashable, Batcher] = {}
_batchers_lock = threading.Lock()


def batcher(key: Hashable, options: Options, splitting_matters: bool = False) -> Batcher:
    """The batcher of a name; made with `options` if there is none yet."""
    with _batchers_lock:
        if key not in _batchers:
            options.check(splitting_matters)
            _batchers[key] = Batcher(options)
        return _batchers[key]


# Batches that the graph sees ---------------------------------------------------------------------------------


@kernel("Batch", host=True)
def batch(
    in_tensors,
    *,
    num_batch_threads,
    max_batch_size,
    batch_timeout_micros,
    max_enqueued_batches,
    allowed_batch_sizes,
    container,
    shared_name,
    batching_queue,
):
    options = Options(
        num_batch_threads, max_batch_size, batch_timeout_micros, max_enqueued_batches, tuple(allowed_batch_sizes)
    )
    found = batcher(("Batch", container, shared_name or options), options)
    kinds = tuple(tensor.dtype for tensor in in_tensors)
    parts = found.run((batching_queue, kinds), in_tensors, _give_to_last)
    if not parts:  # of nothing
        return (*[np.zeros((0,), kind) for kind in kinds], np.zeros((0,), np.int64), np.int64(0))
    return (*parts[0].result, np.int64(parts[0].id))


def _give_to_last(tasks: list[Task], batcher: Batcher) -> None:
    """The last task gets the batch and a row `(id, start, end)` for each task; the others get nothing of it."""
    batch = joined(tasks, batcher)
    ends = list(itertools.accumulate(task.size for task in tasks))
    rows = [(task.id, end - task.size, end) for task, end in zip(tasks, ends, strict=True)]
    for task in tasks:
        task.result = [*[tensor[:0] for tensor in batch], np.zeros((0, 3), np.int64)]
    tasks[-1].result = [*batch, np.asarray(rows, np.int64)]


class _Exchange:
    """Tensors that some threads leave and others wait for, by id."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._tensors: dict[int, np.ndarray] = {}

    def leave(self, key: int, tensor: np.ndarray) -> None:
        """Stores a tensor."""
        with self._changed:
            self._tensors[key] = tensor
            self._changed.notify_all()

    def take(self, key: int, timeout: float | None = None) -> np.ndarray:
        """Waits for a tensor; DeadlineExceededError if it does not come in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: key in self._tensors, timeout):
                raise DeadlineExceededError(None, None, "Batched data did not arrive within timeout window.")
            return self._tensors.pop(key)


_exchanges: dict[Hashable, _Exchange] = {}


def _exchange(*key: Hashable) -> _Exchange:
    return _exchanges.setdefault(key, _Exchange())


@kernel("Unbatch", host=True)
def unbatch(batched_tensor, batch_index, id, *, timeout_micros, container, shared_name):
    if batch_index.size and int((batch_index[:, 2] - batch_index[:, 1]).sum()) > batched_tensor.shape[0]:
        raise invalid("Sum of split sizes must not exceed dim0-size of input tensor")
    exchange = _exchange("Unbatch", container, shared_name)
    for key, start, end in batch_index.tolist():
        exchange.leave(key, batched_tensor[start:end])
    return exchange.take(int(id), timeout_micros * _MICROSECOND)


@kernel("UnbatchGrad", host=True)
def unbatch_grad(original_input, batch_index, grad, id, *, container, shared_name):
    exchange = _exchange("UnbatchGrad", container, shared_name)
    exchange.leave(int(id), grad)
    if not batch_index.size:
        return grad[:0]
    return _concatenated([exchange.take(key) for key in batch_index[:, 0].tolist()])


# Shapes --------------------------------------------------------------------------------------------------------


def _any_number_of(shape: TensorShape) -> TensorShape:
    return shape if not shape.rank else from_dims((None, *shape._dims[1:]))


@shape_function("Batch")
def _(op):
    return [*[_any_number_of(op.shape(i)) for i in range(len(op))], from_dims((None, 3)), SCALAR]


@shape_function("Unbatch", "UnbatchGrad")
def _(op):
    return _any_number_of(op.shape(0))
