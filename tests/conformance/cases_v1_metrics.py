"""`tf.compat.v1.metrics`: values before and after updates, names, variables, collections."""

from __future__ import annotations

from .runner import Program, raised

# Labels and predictions as classes, and as probabilities.
_CLASSES = ([[1, 0, 1], [2, 2, 0]], [[1, 1, 1], [2, 0, 0]])
_YES_NO = ([1, 0, 1, 0, 1], [1, 1, 0, 0, 1])
_SHARES = ([1, 0, 1, 0, 1, 0], [0.9, 0.4, 0.3, 0.2, 0.7, 0.71])
_NUMBERS = ([1.0, 2.0, 4.0], [2.0, 4.0, 4.5])
_LIMITS = [0.1, 0.35, 0.7]

METRICS = {
    "accuracy": (_CLASSES, (), {}),
    "accuracy-weighted": (_CLASSES, (), {"weights": [[1.0], [0.5]]}),
    "mean_absolute_error": (_NUMBERS, (), {}),
    "mean_squared_error": (_NUMBERS, (), {"weights": [1.0, 0.0, 2.0]}),
    "root_mean_squared_error": (_NUMBERS, (), {}),
    "mean_relative_error": (_NUMBERS, ([1.0, 0.0, 2.0],), {}),
    "mean_cosine_distance": (_NUMBERS, (0,), {}),
    "true_positives": (_YES_NO, (), {}),
    "false_positives": (_YES_NO, (), {"weights": 2.0}),
    "true_negatives": (_YES_NO, (), {}),
    "false_negatives": (_YES_NO, (), {}),
    "false_negatives-rows": (([[1, 0], [1, 1]], [[0, 0], [1, 0]]), (), {"weights": [3.0, 0.5]}),
    "precision": (_YES_NO, (), {"weights": [1.0, 1.0, 1.0, 0.5, 0.5]}),
    "recall": (_YES_NO, (), {}),
    "mean_iou": (_CLASSES, (4,), {}),
    "mean_per_class_accuracy": (_CLASSES, (4,), {}),
    "true_positives_at_thresholds": (_SHARES, (_LIMITS,), {}),
    "false_negatives_at_thresholds": (_SHARES, (_LIMITS,), {"weights": 0.5}),
    "precision_at_thresholds": (_SHARES, (_LIMITS,), {}),
    "recall_at_thresholds": (_SHARES, (_LIMITS,), {}),
    "auc": (_SHARES, (), {}),
    "auc-pr": (_SHARES, (), {"curve": "PR", "num_thresholds": 20, "summation_method": "minoring"}),
    "auc-careful": (_SHARES, (), {"curve": "PR", "num_thresholds": 20, "summation_method": "careful_interpolation"}),
    "auc-careful-roc": (_SHARES, (), {"summation_method": "careful_interpolation"}),
    "auc-thresholds": (_SHARES, (), {"thresholds": [0.25, 0.5], "summation_method": "majoring"}),
    "sensitivity_at_specificity": (_SHARES, (0.5,), {}),
    "specificity_at_sensitivity": (_SHARES, (0.6,), {}),
}


def _observed(tf, make):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        value, update = make(v1.metrics)
        session.run(v1.local_variables_initializer())
        seen = session.run([value])
        for _ in range(2):
            seen.append(session.run(update))
        seen.append(session.run(value))
        variables = [(v.name, v.dtype, v.shape.as_list()) for v in v1.local_variables()]
        return seen, variables, len(v1.get_collection(v1.GraphKeys.METRIC_VARIABLES))


def _program(key):
    (labels, predictions), rest, options = METRICS[key]
    name = key.partition("-")[0]

    def run(tf):
        pair = tf.constant(labels), tf.constant(predictions)
        first = [t.numpy() for t in pair]
        return _observed(tf, lambda metrics: getattr(metrics, name)(*map(tf.constant, first), *rest, **options))

    return run


def _weights_of_any_shape(tf):
    def seen(weights):
        with tf.Graph().as_default(), v1.Session() as session:
            given = v1.placeholder(tf.float32)
            _, update = v1.metrics.accuracy(tf.constant([1, 0, 1]), tf.constant([1, 1, 1]), given)
            session.run(v1.local_variables_initializer())
            return session.run(update, {given: weights})

    v1 = tf.compat.v1
    return seen(2.0), seen([1.0, 2.0, 4.0]), seen([[1.0], [2.0], [4.0]])


def _means(tf):
    values, weights = [1.0, 2.0, 3.0], [1.0, 0.0, 1.0]
    return [
        _observed(tf, lambda m: m.mean(tf.constant(values))),
        _observed(tf, lambda m: m.mean(tf.constant(values), weights, name="mine")),
        _observed(tf, lambda m: m.mean_tensor(tf.constant(values), weights)),
        _observed(tf, lambda m: m.percentage_below(tf.constant(values), 2.5)),
    ]


def _collections(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        value, update = v1.metrics.mean([1.0], metrics_collections="values", updates_collections=["updates", "all"])
        found = [v1.get_collection(k) for k in ("values", "updates", "all")]
        return value.name, update.name, [[t.name for t in c] for c in found]


def _errors(tf):
    metrics = tf.compat.v1.metrics
    eager = [raised(lambda: metrics.accuracy([1], [1])), raised(lambda: metrics.auc([1], [1.0]))]
    with tf.Graph().as_default():
        return eager, [
            raised(lambda: metrics.auc([1], [1.0], curve="other")),
            raised(lambda: metrics.accuracy(tf.zeros([2]), tf.zeros([3]))),
            raised(lambda: metrics.sensitivity_at_specificity([1], [1.0], 1.5)),
            raised(lambda: metrics.mean(tf.zeros([2]), weights=tf.zeros([3]))),
        ]


CASES = [
    *(Program(key, _program(key)) for key in METRICS),
    Program("weights-of-any-shape", _weights_of_any_shape),
    Program("means", _means),
    Program("collections", _collections),
    Program("errors", _errors),
]
