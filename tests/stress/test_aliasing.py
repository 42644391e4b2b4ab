"""No value changes with another: reads before writes, arrays given to calls, arrays got from `numpy()`."""

import numpy as np
import pytest

# Within what may stay on the host, beyond it, and large enough to be read late by an asynchronous program.
SIZES = [3, 100, 70_000]

READS = {
    "read_value": lambda tf, v: v.read_value(),
    "value": lambda tf, v: v.value(),
    "convert": lambda tf, v: tf.convert_to_tensor(v),
    "identity": lambda tf, v: tf.identity(v),
    "whole slice": lambda tf, v: v[:],
    "reshape": lambda tf, v: tf.reshape(v, [-1]),
    "function": lambda tf, v: tf.function(lambda: v.read_value())(),
    "function of the variable": lambda tf, v: tf.function(lambda x: tf.identity(x))(v),
    "numpy": lambda tf, v: v.numpy(),
    "asarray": lambda tf, v: np.asarray(v),
    "another variable": lambda tf, v: tf.Variable(v),
    "assigned to another": lambda tf, v: tf.Variable(tf.zeros_like(v)).assign(v),
}


def _scatter(tf, v, size):
    v.scatter_update(tf.IndexedSlices(tf.fill([size], 7.0), tf.range(size)))


