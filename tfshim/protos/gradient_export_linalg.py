"""How gradients of linear algebra are exported: decompositions, solutions of systems, sums over indices."""

from __future__ import annotations

from typing import Any

from tfshim.convert import convert_to_tensor
from tfshim.errors import UnimplementedError
from tfshim.ops import op
from tfshim.protos.gradient_export import Gradient, rule
from tfshim.protos.gradient_export_arrays import all_cotangents
from tfshim.protos.gradient_export_math import conjugated, number, sum_batch, unbroadcast


def _product(a: Any, b: Any, adj_x: bool = False, adj_y: bool = False) -> Any:
    return op("BatchMatMulV2")(a, b, adj_x=adj_x, adj_y=adj_y)


def _adjoint(x: Any) -> Any:
    rank = op("Rank")(x)
    order = op("ConcatV2")([op("Range")(0, rank - 2, 1), op("Pack")([rank - 1, rank - 2])], 0)
    return op("ConjugateTranspose" if x.dtype.is_complex else "Transpose")(x, order)


def _band(x: Any, lower: int, upper: int) -> Any:
    return op("MatrixBandPart")(x, convert_to_tensor(lower), convert_to_tensor(upper))


def _half_lower(x: Any) -> Any:
    """The lower triangle with half the diagonal."""
    halves = op("Mul")(number(0.5, x), op("MatrixDiagPart")(x))
    return _band(op("MatrixSetDiag")(x, halves), -1, 0)


@rule("Cholesky")
def _cholesky(g: Gradient) -> list[Any]:
    middle = _half_lower(_product(g.y, g.dy, adj_x=True))
    eye = op("MatrixDiag")(op("OnesLike")(op("MatrixDiagPart")(g.y)))
    inverse = op("MatrixTriangularSolve")(g.y, eye, lower=True)
    gradient = _product(_product(inverse, middle, adj_x=True), inverse)
    return [op("Mul")(number(0.5, g.dy), op("AddV2")(gradient, _adjoint(gradient)))]


@rule("MatrixInverse")
def _inverse(g: Gradient) -> list[Any]:
    if g.attr("adjoint"):
        return [op("Neg")(_product(_product(g.y, g.dy, adj_y=True), g.y))]
    return [op("Neg")(_product(g.y, _product(g.dy, g.y, adj_y=True), adj_x=True))]


@rule("MatrixSolve")
def _solve(g: Gradient) -> list[Any]:
    matrix, _ = g.inputs
    adjoint = g.attr("adjoint")
    of_rhs = op("MatrixSolve")(matrix, g.dy, adjoint=not adjoint)
    pair = (g.y, of_rhs) if adjoint else (of_rhs, g.y)
    return [op("Neg")(_product(*pair, adj_y=True)), of_rhs]


@rule("MatrixTriangularSolve")
def _triangular_solve(g: Gradient) -> list[Any]:
    matrix, rhs = g.inputs
    adjoint, lower = g.attr("adjoint"), g.attr("lower")
    of_rhs = op("MatrixTriangularSolve")(matrix, g.dy, lower=lower, adjoint=not adjoint)
    pair = (g.y, of_rhs) if adjoint else (of_rhs, g.y)
    of_matrix = op("Neg")(_product(*pair, adj_y=True))
    of_matrix = _band(of_matrix, -1, 0) if lower else _band(of_matrix, 0, -1)
    return [sum_batch(of_matrix, matrix), sum_batch(of_rhs, rhs)]


def _inverse_gaps(values: Any) -> Any:
    """1 / (x[j] - x[i]) for each pair, 0 where they are equal."""
    gaps = op("Sub")(op("ExpandDims")(values, -2), op("ExpandDims")(values, -1))
    return op("DivNoNan")(op("OnesLike")(gaps), gaps)


@rule("SelfAdjointEigV2")
def _eigen(g: Gradient) -> list[Any]:
    values, vectors = g.outputs
    of_values, of_vectors = all_cotangents(g)
    inner = op("MatrixDiag")(of_values)
    if not g.attr("compute_v"):
        values, vectors = op("SelfAdjointEigV2")(g.inputs[0], compute_v=True)
    elif len(g.cotangents) > 1:
        turned = _product(vectors, of_vectors, adj_x=True)
        inner = op("AddV2")(inner, op("Mul")(_inverse_gaps(values), turned))
    whole = _product(vectors, _product(inner, vectors, adj_y=True))
    # Only the lower triangle of the matrix is read.
    return [_half_lower(op("AddV2")(whole, _adjoint(whole)))]


