"""Kernels of losses over class scores."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.ops.kernels.nn_activations import widened
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape


def _log_softmax(logits):
    shifted = logits - jnp.max(logits, axis=-1, keepdims=True)
    return shifted - jnp.log(jnp.sum(jnp.exp(shifted), axis=-1, keepdims=True))


# The rule is TensorFlow's, which takes each row of labels for a distribution: `softmax - labels` is handed to
# the logits even where the row does not sum to one, and the second output passes nothing on to the labels.
@jax.custom_jvp
def _dense_cross_entropy(logits, labels):
    log_p = _log_softmax(logits)
    return -jnp.sum(labels * log_p, axis=-1), jnp.exp(log_p) - labels


@_dense_cross_entropy.defjvp
def _dense_cross_entropy_jvp(primals, tangents):
    logits, labels = primals
    d_logits, d_labels = tangents
    loss, backprop = _dense_cross_entropy(logits, labels)
    log_p = _log_softmax(logits)
    p = jnp.exp(log_p)
    d_loss = jnp.sum(backprop * d_logits, axis=-1) - jnp.sum(log_p * d_labels, axis=-1)
    d_backprop = p * (d_logits - jnp.sum(p * d_logits, axis=-1, keepdims=True))
    return (loss, backprop), (d_loss, d_backprop)


@kernel("SoftmaxCrossEntropyWithLogits")
def softmax_cross_entropy_with_logits(features, labels):
    try:
        shape = np.broadcast_shapes(features.shape, labels.shape)
    except ValueError:
        raise invalid(
            "logits and labels must be broadcastable: "
            f"logits shape {shape_text(features.shape)}, labels shape {shape_text(labels.shape)}",
        ) from None
    if len(shape) != 2:
        raise invalid(
            "logits and labels must be either 2-dimensional, or broadcasted to be 2-dimensional: "
            f"logits shape {shape_text(features.shape)}, labels shape {shape_text(labels.shape)}",
        )
    if 0 in shape:
        return jnp.zeros(shape[:1], features.dtype), jnp.zeros(shape, features.dtype)
    logits = jnp.broadcast_to(widened(features), shape)
    loss, backprop = _dense_cross_entropy(logits, jnp.broadcast_to(widened(labels), shape))
    return loss.astype(features.dtype), backprop.astype(features.dtype)


def _compared(labels, shape):
    """One-hot rows by a comparison, which fuses into what uses them."""
    return jax.lax.broadcasted_iota(labels.dtype, shape, 1) == labels[:, None]


def _scattered(labels, shape):
    """One-hot rows by a scatter."""
    rows = jnp.arange(shape[0])
    return jnp.zeros(shape, bool).at[rows, labels].set(True, mode="drop", unique_indices=True)


# Rows of up to so many elements in all are scattered on a CPU: XLA fills them beside the first layers of a model, and
# hands these to its threads at once (a step of a small perceptron: 0.93 instead of 1.03 ms). Larger ones cost more to
# write than to compare.
_SCATTERED_SIZE = 2**20


@functools.partial(jax.custom_jvp, nondiff_argnums=(2,))
def _sparse_cross_entropy(logits, labels, one_hot):
    classes = logits.shape[-1]
    is_label = one_hot(labels, logits.shape)
    shifted = logits - jnp.max(logits, axis=-1, keepdims=True)
    exp = jnp.exp(shifted)
    total = jnp.sum(exp, axis=-1)
    loss = jnp.log(total) - jnp.sum(jnp.where(is_label, shifted, 0), axis=-1)
    backprop = exp / total[:, None] - is_label.astype(logits.dtype)
    valid = (labels >= 0) & (labels < classes)
    return jnp.where(valid, loss, jnp.nan), jnp.where(valid[:, None], backprop, jnp.nan)


@_sparse_cross_entropy.defjvp
def _sparse_cross_entropy_jvp(one_hot, primals, tangents):
    logits, labels = primals
    d_logits = tangents[0]
    loss, backprop = _sparse_cross_entropy(logits, labels, one_hot)
    p = jnp.exp(_log_softmax(logits))
    d_loss = jnp.sum(backprop * d_logits, axis=-1)
    d_backprop = p * (d_logits - jnp.sum(p * d_logits, axis=-1, keepdims=True))
    return (loss, backprop), (d_loss, d_backprop)


@functools.cache
def _label_message(classes):
    """The function that makes the message, one for each number of classes."""

    def message(labels):
        labels = np.ravel(labels)
        bad = labels[(labels < 0) | (labels >= classes)][0]
        shown = " ".join(str(v) for v in labels[:20]) + (" ..." if labels.size > 20 else "")
        return (
            f"Received a label value of {bad} which is outside the valid range of [0, {classes}).  "
            f"Label values: {shown}"
        )

    return message


@kernel("SparseSoftmaxCrossEntropyWithLogits")
def sparse_softmax_cross_entropy_with_logits(features, labels):
    return _checked_sparse_cross_entropy(features, labels, _compared)


@kernel("SparseSoftmaxCrossEntropyWithLogits", platform="cpu")
def _sparse_softmax_cross_entropy_on_cpu(features, labels):
    return _checked_sparse_cross_entropy(
        features, labels, _scattered if features.size <= _SCATTERED_SIZE else _compared
    )


def _checked_sparse_cross_entropy(features, labels, one_hot):
    problem = None
    if features.ndim != 2:
        problem = "logits must be 2-D"
    elif labels.ndim != 1:
        problem = "labels must be 1-D"
    elif features.shape[0] != labels.shape[0]:
        problem = "logits and labels must have the same first dimension"
    elif features.shape[1] == 0:
        problem = "Must have at least one class"
    if problem:
        raise invalid(
            f"{problem}, got logits shape {shape_text(features.shape)} and labels shape {shape_text(labels.shape)}",
        )
    classes = features.shape[1]
    runtime_check((labels >= 0) & (labels < classes), _label_message(classes), labels)
    loss, backprop = _sparse_cross_entropy(widened(features), labels, one_hot)
    return loss.astype(features.dtype), backprop.astype(features.dtype)


@shape_function("SoftmaxCrossEntropyWithLogits")
def _dense_shapes(op):
    logits, labels = op.shape(0), op.shape(1)
    if logits.rank is None or labels.rank is None:
        return TensorShape([None]), TensorShape([None, None])
    sizes = []
    a = [1] * (2 - logits.rank) + logits.as_list()
    b = [1] * (2 - labels.rank) + labels.as_list()
    rank = max(logits.rank, labels.rank)
    if rank != 2:
        raise invalid(f"Shape must be broadcasted with rank 2, but is rank {rank}")
    for x, y in zip(a, b):
        if x is not None and y is not None and x != y and 1 not in (x, y):
            raise invalid(f"logits and labels must be broadcastable: {logits} and {labels}")
        if x == 1 or y == 1:
            sizes.append(y if x == 1 else x)
        else:
            sizes.append(y if x is None else x)
    return TensorShape(sizes[:1]), TensorShape(sizes)


@shape_function("SparseSoftmaxCrossEntropyWithLogits")
def _sparse_shapes(op):
    logits, labels = op.shape(0), op.shape(1)
    if logits.rank not in (None, 2) or labels.rank not in (None, 1):
        raise invalid(
            f"logits must be 2-D and labels 1-D, got logits shape {logits} and labels shape {labels}",
        )
    a, classes = logits.as_list() if logits.rank is not None else (None, None)
    b = labels.as_list()[0] if labels.rank is not None else None
    if a is not None and b is not None and a != b:
        raise invalid(
            "logits and labels must have the same first dimension, "
            f"got logits shape {logits} and labels shape {labels}",
        )
    batch = b if a is None else a
    return TensorShape([batch]), TensorShape([batch, classes])


@kernel("L2Loss")
def l2_loss(t):
    return (jnp.sum(jnp.square(widened(t))) / 2).astype(t.dtype)


@shape_function("L2Loss")
def _scalar(op):
    return TensorShape([])
