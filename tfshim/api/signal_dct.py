"""`tf.signal`: cosine transforms, each a Fourier transform of real values of twice the length."""

from __future__ import annotations

import math

from tfshim import dtypes
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.api.signal_fft import irfft, rfft
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_complex = op("Complex")
_concat = op("ConcatV2")
_real = op("Real")
_INVERSE_TYPE = {1: 1, 2: 3, 3: 2, 4: 4}


def _check(type, x: Tensor, n, axis, norm) -> None:
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if n is not None and (isinstance(n, Tensor) or n < 1):
        raise ValueError("n should be a positive integer or None")
    if type not in _INVERSE_TYPE:
        raise ValueError("Types I, II, III and IV (I)DCT are supported.")
    if type == 1:
        if norm == "ortho":
            raise ValueError("Normalization is not supported for the Type-I DCT.")
        if x.shape[-1] is not None and x.shape[-1] < 2:
            raise ValueError("Type-I DCT requires the dimension to be greater than one.")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")
    if x.dtype not in (dtypes.float32, dtypes.float64):
        raise TypeError(f"DCT requires tf.float32 or tf.float64 inputs, got: {x}")


@export("signal.dct")
def dct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The discrete cosine transform of type 1, 2, 3 or 4, over the last dimension.

    Args:
      input: a tensor of float32 or float64.
      type: which of the transforms.
      n: the length to which the input is cut or padded with zeros; by default its own.
      axis: -1.
      norm: None, or "ortho" for the orthonormal one.
      name: name of the op in a graph.

    Raises:
      ValueError: for a type, length or norm that there is not.
      NotImplementedError: for another axis.
    """
    with composed(name or "dct"):
        x = convert_to_tensor(input)
        _check(type, x, n, axis, norm)
        return _TRANSFORMS[type](_of_length(x, n), norm)


@export("signal.idct")
def idct(input, type=2, n=None, axis=-1, norm=None, name=None):
    """The inverse of `dct`, without the factor 1 / (2 n) if `norm` is None."""
    inverse = _INVERSE_TYPE.get(type, type)
    return dct(input, type=inverse, n=n, axis=axis, norm=norm, name=name)


def _of_length(x: Tensor, n: int | None) -> Tensor:
    if n is None:
        return x
    x = x[..., :n]
    size = x.shape[-1]
    if size == n:
        return x
    missing = n - size if size is not None else n - op("Shape")(x)[-1]
    return _concat([x, op("Fill")(_concat([op("Shape")(x)[:-1], op("Pack")([missing])], 0), _zero(x))], -1)


def _zero(x: Tensor) -> Tensor:
    return convert_to_tensor(0, x.dtype)


def _length(x: Tensor) -> tuple[int | Tensor, float | Tensor]:
    """The size of the last dimension, and as a number of x's dtype."""
    size = x.shape[-1]
    if size is not None:
        return size, float(size)
    size = op("Shape")(x)[-1]
    return size, cast(size, x.dtype)


def _ramp(x: Tensor) -> Tensor:
    return cast(op("Range")(0, _length(x)[0], 1), x.dtype)


def _rotation(x: Tensor, sign: float) -> Tensor:
    """exp(sign i pi k / (2 n)) for each k below n."""
    angle = _ramp(x) * (sign * math.pi / 2) / _length(x)[1]
    return _complex(op("Cos")(angle), op("Sin")(angle), Tout=_complex_dtype(x))


def _complex_dtype(x: Tensor):
    return dtypes.complex128 if x.dtype is dtypes.float64 else dtypes.complex64


def _orthonormal(x: Tensor) -> Tensor:
    """The factors that make type 2 orthonormal: those of the other elements, and the first."""
    number = _length(x)[1]
    number = convert_to_tensor(number, x.dtype)
    first = op("Rsqrt")(4 * number)
    return op("SelectV2")(op("Equal")(_ramp(x), 0), first, op("Rsqrt")(2 * number))


def _type_1(x: Tensor, norm) -> Tensor:
    even = _concat([x, op("ReverseV2")(x[..., 1:-1], [-1])], -1)
    return _real(rfft(even), Tout=x.dtype)


def _type_2(x: Tensor, norm) -> Tensor:
    size, _ = _length(x)
    spectrum = rfft(x, fft_length=[2 * size])[..., :size]
    result = 2 * _real(spectrum * _rotation(x, -1.0), Tout=x.dtype)
    return result * _orthonormal(x) if norm else result


def _type_3(x: Tensor, norm) -> Tensor:
    size, number = _length(x)
    if norm:
        # Type 3 counts the first element once and the others twice.
        factors = _orthonormal(x)
        x = x * op("SelectV2")(op("Equal")(_ramp(x), 0), 2 * factors, factors)
    turned = _complex(x, op("ZerosLike")(x), Tout=_complex_dtype(x)) * _rotation(x, 1.0)
    return 2 * number * irfft(turned, fft_length=[2 * size])[..., :size]


def _type_4(x: Tensor, norm) -> Tensor:
    size, number = _length(x)
    double = _concat([x, op("ZerosLike")(x)], -1)
    result = _type_2(double, None)[..., 1::2]
    return result * op("Rsqrt")(convert_to_tensor(2 * number, x.dtype)) if norm else result


_TRANSFORMS = {1: _type_1, 2: _type_2, 3: _type_3, 4: _type_4}
