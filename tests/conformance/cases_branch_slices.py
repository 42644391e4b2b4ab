"""Gradients of rows gathered in branches, and branches that return `IndexedSlices`."""

from __future__ import annotations

from .runner import Program

IDS = [0, 2, 0]


def _described(tf, gradient):
    if not isinstance(gradient, tf.IndexedSlices):
        return gradient
    return gradient, gradient.shape.as_list(), gradient.indices.shape.as_list()


def gradients(name, fn):
    """The gradient of `fn(tf, variable, predicate)`, inside a function and of a call of one, for both predicates."""

    def run(tf):
        variable = tf.Variable(tf.reshape(tf.range(8.0), [4, 2]))
        inside = []

        def step(p):
            with tf.GradientTape() as tape:
                y = fn(tf, variable, p)
            gradient = tape.gradient(y, variable)
            if isinstance(gradient, tf.IndexedSlices):
                inside.append([gradient.shape.as_list(), gradient.indices.shape.as_list(), gradient.indices.dtype])
            return gradient

        compiled, called = (tf.function(f, autograph=False) for f in (step, lambda p: fn(tf, variable, p)))
        found = []
        for p in (tf.constant(True), tf.constant(False)):
            found.append(_described(tf, compiled(p)))
            with tf.GradientTape() as tape:
                y = called(p)
            found.append(_described(tf, tape.gradient(y, variable)))
        return found, inside

    return Program(name, run)


def gathered(tf, variable, ids=IDS):
    return tf.reduce_sum(tf.gather(variable, ids) ** 2)


def _nested(tf, v, p):
    return tf.cond(p, lambda: tf.cond(v[0, 0] < 1.0, lambda: gathered(tf, v), lambda: 1.0), lambda: 0.0)


def _called(tf, v, p):
    return tf.cond(p, lambda: tf.function(lambda: gathered(tf, v), autograph=False)(), lambda: 0.0)


def _switch(tf, v, p):
    return tf.switch_case(tf.cast(p, tf.int32), [lambda: gathered(tf, v), lambda: 0.0, lambda: tf.reduce_sum(v)])


def _clipped(tf):
    variable = tf.Variable(tf.ones([4, 2]))

    @tf.function(autograph=False)
    def step(p):
        with tf.GradientTape() as tape:
            y = tf.cond(p, lambda: gathered(tf, variable), lambda: 0.0)
        return tf.clip_by_global_norm([tape.gradient(y, variable)], 1.0)

    return [step(tf.constant(p)) for p in (True, False)]


def _second_order(tf):
    x = tf.reshape(tf.range(8.0), [4, 2])

    @tf.function(autograph=False)
    def second(p):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.cond(p, lambda: tf.reduce_sum(tf.gather(x, IDS) ** 3), lambda: tf.reduce_sum(x))
            first = tf.convert_to_tensor(inner.gradient(y, x))
        return first, outer.gradient(first, x)

    return [[tf.convert_to_tensor(g) for g in second(tf.constant(p))] for p in (True, False)]


def returned(name, first, second, switch=False):
    """What branches return that give `first(tf)` and `second(tf)`."""

    def run(tf):
        @tf.function(autograph=False)
        def fn(p):
            if switch:
                return tf.switch_case(tf.cast(p, tf.int32), [lambda: second(tf), lambda: first(tf), lambda: second(tf)])
            return tf.cond(p, lambda: first(tf), lambda: second(tf))

        return [fn(tf.constant(p)) for p in (True, False)]

    return Program(name, run)


def slices(n, indices="int32", shape=False):
    return lambda tf: tf.IndexedSlices(
        tf.ones([n, 3]), tf.range(n, dtype=indices), tf.constant([4, 3]) if shape else None
    )


CASES = [
    gradients("gather-and-nothing", lambda tf, v, p: tf.cond(p, lambda: gathered(tf, v), lambda: 0.0)),
    gradients("gather-both", lambda tf, v, p: tf.cond(p, lambda: gathered(tf, v), lambda: gathered(tf, v, IDS[:1]))),
    gradients("gather-and-dense", lambda tf, v, p: tf.cond(p, lambda: gathered(tf, v), lambda: tf.reduce_sum(v))),
    gradients(
        "dense-in-one-branch", lambda tf, v, p: tf.cond(p, lambda: gathered(tf, v) + tf.reduce_sum(v), lambda: 0.0)
    ),
    gradients(
        "long-indices",
        lambda tf, v, p: tf.cond(p, lambda: gathered(tf, v, tf.constant(IDS, tf.int64)), lambda: gathered(tf, v)),
    ),
    gradients(
        "embedding-lookup",
        lambda tf, v, p: tf.cond(p, lambda: tf.reduce_sum(tf.nn.embedding_lookup(v, IDS)), lambda: 0.0),
    ),
    gradients(
        "outside-too",
        lambda tf, v, p: tf.reduce_sum(tf.gather(v, IDS)) + tf.cond(p, lambda: gathered(tf, v), lambda: 0.0),
    ),
    gradients(
        "of-value",
        lambda tf, v, p: (lambda x: tf.cond(p, lambda: gathered(tf, x), lambda: 0.0))(v.read_value()),
    ),
    gradients("nested", _nested),
    gradients("called", _called),
    gradients("switch", _switch),
    gradients("case", lambda tf, v, p: tf.case([(p, lambda: gathered(tf, v))], default=lambda: 0.0)),
    Program("clipped", _clipped),
    Program("second-order", _second_order),
    returned("returned", slices(2, shape=True), slices(1, shape=True)),
    returned("returned-without-shape", slices(2), slices(1)),
    returned("returned-mixed-indices", slices(2, "int64"), slices(1)),
    returned("returned-mixed-indices-switch", slices(2), slices(1, "int64"), switch=True),
    returned("returned-in-list", lambda tf: [1.0, slices(2, "int64")(tf)], lambda tf: [2.0, slices(1)(tf)]),
    returned("returned-mixed-shapes", slices(2, shape=True), slices(1)),
    returned("returned-and-tensor", slices(2), lambda tf: tf.ones([2, 3])),
]
