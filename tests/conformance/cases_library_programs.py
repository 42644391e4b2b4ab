"""What libraries do with TensorFlow that its guides do not show."""

from __future__ import annotations

import inspect

from .runner import Program


def _tape_around_argument(tf):
    """A tape of code outside, asked by a function for the gradient of a variable that is its argument too."""
    v, w = tf.Variable(1.5), tf.Variable([2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        y = w * v**2

    @tf.function
    def outer(given):
        @tf.function
        def inner(passed):
            return tape.gradient(y, [v, w]), passed * 1.0

        return inner(given), tape.gradient(y, v), tape.jacobian(y, v)

    return outer(v), outer(w)


def _looks(tf):
    """Decorated functions show what they decorate."""

    def f(a, b=2, *, c=3):
        return a

    decorated = [tf.function(f), tf.custom_gradient(f), tf.recompute_grad(f), tf.grad_pass_through(f)]
    return [
        (inspect.getfullargspec(g), g.__original_wrapped__ is f, str(g.__signature__), g.__name__) for g in decorated
    ]


CASES = [
    Program("tape-around-argument", _tape_around_argument),
    Program("looks", _looks),
]
