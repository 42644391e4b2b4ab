"""Kernels of queues. A handle refers to a `Queue`: a cell that holds elements, and that threads wait for."""

from __future__ import annotations

import collections
import heapq
import itertools
import threading
from typing import Any

import numpy as np

from tfshim import buffers, dtypes
from tfshim.dtypes import DType
from tfshim.errors import CancelledError, OutOfRangeError
from tfshim.ops.kernels.lookup import table_kernel
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid, shape_text
from tfshim.shapes import from_dims

Element = tuple[np.ndarray, ...]
_serial = itertools.count()


class Queue(buffers.Cell):
    """What the handle of a queue refers to: elements come out in the order in which they went in."""

    __slots__ = ("cancelled", "capacity", "changed", "closed", "elements", "shapes", "types")
    kind = "FIFOQueue"
    waits = True

    def __init__(self, types: tuple[DType, ...], shapes: tuple[Any, ...], capacity: int, shared_name: str):
        if shapes and len(shapes) != len(types):
            raise invalid(f"Different number of component types.  Types: {len(types)}, Shapes: {len(shapes)}")
        super().__init__(shared_name or f"queue_{next(_serial)}", dtypes.resource, SCALAR)
        self.types = types
        self.shapes = shapes
        self.capacity = capacity if capacity > 0 else 2**31 - 1
        self.elements: Any = self._empty()
        self.closed = self.cancelled = False
        self.changed = threading.Condition()

    # What the kinds differ in

    def _empty(self) -> Any:
        return collections.deque()

    def _put(self, element: Element) -> None:
        self.elements.append(element)

    def _take(self) -> Element:
        return self.elements.popleft()

    def _put_back(self, elements: list[Element]) -> None:
        self.elements.extendleft(reversed(elements))

    def _available(self) -> int:
        """How many elements may be taken now."""
        return len(self.elements)

    def _stacked(self, arrays: list[np.ndarray], i: int) -> np.ndarray:
        return np.stack(arrays)

    # What all do

    def put(self, element: Element) -> None:
        """Adds an element once there is room; `CancelledError` if the queue is closed."""
        self._check(element)
        with self.changed:
            if self.closed:
                raise CancelledError(None, None, f"{self.kind} '{self.name}' is closed.")
            while len(self.elements) >= self.capacity:
                self.changed.wait()
                if self.cancelled:
                    raise CancelledError(None, None, "Enqueue operation was cancelled")
            self._put(element)
            self.changed.notify_all()

    def _check(self, element: Element) -> None:
        have = tuple(dtypes.of(part.dtype) for part in element)
        if have != self.types:
            names = [", ".join(t.name for t in kinds) for kinds in (have, self.types)]
            raise invalid(f"Signature mismatch, have: {names[0]} expected: {names[1]}")
        for i, (part, shape) in enumerate(zip(element, self.shapes, strict=False)):
            if not from_dims(shape).is_compatible_with(part.shape):
                raise invalid(
                    f"Shape mismatch in tuple component {i}. Expected {shape_text(shape)}, got {shape_text(part.shape)}"
                )

    def take(self) -> Element:
        """The next element, once there is one; `OutOfRangeError` if the queue is closed and empty."""
        with self.changed:
            self._await(1, 0)
            return self._took()

    def take_many(self, count: int, at_most: bool) -> list[np.ndarray]:
        """The next elements, stacked; `at_most`: what there is, if the queue is closed."""
        if not self.shapes:
            raise invalid(f"{self.kind}'s DequeueMany and DequeueUpTo require the components to have specified shapes.")
        if count < 0:
            raise invalid(f"DequeueManyOp requested {count} < 0 elements")
        taken: list[Element] = []
        with self.changed:
            while len(taken) < count:
                try:
                    self._await(count - len(taken) if self.closed and not at_most else 1, len(taken))
                except OutOfRangeError:
                    if at_most and taken:
                        break
                    self._put_back(taken)
                    raise
                taken.append(self._took())
        if not taken:
            sizes = [tuple(size or 0 for size in shape) for shape in self.shapes]
            return [np.zeros((0, *s), t.as_numpy_dtype) for s, t in zip(sizes, self.types, strict=True)]
        return [self._stacked(list(parts), i) for i, parts in enumerate(zip(*taken, strict=True))]

    def _await(self, wanted: int, taken: int) -> None:
        while self._available() < 1 and not self.closed:
            self.changed.wait()
        if self._available() < wanted:
            raise OutOfRangeError(
                None,
                None,
                f"{self.kind} '{self.name}' is closed and has insufficient elements (requested {wanted + taken}, "
                f"current size {len(self.elements) + taken})",
            )

    def _took(self) -> Element:
        element = self._take()
        self.changed.notify_all()
        return element

    def close(self, cancel: bool) -> None:
        """Lets nothing in any more."""
        with self.changed:
            self.closed = True
            self.cancelled = self.cancelled or cancel
            self.changed.notify_all()


