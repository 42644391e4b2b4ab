"""Gradients through calls of functions: outputs that are not the target count as zeros, as in TensorFlow."""

from __future__ import annotations

from .runner import Program

FUNCTIONS = {
    "integer": lambda tf, x: tf.cast(x * 3.0, tf.int32),
    "integer-and-float": lambda tf, x: (tf.cast(x * 3.0, tf.int32), x * x),
    "unconnected": lambda tf, x: (tf.constant([1.0, 2.0]), x * x, tf.constant("a")),
    "constant": lambda tf, x: tf.constant([1.0, 2.0]),
    "stopped": lambda tf, x: (tf.stop_gradient(x), x),
}
PICKS = {
    "all": lambda tf, y: y,
    "first": lambda tf, y: y[0],
    "first-used": lambda tf, y: tf.cast(y[0], tf.float32) * 2.0,
    "second": lambda tf, y: y[-1 if y[1].dtype == tf.string else 1],
}


def _gradient(function, pick):
    def program(tf):
        x = tf.constant([1.0, 2.0])
        called = tf.function(lambda x: function(tf, x))

        def gradient(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = pick(tf, called(x))
            return tape.gradient(y, x)

        def jacobian(x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = pick(tf, called(x))
            return tape.jacobian(y, x)

        def inside(x):
            result = gradient(x)
            return tf.constant(-1.0) if result is None else result

        single = not isinstance(called(x), tuple) or pick is not PICKS["all"]
        return [gradient(x), tf.function(inside)(x), jacobian(x) if single and pick is PICKS["first-used"] else None]

    return program


def _variables(tf):
    v, x = tf.Variable(3.0), tf.constant([1.0, 2.0])
    f = tf.function(lambda x: (tf.constant(2.0), x * v, tf.cast(v, tf.int32)))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = f(x)
    return [
        tape.gradient(y[0], [x, v]),
        tape.gradient(y[2], [x, v]),
        tape.gradient([y[0], y[1]], [x, v]),
        tape.gradient(y[2], [x, v], unconnected_gradients="zero"),
    ]


def _graph_gradients(tf):
    called = tf.function(lambda x: (tf.cast(x * 3.0, tf.int32), tf.constant(2.0), x * x))

    def body(x):
        results = [tf.gradients(called(x)[i], x)[0] for i in range(3)]
        return [tf.constant(-1.0) if r is None else r for r in results]

    return tf.function(body)(tf.constant([1.0, 2.0]))


def _handles(tf):
    """Functions that return the handle of a variable, captured or given."""
    v = tf.Variable(3.0)
    read = lambda handle: tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)

    @tf.function
    def captured():
        v.assign_add(1.0)
        return v.handle, v * 2.0

    @tf.function
    def given(handle):
        return handle

    @tf.function
    def outer():
        return read(captured()[0]) + 1.0

    with tf.GradientTape() as tape:
        _, y = captured()
    return read(captured()[0]), read(given(v.handle)), outer(), tape.gradient(y, v)


CASES = [
    *(
        Program(f"{name}-{picked}", _gradient(function, pick))
        for name, function in FUNCTIONS.items()
        for picked, pick in PICKS.items()
        if picked != "second" or name in ("integer-and-float", "stopped")
    ),
    Program("variables", _variables),
    Program("handles", _handles),
    Program("graph-gradients", _graph_gradients),
]
