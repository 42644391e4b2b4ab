"""`tf.compat.v1.metrics`: pairs of a value and the operation that updates it, over local variables of a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import control_dependencies
from tfshim.v1.collections import GraphKeys, add_to_collection
from tfshim.v1.losses import broadcast_weights
from tfshim.v1.variable_creation import create_variable
from tfshim.v1.variable_scope import variable_scope

Metric = tuple[Any, Any]


def metric_variable(shape: Sequence[int], dtype: dtypes.DType, name: str) -> Any:
    """A local variable, at first zeros, for what a metric has seen."""
    return create_variable(
        lambda: op("Fill")(convert_to_tensor(list(shape), dtype=dtypes.int32), convert_to_tensor(0, dtype=dtype)),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
        name=name,
    )


def require_graph(name: str) -> None:
    """RuntimeError in eager mode."""
    if context.graph is None:
        raise RuntimeError(f"tf.metrics.{name} is not supported when eager execution is enabled.")


def collected(value: Any, update: Any, metrics_collections: Any, updates_collections: Any) -> Metric:
    """The metric, after its parts went into the collections that were named."""
    for names, element in ((metrics_collections, value), (updates_collections, update)):
        for name in (names,) if isinstance(names, str) else names or ():
            add_to_collection(name, element)
    return value, update


def as_float(x: Any) -> Any:
    """`x` as a float32 tensor."""
    return op("Cast")(x, DstT=dtypes.float32)


def total(x: Any) -> Any:
    """The sum of all elements."""
    return op("Sum")(x, op("Range")(0, op("Rank")(x), 1))


def aligned(labels: Any, predictions: Any, weights: Any = None) -> tuple[Any, Any, Any]:
    """Labels, predictions and weights as tensors of one rank: a last dimension of 1 that the others lack is dropped."""
    labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
    if None not in (labels.shape.rank, predictions.shape.rank):
        if labels.shape.rank == predictions.shape.rank + 1 and labels.shape[-1] in (1, None):
            labels = op("Squeeze")(labels, squeeze_dims=[-1])
        elif predictions.shape.rank == labels.shape.rank + 1 and predictions.shape[-1] in (1, None):
            predictions = op("Squeeze")(predictions, squeeze_dims=[-1])
    if weights is not None:
        weights = _weights_of_rank(convert_to_tensor(weights), predictions)
    return labels, predictions, weights


def _weights_of_rank(weights: Any, predictions: Any) -> Any:
    """Weights without a last dimension, or with one more, of size 1, where that gives them the rank of predictions."""
    if weights.shape.rank == 0:
        return weights
    if None not in (weights.shape.rank, predictions.shape.rank):
        more = weights.shape.rank - predictions.shape.rank
        if more == 1:
            return op("Squeeze")(weights, squeeze_dims=[-1])
        return op("ExpandDims")(weights, -1) if more == -1 else weights
    rank, sizes = op("Rank")(weights), op("Shape")(weights)
    more = op("Sub")(rank, op("Rank")(predictions))
    dropped = op("Cast")(op("Equal")(more, 1), DstT=dtypes.int32)
    added = op("Cast")(op("LogicalAnd")(op("Equal")(more, -1), op("Greater")(rank, 0)), DstT=dtypes.int32)
    kept = op("Slice")(sizes, [0], op("ExpandDims")(op("Sub")(rank, dropped), 0))
    return op("Reshape")(weights, op("PadV2")(kept, [[0, added]], 1))


# Means -----------------------------------------------------------------------------------------------------


def _mean(
    values: Any, weights: Any, metrics_collections: Any, updates_collections: Any, name: str | None, default: str
) -> Metric:
    with variable_scope(name, default):
        values = as_float(values)
        sums, count = metric_variable([], dtypes.float32, "total"), metric_variable([], dtypes.float32, "count")
        if weights is None:
            seen = as_float(op("Size")(values))
        else:
            weights = broadcast_weights(as_float(convert_to_tensor(weights)), values)
            values, seen = values * weights, total(weights)
        new_sum = sums.assign_add(total(values))
        with control_dependencies([values]):
            new_count = count.assign_add(seen)
        value = op("DivNoNan")(sums, count, name="value")
        update = op("DivNoNan")(new_sum, new_count, name="update_op")
        return collected(value, update, metrics_collections, updates_collections)


@export("compat.v1.metrics.mean")
def mean(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The (weighted) mean of all values seen, and the operation that sees `values` and gives the new mean.

    As for all metrics: only in graphs; the value is 0 before the first update; `metrics_collections` and
    `updates_collections` name the collections to which value and operation are added; `name` is the variable scope.
    """
    require_graph("mean")
    return _mean(values, weights, metrics_collections, updates_collections, name, "mean")


