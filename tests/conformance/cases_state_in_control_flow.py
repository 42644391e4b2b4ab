"""Derivatives of branches and loops that write variables, draw random numbers or work on the host.

Also: gradients that programs register for ops in there, and what functions cannot return.
"""

from __future__ import annotations

from .runner import Program, raised

# The bodies: `f(tf, v, x, p)` with variables `v`, a source and a predicate; each reads or writes state.


def _writing_branch(tf, v, x, p):
    def true():
        before = v * v * x
        v.assign_add(1.0)
        return before + v * x * x

    return tf.cond(p, true, lambda: v * x**3)


def _writing_loop(tf, v, x, p):
    def body(i, y):
        v.assign_add(1.0)
        return i + 1, y * y * v

    return tf.while_loop(lambda i, y: i < 3, body, [0, x])[1]


def _autograph(tf, v, x, p):
    y = x
    for _ in tf.range(2):
        while y < 4.0:
            if y > 2.0:
                v.assign(v * 1.5)
            y = y * y * v
        y = y * 0.5
    return y


def _assigned_source(tf, v, x, p):
    def true():
        v.assign(x * x)
        return v * x * x

    return tf.cond(p, true, lambda: x)


def _called(tf, v, x, p):
    @tf.function
    def inner(x, p):
        if p:
            v.assign_add(x)
            return x * x * v
        return x * 1.0

    return inner(x, p) + inner(x * 2.0, x > 1.0)


def _texts(tf, v, x, p):
    text = tf.constant("ab")
    y = x
    for _ in tf.range(3):
        text = text + "c"
        v.assign_add(tf.cast(tf.strings.length(text), tf.float32))
        y = y * y * v * 0.1
    return y


def _texts_only(tf, v, x, p):
    return tf.cond(p, lambda: x**3 * tf.cast(tf.strings.length(tf.as_string(p)), tf.float32), lambda: x)


def _custom(tf, v, x, p):
    @tf.custom_gradient
    def f(x):
        return x * x, lambda dy: dy * x * 10.0

    y = x
    for _ in tf.range(2):
        v.assign_add(1.0)
        y = f(y) * v
    return y


BODIES = {
    "branch": _writing_branch,
    "loop": _writing_loop,
    "autograph": _autograph,
    "assigned": _assigned_source,
    "called": _called,
    "texts": _texts,
    "texts-only": _texts_only,
    "custom": _custom,
}


# The ways to differentiate.


def _variable(tf):
    return tf.Variable(1.25)


def _inside(tf, body, x, p):
    v = _variable(tf)

    @tf.function
    def f(x, p):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = body(tf, v, x, p)
            g = inner.gradient(y, [x, v])
        return y, g, outer.gradient(g[0], x)

    return [f(x, p), v.numpy(), f(x, p), v.numpy()]


def _outside(tf, body, x, p):
    v = _variable(tf)
    f = tf.function(lambda x, p: body(tf, v, x, p))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x, p)
        g = inner.gradient(y, [x, v])
    return [y, g, outer.gradient(g[0], x), v.numpy()]


def _gradients(tf, body, x, p):
    v = _variable(tf)

    @tf.function
    def f(x, p):
        y = body(tf, v, x, p)
        (g,) = tf.gradients(y, x)
        return y, g, tf.gradients(g, x)

    return [f(x, p), v.numpy()]


def _forward(tf, body, x, p):
    v = _variable(tf)
    f = tf.function(lambda x, p: body(tf, v, x, p))
    with tf.autodiff.ForwardAccumulator(x, tf.constant(2.0)) as accumulator:
        y = f(x, p)
    return [y, accumulator.jvp(y), v.numpy()]


WAYS = {"inside": _inside, "outside": _outside, "gradients": _gradients, "forward": _forward}


def _program(way, body, p):
    return lambda tf: WAYS[way](tf, BODIES[body], tf.constant(1.5), tf.constant(p))


ORDERS = [
    Program(f"{body}-{way}", _program(way, body, True), rtol=1e-4)
    for body in BODIES
    for way in WAYS
    # The loops are seen from inside and outside; what is left is the same machinery.
    if way in ("inside", "outside") or body in ("branch", "called", "texts-only")
]


# What else there is to differentiate.


