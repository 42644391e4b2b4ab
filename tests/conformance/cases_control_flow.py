"""`tf.cond`, `tf.case`, `tf.switch_case` and `tf.while_loop`, called as functions."""

from __future__ import annotations

from .inputs import f32, ints, rand
from .runner import Case, Program, raised


def _case(tf, x, **options):
    return tf.case(
        [(tf.reduce_sum(x) > 1.0, lambda: x * 2.0), (tf.reduce_sum(x) > 0.0, lambda: x * 3.0)],
        default=lambda: x * 4.0,
        **options,
    )


BRANCHES = [
    Case(
        "cond",
        lambda tf, x: tf.cond(tf.reduce_sum(x) > 0, lambda: x * 2.0, lambda: x - 1.0),
        [f32(2, 3)],
        grad=2,
    ),
    Case(
        "cond-else", lambda tf, x: tf.cond(tf.reduce_sum(x) > 1e6, lambda: x * 2.0, lambda: tf.sin(x)), [f32(3)], grad=2
    ),
    Case(
        "cond-structure",
        lambda tf, x: tf.cond(x[0] > 0, lambda: {"a": (x, x + 1)}, lambda: {"a": (x - 1, x)}),
        [f32(3)],
    ),
    Case(
        "cond-shapes",
        lambda tf, x: tf.cond(x[0] > 100.0, lambda: x[:1], lambda: x),
        [f32(3)],
        grad=True,
        accept={"value": "TensorFlow refuses the gradient where the branches give different shapes"},
    ),
    Case("cond-rank", lambda tf, x: tf.cond(x[0] < 100.0, lambda: x[0], lambda: x), [f32(3)]),
    Case("cond-none", lambda tf, x: (x, tf.cond(x[0] > 0, lambda: None, lambda: None)), [f32(3)]),
    Case(
        "cond-mismatch",
        lambda tf, x: tf.cond(x[0] > 0, lambda: (x, x), lambda: x),
        [f32(3)],
        modes=("function",),
        reason="eager runs one",
        accept={"TypeError": "TensorFlow trips over an assertion of its own"},
    ),
    Case(
        "cond-dtypes",
        lambda tf, x: tf.cond(x[0] > 0, lambda: x, lambda: tf.cast(x, tf.int32)),
        [f32(3)],
        modes=("function",),
        reason="eager runs one",
    ),
    Case("cond-not-callable", lambda tf, x: tf.cond(x[0] > 0, x, lambda: x), [f32(3)]),
    Case("cond-ints", lambda tf, x: tf.cond(x > 0, lambda: 1, lambda: 2), [ints(dtype="int32")]),
    Case("cond-int-predicate", lambda tf, x: tf.cond(tf.cast(x, tf.bool), lambda: 1, lambda: 2), [ints(dtype="int32")]),
    Case("cond-nested", lambda tf, x: _nested_cond(tf, x), [f32(3)], grad=2),
    Case("cond-known", lambda tf, x: tf.cond(tf.shape(x)[0] > 2, lambda: x * 2.0, lambda: x), [f32(3)], grad=True),
    Case(
        "cond-static-inside",
        lambda tf, x: tf.cond(x[0] > 0, lambda: tf.reshape(x, [tf.size(x)]), lambda: tf.reshape(x, [-1]) * 2.0),
        [f32(4)],
        grad=True,
    ),
    Case(
        "cond-unconnected",
        lambda tf, x, y: tf.cond(x[0] > -100.0, lambda: x * 2.0, lambda: y),
        [f32(3), f32(3)],
        grad=True,
    ),
    Case("cond-strings", lambda tf, x: tf.cond(x[0] > 0, lambda: tf.constant("a"), lambda: tf.constant("b")), [f32(3)]),
    Case("case", _case, [f32(3)], grad=True),
    Case("case-exclusive", lambda tf, x: _case(tf, x, exclusive=True), [rand("float32", 3)], grad=True),
    Case("case-no-default", lambda tf, x: tf.case([(x[0] > 1e6, lambda: x)]), [f32(3)]),
    Case("case-bad", lambda tf, x: tf.case([]), [f32(3)]),
    Case(
        "switch",
        lambda tf, x, i: tf.switch_case(i, [lambda: x, lambda: x * 2.0, lambda: x * x]),
        [f32(3), ints(dtype="int32")],
        grad=2,
    ),
    Case("switch-dict", lambda tf, x: tf.switch_case(tf.constant(1), {0: lambda: x, 1: lambda: x + 1}), [f32(3)]),
    Case(
        "switch-default",
        lambda tf, x: tf.switch_case(tf.constant(7), {0: lambda: x, 1: lambda: x + 1}, default=lambda: x - 1),
        [f32(3)],
    ),
    Case(
        "switch-out-of-range",
        lambda tf, x: [tf.switch_case(tf.constant(i), [lambda: x, lambda: x + 1]) for i in (-1, 5)],
        [f32(3)],
    ),
    Case("switch-empty", lambda tf, x: tf.switch_case(tf.constant(0), []), [f32(3)]),
    Case("switch-gap", lambda tf, x: tf.switch_case(tf.constant(0), {0: lambda: x, 2: lambda: x}), [f32(3)]),
]


