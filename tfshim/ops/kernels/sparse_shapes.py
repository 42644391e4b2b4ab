"""Static shapes of the ops on sparse tensors, as far as TensorFlow knows them."""

from __future__ import annotations

from typing import Any

from tfshim.ops.kernels.sparse_index import completed_shape
from tfshim.ops.registry import shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid, merge_static, reduced_static, shape_text
from tfshim.shapes import TensorShape, from_dims


def _ranked(shape: TensorShape, rank: int) -> TensorShape:
    """`shape`, if it can have this rank; InvalidArgumentError otherwise."""
    if shape.rank not in (None, rank):
        raise invalid(f"Shape must be rank {rank} but is rank {shape.rank}")
    return from_dims((None,) * rank) if shape.rank is None else shape


def _size(shape: TensorShape, rank: int = 1, axis: int = 0) -> int | None:
    return _ranked(shape, rank)._dims[axis]


def _parts(op: Any, first: int) -> tuple[int | None, int | None]:
    """The static number of elements and the rank of the sparse tensor whose three parts begin at input `first`."""
    indices, values, shape = (op.shape(first + i) for i in range(3))
    count, rank = _ranked(indices, 2)._dims
    dims = merge_static([from_dims((count, rank)), from_dims((_size(values), _size(shape)))])._dims
    return dims[0], dims[1]


def _sparse(rank: int | None, count: int | None = None) -> tuple[TensorShape, TensorShape, TensorShape]:
    """The shapes of the three parts of a result."""
    return from_dims((count, rank)), from_dims((count,)), from_dims((rank,))


def _known_shape(op: Any, i: int) -> TensorShape:
    """The shape that input `i` holds, as far as its value is known."""
    value = op.partial(i)
    if value is not None:
        return from_dims(tuple(None if d is None or d < 0 else int(d) for d in value))
    rank = _size(op.shape(i))
    return UNKNOWN if rank is None else from_dims((None,) * rank)


@shape_function("SparseReorder")
def _(op):
    # Whether the numbers of indices and values agree, shows when it runs.
    _size(op.shape(2))
    return _ranked(op.shape(0), 2), _ranked(op.shape(1), 1)


@shape_function("SparseReshape")
def _(op):
    count = _size(op.shape(0), 2)
    old, new = op.static(1), op.static(2)
    if old is not None and new is not None:
        completed_shape(old.tolist(), new.tolist())
    rank = _size(op.shape(2))
    return from_dims((count, rank)), from_dims((rank,))


@shape_function("SparseConcat")
def _(op):
    n = len(op) // 3
    counts = [_size(op.shape(i), 2) for i in range(n)]
    widths = [from_dims((_size(op.shape(i), 2, 1),)) for i in range(n)]
    shapes = [_ranked(op.shape(2 * n + i), 1) for i in range(n)]
    total = None if None in counts else sum(counts)
    rank = merge_static([*widths, *shapes])._dims[0]
    return _sparse(rank, total)


@shape_function("SparseSplit")
def _(op):
    n = op.attr("num_split")
    parts = _sparse(_size(op.shape(3)))
    return tuple(part for part in parts for _ in range(n))


@shape_function("SparseSlice")
def _(op):
    _size(op.shape(0), 2)
    _size(op.shape(1))
    return _sparse(_size(op.shape(2)))


@shape_function("SparseSliceGrad")
def _(op):
    return from_dims((_size(op.shape(1), 2),))


@shape_function("SparseFillEmptyRows")
def _(op):
    count, rank = _parts(op, 0)
    _ranked(op.shape(3), 0)
    rows = _known_shape(op, 2)._dims
    return from_dims((None, rank)), from_dims((None,)), from_dims((rows[0] if rows else None,)), from_dims((count,))


@shape_function("RaggedFillEmptyRows")
def _(op):
    rowids, values = _ranked(op.shape(0), 1), _ranked(op.shape(1), 1)
    for i in (2, 3):
        _ranked(op.shape(i), 0)
    rows = op.static(2)
    return (
        from_dims((None,)),
        from_dims((None,)),
        from_dims((None if rows is None else int(rows),)),
        rowids.merge_with(values),
    )


