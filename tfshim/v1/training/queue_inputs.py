"""Input pipelines of TensorFlow 1: queues of a few epochs of elements, and queues of batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfshim import dtypes
from tfshim.api.assertions import Assert
from tfshim.api.creation import range as range_of
from tfshim.api.queues import FIFOQueue, PaddingFIFOQueue, RandomShuffleQueue
from tfshim.api.random import shuffle as shuffled
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import control_dependencies, name_scope, no_op
from tfshim.shapes import as_shape
from tfshim.sparse.tensor import SparseTensor
from tfshim.tensor import Tensor
from tfshim.v1.collections import GraphKeys
from tfshim.v1.conditionals import cond
from tfshim.v1.training.queue_runner import QueueRunner, add_queue_runner
from tfshim.v1.variable_creation import create_variable


def _require_graph(error: type[Exception] = RuntimeError) -> None:
    if context.graph is None:
        raise error("input pipelines of queues work in graphs only: in eager mode, use tf.data")


# Elements ------------------------------------------------------------------------------------------------


@export("compat.v1.train.limit_epochs")
def limit_epochs(tensor, num_epochs=None, name=None):
    """`tensor`, which gives OutOfRangeError after `num_epochs` runs, counted by a local variable; None: never."""
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name or "limit_epochs") as scope:
        zero = convert_to_tensor(0, dtypes.int64)
        collections = [GraphKeys.LOCAL_VARIABLES]
        epochs = create_variable(zero, name="epochs", trainable=False, collections=collections)
        with control_dependencies([epochs.count_up_to(num_epochs)]):
            return op("Identity")(tensor, name=scope)


@export("compat.v1.train.input_producer")
def input_producer(
    input_tensor,
    element_shape=None,
    num_epochs=None,
    shuffle=True,
    seed=None,
    capacity=32,
    shared_name=None,
    summary_name=None,
    name=None,
    cancel_op=None,
):
    """A queue of the rows of a tensor, again and again, which a queue runner fills.

    Args:
      input_tensor: its first dimension is that of the rows.
      element_shape: shape of a row, where that of the tensor does not tell.
      num_epochs: how often the rows are put in; None: without end.
      shuffle: whether to put them in random order each time.
      seed: of that order.
      capacity: of the queue.
      shared_name: of the queue.
      summary_name: has no effect.
      name: of the queue.
      cancel_op: of the `QueueRunner`.

    Raises:
      RuntimeError: in eager mode.
      ValueError: if the shape of a row is not known.
    """
    _require_graph()
    with name_scope(name or "input_producer") as scope:
        rows = convert_to_tensor(input_tensor, name="input_tensor")
        shape = rows.shape[1:].merge_with(as_shape(element_shape))
        if not shape.is_fully_defined():
            raise ValueError("input_tensor must have a fully defined shape, or element_shape be given")
        if shuffle:
            rows = shuffled(rows, seed=seed)
        queue = FIFOQueue(capacity, [rows.dtype], [shape], shared_name=shared_name, name=scope)
        enqueue = queue.enqueue_many([limit_epochs(rows, num_epochs)])
        add_queue_runner(QueueRunner(queue, [enqueue], cancel_op=cancel_op))
        return queue


@export("compat.v1.train.string_input_producer")
def string_input_producer(
    string_tensor, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, name=None, cancel_op=None
):
    """`input_producer` of strings, such as names of files; ValueError for an empty list of them."""
    _require_graph()
    empty = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, Tensor) and not len(string_tensor):
        raise ValueError(empty)
    with name_scope(name or "input_producer") as scope:
        strings = convert_to_tensor(string_tensor, dtypes.string)
        with control_dependencies([Assert(op("Greater")(op("Size")(strings), 0), [empty])]):
            strings = op("Identity")(strings)
        return input_producer(strings, [], num_epochs, shuffle, seed, capacity, shared_name, None, scope, cancel_op)


@export("compat.v1.train.range_input_producer")
def range_input_producer(limit, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, name=None):
    """`input_producer` of the integers below `limit`."""
    with name_scope(name or "input_producer") as scope:
        return input_producer(range_of(limit), [], num_epochs, shuffle, seed, capacity, shared_name, None, scope)


@export("compat.v1.train.slice_input_producer")
def slice_input_producer(
    tensor_list, num_epochs=None, shuffle=True, seed=None, capacity=32, shared_name=None, name=None
):
    """One row of each tensor of a list, by a `range_input_producer`; ValueError for an empty list."""
    _require_graph()
    with name_scope(name or "input_producer"):
        tensors = [convert_to_tensor(t) for t in tensor_list]
        if not tensors:
            raise ValueError("slice_input_producer needs one tensor at least")
        size = op("Shape")(tensors[0])[0]
        index = range_input_producer(size, num_epochs, shuffle, seed, capacity, shared_name).dequeue()
        return [op("GatherV2")(t, index, 0) for t in tensors]


# Batches -------------------------------------------------------------------------------------------------


def _listed(tensors: Any) -> list[Any]:
    """The tensors, some of them sparse, of one element: a tensor, a list of them, or a dict by its sorted keys."""
    if isinstance(tensors, dict):
        values = [tensors[key] for key in sorted(tensors)]
    else:
        values = list(tensors) if isinstance(tensors, (list, tuple)) else [tensors]
    if not values:
        raise ValueError("Expected at least one tensor in batch().")
    return [v if isinstance(v, SparseTensor) else convert_to_tensor(v) for v in values]


def _stored(inputs: list[list[Any]], enqueue_many: bool) -> list[list[Tensor]]:
    """The inputs as queues hold them: sparse tensors as three strings each."""
    serialize = op("SerializeManySparse" if enqueue_many else "SerializeSparse")

    def stored(t: Any) -> Tensor:
        sparse = isinstance(t, SparseTensor)
        return serialize(t.indices, t.values, t.dense_shape, out_type=dtypes.string) if sparse else t

    return [[stored(t) for t in tensors] for tensors in inputs]


def _restored(taken: Any, like: list[Any], enqueue_many: bool) -> Any:
    """What a queue gave, with sparse tensors for those that it held."""
    if not any(isinstance(t, SparseTensor) for t in like):
        return taken
    restored = []
    for value, original in zip(taken if isinstance(taken, list) else [taken], like, strict=True):
        if isinstance(original, SparseTensor):
            indices, values, shape = op("DeserializeSparse")(value, dtype=original.dtype)
            rank = original.shape.rank
            if rank is not None:
                shape.set_shape([rank if enqueue_many else rank + 1])
            value = SparseTensor(indices, values, shape)
        restored.append(value)
    return restored if isinstance(taken, list) else restored[0]


def _inputs_of(tensors_list: Sequence[Any]) -> list[list[Any]]:
    """The tensors of each input of a join, which must be alike."""
    if not tensors_list:
        raise ValueError("Expected at least one input in batch_join().")
    first = tensors_list[0]
    if isinstance(first, dict) and any(not isinstance(t, dict) or sorted(t) != sorted(first) for t in tensors_list):
        raise ValueError("All dictionaries of a join must have the same keys")
    inputs = [_listed(tensors) for tensors in tensors_list]
    if any(len(tensors) != len(inputs[0]) for tensors in inputs):
        raise ValueError("All inputs of a join must have the same number of tensors")
    for position, tensors in enumerate(zip(*inputs, strict=True)):
        if len({t.dtype for t in tensors}) > 1:
            raise TypeError(f"Expected types to be consistent among the inputs of a join, in component {position}")
    return inputs


def _shapes_of(inputs: list[list[Tensor]], shapes: Any, enqueue_many: bool) -> list[Any]:
    if shapes is not None:
        return shapes
    merged = []
    for tensors in zip(*inputs, strict=True):
        own = [t.shape[1:] if enqueue_many else t.shape for t in tensors]
        shape = own[0]
        for other in own[1:]:
            shape = shape.most_specific_compatible_shape(other)
        if shape.rank is None:
            raise ValueError(f"Cannot infer Tensor's rank: {tensors[0]}")
        merged.append(shape)
    return merged


def _enqueue(queue: Any, tensors: list[Tensor], enqueue_many: bool, keep: Any) -> Any:
    put = queue.enqueue_many if enqueue_many else queue.enqueue
    if keep is True:
        return put(tensors)
    keep = convert_to_tensor(keep, dtypes.bool)
    if keep.shape.rank is None:
        raise ValueError("The dimensions of `keep_input` must be known at graph construction.")
    if keep.shape.rank == 1 and enqueue_many:
        chosen = op("Squeeze")(op("Where")(keep), squeeze_dims=(1,))
        return put([op("GatherV2")(t, chosen, 0) for t in tensors])
    if keep.shape.rank:
        if keep.shape.rank > 1:
            raise ValueError("`keep_input` must be 0 or 1 dimensions.")
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    known = constant_value(keep)
    if known is not None:
        return put(tensors) if known else no_op()
    return cond(keep, lambda: put(tensors), no_op)


def _batches(
    inputs: list[list[Any]],
    original: Any,
    batch_size: Any,
    default_name: str,
    name: str | None,
    make_queue: Callable[[list[Any], list[Any]], Any],
    enqueue_many: bool,
    shapes: Any,
    smaller_final: bool,
    keep: Any = True,
    num_threads: int = 1,
) -> Any:
    """Batches of what a queue of `make_queue(dtypes, shapes)` gives, which runners fill from the inputs."""
    _require_graph(ValueError)
    with name_scope(name or default_name) as scope:
        stored = _stored(inputs, enqueue_many)
        queue = make_queue([t.dtype for t in stored[0]], _shapes_of(stored, shapes, enqueue_many))
        enqueues = [_enqueue(queue, tensors, enqueue_many, keep) for tensors in stored]
        if len(inputs) == 1:
            enqueues *= num_threads
        add_queue_runner(QueueRunner(queue, enqueues))
        take = queue.dequeue_up_to if smaller_final else queue.dequeue_many
        taken = _restored(take(batch_size, name=scope), inputs[0], enqueue_many)
    if not isinstance(original, dict):
        return taken
    return dict(zip(sorted(original), taken if isinstance(taken, list) else [taken], strict=True))


def _in_order(capacity: int, dynamic_pad: bool, shared_name: str | None) -> Callable[..., Any]:
    kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    return lambda types, shapes: kind(capacity, types, shapes, shared_name=shared_name)


def _in_disorder(capacity: int, min_after: int, seed: Any, shared_name: str | None) -> Callable[..., Any]:
    return lambda types, shapes: RandomShuffleQueue(
        capacity, min_after, types, shapes, seed=seed, shared_name=shared_name
    )


@export("compat.v1.train.batch")
def batch(
    tensors,
    batch_size,
    num_threads=1,
    capacity=32,
    enqueue_many=False,
    shapes=None,
    dynamic_pad=False,
    allow_smaller_final_batch=False,
    shared_name=None,
    name=None,
):
    """Batches of what a tensor, or a list or dict of tensors, is in successive runs, by a queue and its runner.

    Args:
      tensors: of one element; of several, along the first dimension, with `enqueue_many`.
      batch_size: a number or an integer tensor.
      num_threads: how many threads fill the queue; with several, the order is not that of the runs.
      capacity: of the queue.
      enqueue_many: see `tensors`.
      shapes: of the components of an element; those of the tensors by default.
      dynamic_pad: whether to fill up with zeros what differs in size.
      allow_smaller_final_batch: whether a last batch may be smaller.
      shared_name: of the queue.
      name: of the operations.

    Returns:
      The structure of `tensors`, with a new first dimension.

    Raises:
      ValueError: without tensors, or for those of unknown rank; in eager mode.
    """
    return maybe_batch(
        tensors,
        True,
        batch_size,
        num_threads,
        capacity,
        enqueue_many,
        shapes,
        dynamic_pad,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


@export("compat.v1.train.maybe_batch")
def maybe_batch(
    tensors,
    keep_input,
    batch_size,
    num_threads=1,
    capacity=32,
    enqueue_many=False,
    shapes=None,
    dynamic_pad=False,
    allow_smaller_final_batch=False,
    shared_name=None,
    name=None,
):
    """As `batch`, of the elements for which `keep_input` is true (a vector of booleans with `enqueue_many`)."""
    make_queue = _in_order(capacity, dynamic_pad, shared_name)
    options = (enqueue_many, shapes, allow_smaller_final_batch, keep_input, num_threads)
    return _batches([_listed(tensors)], tensors, batch_size, "batch", name, make_queue, *options)


@export("compat.v1.train.batch_join")
def batch_join(
    tensors_list,
    batch_size,
    capacity=32,
    enqueue_many=False,
    shapes=None,
    dynamic_pad=False,
    allow_smaller_final_batch=False,
    shared_name=None,
    name=None,
):
    """As `batch`, of a list of inputs, for each of which a thread fills the queue."""
    return maybe_batch_join(
        tensors_list,
        True,
        batch_size,
        capacity,
        enqueue_many,
        shapes,
        dynamic_pad,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


@export("compat.v1.train.maybe_batch_join")
def maybe_batch_join(
    tensors_list,
    keep_input,
    batch_size,
    capacity=32,
    enqueue_many=False,
    shapes=None,
    dynamic_pad=False,
    allow_smaller_final_batch=False,
    shared_name=None,
    name=None,
):
    """As `batch_join`, of the elements for which `keep_input` is true."""
    inputs = _inputs_of(tensors_list)
    make_queue = _in_order(capacity, dynamic_pad, shared_name)
    options = (enqueue_many, shapes, allow_smaller_final_batch, keep_input)
    return _batches(inputs, tensors_list[0], batch_size, "batch_join", name, make_queue, *options)


@export("compat.v1.train.shuffle_batch")
def shuffle_batch(
    tensors,
    batch_size,
    capacity,
    min_after_dequeue,
    num_threads=1,
    seed=None,
    enqueue_many=False,
    shapes=None,
    allow_smaller_final_batch=False,
    shared_name=None,
    name=None,
):
    """As `batch`, in random order: `min_after_dequeue` elements stay behind, from which to choose by `seed`."""
    return maybe_shuffle_batch(
        tensors,
        batch_size,
        capacity,
        min_after_dequeue,
        True,
        num_threads,
        seed,
        enqueue_many,
        shapes,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


@export("compat.v1.train.maybe_shuffle_batch")
def maybe_shuffle_batch(
    tensors,
    batch_size,
    capacity,
    min_after_dequeue,
    keep_input,
    num_threads=1,
    seed=None,
    enqueue_many=False,
    shapes=None,
    allow_smaller_final_batch=False,
    shared_name=None,
    name=None,
):
    """As `shuffle_batch`, of the elements for which `keep_input` is true."""
    make_queue = _in_disorder(capacity, min_after_dequeue, seed, shared_name)
    options = (enqueue_many, shapes, allow_smaller_final_batch, keep_input, num_threads)
    return _batches([_listed(tensors)], tensors, batch_size, "shuffle_batch", name, make_queue, *options)


@export("compat.v1.train.shuffle_batch_join")
def shuffle_batch_join(
    tensors_list,
    batch_size,
    capacity,
    min_after_dequeue,
    seed=None,
    enqueue_many=False,
    shapes=None,
    allow_smaller_final_batch=False,
    shared_name=None,
    name=None,
):
    """As `shuffle_batch`, of a list of inputs, for each of which a thread fills the queue."""
    return maybe_shuffle_batch_join(
        tensors_list,
        batch_size,
        capacity,
        min_after_dequeue,
        True,
        seed,
        enqueue_many,
        shapes,
        allow_smaller_final_batch,
        shared_name,
        name,
    )


@export("compat.v1.train.maybe_shuffle_batch_join")
def maybe_shuffle_batch_join(
    tensors_list,
    batch_size,
    capacity,
    min_after_dequeue,
    keep_input,
    seed=None,
    enqueue_many=False,
    shapes=None,
    allow_smaller_final_batch=False,
    shared_name=None,
    name=None,
):
    """As `shuffle_batch_join`, of the elements for which `keep_input` is true."""
    inputs = _inputs_of(tensors_list)
    make_queue = _in_disorder(capacity, min_after_dequeue, seed, shared_name)
    options = (enqueue_many, shapes, allow_smaller_final_batch, keep_input)
    return _batches(inputs, tensors_list[0], batch_size, "shuffle_batch_join", name, make_queue, *options)