def _nested_cond(tf, x):
    inner = lambda: tf.cond(tf.reduce_max(x) > 2.0, lambda: x * x, lambda: tf.exp(x))
    return tf.cond(tf.reduce_sum(x) > -100.0, inner, lambda: x)


def _power(tf, x, n):
    return tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * x + 0.5), [0, x])


def _nested_loop(tf, x, n):
    def body(i, a):
        return i + 1, tf.while_loop(lambda j, b: j < i, lambda j, b: (j + 1, tf.sin(b) * 1.5), [0, a])[1]

    return tf.while_loop(lambda i, a: i < n, body, [0, x])[1]


def _cond_in_loop(tf, x, n):
    def body(i, a):
        return i + 1, tf.cond(i % 2 == 0, lambda: a * x, lambda: a + x)

    return tf.while_loop(lambda i, a: i < n, body, [0, x])[1]


def _grow(tf, x, n, invariant=(None,)):
    return tf.while_loop(
        lambda i, a: i < n,
        lambda i, a: (i + 1, tf.concat([a, a * 2.0], 0)),
        [0, x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape(invariant)],
    )


def _until(tf, x):
    return tf.while_loop(lambda a: tf.reduce_sum(a) < 100.0, lambda a: [a * 1.5 + 1.0], [tf.abs(x)])


def _slices(tf, x):
    return tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + tf.reduce_sum(x[:i] ** 2)), [0, 0.0])[1]


LOOPS = [
    Case("while", lambda tf, x: _power(tf, x, 4), [f32(3)], grad=2),
    Case("while-dynamic", lambda tf, x, n: _power(tf, x, tf.size(n)), [f32(3), ints(4, dtype="int32")], grad=2),
    Case(
        "while-value",
        lambda tf, x, n: _power(tf, x, tf.cast(tf.reduce_sum(n * 0) + 3, tf.int32)),
        [f32(3), ints(4, dtype="int32")],
        grad=2,
    ),
    Case("while-no-iteration", lambda tf, x: _power(tf, x, 0), [f32(3)], grad=True),
    Case("while-until", _until, [f32(3)], grad=True),
    Case(
        "while-maximum",
        lambda tf, x: tf.while_loop(lambda i, a: True, lambda i, a: (i + 1, a * 2.0), [0, x], maximum_iterations=3),
        [f32(3)],
        grad=True,
    ),
    Case(
        "while-maximum-tensor",
        lambda tf, x: tf.while_loop(
            lambda a: tf.reduce_sum(a) < 1e9, lambda a: a * 2.0, [x], maximum_iterations=tf.size(x)
        ),
        [f32(3)],
        grad=True,
    ),
    Case("while-nested", lambda tf, x: _nested_loop(tf, x, 4), [f32(3)], grad=True),
    Case(
        "while-nested-dynamic",
        lambda tf, x, n: _nested_loop(tf, x, tf.size(n)),
        [f32(3), ints(4, dtype="int32")],
        grad=True,
    ),
    Case("while-cond", lambda tf, x: _cond_in_loop(tf, x, 5), [f32(3)], grad=2),
    Case(
        "while-cond-dynamic",
        lambda tf, x, n: _cond_in_loop(tf, x, tf.size(n)),
        [f32(3), ints(4, dtype="int32")],
        grad=True,
    ),
    Case("while-grows", lambda tf, x: _grow(tf, x, 3), [f32(2)], grad=True),
    Case("while-grows-dynamic", lambda tf, x, n: _grow(tf, x, tf.size(n)), [f32(2), ints(3, dtype="int32")], grad=True),
    Case("while-slices", _slices, [f32(4)], grad=True),
    Case(
        "while-structure",
        lambda tf, x: tf.while_loop(
            lambda s: s["i"] < 3, lambda s: [{"i": s["i"] + 1, "x": (s["x"][0] * 2.0,)}], [{"i": 0, "x": (x,)}]
        ),
        [f32(3)],
        grad=True,
    ),
    Case(
        "while-tuple",
        lambda tf, x: tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, a), (tf.constant(0), x)),
        [f32(3)],
    ),
    Case("while-one", lambda tf, x: tf.while_loop(lambda a: tf.reduce_sum(a) < 10.0, lambda a: a + 5.0, [x]), [f32(3)]),
    Case(
        "while-one-list",
        lambda tf, x: tf.while_loop(lambda a: tf.reduce_sum(a) < 10.0, lambda a: [a + 5.0], [x]),
        [f32(3)],
    ),
    Case(
        "while-ints",
        lambda tf, x: tf.while_loop(lambda a, b: b > 0, lambda a, b: (b, a % b), [x, tf.constant(36, x.dtype)]),
        [ints(dtype="int64")],
    ),
    Case(
        "while-dtype-change",
        lambda tf, x: tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, tf.cast(a, tf.float64)), [0, x]),
        [f32(3)],
        modes=("function",),
        reason="eager loops may change types",
    ),
    Case(
        "while-shape-change",
        lambda tf, x: tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, tf.concat([a, a], 0)), [0, x]),
        [f32(3)],
        modes=("function",),
        reason="eager loops may change shapes",
    ),
    Case(
        "while-structure-change",
        lambda tf, x: tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, a, a), [0, x]),
        [f32(3)],
    ),
    Case(
        "while-bad-invariant",
        lambda tf, x: _grow(tf, x, 2, invariant=(5,)),
        [f32(2)],
        modes=("function",),
        reason="eager loops have no invariants",
    ),
    Case("while-not-callable", lambda tf, x: tf.while_loop(True, lambda a: a, [x]), [f32(3)]),
    Case(
        "while-strings",
        lambda tf, x: tf.while_loop(
            lambda i, s: i < 3, lambda i, s: (i + 1, tf.strings.join([s, "!"])), [0, tf.constant("a")]
        )[1],
        [f32()],
    ),
    Case(
        "while-stop-gradient",
        lambda tf, x: tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, x], back_prop=False)[1],
        [f32(3)],
        modes=("function",),
        reason="deprecated argument",
    ),
]


