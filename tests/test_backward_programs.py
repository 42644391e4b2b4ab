"""Backward passes that recur are compiled: same bits, same structure of results, and only where that is safe."""

import numpy as np
import pytest

import tfshim as tf
from tfshim import backward_programs

TIMES = backward_programs.RECURRENCES + 4


def _random(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


def _device(*shape):
    """A tensor of this shape that is on the device although it is small."""
    return tf.constant(_random(*shape, 300))[..., 0]


@pytest.fixture(autouse=True)
def _nothing_known():
    backward_programs._known.clear()
    yield
    backward_programs._known.clear()


def _compiled() -> int:
    return sum(type(known) is backward_programs.Pass for known in backward_programs._known.values())


def _bytes(gradients):
    parts = []
    for gradient in tf.nest.flatten(gradients, expand_composites=True):
        parts.append(None if gradient is None else (gradient.shape, gradient.numpy().tobytes()))
    return parts


def _layer(x, v):
    return tf.nn.relu(x @ v + v[0]) ** 2


FITTING = {
    "layer": _layer,
    "two-uses": lambda x, v: tf.sin(v) * tf.cos(v) + v,
    "reduce": lambda x, v: tf.reduce_mean(x @ v, axis=0) / (1.0 + tf.reduce_sum(v * v)),
    "softmax": lambda x, v: tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(x), x @ v),
    "shapes": lambda x, v: tf.transpose(tf.reshape(tf.concat([x @ v, x], 0), [-1, 2])),
    "broadcast": lambda x, v: tf.reduce_sum(v, 0) + x * tf.reduce_max(v),
    "rows": lambda x, v: tf.gather(v, [2, 0, 2]) * 3.0,
    "unconnected": lambda x, v: x * x,
    "solve": lambda x, v: tf.linalg.solve(v @ tf.transpose(v) + 9.0 * tf.eye(4), v),
}


@pytest.mark.parametrize("name", FITTING)
def test_same_bits_when_compiled(name):
    x, v = _device(4, 4), tf.Variable(_device(4, 4))
    other = tf.Variable(_device(4))

    def step():
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = FITTING[name](x, v)
        return tape.gradient(y, [v, x, other])

    first = _bytes(step())
    assert [_bytes(step()) for _ in range(TIMES)] == [first] * TIMES
    assert _compiled() == 1


def test_new_values_are_used():
    v = tf.Variable(_device(8))

    def gradient(scale):
        with tf.GradientTape() as tape:
            y = scale * v**3
        return tape.gradient(y, v)

    for i in range(TIMES):
        v.assign(_device(8) * i)
        np.testing.assert_allclose(gradient(float(i)), 3 * i * v.numpy() ** 2, rtol=1e-6)
    assert _compiled() == 1


def test_static_values_are_part_of_the_structure():
    v = tf.Variable(_device(3, 3))

    def gradient(axis, width):
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.cumsum(v, axis=axis)[:, :width])
        return tape.gradient(y, v).numpy()

    seen = {}
    for _ in range(TIMES):
        for axis in (0, 1):
            for width in (1, 2):
                found = gradient(axis, width)
                assert np.array_equal(seen.setdefault((axis, width), found), found)
    assert len({value.tobytes() for value in seen.values()}) == 4


def test_small_host_values_are_used_as_they_are():
    v = tf.Variable(_device(2))

    def gradient(values):
        with tf.GradientTape() as tape:
            y = tf.constant(values) * v
        return tape.gradient(y, v, output_gradients=tf.constant([1.0, values[0]])).numpy().tolist()

    for i in range(TIMES):
        assert gradient([float(i), 2.0]) == [float(i), 2.0 * i]


def test_python_gradients_run_each_time():
    calls = []

    @tf.custom_gradient
    def double(x):
        def backward(dy):
            calls.append(1)
            return dy * 2.0

        return x * 2.0, backward

    v = tf.Variable(_device(2))
    for _ in range(TIMES):
        with tf.GradientTape() as tape:
            y = double(v) + v
        tape.gradient(y, v)
    assert len(calls) == TIMES


def test_indexed_slices_stay_slices():
    v = tf.Variable(_device(5, 2))
    for i in range(TIMES):
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(tf.gather(v, [i % 5, 1]) * 2.0)
        gradient = tape.gradient(y, v)
        assert isinstance(gradient, tf.IndexedSlices)
        assert gradient.indices.numpy().tolist() == [i % 5, 1]
        assert gradient.values.numpy().tolist() == [[2.0, 2.0]] * 2


def test_errors_are_the_same():
    v = tf.Variable(_device(3))

    def gradient(shape):
        with tf.GradientTape() as tape:
            y = v * 2.0
        return tape.gradient(y, v, output_gradients=tf.ones(shape))

    for _ in range(TIMES):
        gradient([3])
        with pytest.raises(tf.errors.InvalidArgumentError, match="shape"):
            gradient([2])


def test_a_variable_of_changing_shape():
    v = tf.Variable(_device(3), shape=[None])
    for i in range(2 * TIMES):
        v.assign(_device(3 + i % 2))
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(v * v)
        np.testing.assert_array_equal(tape.gradient(y, v), 2 * v.numpy())
    assert _compiled() == 2


UNFIT = {
    "large": lambda: (tf.ones((1000, 1000)), tf.square),
    "complex": lambda: (tf.complex(_device(3), _device(3)), tf.square),
    "convolution": lambda: (tf.ones((1, 9, 9, 1)), lambda x: tf.nn.conv2d(x, tf.ones((9, 9, 1, 1)), 1, "SAME")),
}


@pytest.mark.parametrize("name", UNFIT)
def test_others_run_one_after_another(name):
    x, f = UNFIT[name]()
    for _ in range(TIMES):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        tape.gradient(y, x)
    assert _compiled() == 0
