"""Compiled steps reuse their variables' memory, and only where nobody can notice."""

import gc
import os
import subprocess
import sys
import weakref

import jax
import numpy as np
import pytest

import tfshim as tf

SIZE = 50_000


def address(variable):
    return variable._cell.array.unsafe_buffer_pointer()


@pytest.fixture
def variable():
    v = tf.Variable(np.ones(SIZE, np.float32))
    v.assign_add(np.zeros(SIZE, np.float32))
    return v


def increment(*variables):
    @tf.function
    def step(x):
        for v in variables:
            v.assign_add(x)

    return step


def test_a_step_writes_in_place(variable):
    step = increment(variable)
    one = tf.ones([SIZE])
    step(one)
    before = address(variable)
    for _ in range(5):
        step(one)
    assert address(variable) == before
    assert (variable.numpy() == 7.0).all()


def test_a_value_that_was_read_costs_one_copy(variable):
    step = increment(variable)
    one = tf.ones([SIZE])
    step(one)
    kept = variable.read_value()
    before = address(variable)
    step(one)
    assert address(variable) != before
    assert (kept.numpy() == 2.0).all()
    moved = address(variable)
    step(one)
    assert address(variable) == moved


def test_the_given_tensor_is_never_donated(variable):
    step = increment(variable)
    one = tf.ones([SIZE])
    for _ in range(3):
        step(one)
        assert (one.numpy() == 1.0).all()
    variable.assign(one)
    step(one)
    assert (one.numpy() == 1.0).all()
    assert (variable.numpy() == 2.0).all()


def test_a_variable_passed_to_the_step_that_writes_it(variable):
    @tf.function
    def step(x):
        variable.assign_add(x)
        return x

    returned = step(variable.read_value())
    assert (variable.numpy() == 2.0).all()
    assert (np.asarray(returned) == 1.0).all()


def test_arrays_taken_by_jax_survive(variable):
    step = increment(variable)
    array = jax.numpy.asarray(variable.read_value())
    step(tf.ones([SIZE]))
    assert (np.asarray(array) == 1.0).all()


def test_a_variable_made_of_a_jax_array_does_not_consume_it():
    array = jax.numpy.ones(SIZE, np.float32)
    v = tf.Variable(array)
    step = increment(v)
    for _ in range(3):
        step(tf.ones([SIZE]))
    assert (np.asarray(array) == 1.0).all()
    assert (v.numpy() == 4.0).all()


def test_deleted_variables_free_their_buffers():
    v = tf.Variable(np.ones(SIZE, np.float32))
    step = increment(v)
    step(tf.ones([SIZE]))
    array = weakref.ref(v._cell.array)
    del v, step
    gc.collect()
    assert array() is None


def test_live_arrays_do_not_accumulate(variable):
    step = increment(variable)
    one = tf.ones([SIZE])

    def eager():
        with tf.GradientTape() as tape:
            y = tf.reduce_sum(variable * variable)
        variable.assign_sub(0.0 * tape.gradient(y, variable))

    for run in (lambda: step(one), eager):
        run()
        gc.collect()
        before = len(jax.live_arrays())
        for _ in range(20):
            run()
        gc.collect()
        assert len(jax.live_arrays()) <= before


def test_no_program_prints_a_warning_about_donation():
    program = (
        "import tfshim as tf\n"
        "v = tf.Variable(tf.ones([1000])); n = tf.Variable(0)\n"
        "@tf.function\n"
        "def step(x):\n"
        "    v.assign(tf.fill([1000], tf.reduce_sum(v) * x)); n.assign_add(1); return tf.reduce_sum(v)\n"
        "for i in range(3): step(tf.constant(1e-3))\n"
        "print(int(n))\n"
    )
    environment = {**os.environ, "PYTHONWARNINGS": "default"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "3\n", done.stderr
    assert "donat" not in done.stderr.lower()