def _second_of_variables(tf):
    v, w = tf.Variable(2.0), tf.Variable([1.0, 3.0])

    @tf.function
    def f(x, p):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)

                def true():
                    before = v * v * x
                    v.assign_add(1.0)
                    w.assign(w * v)
                    return before + v * x * tf.reduce_sum(w * w)

                y = tf.cond(p, true, lambda: v * x * x)
            g = inner.gradient(y, [x, v, w])
        return y, g, outer.gradient(g, [x, v, w])

    return [f(tf.constant(3.0), tf.constant(p)) for p in (True, False)]


def _random(tf):
    tf.random.set_seed(3)

    @tf.function
    def f(x, n):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = x
                for _ in tf.range(n):
                    y = y * y * tf.random.uniform([], 0.5, 1.0, seed=3)
                y = tf.reduce_sum(y)
            g = inner.gradient(y, x)
        # The draws themselves depend on how TensorFlow schedules; their derivatives do not.
        return g / y, outer.jacobian(g, x) / y

    return f(tf.constant([3.0]), tf.constant(3))


def _generator(tf):
    generator = tf.random.Generator.from_seed(1)

    @tf.function
    def f(x, n):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = x
                for _ in tf.range(n):
                    y = y * y * generator.uniform([])
            g = inner.gradient(y, x)
        return y, g, outer.gradient(g, x)

    return [f(tf.constant(3.0), tf.constant(2)), generator.state.numpy()]


def _several_gradients(tf):
    v = tf.Variable(2.0)

    @tf.function
    def f(x, z, p):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([x, z])

            def true():
                v.assign_add(1.0)
                return v * x * x * z, x * z * z

            y, w = tf.cond(p, true, lambda: (x, z))
        return [tape.gradient(y, x), tape.gradient(w, [x, z]), tape.gradient([y, w], [x, z])]

    return f(tf.constant(3.0), tf.constant(2.0), tf.constant(True))


def _gradient_in_branch(tf):
    v = tf.Variable(2.0)

    @tf.function
    def f(x, p):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = _writing_branch(tf, v, x, p)
        return tf.cond(p, lambda: tape.gradient(y, x), lambda: 0.0)

    return [f(tf.constant(3.0), tf.constant(True)), v.numpy()]


def _jacobian(tf):
    v = tf.Variable([2.0, 3.0])

    @tf.function
    def f(x, n):
        y = x
        for _ in tf.range(n):
            v.assign_add(tf.ones([2]))
            y = y * tf.gather(v, [1, 0])
        return y

    @tf.function
    def inside(x, n):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x, n)
        return tape.jacobian(y, [x, v])

    x, n = tf.constant([1.0, 2.0]), tf.constant(2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x, n)
    return [inside(x, n), tape.jacobian(y, [x, v])]


def _forward_inside(tf):
    v = tf.Variable(2.0)

    @tf.function
    def f(x, p):
        with tf.autodiff.ForwardAccumulator(x, tf.constant(2.0)) as accumulator:
            y = _writing_branch(tf, v, x, p)
        return y, accumulator.jvp(y)

    return [f(tf.constant(3.0), tf.constant(True)), v.numpy()]


def _forward_through_custom(tf):
    @tf.custom_gradient
    def g(x):
        return x * x, lambda dy: dy * 100.0

    @tf.function
    def f(x, n):
        with tf.autodiff.ForwardAccumulator(x, tf.constant(2.0)) as accumulator:
            y = x
            for _ in tf.range(n):
                y = g(y)
            z = tf.cond(n > 2, lambda: g(x) * 3.0, lambda: x)
        return y, accumulator.jvp([y, z])

    return f(tf.constant(0.5), tf.constant(3))


def _prints_once(tf):
    v = tf.Variable(2.0)

    @tf.function
    def f(x, p):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)

                def true():
                    tf.print("x is", x, output_stream="file:///dev/null")
                    v.assign_add(1.0)
                    return x**3 * v

                y = tf.cond(p, true, lambda: x)
            g = inner.gradient(y, x)
        return y, g, outer.gradient(g, x)

    return [f(tf.constant(3.0), tf.constant(True)), v.numpy()]


def _learned_inner_loop(tf):
    v = tf.Variable(1.0)

    @tf.function
    def f(x, n):
        with tf.GradientTape() as outer:
            outer.watch(x)
            total = tf.constant(0.0)
            for _ in tf.range(n):
                with tf.GradientTape() as inner:
                    loss = (v - x) ** 2
                g = inner.gradient(loss, v)
                v.assign_sub(0.1 * g)
                total += g
        return total, outer.gradient(total, [x, v])

    return [f(tf.constant(3.0), tf.constant(4)), v.numpy()]