def _with_variables(tf):
    v, count = tf.Variable([1.0, 2.0]), tf.Variable(0)

    @tf.function
    def step(x, n):
        def body(i, a):
            count.assign_add(i)
            return i + 1, a * v

        return tf.while_loop(lambda i, a: i < n, body, [0, x])[1]

    results = []
    for n in (3, tf.constant(3), tf.constant(40)):
        with tf.GradientTape() as tape:
            y = step(tf.constant([0.5, 1.0]), n) / 1000.0
        results += [y, tape.gradient(y, v), count]
    return results, step.experimental_get_tracing_count()


def _writes_in_branches(tf):
    v = tf.Variable(1.0)

    @tf.function
    def step(x):
        before = v.read_value()
        r = tf.cond(x > 0, lambda: v.assign_add(x) * 1.0, lambda: v.assign(x * x) + 0.5)
        return before, r, v.read_value()

    return [
        step(tf.constant(2.0)),
        step(tf.constant(-3.0)),
        v,
        [n.type for n in step.get_concrete_function(tf.constant(2.0)).graph.get_operations() if "If" in n.type],
    ]


def _unused_branch_effect(tf):
    v = tf.Variable(0)

    @tf.function
    def step(x):
        tf.cond(x > 0, lambda: v.assign_add(1), lambda: v.assign_sub(1))

    for x in (1, 2, -5):
        step(tf.constant(x))
    return v


def _order(tf):
    log = []

    @tf.function
    def step(x):
        log.append("trace")
        y = tf.cond(x > 0, lambda: (log.append("true"), x)[1], lambda: (log.append("false"), x)[1])
        tf.while_loop(lambda i: (log.append("cond"), i < 3)[1], lambda i: (log.append("body"), [i + 1])[1], [0])
        return y

    for x in (1, 2, -1):
        step(tf.constant(x))
    return sorted(log), len(log)


def _checks(tf):
    v = tf.Variable(0.0)

    @tf.function
    def loop(n):
        def body(i):
            tf.debugging.assert_less(i, 4, message="too far")
            v.assign_add(1.0)
            return [i + 1]

        return tf.while_loop(lambda i: i < n, body, [0])

    @tf.function
    def branch(x):
        def checked():
            tf.debugging.assert_positive(x - 5)
            return x

        return tf.cond(x > 0, checked, lambda: -x)

    return [
        raised(lambda: loop(tf.constant(3))),
        raised(lambda: loop(tf.constant(9))),
        raised(lambda: loop(tf.constant(2))),
        raised(lambda: branch(tf.constant(9))),
        raised(lambda: branch(tf.constant(3))),
        raised(lambda: branch(tf.constant(-3))),
    ]


