"""How gradients of arithmetic are exported: elementwise ops, products of matrices, reductions, casts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim.convert import convert_to_tensor
from tfshim.ops import op
from tfshim.protos.gradient_export import Gradient, rule


def conjugated(x: Any) -> Any:
    """The conjugate of a complex tensor; others are their own."""
    return op("Conj")(x) if x.dtype.is_complex else x


def number(value: Any, like: Any) -> Any:
    """A constant in the dtype of a tensor."""
    return convert_to_tensor(value, dtype=like.dtype)


def times(x: Any, y: Any) -> Any:
    """x · conj(y), as in products of a cotangent with a derivative."""
    return op("Mul")(x, conjugated(y))


def unbroadcast(gradient: Any, x: Any) -> Any:
    """A gradient in the shape to which `x` was broadcast, summed to the shape of `x`."""
    dims = x.shape._dims
    if dims is not None and None not in dims and dims == gradient.shape._dims:
        return gradient
    shape = op("Shape")(x)
    axes, _ = op("BroadcastGradientArgs")(shape, op("Shape")(gradient))
    return op("Reshape")(op("Sum")(gradient, axes), shape)


# Of one argument: the derivative, by which the cotangent is multiplied -------------------------------------

_ROOT = 2.0 / np.sqrt(np.pi)

_DERIVATIVES: dict[str, Callable[[Gradient], Any]] = {
    "Exp": lambda g: g.y,
    "Expm1": lambda g: op("Exp")(g.inputs[0]),
    "Log": lambda g: op("Reciprocal")(g.inputs[0]),
    "Log1p": lambda g: op("Reciprocal")(op("AddV2")(number(1, g.dy), g.inputs[0])),
    "Square": lambda g: op("Mul")(number(2, g.dy), g.inputs[0]),
    "Abs": lambda g: op("Sign")(g.inputs[0]),
    "Sin": lambda g: op("Cos")(g.inputs[0]),
    "Cos": lambda g: op("Neg")(op("Sin")(g.inputs[0])),
    "Tan": lambda g: op("Square")(op("Reciprocal")(op("Cos")(g.inputs[0]))),
    "Sinh": lambda g: op("Cosh")(g.inputs[0]),
    "Cosh": lambda g: op("Sinh")(g.inputs[0]),
    "Asin": lambda g: op("Rsqrt")(op("Sub")(number(1, g.dy), op("Square")(g.inputs[0]))),
    "Acos": lambda g: op("Neg")(op("Rsqrt")(op("Sub")(number(1, g.dy), op("Square")(g.inputs[0])))),
    "Atan": lambda g: op("Reciprocal")(op("AddV2")(number(1, g.dy), op("Square")(g.inputs[0]))),
    "Erf": lambda g: op("Mul")(number(_ROOT, g.dy), op("Exp")(op("Neg")(op("Square")(g.inputs[0])))),
    "Erfc": lambda g: op("Mul")(number(-_ROOT, g.dy), op("Exp")(op("Neg")(op("Square")(g.inputs[0])))),
    "Acosh": lambda g: op("Reciprocal")(op("Sinh")(g.y)),
    "Asinh": lambda g: op("Reciprocal")(op("Cosh")(g.y)),
    "Atanh": lambda g: op("Reciprocal")(op("Sub")(number(1, g.dy), op("Square")(g.inputs[0]))),
    "Lgamma": lambda g: op("Digamma")(g.inputs[0]),
}


def _export_derivative(name: str, derivative: Callable[[Gradient], Any]) -> None:
    rule(name)(lambda g: [times(g.dy, derivative(g))])


for _name, _derivative in _DERIVATIVES.items():
    _export_derivative(_name, _derivative)


# Of one argument: an op of TensorFlow, of the output and the cotangent, or of the cotangent and the input --

for _name, _gradient in (
    *(("Sqrt", "SqrtGrad"), ("Rsqrt", "RsqrtGrad"), ("Tanh", "TanhGrad"), ("Sigmoid", "SigmoidGrad")),
    *(("Reciprocal", "ReciprocalGrad"), ("Inv", "InvGrad")),
):
    rule(_name)(lambda g, _gradient=_gradient: [op(_gradient)(g.y, g.dy)])  # type: ignore[misc]


# Of these gradient ops in turn: what the cotangent is multiplied with for the output `y`. The op is linear in the other
# argument `dy`, so that it is its own gradient there.
_OF_GRADIENTS: dict[str, Callable[[Any, Any], Any]] = {
    "TanhGrad": lambda y, dy: op("Mul")(op("Mul")(number(-2, dy), dy), y),
    "SigmoidGrad": lambda y, dy: op("Mul")(dy, op("Sub")(number(1, dy), op("Mul")(number(2, dy), y))),
    "SqrtGrad": lambda y, dy: op("RealDiv")(op("Mul")(number(-0.5, dy), dy), op("Square")(y)),
    "RsqrtGrad": lambda y, dy: op("Mul")(op("Mul")(number(-1.5, dy), dy), op("Square")(y)),
    **dict.fromkeys(("ReciprocalGrad", "InvGrad"), lambda y, dy: op("Mul")(op("Mul")(number(-2, dy), dy), y)),
}


def _export_of_gradient(name: str, factor: Callable[[Any, Any], Any]) -> None:
    @rule(name)
    def gradients(g: Gradient) -> list[Any]:
        y, dy = g.inputs
        first = times(g.dy, factor(y, dy)) if 0 in g.wanted else None
        return [first, op(name)(y, g.dy) if 1 in g.wanted else None]


for _name, _factor in _OF_GRADIENTS.items():
    _export_of_gradient(_name, _factor)


@rule("Neg")
def _neg(g: Gradient) -> list[Any]:
    return [op("Neg")(g.dy)]


@rule("Identity", "Snapshot", "PlaceholderWithDefault")
def _identity(g: Gradient) -> list[Any]:
    return [g.dy]


@rule("AddN")
def _add_n(g: Gradient) -> list[Any]:
    return [g.dy] * len(g.inputs)


@rule("Cast")
def _cast(g: Gradient) -> list[Any]:
    return [op("Cast")(g.dy, DstT=g.inputs[0].dtype)]


@rule("Conj")
def _conj(g: Gradient) -> list[Any]:
    return [op("Conj")(g.dy)]


@rule("L2Loss")
def _l2_loss(g: Gradient) -> list[Any]:
    return [op("Mul")(g.inputs[0], g.dy)]


# Of two arguments that are broadcast -----------------------------------------------------------------------

# The gradient for each argument, before it is summed to the argument's shape.
_Pair = tuple[Callable[[Any, Any, Any, Any], Any], Callable[[Any, Any, Any, Any], Any]]


def _where(condition: str, flipped: bool) -> Callable[[Any, Any, Any, Any], Any]:
    def gradient(dy: Any, x: Any, y: Any, z: Any) -> Any:
        holds = op(condition)(x, y)
        zeros = op("ZerosLike")(dy)
        return op("SelectV2")(holds, *((zeros, dy) if flipped else (dy, zeros)))

    return gradient


def _log_or_zero(x: Any) -> Any:
    positive = op("Greater")(x, number(0, x))
    return op("SelectV2")(positive, op("Log")(op("SelectV2")(positive, x, op("OnesLike")(x))), op("ZerosLike")(x))


_BINARY: dict[str, _Pair] = {
    **dict.fromkeys(("Add", "AddV2"), (lambda dy, x, y, z: dy, lambda dy, x, y, z: dy)),
    "Sub": (lambda dy, x, y, z: dy, lambda dy, x, y, z: op("Neg")(dy)),
    "Mul": (lambda dy, x, y, z: times(dy, y), lambda dy, x, y, z: times(dy, x)),
    **dict.fromkeys(
        ("RealDiv", "Div"),
        (
            lambda dy, x, y, z: op("RealDiv")(dy, conjugated(y)),
            lambda dy, x, y, z: times(dy, op("RealDiv")(op("RealDiv")(op("Neg")(x), y), y)),
        ),
    ),
    "DivNoNan": (
        lambda dy, x, y, z: op("DivNoNan")(dy, conjugated(y)),
        lambda dy, x, y, z: times(dy, op("DivNoNan")(op("DivNoNan")(op("Neg")(x), y), y)),
    ),
    "Maximum": (_where("GreaterEqual", False), _where("GreaterEqual", True)),
    "Minimum": (_where("LessEqual", False), _where("LessEqual", True)),
    "SquaredDifference": (
        lambda dy, x, y, z: op("Mul")(op("Mul")(number(2, dy), dy), op("Sub")(x, y)),
        lambda dy, x, y, z: op("Mul")(op("Mul")(number(-2, dy), dy), op("Sub")(x, y)),
    ),
    "Pow": (
        lambda dy, x, y, z: times(dy, op("Mul")(y, op("Pow")(x, op("Sub")(y, number(1, y))))),
        lambda dy, x, y, z: times(dy, op("Mul")(z, _log_or_zero(x))),
    ),
    "Atan2": (
        lambda dy, x, y, z: op("Mul")(dy, op("RealDiv")(y, op("AddV2")(op("Square")(x), op("Square")(y)))),
        lambda dy, x, y, z: op("Neg")(op("Mul")(dy, op("RealDiv")(x, op("AddV2")(op("Square")(x), op("Square")(y))))),
    ),
}


def _export_binary(name: str, pair: _Pair) -> None:
    @rule(name)
    def gradients(g: Gradient) -> list[Any]:
        z = g.y if name == "Pow" and 1 in g.wanted else None
        return [unbroadcast(pair[i](g.dy, *g.inputs, z), g.inputs[i]) if i in g.wanted else None for i in range(2)]


for _name, _pair in _BINARY.items():
    _export_binary(_name, _pair)


@rule("SelectV2", "Select")
def _select(g: Gradient) -> list[Any]:
    condition, x, y = g.inputs
    zeros = op("ZerosLike")(g.dy)
    first = op(g.name)(condition, g.dy, zeros) if 1 in g.wanted else None
    second = op(g.name)(condition, zeros, g.dy) if 2 in g.wanted else None
    return [None, *(None if p is None else unbroadcast(p, v) for p, v in ((first, x), (second, y)))]


# Products of matrices --------------------------------------------------------------------------------------

# By whether the arguments were transposed: for each gradient its factors (by position: 0, 1, and 2 for the cotangent)
# and whether these are transposed.
_PRODUCTS = {
    (False, False): ((2, 1, False, True), (0, 2, True, False)),
    (False, True): ((2, 1, False, False), (2, 0, True, False)),
    (True, False): ((1, 2, False, True), (0, 2, False, False)),
    (True, True): ((1, 2, True, True), (2, 0, True, True)),
}


def _product(g: Gradient, position: int, transposed: tuple[bool, bool], name: str, flags: tuple[str, str]) -> Any:
    left, right, first, second = _PRODUCTS[transposed][position]
    factors = (*g.inputs, g.dy)
    a, b = factors[left], factors[right]
    if name == "MatMul":
        # Unlike the batched op, this one transposes without conjugating.
        a, b = (conjugated(f) if f is not g.dy else f for f in (a, b))
    return op(name)(a, b, **{flags[0]: first, flags[1]: second})


@rule("MatMul")
def _mat_mul(g: Gradient) -> list[Any]:
    flags = ("transpose_a", "transpose_b")
    transposed = (g.attr(flags[0]), g.attr(flags[1]))
    return [_product(g, i, transposed, "MatMul", flags) if i in g.wanted else None for i in range(2)]


@rule("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")
def _batch_mat_mul(g: Gradient) -> list[Any]:
    flags = ("adj_x", "adj_y")
    adjoint = (g.attr(flags[0]), g.attr(flags[1]))
    return [
        sum_batch(_product(g, i, adjoint, "BatchMatMulV2", flags), g.inputs[i]) if i in g.wanted else None
        for i in range(2)
    ]


def sum_batch(gradient: Any, x: Any) -> Any:
    """Like `unbroadcast`, for the dimensions before the last two."""
    if x.shape.is_fully_defined() and x.shape == gradient.shape:
        return gradient
    shape = op("Shape")(x)
    batch = [op("StridedSlice")(s, [0], [-2], [1], begin_mask=1) for s in (shape, op("Shape")(gradient))]
    axes, _ = op("BroadcastGradientArgs")(*batch)
    return op("Reshape")(op("Sum")(gradient, axes), shape)


# Reductions ------------------------------------------------------------------------------------------------


def _kept_shape(g: Gradient) -> Any:
    """The shape of the result, with ones for the dimensions that were reduced."""
    x, axes = g.inputs
    sizes = op("Shape")(x)
    rank = op("Size")(sizes)
    flat = op("Reshape")(op("FloorMod")(op("AddV2")(op("Cast")(axes, DstT=rank.dtype), rank), rank), [-1])
    positions = op("Range")(0, rank, 1)
    return op("DynamicStitch")([positions, flat], [sizes, op("OnesLike")(flat)])


def _spread(g: Gradient, value: Any) -> Any:
    """What the result has, for each element that went into it."""
    return op("BroadcastTo")(op("Reshape")(value, _kept_shape(g)), op("Shape")(g.inputs[0]))


@rule("Sum")
def _sum(g: Gradient) -> list[Any]:
    return [_spread(g, g.dy), None]


@rule("Mean")
def _mean(g: Gradient) -> list[Any]:
    count = op("FloorDiv")(op("Size")(g.inputs[0]), op("Maximum")(op("Size")(g.dy), 1))
    return [op("RealDiv")(_spread(g, g.dy), op("Cast")(count, DstT=g.dy.dtype)), None]


@rule("Max", "Min")
def _extreme(g: Gradient) -> list[Any]:
    x, axes = g.inputs
    chosen = op("Cast")(op("Equal")(_spread(g, g.y), x), DstT=g.dy.dtype)
    count = op("Reshape")(op("Sum")(chosen, axes), op("Shape")(g.dy))
    return [op("Mul")(chosen, _spread(g, op("RealDiv")(g.dy, count))), None]


@rule("Cumsum")
def _cumsum(g: Gradient) -> list[Any]:
    reverse = not g.attr("reverse")
    return [op("Cumsum")(g.dy, g.inputs[1], exclusive=g.attr("exclusive"), reverse=reverse), None]
