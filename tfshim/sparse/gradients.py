"""Gradients of the ops on sparse tensors that are more than the vjp of their kernel.

Kernels that run on the host have no vjp, and gradients of values go to the places that the values came from.
"""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.backprop import gradient_rule
from tfshim.indexed_slices import IndexedSlices, dense
from tfshim.ops import op

_gather = op("GatherV2")


@gradient_rule("SparseReorder")
def _(record, cotangents, wanted):
    """The cotangent in the order of the input: the reordering of the positions, inverted."""
    indices, values, shape = record.inputs
    if cotangents[1] is None:
        return [None, None, None]
    positions = op("Range")(0, op("Size")(values), 1)
    _, order = op("SparseReorder")(indices, positions, shape)
    return [None, _gather(dense(cotangents[1]), op("InvertPermutation")(order), 0), None]


@gradient_rule("SparseAdd")
def _(record, cotangents, wanted):
    if cotangents[1] is None:
        return [None] * 7
    a_indices, _, _, b_indices, *_ = record.inputs
    grads = op("SparseAddGrad")(dense(cotangents[1]), a_indices, b_indices, record.outputs[0])
    return [None, grads[0], None, None, grads[1], None, None]


@gradient_rule("SparseSlice")
def _(record, cotangents, wanted):
    indices, _, _, start, _ = record.inputs
    if cotangents[1] is None:
        return [None] * 5
    grad = op("SparseSliceGrad")(dense(cotangents[1]), indices, start, record.outputs[0])
    return [None, grad, None, None, None]


@gradient_rule("SparseFillEmptyRows")
def _(record, cotangents, wanted):
    if cotangents[1] is None:
        return [None] * 4
    values, default = op("SparseFillEmptyRowsGrad")(record.outputs[3], dense(cotangents[1]))
    return [None, values, None, default]


@gradient_rule("RaggedFillEmptyRows")
def _(record, cotangents, wanted):
    if cotangents[1] is None:
        return [None] * 4
    values, default = op("RaggedFillEmptyRowsGrad")(record.outputs[3], dense(cotangents[1]))
    return [None, values, None, default]


def _refused(record, cotangents, wanted):
    raise NotImplementedError(f"Gradient for {record.computation.name} is not implemented.")


gradient_rule("SparseSparseMaximum", "SparseSparseMinimum", "SparseDenseCwiseAdd")(_refused)


# Segments --------------------------------------------------------------------------------------------------


def _segment_gradient(kind: str, record: Any, cotangent: Any) -> Any:
    data, indices, segment_ids = record.inputs[:3]
    rows = op("Shape")(data)[0]
    if not record.computation.attr("sparse_gradient"):
        return op(f"SparseSegment{kind}Grad")(cotangent, indices, segment_ids, rows)
    values, places = op(f"SparseSegment{kind}GradV2")(cotangent, indices, segment_ids, rows)
    return IndexedSlices(values, places, op("Shape")(data, out_type=dtypes.int32))


def _declare(kind: str) -> None:
    @gradient_rule(f"SparseSegment{kind}", f"SparseSegment{kind}WithNumSegments")
    def rule(record, cotangents, wanted):
        gradient = _segment_gradient(kind, record, dense(cotangents[0]))
        return [gradient] + [None] * (len(record.inputs) - 1)


for _kind in ("Sum", "Mean", "SqrtN"):
    _declare(_kind)


# Products --------------------------------------------------------------------------------------------------


@gradient_rule("SparseTensorDenseMatMul")
def _(record, cotangents, wanted):
    """Of the values, products at their places alone; of the dense matrix, another such product."""
    indices, values, shape, b = record.inputs
    cotangent = dense(cotangents[0])
    flip_a, flip_b = (record.computation.attr(name) for name in ("adjoint_a", "adjoint_b"))
    of_b = op("SparseTensorDenseMatMul")(indices, values, shape, cotangent, adjoint_a=not flip_a)
    of_b = _adjoint(of_b) if flip_b else of_b
    rows, columns = op("Unpack")(indices, num=2, axis=1)
    if flip_a:
        rows, columns = columns, rows
    left, right = _gather(cotangent, rows, 0), _gather(_adjoint(b) if flip_b else b, columns, 0)
    if b.dtype.is_complex:
        left, right = (op("Conj")(left), right) if flip_a else (left, op("Conj")(right))
    return [None, op("Sum")(left * right, [1]), None, of_b]


def _adjoint(matrix: Any) -> Any:
    return op("ConjugateTranspose")(matrix, [1, 0]) if matrix.dtype.is_complex else op("Transpose")(matrix, [1, 0])
