"""`tf.compat.v1.metrics` of rankings, and the switch between comparing values and comparing identities."""

from __future__ import annotations

import numpy as np

from .cases_v1_metrics import _observed
from .runner import Program, raised

_SCORES = np.random.default_rng(0).uniform(size=(4, 6)).astype(np.float32)
_LABELS = np.array([[0, 2], [1, 1], [5, 3], [4, 0]])
_WEIGHTS = [1.0, 0.5, 0.0, 2.0]


def _inputs(tf):
    order = tf.math.top_k(_SCORES, 3)[1]
    places = [[0, 0], [0, 1], [2, 0], [3, 0], [3, 1], [3, 2]]
    return {
        "labels": tf.constant(_LABELS),
        "one": tf.constant(_LABELS[:, 0]),
        "sparse": tf.SparseTensor(places, tf.constant([0, 2, 5, 4, 0, 1], tf.int64), [4, 3]),
        "value": tf.compat.v1.SparseTensorValue(places, np.array([0, 2, 5, 4, 0, 1]), [4, 3]),
        "odd": tf.constant(np.array([[-1, 0], [9, 1], [1, 1], [2, 0]])),
        "scores": tf.constant(_SCORES),
        "found": tf.cast(order, tf.int64),
    }


def _seen(tf, call):
    """What is observed of a metric; nan, which equals nothing, as -1."""
    numbers, *rest = _observed(tf, lambda m: call(m, _inputs(tf)))
    return [float(np.nan_to_num(n, nan=-1.0)) for n in numbers], *rest


def _ratios(tf):
    calls = [
        lambda m, i: m.precision_at_k(i["labels"], i["scores"], 2),
        lambda m, i: m.precision_at_k(i["labels"], i["scores"], 3, class_id=0),
        lambda m, i: m.precision_at_k(i["labels"], i["scores"], 3, weights=_WEIGHTS, name="named"),
        lambda m, i: m.precision_at_k(i["sparse"], i["scores"], 3),
        lambda m, i: m.precision_at_k(i["value"], i["scores"], 3),
        lambda m, i: m.precision_at_k(i["one"], i["scores"], 2),
        lambda m, i: m.precision_at_top_k(i["labels"], i["found"], 3),
        lambda m, i: m.sparse_precision_at_k(i["labels"], i["scores"], 2),
        lambda m, i: m.recall_at_k(i["labels"], i["scores"], 2),
        lambda m, i: m.recall_at_k(i["sparse"], i["scores"], 3, class_id=1),
        lambda m, i: m.recall_at_k(i["odd"], i["scores"], 2),
        lambda m, i: m.recall_at_top_k(i["labels"], i["found"], class_id=2),
    ]
    return [_seen(tf, call) for call in calls]


def _averages(tf):
    calls = [
        lambda m, i: m.average_precision_at_k(i["labels"], i["scores"], 3),
        lambda m, i: m.average_precision_at_k(i["labels"], i["scores"], 3, weights=_WEIGHTS),
        lambda m, i: m.average_precision_at_k(i["sparse"], i["scores"], 2),
        lambda m, i: m.average_precision_at_k(i["value"], i["scores"], 2),
        lambda m, i: m.average_precision_at_k(i["one"], i["scores"], 4),
        lambda m, i: m.sparse_average_precision_at_k(i["labels"], i["scores"], 1),
    ]
    # TensorFlow calls one of the variables "max_1", for there is an op "max".
    return [_seen(tf, call)[0] for call in calls]


def _errors(tf):
    m = tf.compat.v1.metrics
    with tf.Graph().as_default():
        i = _inputs(tf)
        found = [
            raised(lambda: m.average_precision_at_k(i["labels"], i["scores"], 0)),
            raised(lambda: m.precision_at_k(i["labels"], i["scores"], 7)),
            raised(lambda: m.precision_at_k(tf.cast(i["labels"], tf.int32), i["scores"], 2)),
        ]
    return [*found, raised(lambda: m.recall_at_k(_LABELS, _SCORES, 2))]


def _comparisons(tf):
    v, u, c = tf.Variable(1.0), tf.Variable(1.0), tf.constant(1.0)
    found = [v == v, v == u, v != u, c == c, c == 1.0, c != 1.0, v == 1.0, raised(lambda: {v, u})]
    found.append(raised(lambda: {c}))
    with tf.Graph().as_default():
        c = tf.constant(1.0)
        found += [type(c == c) is bool, type(c == 1.0) is bool]
    kinds = []
    tf.function(lambda x: kinds.append((type(x == x) is bool, type(x != 1) is bool)))(tf.constant(1))
    return found + kinds


def _equality(tf):
    found = [_comparisons(tf)]
    tf.compat.v1.disable_tensor_equality()
    try:
        found.append(_comparisons(tf))
    finally:
        tf.compat.v1.enable_tensor_equality()
    return [*found, _comparisons(tf), raised(lambda: tf.compat.v1.Variable(1.0).initialized_value())]


CASES = [
    Program("ratios-at-k", _ratios),
    Program("average-precision-at-k", _averages),
    Program("errors", _errors),
    Program("tensor-equality", _equality),
]
