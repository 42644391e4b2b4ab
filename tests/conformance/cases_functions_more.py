"""What functions may return, methods of objects that are gone, gradients where variables are written."""

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


def _variables_written_in_branches(tf):
    """No gradient flows through what a branch or a loop writes to a variable, though it reads it again."""
    v = tf.Variable(2.0)

    @tf.function
    def branch(x):
        if x > 0:
            v.assign_add(x)
            y = x * x * x * v
        else:
            y = x
        return y

    @tf.function
    def loop(x):
        for _ in tf.range(3):
            v.assign(v * x)
            x = x * x * v
        return x

    def of(fn, jacobian=False):
        v.assign(2.0)
        x = tf.constant(1.1)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = fn(x)
        return y, tape.jacobian(y, x) if jacobian else tape.gradient(y, x), v.read_value()

    return [of(branch), of(loop), of(loop, jacobian=True)]


def _gradients_of_outer_tensors(tf):
    """`tf.gradients` in functions, one, two and three deep, of tensors of the outermost one."""

    @tf.function
    def outer(x):
        y = x * x
        one = tf.function(lambda: tf.gradients(y, x))
        two = tf.function(lambda: tf.function(lambda: tf.gradients(y, x))())
        three = tf.function(lambda: tf.function(lambda: tf.function(lambda: tf.gradients(y * y, [x, y]))())())
        branch = lambda: tf.function(lambda: tf.function(lambda: tf.gradients(y, x))())()[0]
        passed = tf.function(lambda y: tf.function(lambda: tf.gradients(y * 2.0, [y, x]))())
        return one(), two(), three(), tf.cond(x > 0.0, branch, lambda: 0.0), passed(y)

    with tf.Graph().as_default():
        x = tf.constant(3.0)
        y = x * x
        plain = tf.function(lambda: tf.function(lambda: tf.gradients(y, x))())()
        with tf.compat.v1.Session() as session:
            found = session.run(plain)
    return outer(tf.constant(3.0)), found


CASES = [
    Program("variables-written-in-branches", _variables_written_in_branches),
    Program("operations-returned", _operations_returned),
    Program("methods-of-objects-that-are-gone", _methods_of_objects_that_are_gone),
    Program("gradients-of-outer-tensors", _gradients_of_outer_tensors),
]
