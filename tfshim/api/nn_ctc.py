"""`tf.nn`: connectionist temporal classification."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes, namespaces
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_concat = op("ConcatV2")
_expand = op("ExpandDims")
_less = op("Less")
_pack = op("Pack")
_range = op("Range")
_select = op("SelectV2")
_shape = op("Shape")


def _is_sparse(labels) -> bool:
    return hasattr(labels, "dense_shape") and hasattr(labels, "indices")


@export("nn.ctc_loss")
def ctc_loss(
    labels,
    logits,
    label_length,
    logit_length,
    logits_time_major=True,
    unique=None,
    blank_index=None,
    name=None,
):
    """The negative logarithm of the probability that `logits` give to `labels`, over all alignments.

    Args:
      labels: int32 `[batch, length]`, or a SparseTensor of that shape.
      logits: `[time, batch, classes]`, or `[batch, time, classes]` without `logits_time_major`.
      label_length: int32 `[batch]`: how many labels of each row count; None for sparse labels.
      logit_length: int32 `[batch]`: how many time steps of each row count.
      logits_time_major: whether the first dimension of `logits` is the time.
      unique: what `ctc_unique_labels` gives; it is not needed.
      blank_index: the class of blanks, from the end if negative; 0 by default for dense labels.
      name: name of the op in a graph.

    Returns:
      A tensor `[batch]`. Without any alignment the loss is infinite; for dense labels it is about 700.

    Raises:
      ValueError: for sparse labels without a `blank_index`.
    """
    sparse = _is_sparse(labels)
    if sparse and blank_index is None:
        raise ValueError("Argument `blank_index` must be provided when labels is a SparseTensor.")
    with composed(name or "ctc_loss") as name:
        logits = convert_to_tensor(logits, name="logits")
        dtype = logits.dtype
        if dtype in (dtypes.float16, dtypes.bfloat16):
            logits = cast(logits, dtypes.float32)
        if not logits_time_major:
            logits = op("Transpose")(logits, np.array([1, 0, 2], np.int32))
        logit_length = cast(convert_to_tensor(logit_length, hint=dtypes.int32), dtypes.int32)
        classes = logits.shape[-1]
        if classes is None:
            classes = _shape(logits)[-1]
        blank = 0 if blank_index is None else blank_index
        if not isinstance(blank, Tensor) and blank < 0:
            blank = classes + blank
        # The op's blank is its last class.
        logits = _concat([logits[..., :blank], logits[..., blank + 1 :], logits[..., blank : blank + 1]], 2)
        if sparse:
            indices, values = labels.indices, cast(labels.values, dtypes.int32)
        else:
            values = cast(convert_to_tensor(labels, hint=dtypes.int32), dtypes.int32)
            indices = _all_indices(values, cast(convert_to_tensor(label_length), dtypes.int64))
        values = _select(_less(values, blank), values, values - 1)
        loss = op("CTCLoss")(logits, indices, values, logit_length)[0]
        return loss if loss.dtype is dtype else cast(loss, dtype)


def _all_indices(labels: Tensor, lengths: Tensor) -> Tensor:
    """The indices of every element of `labels`, those beyond its row's length in a row that there is not."""
    sizes = op("Shape")(labels, out_type=dtypes.int64)
    rows, columns = _range(_int64(0), sizes[0], _int64(1)), _range(_int64(0), sizes[1], _int64(1))
    rows = _select(_less(columns, _expand(lengths, 1)), _expand(rows, 1), sizes[0])
    return _pack([rows, op("BroadcastTo")(columns, sizes)], axis=2)


def _int64(value: int) -> Tensor:
    return convert_to_tensor(value, dtypes.int64)


