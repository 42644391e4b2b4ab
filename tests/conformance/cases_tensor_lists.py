"""Raw ops on lists of tensors: what they check, what they say of it, and what they know of shapes while tracing."""

from __future__ import annotations

from .inputs import f32
from .runner import Case, Program


def _empty(tf, shape, limit=-1):
    shape = tf.constant(shape, tf.int32)
    return tf.raw_ops.EmptyTensorList(element_shape=shape, max_num_elements=limit, element_dtype=tf.float32)


def _reserve(tf, shape, number):
    shape = tf.constant(shape, tf.int32)
    return tf.raw_ops.TensorListReserve(element_shape=shape, num_elements=number, element_dtype=tf.float32)


def _push(tf, made, *items):
    for item in items:
        made = tf.raw_ops.TensorListPushBack(input_handle=made, tensor=tf.constant(item))
    return made


def _of(tf, shape, *items):
    return _push(tf, _empty(tf, shape), *items)


def _set(tf, made, index, item, **more):
    return tf.raw_ops.TensorListSetItem(input_handle=made, index=index, item=tf.constant(item), **more)


def _reader(name):
    def read(tf, made, *more, shape=-1, dtype="float32", **attrs):
        inputs = dict(zip({"GetItem": ["index"], "Gather": ["indices"]}.get(name, []), more, strict=True))
        shape = tf.constant(shape, tf.int32)
        op = getattr(tf.raw_ops, "TensorList" + name)
        return op(input_handle=made, element_shape=shape, element_dtype=tf.as_dtype(dtype), **inputs, **attrs)

    return read


_get, _gather, _stack, _pop = map(_reader, ["GetItem", "Gather", "Stack", "PopBack"])


def _concat(tf, made, shape=-1, lengths=()):
    return _reader("ConcatV2")(tf, made, shape=shape, leading_dims=tf.constant(lengths, tf.int64))


def _split(tf, tensor, shape, lengths):
    shape, lengths = tf.constant(shape, tf.int32), tf.constant(lengths, tf.int64)
    return tf.raw_ops.TensorListSplit(tensor=tensor, element_shape=shape, lengths=lengths)


def _from(tf, tensor, shape):
    return tf.raw_ops.TensorListFromTensor(tensor=tensor, element_shape=tf.constant(shape, tf.int32))


def _scatter(tf, tensor, indices, shape, number=-1):
    shape = tf.constant(shape, tf.int32)
    return tf.raw_ops.TensorListScatterV2(tensor=tensor, indices=indices, element_shape=shape, num_elements=number)


def _joined(tf, first, second):
    return tf.raw_ops.TensorListConcatLists(input_a=first, input_b=second, element_dtype=tf.float32)