@export("compat.v1.metrics.mean_tensor")
def mean_tensor(
    values: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """Like `mean`, for each element by itself."""
    require_graph("mean_tensor")
    with variable_scope(name, "mean"):
        values = as_float(values)
        shape = values.shape.as_list()
        sums = metric_variable(shape, dtypes.float32, "total_tensor")
        count = metric_variable(shape, dtypes.float32, "count_tensor")
        seen = op("OnesLike")(values)
        if weights is not None:
            weights = broadcast_weights(as_float(convert_to_tensor(weights)), values)
            values, seen = values * weights, seen * weights
        new_sum = sums.assign_add(values)
        with control_dependencies([values]):
            new_count = count.assign_add(seen)
        value = op("DivNoNan")(sums, count, name="value")
        update = op("DivNoNan")(new_sum, new_count, name="update_op")
        return collected(value, update, metrics_collections, updates_collections)


def _equal(labels: Any, predictions: Any) -> Any:
    if labels.dtype != predictions.dtype:
        predictions = op("Cast")(predictions, DstT=labels.dtype)
    return op("Equal")(predictions, labels)


def _export_mean(name: str, default: str, elements: Callable[[Any, Any], Any], doc: str) -> None:
    def metric(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Metric:
        require_graph(label)
        labels, predictions, weights = aligned(labels, predictions, weights)
        predictions.shape.assert_is_compatible_with(labels.shape)
        values = elements(labels, predictions)
        return _mean(values, weights, metrics_collections, updates_collections, name, default)

    label = name
    metric.__name__ = metric.__qualname__ = name
    metric.__doc__ = f"The mean of {doc}; see `tf.compat.v1.metrics.mean`."
    export(f"compat.v1.metrics.{name}")(metric)


_export_mean("accuracy", "accuracy", _equal, "how often labels and predictions are equal")
_export_mean(
    "mean_absolute_error",
    "mean_absolute_error",
    lambda y, p: op("Abs")(as_float(p) - as_float(y)),
    "the absolute differences of predictions and labels",
)
_export_mean(
    "mean_squared_error",
    "mean_squared_error",
    lambda y, p: op("SquaredDifference")(as_float(y), as_float(p)),
    "the squared differences of predictions and labels",
)


@export("compat.v1.metrics.root_mean_squared_error")
def root_mean_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The root of the mean of the squared differences; see `tf.compat.v1.metrics.mean`."""
    require_graph("root_mean_squared_error")
    labels, predictions, weights = aligned(labels, predictions, weights)
    squares = op("SquaredDifference")(as_float(labels), as_float(predictions))
    value, update = _mean(squares, weights, None, None, name, "root_mean_squared_error")
    return collected(op("Sqrt")(value), op("Sqrt")(update), metrics_collections, updates_collections)


@export("compat.v1.metrics.mean_relative_error")
def mean_relative_error(
    labels: Any,
    predictions: Any,
    normalizer: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean of the absolute differences divided by `normalizer` (0 where that is 0)."""
    require_graph("mean_relative_error")
    labels, predictions, weights = aligned(labels, predictions, weights)
    _, normalizer, _ = aligned(labels, normalizer)
    difference = op("Abs")(labels - predictions)
    errors = op("SelectV2")(op("Equal")(normalizer, 0), op("ZerosLike")(labels), difference / normalizer)
    return _mean(errors, weights, metrics_collections, updates_collections, name, "mean_relative_error")


@export("compat.v1.metrics.mean_cosine_distance")
def mean_cosine_distance(
    labels: Any,
    predictions: Any,
    dim: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """1 minus the mean of the products of (normalised) labels and predictions along `dim`."""
    require_graph("mean_cosine_distance")
    labels, predictions, weights = aligned(labels, predictions, weights)
    products = op("Sum")(predictions * labels, [dim], keep_dims=True)
    value, update = _mean(products, weights, None, None, name, "mean_cosine_distance")
    return collected(1.0 - value, 1.0 - update, metrics_collections, updates_collections)


@export("compat.v1.metrics.percentage_below")
def percentage_below(
    values: Any,
    threshold: Any,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The share of values below `threshold`."""
    require_graph("percentage_below")
    below = op("Less")(convert_to_tensor(values), threshold)
    return _mean(below, weights, metrics_collections, updates_collections, name, "percentage_below_threshold")


# Counts ----------------------------------------------------------------------------------------------------


def _count(
    labels: Any, predictions: Any, weights: Any, wanted: tuple[bool, bool], name: str | None, default: str
) -> Metric:
    """How often label and prediction are what is wanted, weighted."""
    labels, predictions, weights = aligned(labels, predictions, weights)
    with variable_scope(name, default):
        label, prediction = (op("Cast")(x, DstT=dtypes.bool) for x in (labels, predictions))
        values = as_float(op("LogicalAnd")(op("Equal")(label, wanted[0]), op("Equal")(prediction, wanted[1])))
        count = metric_variable([], dtypes.float32, "count")
        if weights is not None:
            values = values * broadcast_weights(as_float(weights), values)
        value = op("Identity")(count)
        return value, count.assign_add(total(values))


# Name: what label and prediction are.
KINDS = {
    "true_positives": (True, True),
    "false_positives": (False, True),
    "true_negatives": (False, False),
    "false_negatives": (True, False),
}


def _export_count(kind: str, wanted: tuple[bool, bool]) -> None:
    def metric(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Metric:
        require_graph(kind)
        value, update = _count(labels, predictions, weights, wanted, name, kind)
        return collected(value, update, metrics_collections, updates_collections)

    metric.__name__ = metric.__qualname__ = kind
    metric.__doc__ = f"The (weighted) number of {kind.replace('_', ' ')}; labels and predictions are cast to bool."
    export(f"compat.v1.metrics.{kind}")(metric)


for _kind, _wanted in KINDS.items():
    _export_count(_kind, _wanted)


def _export_share(name: str, others: str, doc: str) -> None:
    def metric(
        labels: Any,
        predictions: Any,
        weights: Any = None,
        metrics_collections: Any = None,
        updates_collections: Any = None,
        name: str | None = None,
    ) -> Metric:
        require_graph(label)
        with variable_scope(name, label):
            right, new_right = _count(labels, predictions, weights, KINDS["true_positives"], "true_positives", "")
            wrong, new_wrong = _count(labels, predictions, weights, KINDS[others], others, "")
            value = op("DivNoNan")(right, right + wrong, name="value")
            update = op("DivNoNan")(new_right, new_right + new_wrong, name="update_op")
            return collected(value, update, metrics_collections, updates_collections)

    label = name
    metric.__name__ = metric.__qualname__ = name
    metric.__doc__ = f"{doc}; labels and predictions are cast to bool."
    export(f"compat.v1.metrics.{name}")(metric)


_export_share("precision", "false_positives", "The share of true ones among the positive predictions")
_export_share("recall", "false_negatives", "The share of the positive labels that are predicted")


# By class --------------------------------------------------------------------------------------------------


@export("compat.v1.metrics.mean_iou")
def mean_iou(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean over the classes that occur of: true positives / (true positives + false ones + false negatives).

    The operation that updates gives the new confusion matrix.
    """
    from tfshim.api import math_segment

    require_graph("mean_iou")
    with variable_scope(name, "mean_iou"):
        matrix = metric_variable([num_classes, num_classes], dtypes.float64, "total_confusion_matrix")
        flat = [op("Reshape")(op("Cast")(x, DstT=dtypes.int64), [-1]) for x in (labels, predictions)]
        if weights is not None:
            weights = op("Reshape")(convert_to_tensor(weights), [-1])
        seen = math_segment.confusion_matrix(*flat, num_classes, weights=weights, dtype=dtypes.float64)
        update = matrix.assign_add(seen)
        rows, columns = (as_float(op("Sum")(matrix, [axis])) for axis in (0, 1))
        hits = as_float(op("DiagPart")(convert_to_tensor(matrix)))
        union = rows + columns - hits
        occurring = total(as_float(op("NotEqual")(union, 0.0)))
        value = op("DivNoNan")(total(op("DivNoNan")(hits, union)), occurring, name="mean_iou")
        return collected(value, update, metrics_collections, updates_collections)


@export("compat.v1.metrics.mean_per_class_accuracy")
def mean_per_class_accuracy(
    labels: Any,
    predictions: Any,
    num_classes: int,
    weights: Any = None,
    metrics_collections: Any = None,
    updates_collections: Any = None,
    name: str | None = None,
) -> Metric:
    """The mean of the accuracies of all classes; the operation that updates gives these."""
    require_graph("mean_per_class_accuracy")
    with variable_scope(name, "mean_accuracy"):
        labels = op("Reshape")(op("Cast")(labels, DstT=dtypes.int64), [-1])
        predictions = op("Reshape")(convert_to_tensor(predictions), [-1])
        seen = metric_variable([num_classes], dtypes.float32, "total")
        right = metric_variable([num_classes], dtypes.float32, "count")
        ones = op("Fill")(op("Shape")(labels), 1.0)
        hits = as_float(_equal(labels, predictions))
        if weights is not None:
            weights = op("Reshape")(as_float(convert_to_tensor(weights)), [-1])
            ones, hits = ones * weights, hits * weights
        new_seen = seen.scatter_nd_add(labels[:, None], ones)
        new_right = right.scatter_nd_add(labels[:, None], hits)
        value = op("Mean")(op("DivNoNan")(right, seen), [0], name="mean_accuracy")
        update = op("DivNoNan")(new_right, new_seen, name="update_op")
        return collected(value, update, metrics_collections, updates_collections)