WRITES = {
    "assign": lambda tf, v, size: v.assign(tf.fill([size], 7.0)),
    "assign_add": lambda tf, v, size: v.assign_add(tf.fill([size], 6.0)),
    "scatter": _scatter,
    "slice": lambda tf, v, size: v[0:size].assign(tf.fill([size], 7.0)),
    "function": lambda tf, v, size: tf.function(lambda x: v.assign_add(x))(tf.fill([size], 6.0)),
    "function, many": lambda tf, v, size: [
        tf.function(lambda x: (v.assign_add(x), None)[1])(tf.fill([size], 2.0)) for _ in range(3)
    ],
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("write", WRITES)
def test_what_was_read_stays(tf, size, write):
    for name, read in READS.items():
        v = tf.Variable(tf.ones([size]))
        kept = read(tf, v)
        WRITES[write](tf, v, size)
        assert (np.asarray(v) == 7.0).all(), name
        assert (np.asarray(kept) == 1.0).all(), name


@pytest.mark.parametrize("size", SIZES)
def test_results_of_earlier_steps_stay(tf, size):
    v = tf.Variable(tf.zeros([size]))

    @tf.function
    def step(x):
        before = v.read_value()
        v.assign_add(x)
        return before, v.read_value(), v + 0.0, x

    one = tf.ones([size])
    history = [step(one) for _ in range(5)]
    for number, (before, after, computed, given) in enumerate(history):
        assert (before.numpy() == number).all()
        assert (after.numpy() == number + 1).all()
        assert (computed.numpy() == number + 1).all()
        assert (given.numpy() == 1.0).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("compiled", [False, True])
def test_variables_that_took_one_tensor_do_not_share_it(tf, size, compiled):
    x = tf.ones([size])
    v, w = tf.Variable(x), tf.Variable(x)

    def share(x):
        v.assign(x)
        w.assign(x)

    def change(x):
        v.assign_add(x)

    if compiled:
        share, change = tf.function(share), tf.function(change)
    for expected in (2.0, 2.0):
        share(x)
        change(x)
        assert (v.numpy() == expected).all()
        assert (w.numpy() == 1.0).all()
        assert (x.numpy() == 1.0).all()


@pytest.mark.parametrize("size", SIZES)
def test_variables_assigned_from_each_other(tf, size):
    v, w = tf.Variable(tf.ones([size])), tf.Variable(tf.fill([size], 2.0))

    @tf.function
    def swap():
        old = v.read_value()
        v.assign(w)
        w.assign(old)

    @tf.function
    def grow():
        v.assign_add(tf.fill([size], 10.0))

    for _ in range(3):
        swap()
    assert (v.numpy() == 2.0).all() and (w.numpy() == 1.0).all()
    w.assign(v)
    grow()
    assert (v.numpy() == 12.0).all() and (w.numpy() == 2.0).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("inside", ["eager", "function"])
@pytest.mark.parametrize("write", WRITES)
def test_a_gradient_uses_the_values_of_the_forward_pass(tf, size, inside, write):
    v = tf.Variable(tf.ones([size]))

    def square():
        return tf.reduce_sum(v * v * v)

    forward = tf.function(square) if inside == "function" else square
    with tf.GradientTape(persistent=True) as tape:
        y = forward()
    WRITES[write](tf, v, size)
    assert (tape.gradient(y, v).numpy() == 3.0).all()
    WRITES[write](tf, v, size)
    assert (tape.gradient(y, v).numpy() == 3.0).all()


TAKERS = {
    "constant": lambda tf, x: tf.constant(x),
    "convert": lambda tf, x: tf.convert_to_tensor(x),
    "variable": lambda tf, x: tf.Variable(x),
    "assign": lambda tf, x: tf.Variable(tf.zeros_like(x)).assign(x),
    "add": lambda tf, x: tf.add(x, tf.zeros([], tf.float32)),
    "reshape": lambda tf, x: tf.reshape(x, [-1]),
    "operator": lambda tf, x: tf.zeros([], tf.float32) + x,
    "concat": lambda tf, x: tf.concat([x[:1], x[1:]], 0),
    "function": lambda tf, x: tf.function(lambda x: x + 0.0)(x),
    "function as it is": lambda tf, x: tf.function(lambda x: x)(x),
    "list": lambda tf, x: tf.constant([x, x])[0],
    "captured": lambda tf, x: tf.function(lambda: tf.identity(x)),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("taker", TAKERS)
def test_an_array_may_change_after_the_call_that_took_it(tf, size, taker):
    for array in (
        np.ones(size, np.float32),
        np.ones(2 * size, np.float32)[::2],
        np.ones(size, np.float32)[::-1],
    ):
        for _ in range(3):
            array[...] = 1.0
            taken = TAKERS[taker](tf, array)
            if callable(taken) and taker == "captured":
                # The value is that of the trace.
                assert (taken().numpy() == 1.0).all()
                array[...] = 2.0
                taken = taken()
            array[...] = 2.0
            assert (taken.numpy() == 1.0).all()


@pytest.mark.parametrize("size", SIZES)
def test_a_batch_buffer_that_is_filled_again_each_step(tf, size):
    total = tf.Variable(tf.zeros([size]))

    @tf.function
    def step(x):
        total.assign_add(x)

    buffer = np.empty(size, np.float32)
    for value in range(20):
        buffer[...] = value
        step(buffer) if value % 2 else step(tf.constant(buffer))
        buffer[...] = -1000.0
    assert (total.numpy() == sum(range(20))).all()


def _results(tf, size):
    """Values of many origins, each 1 everywhere, by name."""
    x = np.ones(size, np.float32)
    v = tf.Variable(x)
    yield "constant", tf.constant(x)
    yield "filled", tf.ones([size])
    yield "variable", v
    yield "read", v.read_value()
    yield "op", tf.constant(x) * 1.0
    yield "function", tf.function(lambda: tf.ones([size]))()
    yield "argument of a function", tf.function(lambda x: x)(tf.constant(x))
    yield "row", next(iter(tf.ones([2, size])))


@pytest.mark.parametrize("size", SIZES)
def test_an_array_from_numpy_may_be_changed(tf, size):
    for name, value in _results(tf, size):
        for _ in range(2):
            array = value.numpy()
            array[...] = 5.0
            assert (value.numpy() == 1.0).all(), name
            assert float(tf.reduce_max(value)) == 1.0, name


def test_other_arrays_of_a_tensor_cannot_change_it(tf):
    for name, value in _results(tf, 100):
        for array in (np.asarray(value), np.array(value), np.array(value, copy=True)):
            if array.flags.writeable:
                array[...] = 5.0
            assert (value.numpy() == 1.0).all(), name


def test_constants_of_a_function_stay(tf):
    table = np.arange(5.0)
    f = tf.function(lambda: (tf.constant(table), tf.constant([1, 2, 3]), tf.constant(["a", "b"])))
    for _ in range(3):
        numbers, small, texts = (result.numpy() for result in f())
        assert numbers.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
        assert small.tolist() == [1, 2, 3] and texts.tolist() == [b"a", b"b"]
        numbers[...], small[...], texts[...] = -1.0, -1, b"changed"
        table[...] = 9.0


def test_arrays_of_strings(tf):
    array = np.array([b"one", b"two"], object)
    tensor = tf.constant(array)
    array[0] = b"changed"
    assert tensor.numpy().tolist() == [b"one", b"two"]
    taken = tensor.numpy()
    taken[1] = b"changed"
    assert tensor.numpy().tolist() == [b"one", b"two"]


def test_arrays_inside_a_shape_or_an_index(tf):
    shape = np.array([2, 3])
    zeros = tf.zeros(shape)
    rows = np.array([0, 1], np.int32)
    picked = tf.gather(tf.range(10), rows)
    shape[...], rows[...] = 7, 9
    assert zeros.shape == [2, 3]
    assert picked.numpy().tolist() == [0, 1]
