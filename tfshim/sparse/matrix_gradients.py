"""Gradients of the ops on sparse matrices: gradients of matrices are matrices with values in the same places."""

from __future__ import annotations

from typing import Any

from tfshim.backprop import gradient_rule
from tfshim.ops import op

_indices = op("CSRSparseMatrixToSparseTensor")
_to_dense = op("CSRSparseMatrixToDense")


def _at_places_of(matrices: Any, dense: Any) -> Any:
    """Matrices with the values of `dense` in the places where `matrices` have theirs."""
    return op("DenseToCSRSparseMatrix")(dense, _indices(matrices, type=dense.dtype)[0])


@gradient_rule("DenseToCSRSparseMatrix")
def _(record, cotangents, wanted):
    return [_to_dense(cotangents[0], type=record.inputs[0].dtype), None]


@gradient_rule("CSRSparseMatrixToDense")
def _(record, cotangents, wanted):
    return [_at_places_of(record.inputs[0], cotangents[0])]


@gradient_rule("SparseTensorToCSRSparseMatrix")
def _(record, cotangents, wanted):
    return [None, _indices(cotangents[0], type=record.inputs[1].dtype)[1], None]


@gradient_rule("CSRSparseMatrixToSparseTensor")
def _(record, cotangents, wanted):
    if cotangents[1] is None:
        return [None]
    return [op("SparseTensorToCSRSparseMatrix")(record.outputs[0], cotangents[1], record.outputs[2])]


@gradient_rule("SparseMatrixTranspose")
def _(record, cotangents, wanted):
    conjugate, dtype = (record.computation.attr(name) for name in ("conjugate", "type"))
    return [op("SparseMatrixTranspose")(cotangents[0], conjugate=conjugate, type=dtype)]


@gradient_rule("SparseMatrixAdd")
def _(record, cotangents, wanted):
    a, b, alpha, beta = record.inputs
    whole = _to_dense(cotangents[0], type=alpha.dtype)
    return [*(op("SparseMatrixMul")(_at_places_of(m, whole), by) for m, by in ((a, alpha), (b, beta))), None, None]


@gradient_rule("SparseMatrixMul")
def _(record, cotangents, wanted):
    raise NotImplementedError("Gradient for SparseMatrixMul is not implemented.")


@gradient_rule("SparseMatrixSoftmax")
def _(record, cotangents, wanted):
    return [op("SparseMatrixSoftmaxGrad")(record.outputs[0], cotangents[0], type=record.computation.attr("type"))]


# Products of X and Y, where X is `a` or its transpose or adjoint, Y likewise of `b`: the gradient of X is that of the
# product times the adjoint of Y, that of Y is the adjoint of X times it.


def _turn(record: Any, side: str) -> str:
    """How an operand is turned before it is multiplied: "transpose", "adjoint", or "" for not at all."""
    return next((way for way in ("transpose", "adjoint") if record.computation.attr(f"{way}_{side}")), "")


def _conj(x: Any) -> Any:
    return op("Conj")(x) if x.dtype.is_complex else x


def _turned(x: Any, way: str) -> Any:
    """A dense batch of matrices, turned."""
    if not way:
        return x
    rank = x.shape.rank
    flipped = op("Transpose")(x, [*range(rank - 2), rank - 1, rank - 2])
    return _conj(flipped) if way == "adjoint" else flipped


@gradient_rule("SparseMatrixMatMul")
def _(record, cotangents, wanted):
    a, b = record.inputs
    way_a, way_b = _turn(record, "a"), _turn(record, "b")
    flipped, conjugated = (record.computation.attr(f"{name}_output") for name in ("transpose", "conjugate"))
    grad = _turned(_conj(cotangents[0]) if conjugated else cotangents[0], "transpose" if flipped else "")

    indices, _, shape = _indices(a, type=b.dtype)
    *batch, rows, columns = op("Unpack")(indices, num=b.shape.rank, axis=1)
    if way_a:
        rows, columns = columns, rows
    left = op("GatherNd")(grad, op("Pack")([*batch, rows], axis=1))
    right = op("GatherNd")(_turned(b, way_b), op("Pack")([*batch, columns], axis=1))
    values = op("Sum")(left * _conj(right), [1])
    of_a = op("SparseTensorToCSRSparseMatrix")(indices, _conj(values) if way_a == "adjoint" else values, shape)

    product = op("SparseMatrixMatMul")
    if way_a == "transpose":
        of_y = product(a, _conj(grad), conjugate_output=True)
    else:
        of_y = product(a, grad, adjoint_a=not way_a)
    return [of_a, _turned(of_y, way_b)]


def _adjoint_flags(matrices: Any, way: str, side: str, dtype: Any) -> tuple[Any, dict[str, bool]]:
    """The adjoint of a turned operand, as an operand and the flag that turns it."""
    if way == "adjoint":
        return matrices, {}
    if not way:
        return matrices, {f"adjoint_{side}": True}
    return op("SparseMatrixTranspose")(matrices, conjugate=True, type=dtype), {f"transpose_{side}": True}


@gradient_rule("SparseMatrixSparseMatMul")
def _(record, cotangents, wanted):
    (a, b), dtype = record.inputs, record.computation.attr("type")
    way_a, way_b = _turn(record, "a"), _turn(record, "b")
    x, flags_x = _adjoint_flags(a, way_a, "a", dtype)
    y, flags_y = _adjoint_flags(b, way_b, "b", dtype)
    product = op("SparseMatrixSparseMatMul")
    of_x = product(cotangents[0], y, type=dtype, **flags_y)
    of_y = product(x, cotangents[0], type=dtype, **flags_x)
    results = []
    for operand, way, found in ((a, way_a, of_x), (b, way_b, of_y)):
        if way:
            found = op("SparseMatrixTranspose")(found, conjugate=way == "adjoint", type=dtype)
        # The product may have values where the operand has none.
        results.append(_at_places_of(operand, _to_dense(found, type=dtype)))
    return results