class PaddingQueue(Queue):
    """Elements that are taken together are padded to one shape."""

    __slots__ = ()
    kind = "PaddingFIFOQueue"

    def _stacked(self, arrays: list[np.ndarray], i: int) -> np.ndarray:
        dims, dtype = self.shapes[i] or (), self.types[i]
        size = [max(a.shape[axis] for a in arrays) for axis in range(len(dims))]
        fill = b"" if dtype is dtypes.string else 0
        stacked = np.full((len(arrays), *size), fill, dtype.as_numpy_dtype)
        for row, array in enumerate(arrays):
            stacked[(row, *(slice(n) for n in array.shape))] = array
        return stacked


class ShufflingQueue(Queue):
    """Elements come out in random order; some stay behind for the sake of it, until the queue is closed."""

    __slots__ = ("behind", "rng")
    kind = "RandomShuffleQueue"

    def __init__(self, *args: Any, behind: int, seed: Any):
        super().__init__(*args)
        if not 0 <= behind < self.capacity:
            raise invalid(f"min_after_dequeue {behind} must be < capacity {self.capacity}")
        self.behind = behind
        self.rng = np.random.default_rng(seed)

    def _empty(self) -> Any:
        return []

    def _take(self) -> Element:
        i = int(self.rng.integers(len(self.elements)))
        self.elements[i], self.elements[-1] = self.elements[-1], self.elements[i]
        return self.elements.pop()

    def _put_back(self, elements: list[Element]) -> None:
        self.elements.extend(elements)

    def _available(self) -> int:
        return len(self.elements) if self.closed else len(self.elements) - self.behind


class PriorityQueue(Queue):
    """The element with the least first component comes out first."""

    __slots__ = ("arrivals",)
    kind = "PriorityQueue"

    def _empty(self) -> Any:
        self.arrivals = itertools.count()
        return []

    def _put(self, element: Element) -> None:
        heapq.heappush(self.elements, (int(element[0]), next(self.arrivals), element))

    def _take(self) -> Element:
        return heapq.heappop(self.elements)[-1]

    def _put_back(self, elements: list[Element]) -> None:
        for element in elements:
            self._put(element)


# Making queues ----------------------------------------------------------------------------------------------------


@kernel("FIFOQueueV2", host=True)
def fifo_queue(*, component_types, shapes, capacity, shared_name):
    return Queue(component_types, shapes, capacity, shared_name)


@kernel("PaddingFIFOQueueV2", host=True)
def padding_fifo_queue(*, component_types, shapes, capacity, shared_name):
    return PaddingQueue(component_types, shapes, capacity, shared_name)


@kernel("RandomShuffleQueueV2", host=True)
def random_shuffle_queue(*, component_types, shapes, capacity, min_after_dequeue, seed, seed2, shared_name):
    chosen = (seed, seed2) if seed or seed2 else None
    return ShufflingQueue(component_types, shapes, capacity, shared_name, behind=min_after_dequeue, seed=chosen)


@kernel("PriorityQueueV2", host=True)
def priority_queue(*, component_types, shapes, capacity, shared_name):
    return PriorityQueue((dtypes.int64, *component_types), ((), *shapes), capacity, shared_name)


# Using queues -----------------------------------------------------------------------------------------------------


@table_kernel("QueueEnqueueV2")
def enqueue(queue, components, *, timeout_ms):
    queue.put(tuple(components))
    return ()


@table_kernel("QueueEnqueueManyV2")
def enqueue_many(queue, components, *, timeout_ms):
    if any(not c.ndim for c in components) or len({len(c) for c in components}) > 1:
        raise invalid("All components of a batch must have the same size in dimension 0")
    for element in zip(*components, strict=True):
        queue.put(tuple(np.asarray(part, c.dtype) for part, c in zip(element, components, strict=True)))
    return ()


@table_kernel("QueueDequeueV2")
def dequeue(queue, *, component_types, timeout_ms):
    return queue.take()


@table_kernel("QueueDequeueManyV2")
def dequeue_many(queue, n, *, component_types, timeout_ms):
    return tuple(queue.take_many(int(n), at_most=False))


@table_kernel("QueueDequeueUpToV2")
def dequeue_up_to(queue, n, *, component_types, timeout_ms):
    return tuple(queue.take_many(int(n), at_most=True))


@table_kernel("QueueCloseV2")
def close(queue, *, cancel_pending_enqueues):
    queue.close(cancel_pending_enqueues)
    return ()


@table_kernel("QueueIsClosedV2")
def is_closed(queue):
    return np.bool_(queue.closed)


@table_kernel("QueueSizeV2")
def size(queue):
    return np.int32(len(queue.elements))


@shape_function(
    "FIFOQueueV2", "PaddingFIFOQueueV2", "RandomShuffleQueueV2", "PriorityQueueV2", "QueueIsClosedV2", "QueueSizeV2"
)
def _(op):
    return SCALAR


@shape_function("QueueDequeueV2", "QueueDequeueManyV2", "QueueDequeueUpToV2")
def _(op):
    return [UNKNOWN] * len(op.attr("component_types"))
