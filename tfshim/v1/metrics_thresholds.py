"""Those of `tf.compat.v1.metrics` that count for several thresholds of the prediction at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.v1.losses import broadcast_weights
from tfshim.v1.metrics import KINDS, Metric, aligned, as_float, collected, metric_variable, require_graph
from tfshim.v1.variable_scope import variable_scope

_EPSILON = 1e-7
# By kind of count, its values for all thresholds: as they are, or after the update.
Counts = dict[str, Any]


def _counts(
    labels: Any, predictions: Any, thresholds: Sequence[float], weights: Any, kinds: Sequence[str]
) -> tuple[Counts, Counts]:
    labels, predictions, weights = aligned(labels, predictions, weights)
    flat_labels = op("Reshape")(op("Cast")(labels, DstT=dtypes.bool), [1, -1])
    flat_predictions = op("Reshape")(as_float(predictions), [1, -1])
    limits = convert_to_tensor([[float(t)] for t in thresholds], dtype=dtypes.float32)
    positive = op("Greater")(flat_predictions, limits)
    if weights is not None:
        weights = op("Reshape")(broadcast_weights(as_float(weights), as_float(predictions)), [1, -1])
    now: Counts = {}
    updated: Counts = {}
    for kind in kinds:
        label, prediction = KINDS[kind]
        hits = as_float(op("LogicalAnd")(op("Equal")(flat_labels, label), op("Equal")(positive, prediction)))
        if weights is not None:
            hits = hits * weights
        variable = metric_variable([len(thresholds)], dtypes.float32, kind)
        now[kind] = convert_to_tensor(variable)
        updated[kind] = variable.assign_add(op("Sum")(hits, [1]))
    return now, updated


def _export_counts(kind: str) -> None:
    def metric(
        labels: Any,
        predictions: Any,
        thresholds: Sequence[float],
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Metric:
        require_graph(f"{kind}_at_thresholds")
        with variable_scope(name, kind):
            now, updated = _counts(labels, predictions, thresholds, weights, [kind])
            return collected(op("Identity")(now[kind]), updated[kind], metrics_collections, updates_collections)

    metric.__name__ = metric.__qualname__ = f"{kind}_at_thresholds"
    metric.__doc__ = f"The (weighted) number of {kind.replace('_', ' ')} for each threshold of the predictions."
    export(f"compat.v1.metrics.{metric.__name__}")(metric)


for _kind in KINDS:
    _export_counts(_kind)


def _export_share(name: str, others: str, doc: str) -> None:
    def metric(
        labels: Any,
        predictions: Any,
        thresholds: Sequence[float],
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Metric:
        require_graph(f"{label}_at_thresholds")
        with variable_scope(name, f"{label}_at_thresholds"):
            both = _counts(labels, predictions, thresholds, weights, ["true_positives", others])
            value, update = (
                op("RealDiv")(c["true_positives"], c["true_positives"] + c[others] + _EPSILON, name=f"{label}_{suffix}")
                for c, suffix in zip(both, ("value", "update_op"), strict=True)
            )
            return collected(value, update, metrics_collections, updates_collections)

    label = name
    metric.__name__ = metric.__qualname__ = f"{name}_at_thresholds"
    metric.__doc__ = f"{doc}, for each threshold of the predictions."
    export(f"compat.v1.metrics.{metric.__name__}")(metric)


_export_share("precision", "false_positives", "The share of true ones among the positive predictions")
_export_share("recall", "false_negatives", "The share of the positive labels that are predicted")


# From the whole curve --------------------------------------------------------------------------------------

_SUMMATIONS = {
    "trapezoidal": lambda y: (y[:-1] + y[1:]) / 2.0,
    "minoring": lambda y: op("Minimum")(y[:-1], y[1:]),
    "majoring": lambda y: op("Maximum")(y[:-1], y[1:]),
}
_SUMMATIONS["careful_interpolation"] = _SUMMATIONS["trapezoidal"]


def _area_over_recall(c: Counts) -> Any:
    """The area under precision over recall, where counts grow evenly between thresholds: not precision itself.

    Between two points, true positives are `slope * positives + start`. The integral of their share over the true
    positives is `slope * (gained + start * log(ratio of the positives))` (Davis and Goadrich, 2006).
    """
    right = c["true_positives"]
    positives = right + c["false_positives"]
    gained = right[:-1] - right[1:]
    more, fewer = positives[:-1], positives[1:]
    slope = op("DivNoNan")(gained, op("Maximum")(more - fewer, 0.0))
    start = right[1:] - slope * fewer
    both = op("LogicalAnd")(op("Greater")(more, 0.0), op("Greater")(fewer, 0.0))
    ratio = op("SelectV2")(both, op("DivNoNan")(more, op("Maximum")(fewer, 0.0)), op("OnesLike")(fewer))
    parts = slope * (gained + start * op("Log")(ratio))
    labels = op("Maximum")(right[1:] + c["false_negatives"][1:], 0.0)
    return op("Sum")(op("DivNoNan")(parts, labels), [0], name="interpolate_pr_auc")


def _even_thresholds(count: int) -> list[float]:
    return [-_EPSILON, *((i + 1) / (count - 1) for i in range(count - 2)), 1.0 + _EPSILON]


@export("compat.v1.metrics.auc")
def auc(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    curve: str = "ROC",
    name: str | None = None,
    summation_method: str = "trapezoidal",
    thresholds: Sequence[float] | None = None,
) -> Metric:
    """The area under the curve of true over false positive rates (`"ROC"`) or of precision over recall (`"PR"`).

    The curve has `num_thresholds` points, or those of `thresholds` and the two ends; areas between points are
    `"trapezoidal"`, `"minoring"`, `"majoring"` or, exact for precision over recall, `"careful_interpolation"`.
    Raises ValueError for other names.
    """
    require_graph("auc")
    if curve not in ("ROC", "PR"):
        raise ValueError(f"curve must be either ROC or PR, {curve} unknown")
    if summation_method not in _SUMMATIONS:
        raise ValueError(f"Invalid summation_method: {summation_method}")
    limits = _even_thresholds(num_thresholds)
    if thresholds is not None:
        limits = [-_EPSILON, *sorted(thresholds), 1.0 + _EPSILON]

    def area(c: Counts, label: str) -> Any:
        if curve == "PR" and summation_method == "careful_interpolation":
            return _area_over_recall(c)
        right, missed = c["true_positives"], c["false_negatives"]
        small = 1e-6
        recall = (right + small) / (right + missed + small)
        if curve == "ROC":
            x, y = c["false_positives"] / (c["false_positives"] + c["true_negatives"] + small), recall
        else:
            x, y = recall, (right + small) / (right + c["false_positives"] + small)
        return op("Sum")((x[:-1] - x[1:]) * _SUMMATIONS[summation_method](y), [0], name=label)

    with variable_scope(name, "auc"):
        kinds = ["true_positives", "false_negatives", "true_negatives", "false_positives"]
        now, updated = _counts(labels, predictions, limits, weights, kinds)
        return collected(area(now, "value"), area(updated, "update_op"), metrics_collections, updates_collections)


def _nearest(values: Any, wanted: Any) -> Any:
    """The position of the value nearest to `wanted`; the first of several."""
    return op("ArgMin")(op("Abs")(values - wanted), 0, output_type=dtypes.int32)


def _last_nearest(values: Any, wanted: Any) -> Any:
    distances = op("Abs")(values - wanted)
    nearest = op("Cast")(op("Equal")(distances, op("Min")(distances, [0])), DstT=dtypes.int64)
    return op("ArgMax")(op("Cumsum")(nearest, 0), 0, output_type=dtypes.int32)


def _rate(c: Counts, first: str, second: str) -> Any:
    return c[first] / (c[first] + c[second] + _EPSILON)


_SENSITIVITY, _SPECIFICITY = ("true_positives", "false_negatives"), ("true_negatives", "false_positives")


def _trade_off(
    labels: Any,
    predictions: Any,
    weights: Any,
    num_thresholds: int,
    name: str | None,
    default: str,
    at: Callable[[Counts], Any],
) -> Metric:
    """What `at` finds in the counts for all thresholds."""
    with variable_scope(name, default):
        kinds = (*_SENSITIVITY, *_SPECIFICITY)
        now, updated = _counts(labels, predictions, _even_thresholds(num_thresholds), weights, kinds)
        return op("Identity")(at(now), name="value"), op("Identity")(at(updated), name="update_op")


def _check_share(value: float, name: str) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"`{name}` must be in the range [0, 1]. Currently, `{name}` got: {value}.")


@export("compat.v1.metrics.sensitivity_at_specificity")
def sensitivity_at_specificity(
    labels: Any,
    predictions: Any,
    specificity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The true positive rate at the threshold where the true negative rate is nearest to `specificity`."""
    require_graph("sensitivity_at_specificity")
    _check_share(specificity, "specificity")

    def at(c: Counts) -> Any:
        return op("GatherV2")(_rate(c, *_SENSITIVITY), _nearest(_rate(c, *_SPECIFICITY), specificity), 0)

    default = "sensitivity_at_specificity"
    found = _trade_off(labels, predictions, weights, num_thresholds, name, default, at)
    return collected(*found, metrics_collections, updates_collections)


@export("compat.v1.metrics.specificity_at_sensitivity")
def specificity_at_sensitivity(
    labels: Any,
    predictions: Any,
    sensitivity: float,
    weights: Any = None,
    num_thresholds: int = 200,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The true negative rate at the threshold where the true positive rate is nearest to `sensitivity`."""
    require_graph("specificity_at_sensitivity")
    _check_share(sensitivity, "sensitivity")

    def at(c: Counts) -> Any:
        return op("GatherV2")(_rate(c, *_SPECIFICITY), _last_nearest(_rate(c, *_SENSITIVITY), sensitivity), 0)

    default = "specificity_at_sensitivity"
    found = _trade_off(labels, predictions, weights, num_thresholds, name, default, at)
    return collected(*found, metrics_collections, updates_collections)