@export("nn.ctc_unique_labels")
def ctc_unique_labels(labels, name=None):
    """The different labels of each row, and where each label is among them.

    Args:
      labels: integers `[batch, length]`.
      name: name of the op in a graph.

    Returns:
      The unique labels of each row (int64, with 0 to its end), and for each label its index (int32).
    """
    with composed(name or "ctc_unique_labels"):
        labels = convert_to_tensor(labels)
        wide = op("EnsureShape")(cast(labels, dtypes.int64), shape=[None, None])
        length = wide.shape[1] if wide.shape.rank is not None and wide.shape[1] is not None else _shape(wide)[1]
        places = _range(0, length, 1)
        same = op("Equal")(_expand(wide, 1), _expand(wide, 2))
        # A label's first occurrence, and how many labels are new before that.
        first = op("ArgMax")(cast(same, dtypes.int32), 2, output_type=dtypes.int32)
        is_new = op("Equal")(first, places)
        rank = op("Cumsum")(cast(is_new, dtypes.int32), 1) - 1
        index = op("GatherV2")(rank, first, 1, batch_dims=1)
        # Each new label moves to its rank: a product with a matrix of ones and zeros.
        hits = op("LogicalAnd")(op("Equal")(_expand(rank, 1), _expand(places, 1)), _expand(is_new, 1))
        unique = op("Sum")(cast(hits, dtypes.int64) * _expand(wide, 1), np.array([2], np.int32))
        return [unique, index]


@export("nn.collapse_repeated")
def collapse_repeated(labels, seq_length, name=None):
    """Labels without those that repeat the one before.

    Args:
      labels: integers `[batch, length]`.
      seq_length: how many labels of each row count.
      name: name of the op in a graph.

    Returns:
      The labels, each row filled with 0 to the length of the longest; and their numbers, of the dtype of `seq_length`.
    """
    with composed(name or "collapse_repeated_labels"):
        labels = convert_to_tensor(labels, name="labels")
        seq_length = convert_to_tensor(seq_length, name="seq_length")
        length = _shape(labels)[1]
        different = op("NotEqual")(labels[:, 1:], labels[:, :-1])
        keep = _concat([op("OnesLike")(cast(labels[:, :1], dtypes.bool)), different], 1)
        inside = _less(_range(0, length, 1), _expand(cast(seq_length, dtypes.int32), 1))
        keep = op("LogicalAnd")(keep, inside)
        counts = op("Sum")(cast(keep, seq_length.dtype), np.array([1], np.int32))
        places = op("Cumsum")(cast(keep, dtypes.int32), 1) - 1
        longest = cast(op("Max")(counts, np.array([0], np.int32)), dtypes.int32)
        where = op("Where")(keep)
        rows = cast(where[:, 0], dtypes.int32)
        columns = op("GatherNd")(places, where)
        values = op("GatherNd")(labels, where)
        shape = _pack([_shape(labels)[0], longest])
        result = op("ScatterNd")(_pack([rows, columns], axis=1), values, shape)
        result.set_shape([labels.shape[0] if labels.shape.rank else None, None])
        return result, counts


def _sparse_tensors(indices, values, shapes) -> list:
    sparse = namespaces.resolve("SparseTensor")
    return [sparse(i, v, s) for i, v, s in zip(indices, values, shapes, strict=True)]


@export("nn.ctc_greedy_decoder")
def ctc_greedy_decoder(inputs, sequence_length, merge_repeated=True, blank_index=None):
    """The likeliest class of each step, without blanks and, if `merge_repeated`, without repetitions.

    Args:
      inputs: logits `[time, batch, classes]`.
      sequence_length: int32 `[batch]`.
      merge_repeated: merge equal classes in a row.
      blank_index: the class of blanks, from the end if negative; the last by default.

    Returns:
      A list of one SparseTensor of labels, and the negative sums of the logits, `[batch, 1]`.
    """
    options = {"merge_repeated": merge_repeated, "blank_index": -1 if blank_index is None else blank_index}
    indices, values, shape, score = op("CTCGreedyDecoder")(inputs, sequence_length, **options)
    return _sparse_tensors([indices], [values], [shape]), score


@export("nn.ctc_beam_search_decoder", "compat.v1.nn.ctc_beam_search_decoder_v2")
def ctc_beam_search_decoder(inputs, sequence_length, beam_width=100, top_paths=1):
    """The likeliest label sequences that a beam search finds; the last class is blank.

    Args:
      inputs: logits `[time, batch, classes]`.
      sequence_length: int32 `[batch]`.
      beam_width: how many prefixes are kept at each step.
      top_paths: how many sequences to return.

    Returns:
      A list of `top_paths` SparseTensors of labels, and their log probabilities, `[batch, top_paths]`.
    """
    options = {"beam_width": beam_width, "top_paths": top_paths, "merge_repeated": False}
    found = op("CTCBeamSearchDecoder")(inputs, sequence_length, **options)
    return _sparse_tensors(*found[:3]), found[3]
