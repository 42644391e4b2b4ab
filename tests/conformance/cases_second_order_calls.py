"""Second derivatives of calls of functions whose first derivative is constant: zeros or None, as TensorFlow has them."""

from __future__ import annotations

from .runner import Program


def seconds(name, fn):
    """First and second derivatives of `fn(tf, x)` as a function: plain, persistent, and with tapes in a function."""

    def run(tf):
        called = tf.function(lambda x: fn(tf, x), autograph=False)
        x = tf.constant([1.0, 2.0])

        def both(persistent):
            with tf.GradientTape(persistent) as outer:
                outer.watch(x)
                with tf.GradientTape(persistent) as inner:
                    inner.watch(x)
                    y = called(x)
                first = inner.gradient(y, x)
            return first, None if first is None else outer.gradient(first, x)

        return both(False), both(True), tf.function(lambda: both(False), autograph=False)()

    return Program(name, run)


def _of_variables(tf):
    v, w = tf.Variable(2.0), tf.Variable([3.0, 4.0])
    called = tf.function(lambda: tf.reduce_sum(w) * 3.0 + v, autograph=False)
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            y = called()
        of_v, of_w = inner.gradient(y, [v, w])
    return outer.gradient(of_v, [v, w]), outer.gradient(of_w, [v, w])


def _of_two(tf, fn):
    x, y = tf.constant(2.0), tf.constant(3.0)
    called = tf.function(fn, autograph=False)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([x, y])
        with tf.GradientTape() as inner:
            inner.watch([x, y])
            z = called(x, y)
        firsts = inner.gradient(z, [x, y])
    return [outer.gradient(g, [x, y]) for g in firsts]


def _third(tf):
    x = tf.constant(2.0)
    square = tf.function(lambda x: x * x, autograph=False)
    with tf.GradientTape() as a:
        a.watch(x)
        with tf.GradientTape() as b:
            b.watch(x)
            with tf.GradientTape() as c:
                c.watch(x)
                y = square(x)
            first = c.gradient(y, x)
        second = b.gradient(first, x)
    return second, a.gradient(second, x)


def orders(name, fn):
    """All derivatives of `fn(tf, x, y)` up to the third."""

    def run(tf):
        sources = [tf.constant(2.0), tf.constant(3.0)]
        called = tf.function(lambda x, y: fn(tf, x, y), autograph=False)

        def derivatives(n):
            if n == 0:
                return [called(*sources)]
            with tf.GradientTape(persistent=True) as tape:
                tape.watch(sources)
                found = derivatives(n - 1)
            return [g for d in found for g in ([None] * 2 if d is None else tape.gradient(d, sources))]

        return [derivatives(n) for n in (2, 3)], tf.function(lambda: derivatives(3), autograph=False)()

    return Program(name, run)


def _jacobian(tf):
    x = tf.constant([1.0, 2.0])
    scaled = tf.function(lambda x: tf.reduce_sum(3.0 * x), autograph=False)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = scaled(x)
        first = inner.gradient(y, x)
    return outer.jacobian(first, x)


def _graph_gradients(tf):
    @tf.function(autograph=False)
    def fn(x):
        first = tf.gradients(tf.function(lambda x: 3.0 * x, autograph=False)(x), x)[0]
        return tf.gradients(first, x)

    return fn(tf.constant([1.0, 2.0]))


def _nested_in_tapes(tf, forward, orders):
    """Derivatives by a variable, each order in a tape around the one before, without and in a function of its own."""

    def derived(fn):
        def gradient():
            with tf.GradientTape() as tape:
                value = fn()
            return tape.gradient(value, tape.watched_variables())[0]

        return gradient

    fn, found = tf.function(forward), []
    for _ in range(orders):
        found.append((tf.convert_to_tensor(fn()), tf.convert_to_tensor(tf.function(fn)())))
        fn = derived(fn)
    return found


def _variable_in_nested_tapes(tf):
    v, w = tf.Variable(2.0), tf.Variable([2.0, 3.0])
    gathered = lambda: tf.gather(w, [0, 1]) ** 4 + tf.reduce_sum(w)
    return _nested_in_tapes(tf, lambda: tf.cos(v), 5), _nested_in_tapes(tf, gathered, 4)


CASES = [
    seconds("scaled", lambda tf, x: 3.0 * x),
    seconds("negated", lambda tf, x: -x),
    seconds("shifted", lambda tf, x: x + 1.0),
    seconds("summed", lambda tf, x: tf.reduce_sum(x)),
    seconds("squared", lambda tf, x: x * x),
    seconds("stopped", lambda tf, x: tf.stop_gradient(x) * x),
    seconds("constant", lambda tf, x: tf.constant(1.0)),
    seconds("rounded", lambda tf, x: tf.round(x)),
    seconds("product", lambda tf, x: tf.tensordot(x, tf.constant([1.0, 2.0]), 1)),
    seconds("reshaped", lambda tf, x: tf.reshape(x, [2, 1])),
    seconds("cond", lambda tf, x: tf.cond(x[0] > 0.0, lambda: 3.0 * x, lambda: x)),
    seconds("nested", lambda tf, x: tf.function(lambda x: 3.0 * x, autograph=False)(x) * 1.0),
    Program("variables", _of_variables),
    Program("mixed", lambda tf: _of_two(tf, lambda x, y: x * x + y)),
    Program("sum-of-two", lambda tf: _of_two(tf, lambda x, y: x + y)),
    Program("product-of-two", lambda tf: _of_two(tf, lambda x, y: x * y)),
    Program("third", _third),
    orders("orders-sum", lambda tf, x, y: x + y),
    orders("orders-product", lambda tf, x, y: x * y),
    orders("orders-mixed", lambda tf, x, y: x * x + y),
    orders("orders-of-one", lambda tf, x, y: 3.0 * x),
    orders("orders-cond", lambda tf, x, y: tf.cond(x > 0.0, lambda: 3.0 * x * y, lambda: x * x)),
    orders("orders-nested", lambda tf, x, y: tf.function(lambda x: 3.0 * x, autograph=False)(x) * y),
    Program("jacobian", _jacobian),
    Program("tf-gradients", _graph_gradients),
    Program("variable-in-nested-tapes", _variable_in_nested_tapes),
]