@shape_function("SparseFillEmptyRowsGrad", "RaggedFillEmptyRowsGrad")
def _(op):
    return _ranked(op.shape(0), 1), SCALAR


@shape_function("SparseAdd")
def _(op):
    return _sparse(_size(op.shape(2)))


@shape_function("SparseAddGrad")
def _(op):
    return from_dims((_size(op.shape(1), 2),)), from_dims((_size(op.shape(2), 2),))


@shape_function("SparseSparseMaximum", "SparseSparseMinimum")
def _(op):
    return from_dims((None, None)), from_dims((None,))


@shape_function("SparseTensorDenseAdd")
def _(op):
    return op.shape(3)


@shape_function("SparseDenseCwiseAdd", "SparseDenseCwiseMul", "SparseDenseCwiseDiv")
def _(op):
    return from_dims((_size(op.shape(0), 2),))


@shape_function("SparseReduceSum", "SparseReduceMax")
def _(op):
    shape = _known_shape(op, 2)
    axes = op.static(3)
    if op.static(2) is None:
        return UNKNOWN
    if axes is not None and any(not -shape.rank <= axis < shape.rank for axis in axes.ravel().tolist()):
        return UNKNOWN  # refused when it runs
    return reduced_static(shape, axes, op.attr("keep_dims"))


@shape_function("SparseReduceSumSparse", "SparseReduceMaxSparse")
def _(op):
    return UNKNOWN, UNKNOWN, UNKNOWN


@shape_function("SparseSoftmax")
def _(op):
    count, _ = _parts(op, 0)
    return from_dims((count,))


@shape_function("SparseToDense")
def _(op):
    return _known_shape(op, 1)


@shape_function("SparseTensorDenseMatMul")
def _(op):
    a, b = _ranked(_known_shape(op, 2), 2)._dims, _ranked(op.shape(3), 2)._dims
    rows, inner = a[::-1] if op.attr("adjoint_a") else a
    other, columns = b[::-1] if op.attr("adjoint_b") else b
    if None not in (inner, other) and inner != other:
        raise invalid(f"Dimensions must be equal, but are {inner} and {other}")
    return from_dims((rows, columns))


@shape_function("SparseMatMul")
def _(op):
    a, b = _ranked(op.shape(0), 2)._dims, _ranked(op.shape(1), 2)._dims
    rows, inner = a[::-1] if op.attr("transpose_a") else a
    other, columns = b[::-1] if op.attr("transpose_b") else b
    if None not in (inner, other) and inner != other:
        raise invalid(f"Dimensions must be equal, but are {inner} and {other}")
    return from_dims((rows, columns))


# Segments --------------------------------------------------------------------------------------------------


def _rows_of(op: Any, count: int | None) -> TensorShape:
    """`count` rows of the first input; its indices and ids are vectors of one length."""
    merge_static([_ranked(op.shape(1), 1), _ranked(op.shape(2), 1)])
    dims = op.shape(0)._dims
    if dims is None:
        return UNKNOWN
    if not dims:
        raise invalid("Shape must be at least rank 1 but is rank 0")
    return from_dims((count, *dims[1:]))


def _given_count(op: Any, i: int) -> int | None:
    value = op.static(i)
    if value is None:
        _ranked(op.shape(i), 0)
        return None
    if value.ndim:
        raise invalid(f"Shape must be rank 0 but is rank {value.ndim}")
    if value < 0:
        raise invalid(f"Cannot specify a negative value for num_segments: {int(value)}")
    return int(value)


for _kind in ("Sum", "Mean", "SqrtN"):

    @shape_function(f"SparseSegment{_kind}")
    def _(op):
        return _rows_of(op, None)

    @shape_function(f"SparseSegment{_kind}WithNumSegments", f"SparseSegment{_kind}Grad")
    def _(op):
        return _rows_of(op, _given_count(op, 3))

    @shape_function(f"SparseSegment{_kind}GradV2")
    def _(op):
        return _rows_of(op, None), from_dims((None,))


