"""`tf.compat.v1.losses`: losses with weights, which are kept in a collection of the graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api.assertions import Assert
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import control_dependencies, name_scope
from tfshim.v1.collections import GraphKeys, add_to_collection, get_collection

_BY_NONZERO = "weighted_sum_by_nonzero_weights"


@export("compat.v1.losses.Reduction")
class Reduction:
    """How the losses of the elements become one."""

    NONE = "none"
    SUM = "weighted_sum"
    SUM_OVER_BATCH_SIZE = "weighted_sum_over_batch_size"
    MEAN = "weighted_mean"
    SUM_BY_NONZERO_WEIGHTS = _BY_NONZERO
    SUM_OVER_NONZERO_WEIGHTS = SUM_BY_NONZERO_WEIGHTS

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All of them."""
        names = (cls.NONE, cls.SUM, cls.MEAN, cls.SUM_OVER_BATCH_SIZE)
        return (*names, cls.SUM_OVER_NONZERO_WEIGHTS, cls.SUM_BY_NONZERO_WEIGHTS)

    @classmethod
    def validate(cls, key: Any) -> None:
        """Raises ValueError for something else."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}. Key should be one of {cls.all()}.")


def _total(x: Any) -> Any:
    total = op("Sum")(x, op("Range")(0, op("Rank")(x), 1))
    total.set_shape([])
    return total


def _as_float(x: Any) -> Any:
    x = convert_to_tensor(x)
    return x if x.dtype is dtypes.float32 else op("Cast")(x, DstT=dtypes.float32)


def check_weights(weights: Any, values: Any) -> list[Any]:
    """Raises unless `weights` are a scalar, or have the rank of `values` and in each dimension 1 or its size.

    Returns:
      The operations that check what is not known before the graph runs.
    """
    ranks = weights.shape.rank, values.shape.rank
    if ranks[0] == 0:
        return []
    if None in ranks:
        return [_dynamic_check(weights, values)]
    problem = None
    if ranks[0] != ranks[1]:
        problem = f"weights.rank={ranks[0]}, values.rank={ranks[1]}"
    for i, (w, v) in enumerate(zip(weights.shape.as_list(), values.shape.as_list(), strict=False)):
        if problem is None and None not in (w, v) and w not in (1, v):
            problem = f"mismatch at dim {i}: weights.shape={weights.shape}, values.shape={values.shape}"
    if problem is not None:
        raise ValueError(f"weights can not be broadcast to values. {problem}")
    if weights.shape.is_fully_defined() and values.shape.is_fully_defined():
        return []
    return [_dynamic_check(weights, values)]


def _dynamic_check(weights: Any, values: Any) -> Any:
    sizes = [op("Shape")(x) for x in (weights, values)]
    ranks = [op("Size")(s) for s in sizes]
    most = op("Maximum")(*ranks)
    padded = [op("PadV2")(s, [[0, most - rank]], -1) for s, rank in zip(sizes, ranks)]
    fits = op("LogicalOr")(op("Equal")(padded[0], 1), op("Equal")(*padded))
    valid = op("LogicalOr")(op("Equal")(ranks[0], 0), op("All")(fits, 0))
    return Assert(
        valid, ["weights can not be broadcast to values. weights.shape=", sizes[0], "values.shape=", sizes[1]]
    )


def with_checks(checks: list[Any], x: Any) -> Any:
    """`x`, which in a graph waits for the operations `checks`."""
    checks = [c for c in checks if c is not None]
    if not checks:
        return x
    with control_dependencies(checks):
        return op("Identity")(x)


def broadcast_weights(weights: Any, values: Any) -> Any:
    """`weights` in the shape of `values`, in its dtype."""
    weights = with_checks(check_weights(weights, values), weights)
    return op("Mul")(weights, op("OnesLike")(values))


def _present(losses: Any, weights: Any) -> Any:
    """How many elements have a weight that is not zero."""
    present = op("SelectV2")(op("Equal")(weights, convert_to_tensor(0.0)), 0.0, op("OnesLike")(weights))
    return _total(broadcast_weights(present, losses))


@export("compat.v1.losses.compute_weighted_loss")
def compute_weighted_loss(
    losses: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Any:
    """The losses of elements times `weights`, reduced to one number, in the dtype of `losses`.

    Args:
      losses: a tensor.
      weights: a scalar, or a tensor of the rank of `losses` that broadcasts to it.
      scope: name scope of the ops.
      loss_collection: of the graph, to which the result is added; None for none.
      reduction: one of `tf.compat.v1.losses.Reduction`.

    Raises:
      ValueError: weights or a reduction that do not fit.
    """
    Reduction.validate(reduction)
    with name_scope(scope or "weighted_loss"):
        losses = convert_to_tensor(losses)
        dtype = losses.dtype
        losses, weights = _as_float(losses), _as_float(weights)
        weights = with_checks(check_weights(weights, losses), weights)
        loss = op("Mul")(losses, weights)
        if reduction != Reduction.NONE:
            loss = _total(loss)
            divisor = None
            if reduction == Reduction.MEAN:
                divisor = _total(broadcast_weights(weights, losses))
            elif reduction == Reduction.SUM_BY_NONZERO_WEIGHTS:
                divisor = _present(losses, weights)
            elif reduction == Reduction.SUM_OVER_BATCH_SIZE:
                divisor = op("Cast")(op("Size")(losses), DstT=dtypes.float32)
            if divisor is not None:
                loss = op("DivNoNan")(loss, divisor, name="value")
        if dtype is not dtypes.float32:
            loss = op("Cast")(loss, DstT=dtype)
        add_loss(loss, loss_collection)
        return loss


# The losses ------------------------------------------------------------------------------------------------


def _given(**values: Any) -> None:
    for name, value in values.items():
        if value is None:
            raise ValueError(f"Argument `{name}` must not be None.")


def _pair(labels: Any, predictions: Any) -> tuple[Any, Any]:
    """Both as float32 tensors; ValueError if their shapes differ."""
    _given(labels=labels, predictions=predictions)
    labels, predictions = _as_float(labels), _as_float(predictions)
    predictions.shape.assert_is_compatible_with(labels.shape)
    return labels, predictions


def _export_loss(name: str, scope_name: str, elements: Callable[[Any, Any], Any], doc: str) -> None:
    def loss(
        labels: Any,
        predictions: Any,
        weights: Any = 1.0,
        scope: str | None = None,
        loss_collection: Any = GraphKeys.LOSSES,
        reduction: str = _BY_NONZERO,
    ) -> Any:
        _given(labels=labels, predictions=predictions)
        with name_scope(scope or scope_name) as full:
            losses = elements(*_pair(labels, predictions))
            return compute_weighted_loss(losses, weights, full or None, loss_collection, reduction)

    loss.__name__ = loss.__qualname__ = name
    loss.__doc__ = f"{doc}, weighted and reduced as by `compute_weighted_loss`."
    export(f"compat.v1.losses.{name}")(loss)


_export_loss(
    "absolute_difference",
    "absolute_difference",
    lambda y, p: op("Abs")(op("Sub")(p, y)),
    "The absolute differences of predictions and labels",
)
_export_loss(
    "mean_squared_error",
    "mean_squared_error",
    lambda y, p: op("SquaredDifference")(p, y),
    "The squared differences of predictions and labels",
)


@export("compat.v1.losses.cosine_distance")
def cosine_distance(
    labels: Any,
    predictions: Any,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
    dim: int | None = None,
) -> Any:
    """1 minus the products of (normalised) labels and predictions along `axis`, or `dim`; ValueError without either."""
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify argument `axis`.")
    with name_scope(scope or "cosine_distance_loss") as full:
        y, p = _pair(labels, predictions)
        losses = op("Sub")(1.0, op("Sum")(op("Mul")(p, y), [axis], keep_dims=True))
        return compute_weighted_loss(losses, weights, full or None, loss_collection, reduction)


@export("compat.v1.losses.hinge_loss")
def hinge_loss(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Any:
    """max(0, 1 - s · logits) with s = ±1 for labels 1 and 0."""
    _given(labels=labels, logits=logits)
    with name_scope(scope or "hinge_loss") as full:
        y, p = _pair(labels, logits)
        signs = op("Sub")(op("Mul")(2.0, y), op("OnesLike")(y))
        losses = op("Relu")(op("Sub")(op("OnesLike")(y), op("Mul")(signs, p)))
        return compute_weighted_loss(losses, weights, full or None, loss_collection, reduction)


@export("compat.v1.losses.huber_loss")
def huber_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    delta: float = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Any:
    """Half the squared difference up to `delta`, linear beyond."""
    with name_scope(scope or "huber_loss") as full:
        y, p = _pair(labels, predictions)
        error = op("Abs")(op("Sub")(p, y))
        quadratic = op("Minimum")(error, delta)
        linear = op("Sub")(error, quadratic)
        losses = op("AddV2")(op("Mul")(op("Mul")(0.5, quadratic), quadratic), op("Mul")(delta, linear))
        return compute_weighted_loss(losses, weights, full or None, loss_collection, reduction)


@export("compat.v1.losses.log_loss")
def log_loss(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Any:
    """-labels · log(p + ε) - (1 - labels) · log(1 - p + ε) for predicted probabilities p."""
    with name_scope(scope or "log_loss") as full:
        y, p = _pair(labels, predictions)
        yes = op("Neg")(op("Mul")(y, op("Log")(op("AddV2")(p, epsilon))))
        no = op("Mul")(op("Sub")(1.0, y), op("Log")(op("AddV2")(op("Sub")(1.0, p), epsilon)))
        return compute_weighted_loss(op("Sub")(yes, no), weights, full or None, loss_collection, reduction)


@export("compat.v1.losses.mean_pairwise_squared_error")
def mean_pairwise_squared_error(
    labels: Any,
    predictions: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
) -> Any:
    """The squared errors of the differences between all pairs of elements of one example, averaged and summed up."""
    with name_scope(scope or "mean_pairwise_squared_error"):
        y, p = _pair(labels, predictions)
        weights = _as_float(weights)
        weights = with_checks(check_weights(weights, y), weights)
        difference = op("Sub")(p, y)
        axes = op("Range")(1, op("Rank")(difference), 1)

        def of_examples(x: Any) -> Any:
            return op("Sum")(x, axes, keep_dims=True)

        if context.graph is None and weights.shape.rank == 0 and float(weights):
            # In eager mode TensorFlow counts the elements of all examples for each of them.
            present = op("Cast")(op("Size")(difference), DstT=dtypes.float32)
        else:
            ones = op("SelectV2")(op("Equal")(weights, 0.0), 0.0, op("OnesLike")(weights))
            present = of_examples(broadcast_weights(ones, difference))
        pairs = op("Sub")(present, 1.0)
        first = op("Mul")(2.0, op("DivNoNan")(of_examples(op("Square")(difference)), pairs))
        second = op("Mul")(2.0, op("DivNoNan")(op("Square")(of_examples(difference)), op("Mul")(present, pairs)))
        weighted = op("Mul")(op("Sub")(first, second), weights)
        loss = _total(weighted)
        mean = op("SelectV2")(op("Greater")(_total(present), 0.0), loss, op("ZerosLike")(loss), name="value")
        add_loss(mean, loss_collection)
        return mean


def _smoothed(labels: Any, smoothing: Any, classes: Any) -> Any:
    """Labels that are a little less certain: the missing part is spread over `classes`."""
    return op("AddV2")(op("Mul")(labels, op("Sub")(1.0, smoothing)), op("RealDiv")(smoothing, classes))


@export("compat.v1.losses.sigmoid_cross_entropy")
def sigmoid_cross_entropy(
    multi_class_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Any:
    """`tf.nn.sigmoid_cross_entropy_with_logits`; smoothing moves the labels towards 1/2."""
    from tfshim.api import nn_loss

    _given(multi_class_labels=multi_class_labels, logits=logits)
    with name_scope(scope or "sigmoid_cross_entropy_loss") as full:
        logits = convert_to_tensor(logits)
        labels = op("Cast")(multi_class_labels, DstT=logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = op("AddV2")(op("Mul")(labels, 1.0 - label_smoothing), 0.5 * label_smoothing)
        losses = nn_loss.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, full or None, loss_collection, reduction)


@export("compat.v1.losses.softmax_cross_entropy")
def softmax_cross_entropy(
    onehot_labels: Any,
    logits: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Any:
    """`tf.nn.softmax_cross_entropy_with_logits` without a gradient to the labels; smoothing moves them to 1/n."""
    from tfshim.api import nn_loss

    _given(onehot_labels=onehot_labels, logits=logits)
    with name_scope(scope or "softmax_cross_entropy_loss") as full:
        logits = convert_to_tensor(logits)
        labels = op("Cast")(onehot_labels, DstT=logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            depth = op("StridedSlice")(op("Shape")(labels), [-1], [0], [1], end_mask=1, shrink_axis_mask=1)
            classes = op("Cast")(depth, DstT=logits.dtype)
            labels = _smoothed(labels, convert_to_tensor(label_smoothing, dtype=logits.dtype), classes)
        labels = op("StopGradient")(labels, name="labels_stop_gradient")
        losses = nn_loss.softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, full or None, loss_collection, reduction)


@export("compat.v1.losses.sparse_softmax_cross_entropy")
def sparse_softmax_cross_entropy(
    labels: Any,
    logits: Any,
    weights: Any = 1.0,
    scope: str | None = None,
    loss_collection: Any = GraphKeys.LOSSES,
    reduction: str = _BY_NONZERO,
) -> Any:
    """`tf.nn.sparse_softmax_cross_entropy_with_logits`; a last dimension of 1 of labels and weights is dropped."""
    from tfshim.api import nn_loss

    _given(labels=labels, logits=logits)
    with name_scope(scope or "sparse_softmax_cross_entropy_loss") as full:
        labels, logits, weights = (convert_to_tensor(v) for v in (labels, logits, weights))
        labels = _squeezed(labels, logits, 1)
        weights = _squeezed(weights, labels, 0) if weights.shape.rank else weights
        losses = nn_loss.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, full or None, loss_collection, reduction)


def _squeezed(x: Any, other: Any, fewer: int) -> Any:
    """`x` without its last dimension of 1, if it has one dimension more than `other` less `fewer`."""
    ranks = x.shape.rank, other.shape.rank
    if None not in ranks and ranks[0] == ranks[1] - fewer + 1 and x.shape[-1] in (1, None):
        return op("Squeeze")(x, squeeze_dims=[-1])
    return x


# The collections -------------------------------------------------------------------------------------------


@export("compat.v1.losses.add_loss")
def add_loss(loss: Any, loss_collection: Any = GraphKeys.LOSSES) -> None:
    """Adds a loss to a collection of the graph; in eager mode, and for None, it does nothing."""
    if loss_collection and context.graph is not None:
        add_to_collection(loss_collection, loss)


@export("compat.v1.losses.get_losses")
def get_losses(scope: str | None = None, loss_collection: Any = GraphKeys.LOSSES) -> list[Any]:
    """The losses of a collection, those whose name begins with `scope`."""
    return get_collection(loss_collection, scope)


@export("compat.v1.losses.get_regularization_losses")
def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The losses that regularizers of variables added."""
    return get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


@export("compat.v1.losses.get_regularization_loss")
def get_regularization_loss(scope: str | None = None, name: str = "total_regularization_loss") -> Any:
    """The sum of `get_regularization_losses`; 0.0 if there are none."""
    losses = get_regularization_losses(scope)
    return op("AddN")(losses, name=name) if losses else convert_to_tensor(np.float32(0))


@export("compat.v1.losses.get_total_loss")
def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss", scope: str | None = None) -> Any:
    """The sum of all losses of the graph, with or without those of regularizers."""
    losses = get_losses(scope=scope)
    if add_regularization_losses:
        losses += get_regularization_losses(scope=scope)
    return op("AddN")(losses, name=name)