@rule("Qr")
def _qr(g: Gradient) -> list[Any]:
    q, r = g.outputs
    of_q, of_r = all_cotangents(g)
    rows, columns = g.inputs[0].shape[-2], g.inputs[0].shape[-1]
    if rows is None or columns is None or (g.attr("full_matrices") and rows != columns):
        raise UnimplementedError(
            None, None, "the gradient of Qr can be exported only for matrices of known size, without full_matrices"
        )
    if rows >= columns:
        return [_of_tall(q, r, of_q, of_r)]
    # The first columns are decomposed; the others only follow.
    rest, of_rest = g.inputs[0][..., rows:], of_r[..., rows:]
    of_q = op("AddV2")(of_q, _product(rest, of_rest, adj_y=True))
    of_first = _of_tall(q, r[..., :rows], of_q, of_r[..., :rows])
    return [op("ConcatV2")([of_first, _product(q, of_rest)], -1)]


def _of_tall(q: Any, r: Any, of_q: Any, of_r: Any) -> Any:
    def solve(x: Any) -> Any:
        return _adjoint(op("MatrixTriangularSolve")(r, _adjoint(x), lower=False, adjoint=False))

    inner = _product(q, of_q, adj_x=True)
    outer = _product(r, of_r, adj_y=True)
    skew = op("AddV2")(op("Sub")(inner, _adjoint(inner)), op("Sub")(outer, _adjoint(outer)))
    first = _product(q, op("AddV2")(of_r, solve(_band(skew, -1, 0))))
    whole = op("AddV2")(first, solve(op("Sub")(of_q, _product(q, inner))))
    if not q.dtype.is_complex:
        return whole
    # The diagonal of r is real: what would turn its phases does not count.
    phases = op("MatrixDiagPart")(op("Sub")(outer, _adjoint(inner)))
    turn = op("MatrixDiag")(op("Mul")(number(0.5, q), op("Sub")(phases, op("Conj")(phases))))
    return op("AddV2")(whole, solve(_product(q, turn, adj_y=True)))


@rule("Svd")
def _svd(g: Gradient) -> list[Any]:
    matrix = g.inputs[0]
    if not g.attr("compute_uv"):
        _, u, v = op("Svd")(matrix, compute_uv=True, full_matrices=False)
        return [_product(u, _product(op("MatrixDiag")(op("Cast")(g.dy, DstT=u.dtype)), v, adj_y=True))]
    rows, columns = matrix.shape[-2], matrix.shape[-1]
    if rows is None or columns is None or (g.attr("full_matrices") and rows != columns):
        raise UnimplementedError(
            None, None, "the gradient of Svd can be exported only for matrices of known size, without full_matrices"
        )
    s, u, v = g.outputs
    of_s, of_u, of_v = all_cotangents(g)
    s, of_s = (op("Cast")(x, DstT=u.dtype) for x in (s, of_s))
    if rows > columns:
        return [_adjoint(_of_wide(s, v, u, of_s, of_v, of_u, False))]
    return [_of_wide(s, u, v, of_s, of_u, of_v, rows == columns)]


def _of_wide(s: Any, u: Any, v: Any, of_s: Any, of_u: Any, of_v: Any, square: bool) -> Any:
    """The gradient for a matrix with no more rows than columns."""
    gaps = _inverse_gaps(op("Square")(s))
    values = op("MatrixDiag")(s)
    turn_u, turn_v = (op("Mul")(gaps, _product(x, d, adj_x=True)) for x, d in ((u, of_u), (v, of_v)))
    inner = op("AddV2")(
        op("AddV2")(op("MatrixDiag")(of_s), _product(op("AddV2")(turn_u, _adjoint(turn_u)), values)),
        _product(values, op("AddV2")(turn_v, _adjoint(turn_v))),
    )
    if u.dtype.is_complex:
        # The phases of the vectors are not determined: what would turn them does not count.
        phases = op("MatrixDiagPart")(_product(v, of_v, adj_x=True))
        turn = op("RealDiv")(op("Sub")(op("Conj")(phases), phases), op("Mul")(number(2, s), s))
        inner = op("AddV2")(inner, op("MatrixDiag")(turn))
    whole = _product(u, _product(inner, v, adj_y=True))
    if square:
        return whole
    # What of the cotangent of v is outside the space that v spans.
    flat = _adjoint(of_v)
    outside = op("Sub")(flat, _product(_product(flat, v), v, adj_y=True))
    scaled = _product(op("MatrixDiag")(op("Reciprocal")(s)), outside)
    return op("AddV2")(whole, _product(u, scaled))


