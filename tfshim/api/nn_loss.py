"""`tf.nn`: losses."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from tfshim import dtypes
from tfshim.api.assertions import Assert, checked
from tfshim.api.casting import cast
from tfshim.api.debugging import assert_integer, assert_scalar
from tfshim.api.math import divide_no_nan, truediv
from tfshim.api.math_reduce import reduce_sum
from tfshim.api.naming import in_scope
from tfshim.context import context
from tfshim.control_flow import switch_case
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.ops.shape_helpers import invalid
from tfshim.tensor import Tensor

_add = op("AddV2")
_concat = op("ConcatV2")
_dense = op("SoftmaxCrossEntropyWithLogits")
_exp = op("Exp")
_l2_loss = op("L2Loss")
_log = op("Log")
_log1p = op("Log1p")
_relu = op("Relu")
_reshape = op("Reshape")
_select = op("SelectV2")
_shape = op("Shape")
_sparse = op("SparseSoftmaxCrossEntropyWithLogits")
_transpose = op("Transpose")
_zeros_like = op("ZerosLike")


def _as_tensor(value, name):
    return value if isinstance(value, Tensor) else convert_to_tensor(value, name=name)


def _require_both(name, labels, logits):
    if labels is None or logits is None:
        raise ValueError(f"Both `labels` and `logits` must be provided for {name}. Received: {labels=} and {logits=}")


def _require_same_shape(x, y, x_name, y_name):
    if not x.shape.is_compatible_with(y.shape):
        raise ValueError(f"`{x_name}` and `{y_name}` must have the same shape, received ({x.shape} vs {y.shape}).")


def _rows(x):
    """`x` as a matrix that keeps the last dimension."""
    if x.shape.rank == 0:
        refusal = "labels and logits must have at least one dimension"
        raise invalid(refusal) if context.graph is None else IndexError(refusal)
    size = x.shape[-1] if x.shape.rank else None
    if size is not None:
        # Not -1: the number of rows of an empty tensor could not be inferred.
        if x.shape.is_fully_defined():
            return _reshape(x, [math.prod(x.shape[:-1].as_list()), size])
        if size:
            return _reshape(x, [-1, size])
    return _reshape(x, _concat([[-1], _shape(x)[-1:]], 0))


def _leading_sizes(x):
    return x.shape[:-1].as_list() if x.shape.is_fully_defined() else _shape(x)[:-1]


def _with_last(x, axis):
    """`x` with the dimension `axis` as last one."""
    rank = x.shape.rank
    if rank is None:
        rank = op("Rank")(x)
        axis = axis if axis >= 0 else rank + axis
        others = [op("Range")(0, axis, 1), op("Range")(axis + 1, rank, 1)]
        return _transpose(x, _concat([*others, op("Pack")([axis])], 0))
    if not -rank <= axis < rank:
        refusal = f"there is no dimension {axis} in shape {x.shape}"
        raise invalid(refusal) if context.graph is None else ValueError(refusal)
    axis %= rank
    perm = [*(i for i in range(rank) if i != axis), axis]
    return x if axis == rank - 1 else _transpose(x, np.array(perm, np.int32))


@export("nn.softmax_cross_entropy_with_logits")
@in_scope("softmax_cross_entropy_with_logits")
def softmax_cross_entropy_with_logits(labels, logits, axis=-1, name=None):
    """The cross entropy between distributions `labels` and softmax(logits), along `axis`.

    Args:
      labels: probabilities, of the shape of `logits`. The gradient flows to them too.
      logits: floating-point scores.
      axis: the dimension of the classes.
      name: name of the op in a graph.

    Returns:
      The shape of `logits` without `axis`, in the dtype of `logits`.

    Raises:
      InvalidArgumentError: for shapes that do not broadcast to each other.
    """
    logits = _as_tensor(logits, "logits")
    labels = _as_tensor(labels, "labels")
    dtype = logits.dtype
    if dtype is dtypes.float16 or dtype is dtypes.bfloat16:
        logits = cast(logits, dtypes.float32)
    if labels.dtype is not logits.dtype:
        labels = cast(labels, logits.dtype)
    if axis is None:
        axis = -1
    rank = logits.shape.rank
    if axis != -1:
        logits, labels = _with_last(logits, axis), _with_last(labels, axis)
    if rank == 2 and labels.shape.rank == 2:
        cost = _dense(logits, labels, name=name)[0]
    else:
        cost = _reshape(_dense(_rows(logits), _rows(labels), name=name)[0], _leading_sizes(logits))
    return cost if cost.dtype is dtype else cast(cost, dtype)


@export("nn.sparse_softmax_cross_entropy_with_logits")
@in_scope("SparseSoftmaxCrossEntropyWithLogits")
def sparse_softmax_cross_entropy_with_logits(labels, logits, name=None):
    """The cross entropy between classes `labels` and softmax(logits) along the last dimension.

    Args:
      labels: integer classes, of the shape of `logits` without its last dimension.
      logits: floating-point scores.
      name: name of the op in a graph.

    Returns:
      A tensor of the shape of `labels` and the dtype of `logits`.

    Raises:
      ValueError: for shapes that do not go together.
      InvalidArgumentError: on the CPU, for a label that is no class; elsewhere its loss and gradient are nan.
    """
    _require_both("sparse_softmax_cross_entropy_with_logits", labels, logits)
    labels = _as_tensor(labels, "labels")
    logits = _as_tensor(logits, "logits")
    precise = cast(logits, dtypes.float32) if logits.dtype is dtypes.float16 else logits
    rank, labels_rank = logits.shape.rank, labels.shape.rank
    if rank == 0:
        raise ValueError(f"`logits` cannot be a scalar. Received logits={logits}`")
    if rank is not None and labels_rank is not None and labels_rank != rank - 1:
        raise ValueError(
            "`labels.shape.rank` must equal `logits.shape.rank - 1`. Received: "
            f"labels.shape={labels.shape} and logits.shape={logits.shape}"
        )
    if rank is not None and labels.shape.is_fully_defined():
        leading = logits.shape[:-1]
        if leading.is_fully_defined() and labels.shape != leading:
            raise ValueError(
                "`labels.shape` must equal `logits.shape` except for the last dimension. "
                f"Received: labels.shape={labels.shape} and logits.shape={logits.shape}"
            )
    if rank == 2:
        cost = _sparse(precise, labels, name=name)[0]
    else:
        sizes = labels.shape.as_list() if labels.shape.is_fully_defined() else _shape(labels)
        cost = _reshape(_sparse(_rows(precise), _reshape(labels, [-1]), name=name)[0], sizes)
        if cost.shape.rank is None and labels_rank is not None:
            cost.set_shape(labels.shape)
    return cost if cost.dtype is logits.dtype else cast(cost, logits.dtype)


@export("nn.sigmoid_cross_entropy_with_logits")
@in_scope("logistic_loss", result=True)
def sigmoid_cross_entropy_with_logits(labels=None, logits=None, name=None):
    """The cross entropy between probabilities `labels` and sigmoid(logits), elementwise.

    Raises:
      ValueError: if an argument is missing, or for different shapes.
    """
    _require_both("sigmoid_cross_entropy_with_logits", labels, logits)
    logits = _as_tensor(logits, "logits")
    labels = _as_tensor(labels, "labels")
    _require_same_shape(logits, labels, "logits", "labels")
    zeros = _zeros_like(logits)
    positive = logits >= zeros
    # Written so that neither a large nor a small logit overflows, with the gradient defined at 0.
    rectified = _select(positive, logits, zeros)
    minus_size = _select(positive, -logits, logits)
    return _add(rectified - logits * labels, _log1p(_exp(minus_size)), name=name)


@export("nn.weighted_cross_entropy_with_logits")
@in_scope("logistic_loss", result=True)
def weighted_cross_entropy_with_logits(labels, logits, pos_weight, name=None):
    """`sigmoid_cross_entropy_with_logits` in which the positive labels count `pos_weight` times."""
    logits = _as_tensor(logits, "logits")
    labels = _as_tensor(labels, "labels")
    _require_same_shape(logits, labels, "logits", "labels")
    weight = 1 + (pos_weight - 1) * labels
    return _add((1 - labels) * logits, weight * (_log1p(_exp(-abs(logits))) + _relu(-logits)), name=name)


@export("nn.log_poisson_loss")
def log_poisson_loss(targets, log_input, compute_full_loss=False, name=None):
    """The negative log-likelihood of counts `targets` under Poisson distributions of mean exp(log_input).

    The constant of the targets is left out, or approximated by Stirling's formula if `compute_full_loss`.
    """
    log_input = _as_tensor(log_input, "log_input")
    targets = _as_tensor(targets, "targets")
    _require_same_shape(log_input, targets, "log_input", "targets")
    result = _exp(log_input) - log_input * targets
    if not compute_full_loss:
        return result
    stirling = targets * _log(targets) - targets + 0.5 * _log((2 * math.pi) * targets)
    zeros = _zeros_like(targets)
    small = op("LogicalAnd")(targets >= zeros, targets <= zeros + 1)
    return _add(result, _select(small, zeros, stirling), name=name)


@export("nn.l2_loss")
def l2_loss(t, name=None):
    """sum(t ** 2) / 2, as a scalar."""
    return _l2_loss(t, name=name)


def _replicas() -> int:
    from tfshim.context import context

    strategy = context.strategies[-1] if context.strategies else None
    return strategy.num_replicas_in_sync if strategy is not None else 1


@export("nn.compute_average_loss")
def compute_average_loss(per_example_loss, sample_weight=None, global_batch_size=None):
    """The sum of weighted losses divided by the batch size of all replicas together.

    Args:
      per_example_loss: losses, `[batch, ...]`.
      sample_weight: weights: a scalar, or of a rank that differs by at most 1 from that of the losses, where a last
        dimension of 1 is taken away or added.
      global_batch_size: number of examples over all replicas; by default that of this one times their number.

    Raises:
      ValueError: for a scalar loss, or a batch size that is not a scalar.
      TypeError: for a batch size that is not an integer.
      InvalidArgumentError: for a negative batch size, or a scalar loss whose rank is not known before.
    """
    loss = convert_to_tensor(per_example_loss, name="per_example_loss")
    dtype = loss.dtype
    refusal = "The losses of examples are a tensor of rank 1 or more."
    if loss.shape.rank == 0:
        raise ValueError(f"{refusal} There is only one: {per_example_loss}")
    if loss.shape.rank is None:
        loss = checked(loss, op("GreaterEqual")(op("Rank")(loss), 1), [refusal])
    if sample_weight is not None:
        weight = cast(convert_to_tensor(sample_weight, name="sample_weight"), dtypes.float32)
        loss = cast(cast(loss, dtypes.float32) * _aligned(weight, loss), dtype)
    if global_batch_size is None:
        global_batch_size = _shape(loss)[0] * _replicas()
    else:
        assert_scalar(global_batch_size, "The global batch size must be a scalar.")
        assert_integer(global_batch_size, "The global batch size must be a whole number.")
        Assert(op("GreaterEqual")(global_batch_size, 0), ["The global batch size must not be negative."])
    # An empty batch has the loss 0.
    return divide_no_nan(reduce_sum(loss), cast(convert_to_tensor(global_batch_size), dtype))


def _aligned(weight, loss):
    """`weight` with the rank of `loss`, if the two differ by a last dimension; ranks may be unknown."""
    rank = loss.shape.rank
    if weight.shape.rank == 0:
        return weight
    if None not in (weight.shape.rank, rank):
        return _moved(weight, weight.shape.rank - rank)
    more = op("Rank")(weight) - op("Rank")(loss)
    return switch_case(
        op("Select")(op("Equal")(op("Rank")(weight), 0), 0, op("Maximum")(op("Minimum")(more, 2), -2) + 2),
        [partial(_moved, weight, by) for by in (0, -1, 0, 1, 0)],
    )


def _moved(weight, more):
    """`weight` without its last dimension if it has one more than needed, with another if it has one less."""
    if more == 1:
        return op("Squeeze")(weight, squeeze_dims=[-1])
    return op("ExpandDims")(weight, -1) if more == -1 else weight


@export("nn.scale_regularization_loss")
def scale_regularization_loss(regularization_loss):
    """The sum of the loss divided by the number of replicas."""
    loss = convert_to_tensor(regularization_loss)
    return truediv(reduce_sum(loss), cast(convert_to_tensor(_replicas()), loss.dtype))
