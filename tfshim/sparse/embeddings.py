"""`tf.nn`: sums and means of the embeddings of sparse ids."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.api.nn_norm import lookup
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.sparse.structure import fill_empty_rows, reshape, retain
from tfshim.sparse.tensor import SparseTensor
from tfshim.tensor import Tensor

_gather = op("GatherV2")
_reshape = op("Reshape")
_COMBINERS = {"sum": "SparseSegmentSum", "mean": "SparseSegmentMean", "sqrtn": "SparseSegmentSqrtN"}


def _checked_combiner(combiner: str | None) -> str:
    combiner = "mean" if combiner is None else combiner
    if combiner not in _COMBINERS:
        raise ValueError(f"combiner must be one of 'mean', 'sqrtn' or 'sum', got {combiner}")
    return combiner


def _is_ragged(value: Any) -> bool:
    return hasattr(value, "value_rowids") and hasattr(value, "flat_values")


def _check_pair(ids: Any, weights: Any) -> None:
    """TypeError or ValueError unless the weights can belong to the ids."""
    kind = SparseTensor if isinstance(ids, SparseTensor) else type(ids)
    if not (isinstance(ids, SparseTensor) or _is_ragged(ids)):
        raise TypeError(f"ids must be SparseTensor or RaggedTensor, got {type(ids)}")
    if weights is None:
        return
    if not isinstance(weights, kind):
        raise TypeError(f"weights must be a {kind.__name__} like the ids, or None; got {type(weights)}")
    ids.values.shape.assert_is_compatible_with(weights.values.shape)
    if isinstance(ids, SparseTensor):
        ids.indices.shape.assert_is_compatible_with(weights.indices.shape)
        ids.shape.assert_is_compatible_with(weights.shape)


@export("nn.embedding_lookup_sparse")
def embedding_lookup_sparse(
    params, sp_ids, sp_weights, combiner=None, max_norm=None, name=None, allow_fast_lookup=False
):
    """For each row of ids the sum or mean of their embeddings.

    Args:
      params: the embedding matrix, a tensor or variable, or a list of them that is taken for one, cut along the rows.
      sp_ids: a SparseTensor or RaggedTensor `[rows, ids]` of integers; no row may be empty.
      sp_weights: what each id counts, of the same kind and in the same places; None for 1.
      combiner: "mean" (the default; divided by the sum of the weights), "sqrtn" (divided by the square root of the
        sum of their squares) or "sum".
      max_norm: embeddings are scaled down to this Euclidean norm first.
      name: name of the op in a graph.
      allow_fast_lookup: skip finding out which ids are the same, without `max_norm`.

    Returns:
      A tensor `[rows, dimensions of params...]`, with one row for each up to the last that has an id.

    Raises:
      TypeError: for ids or weights of another kind.
      ValueError: for another combiner.
    """
    return lookup_sparse(params, sp_ids, sp_weights, "div", combiner, max_norm, name, allow_fast_lookup)


def lookup_sparse(params, sp_ids, sp_weights, strategy, combiner, max_norm, name, allow_fast_lookup):
    """`embedding_lookup_sparse` of parts that `strategy` made: "mod" deals out the rows by turns, "div" cuts."""
    combiner = _checked_combiner(combiner)
    if not isinstance(params, (list, tuple)):
        params = [params]
    _check_pair(sp_ids, sp_weights)
    with composed(name or "embedding_lookup_sparse") as name:
        rows = sp_ids.value_rowids() if _is_ragged(sp_ids) else sp_ids.indices[:, 0]
        ids = sp_ids.values
        plain = sp_weights is None and len(params) == 1 and isinstance(params[0], Tensor) and max_norm is None
        if plain or (allow_fast_lookup and len(params) == 1 and max_norm is None):
            embeddings, positions = params[0], ids
        else:
            ids, positions = op("Unique")(ids)
            embeddings = lookup(list(params), ids, strategy, max_norm, None)
        if sp_weights is not None:
            return _weighted(embeddings, positions, rows, sp_weights.values, combiner, name)
        # The rows of a tensor that are not looked up have no gradient, as if they had been gathered.
        sparse_gradient = plain and not allow_fast_lookup
        combine = op(_COMBINERS[combiner])
        return combine(embeddings, positions, cast(rows, dtypes.int32), sparse_gradient=sparse_gradient, name=name)


def _weighted(embeddings: Any, positions: Tensor, rows: Tensor, weights: Tensor, combiner: str, name: Any) -> Tensor:
    embeddings = _gather(embeddings, positions, 0)
    dtype = embeddings.dtype
    if dtype in (dtypes.float16, dtypes.bfloat16):
        embeddings = cast(embeddings, dtypes.float32)
    if weights.dtype is not embeddings.dtype:
        weights = cast(weights, embeddings.dtype)
    rows = cast(rows, dtypes.int32)
    ones = op("Fill")(op("ExpandDims")(op("Rank")(embeddings) - 1, 0), 1)
    shaped = _reshape(weights, op("ConcatV2")([op("Shape")(weights), ones], 0))
    rank = embeddings.shape.rank
    if rank is not None:
        shaped.set_shape(weights.shape.concatenate([1] * (rank - 1)))
    total = op("SegmentSum")(embeddings * shaped, rows)
    # Rows without weight, or without ids, are zeros.
    if combiner == "mean":
        total = op("DivNoNan")(total, op("SegmentSum")(shaped, rows), name=name)
    elif combiner == "sqrtn":
        total = op("DivNoNan")(total, op("Sqrt")(op("SegmentSum")(op("Pow")(shaped, 2), rows)), name=name)
    return total if total.dtype is dtype else cast(total, dtype)


@export("nn.safe_embedding_lookup_sparse")
def safe_embedding_lookup_sparse(
    embedding_weights,
    sparse_ids,
    sparse_weights=None,
    combiner="mean",
    default_id=None,
    max_norm=None,
    name=None,
    allow_fast_lookup=False,
):
    """Like `embedding_lookup_sparse`, for ids of any rank, negative ones and empty rows among them.

    Args:
      embedding_weights: the embedding matrix, a tensor or variable, or a list of them.
      sparse_ids: a SparseTensor or RaggedTensor `[..., ids]` of integers. Negative ids are left out.
      sparse_weights: what each id counts; ids whose weight is not positive are left out, unless the combiner is "sum".
      combiner: "mean", "sqrtn" or "sum".
      default_id: the id that empty rows have; by default their result is zeros.
      max_norm: embeddings are scaled down to this Euclidean norm first.
      name: name of the op in a graph.
      allow_fast_lookup: see `embedding_lookup_sparse`.

    Returns:
      A tensor `[..., dimensions of the matrix]`.

    Raises:
      ValueError: for an empty list of matrices.
    """
    options = (combiner, default_id, max_norm, name, allow_fast_lookup)
    return safe_lookup_sparse(embedding_weights, sparse_ids, sparse_weights, "div", *options)


def safe_lookup_sparse(
    embedding_weights,
    sparse_ids,
    sparse_weights,
    strategy,
    combiner,
    default_id,
    max_norm,
    name,
    allow_fast_lookup,
):
    """`safe_embedding_lookup_sparse` of parts that `strategy` made."""
    if embedding_weights is None:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    weights = list(embedding_weights) if isinstance(embedding_weights, (list, tuple)) else [embedding_weights]
    if not weights:
        raise ValueError(f"Missing embedding_weights {embedding_weights}.")
    if sparse_weights is not None:
        dtype = sparse_weights.dtype
        weights = [w if w.dtype is dtype else cast(w, dtype) for w in weights]
    with composed(name or "embedding_lookup") as name:
        if _is_ragged(sparse_ids):
            sparse_weights = None if sparse_weights is None else sparse_weights.to_sparse()
            sparse_ids = sparse_ids.to_sparse()
        shape = sparse_ids.dense_shape
        rank = shape.shape[0]
        leading = shape[:-1]
        ids = reshape(sparse_ids, op("Pack")([op("Prod")(leading, 0), shape[-1]]))
        if sparse_weights is not None:
            sparse_weights = SparseTensor(ids.indices, sparse_weights.values, ids.dense_shape)
        ids, sparse_weights = _valid(ids, sparse_weights, combiner)
        ids, empty = fill_empty_rows(ids, 0 if default_id is None else default_id)
        if sparse_weights is not None:
            sparse_weights, _ = fill_empty_rows(sparse_weights, 1.0)
        inner_name = None if default_id is None else name
        result = lookup_sparse(
            weights, ids, sparse_weights, strategy, combiner, max_norm, inner_name, allow_fast_lookup
        )
        if default_id is None:
            mask = op("Tile")(_reshape(empty, [-1, 1]), op("Pack")([1, op("Shape")(result)[1]]))
            result = op("SelectV2")(mask, op("ZerosLike")(result), result, name=name)
        final = _reshape(result, op("ConcatV2")([cast(leading, dtypes.int32), op("Shape")(result)[1:]], 0))
        if None not in (rank, result.shape.rank):
            known = sparse_ids.shape[:-1] if sparse_ids.shape.rank is not None else [None] * (rank - 1)
            final.set_shape([*known, *result.shape[1:]])
        return final


def _valid(ids: SparseTensor, weights: SparseTensor | None, combiner: str) -> tuple[SparseTensor, SparseTensor | None]:
    """Without negative ids, and without ids whose weight is not positive where that would matter."""
    kept = op("GreaterEqual")(ids.values, convert_to_tensor(0, ids.values.dtype))
    ids, weights = retain(ids, kept), None if weights is None else retain(weights, kept)
    if weights is not None and combiner != "sum":
        kept = op("Greater")(weights.values, convert_to_tensor(0, weights.values.dtype))
        ids, weights = retain(ids, kept), retain(weights, kept)
    return ids, weights
