"""`tf.compat.v1.losses`, the schedules of `tf.compat.v1.train`, moving averages, templates, `tf.compat`'s texts."""

from __future__ import annotations

import pathlib

import numpy as np

from .inputs import arr, f32, py
from .runner import Case, Program, raised

_ZERO_ONE = arr(np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0]], np.float32))
_PROBABLE = arr(np.array([[0.2, 0.9, 0.4], [0.6, 0.1, 0.5]], np.float32))
_ELEMENTS = "absolute_difference huber_loss log_loss mean_squared_error mean_pairwise_squared_error".split()
_LOGITS = "hinge_loss sigmoid_cross_entropy softmax_cross_entropy".split()


def _weighted(tf, labels, predictions, reduction, weights):
    return tf.compat.v1.losses.mean_squared_error(labels, predictions, weights, reduction=reduction)


def _collections(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as g:
        labels, predictions = tf.zeros([2, 3]), tf.ones([2, 3])
        with v1.variable_scope("net", regularizer=tf.nn.l2_loss):
            v1.get_variable("w", initializer=np.full((2,), 3.0, np.float32))
        losses = [
            v1.losses.mean_squared_error(labels, predictions, scope="mine"),
            v1.losses.absolute_difference(labels, predictions, loss_collection=None),
            v1.losses.compute_weighted_loss(predictions, reduction="none"),
            v1.losses.cosine_distance(labels, predictions, axis=1),
        ]
        names = [t.name for t in losses], [t.name for t in v1.losses.get_losses()], len(v1.losses.get_losses("mine"))
        total = [v1.losses.get_regularization_loss(), v1.losses.get_total_loss(False, scope="mine")]
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            values = session.run(total)
        return names, [t.name for t in total], values, [o.type for o in g.get_operations()].count("DivNoNan")


def _loss_errors(tf):
    losses = tf.compat.v1.losses
    y = tf.zeros([2, 3])
    return [
        raised(lambda: losses.mean_squared_error(None, y)),
        raised(lambda: losses.mean_squared_error(y, y, reduction="mean")),
        raised(lambda: losses.mean_squared_error(y, tf.zeros([2, 2]))),
        raised(lambda: losses.cosine_distance(y, y)),
        losses.Reduction.all(),
        raised(lambda: losses.Reduction.validate("x")),
    ]


def _weight_errors(tf):
    with tf.Graph().as_default():
        y = tf.zeros([2, 3])
        return [
            raised(lambda w=w: tf.compat.v1.losses.mean_squared_error(y, y, weights=w))
            for w in (tf.ones([3]), tf.ones([2, 2]), tf.ones([1, 3]), None)
        ]


_SCHEDULES = {
    "exponential": lambda train, step: train.exponential_decay(0.1, step, 10, 0.9),
    "staircase": lambda train, step: train.exponential_decay(0.1, step, 10, 0.9, staircase=True),
    "natural": lambda train, step: train.natural_exp_decay(0.1, step, 10, 0.9, True),
    "inverse": lambda train, step: train.inverse_time_decay(0.1, step, 10, 0.5),
    "polynomial": lambda train, step: train.polynomial_decay(0.1, step, 20, 0.01, power=2.0),
    "cycle": lambda train, step: train.polynomial_decay(0.1, step, 10, 0.01, cycle=True),
    "cosine": lambda train, step: train.cosine_decay(0.1, step, 20, alpha=0.1),
    "restarts": lambda train, step: train.cosine_decay_restarts(0.1, step, 10, m_mul=0.5),
    "restarts-even": lambda train, step: train.cosine_decay_restarts(0.1, step, 10, t_mul=1.0),
    "linear-cosine": lambda train, step: train.linear_cosine_decay(0.1, step, 20),
    "piecewise": lambda train, step: train.piecewise_constant(step, [5, 10], [1.0, 0.5, 0.1]),
}


# What is the last op of these is of no interest.
_NAMELESS = ("cosine", "piecewise")


def _schedule(key, make):
    def run(tf):
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            step = tf.compat.v1.train.get_or_create_global_step()
            rate = make(tf.compat.v1.train, step)
            session.run(tf.compat.v1.global_variables_initializer())
            in_graph = [session.run(rate, {step: n}) for n in (0, 5, 10, 12, 33)]
        eager = [make(tf.compat.v1.train, tf.constant(n))().numpy() for n in (0, 5, 7, 33)]
        return key in _NAMELESS or rate.name, rate.dtype, in_graph, eager

    return run


def _schedule_errors(tf):
    train = tf.compat.v1.train
    with tf.Graph().as_default():
        step = train.get_or_create_global_step()
        return [
            raised(lambda: train.exponential_decay(0.1, None, 10, 0.9)),
            raised(lambda: train.piecewise_constant(step, [10.0, 20.0], [1.0, 0.5, 0.1])),
            raised(lambda: train.piecewise_constant(step, [10, 20], [1.0, 0.5])),
            raised(lambda: train.piecewise_constant(step, [10], [1.0, 1])),
        ]


def _average_in_graph(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        a = v1.get_variable("a", initializer=3.0)
        x = tf.identity(a * 2.0, name="x")
        step = v1.train.get_or_create_global_step()
        average = tf.train.ExponentialMovingAverage(0.9, num_updates=step)
        debiased = v1.train.ExponentialMovingAverage(0.8, zero_debias=True, name="debiased")
        update = tf.group(average.apply([a, x]), debiased.apply([x]))
        session.run(v1.global_variables_initializer())
        values = []
        for _ in range(3):
            session.run(update)
            session.run([a.assign_add(1.0), step.assign_add(2)])
            values.append(session.run([average.average(a), average.average(x), debiased.average(x)]))
        names = [average.average(a).name, average.average_name(x), average.average(step), average.name]
        return values, names, sorted(average.variables_to_restore()), [v.name for v in v1.moving_average_variables()]


def _average_eagerly(tf):
    a = tf.Variable(3.0, name="a")
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply([a])
    a.assign(5.0)
    return (
        average.apply([a]),
        average.average(a).numpy(),
        raised(lambda: average.apply([tf.constant(1.0)])),
        raised(lambda: average.apply([tf.Variable(1)])),
    )


def _template(tf):
    v1 = tf.compat.v1

    def layer(x, scale):
        w = v1.get_variable("w", [2], initializer=v1.ones_initializer())
        return x * w * scale

    with tf.Graph().as_default(), v1.Session() as session:
        shared = v1.make_template("layer", layer, scale=2.0)
        other = v1.make_template("layer", layer, create_scope_now_=True, scale=3.0)
        before = shared.variable_scope, other.variable_scope_name
        x = tf.constant([1.0, 2.0])
        y = shared(shared(x)) + other(x)
        session.run(v1.global_variables_initializer())
        in_graph = session.run(y), [v.name for v in v1.global_variables()], [v.name for v in shared.trainable_variables]
    eager = v1.make_template("layer", layer, scale=2.0)
    first, second = eager(tf.constant([1.0, 2.0])), eager(tf.constant([3.0, 4.0]))
    return before[0] is None, before[1], in_graph, y.name, first, second, len(eager.variables), eager.name


def _texts(tf):
    compat = tf.compat
    values = ["a", b"a", bytearray(b"a"), np.str_("ä"), 3, None, pathlib.Path("/x"), b"\xff"]
    functions = [compat.as_bytes, compat.as_text, compat.as_str, compat.as_str_any, compat.path_to_str]
    results = [[raised(lambda f=f, v=v: f(v)) for f in functions] for v in values]
    with compat.forward_compatibility_horizon(2031, 1, 1):
        later = compat.forward_compatible(2030, 1, 1)
    days = [compat.forward_compatible(2026, 1, 15), compat.forward_compatible(2026, 1, 16), later]
    return results, [compat.as_bytes("ä"), compat.as_text(b"\xe4", "latin1"), compat.as_str_any(3)], days


def _types(tf):
    compat = tf.compat
    kinds = compat.bytes_or_text_types, compat.complex_types, compat.integral_types, compat.real_types
    return [sorted(t.__name__ for t in kind) for kind in kinds]


CASES = [
    *(
        Case(name, lambda tf, y, p, n=name: getattr(tf.compat.v1.losses, n)(y, p), [_ZERO_ONE, _PROBABLE], grad=True)
        for name in _ELEMENTS
    ),
    *(
        Case(name, lambda tf, y, p, n=name: getattr(tf.compat.v1.losses, n)(y, p), [_ZERO_ONE, f32(2, 3)], grad=True)
        for name in _LOGITS
    ),
    Case(
        "smoothed",
        lambda tf, y, p: (
            tf.compat.v1.losses.softmax_cross_entropy(y, p, label_smoothing=0.1),
            tf.compat.v1.losses.sigmoid_cross_entropy(y, p, label_smoothing=0.1),
        ),
        [_ZERO_ONE, f32(2, 3)],
    ),
    Case(
        "sparse_softmax_cross_entropy",
        lambda tf, y, p: (
            tf.compat.v1.losses.sparse_softmax_cross_entropy(y, p),
            tf.compat.v1.losses.sparse_softmax_cross_entropy(y[:, None], p, weights=[[2.0], [0.0]]),
        ),
        [arr(np.array([1, 0], np.int64)), f32(2, 3)],
        grad=True,
    ),
    *(
        Case(
            f"reduction-{r}-{np.shape(w)}",
            lambda tf, y, p, w, r=r: _weighted(tf, y, p, r, w),
            [f32(2, 3), f32(2, 3), py(w)],
        )
        for r, w in (
            ("none", 2.0),
            ("weighted_sum", [[1.0], [0.0]]),
            ("weighted_mean", [[1.0], [0.5]]),
            ("weighted_sum_over_batch_size", [[1.0, 0.0, 2.0]]),
            ("weighted_sum_by_nonzero_weights", [[0.0], [0.5]]),
            ("weighted_sum_by_nonzero_weights", 0.0),
        )
    ),
    Program("loss-collections", _collections),
    Program("loss-errors", _loss_errors),
    Program("loss-weight-errors", _weight_errors),
    *(Program(f"schedule-{name}", _schedule(name, make)) for name, make in _SCHEDULES.items()),
    Program("schedule-errors", _schedule_errors),
    Program("moving-average-in-graph", _average_in_graph),
    Program("moving-average-eager", _average_eagerly, symbols=["train.ExponentialMovingAverage"]),
    Program("template", _template),
    Program("texts", _texts, symbols=[f"compat.{n}" for n in ("as_bytes", "as_text", "as_str", "as_str_any")]),
    Program("text-types", _types),
]