# Counts, crosses, sets -------------------------------------------------------------------------------------


@shape_function("SparseBincount")
def _(op):
    shape, rank, size = op.static(2), _size(op.shape(2)), op.static(3)
    if shape is None:
        return UNKNOWN
    count = None if size is None else int(size.reshape(-1)[0])
    return from_dims((count,) if rank == 1 else (_known_shape(op, 2)._dims[0], count))


@shape_function("RaggedBincount")
def _(op):
    size = op.static(2)
    return from_dims((None, None if size is None else int(size.reshape(-1)[0])))


@shape_function("DenseCountSparseOutput")
def _(op):
    if op.shape(1).num_elements():  # none stand for no weights
        merge_static([op.shape(0), op.shape(1)])
    return _sparse(op.shape(0).rank)


@shape_function("SparseCountSparseOutput")
def _(op):
    return _sparse(_size(op.shape(2)))


@shape_function("RaggedCountSparseOutput")
def _(op):
    return _sparse(2)


@shape_function("SparseCross", "SparseCrossV2", "SparseCrossHashed")
def _(op):
    return _sparse(2)


@shape_function("DenseToDenseSetOperation")
def _(op):
    first, second = op.shape(0), op.shape(1)
    if None not in (first.rank, second.rank):
        if first.rank != second.rank:
            raise invalid(f"Ranks do not match: {first.rank} and {second.rank}")
        if first.rank < 2:
            raise invalid(f"Input must have at least rank 2, got {first.rank}")
        merge_static([first[:-1], second[:-1]])
    return _sparse(first.rank if second.rank is None else second.rank)


@shape_function("DenseToSparseSetOperation")
def _(op):
    _parts(op, 1)
    rank = op.shape(0).rank
    if rank is not None and rank < 2:
        raise invalid(f"Input 0 must have at least rank 2, got {rank}")
    return _sparse(_size(op.shape(3)) if rank is None else rank)


@shape_function("SparseToSparseSetOperation")
def _(op):
    _parts(op, 0)
    _parts(op, 3)
    rank = merge_static([_ranked(op.shape(2), 1), _ranked(op.shape(5), 1)])._dims[0]
    if rank is not None and rank < 2:
        raise invalid(f"Input must have at least rank 2, got {rank}")
    return _sparse(rank)


@shape_function("SetSize")
def _(op):
    return UNKNOWN


@shape_function("EditDistance")
def _(op):
    first, second = op.static(2), op.static(5)
    if first is None or second is None:
        return UNKNOWN
    if first.shape != second.shape:
        raise invalid(f"Shapes must have as many dimensions: {shape_text(first)} and {shape_text(second)}")
    return from_dims(tuple(max(a, b) for a, b in zip(first.tolist()[:-1], second.tolist()[:-1], strict=True)))


def _serialized(op: Any, *dims: int | None) -> TensorShape:
    for i, rank in enumerate((2, 1, 1)):
        _ranked(op.shape(i), rank)
    return from_dims(dims)


def _deserialized(shape: TensorShape) -> tuple[TensorShape, TensorShape, TensorShape]:
    if shape.rank == 0:
        raise invalid("Shape must be at least rank 1 but is rank 0")
    if shape.rank and shape[-1] not in (None, 3):
        raise invalid(f"Dimension must be 3 but is {shape[-1]}")
    return _sparse(None)


@shape_function("SerializeSparse")
def _(op):
    return _serialized(op, 3)


@shape_function("SerializeManySparse")
def _(op):
    return _serialized(op, None, 3)


@shape_function("DeserializeSparse")
def _(op):
    return _deserialized(op.shape(0))


@shape_function("DeserializeManySparse")
def _(op):
    return _deserialized(_ranked(op.shape(0), 2))
