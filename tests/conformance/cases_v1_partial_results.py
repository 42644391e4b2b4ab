"""What a session runs of branches and loops of which it fetches some results."""

from __future__ import annotations

from .runner import Program, raised


def _runs(tf, build, *feeds):
    """What fetches of a graph give, and the two variables after each: `build(tf, v, w, fed)` gives the fetches."""
    with tf.Graph().as_default():
        v, w = (tf.compat.v1.get_variable(n, initializer=1.0, use_resource=True) for n in "vw")
        fed = [tf.compat.v1.placeholder(dtype) for dtype, _ in feeds]
        fetches = build(tf, v, w, *fed)
        feed = {t: value for t, (_, value) in zip(fed, feeds, strict=True)}
        found = []
        with tf.compat.v1.Session() as session:
            session.run(tf.compat.v1.global_variables_initializer())
            for fetch in fetches:
                found += [session.run(fetch, feed), session.run([v, w])]
        return found


def _both(v, w):
    return v.assign_add(1.0), w.assign_add(10.0)


def _cond(tf, v, w, p):
    a, b = tf.cond(p, lambda: _both(v, w), lambda: (1.0, 2.0))
    with tf.control_dependencies([b]):
        waiting = tf.no_op()
    return a, b, [a, b], waiting, a.op


def _case(tf, v, w, i):
    a, b = tf.switch_case(i, [lambda: (1.0, 2.0), lambda: _both(v, w)])
    return a, b, [a, b]


def _nested(tf, v, w, p):
    within = lambda: tf.cond(p, lambda: _both(v, w), lambda: (1.0, 2.0))
    a, b = tf.cond(p, within, lambda: (0.0, 0.0))
    first = tf.cond(p, lambda: within()[0], lambda: 0.0)
    return a, b, [a, b], first


def _in_turn(tf, condition, body, start):
    """A loop whose iterations do not overlap: in TensorFlow a later one may write before an earlier one has read."""
    return tf.while_loop(condition, body, start, parallel_iterations=1)


def _loop(tf, v, w, n):
    def body(i, x, y):
        return i + 1, x + v.assign_add(1.0), y + w.assign_add(10.0)

    i, a, b = _in_turn(tf, lambda i, x, y: i < n, body, [0, 0.0, 0.0])
    # The last loop variable needs the one before.
    c, d = _in_turn(tf, lambda x, y: x < 20.0, lambda x, y: (x + v.assign_add(1.0), y + x * w), [0.0, 0.0])
    return i, a, b, [a, b], c, d


def _cond_in_loop(tf, v, w, p):
    def body(i, x):
        return i + 1, x + tf.cond(p, lambda: _both(v, w), lambda: (1.0, 2.0))[0]

    i, a = _in_turn(tf, lambda i, x: i < 3, body, [0, 0.0])
    return i, a


def _gradients(tf, v, w, p):
    x = tf.constant(2.0)
    a, b = tf.cond(p, lambda: tuple(t * x for t in _both(v, w)), lambda: (x, x))
    gradient = tf.gradients(a, x)[0]
    return a, gradient, b, [gradient, b]


def _functions(tf, v, w, p):
    branch = tf.function(lambda p: tf.cond(p, lambda: _both(v, w), lambda: (1.0, 2.0)))
    both = tf.function(lambda: _both(v, w))
    return branch(p)[0], both()[0], tf.cond(p, both, lambda: (1.0, 2.0))[0]


def _missing(tf):
    with tf.Graph().as_default():
        p, x, y = (tf.compat.v1.placeholder(t) for t in ("bool", "float32", "float32"))
        a, b = tf.cond(p, lambda: (x + 1, y + 1), lambda: (x + 2, y * 3))

        def checked():
            with tf.control_dependencies([tf.compat.v1.Assert(False, ["bad"])]):
                bad = tf.identity(2.0)
            return tf.identity(1.0), bad

        c, d = tf.cond(p, checked, lambda: (0.0, 0.0))
        with tf.compat.v1.Session() as session:
            feed = {p: True, x: 1.0}
            return session.run([a, c], feed), raised(lambda: session.run(b, feed)), raised(lambda: session.run(d, feed))


CASES = [
    Program("cond", lambda tf: _runs(tf, _cond, (tf.bool, True))),
    Program("cond-not-taken", lambda tf: _runs(tf, _cond, (tf.bool, False))),
    Program("case", lambda tf: _runs(tf, _case, (tf.int32, 1))),
    Program("nested", lambda tf: _runs(tf, _nested, (tf.bool, True))),
    Program("loop", lambda tf: _runs(tf, _loop, (tf.int32, 2))),
    Program("cond-in-loop", lambda tf: _runs(tf, _cond_in_loop, (tf.bool, True))),
    Program("gradients", lambda tf: _runs(tf, _gradients, (tf.bool, True))),
    Program("functions", lambda tf: _runs(tf, _functions, (tf.bool, True))),
    Program("missing", _missing),
]
