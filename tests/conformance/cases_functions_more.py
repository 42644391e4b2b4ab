"""What functions may return, methods of objects that are gone, long loops that Python unrolls."""

from __future__ import annotations

from .runner import Program, raised


def _operations_returned(tf):
    return [
        raised(tf.function(lambda: tf.no_op())),
        raised(tf.function(lambda: (tf.constant(1), tf.group(tf.no_op())))),
        raised(tf.function(lambda: {"a": tf.constant(1).op})),
        raised(tf.function(lambda: tf.debugging.assert_equal(1, tf.constant(1)))),
        raised(tf.function(lambda: {1, 2})),
    ]


def _methods_of_objects_that_are_gone(tf):
    class Model:
        def __init__(self):
            self.w = tf.Variable(3.0)

        @tf.function
        def scaled(self, x):
            return x * self.w

        @tf.function
        def doubled(self, x):
            return x * 2

    def kept():
        method = Model().scaled
        return method(tf.constant(2.0))

    model = Model()
    return [
        raised(lambda: Model().scaled(tf.constant(2.0))),
        Model().doubled(tf.constant(2.0)),
        raised(kept),
        model.scaled(tf.constant(2.0)),
    ]


CASES = [
    Program("operations-returned", _operations_returned),
    Program("methods-of-objects-that-are-gone", _methods_of_objects_that_are_gone),
]
