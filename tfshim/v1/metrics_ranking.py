"""The `tf.compat.v1.metrics` of rankings: how many of the first k predicted classes are right, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.v1.losses import broadcast_weights
from tfshim.v1.metrics import Metric, collected, metric_variable, require_graph, total
from tfshim.v1.variable_scope import variable_scope

_double = dtypes.float64


def _is_sparse(value: Any) -> bool:
    return hasattr(value, "dense_shape") and hasattr(value, "indices")


def _scope_name(name: str, k: Any, class_id: Any = None) -> str:
    at_k = f"{name}_at_{'k' if k is None else k}"
    return at_k if class_id is None else f"{at_k}_class{class_id}"


def _labels_like(labels: Any, predictions: Any) -> Any:
    """Labels with a last dimension for the classes of each row, which those with one class may lack."""
    if _is_sparse(labels):
        if labels.shape.rank is not None and labels.shape.rank == predictions.shape.rank - 1:
            return resolve("sparse.expand_dims")(labels, -1)  # type: ignore[operator]
        return labels
    if labels.shape.rank == predictions.shape.rank - 1:
        return op("ExpandDims")(labels, -1)
    return labels


def _only(ids: Any, class_id: int) -> Any:
    """The places where one class is, as a SparseTensor."""
    if not _is_sparse(ids):
        places = op("Where")(op("Equal")(ids, convert_to_tensor(class_id, ids.dtype)))
        values = op("Fill")(op("Shape")(places)[:1], convert_to_tensor(class_id, ids.dtype))
        sparse: Any = resolve("SparseTensor")
        return sparse(places, values, op("Shape")(ids, out_type=dtypes.int64))
    keep = op("Equal")(ids.values, convert_to_tensor(class_id, ids.dtype))
    return resolve("sparse.retain")(ids, keep)  # type: ignore[operator]


def _set_sizes(operation: str, a: Any, b: Any, **options: Any) -> Any:
    """For each row the size of a set made of those of `a` and `b`, as double precision numbers."""
    operate: Any = resolve(f"sets.{operation}")
    size: Any = resolve("sets.size")
    return op("Cast")(size(operate(a, b, **options)), DstT=_double)


def _weighted(rows: Any, weights: Any) -> Any:
    if weights is None:
        return rows
    return op("Mul")(rows, broadcast_weights(op("Cast")(convert_to_tensor(weights), DstT=_double), rows))


def _counted(rows: Any, weights: Any, name: str) -> tuple[Any, Any]:
    """A variable with the sum of what was seen in all rows, and the operation that adds to it."""
    seen = metric_variable([], _double, name)
    return seen, seen.assign_add(total(_weighted(rows, weights)))


def _scope_itself() -> str:
    """The name of an op that is called as the scope in which it is made."""
    return f"{context.graph.get_name_scope()}/"  # type: ignore[union-attr]


def _ratio(
    missing: str,
    labels: Any,
    predictions_idx: Any,
    k: Any,
    class_id: int | None,
    weights: Any,
    metrics_collections: Any,
    updates_collections: Any,
) -> Metric:
    """Right ones among all that were predicted, or among all that are labels. The scope is open already."""
    found = op("Cast")(predictions_idx, DstT=dtypes.int64)
    labels = _labels_like(labels, found)
    if class_id is not None:
        labels, found = _only(labels, class_id), _only(found, class_id)
    # Of the predictions those that are no labels, or the other way round.
    hits = _set_sizes("intersection", found, labels)
    misses = _set_sizes("difference", found, labels, aminusb=missing == "false_positive")
    true, new_true = _counted(hits, weights, _scope_name("true_positive", k, class_id))
    false, new_false = _counted(misses, weights, _scope_name(missing, k, class_id))
    value = op("RealDiv")(true, op("AddV2")(true, false), name=_scope_itself())
    update = op("RealDiv")(new_true, op("AddV2")(new_true, new_false), name="update")
    return collected(value, update, metrics_collections, updates_collections)


def _top(predictions: Any, k: int) -> Any:
    return op("TopKV2")(convert_to_tensor(predictions), k)[1]


def _as_labels(labels: Any) -> Any:
    if _is_sparse(labels):
        sparse: Any = resolve("SparseTensor")
        return sparse.from_value(labels)
    return convert_to_tensor(labels)


def _share(
    kind: str,
    labels: Any,
    find: Callable[[], Any],
    k,
    class_id,
    weights,
    metrics_collections,
    updates_collections,
    name,
) -> Any:
    """Precision or recall of the classes that `find()` gives, below the scope of that metric."""
    wrong = "false_positive" if kind == "precision" else "false_negative"
    with variable_scope(name, _scope_name(kind, k, class_id)):
        found = find()
        options = (class_id, weights, metrics_collections, updates_collections)
        return _ratio(wrong, _as_labels(labels), found, k, *options)


@export("compat.v1.metrics.precision_at_k")
def precision_at_k(
    labels,
    predictions,
    k,
    class_id=None,
    weights=None,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """Of the `k` classes with the greatest `predictions` in each row, the share that are labels, over all rows seen.

    Args:
      labels: int64 classes `[..., n]` of each row, or `[...]` for one each, or a SparseTensor `[..., n]`.
      predictions: scores `[..., classes]`.
      k: how many classes count as predicted.
      class_id: count only this class.
      weights: of rows.
      metrics_collections, updates_collections, name: as for all metrics.

    Returns:
      The value, double precision and nan before the first update, and the operation that updates it.
    """
    require_graph("sparse_precision_at_k")
    options = (k, class_id, weights, metrics_collections, updates_collections, name)
    return _share("precision", labels, lambda: _top(predictions, k), *options)


@export("compat.v1.metrics.recall_at_k")
def recall_at_k(
    labels,
    predictions,
    k,
    class_id=None,
    weights=None,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """Of all labels, the share that are among the `k` classes with the greatest `predictions` of their row.

    Arguments and results are those of `precision_at_k`.
    """
    require_graph("recall_at_k")
    options = (k, class_id, weights, metrics_collections, updates_collections, name)
    return _share("recall", labels, lambda: _top(predictions, k), *options)


@export("compat.v1.metrics.precision_at_top_k")
def precision_at_top_k(
    labels,
    predictions_idx,
    k=None,
    class_id=None,
    weights=None,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """`precision_at_k` for the predicted classes themselves, `predictions_idx`."""
    require_graph("precision_at_top_k")
    options = (k, class_id, weights, metrics_collections, updates_collections, name)
    return _share("precision", labels, lambda: convert_to_tensor(predictions_idx), *options)


@export("compat.v1.metrics.recall_at_top_k")
def recall_at_top_k(
    labels,
    predictions_idx,
    k=None,
    class_id=None,
    weights=None,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """`recall_at_k` for the predicted classes themselves, `predictions_idx`."""
    require_graph("recall_at_top_k")
    options = (k, class_id, weights, metrics_collections, updates_collections, name)
    return _share("recall", labels, lambda: convert_to_tensor(predictions_idx), *options)


@export("compat.v1.metrics.sparse_precision_at_k")
def sparse_precision_at_k(
    labels,
    predictions,
    k,
    class_id=None,
    weights=None,
    metrics_collections=None,
    updates_collections=None,
    name=None,
):
    """`precision_at_k` under its old name."""
    return precision_at_k(labels, predictions, k, class_id, weights, metrics_collections, updates_collections, name)


# Average precision --------------------------------------------------------------------------------------------------


def _average_precisions(labels: Any, found: Any, k: int) -> Any:
    """For each row, the mean of the precisions at the places of the right classes."""
    labels = _labels_like(labels, found)
    if _is_sparse(labels):
        size: Any = resolve("sets.size")
        count = size(labels)
        labels = resolve("sparse.to_dense")(labels, default_value=-1)  # type: ignore[operator]
    else:
        count = op("Fill")(op("Shape")(labels)[:-1], op("Shape")(labels)[-1])
    pairs = op("Equal")(op("ExpandDims")(found, -1), op("ExpandDims")(op("Cast")(labels, DstT=found.dtype), -2))
    right = op("Cast")(op("Any")(pairs, [-1]), DstT=_double)
    places = op("Cast")(op("Range")(1, k + 1, 1), DstT=_double)
    precisions = op("RealDiv")(op("Cumsum")(right, -1), places)
    relevant = op("Cast")(op("Minimum")(count, k), DstT=_double)
    return op("RealDiv")(op("Sum")(op("Mul")(precisions, right), [-1]), relevant)


@export("compat.v1.metrics.average_precision_at_k")
def average_precision_at_k(
    labels, predictions, k, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """The mean over all rows seen of the average precision of the `k` classes with the greatest `predictions`.

    The average precision of a row is the mean of its precisions at the places of right classes, over as many as there
    could be. Arguments and results are those of `precision_at_k`, but the value is 0 before the first update.
    """
    require_graph("sparse_average_precision_at_k")
    if k < 1:
        raise ValueError(f"Invalid k={k}. `k` should be >= 1.")
    with variable_scope(name, _scope_name("average_precision", k)):
        rows = _average_precisions(_as_labels(labels), op("Cast")(_top(predictions, k), DstT=dtypes.int64), k)
        greatest, sums = metric_variable([], _double, "max"), metric_variable([], _double, "total")
        if weights is None:
            seen = op("Cast")(op("Size")(rows), DstT=_double)
        else:
            shares = broadcast_weights(op("Cast")(convert_to_tensor(weights), DstT=_double), rows)
            rows, seen = op("Mul")(rows, shares), total(shares)
        new_sum, new_greatest = sums.assign_add(total(rows)), greatest.assign_add(seen)
        value = op("DivNoNan")(sums, greatest, name="mean")
        update = op("DivNoNan")(new_sum, new_greatest, name=_scope_itself())
        return collected(value, update, metrics_collections, updates_collections)


@export("compat.v1.metrics.sparse_average_precision_at_k")
def sparse_average_precision_at_k(
    labels, predictions, k, weights=None, metrics_collections=None, updates_collections=None, name=None
):
    """`average_precision_at_k` under its old name."""
    return average_precision_at_k(labels, predictions, k, weights, metrics_collections, updates_collections, name)
