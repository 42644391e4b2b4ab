"""Variables whose first value is computed where a function or a branch runs."""

from __future__ import annotations

from .runner import Program, raised


def _creating(tf, initial, log):
    """A function of a number that creates a variable on its first call, and where it keeps that."""
    made = {}

    @tf.function
    def function(x):
        log.append("traced")
        if "v" not in made:
            made["v"] = tf.Variable(initial(x))
        return made["v"] * x

    return function, made


def _inside_another(tf):
    log = []
    inner, made = _creating(tf, lambda x: x * 2.0, log)
    outer = tf.function(lambda x: inner(x + 1.0))
    found = []
    for x in (tf.constant(2.0), tf.constant(5.0)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = outer(x)
        found += [y, tape.gradient(y, [x, made["v"]]), made["v"].read_value()]
    return found, inner(tf.constant(1.0)), log


def _inside_a_branch(tf):
    log = []
    inner, made = _creating(tf, lambda x: tf.zeros([2]) + x, log)

    @tf.function
    def outer(x, p):
        if p:
            return tf.reduce_sum(inner(x))
        return x

    calls = [outer(tf.constant(float(i)), tf.constant(i > 0)) for i in range(3)]
    return calls, made["v"].read_value(), log


def _inside_a_loop(tf):
    log = []
    inner, made = _creating(tf, lambda x: tf.random.stateless_uniform([2], [1, 2]) * x, log)

    @tf.function
    def outer(x):
        for _ in tf.range(2):
            x = tf.reduce_sum(inner(x))
        return x

    return outer(tf.constant(3.0)), made["v"].read_value(), log


def _training_step(tf):
    log = []
    inner, made = _creating(tf, lambda x: tf.random.stateless_normal(tf.shape(x), [1, 2]), log)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(inner(x))
        made["v"].assign_sub(tape.gradient(loss, made["v"]))
        return loss

    return [step(tf.constant([1.0, 2.0])) for _ in range(3)], made["v"].read_value(), made["v"].shape


def _refused(tf):
    new = lambda: _creating(tf, lambda x: x * 2.0, [])[0]

    def in_a_graph():
        with tf.Graph().as_default():
            new()(tf.constant(1.0))

    return [
        raised(lambda: new().get_concrete_function(tf.TensorSpec([], tf.float32))),
        raised(lambda: new().get_initialization_function(tf.constant(1.0))()),
        raised(in_a_graph),
    ]


def _in_a_session(tf):
    with tf.Graph().as_default():
        v = tf.compat.v1.get_variable("v", initializer=1.0, use_resource=True)
        given = tf.compat.v1.is_variable_initialized(v)
        y = tf.cond(given, lambda: v.assign_add(1.0), lambda: v.assign(5.0))
        with tf.compat.v1.Session() as session:
            return raised(lambda: session.run(v)), [session.run(y) for _ in range(3)]


CASES = [
    Program("inside-another", _inside_another),
    Program("inside-a-branch", _inside_a_branch),
    Program("inside-a-loop", _inside_a_loop),
    Program("training-step", _training_step),
    Program("refused", _refused),
    Program("in-a-session", _in_a_session),
]
