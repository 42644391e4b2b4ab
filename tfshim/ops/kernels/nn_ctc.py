"""Kernels of connectionist temporal classification.

The loss is a forward recursion over the time steps, one scan; its gradient is the scan's own. Decoders run on the
host, for how much they find depends on the data.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim import errors
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import invalid
from tfshim.shapes import TensorShape, from_dims

# Stands for the logarithm of zero where infinities would make gradients nan.
_NEVER = -1e30
# How likely TensorFlow takes alignments of a batch of labels to end too early or too late, as a logarithm.
_ELSEWHERE = np.log(1e-307)


# The loss --------------------------------------------------------------------------------------------------


def _dense_labels(indices, values, batch, time, blank):
    """Labels as a matrix, and how many each row has.

    A whole batch of labels arrives with indices `[batch, length, 2]`, of which those of absent labels lie outside
    of the batch; a sparse one with `[count, 2]`. No label beyond the number of time steps can be reached.
    """
    longest = indices.shape[1] if indices.ndim == 3 else min(indices.shape[0], time)
    absent = blank if indices.ndim == 3 else 0
    indices, values = indices.reshape(-1, 2), values.reshape(-1)
    row, column = indices[:, 0], indices[:, 1]
    lengths = jnp.zeros(batch, jnp.int32).at[row].add(1, mode="drop")
    labels = jnp.full((batch, longest), absent, jnp.int32).at[row, column].set(values, mode="drop")
    return labels, lengths


def _collapsed(labels, lengths):
    """Labels without those that repeat the one before."""
    place = jnp.arange(labels.shape[1])
    valid = place < lengths[:, None]
    keep = valid & ((place == 0) | (labels != jnp.roll(labels, 1, axis=1)))
    order = jnp.argsort(~keep, axis=1, stable=True)
    return jnp.take_along_axis(labels, order, axis=1), keep.sum(axis=1, dtype=jnp.int32)


def _add_logs(*terms):
    largest = jnp.maximum(jnp.stack(terms).max(axis=0), _NEVER)
    return largest + jnp.log(sum(jnp.exp(t - largest) for t in terms))


def _log_likelihood(logits, labels, label_lengths, times, merge_repeated, elsewhere):
    """log p(labels | logits) of each row of the batch; at most `_NEVER` where there is no path.

    With `elsewhere`, paths that end before the last label or behind it count too, hardly.
    """
    time, batch, classes = logits.shape
    blank = classes - 1
    length = labels.shape[1]
    log_p = jax.nn.log_softmax(logits, axis=-1)
    # States alternate: a blank before, between and after the labels.
    states = jnp.full((batch, 2 * length + 1), blank, jnp.int32).at[:, 1::2].set(labels)
    place = jnp.arange(2 * length + 1)
    is_label = place % 2 == 1
    fresh = states != jnp.roll(states, 2, axis=1) if merge_repeated else jnp.ones_like(states, bool)
    may_skip = is_label & (place >= 2) & fresh
    may_stay = jnp.ones_like(is_label) if merge_repeated else ~is_label
    emitted = jnp.take_along_axis(log_p, jnp.broadcast_to(states, (time, *states.shape)), axis=2)

    def shifted(alpha, n):
        return jnp.pad(alpha, ((0, 0), (n, 0)), constant_values=_NEVER)[:, : alpha.shape[1]]

    def step(alpha, inputs):
        now, emission = inputs
        arrived = _add_logs(
            jnp.where(may_stay, alpha, _NEVER), shifted(alpha, 1), jnp.where(may_skip, shifted(alpha, 2), _NEVER)
        )
        alpha = jnp.where((now < times)[:, None], arrived + emission, alpha)
        return alpha, None

    # Before the first step the path is at a place from which only the first two states are reached.
    first = jnp.where((place < 2) & (times > 0)[:, None], emitted[0], _NEVER)
    first = jnp.where((times == 0)[:, None] & (place == 0), 0.0, first).astype(logits.dtype)
    alpha, _ = lax.scan(step, first, (jnp.arange(1, time), emitted[1:]))
    ends = jnp.stack([2 * label_lengths, jnp.maximum(2 * label_lengths - 1, 0)], axis=1)
    at_ends = jnp.take_along_axis(alpha, jnp.minimum(ends, 2 * length), axis=1)
    last = jnp.where(label_lengths == 0, _NEVER, at_ends[:, 1])
    found = jnp.where(label_lengths > length, _NEVER, _add_logs(at_ends[:, 0], last))
    if not elsewhere:
        return found
    others = jnp.where((place == ends[:, :1]) | (place == ends[:, 1:]), _NEVER, alpha)
    return _add_logs(found, jax.nn.logsumexp(others, axis=1) + jnp.asarray(_ELSEWHERE, alpha.dtype))


def _ended(labels, lengths, blank):
    """The lengths of labels up to the first that is no class; checks that all labels are, one after the other."""
    place = jnp.arange(labels.shape[1])
    given = place < lengths[:, None]
    runtime_check(~(given & (labels < 0)), "All labels must be nonnegative integers")
    null = given & (labels >= blank)
    ends = jnp.where(null, place, lengths[:, None]).min(axis=1, initial=labels.shape[1])
    after = given & ~null & (place > ends[:, None])
    runtime_check(~after, "Saw a non-null label (index < num_classes - 1) following a null label")
    return jnp.minimum(ends, lengths).astype(jnp.int32)


def _lacking_time(lengths: np.ndarray, times: np.ndarray) -> str:
    row = np.flatnonzero(lengths > times)[0]
    return (
        f"Not enough time for target transition sequence (required: {lengths[row]}, available: {times[row]}) in row "
        f"{row}; with ignore_longer_outputs_than_inputs its loss is 0"
    )


def _ctc(inputs, labels_indices, labels_values, sequence_length, collapse, merge_repeated, ignore_longer):
    if inputs.ndim != 3:
        raise invalid("inputs is not a 3-Tensor")
    time, batch, classes = inputs.shape
    if sequence_length.shape != (batch,):
        raise invalid(f"len(sequence_length) != batch_size. len(sequence_length): {sequence_length.shape}")
    labels, lengths = _dense_labels(labels_indices, labels_values, batch, time, classes - 1)
    runtime_check(sequence_length <= time, f"sequence_length(b) <= {time}")
    counts = jnp.ones(batch, inputs.dtype)
    if labels_indices.ndim == 2:
        runtime_check(lengths > 0, "Labels length is zero in some batch")
        longer = lengths > sequence_length
        if ignore_longer:
            counts = jnp.where(longer, 0, counts)
        else:
            runtime_check(~longer, _lacking_time, lengths, sequence_length)
        lengths = jnp.where(longer, lengths, _ended(labels, lengths, classes - 1))
        labels = jnp.where(jnp.arange(labels.shape[1]) < lengths[:, None], jnp.minimum(labels, classes - 1), 0)
    if collapse:
        labels, lengths = _collapsed(labels, lengths)

    def loss(logits):
        elsewhere = labels_indices.ndim == 3
        likelihood = _log_likelihood(logits, labels, lengths, sequence_length, merge_repeated, elsewhere)
        possible = likelihood > _NEVER / 2
        # Where there is no path the loss is infinite, and the gradient that of the normalisation alone.
        inside = jnp.arange(time)[:, None] < sequence_length
        norm = jnp.where(inside, jax.nn.logsumexp(logits, axis=-1), 0).sum(axis=0)
        impossible = jnp.inf + (norm - lax.stop_gradient(norm))
        return jnp.where(possible, -jnp.where(possible, likelihood, 0), impossible)

    value, back = jax.vjp(loss, inputs)
    return jnp.where(counts > 0, value, 0), lax.stop_gradient(back(counts)[0])


def _declare_loss(op_name):
    @kernel(op_name, no_gradient=("labels_indices", "labels_values", "sequence_length"))
    def run(
        inputs,
        labels_indices,
        labels_values,
        sequence_length,
        *,
        preprocess_collapse_repeated,
        ctc_merge_repeated,
        ignore_longer_outputs_than_inputs,
    ):
        options = (preprocess_collapse_repeated, ctc_merge_repeated, ignore_longer_outputs_than_inputs)
        return _ctc(inputs, labels_indices, labels_values, sequence_length, *options)

    @shape_function(op_name)
    def shapes(op):
        shape = op.shape(0).with_rank(3)
        batch = shape.as_list()[1]
        if batch is None:
            batch = op.shape(3).with_rank(1).as_list()[0]
        return TensorShape([batch]), TensorShape([shape.as_list()[0], batch, shape.as_list()[2]])


_declare_loss("CTCLoss")
_declare_loss("CTCLossV2")


# Decoders --------------------------------------------------------------------------------------------------


def _check_decoder(inputs, sequence_length):
    if inputs.ndim != 3:
        raise invalid("inputs is not a 3-Tensor")
    if sequence_length.shape != (inputs.shape[1],):
        raise invalid(f"sequence_length must have {inputs.shape[1]} elements, got {sequence_length.shape}")
    for b, n in enumerate(sequence_length):
        if n > inputs.shape[0]:
            raise errors.FailedPreconditionError(None, None, f"sequence_length({b}) <= {inputs.shape[0]}")


def _sparse(rows: list[list[int]]):
    """Lists of labels as the parts of a sparse tensor."""
    indices = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    values = [label for row in rows for label in row]
    longest = max((len(row) for row in rows), default=0)
    return (
        np.array(indices, np.int64).reshape(-1, 2),
        np.array(values, np.int64),
        np.array([len(rows), longest], np.int64),
    )


def _without_repeats(labels: list[int]) -> list[int]:
    return [label for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]]


@kernel("CTCGreedyDecoder", host=True)
def ctc_greedy_decoder(inputs, sequence_length, *, merge_repeated, blank_index):
    _check_decoder(inputs, sequence_length)
    blank = blank_index % inputs.shape[2]
    rows, scores = [], []
    for b, n in enumerate(sequence_length):
        steps = inputs[: max(int(n), 0), b]
        best = steps.argmax(axis=-1).tolist()
        scores.append(-steps.max(axis=-1).sum() if n > 0 else 0)
        rows.append([label for label in (_without_repeats(best) if merge_repeated else best) if label != blank])
    return (*_sparse(rows), np.array(scores, inputs.dtype).reshape(-1, 1))


@kernel("CTCBeamSearchDecoder", host=True)
def ctc_beam_search_decoder(inputs, sequence_length, *, beam_width, top_paths, merge_repeated):
    _check_decoder(inputs, sequence_length)
    if top_paths > beam_width:
        raise invalid(f"requested more paths than the beam width: {top_paths} > {beam_width}")
    found = [_beam_search(inputs[: max(int(n), 0), b], beam_width)[:top_paths] for b, n in enumerate(sequence_length)]
    if any(len(beams) < top_paths for beams in found):
        raise invalid("Less leaves in the beam search than requested.")
    parts = []
    for path in range(top_paths):
        rows = [list(beams[path][0]) for beams in found]
        parts.append(_sparse([_without_repeats(row) for row in rows] if merge_repeated else rows))
    scores = np.array([[score for _, score in beams] for beams in found], inputs.dtype)
    return (*(part for column in zip(*parts, strict=True) for part in column), scores)


def _beam_search(logits: np.ndarray, width: int) -> list[tuple[tuple[int, ...], float]]:
    """The likeliest label sequences and the logarithms of their probabilities, best first."""
    wide = logits.astype(np.float64)
    log_p = wide - np.logaddexp.reduce(wide, axis=-1, keepdims=True)
    blank = logits.shape[1] - 1
    # A prefix's probabilities: ending in a blank, and in its last label.
    beams = {(): (0.0, -np.inf)}
    for step in log_p:
        reached: dict[tuple[int, ...], tuple[float, float]] = {}

        def add(prefix, ends_blank, ends_label, reached=reached):
            old = reached.get(prefix, (-np.inf, -np.inf))
            reached[prefix] = (np.logaddexp(old[0], ends_blank), np.logaddexp(old[1], ends_label))

        for prefix, (ends_blank, ends_label) in beams.items():
            total = np.logaddexp(ends_blank, ends_label)
            add(prefix, total + step[blank], ends_label + step[prefix[-1]] if prefix else -np.inf)
            for label in range(blank):
                before = ends_blank if prefix and label == prefix[-1] else total
                add((*prefix, label), -np.inf, before + step[label])
        ranked = sorted(reached.items(), key=lambda item: -np.logaddexp(*item[1]))
        beams = dict(ranked[:width])
    ranked = sorted(((p, float(np.logaddexp(*v))) for p, v in beams.items()), key=lambda item: -item[1])
    return ranked


@shape_function("CTCGreedyDecoder")
def _(op):
    batch = op.shape(0).with_rank(3).as_list()[1]
    return from_dims((None, 2)), from_dims((None,)), from_dims((2,)), from_dims((batch, 1))


@shape_function("CTCBeamSearchDecoder")
def _(op):
    batch, paths = op.shape(0).with_rank(3).as_list()[1], op.attr("top_paths")
    if batch is None:
        batch = op.shape(1).as_list()[0] if op.shape(1).rank is not None else None
    parts = [from_dims((None, 2))] * paths + [from_dims((None,))] * paths + [from_dims((2,))] * paths
    return (*parts, from_dims((batch, paths)))
