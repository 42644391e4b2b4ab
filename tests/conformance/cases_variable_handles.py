"""Handles of variables and tables as results of branches and as loop variables."""

from .runner import Program


def _read(tf, handle):
    return tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)


def _add(tf, handle, value):
    tf.raw_ops.AssignAddVariableOp(resource=handle, value=tf.constant(value))


def _branches(tf):
    """Reads and writes through a handle that a branch returned; its static shape is not known."""
    v, w, shapes = tf.Variable([1.0, 2.0]), tf.Variable([5.0]), []

    @tf.function
    def chosen(pick):
        handle = tf.cond(pick, lambda: v.handle, lambda: w.handle)
        _add(tf, handle, [10.0])
        read = _read(tf, handle)
        shapes.append(read.shape)
        return read, tf.cond(pick, lambda: _read(tf, handle) * 3.0, lambda: _read(tf, handle) * 5.0)

    return chosen(tf.constant(False)), shapes, v, w


def _same_variable(tf):
    v = tf.Variable(1.0)

    @tf.function
    def f(pick):
        handle = tf.cond(pick, lambda: v.handle, lambda: v.handle)
        _add(tf, handle, 10.0)
        return _read(tf, handle)

    return f(tf.constant(True)), f(tf.constant(False)), v


def _switch(tf):
    v, w = tf.Variable(1.0), tf.Variable(2.0)

    @tf.function
    def f(i):
        handle = tf.switch_case(i, [lambda: v.handle, lambda: w.handle, lambda: v.handle])
        tf.raw_ops.AssignVariableOp(resource=handle, value=_read(tf, handle) * 10.0)
        return _read(tf, handle)

    return [f(tf.constant(i)) for i in range(3)], v, w


def _returned(tf):
    v, w = tf.Variable(1.0), tf.Variable(2.0)

    @tf.function
    def f(pick):
        handle = v.handle if pick else w.handle
        return handle

    return [_read(tf, f(tf.constant(p))) for p in (True, False)]


def _exchanged(tf):
    """A loop that swaps its handles, and writes to the first one."""
    v, w, shapes = tf.Variable([1.0]), tf.Variable([2.0]), []

    @tf.function
    def f(n):
        def body(i, a, b):
            _add(tf, a, [1.0])
            return i + 1, b, a

        _, a, b = tf.while_loop(lambda i, *_: i < n, body, [0, v.handle, w.handle])
        shapes.append(_read(tf, a).shape)
        return _read(tf, a), _read(tf, b)

    return f(tf.constant(3)), f(tf.constant(0)), v, w, shapes


def _autograph_loop(tf):
    v, w = tf.Variable(1.0), tf.Variable(2.0)

    @tf.function
    def f(n):
        handle = v.handle
        for i in tf.range(n):
            if i == 1:
                handle = w.handle
            _add(tf, handle, 1.0)
        return _read(tf, handle)

    return f(tf.constant(4)), f(tf.constant(0)), v, w


def _condition(tf):
    v, w = tf.Variable(1.0), tf.Variable(2.0)

    @tf.function
    def f(n):
        def body(i, a):
            _add(tf, a, 1.0)
            return i + 1, tf.cond(i > 1, lambda: v.handle, lambda: w.handle)

        _, a = tf.while_loop(lambda i, a: i < n and _read(tf, a) < 4.0, body, [0, v.handle])
        return _read(tf, a)

    return f(tf.constant(9)), v, w


def _tables(tf):
    first, second = (tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -i) for i in (1, 2))

    @tf.function
    def f(pick):
        table = tf.cond(pick, lambda: first.resource_handle, lambda: second.resource_handle)
        tf.raw_ops.LookupTableInsertV2(table_handle=table, keys=["a"], values=tf.constant([5], tf.int64))
        return tf.raw_ops.LookupTableFindV2(
            table_handle=table, keys=["a", "b"], default_value=tf.constant(-9, tf.int64)
        )

    return f(tf.constant(True)), first.size(), second.size()


def _gradients_beside(tf):
    """What differentiable values do beside handles, in calls and inside functions."""
    v, w, x = tf.Variable(1.0), tf.Variable(2.0), tf.constant(5.0)

    @tf.function
    def branches(x, pick):
        handle, y = tf.cond(pick, lambda: (v.handle, x * 2.0), lambda: (w.handle, x * 3.0))
        z = tf.cond(pick, lambda: _read(tf, handle) * x, lambda: _read(tf, handle) * y)
        tf.raw_ops.AssignVariableOp(resource=handle, value=z)
        return z

    @tf.function
    def loop(x, n):
        def body(i, a, b, y):
            y = y * (_read(tf, a) + 1.0)
            _add(tf, a, 1.0)
            return i + 1, b, a, y

        _, a, _, y = tf.while_loop(lambda i, *_: i < n, body, [0, v.handle, w.handle, x])
        return y * _read(tf, a)

    results = []
    for call in (lambda: loop(x, tf.constant(4)), lambda: branches(x, tf.constant(False))):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call()
        results.append((y, tape.gradient(y, x)))
    return results, v, w


def _fixed_in_loop(tf):
    """A handle that a loop passes on is the variable, for gradients too."""
    v, x = tf.Variable(1.0), tf.constant(5.0)

    @tf.function
    def f(x, n):
        with tf.GradientTape() as tape:
            tape.watch([x, v])
            _, _, y = tf.while_loop(
                lambda i, *_: i < n, lambda i, a, y: (i + 1, a, y * (_read(tf, a) + 1.0)), [0, v.handle, x]
            )
        return tape.gradient(y, [x, v]), y

    return f(x, tf.constant(3))


def _gradient_through(tf):
    v, w = tf.Variable(1.0), tf.Variable(2.0)

    @tf.function
    def f(pick):
        with tf.GradientTape() as tape:
            tape.watch([v, w])
            y = _read(tf, tf.cond(pick, lambda: v.handle, lambda: w.handle)) ** 2
        return tape.gradient(y, [v, w])

    return f(tf.constant(True))


def _identities(tf):
    """`identity_n` gives other names of a variable."""
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def f():
        handle, one = tf.identity_n([v.handle, tf.constant(1.0)])
        _add(tf, handle, [1.0, 1.0])
        return _read(tf, handle) + one

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        w = tf.compat.v1.get_variable("w", initializer=[1.0, 2.0], use_resource=True)
        handle, one = tf.identity_n([w.handle, tf.constant(1.0)])
        value = _read(tf, handle) + one
        session.run(w.initializer)
        found = session.run(value)
    eager = [
        tf.identity(v.handle),
        tf.raw_ops.Identity(input=v.handle),
        tf.identity_n([v.handle, tf.constant(1.0)])[0],
    ]
    return [f(), v, found, *(_read(tf, h) for h in eager), tf.identity_n([v.handle, tf.constant(1.0)])[1]]


CASES = [
    Program("identities", _identities),
    Program("branches", _branches),
    Program("same-variable", _same_variable),
    Program("switch", _switch),
    Program("returned", _returned),
    Program("exchanged-in-loop", _exchanged),
    Program("autograph-loop", _autograph_loop),
    Program("loop-condition", _condition),
    Program("tables", _tables),
    Program("gradients-beside", _gradients_beside),
    Program("fixed-in-loop", _fixed_in_loop),
    Program(
        "gradient-through",
        _gradient_through,
        accept={"NotImplementedError": "no gradient flows through a handle of which only running tells whose it is"},
    ),
]
