"""Tapes at their edges: empty Jacobians, misuse, what `stop_gradient` hides, references as keys."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised


def _jacobians_of_nothing(tf):
    """Shapes of Jacobians with no rows, all at once and row by row."""

    def shapes(by_rows):
        v = tf.Variable(1.0)
        x = tf.zeros([1, 0])
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = x**2
            z = v * tf.zeros([0, 7])
        batch = tape.batch_jacobian(y, x, experimental_use_pfor=not by_rows)
        return batch, tape.jacobian(z, v, experimental_use_pfor=not by_rows), tape.jacobian(z, x)

    return [shapes(False), shapes(True), tf.function(shapes)(True)]


def _rows_need_persistence(tf):
    def jacobian(method):
        x = tf.constant([[3.0, 2.0]])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        return getattr(tape, method)(y, x, experimental_use_pfor=False)

    eager = [raised(lambda m=m: jacobian(m)) for m in ("jacobian", "batch_jacobian")]
    return eager, tf.function(lambda: jacobian("jacobian"))()


def _watch_what_before_entering(tf):
    return raised(lambda: tf.GradientTape().watch(np.array(1.0)))


def _stop_gradient_hides(tf):
    """The gradient of what is behind it is not even asked for."""
    calls = []

    @tf.custom_gradient
    def noted(x):
        def grad(upstream):
            calls.append("grad")
            return upstream

        return tf.identity(x), grad

    def gradient(f, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(tf.stop_gradient(x))
        return tape.gradient(y, x)

    x = tf.constant(1.0)
    return [gradient(noted, x), gradient(tf.function(noted, autograph=False), x), calls]


def _sources_that_are_targets(tf):
    """A tensor that the tape does not watch still depends on itself, unless another target depends on it too."""
    x, v, i = tf.constant([1.0, 2.0]), tf.Variable([1.0, 3.0]), tf.constant(3)

    def compute():
        with tf.GradientTape(persistent=True) as tape:
            y, z = x * 2.0, v * x
        pairs = [(x, x), (y, x), (y, y), ([y, x], x), (i, i), ([x, x], x), (z, x)]
        return [tape.gradient(*pair) for pair in pairs] + [
            tape.gradient(x, x, output_gradients=tf.constant([5.0, 6.0]))
        ]

    return compute(), tf.function(compute)()


def _references(tf):
    a, b = tf.Variable([1.0, 2.0]), tf.Variable(1.0)
    first, again, second = a.ref(), a.ref(), b.ref()
    compared = [first == again, first == second, (first < second) != (first > second)]
    refused = [raised(lambda: first == a), raised(lambda: first < 1), raised(lambda: first <= second)]

    @tf.recompute_grad
    def increased(values):
        return {key: value + 1.0 for key, value in values.items()}

    with tf.GradientTape() as tape:
        total = tf.add_n([tf.reduce_sum(v) for v in increased({first: a, second: b}).values()])
    return compared, refused, tape.gradient(total, [a, b])


def _custom_gradients_of_ragged(tf):
    """The gradient function gets and gives ragged tensors; a method has its object."""

    class Scaled:
        @tf.custom_gradient
        def by(self, x, y, unused):
            def grad(*upstream):
                return 3.0 * upstream[0], 4.0 * upstream[1], None

            return {"x": x * x, "y": 2.0 * y}, grad

    x, y = tf.ragged.constant([[1.0, 2.0], [3.0]]), tf.constant(5.0)
    results = []
    for f in (Scaled().by, tf.function(Scaled().by, autograph=False)):
        with tf.GradientTape() as tape:
            tape.watch((x, y))
            out = f(x, y, x)
        results.append((out, tape.gradient(out, (x, y))))
    sparse = tf.sparse.from_dense([[1.0, 0.0]])
    return results, raised(lambda: tf.custom_gradient(lambda s: (s.values, lambda dy: dy))(sparse))


def _through_outer_graphs(tf):
    """`tf.gradients` in an inner function goes on through tensors of the functions and graphs around it."""
    v = tf.Variable(2.0)

    @tf.function
    def nested(x):
        c = x * x

        @tf.function
        def inner():
            d = c * x

            @tf.function
            def innermost():
                return [*tf.gradients(d * c, [x, c, d]), *tf.hessians(d * c, x)]

            return innermost()

        return inner()

    @tf.function
    def of_variable(x):
        c = v * x

        @tf.function
        def inner():
            return tf.gradients(c * v, [v, x])

        return inner()

    @tf.function
    def in_control_flow(x, n):
        c = x * x

        def body(i, a):
            return i + 1, a + tf.gradients(c * c * a, x)[0]

        branch = tf.cond(x > 0.0, lambda: tf.gradients(c * c, x)[0], lambda: x)
        return branch, tf.while_loop(lambda i, a: i < n, body, [0, 1.0])

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, [])
        c = x * x
        in_graph = session.run(tf.function(lambda: tf.gradients(c * c, x)[0], autograph=False)(), {x: 3.0})
    three = tf.constant(3.0)
    return nested(three), of_variable(three), in_control_flow(three, tf.constant(2)), in_graph


def _seeds_of_other_shapes(tf):
    """Seeds of sums that have as many elements as the sum, but more dimensions."""

    def by_tape(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(x * x)
        return tape.gradient(y, x, output_gradients=tf.ones([1]) * 2)

    def by_graph(x):
        return tf.gradients(tf.reduce_sum(x * x), x, grad_ys=[tf.ones([1, 1])])

    x = tf.constant([1.0, 2.0])
    return by_tape(x), tf.function(by_tape)(x), tf.function(by_graph)(x)


def _seed_of_another_size(tf):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.l2_loss(x)
    return tape.gradient(y, x, output_gradients=tf.constant([3.0, 5.0]))


def _through_print(tf):
    def gradient(x):
        printed = tf.compat.v1.Print(x * x, [x], message="x: ")
        return tf.gradients(printed, x)[0], printed.shape

    return tf.function(gradient)(tf.constant([1.0, 2.0]))


def _of_text(tf):
    text = tf.constant("a")
    with tf.GradientTape() as tape:
        tape.watch(text)
    return tape.gradient(text, text)


def _few_rows_at_a_time(tf):
    def shape(persistent, method):
        x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
        with tf.GradientTape(persistent=persistent) as tape:
            tape.watch(x)
            y = x * x
        return getattr(tape, method)(y, x, parallel_iterations=2).shape.as_list()

    return shape(True, "jacobian"), [raised(lambda m=m: shape(False, m)) for m in ("jacobian", "batch_jacobian")]


CASES = [
    Program("seeds-of-other-shapes", _seeds_of_other_shapes),
    Program("through-outer-graphs", _through_outer_graphs),
    Program("custom-gradients-of-ragged", _custom_gradients_of_ragged),
    Program("jacobians-of-nothing", _jacobians_of_nothing),
    Program("rows-need-persistence", _rows_need_persistence),
    Program("watch-what-before-entering", _watch_what_before_entering),
    Program("stop-gradient-hides", _stop_gradient_hides),
    Program("sources-that-are-targets", _sources_that_are_targets),
    Program("references", _references),
    Program("seed-of-another-size", _seed_of_another_size),
    Program("through-print", _through_print),
    Program("of-text", _of_text),
    Program("few-rows-at-a-time", _few_rows_at_a_time),
]
