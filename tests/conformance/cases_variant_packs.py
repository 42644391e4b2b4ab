"""Arrays of variants: lists of tensors, or ragged tensors, that ordinary ops arrange."""

from __future__ import annotations

from .runner import Program, raised


def _list(tf, *items):
    made = tf.raw_ops.EmptyTensorList(element_shape=[2], max_num_elements=-1, element_dtype=tf.float32)
    for item in items:
        made = tf.raw_ops.TensorListPushBack(input_handle=made, tensor=tf.constant(item))
    return made


def _stack(tf, handle):
    return tf.raw_ops.TensorListStack(input_handle=handle, element_shape=[2], element_dtype=tf.float32)


def _two(tf):
    return _list(tf, [1.0, 2.0]), _list(tf, [3.0, 4.0], [5.0, 6.0])


def _arranged(tf, a, b):
    """Each entry: a pack of lists, and one of those in it."""
    pack = tf.stack([a, b])
    made = [
        (pack, pack[0]),
        (tf.convert_to_tensor([a, b]), tf.unstack(tf.convert_to_tensor([a, b]))[1]),
        (tf.gather(pack, [1, 0]), tf.gather(pack, [1, 0])[0]),
        (tf.reshape(pack, [2, 1]), tf.reshape(pack, [2, 1])[1, 0]),
        (tf.tile(pack, [2]), tf.tile(pack, [2])[3]),
        (tf.identity(pack), tf.identity(pack)[1]),
        (tf.fill([2], b), tf.fill([2], b)[1]),
        (tf.broadcast_to(a, [3]), tf.broadcast_to(a, [3])[2]),
        (tf.roll(pack, 1, 0), tf.roll(pack, 1, 0)[0]),
        (tf.boolean_mask(pack, [False, True]), tf.boolean_mask(pack, [False, True])[0]),
        (tf.dynamic_partition(pack, [1, 0], 2)[0], tf.dynamic_partition(pack, [1, 0], 2)[0][0]),
        (tf.split(pack, 2)[1], tf.split(pack, 2)[1][0]),
    ]
    return [([tf.shape(p), tf.size(p), tf.rank(p)], _stack(tf, one)) for p, one in made]


def _eager(tf):
    a, b = _two(tf)
    nd = tf.gather_nd(tf.stack([a, b]), [[1]])
    return (
        _arranged(tf, a, b),
        _stack(tf, nd[0]),
        [len(tf.stack([a, b])), repr(tf.stack([a, b])), str(tf.stack([a, b, a, b]))],
    )


def _in_functions(tf):
    a, b = _two(tf)

    @tf.function
    def made():
        return _arranged(tf, *_two(tf))

    @tf.function
    def captured():
        return _arranged(tf, a, b)

    @tf.function
    def given(pack):
        return tf.stack([pack[1], pack[0]])

    flipped = given(tf.stack([a, b]))
    return made(), captured(), flipped.dtype, flipped.shape, _stack(tf, flipped[0])


def _in_control_flow(tf):
    a, b = _two(tf)

    @tf.function
    def branch(flag):
        pack = tf.stack([a, b])
        return _stack(tf, tf.cond(flag, lambda: pack, lambda: tf.gather(pack, [1, 0]))[0])

    @tf.function
    def loop(pack):
        total = 0.0
        for i in tf.range(2):
            total += tf.reduce_sum(_stack(tf, pack[i]))
        return total

    return branch(tf.constant(True)), branch(tf.constant(False)), loop(tf.stack([a, b]))


def _captured_list(tf):
    _, b = _two(tf)
    read = tf.function(lambda: _stack(tf, b))
    inside = tf.function(lambda p: tf.cond(p, lambda: _stack(tf, b), lambda: tf.zeros([2, 2])))
    return read(), inside(tf.constant(True))


def _in_a_session(tf):
    with tf.Graph().as_default():
        read = _stack(tf, tf.stack(_two(tf))[1])
        with tf.compat.v1.Session() as session:
            return session.run(read)


def _refused(tf):
    pack = tf.stack(_two(tf))
    return [
        raised(lambda: tf.zeros_like(pack)),
        raised(lambda: tf.add_n([pack, pack])),
        raised(lambda: tf.reverse(pack, [0])),
    ]


def _ragged(tf):
    rows = tf.raw_ops.RaggedTensorToVariant(rt_nested_splits=[[0, 1, 2]], rt_dense_values=[1, 2], batched_input=True)
    pair, first = tf.function(lambda x: (tf.stack([x, x]), x[0]))(rows)
    return [pair.dtype, pair.shape, first.dtype, first.shape]


CASES = [
    Program("eager", _eager),
    Program("in-functions", _in_functions),
    Program("in-control-flow", _in_control_flow),
    Program("captured-list", _captured_list),
    Program("in-a-session", _in_a_session),
    Program("refused", _refused),
    Program("ragged", _ragged),
]