# Parts of matrices ------------------------------------------------------------------------------------------------


@rule("MatrixBandPart")
def _band_part(g: Gradient) -> list[Any]:
    return [op("MatrixBandPart")(g.dy, *g.inputs[1:]), None, None]


@rule("MatrixDiag")
def _diag(g: Gradient) -> list[Any]:
    return [op("MatrixDiagPart")(g.dy)]


@rule("MatrixDiagV3")
def _diag_v3(g: Gradient) -> list[Any]:
    zero = number(0, g.dy)
    part = op("MatrixDiagPartV3")(g.dy, g.inputs[1], zero, align=g.attr("align"))
    return [part, *[None] * (len(g.inputs) - 1)]


@rule("MatrixDiagPart")
def _diag_part(g: Gradient) -> list[Any]:
    return [op("MatrixSetDiag")(op("ZerosLike")(g.inputs[0]), g.dy)]


@rule("MatrixDiagPartV3")
def _diag_part_v3(g: Gradient) -> list[Any]:
    zeros = op("ZerosLike")(g.inputs[0])
    return [op("MatrixSetDiagV3")(zeros, g.dy, g.inputs[1], align=g.attr("align")), None, None]


@rule("MatrixSetDiag")
def _set_diag(g: Gradient) -> list[Any]:
    rest = op("MatrixSetDiag")(g.dy, op("ZerosLike")(g.inputs[1]))
    return [rest, op("MatrixDiagPart")(g.dy)]


@rule("MatrixSetDiagV3")
def _set_diag_v3(g: Gradient) -> list[Any]:
    _, diagonal, k = g.inputs
    align = g.attr("align")
    rest = op("MatrixSetDiagV3")(g.dy, op("ZerosLike")(diagonal), k, align=align)
    return [rest, op("MatrixDiagPartV3")(g.dy, k, number(0, g.dy), align=align), None]


@rule("ConjugateTranspose")
def _conjugate_transpose(g: Gradient) -> list[Any]:
    return [op("ConjugateTranspose")(g.dy, op("InvertPermutation")(g.inputs[1])), None]


# Einsum -----------------------------------------------------------------------------------------------------------


@rule("Einsum")
def _einsum(g: Gradient) -> list[Any]:
    left, result = g.attr("equation").replace(" ", "").split("->")
    terms = left.split(",")
    return [_einsum_gradient(g, terms, result, i) if i in g.wanted else None for i in range(len(terms))]


def _einsum_gradient(g: Gradient, terms: list[str], result: str, position: int) -> Any:
    own, x = terms[position], g.inputs[position]
    others = [(t, v) for i, (t, v) in enumerate(zip(terms, g.inputs, strict=True)) if i != position]
    known = set(result).union(*(t for t, _ in others))
    kept = "".join(c for c in own if c in known or c == ".")
    # Where the result has batch dimensions that the operand lacks, they come first and are summed.
    target = kept if "..." in kept or "..." not in result else f"...{kept}"
    equation = ",".join([result, *(t for t, _ in others)]) + f"->{target}"
    gradient = op("Einsum")([g.dy, *(conjugated(v) for _, v in others)], equation=equation)
    if set(own) <= known | {"."}:
        return unbroadcast(gradient, x) if target.startswith("...") else gradient
    # It is the same along the labels that were summed away.
    summed = "".join(dict.fromkeys(c for c in own if c not in known and c != "."))
    if "..." in own:
        raise UnimplementedError(
            None, None, f"the gradient of Einsum cannot be exported for an operand {own!r} of which labels are summed"
        )
    ones = op("Fill")(op("Pack")([op("Shape")(x)[own.index(c)] for c in summed]), number(1, gradient))
    return op("Einsum")([gradient, ones], equation=f"{kept},{summed}->{own}")