def _through(tf, how, x):
    """A product through a list, with its gradient."""
    vector, scalar = tf.constant([3], tf.int32), tf.constant([], tf.int32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        if how == "stack":
            y = _stack(tf, _push(tf, _empty(tf, vector), x * x, x), shape=vector)
        elif how == "pop":
            y = _pop(tf, _push(tf, _empty(tf, vector), x * x), shape=vector)[1] * x
        elif how == "get":
            y = _get(tf, _set(tf, _reserve(tf, vector, 2), 1, x * x), 1, shape=vector) * x
        elif how == "gather":
            y = _gather(tf, _from(tf, x * x, scalar), [2, 0], shape=scalar)
        else:
            y = _stack(tf, _scatter(tf, x * x, [2, 0, 1], scalar), shape=scalar) * x
    return y, tape.gradient(y, x)


CASES = [
    Case(
        "full",
        lambda tf: _stack(tf, _push(tf, _empty(tf, [], 1), 1.0, 2.0)),
        message=["full list", "max_num_elements: 1"],
    ),
    Case("push-shape", lambda tf: _stack(tf, _of(tf, [2], 1.0)), message=["Tried to append", "list shape: [2]"]),
    Case("push-dtype", lambda tf: _stack(tf, _of(tf, [], 1))),
    Case("set-dtype", lambda tf: _stack(tf, _set(tf, _reserve(tf, [], 2), 0, 1)), message=["Invalid data types"]),
    Case(
        "set-longer", lambda tf: _stack(tf, _set(tf, _reserve(tf, [], 2), 3, 1.0, resize_if_index_out_of_bounds=True))
    ),
    Case("get-dtype", lambda tf: _get(tf, _reserve(tf, [2], 3), 0, dtype="int32")),
    Case("get-merged", lambda tf: _get(tf, _reserve(tf, [2, -1], 3), 0, shape=[-1, 4])),
    Case("get-against", lambda tf: _get(tf, _reserve(tf, [2, -1], 3), 0, shape=[3, 3])),
    Case("get-unwritten", lambda tf: _get(tf, _reserve(tf, [-1, 2], 3), 0), message=["not fully defined: [?,2]"]),
    Case("get-outside", lambda tf: _get(tf, _reserve(tf, -1, 2), 2), message=["element 2 in a list with 2 elements"]),
    Case("get-uneven", lambda tf: [_get(tf, _of(tf, [-1], [1.0], [2.0, 3.0]), i) for i in (0, 1)]),
    Case("pop-dtype", lambda tf: _pop(tf, _reserve(tf, [2], 3), dtype="int32")[1]),
    Case("pop-known", lambda tf: _pop(tf, _reserve(tf, [2], 3))[1]),
    Case("pop-against", lambda tf: _pop(tf, _reserve(tf, [-1, 2], 3), shape=[1, 3])[1], message=["[1,3] vs. [?,2]"]),
    Case("stack-known", lambda tf: _stack(tf, _of(tf, [2, -1], [[1.0], [2.0]]))),
    Case("stack-merged", lambda tf: _stack(tf, _of(tf, [2, -1], [[1.0], [2.0]]), shape=[-1, 1])),
    Case("stack-against", lambda tf: _stack(tf, _reserve(tf, [2], 3), shape=[3])),
    Case("stack-uneven", lambda tf: _stack(tf, _of(tf, [-1], [1.0], [3.0, 4.0])), message=["[1] vs. [2]"]),
    Case(
        "stack-none", lambda tf: _stack(tf, _empty(tf, [-1, 2])), message=["empty list", "non-fully-defined", "[?,2]"]
    ),
    Case(
        "stack-unwritten",
        lambda tf: _stack(tf, _reserve(tf, -1, 3)),
        message=["only contains uninitialized", "<unknown>"],
    ),
    Case(
        "gather-ranks", lambda tf: _gather(tf, _of(tf, -1, 1.0, [3.0]), [0, 1]), message=["ranks during merge: 0 vs. 1"]
    ),
    Case("gather-some", lambda tf: _gather(tf, _of(tf, [-1], [1.0], [2.0, 3.0], [4.0, 5.0]), [2, 1])),
    Case(
        "gather-none", lambda tf: _gather(tf, _empty(tf, -1), tf.constant([], tf.int32)), message=["non-fully-defined"]
    ),
    Case("gather-outside", lambda tf: _gather(tf, _of(tf, [], 1.0), [0, 9]), message=["Index 9 out"]),
    Case("empty-matrix", lambda tf: _stack(tf, _empty(tf, [[1]])), message=["must be at most rank 1 but is rank 2"]),
    Case("empty-many", lambda tf: _stack(tf, _empty(tf, [], [2])), message=["to be a scalar but got shape: [1]"]),
    Case("reserve-scalar", lambda tf: _stack(tf, _reserve(tf, 2, 2))),
    Case("reserve-less", lambda tf: _stack(tf, _reserve(tf, [], -2)), message=["non negative number, but got -2"]),
    Case(
        "resize-less",
        lambda tf: _stack(tf, tf.raw_ops.TensorListResize(input_handle=_reserve(tf, [], 2), size=-1)),
        message=["to be non-negative. Got: -1"],
    ),
    Case("from-known", lambda tf: _get(tf, _from(tf, [[1.0]], [-1]), 0)),
    Case("from-against", lambda tf: _get(tf, _from(tf, [[1.0]], [2]), 0)),
    Case("scatter-negative", lambda tf: _stack(tf, _scatter(tf, [1.0, 2.0], [-1, 0], [])), message=["be non-negative"]),
    Case(
        "scatter-number", lambda tf: _stack(tf, _scatter(tf, [1.0, 2.0], [0, 1], [], -2)), message=[">= -1, found: -2"]
    ),
    Case("scatter-scalar", lambda tf: _stack(tf, _scatter(tf, [1.0, 2.0], 0, [])), message=["Expected: 1 Actual: 2"]),
    Case(
        "scatter-against",
        lambda tf: _stack(tf, _scatter(tf, [[1.0], [2.0]], [0, 1], [2])),
        message=["list with shape [2]"],
    ),
    Case("concat-scalars", lambda tf: _concat(tf, _of(tf, [], 1.0)), message=["found scalars instead"]),
    Case("concat-scalar", lambda tf: _concat(tf, _of(tf, -1, [1.0], 2.0)), message=["scalar shape at index 1"]),
    Case("concat-uneven", lambda tf: _concat(tf, _of(tf, -1, [[0.0, 1.0]], [[2.0]])), message=["[2] vs. [1]"]),
    Case("concat-none", lambda tf: _concat(tf, _empty(tf, [-1, 2]))),
    Case("concat-unknown", lambda tf: _concat(tf, _empty(tf, [2, -1])), message=["All except the first", "[?]"]),
    Case("concat-unwritten", lambda tf: _concat(tf, _reserve(tf, -1, 3), [-1, 3], [2, 3, 5])),
    Case(
        "concat-lengths", lambda tf: _concat(tf, _reserve(tf, [-1, 3], 3)), message=["index 0", "has only 0 elements"]
    ),
    Case("concat-against", lambda tf: _concat(tf, _of(tf, [-1, 2], [[0.0, 1.0]]), [-1, 3])),
    Case("split-scalars", lambda tf: _stack(tf, _split(tf, [1.0, 2.0], [], [1, 1]))),
    Case("split-against", lambda tf: _stack(tf, _split(tf, [[1.0], [2.0]], [-1, 3], [1, 1]))),
    Case(
        "split-less",
        lambda tf: _stack(tf, _split(tf, [1.0, 2.0], [1], [1])),
        message=["Unused values", "Values used: 1"],
    ),
    Case("split-more", lambda tf: _stack(tf, _split(tf, [1.0, 2.0], [1], [3])), message=["slice [0, 3]", "length 2"]),
    Case("split-known", lambda tf: _get(tf, _split(tf, [[1.0], [2.0], [3.0]], [-1, 1], [1, 2]), 0)),
    Case(
        "add-lengths", lambda tf: _stack(tf, tf.add_n([_of(tf, -1, 1.0, 2.0), _of(tf, -1, 4.0)])), message=["One is 2"]
    ),
    Case("zeros-integers", lambda tf: _stack(tf, tf.zeros_like(_from(tf, [1, 2], [])), dtype="int32")),
    Case("zeros", lambda tf: _stack(tf, tf.zeros_like(_of(tf, -1, 1.0, 2.0)))),
    Case("join-against", lambda tf: _stack(tf, _joined(tf, _of(tf, [], 1.0), _of(tf, [1], [2.0])))),
    Case("join-known", lambda tf: _stack(tf, _joined(tf, _of(tf, [], 1.0), _of(tf, [], 2.0)))),
    Case("shape", lambda tf: tf.raw_ops.TensorListElementShape(input_handle=_empty(tf, [-1, 2]), shape_type=tf.int32)),
    *(
        Case(f"gradient-{how}", lambda tf, x, how=how: _through(tf, how, x), [f32(3)])
        for how in ("stack", "pop", "get", "gather", "scatter")
    ),
    Program("shown", lambda tf: [show(_empty(tf, [])) for show in (repr, str, format)]),
]
