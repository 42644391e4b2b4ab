"""`tf.compat.v1.sparse` and its old names at the root, `nn.ctc_loss`, and lookups of sparse ids."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes, namespaces
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor, value_as_shape
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import as_shape
from tfshim.sparse.arguments import as_sparse, is_sparse
from tfshim.sparse.embeddings import lookup_sparse, safe_lookup_sparse
from tfshim.sparse.math import reduced
from tfshim.sparse.structure import merged_values, reorder
from tfshim.sparse.structure import split as split_v2
from tfshim.sparse.tensor import SparseTensor
from tfshim.tensor import Tensor
from tfshim.v1.renaming import declare

_REDUCTION = {"reduction_axes": "axis", "keep_dims": "keepdims"}

declare("sparse_add sparse.add", "sparse.add", "a b threshold= thresh=", {"thresh": "threshold"})
declare(
    "sparse_concat sparse.concat",
    "sparse.concat",
    "axis sp_inputs name= expand_nonconcat_dim=False concat_dim= expand_nonconcat_dims=",
    {"concat_dim": "axis", "expand_nonconcat_dim": "expand_nonconcat_dims"},
)
for _name in ("reduce_max", "reduce_sum"):
    declare(
        f"sparse_{_name} sparse.{_name}",
        f"sparse.{_name}",
        "sp_input axis= keepdims= reduction_axes= keep_dims=",
        _REDUCTION,
    )


def _declare_sparse_reduction(name: str, op_name: str) -> None:
    def fn(sp_input, axis=None, keepdims=None, reduction_axes=None, keep_dims=None):
        axis = reduction_axes if axis is None else axis
        return reduced(op_name, sp_input, axis, keep_dims if keepdims is None else keepdims, sparse=True)

    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"`tf.sparse.{name.removesuffix('_sparse')}` with `output_is_sparse=True`."
    export(f"compat.v1.sparse.{name}", f"compat.v1.sparse_{name}")(fn)


_declare_sparse_reduction("reduce_max_sparse", "SparseReduceMax")
_declare_sparse_reduction("reduce_sum_sparse", "SparseReduceSum")


class KeywordRequired:
    """Stands before parameters that must be given by keyword."""

    def __repr__(self) -> str:
        return "KeywordRequired()"


@export("compat.v1.sparse_split", "compat.v1.sparse.split")
def sparse_split(
    keyword_required=KeywordRequired(),  # noqa: B008
    sp_input=None,
    num_split=None,
    axis=None,
    name=None,
    split_dim=None,
):
    """`tf.sparse.split`, with keyword arguments only; `split_dim` is `axis`."""
    if not isinstance(keyword_required, KeywordRequired):
        raise ValueError("Keyword arguments are required for this function.")
    return split_v2(sp_input, num_split, split_dim if axis is None else axis, name)


@export("compat.v1.sparse_placeholder", "compat.v1.sparse.placeholder")
def sparse_placeholder(dtype, shape=None, name=None):
    """A SparseTensor of placeholders: feed a `SparseTensorValue` for it, or its three parts.

    Args:
      dtype: type of the values.
      shape: the dense shape, or what is known of it: None for unknown sizes, a tensor, or None for nothing.
      name: prefix of the placeholders' names.
    """
    placeholder: Any = namespaces.resolve("compat.v1.placeholder")
    prefix = "" if name is None else f"{name}/"
    labels = [None if name is None else prefix + part for part in ("values", "indices", "shape")]
    rank: int | None
    if shape is None:
        rank = None
        sizes = placeholder(dtypes.int64, shape=[None], name=labels[2])
    else:
        # Of what shape is fed nothing is known but the rank; `shape` is what there is without.
        with_default: Any = namespaces.resolve("compat.v1.placeholder_with_default")
        if isinstance(shape, Tensor):
            default = shape
            shape = value_as_shape(shape)
            rank = shape.rank
        else:
            rank = len(shape)
            shape = as_shape([None if s in (None, -1) else s for s in shape])
            default = np.array([-1 if s is None else s for s in shape.as_list()], np.int64)
        sizes = with_default(default, shape=[rank], name=labels[2])
    values = placeholder(dtype, shape=[None], name=labels[0])
    result = SparseTensor(placeholder(dtypes.int64, shape=[None, rank], name=labels[1]), values, sizes)
    if shape is not None:
        result.set_shape(shape)
    return result


@export("compat.v1.sparse_merge", "compat.v1.sparse.merge")
def sparse_merge(sp_ids, sp_values, vocab_size, name=None, already_sorted=False):
    """The values of one SparseTensor at the indices that the values of others say.

    Args:
      sp_ids: a SparseTensor of integers, or a list of them: the last columns of the result's indices.
      sp_values: a SparseTensor in the same places.
      vocab_size: the size of the last dimension, or a list of sizes.
      name: name of the op in a graph.
      already_sorted: do not sort the result.
    """
    several = isinstance(sp_ids, (list, tuple)) and not is_sparse(sp_ids)
    ids = [as_sparse(i) for i in (sp_ids if several else [sp_ids])]
    sizes = list(vocab_size) if several else [vocab_size]
    if len(ids) != len(sizes):
        raise ValueError("sp_ids and vocab_size have to have equal lengths.")
    with composed(name or "SparseMerge"):
        merged = merged_values(ids, as_sparse(sp_values).values, sizes)
        return merged if already_sorted else reorder(merged)


@export("compat.v1.sparse_to_dense")
def sparse_to_dense(sparse_indices, output_shape, sparse_values, default_value=0, validate_indices=True, name=None):
    """A tensor of `output_shape` with `sparse_values` at `sparse_indices` and `default_value` elsewhere."""
    values = convert_to_tensor(sparse_values)
    default = convert_to_tensor(default_value, values.dtype)
    run = op("SparseToDense")
    return run(sparse_indices, output_shape, values, default, validate_indices=validate_indices, name=name)


@export("compat.v1.sparse_matmul")
def sparse_matmul(a, b, transpose_a=False, transpose_b=False, a_is_sparse=False, b_is_sparse=False, name=None):
    """The float32 product of two matrices of float32 or bfloat16."""
    options = {"transpose_a": transpose_a, "transpose_b": transpose_b}
    return op("SparseMatMul")(a, b, **options, a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse, name=name)


# nn --------------------------------------------------------------------------------------------------------


@export("compat.v1.nn.embedding_lookup_sparse")
def embedding_lookup_sparse(
    params,
    sp_ids,
    sp_weights,
    partition_strategy="mod",
    name=None,
    combiner=None,
    max_norm=None,
    allow_fast_lookup=False,
):
    """`tf.nn.embedding_lookup_sparse` with the parameters of TensorFlow 1."""
    return lookup_sparse(params, sp_ids, sp_weights, partition_strategy, combiner, max_norm, name, allow_fast_lookup)


@export("compat.v1.nn.safe_embedding_lookup_sparse")
def safe_embedding_lookup_sparse(
    embedding_weights,
    sparse_ids,
    sparse_weights=None,
    combiner="mean",
    default_id=None,
    name=None,
    partition_strategy="div",
    max_norm=None,
    allow_fast_lookup=False,
):
    """`tf.nn.safe_embedding_lookup_sparse` with the parameters of TensorFlow 1."""
    options = (combiner, default_id, max_norm, name, allow_fast_lookup)
    return safe_lookup_sparse(embedding_weights, sparse_ids, sparse_weights, partition_strategy, *options)


@export("compat.v1.nn.ctc_loss")
def ctc_loss(
    labels,
    inputs=None,
    sequence_length=None,
    preprocess_collapse_repeated=False,
    ctc_merge_repeated=True,
    ignore_longer_outputs_than_inputs=False,
    time_major=True,
    logits=None,
):
    """The loss of connectionist temporal classification for sparse labels; the last class is blank.

    Args:
      labels: an int32 SparseTensor `[batch, length]`.
      inputs: logits `[time, batch, classes]`, or `[batch, time, classes]` without `time_major`; `logits` is the same.
      sequence_length: int32 `[batch]`.
      preprocess_collapse_repeated: merge labels that repeat the one before.
      ctc_merge_repeated: merge equal classes in a row, as CTC does.
      ignore_longer_outputs_than_inputs: accept labels that are longer than their inputs.
      time_major: whether the first dimension of the inputs is the time.
      logits: see `inputs`.

    Raises:
      TypeError: for labels that are not sparse.
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError(f"Expected argument `labels` to be a SparseTensor. Received labels={labels}")
    inputs = convert_to_tensor(logits if inputs is None else inputs)
    if not time_major:
        inputs = op("Transpose")(inputs, [1, 0, 2])
    loss, _ = op("CTCLoss")(
        inputs,
        labels.indices,
        labels.values,
        sequence_length,
        preprocess_collapse_repeated=preprocess_collapse_repeated,
        ctc_merge_repeated=ctc_merge_repeated,
        ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs,
    )
    return loss


@export("compat.v1.nn.ctc_beam_search_decoder")
def ctc_beam_search_decoder(inputs, sequence_length, beam_width=100, top_paths=1, merge_repeated=True):
    """`tf.nn.ctc_beam_search_decoder` with merging of labels that repeat the one before."""
    options = {"beam_width": beam_width, "top_paths": top_paths, "merge_repeated": merge_repeated}
    indices, values, shapes, scores = op("CTCBeamSearchDecoder")(inputs, sequence_length, **options)
    return [SparseTensor(*part) for part in zip(indices, values, shapes, strict=True)], scores
