"""An error ends near the user's line: few frames of the library after it, in eager code and while tracing."""

from __future__ import annotations

import traceback

import pytest

import tfshim as tf

MOST_FRAMES = 4


def in_function():
    @tf.function(autograph=False)
    def f(x):
        return tf.matmul(x, x)  # the user's line

    return f(tf.ones([2, 3]))


FAILING = {
    "matmul": lambda: tf.matmul(tf.ones([2]), tf.ones([3])),
    "operator": lambda: tf.ones([2]) + tf.ones([3]),
    "reshape": lambda: tf.reshape(tf.ones([2]), [3]),
    "index": lambda: tf.ones([2])[5],
    "constant": lambda: tf.constant([[1], [2, 3]]),
    "assign": lambda: tf.Variable([1.0, 2.0]).assign([1.0]),
    "dtype": lambda: tf.add(tf.ones([2]), tf.constant([1, 2])),
    "keyword": lambda: tf.add(1, 2, nothing=3),
    "gradient": lambda: tf.GradientTape().watch(3.0),
    "in-function": in_function,
}


@pytest.mark.parametrize("name", FAILING)
def test_traceback_ends_near_the_user(name):
    with pytest.raises(Exception) as raised:
        FAILING[name]()
    frames = traceback.extract_tb(raised.value.__traceback__)
    last = max(n for n, frame in enumerate(frames) if frame.filename == __file__)
    behind = [f"{frame.filename.rpartition('tfshim/')[2]}:{frame.name}" for frame in frames[last + 1 :]]
    assert len(behind) <= MOST_FRAMES, f"{len(behind)} frames after {frames[last].line!r}: {behind}"
    if name == "in-function":
        assert "the user's line" in frames[last].line


def test_an_unregistered_target_leaves_a_function_as_it_was():
    class Wrapped(tf.experimental.ExtensionType):
        values: tf.Tensor

    code, members = tf.add.__code__, dict(tf.add.__dict__)
    target = tf.experimental.dispatch_for_api(tf.add, {"x": Wrapped})(lambda x, y, name=None: x.values)
    assert tf.add(Wrapped([1.0]), 2.0).numpy() == [1.0]
    tf.experimental.unregister_dispatch_for(target)
    assert (tf.add.__code__, tf.add.__dict__) == (code, members)