def _session(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        x = v1.placeholder(tf.float32, [])
        v = v1.get_variable("v", initializer=2.0, use_resource=True)

        def true():
            with tf.control_dependencies([v.assign_add(1.0)]):
                return v.read_value() * x * x

        y = tf.cond(x > 0, true, lambda: x)
        first = tf.gradients(y, [x, v])
        second = tf.gradients(first[0], [x, v])
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            return [session.run([y, first, second], {x: 3.0}), session.run(v)]


def _outputs_of_nodes(tf):
    v = tf.Variable(2.0)

    @tf.function
    def f(x):
        return tf.cond(x > 0, lambda: v.assign_add(1.0) * x, lambda: x)

    graph = f.get_concrete_function(tf.TensorSpec([], tf.float32)).graph
    return [[len(op.outputs), len(op.values())] for op in graph.get_operations() if op.type == "If"]


MORE = [
    Program("variables-second", _second_of_variables),
    Program("random-second", _random),
    Program("generator-second", _generator),
    Program("several-gradients", _several_gradients),
    Program("gradient-in-branch", _gradient_in_branch),
    Program("jacobian", _jacobian),
    Program("forward-inside", _forward_inside),
    Program("forward-custom", _forward_through_custom),
    Program("prints-once", _prints_once),
    Program("learned-inner-loop", _learned_inner_loop),
    Program("session-second", _session),
    Program("outputs-of-nodes", _outputs_of_nodes),
]


# Zeros, and None: TensorFlow gives everything that a loop takes a gradient, and what a branch can pass one to.


def _tape(tf, f, *values):
    @tf.function
    def run(*xs):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(xs)
            results = f(*xs)
        return [tape.gradient(r, xs) for r in results]

    return run(*[tf.constant(v) for v in values])


def _only_in_condition(tf):
    def loops(x, t):
        _, y, u = tf.while_loop(lambda i, y, u: u < 10.0, lambda i, y, u: (i + 1, y * 2.0, u + 1.0), [0, x, t])
        (z,) = tf.while_loop(lambda z: z < t, lambda z: z * 2.0, [x])
        return y, u, z

    return _tape(tf, loops, 0.5, 3.0)


def _through_stops(tf):
    def loop(x, t, s, w):
        def body(i, y):
            return i + 1, y * tf.stop_gradient(t) + tf.cast(tf.cast(s, tf.int32), tf.float32) + tf.round(w)

        return tf.while_loop(lambda i, y: i < 3, body, [0, x])[1:]

    return _tape(tf, loop, 0.5, 3.0, 2.0, 2.0)


def _other_output(tf):
    def branches(x, t, s, p):
        return tf.cond(
            p > 0.0,
            lambda: (x * tf.stop_gradient(t) + tf.cast(tf.cast(s, tf.int32), tf.float32), x),
            lambda: (x, s),
        )

    return _tape(tf, branches, 0.5, 3.0, 2.0, 1.0)


def _only_in_condition_elsewhere(tf):
    def loop(x, t):
        return tf.while_loop(lambda z: z < t, lambda z: z * 2.0, [x])[0]

    x, t = tf.constant(0.5), tf.constant(3.0)
    found = []
    for f in (loop, tf.function(loop)):
        with tf.GradientTape() as tape:
            tape.watch([x, t])
            y = f(x, t)
        found.append(tape.gradient(y, [x, t]))
    found.append(tf.function(lambda x, t: tf.gradients(loop(x, t), [x, t]))(x, t))

    @tf.function
    def second(x, t):
        with tf.GradientTape() as outer:
            outer.watch([x, t])
            (g,) = tf.gradients(loop(x, t) * x, [x])
        return outer.gradient(g, [x, t])

    return [*found, second(x, t)]


def _variables_only_in_condition(tf):
    limit, count = tf.Variable(3.0), tf.Variable(0)

    @tf.function
    def f(x, n):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for i in tf.range(n):
                count.assign_add(1)
                if tf.cast(i, tf.float32) < limit:
                    y = y * tf.cast(count, tf.float32)
        return tape.gradient(y, [x, limit, count])

    return f(tf.constant(3.0), tf.constant(4))


def _jacobian_of_unconnected(tf):
    @tf.function
    def f(x, t):
        with tf.GradientTape() as tape:
            tape.watch([x, t])
            (z,) = tf.while_loop(lambda z: tf.reduce_sum(z) < tf.reduce_sum(t), lambda z: z * 2.0, [x])
        return tape.jacobian(z, [x, t])

    return f(tf.constant([0.5, 1.0]), tf.constant([2.0, 1.0, 3.0]))


ZEROS = [
    Program("condition", _only_in_condition),
    Program("stops", _through_stops),
    Program("other-output", _other_output),
    Program("condition-elsewhere", _only_in_condition_elsewhere),
    Program("condition-variables", _variables_only_in_condition),
    Program("condition-jacobian", _jacobian_of_unconnected),
]


# Gradients registered by name reach ops in branches and loops where the map was set inside.


def _registered(tf):
    name = f"Hundredfold{tf.__name__}"
    tf.RegisterGradient(name)(lambda op, grad: grad * op.inputs[0] * 100.0)

    def squared(x, known=name):
        with tf.compat.v1.get_default_graph().gradient_override_map({"Square": known}):
            return tf.square(x)

    @tf.function
    def f(x, p):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            results = [squared(x), tf.cond(p, lambda: squared(x), lambda: x)]
            results.append(tf.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, squared(y)), [0, x])[1])
            with tf.compat.v1.get_default_graph().gradient_override_map({"Square": name}):
                results.append(tf.cond(p, lambda: tf.square(x), lambda: x))
        return [tape.gradient(r, x) for r in results], [tf.gradients(r, x) for r in results]

    @tf.function
    def unknown(x, p):
        return tf.gradients(tf.cond(p, lambda: squared(x, "NotRegistered"), lambda: x), x)

    x, p = tf.constant(1.5), tf.constant(True)
    return [f(x, p), raised(lambda: unknown(x, p)) != "no error"]


