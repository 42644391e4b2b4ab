"""`tf.nn`: losses over very many classes, of which a few are drawn."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes, seeds
from tfshim.api import candidate_samplers, nn_loss
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.api.nn_norm import embedding_lookup
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_concat = op("ConcatV2")
_log = op("Log")
_reshape = op("Reshape")
_shape = op("Shape")


def _sampled_logits(
    weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, remove_hits, seed=None
) -> tuple[Tensor, Tensor]:
    """Logits of the true and the drawn classes, corrected for how often they are drawn, and their labels."""
    weights = list(weights) if isinstance(weights, (list, tuple)) else [weights]
    labels = cast(convert_to_tensor(labels), dtypes.int64)
    inputs = convert_to_tensor(inputs)
    flat_labels = _reshape(labels, [-1])
    if sampled_values is None:
        sampled_values = candidate_samplers.log_uniform_candidate_sampler(
            labels, num_true, num_sampled, True, num_classes, seed=seed
        )
    sampled, true_count, sampled_count = (op("StopGradient")(v) for v in sampled_values)
    sampled = cast(sampled, dtypes.int64)
    # One look-up for all classes.
    ids = _concat([flat_labels, sampled], 0)
    all_weights, all_biases = (cast(embedding_lookup(x, ids), inputs.dtype) for x in (weights, biases))
    count = flat_labels.shape[0] if flat_labels.shape[0] is not None else _shape(flat_labels)[0]
    true_weights, sampled_weights = all_weights[:count], all_weights[count:]
    true_biases, sampled_biases = all_biases[:count], all_biases[count:]
    sampled_logits = op("MatMul")(inputs, sampled_weights, transpose_b=True) + sampled_biases
    depth = true_weights.shape[-1] if true_weights.shape[-1] is not None else _shape(true_weights)[-1]
    by_example = _reshape(true_weights, op("Pack")([-1, num_true, depth]))
    products = op("Mul")(op("ExpandDims")(inputs, 1), by_example)
    true_logits = op("Sum")(products, np.array([2], np.int32)) + _reshape(true_biases, [-1, num_true])
    if remove_hits:
        sampled_logits = _without_hits(sampled_logits, labels, sampled, num_true)
    true_logits = true_logits - _log(cast(true_count, inputs.dtype))
    sampled_logits = sampled_logits - _log(cast(sampled_count, inputs.dtype))
    logits = _concat([true_logits, sampled_logits], 1)
    targets = [op("OnesLike")(true_logits) / num_true, op("ZerosLike")(sampled_logits)]
    return logits, _concat(targets, 1)


def _without_hits(logits: Tensor, labels: Tensor, sampled: Tensor, num_true: int) -> Tensor:
    """`logits` with the least number in place of the drawn classes that are an example's true ones."""
    # TensorFlow finds them by an op that is given seeds, though it draws nothing: the next op's are others then.
    seeds.get_seed(None)
    hit = op("Equal")(op("ExpandDims")(labels, 2), sampled)
    hits = op("Sum")(cast(hit, logits.dtype), np.array([1], np.int32))
    return logits + hits * convert_to_tensor(logits.dtype.min, logits.dtype)


@export("nn.nce_loss")
def nce_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=False,
    name="nce_loss",
):
    """The noise-contrastive estimation loss of each example.

    Args:
      weights: `[num_classes, dim]`, or a list of its parts.
      biases: `[num_classes]`.
      labels: int64 `[batch, num_true]`.
      inputs: `[batch, dim]`.
      num_sampled: how many classes to draw for the batch.
      num_classes: number of classes.
      num_true: number of true classes of an example.
      sampled_values: what a candidate sampler gave; by default that of log-uniform classes.
      remove_accidental_hits: leave out drawn classes that are true ones.
      name: name of the op in a graph.

    Returns:
      A tensor `[batch]`.
    """
    with composed(name):
        logits, targets = _sampled_logits(
            weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values, remove_accidental_hits
        )
        losses = nn_loss.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
        return op("Sum")(losses, np.array([1], np.int32))


@export("nn.sampled_softmax_loss")
def sampled_softmax_loss(
    weights,
    biases,
    labels,
    inputs,
    num_sampled,
    num_classes,
    num_true=1,
    sampled_values=None,
    remove_accidental_hits=True,
    seed=None,
    name="sampled_softmax_loss",
):
    """The softmax cross entropy over the true and a few drawn classes; for training. See `nce_loss`.

    `seed` is the op seed of the drawing.
    """
    with composed(name):
        logits, targets = _sampled_logits(
            weights,
            biases,
            labels,
            inputs,
            num_sampled,
            num_classes,
            num_true,
            sampled_values,
            remove_accidental_hits,
            seed,
        )
        return nn_loss.softmax_cross_entropy_with_logits(labels=op("StopGradient")(targets), logits=logits)
