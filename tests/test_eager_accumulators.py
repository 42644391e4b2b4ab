"""Accumulators in eager mode. Not compared: after one, TensorFlow's next `tf.random.set_seed` aborts the process."""

import pytest

import tfshim as tf


def test_an_eager_accumulator_averages_what_was_applied():
    accumulator = tf.compat.v1.ConditionalAccumulator(tf.float32, shape=[2])
    accumulator.apply_grad([1.0, 2.0])
    accumulator.apply_grad([3.0, 5.0], local_step=1)
    assert int(accumulator.num_accumulated()) == 2
    assert accumulator.take_grad(1).numpy().tolist() == pytest.approx([2.0, 3.5])
    assert int(accumulator.num_accumulated()) == 0


def test_a_gradient_of_an_old_step_is_dropped():
    accumulator = tf.compat.v1.ConditionalAccumulator(tf.float32)
    accumulator.set_global_step(5)
    accumulator.apply_grad(1.0, local_step=4)
    assert int(accumulator.num_accumulated()) == 0
    tf.random.set_seed(0)  # what TensorFlow does not survive
