"""How gradients of special functions, of parts of complex numbers and of Fourier transforms are exported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.ops import op
from tfshim.protos.gradient_export import Gradient, rule
from tfshim.protos.gradient_export_math import number, times, unbroadcast

# Special functions of one argument: derivatives in terms of the argument and the value ---------------------------


def _at(point: float, value: float, x: Any, otherwise: Any) -> Any:
    """`otherwise`, or `value` where `x` is `point`."""
    return op("SelectV2")(op("Equal")(x, number(point, x)), number(value, x), otherwise)


def _plus(a: Any, b: Any) -> Any:
    return op("AddV2")(a, b)


def _minus(a: Any, b: Any) -> Any:
    return op("Sub")(a, b)


def _over(a: Any, b: Any) -> Any:
    return op("RealDiv")(a, b)


def _product(a: Any, b: Any) -> Any:
    return op("Mul")(a, b)


def _quarter_turns(x: Any) -> Any:
    return _product(number(np.pi / 2, x), op("Square")(x))


_DERIVATIVES: dict[str, Callable[[Any, Any], Any]] = {
    "Digamma": lambda x, y: op("Polygamma")(number(1, x), x),
    "Erfinv": lambda x, y: _product(number(np.sqrt(np.pi) / 2, x), op("Exp")(op("Square")(y))),
    "Ndtri": lambda x, y: _product(number(np.sqrt(2 * np.pi), x), op("Exp")(_product(number(0.5, x), op("Square")(y)))),
    "Dawsn": lambda x, y: _minus(number(1, x), _product(number(2, x), _product(x, y))),
    "Expint": lambda x, y: _over(op("Exp")(x), x),
    "FresnelCos": lambda x, y: op("Cos")(_quarter_turns(x)),
    "FresnelSin": lambda x, y: op("Sin")(_quarter_turns(x)),
    "Spence": lambda x, y: _at(1, -1, x, _over(op("Log")(x), _minus(number(1, x), x))),
    "BesselI0": lambda x, y: op("BesselI1")(x),
    "BesselI0e": lambda x, y: _minus(op("BesselI1e")(x), _product(op("Sign")(x), y)),
    "BesselI1": lambda x, y: _at(0, 1, x, _minus(op("BesselI0")(x), _over(y, x))),
    "BesselI1e": lambda x, y: _at(
        0, 0.5, x, _minus(op("BesselI0e")(x), _product(y, _plus(op("Sign")(x), op("Reciprocal")(x))))
    ),
    "BesselK0": lambda x, y: op("Neg")(op("BesselK1")(x)),
    "BesselK0e": lambda x, y: _minus(y, op("BesselK1e")(x)),
    "BesselK1": lambda x, y: op("Neg")(_plus(op("BesselK0")(x), _over(y, x))),
    "BesselK1e": lambda x, y: _minus(_product(y, _minus(number(1, x), op("Reciprocal")(x))), op("BesselK0e")(x)),
    "BesselJ0": lambda x, y: op("Neg")(op("BesselJ1")(x)),
    "BesselJ1": lambda x, y: _at(0, 0.5, x, _minus(op("BesselJ0")(x), _over(y, x))),
    "BesselY0": lambda x, y: op("Neg")(op("BesselY1")(x)),
    "BesselY1": lambda x, y: _minus(op("BesselY0")(x), _over(y, x)),
}


def _export_derivative(name: str, derivative: Callable[[Any, Any], Any]) -> None:
    rule(name)(lambda g: [times(g.dy, derivative(g.inputs[0], g.y))])


for _name, _derivative in _DERIVATIVES.items():
    _export_derivative(_name, _derivative)


# Of several arguments: for each the derivative, None where TensorFlow has no gradient -----------------------------

_Partial = Callable[..., Any] | None


def _gamma_density(a: Any, x: Any) -> Any:
    exponent = _minus(_minus(_product(_minus(a, number(1, a)), op("Log")(x)), x), op("Lgamma")(a))
    return op("Exp")(exponent)


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    logarithm = _minus(_plus(op("Lgamma")(a), op("Lgamma")(b)), op("Lgamma")(_plus(a, b)))
    exponent = _plus(op("Xlog1py")(_minus(b, number(1, b)), op("Neg")(x)), op("Xlogy")(_minus(a, number(1, a)), x))
    return op("Exp")(_minus(exponent, logarithm))


def _where_not_zero(x: Any, name: str, *arguments: Any) -> Any:
    """The value of an op of one or two arguments, 0 where `x` is."""
    return op(name)(op("Cast")(op("NotEqual")(x, number(0, x)), DstT=x.dtype), *arguments)


_PARTIALS: dict[str, tuple[_Partial, ...]] = {
    "Igamma": (lambda a, x: op("IgammaGradA")(a, x), _gamma_density),
    "Igammac": (lambda a, x: op("Neg")(op("IgammaGradA")(a, x)), lambda a, x: op("Neg")(_gamma_density(a, x))),
    "Betainc": (None, None, _beta_density),
    "Polygamma": (None, lambda n, x: op("Polygamma")(_plus(n, number(1, n)), x)),
    "Zeta": (None, lambda x, q: op("Neg")(_product(x, op("Zeta")(_plus(x, number(1, x)), q)))),
    "Xlogy": (lambda x, y: _where_not_zero(x, "Xlogy", y), lambda x, y: op("Xdivy")(x, y)),
    "Xlog1py": (
        lambda x, y: _where_not_zero(x, "Xlog1py", y),
        lambda x, y: op("Xdivy")(x, _plus(y, number(1, y))),
    ),
    "Xdivy": (
        lambda x, y: _where_not_zero(x, "Xdivy", y),
        lambda x, y: op("Xdivy")(op("Neg")(x), op("Square")(y)),
    ),
}


def _export_partials(name: str, partials: tuple[_Partial, ...]) -> None:
    def gradients(g: Gradient) -> list[Any]:
        return [
            unbroadcast(times(g.dy, partial(*g.inputs)), x) if partial is not None and i in g.wanted else None
            for i, (partial, x) in enumerate(zip(partials, g.inputs, strict=True))
        ]

    rule(name)(gradients)


for _name, _partials in _PARTIALS.items():
    _export_partials(_name, _partials)


# Parts of complex numbers ------------------------------------------------------------------------------------------


def _complex(real: Any, imaginary: Any) -> Any:
    wide = real.dtype.name == "float64"
    return op("Complex")(real, imaginary, Tout=dtypes.complex128 if wide else dtypes.complex64)


def _as_complex(x: Any) -> Any:
    return _complex(x, op("ZerosLike")(x))


def _part(name: str, x: Any) -> Any:
    return op(name)(x, Tout=dtypes.float64 if x.dtype.name == "complex128" else dtypes.float32)


@rule("Real")
def _real(g: Gradient) -> list[Any]:
    return [_as_complex(g.dy)]


@rule("Imag")
def _imaginary(g: Gradient) -> list[Any]:
    return [_complex(op("ZerosLike")(g.dy), g.dy)]


@rule("Complex")
def _of_parts(g: Gradient) -> list[Any]:
    return [unbroadcast(_part(name, g.dy), x) for name, x in zip(("Real", "Imag"), g.inputs, strict=True)]


@rule("ComplexAbs")
def _modulus(g: Gradient) -> list[Any]:
    return [op("DivNoNan")(op("Mul")(_as_complex(g.dy), g.inputs[0]), _as_complex(g.y))]


@rule("Angle")
def _angle(g: Gradient) -> list[Any]:
    # i · x / |x|², without a pole at 0.
    x = g.inputs[0]
    turned = op("Mul")(_complex(op("ZerosLike")(g.dy), g.dy), x)
    return [op("DivNoNan")(turned, op("Mul")(x, op("Conj")(x)))]


# Fourier transforms ------------------------------------------------------------------------------------------------


def _lengths(x: Any, rank: int) -> list[Any]:
    shape = op("Shape")(x)
    return [op("StridedSlice")(shape, [i], [i + 1 or 2**31 - 1], [1], shrink_axis_mask=1) for i in range(-rank, 0)]


def _size(x: Any, rank: int) -> Any:
    """The number of elements that a transform of this rank sums over, as a number like `x`."""
    return op("Cast")(op("Prod")(op("Pack")(_lengths(x, rank)), [0]), DstT=x.dtype)


def _export_fourier(name: str, inverse: str, rank: int) -> None:
    rule(name)(lambda g: [op("Mul")(op(inverse)(g.dy), _size(g.dy, rank))])
    rule(inverse)(lambda g: [op("RealDiv")(op(name)(g.dy), _size(g.dy, rank))])


for _rank, _suffix in ((1, ""), (2, "2D"), (3, "3D")):
    _export_fourier(f"FFT{_suffix}", f"IFFT{_suffix}", _rank)


def _fitted(x: Any, lengths: list[Any]) -> Any:
    """The last axes of `x` cut or filled up with zeros to `lengths`."""
    rank = len(lengths)
    kept = op("Minimum")(op("Pack")(_lengths(x, rank)), op("Pack")(lengths))
    leading = op("Sub")(op("Rank")(x), rank)
    before = op("StridedSlice")(op("Shape")(x), [0], op("Pack")([leading]), [1])
    cut = op("Slice")(x, op("Fill")(op("Pack")([op("Rank")(x)]), 0), op("ConcatV2")([before, kept], 0))
    missing = op("Sub")(op("Pack")(lengths), kept)
    after = op("ConcatV2")([op("Fill")(op("Pack")([leading]), 0), missing], 0)
    return op("Pad")(cut, op("Pack")([op("ZerosLike")(after), after], axis=1))


def _transform_lengths(g: Gradient, rank: int) -> list[Any]:
    return [op("StridedSlice")(g.inputs[1], [i], [i + 1], [1], shrink_axis_mask=1) for i in range(rank)]


def _export_real_fourier(suffix: str, rank: int) -> None:
    @rule(f"RFFT{suffix}")
    def forward(g: Gradient) -> list[Any]:
        # The half that is not there has no cotangent.
        whole = _fitted(g.dy, _transform_lengths(g, rank))
        back = _part("Real", op("Mul")(op(f"IFFT{suffix}")(whole), _size(whole, rank)))
        return [_fitted(back, _lengths(g.inputs[0], rank)), None]

    @rule(f"IRFFT{suffix}")
    def backward(g: Gradient) -> list[Any]:
        spectrum = op(f"RFFT{suffix}")(g.dy, g.inputs[1], Tcomplex=g.inputs[0].dtype)
        length = _transform_lengths(g, rank)[-1]
        # All frequencies but the first, and the last of an even number, stand for two.
        position = op("Range")(0, op("AddV2")(op("FloorDiv")(length, 2), 1), 1)
        alone = op("LogicalOr")(op("Equal")(position, 0), op("Equal")(op("Mul")(position, 2), length))
        weights = op("SelectV2")(alone, number(1, g.dy), number(2, g.dy))
        scaled = op("Mul")(spectrum, _as_complex(op("RealDiv")(weights, _size(g.dy, rank))))
        return [_fitted(scaled, _lengths(g.inputs[0], rank)), None]


_export_real_fourier("", 1)
_export_real_fourier("2D", 2)


# Others ------------------------------------------------------------------------------------------------------------


@rule("Cross")
def _cross(g: Gradient) -> list[Any]:
    first, second = g.inputs
    return [op("Cross")(second, g.dy), op("Cross")(g.dy, first)]


@rule("Diag")
def _diag(g: Gradient) -> list[Any]:
    return [op("DiagPart")(g.dy)]


@rule("DiagPart")
def _diag_part(g: Gradient) -> list[Any]:
    return [op("Diag")(g.dy)]


@rule("Reverse")
def _reverse(g: Gradient) -> list[Any]:
    return [op("Reverse")(g.dy, g.inputs[1]), None]


@rule("AccumulateNV2")
def _accumulate(g: Gradient) -> list[Any]:
    return [g.dy] * len(g.inputs)


@rule("Fill")
def _fill(g: Gradient) -> list[Any]:
    return [None, op("Sum")(g.dy, op("Range")(0, op("Rank")(g.dy), 1))]


@rule("EuclideanNorm")
def _norm(g: Gradient) -> list[Any]:
    x, axes = g.inputs
    y, dy = g.y, g.dy
    if not g.attr("keep_dims"):
        rank = op("Rank")(x)
        flat = op("FloorMod")(op("AddV2")(op("Reshape")(axes, [-1]), rank), rank)
        ones = op("OnesLike")(flat)
        shape = op("DynamicStitch")([op("Range")(0, rank, 1), flat], [op("Shape")(x), ones])
        y, dy = op("Reshape")(y, shape), op("Reshape")(dy, shape)
    return [op("Mul")(x, op("RealDiv")(dy, y)), None]
