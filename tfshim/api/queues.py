"""`tf.queue`: queues of tuples of tensors, which threads fill and empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfshim import dtypes
from tfshim.api.lookup import ran
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.dtypes import as_dtype
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import init_scope
from tfshim.seeds import get_seed
from tfshim.shapes import TensorShape, as_shape, from_dims
from tfshim.tensor import Tensor


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _shape_list(shapes: Any, partial: bool = False) -> list[TensorShape]:
    """The shapes of the components, none if they are not given."""
    if shapes is None:
        return []
    if isinstance(shapes, TensorShape):
        shapes = [shapes]
    if not isinstance(shapes, (list, tuple)):
        raise TypeError(f"shapes must be a TensorShape or a list or tuple of them, got {type(shapes).__name__}.")
    if all(size is None or isinstance(size, int) for size in shapes):
        shapes = [shapes]  # that of the only component
    found = [as_shape(shape) for shape in shapes]
    if not partial and not all(shape.is_fully_defined() for shape in found):
        raise ValueError(f"All shapes must be fully defined: {found}")
    if any(shape.rank is None for shape in found):
        raise ValueError(f"All shapes must have a defined rank: {found}")
    return found


@export("queue.QueueBase", "compat.v1.QueueBase", "compat.v1.io.QueueBase")
class QueueBase:
    """A queue of elements that are tuples of tensors. The subclasses say in which order they come out.

    What is put in waits for room, and what is taken for elements, which other threads must provide.
    """

    def __init__(self, dtypes, shapes, names, queue_ref):
        self._dtypes = dtypes
        if shapes:
            if len(shapes) != len(dtypes):
                raise ValueError(
                    "Queue shapes must have the same length as dtypes, received "
                    f"len(shapes)={len(shapes)}, len(dtypes)={len(dtypes)}"
                )
            self._shapes = [as_shape(shape) for shape in shapes]
        else:
            self._shapes = [TensorShape(None)] * len(dtypes)
        if names is not None and len(names) != len(dtypes):
            raise ValueError(
                "List of names must have the same length as the list of dtypes, received "
                f"len(names)={len(names)},len(dtypes)={len(dtypes)}"
            )
        self._names = list(names) if names is not None else None
        self._queue_ref = queue_ref
        self._name = "Empty" if context.graph is None else queue_ref.op.name

    @staticmethod
    def from_list(index, queues):
        """The queue of that number among queues of one kind; the number must be known."""
        if not queues or not isinstance(queues, list) or not all(isinstance(q, QueueBase) for q in queues):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if any(q.dtypes != first.dtypes for q in queues):
            raise TypeError("Queues do not have matching component dtypes.")
        if any(q.names != first.names for q in queues):
            raise TypeError("Queues do not have matching component names.")
        known = constant_value(convert_to_tensor(index))
        if known is None:
            raise NotImplementedError("QueueBase.from_list with a number that is not known: choose the queue in Python")
        chosen = queues[int(known)]
        shapes = [a.most_specific_compatible_shape(b) for a, b in zip(first.shapes, chosen.shapes, strict=True)]
        return QueueBase(chosen.dtypes, shapes, chosen.names, chosen.queue_ref)

    queue_ref = property(lambda self: self._queue_ref, doc="The handle: a tensor of dtype resource.")
    name = property(lambda self: self._name, doc="The name of the operation that makes the queue.")
    dtypes = property(lambda self: self._dtypes, doc="The dtypes of the components.")
    shapes = property(lambda self: self._shapes, doc="The static shapes of the components.")
    names = property(lambda self: self._names, doc="The names of the components, or None.")

    def _components(self, vals: Any) -> list[Tensor]:
        if isinstance(vals, Mapping):
            if not self._names:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(self._names) != sorted(vals.keys()):
                raise ValueError(
                    f"Keys in dictionary to enqueue do not match names of Queue.  Dictionary: {sorted(vals.keys())},"
                    f"Queue: {sorted(self._names)}"
                )
            vals = [vals[name] for name in self._names]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        else:
            vals = _as_list(vals)
        pairs = zip(vals, self._dtypes, strict=False)
        return [convert_to_tensor(v, dtype=dtype, name=f"component_{i}") for i, (v, dtype) in enumerate(pairs)]

    def enqueue(self, vals, name=None):
        """Adds one element: a tensor, a list of them, or a dict by the names of the components.

        Raises:
          CancelledError: the queue is closed.
        """
        components = self._components(vals)
        for value, shape in zip(components, self._shapes, strict=False):
            value.shape.assert_is_compatible_with(shape)
        op("QueueEnqueueV2")(self._queue_ref, components, name=name or f"{self._name}_enqueue")
        return ran()

    def enqueue_many(self, vals, name=None):
        """Adds elements: each component has one for each along its first dimension."""
        components = self._components(vals)
        batch = TensorShape([None])
        for value, shape in zip(components, self._shapes, strict=False):
            outer = value.shape.with_rank_at_least(1)
            batch = batch.merge_with(outer[:1])
            outer[1:].assert_is_compatible_with(shape)
        op("QueueEnqueueManyV2")(self._queue_ref, components, name=name or f"{self._name}_EnqueueMany")
        return ran()

    def _result(self, values: Any, leading: tuple[int | None, ...]) -> Any:
        values = list(values) if isinstance(values, (list, tuple)) else [values]
        if context.graph is not None:
            for value, shape in zip(values, self._shapes, strict=True):
                value.set_shape(from_dims(leading).concatenate(shape))
        if self._names:
            return dict(zip(self._names, values, strict=True))
        return values[0] if len(values) == 1 else values

    def dequeue(self, name=None):
        """The next element: a tensor, a list of them, or a dict by the names of the components.

        Raises:
          OutOfRangeError: the queue is closed and empty.
        """
        found = op("QueueDequeueV2")(
            self._queue_ref, component_types=tuple(self._dtypes), name=name or f"{self._name}_Dequeue"
        )
        return self._result(found, ())

    def dequeue_many(self, n, name=None):
        """The next `n` elements, stacked; the shapes of the components must be given.

        Raises:
          OutOfRangeError: the queue is closed and has fewer elements.
        """
        return self._many("QueueDequeueManyV2", n, name or f"{self._name}_DequeueMany", constant_value)

    def dequeue_up_to(self, n, name=None):
        """Like `dequeue_many`, but of a closed queue what there is."""
        return self._many("QueueDequeueUpToV2", n, name or f"{self._name}_DequeueUpTo", lambda n: None)

    def _many(self, op_name: str, n: Any, name: str, size_of: Any) -> Any:
        count = convert_to_tensor(n, dtypes.int32, name="n")
        found = op(op_name)(self._queue_ref, count, component_types=tuple(self._dtypes), name=name)
        known = size_of(count)
        return self._result(found, (None if known is None else int(known),))

    def close(self, cancel_pending_enqueues=False, name=None):
        """Lets nothing in any more; what waits to get in still does, unless it is cancelled."""
        op("QueueCloseV2")(
            self._queue_ref, cancel_pending_enqueues=cancel_pending_enqueues, name=name or f"{self._name}_Close"
        )
        return ran()

    def is_closed(self, name=None):
        """Whether the queue is closed, a tensor."""
        return op("QueueIsClosedV2")(self._queue_ref, name=name or f"{self._name}_is_closed")

    def size(self, name=None):
        """The number of elements, a tensor."""
        return op("QueueSizeV2")(self._queue_ref, name=name or f"{self._name}_Size")


def _made(op_name: str, types: Any, shapes: list[TensorShape], **attrs: Any) -> Tensor:
    with init_scope():
        return op(op_name)(component_types=tuple(types), shapes=tuple(s._dims for s in shapes), **attrs)


def _names_list(names: Any) -> list[str] | None:
    return None if names is None else _as_list(names)


@export("queue.FIFOQueue", "compat.v1.FIFOQueue")
class FIFOQueue(QueueBase):
    """Elements come out in the order in which they went in.

    Args:
      capacity: how many elements there is room for.
      dtypes: of the components.
      shapes: of the components; needed to take several elements at once.
      names: of the components: elements are then dicts.
      shared_name: two queues of that name in one session are the same.
      name: of the operation.
    """

    def __init__(self, capacity, dtypes, shapes=None, names=None, shared_name=None, name="fifo_queue"):
        types = [as_dtype(t) for t in _as_list(dtypes)]
        sizes = _shape_list(shapes)
        ref = _made("FIFOQueueV2", types, sizes, capacity=capacity, shared_name=shared_name or "", name=name)
        super().__init__(types, sizes, _names_list(names), ref)


@export("queue.PaddingFIFOQueue", "compat.v1.PaddingFIFOQueue", "compat.v1.io.PaddingFIFOQueue")
class PaddingFIFOQueue(QueueBase):
    """Like `FIFOQueue`, with shapes that may be partly unknown: what is taken together is padded.

    The arguments are those of `FIFOQueue`; `shapes` must have a known rank each.
    """

    def __init__(self, capacity, dtypes, shapes, names=None, shared_name=None, name="padding_fifo_queue"):
        types = [as_dtype(t) for t in _as_list(dtypes)]
        sizes = _shape_list(shapes, partial=True)
        if len(sizes) != len(types):
            raise ValueError("When providing partial shapes, a list of shapes must be provided.")
        ref = _made("PaddingFIFOQueueV2", types, sizes, capacity=capacity, shared_name=shared_name or "", name=name)
        super().__init__(types, sizes, _names_list(names), ref)


@export("queue.RandomShuffleQueue", "compat.v1.RandomShuffleQueue", "compat.v1.io.RandomShuffleQueue")
class RandomShuffleQueue(QueueBase):
    """Elements come out in random order.

    The arguments are those of `FIFOQueue`, and `min_after_dequeue`, how many elements stay behind until the queue is
    closed, and `seed`.
    """

    def __init__(
        self,
        capacity,
        min_after_dequeue,
        dtypes,
        shapes=None,
        names=None,
        seed=None,
        shared_name=None,
        name="random_shuffle_queue",
    ):
        types = [as_dtype(t) for t in _as_list(dtypes)]
        sizes = _shape_list(shapes)
        first, second = get_seed(seed)
        ref = _made(
            "RandomShuffleQueueV2",
            types,
            sizes,
            capacity=capacity,
            min_after_dequeue=min_after_dequeue,
            seed=first or 0,
            seed2=second or 0,
            shared_name=shared_name or "",
            name=name,
        )
        super().__init__(types, sizes, _names_list(names), ref)


@export("queue.PriorityQueue", "compat.v1.PriorityQueue", "compat.v1.io.PriorityQueue")
class PriorityQueue(QueueBase):
    """The element with the least priority comes out first; the priority, int64, is its first component.

    The arguments are those of `FIFOQueue`, for the components behind the priority.
    """

    def __init__(self, capacity, types, shapes=None, names=None, shared_name=None, name="priority_queue"):
        kinds = [as_dtype(t) for t in _as_list(types)]
        sizes = _shape_list(shapes)
        ref = _made("PriorityQueueV2", kinds, sizes, capacity=capacity, shared_name=shared_name or "", name=name)
        all_shapes = [TensorShape([]), *sizes] if sizes else None
        super().__init__([dtypes.int64, *kinds], all_shapes, _names_list(names), ref)


for _class in (QueueBase, FIFOQueue, PaddingFIFOQueue, RandomShuffleQueue, PriorityQueue):
    _class.__module__ = "tensorflow.python.ops.data_flow_ops"
