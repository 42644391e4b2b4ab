"""`tf.function` in a plain `tf.Graph`, and the variables that functions create."""

from __future__ import annotations

from .runner import Program, raised


def _run(tf, fetches):
    with tf.compat.v1.Session() as session:
        session.run(tf.compat.v1.global_variables_initializer())
        return session.run(fetches)


def _create_in_graph(tf):
    with tf.Graph().as_default():
        made = []

        @tf.function
        def f(x):
            if not made:
                made.append(tf.Variable(5.0))
                made.append(tf.Variable(lambda: tf.ones([2]) * 3.0, name="w"))
                made.append(tf.Variable(tf.range(3.0) + tf.exp(1.0), trainable=False))
            made[0].assign_add(1.0)
            return x * made[0] + made[1] + tf.reduce_sum(made[2])

        names = [f(tf.constant(3.0)).shape, [v.name for v in made], len(tf.compat.v1.global_variables())]
        return names, _run(tf, f(tf.constant(2.0)))


def _module_in_graph(tf):
    class Layer(tf.Module):
        w = None

        @tf.function
        def __call__(self, x):
            if self.w is None:
                self.w = tf.Variable(tf.ones([2, 2]) * 4.0)
            return x @ self.w

    with tf.Graph().as_default():
        layer = Layer()
        y = layer(tf.ones([1, 2]))
        return _run(tf, [y, tf.gradients(y, layer.trainable_variables)[0]])


def _eager_variables_in_graph(tf):
    v = tf.Variable(2.0)
    f = tf.function(lambda x: x * v)
    f(tf.constant(1.0))
    with tf.Graph().as_default():
        return raised(lambda: f(tf.constant(1.0)))


def _initialization_function(tf):
    made = []

    @tf.function
    def f(x):
        if not made:
            made.extend([tf.Variable(3.0), tf.Variable(tf.exp(tf.ones([2])))])
        return made[0] * made[1] * x

    initialize = f.get_initialization_function(1.0)
    before = [tf.compat.v1.is_variable_initialized(v) for v in made]
    return before, initialize(), made[1].read_value(), f(2.0), raised(lambda: f.get_initialization_function(1.0))


def _devices_of_variables(tf):
    made = []

    @tf.function
    def f():
        if not made:
            made.append(tf.Variable(1.0))
        return made[0] + 1.0

    with tf.Graph().as_default():
        with tf.device("cpu:0"):
            f()
        return made[0].device


def _calls_by_names_of_specs(tf):
    @tf.function
    def product(matrices):
        ((a, b),) = matrices
        return tf.matmul(a, b)

    def spec(name=None):
        return tf.TensorSpec([None, None], tf.float32, name=name)

    t = tf.ones([2, 2])
    plain = product.get_concrete_function([(spec(), spec())])
    named = product.get_concrete_function([(spec("first"), spec("second"))])
    return [named(first=t, second=2.0 * t), plain(t, t), named(t, second=t), named([(t, t)])]


def _values_known_in_part(tf):
    with tf.Graph().as_default():
        x = tf.compat.v1.placeholder(tf.int32, [])
        found = [tf.get_static_value(tf.stack(parts), partial=True) for parts in ([1, x, 3], [[1, 2], [3, 4]])]
        return [[type(v).__name__ for v in values] for values in found], [str(values.dtype) for values in found]


def _collections(tf):
    """A function sees the collections around it; it adds to its own, except variables."""
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.variable_scope("scope", reuse=v1.AUTO_REUSE):
        seen = []
        v1.add_to_collection("here", 1)

        @tf.function
        def f():
            seen.append(v1.get_collection("here"))
            v1.add_to_collection("here", 2)
            v1.add_to_collection(v1.GraphKeys.LOCAL_VARIABLES, "local")
            return v1.get_variable("w", [2]) + 1.0

        f()
        names = [v.name for v in (v1.get_variable("w", [2]), *v1.global_variables())]
        return seen, v1.get_collection("here"), v1.get_collection(v1.GraphKeys.LOCAL_VARIABLES), names


def _conditions_that_are_known(tf):
    smart = tf.__internal__.smart_cond.smart_cond
    with tf.Graph().as_default():
        known = (True, False, 1, 0, tf.constant(True), tf.constant(0))
        found = [smart(p, lambda: "yes", lambda: "no") for p in known]
        open_ = smart(tf.compat.v1.placeholder(tf.bool, []), lambda: tf.constant(1), lambda: tf.constant(2))
        errors = [raised(lambda p=p: smart(p, lambda: 1, lambda: 2)) for p in (2, "a", None)]
        return found, open_.dtype, [*errors, raised(lambda: smart(True, lambda: 1))]


CASES = [
    Program("conditions-that-are-known", _conditions_that_are_known),
    Program("create-in-graph", _create_in_graph),
    Program("module-in-graph", _module_in_graph),
    Program("eager-variables-in-graph", _eager_variables_in_graph),
    Program("initialization-function", _initialization_function),
    Program("devices-of-variables", _devices_of_variables),
    Program("calls-by-names-of-specs", _calls_by_names_of_specs),
    Program("collections", _collections),
    Program("values-known-in-part", _values_known_in_part),
]
