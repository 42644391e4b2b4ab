"""Kernels of Fourier transforms.

One function, `_transform`, serves all of them: over the last one to three dimensions, or over chosen axes. The
lengths are static. An input that is longer is cut, a shorter one refused, as TensorFlow's kernels do; the public
functions pad.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.registry import kernel, piecewise_linear, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid
from tfshim.shapes import TensorShape, from_dims

_KINDS = {
    "FFT": jnp.fft.fftn,
    "IFFT": jnp.fft.ifftn,
    "RFFT": jnp.fft.rfftn,
    "IRFFT": jnp.fft.irfftn,
}


def _spectrum_size(kind: str, length: int) -> int:
    """How many elements of the innermost dimension the transform of this length reads."""
    return length // 2 + 1 if kind == "IRFFT" else length


def _result_size(kind: str, length: int) -> int:
    """How many elements the innermost dimension of the result has."""
    return length // 2 + 1 if kind == "RFFT" and length > 0 else length


def _transform(kind: str, x, axes: Sequence[int], lengths: Sequence[int]):
    """The transform `kind` of `x` over `axes`; `lengths` are those of the signal, the last one's axis is innermost."""
    result_shape = list(x.shape)
    index: list[Any] = [slice(None)] * x.ndim
    for position, (axis, length) in enumerate(zip(axes, lengths, strict=True)):
        if length < 0:
            raise invalid(f"fft_length[{position}] must be non-negative, got {length}")
        innermost = position == len(axes) - 1
        read = _spectrum_size(kind, length) if innermost else length
        if x.shape[axis] < read and 0 not in x.shape:
            raise invalid(f"Input dimension {axis} must have length of at least {read} but got: {x.shape[axis]}")
        index[axis] = slice(read)
        result_shape[axis] = _result_size(kind, length) if innermost else length
    single = x.dtype in (jnp.float32, jnp.complex64)
    if 0 in result_shape or 0 in x.shape:
        real = jnp.float32 if single else jnp.float64
        return jnp.zeros(result_shape, real if kind == "IRFFT" else jnp.result_type(real, jnp.complex64))
    x = x[tuple(index)]
    if kind == "IRFFT":
        # Along the other axes the transform is complex: only the innermost one sees half a spectrum.
        if len(axes) > 1:
            x = jnp.fft.ifftn(x, axes=tuple(axes[:-1]))
        return _half_spectrum_inverse(x, axes[-1], lengths[-1])
    return _KINDS[kind](x, axes=tuple(axes))


def _half_spectrum_inverse(x, axis: int, length: int):
    x = jnp.moveaxis(x, axis, -1)
    return jnp.moveaxis(lax.fft(x, lax.FftType.IRFFT, (length,)), -1, axis)


def _last_axes(x, rank: int, op_name: str) -> tuple[int, ...]:
    if x.ndim < rank:
        raise invalid(f"{op_name}: Input must have rank of at least {rank} but got: {x.ndim}")
    return tuple(range(x.ndim - rank, x.ndim))


def _lengths(fft_length: np.ndarray, count: int) -> list[Any]:
    if fft_length.shape != (count,):
        raise invalid(f"fft_length must have shape [{count}]")
    return [int(n) for n in fft_length]


def _complex_transform(op_name: str, kind: str, rank: int, x):
    axes = _last_axes(x, rank, op_name)
    return _transform(kind, x, axes, [x.shape[a] for a in axes])


def _real_transform(op_name: str, kind: str, rank: int, x, fft_length):
    return _transform(kind, x, _last_axes(x, rank, op_name), _lengths(fft_length, rank))


def _declare(op_name: str, kind: str, rank: int) -> None:
    if kind in ("FFT", "IFFT"):
        kernel(op_name)(lambda input: _complex_transform(op_name, kind, rank, input))
        shape_function(op_name)(functools.partial(_complex_shape, rank))
    else:
        kernel(op_name, static=("fft_length",))(
            lambda input, fft_length: _real_transform(op_name, kind, rank, input, fft_length)
        )
        shape_function(op_name)(functools.partial(_real_shape, kind, rank))


def _complex_shape(rank: int, op: Any) -> TensorShape:
    return op.shape(0).with_rank_at_least(rank)


def _real_shape(kind: str, rank: int, op: Any) -> TensorShape:
    shape = op.shape(0).with_rank_at_least(rank)
    if shape.rank is None:
        return UNKNOWN
    lengths = op.static(1)
    known: list[int | None] = [None] * rank if lengths is None else _lengths(lengths, rank)
    if known[-1] is not None:
        known[-1] = _result_size(kind, known[-1])
    return from_dims((*shape.as_list()[:-rank], *known))


for _kind in _KINDS:
    for _rank, _suffix in ((1, ""), (2, "2D"), (3, "3D")):
        _declare(_kind + _suffix, _kind, _rank)
        piecewise_linear(_kind + _suffix)


# Over chosen axes ----------------------------------------------------------------------------------------


def _declare_nd(op_name: str, kind: str) -> None:
    @kernel(op_name, static=("fft_length", "axes"))
    def run(input, fft_length, axes):
        chosen = [int(a) for a in np.ravel(axes)]
        if any(not -input.ndim <= a < input.ndim for a in chosen):
            raise invalid(f"{op_name}: axes must be in [-{input.ndim}, {input.ndim}), got {chosen}")
        chosen = [a % input.ndim for a in chosen]
        if not chosen or len(set(chosen)) != len(chosen):
            raise invalid(f"{op_name}: axes must name at least one axis, and each once, got {chosen}")
        return _transform(kind, input, chosen, _lengths(fft_length, len(chosen)))

    @shape_function(op_name)
    def shape(op):
        shape, lengths, axes = op.shape(0), op.static(1), op.static(2)
        if shape.rank is None:
            return UNKNOWN
        dims = list(shape.as_list())
        if axes is None or lengths is None:
            return from_dims((None,) * len(dims))
        for axis, length in zip(np.ravel(axes), np.ravel(lengths), strict=True):
            dims[axis] = int(length)
        dims[axes[-1]] = _result_size(kind, int(lengths[-1]))
        return from_dims(tuple(dims))


for _kind in _KINDS:
    _declare_nd(f"{_kind}ND", _kind)
    piecewise_linear(f"{_kind}ND")
