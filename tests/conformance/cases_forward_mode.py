"""`tf.autodiff.ForwardAccumulator` through ops whose kernels are not compiled."""

from __future__ import annotations

from .runner import Program

FUNCTIONS = {
    "partition": lambda tf, x: tf.dynamic_partition(x**2, [0, 1, 0], 2),
    "stitch": lambda tf, x: tf.dynamic_stitch([[0, 2], [1]], [x[:2] ** 2, x[2:]]),
    "segment-sum": lambda tf, x: tf.sparse.segment_sum(x[:, None], [0, 1, 1], [0, 0, 1]),
    "reorder": lambda tf, x: tf.sparse.reorder(_sparse(tf, x)).values,
    "transpose": lambda tf, x: tf.sparse.transpose(_sparse(tf, x)).values,
    "add": lambda tf, x: tf.sparse.add(_sparse(tf, x), _sparse(tf, x * x)).values,
    "slice": lambda tf, x: tf.sparse.slice(_sparse(tf, x), [0, 0], [2, 2]).values,
    "filled": lambda tf, x: tf.sparse.fill_empty_rows(_sparse(tf, x), 0.0)[0].values,
    "multiplied": lambda tf, x: (_sparse(tf, x) * tf.constant([[2.0], [3.0], [4.0]])).values,
    "repeated": lambda tf, x: tf.repeat(x**2, [1, 2, 0]),
    "masked": lambda tf, x: tf.boolean_mask(x**2, x > 0),
}


def _sparse(tf, values):
    return tf.SparseTensor([[0, 1], [1, 0], [1, 2]], values, [3, 3])


def _pushed(function):
    def program(tf):
        x = tf.constant([0.5, 1.5, -2.0])

        def push(x):
            with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
                y = function(tf, x)
            found = accumulator.jvp(y)
            # The rows of indexed slices come in any order.
            return [None if t is None else tf.convert_to_tensor(t) for t in (found if type(y) is list else [found])]

        def outcome(run):
            try:
                return run(x)
            except (LookupError, NotImplementedError) as error:
                return type(error).__name__

        return outcome(push), outcome(tf.function(push))

    return program


CASES = [Program(name, _pushed(function)) for name, function in FUNCTIONS.items()]
