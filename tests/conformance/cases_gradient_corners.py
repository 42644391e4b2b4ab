"""Gradients of odd sources and targets: slices as seeds, variables of themselves, values that nobody feeds."""

from .runner import Program, raised


def _slices_as_seeds(tf):
    """Slices that are given as cotangents stay slices where nothing is computed with them."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        slices = tf.IndexedSlices(tf.constant([5.0, 1.0]), tf.constant([1, 1]))
        x = tf.compat.v1.placeholder(tf.float32, [3])
        found = [tf.gradients(y, x, grad_ys=slices)[0] for y in (tf.identity(x), x)]
        values = session.run([(g.values, g.indices) for g in found])
        return [type(g).__name__ for g in found], values, raised(lambda: tf.gradients(x * 2.0, x, grad_ys=slices))


def _through_identity(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    v, kinds = tf.Variable(x), []

    @tf.function
    def f():
        with tf.GradientTape() as tape:
            y = tf.gather(tf.identity(v), [0, 0])
        gradient = tape.gradient(y, v)
        kinds.append(type(gradient).__name__)
        return tf.convert_to_tensor(gradient)

    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.gather(tf.identity(x), [0, 0]) ** 3
        gradient = tape.gradient(y, x)
        total = tf.reduce_sum(tf.convert_to_tensor(gradient) ** 2)
    return f(), kinds, gradient, outer.gradient(total, x)


def _unwatched_variable(tf):
    """A variable is 1 to itself, watched or not; through what is not watched, nothing flows."""
    v = tf.Variable(2.0)

    def gradients():
        with tf.GradientTape(persistent=True, watch_accessed_variables=False) as tape:
            y = v * 2.0
        seed = tf.constant(3.0)
        return [
            tape.gradient(v, v),
            tape.gradient([v, y], v),
            tape.gradient(v, v, output_gradients=seed),
            tape.gradient([v, v], [v]),
        ], tape.gradient(y, v)

    return gradients(), tf.function(lambda: gradients()[0])()


def _unfed(tf):
    """A gradient that does not depend on a placeholder's value needs none."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x, w = (tf.compat.v1.placeholder(tf.float32, [3]) for _ in range(2))
        z = tf.reduce_mean(tf.matmul((x + tf.constant([1.0, 2.0, 3.0]))[None], tf.ones([3, 4]))) - w
        unknown = tf.compat.v1.placeholder(tf.float32)
        return [
            session.run(tf.gradients(z, [x, w])),
            session.run(tf.gradients(tf.reduce_sum(x * 2.0), x)),
            raised(lambda: session.run(tf.gradients(x**2, x))),
            raised(lambda: session.run(tf.gradients(tf.reduce_sum(unknown * 2.0), unknown))),
            raised(lambda: session.run(z)),
            session.run(tf.gradients(x * w, x), {w: [1.0, 2.0, 3.0]}),
        ]


CASES = [
    Program("slices-as-seeds", _slices_as_seeds),
    Program("through-identity", _through_identity),
    Program("unwatched-variable", _unwatched_variable),
    Program("unfed", _unfed),
]
