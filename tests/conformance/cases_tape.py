"""`tf.GradientTape`: what is watched, what a gradient is, what raises."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised


def tape_program(id, body, **options):
    """`body(tf)` eagerly, and inside of a function without arguments."""
    return [
        Program(f"{id}-eager", body, **options),
        Program(f"{id}-function", lambda tf: tf.function(lambda: body(tf), autograph=False)(), **options),
    ]


def x_(tf, value=3.0):
    return tf.constant(value)


# ---------------------------------------------------------------- watching


def _constant_is_not_watched(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        y = x * x
    return tape.gradient(y, x)


def _watched(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape.gradient(y, x)


def _watched_after_use(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        y = x * x
        tape.watch(x)
        z = x * 2.0 + y
    return tape.gradient(z, x)


def _watch_nested(tf):
    xs = {"a": [x_(tf), x_(tf, [1.0, 2.0])], "b": (x_(tf, 5.0),)}
    with tf.GradientTape() as tape:
        tape.watch(xs)
        y = xs["a"][0] * tf.reduce_sum(xs["a"][1]) * xs["b"][0]
    return tape.gradient(y, xs)


def _watch_int(tf):
    x = tf.constant(3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape.gradient(y, x)


def _watch_same_twice(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        tape.watch(x)
        y = x * x
    return tape.gradient(y, x)


def _intermediate(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        z = tf.sin(y) * y
    return tape.gradient(z, [x, y])


def _intermediate_unwatched_source(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        y = x * 2.0
        tape.watch(y)
        z = y * y
    return tape.gradient(z, [y, x])


def _of_itself(tf):
    x = x_(tf, [1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.identity(x)
    return [tape.gradient(x, x), tape.gradient(y, x), tape.gradient(y, y), tape.gradient([x, x], x)]


def _fan_out(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        a = x * 2.0
        b = a + a * x
        c = tf.stack([a, b, x])
    return tape.gradient(c, x)


def _repeated_sources(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tape.gradient(y, [x, x])


def _equal_but_other(tf):
    x, other = x_(tf), x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * other
    return tape.gradient(y, [x, other])


def _outside_ops(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    z = y * 3.0
    return tape.gradient(z, x)


def _stop_recording(tf):
    x = x_(tf)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        with tape.stop_recording():
            z = y * y
            inside = tape.gradient(y, x)
        w = y * 2.0
    return [inside, tape.gradient(z, x), tape.gradient(w, x)]


def _reset(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tape.reset()
        tape.watch(x)
        z = x * 2.0
    return [tape.gradient(z, x), y]


def _reset_forgets(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        tape.reset()
    return tape.gradient(y, x)


def _use_inside(tf):
    x = x_(tf)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        g = tape.gradient(y, x)
        z = g * x
    return [g, tape.gradient(z, x)]


def _reenter(tf):
    x = x_(tf)
    tape = tf.GradientTape(persistent=True)
    with tape:
        tape.watch(x)
        y = x * x
    with tape:
        z = y * x
    return [tape.gradient(z, x), tape.gradient(y, x)]


def _python_control_flow(tf):
    out = []
    for value in (1.0, -2.0):
        x = tf.constant(value)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x
            for i in range(3):
                y = y * x if i != 1 else y + tf.abs(x)
        out.append(tape.gradient(y, x))
    return out


WATCHING = [
    case
    for name, body in {
        "constant-is-not-watched": _constant_is_not_watched,
        "watched": _watched,
        "watched-after-use": _watched_after_use,
        "watch-nested": _watch_nested,
        "watch-int": _watch_int,
        "watch-same-twice": _watch_same_twice,
        "intermediate": _intermediate,
        "intermediate-unwatched-source": _intermediate_unwatched_source,
        "of-itself": _of_itself,
        "fan-out": _fan_out,
        "repeated-sources": _repeated_sources,
        "equal-but-other": _equal_but_other,
        "outside-ops": _outside_ops,
        "stop-recording": _stop_recording,
        "reset": _reset,
        "reset-forgets": _reset_forgets,
        "use-inside": _use_inside,
        "reenter": _reenter,
        "python-control-flow": _python_control_flow,
    }.items()
    for case in tape_program(name, body)
]


# ---------------------------------------------------------------- variables


def with_variables(name, body):
    """`body(tf, v, w, frozen)` eagerly and in a function; all three made outside."""

    def made(tf):
        return [
            tf.Variable(2.0, name="v"),
            tf.Variable([1.0, 3.0], name="w"),
            tf.Variable(5.0, trainable=False, name="f"),
        ]

    def function(tf):
        variables = made(tf)
        f = tf.function(lambda: body(tf, *variables), autograph=False)
        return [f(), f()]

    return [
        Program(f"{name}-eager", lambda tf: body(tf, *made(tf))),
        Program(f"{name}-function", function),
    ]


def _trainable_only(tf, v, w, frozen):
    with tf.GradientTape() as tape:
        y = v * w * frozen
    return tape.gradient(y, [v, w, frozen])


def _watched_variables(tf, v, w, frozen):
    with tf.GradientTape() as tape:
        y = w * v * frozen + v
    return [[x.name for x in tape.watched_variables()], tape.gradient(y, tape.watched_variables())]


def _not_accessed(tf, v, w, frozen):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(v)
        y = v * w
    return [[x.name for x in tape.watched_variables()], tape.gradient(y, [v, w])]


def _watch_frozen(tf, v, w, frozen):
    with tf.GradientTape() as tape:
        tape.watch(frozen)
        y = frozen * v
    return tape.gradient(y, [frozen, v])


def _two_reads(tf, v, w, frozen):
    with tf.GradientTape() as tape:
        a = v * 2.0
        v.assign_add(1.0)
        b = v * v
        y = a + b
    v.assign(2.0)
    return tape.gradient(y, v)


def _assign_cuts(tf, v, w, frozen):
    with tf.GradientTape() as tape:
        v.assign(frozen * 0.0 + tf.reduce_sum(w) * 1.0)
        y = v * 3.0
    v.assign(2.0)
    return tape.gradient(y, [v, w])


def _read_value_of_source(tf, v, w, frozen):
    with tf.GradientTape() as tape:
        read = v.read_value()
        y = read * read
    return tape.gradient(y, [v, read])


def _assigned_after(tf, v, w, frozen):
    with tf.GradientTape() as tape:
        y = v * v
    v.assign(100.0)
    g = tape.gradient(y, v)
    v.assign(2.0)
    return g


def _target_is_variable(tf, v, w, frozen):
    with tf.GradientTape(persistent=True) as tape:
        y = v * 1.0
    return [tape.gradient(v, v), tape.gradient(y, v)]


def _training_step(tf, v, w, frozen):
    losses = []
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(w * v - 1.0))
        grads = tape.gradient(loss, [v, w])
        v.assign_sub(0.1 * grads[0])
        w.assign_sub(0.1 * grads[1])
        losses.append(loss)
    result = [losses, v.read_value(), w.read_value()]
    v.assign(2.0)
    w.assign([1.0, 3.0])
    return result


def _unused_variable(tf, v, w, frozen):
    with tf.GradientTape() as tape:
        y = v * 1.0
    return tape.gradient(y, {"v": v, "w": w})


def _gather_from_variable(tf, v, w, frozen):
    with tf.GradientTape(persistent=True) as tape:
        one = tf.gather(w, [1, 1, 0])
        both = tf.reduce_sum(one) + tf.reduce_sum(w * w)
        two = tf.reduce_sum(one) + tf.reduce_sum(tf.gather(w, [0]))
    return [tape.gradient(one, w), tape.gradient(both, w), tape.gradient(two, w)]


VARIABLES = [
    case
    for name, body in {
        "trainable-only": _trainable_only,
        "watched-variables": _watched_variables,
        "not-accessed": _not_accessed,
        "watch-frozen": _watch_frozen,
        "two-reads": _two_reads,
        "assign-cuts": _assign_cuts,
        "read-value-of-source": _read_value_of_source,
        "assigned-after": _assigned_after,
        "target-is-variable": _target_is_variable,
        "training-step": _training_step,
        "unused-variable": _unused_variable,
        "gather-from-variable": _gather_from_variable,
    }.items()
    for case in with_variables(name, body)
]


# ---------------------------------------------------------------- targets, output_gradients, unconnected


def _targets(tf):
    x = x_(tf, [1.0, 2.0, 3.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = x * x, tf.reduce_sum(x)
        nested = {"y": y, "zs": [z, z * 2.0]}
    return [
        tape.gradient(y, x),
        tape.gradient([y, z], x),
        tape.gradient(nested, x),
        tape.gradient(y, x, output_gradients=tf.constant([1.0, 0.0, -1.0])),
        tape.gradient([y, z], x, output_gradients=[tf.constant([1.0, 0.0, -1.0]), tf.constant(2.0)]),
        raised(lambda: tape.gradient([y, z], x, output_gradients=[None, tf.constant(2.0)])),
        tape.gradient(y, [x], output_gradients=[tf.ones([3])]),
        tape.gradient(y, (x,)),
        tape.gradient(y, {"x": x}),
        tape.gradient(y, [[x], {"k": x}]),
    ]


def _unconnected(tf):
    x, u = x_(tf, [1.0, 2.0]), x_(tf, [[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, u])
        y = x * x
    zero = tf.UnconnectedGradients.ZERO
    return [
        tape.gradient(y, [x, u]),
        tape.gradient(y, [x, u], unconnected_gradients=zero),
        tape.gradient(y, u, unconnected_gradients="zero"),
        tape.gradient(y, u, unconnected_gradients=tf.UnconnectedGradients.NONE),
    ]


def _not_differentiable(tf):
    x = x_(tf, [1.5, -2.5])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        results = {
            "floor": tf.floor(x),
            "round": tf.round(x),
            "sign": tf.sign(x),
            "cast": tf.cast(tf.cast(x, tf.int32), tf.float32),
            "argmax": tf.cast(tf.argmax(x), tf.float32),
            "greater": tf.cast(x > 0.0, tf.float32),
            "shape": tf.cast(tf.shape(x), tf.float32),
            "zeros-like": tf.zeros_like(x),
            "ones-like": tf.ones_like(x),
            "stop": tf.stop_gradient(x),
            "identity": tf.identity(x),
            "ceil": tf.math.ceil(x),
            "rint": tf.math.rint(x),
            "clip": tf.clip_by_value(x, 0.0, 1.0),
            "mod": x % 2.0,
            "floordiv": x // 2.0,
            "where-condition": tf.where(x > 0.0, 1.0, 2.0),
        }
    return {name: tape.gradient(y, x) for name, y in results.items()}


def _kinds_of_sources(tf):
    x, i, s = x_(tf), tf.constant(2), tf.constant("a")
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * tf.cast(i, tf.float32)
    return [tape.gradient(y, [x, i, s]), tape.gradient(i, x), tape.gradient(tf.cast(y, tf.int32), x)]


def _complex(tf):
    z = tf.constant([1 + 2j, -3j])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        values = [z * z, tf.abs(z), tf.math.real(z), tf.math.conj(z), tf.math.imag(z * z)]
    return [tape.gradient(y, z) for y in values]


def _mixed_precision(tf):
    x = tf.constant([1.0, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.cast(tf.cast(x, tf.float16) * tf.constant([2.0, 3.0], tf.float16), tf.float32)
        z = tf.cast(x, tf.float64) ** 2
    return tape.gradient([y, z], x)


def _indexed_slices(tf):
    x = tf.ones([4, 2])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        one = tf.gather(x, [0, 2, 2])
        axis = tf.gather(x, [1, 0], axis=1)
        twice = tf.gather(x, [0]) + tf.gather(x, [1])
        lookup = tf.nn.embedding_lookup(x, [[3, 3]])
        after = tf.gather(x * 2.0, [1])
    return [tape.gradient(y, x) for y in (one, axis, twice, lookup, after)]


RESULTS = [
    case
    for name, body in {
        "targets": _targets,
        "unconnected": _unconnected,
        "not-differentiable": _not_differentiable,
        "kinds-of-sources": _kinds_of_sources,
        "complex": _complex,
        "mixed-precision": _mixed_precision,
        "indexed-slices": _indexed_slices,
    }.items()
    for case in tape_program(name, body)
]


# ---------------------------------------------------------------- errors


def _used_twice(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    return tape.gradient(y, x)


def _jacobian_after_gradient(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.gradient(y, x)
    return tape.jacobian(y, x)


def _gradient_inside_without_persistence(tf):
    x = x_(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        g = tape.gradient(y, x)
    return [g, raised(lambda: tape.gradient(y, x))]


def _watch_what(tf):
    with tf.GradientTape() as tape:
        return [
            raised(lambda: tape.watch(3.0)),
            raised(lambda: tape.watch("a")),
            raised(lambda: tape.watch(None)),
            raised(lambda: tape.watch(np.ones(2))),
            raised(lambda: tape.watch([])),
        ]


def _sources_what(tf):
    x = x_(tf)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
    return [
        raised(lambda: tape.gradient(y, None)),
        raised(lambda: tape.gradient(y, [])),
        raised(lambda: tape.gradient([], x)),
        raised(lambda: tape.gradient(None, x)),
        raised(lambda: tape.gradient(3.0, x)),
        raised(lambda: tape.gradient(y, x, unconnected_gradients="nothing")),
        raised(lambda: tape.gradient(y, x, output_gradients=tf.ones([2]))),
        raised(lambda: tape.gradient(y, x, output_gradients=3.0)),
    ]


def _scopes(tf):
    tape = tf.GradientTape()
    never = tf.GradientTape()
    with tape:
        entered_twice = raised(tape.__enter__)
    return [
        entered_twice,
        raised(lambda: never.gradient(x_(tf), x_(tf))),
        raised(lambda: tape.stop_recording().__enter__()),
    ]


def _exception_leaves_the_tape(tf):
    x = x_(tf)
    tape = tf.GradientTape(persistent=True)

    def broken():
        with tape:
            tape.watch(x)
            raise KeyError("broken")

    error = raised(broken)
    y = x * x
    with tape:
        z = x * 2.0
    return [error, tape.gradient(y, x), tape.gradient(z, x)]


ERRORS = [
    case
    for name, body in {
        "used-twice": _used_twice,
        "jacobian-after-gradient": _jacobian_after_gradient,
        "gradient-inside-without-persistence": _gradient_inside_without_persistence,
        "watch-what": _watch_what,
        "sources-what": _sources_what,
        "scopes": _scopes,
        "exception-leaves-the-tape": _exception_leaves_the_tape,
    }.items()
    for case in tape_program(name, body)
]
ERRORS += [
    Program("used-twice-message", _used_twice, message=["non-persistent", "one set of gradients"]),
    Program("stop-recording-outside", lambda tf: raised(lambda: _stop_outside(tf))),
]


def _stop_outside(tf):
    tape = tf.GradientTape()
    with tape.stop_recording():
        pass


CASES = [*WATCHING, *VARIABLES, *RESULTS, *ERRORS]