def _returned_checks(tf):
    v1 = tf.compat.v1
    checks = [
        lambda x: tf.debugging.assert_equal(x, x),
        lambda x: tf.debugging.assert_positive(x),
        lambda x: tf.debugging.assert_near(x, x),
        lambda x: tf.debugging.assert_rank(x, 1),
        lambda x: tf.debugging.assert_shapes([(x, ("N",))]),
        lambda x: tf.debugging.assert_scalar(x[0]),
        lambda x: tf.debugging.assert_type(x, tf.float32),
        lambda x: tf.debugging.Assert(tf.reduce_all(x > 0.0), [x]),
        lambda x: tf.print(x, output_stream="file:///dev/null"),
        lambda x: v1.assert_scalar(x[0]),
        lambda x: v1.debugging.assert_shapes([(x, (2,))]),
        lambda x: v1.assert_type(x, tf.float32),
    ]
    x = tf.constant([1.0, 2.0])
    return [
        [raised(lambda c=c, s=s: tf.function(c, input_signature=[tf.TensorSpec(s, tf.float32)])(x)), c(x)]
        for c in checks
        for s in ([2], [None])
    ]


def _effects_of_tests(tf):
    """The condition of a loop may write variables and draw random numbers, once more than the body runs."""
    tf.random.set_seed(5)
    v, x = tf.Variable(0), tf.constant(3.0)

    def counting(i, y, stop=50.0):
        return tf.logical_and(v.assign_add(1) > 0, y < stop)

    def power(x, stop=50.0):
        return tf.while_loop(lambda i, y: counting(i, y, stop), lambda i, y: (i + 1, y * x), [0, x])[1]

    def inside(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = power(x)
        return y, tape.gradient(y, x)

    def known(n):
        return tf.while_loop(lambda i: tf.logical_and(v.assign_add(1) > 0, i < n), lambda i: i + 1, [0])

    found = []
    for call in (power, inside, lambda x: power(x, 1.0), lambda x: known(3), lambda x: known(0)):
        found.append([tf.function(call)(x), v.numpy()])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.function(power)(x)
    drawn = tf.function(lambda: tf.while_loop(lambda i: tf.random.uniform([]) < 0.8, lambda i: i + 1, [0])[0])

    @tf.function
    def converted():
        n = 0
        while v.assign_sub(1) > 0:
            n += 1
        return n

    return found, tape.gradient(y, x), [drawn() for _ in range(4)], v.numpy(), converted(), v.numpy()


CASES = [
    *ORDERS,
    *MORE,
    *ZEROS,
    Program("registered", _registered),
    Program("returned-checks", _returned_checks),
    Program("effects-of-tests", _effects_of_tests),
]
