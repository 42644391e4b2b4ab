"""A step that fails while it runs leaves every variable whole, and the program able to go on."""

import numpy as np
import pytest

SIZE = 1000


@pytest.fixture
def variables(tf):
    return [tf.Variable(tf.fill([SIZE], 1.0)), tf.Variable(tf.fill([SIZE], 10.0))]


def check_whole(variables, step, *good):
    """Each variable has its old value or the value of a whole write, and a good step afterwards works."""
    v, w = variables
    first, second = v.numpy(), w.numpy()
    assert first.min() == first.max() and first[0] in (1.0, 2.0)
    assert second.min() == second.max() == 10.0
    step(*good)
    assert (v.numpy() == first + 1.0).all()
    assert (w.numpy() == second + 1.0).all()
    v.assign(np.zeros(SIZE, np.float32))
    assert (v.numpy() == 0.0).all()


def test_bad_index(tf, variables):
    v, w = variables

    @tf.function
    def step(row):
        v.assign_add(tf.ones([SIZE]))
        w.assign_add(tf.fill([SIZE], tf.gather(v, row) * 0.0 + 1.0))

    for _ in range(3):
        v.assign(tf.ones([SIZE]))
        with pytest.raises(tf.errors.InvalidArgumentError):
            step(tf.constant(SIZE))
    check_whole(variables, step, tf.constant(0))


def test_bad_index_before_all_writes(tf, variables):
    v, w = variables

    @tf.function
    def step(row):
        change = tf.gather(v, row) * 0.0 + 1.0
        w.assign_add(tf.fill([SIZE], change))
        v.assign_add(tf.fill([SIZE], change))

    with pytest.raises(tf.errors.InvalidArgumentError):
        step(tf.constant(-1))
    check_whole(variables, step, tf.constant(0))


def test_failed_assertion(tf, variables):
    v, w = variables

    @tf.function
    def step(limit):
        v.assign_add(tf.ones([SIZE]))
        largest = tf.reduce_max(w)
        with tf.control_dependencies([tf.debugging.Assert(largest < limit, [largest])]):
            w.assign_add(tf.ones([SIZE]))

    with pytest.raises(tf.errors.InvalidArgumentError):
        step(tf.constant(5.0))
    check_whole(variables, step, tf.constant(100.0))


def test_raising_callback(tf, variables):
    v, w = variables

    def callback(x):
        if x.numpy() < 0:
            raise ValueError("a callback refuses")
        return x

    @tf.function
    def step(x):
        v.assign_add(tf.ones([SIZE]))
        w.assign_add(tf.fill([SIZE], tf.py_function(callback, [x], tf.float32)))

    with pytest.raises(tf.errors.InvalidArgumentError, match="a callback refuses"):
        step(tf.constant(-1.0))
    check_whole(variables, step, tf.constant(1.0))


def test_integer_division_by_zero(tf, variables):
    v, w = variables

    @tf.function
    def step(divisor):
        v.assign_add(tf.ones([SIZE]))
        quotient = tf.constant([1, 2], tf.int32) // divisor
        w.assign_add(tf.fill([SIZE], tf.cast(quotient[0], tf.float32)))

    with pytest.raises(tf.errors.InvalidArgumentError):
        step(tf.constant(0))
    check_whole(variables, step, tf.constant(1))


def test_shapes_that_do_not_fit_at_run_time(tf, variables):
    v, w = variables

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def step(x):
        v.assign_add(tf.ones([SIZE]))
        w.assign_add(x + tf.zeros([SIZE]))

    with pytest.raises(tf.errors.InvalidArgumentError):
        step(tf.ones([3]))
    check_whole(variables, step, tf.ones([SIZE]))


def test_python_error_while_tracing(tf, variables):
    v, w = variables
    fails = [True]

    @tf.function
    def step():
        v.assign_add(tf.ones([SIZE]))
        if fails:
            raise KeyError("while tracing")
        w.assign_add(tf.ones([SIZE]))

    for _ in range(2):
        with pytest.raises(KeyError):
            step()
        assert tf.executing_eagerly()
    fails.clear()
    check_whole(variables, step)


@pytest.mark.parametrize("compiled", [False, True])
def test_failing_gradient(tf, variables, compiled):
    v, w = variables
    fails = [True]

    @tf.custom_gradient
    def odd(x):
        def gradient(upstream):
            if fails:
                raise ValueError("no gradient today")
            return upstream

        return x * 2.0, gradient

    def step():
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(odd(v))
        gradient = tape.gradient(y, v)
        v.assign_add(gradient)
        w.assign_add(gradient)

    step = tf.function(step) if compiled else step
    with pytest.raises(ValueError, match="no gradient today"):
        step()
    assert (v.numpy() == 1.0).all()
    fails.clear()
    check_whole(variables, step)


@pytest.mark.parametrize("method", ["assign", "assign_add", "assign_sub"])
def test_refused_assignment_changes_nothing(tf, variables, method):
    v, _ = variables
    for value, errors in [
        (np.ones(SIZE + 1, np.float32), (ValueError, tf.errors.InvalidArgumentError)),
        (tf.ones([SIZE, 2]), (ValueError, tf.errors.InvalidArgumentError)),
        (tf.ones([SIZE], tf.int32), (ValueError, TypeError, tf.errors.InvalidArgumentError)),
        ("text", (ValueError, TypeError, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError)),
        (object(), (ValueError, TypeError)),
    ]:
        with pytest.raises(errors):
            getattr(v, method)(value)
        assert v.dtype == tf.float32 and v.shape == [SIZE]
        assert (v.numpy() == 1.0).all()


def test_refused_scatter_changes_nothing(tf, variables):
    v, _ = variables
    with pytest.raises(tf.errors.InvalidArgumentError):
        v.scatter_update(tf.IndexedSlices(tf.constant([5.0]), tf.constant([SIZE])))
    assert (v.numpy() == 1.0).all()


def test_error_inside_every_scope_leaves_no_scope_behind(tf):
    v = tf.Variable(3.0)
    with pytest.raises(ZeroDivisionError):
        with tf.GradientTape() as outer, tf.name_scope("outer"), tf.device("CPU:0"):
            with tf.Graph().as_default():
                raise ZeroDivisionError
    assert tf.executing_eagerly()
    assert tf.Variable(1.0, name="plain").name == "plain:0"
    with tf.GradientTape() as tape:
        y = v * v
    assert float(tape.gradient(y, v)) == 6.0
    assert outer.watched_variables() == ()


def test_many_failures_in_a_row(tf, variables):
    v, w = variables

    @tf.function
    def step(row):
        v.assign_add(tf.ones([SIZE]))
        tf.debugging.Assert(row > -1, [row])
        w.assign_add(tf.ones([SIZE]))

    good = 0
    for i in range(40):
        if i % 3:
            with pytest.raises(tf.errors.InvalidArgumentError):
                step(tf.constant(-i))
        else:
            step(tf.constant(i))
            good += 1
    first, second = v.numpy(), w.numpy()
    assert first.min() == first.max() and second.min() == second.max()
    assert first[0] >= 1.0 + good
    assert second[0] >= 10.0 + good