def _indices_in_loop(tf):
    x = tf.constant([1.0, 2.0, 3.0])

    @tf.function
    def loop(n):
        return tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a + tf.gather(x, i)), [0, 0.0])[1]

    return [loop(tf.constant(3)), raised(lambda: loop(tf.constant(5)))]


def _random_in_loop(tf):
    tf.random.set_seed(4)

    @tf.function
    def loop(x, n):
        # TensorFlow may run the draws of several iterations in any order; their sum does not tell.
        def body(i, a):
            return i + 1, a + tf.random.uniform([2], seed=3) * x

        return tf.while_loop(lambda i, a: i < n, body, [0, x])[1]

    results = []
    for n in (3, tf.constant(3), tf.constant(5)):
        x = tf.constant([1.0, 2.0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = loop(x, n)
        results += [y, tape.gradient(y, x)]
    return results


def _tape_inside(tf):
    v = tf.Variable(3.0)

    @tf.function
    def train(n):
        def body(i):
            with tf.GradientTape() as tape:
                loss = (v * v - 4.0) ** 2
            v.assign_sub(0.01 * tape.gradient(loss, v))
            return [i + 1]

        tf.while_loop(lambda i: i < n, body, [0])
        return v.read_value()

    return [train(5), train(tf.constant(5)), v]


def _function_in_loop(tf):
    w = tf.Variable(0.5)

    @tf.function
    def inner(a):
        return tf.tanh(a * w)

    @tf.function
    def loop(x, n):
        return tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, inner(a) + x), [0, x])[1]

    results = []
    for n in (3, tf.constant(3)):
        x = tf.constant([1.0, 2.0])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = loop(x, n)
        results += [y, *tape.gradient(y, [x, w])]
    return results


def _gathers_in_loop(tf):
    table = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])

    @tf.function
    def loop(n):
        def body(i, a):
            return i + 1, a * tf.reduce_sum(tf.gather(table, [i % 3, 0]))

        return tf.while_loop(lambda i, a: i < n, body, [0, 1.0])[1]

    results = []
    for n in (3, tf.constant(4)):
        with tf.GradientTape() as tape:
            y = loop(n)
        results += [y, tf.convert_to_tensor(tape.gradient(y, table))]
    return results


def _forward_mode(tf):
    @tf.function
    def f(x, n):
        y = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, tf.sin(a) * x), [0, x])[1]
        return tf.cond(tf.reduce_sum(y) > 0, lambda: y * 2.0, lambda: y * y)

    results = []
    for n in (2, tf.constant(3)):
        x = tf.constant([1.0, 0.5])
        with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.25])) as acc:
            y = f(x, n)
        results += [y, acc.jvp(y)]
    return results


def _jacobians(tf):
    @tf.function
    def f(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.sin(a) * x), [0, x])[1]
        return tape.jacobian(y, x)

    return f(tf.constant([1.0, 2.0, 0.5]))


def _unknown_shapes(tf):
    seen = []

    @tf.function(input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([], tf.int32)])
    def loop(x, n):
        out = tf.while_loop(lambda i, a: i < n, lambda i, a: (i + 1, a * 2.0), [0, x])[1]
        both = tf.cond(n > 0, lambda: out, lambda: x[:1])
        seen.append((out.shape.as_list(), both.shape.as_list()))
        return both

    return [loop(tf.ones([3, 2]), 2), loop(tf.ones([5, 2]), 0), seen, loop.experimental_get_tracing_count()]


PROGRAMS = [
    Program("variables-in-loop", _with_variables),
    Program("writes-in-branches", _writes_in_branches),
    Program("unused-branch-effect", _unused_branch_effect),
    Program("order-of-tracing", _order),
    Program("checks", _checks),
    Program("indices-in-loop", _indices_in_loop),
    Program("random-in-loop", _random_in_loop),
    Program("tape-inside", _tape_inside),
    Program("function-in-loop", _function_in_loop),
    Program("gathers-in-loop", _gathers_in_loop),
    Program("forward-mode", _forward_mode),
    Program("jacobian-of-loop", _jacobians),
    Program("unknown-shapes", _unknown_shapes),
]

CASES = [*BRANCHES, *LOOPS, *PROGRAMS]
