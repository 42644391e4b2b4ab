"""`tf.signal`: Fourier transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api.naming import composed
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_pad = op("Pad")
_shape = op("Shape")

_DIMENSIONS = {1: "the last dimension", 2: "the last two dimensions", 3: "the last three dimensions"}
_COMPLEX_OF = {dtypes.float32: dtypes.complex64, dtypes.float64: dtypes.complex128}
_REAL_OF = {value: key for key, value in _COMPLEX_OF.items()}
_functions: dict[str, Any] = {}


# Of complex values ---------------------------------------------------------------------------------------


def _declare_complex(name: str, rank: int, op_name: str, text: str) -> None:
    run = op(op_name)

    def fn(input, name=None):
        return run(input, name=name)

    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"""The {text} over {_DIMENSIONS[rank]}.

    Args:
      input: a complex tensor of rank {rank} or more.
      name: name of the op in a graph.

    Returns:
      A tensor of the shape and dtype of `input`.
    """
    _functions[name] = export(f"signal.{name}")(fn)


# Of real values ------------------------------------------------------------------------------------------


def _default_length(x: Tensor, rank: int, inverse: bool) -> Any:
    """The lengths of the signal that an input belongs to."""
    known = x.shape[-rank:]
    if known.is_fully_defined():
        lengths = np.array(known.as_list(), np.int32)
        if inverse:
            lengths[-1] = max(0, 2 * (lengths[-1] - 1))
        return convert_to_tensor(lengths)
    lengths = _shape(x)[-rank:]
    if not inverse:
        return lengths
    last = op("Maximum")(0, 2 * (lengths[-1:] - 1))
    return op("ConcatV2")([lengths[:-1], last], 0)


def _padded(x: Tensor, rank: int, fft_length: Tensor, inverse: bool) -> Tensor:
    """`x` with zeros at the end of its inner dimensions, so that none is shorter than the transform."""
    lengths = constant_value(fft_length)
    known = x.shape[-rank:].as_list() if x.shape.rank is not None else [None] * rank
    if x.shape.rank is not None and 0 in x.shape.as_list():
        return x
    if lengths is not None and None not in known:
        wanted = [int(n) for n in lengths]
        if inverse:
            wanted[-1] = wanted[-1] // 2 + 1
        missing = [max(n - k, 0) for n, k in zip(wanted, known)]
        if not any(missing):
            return x
        pairs = np.zeros((x.shape.rank, 2), np.int32)
        pairs[-rank:, 1] = missing
        return _pad(x, pairs)
    if inverse:
        fft_length = op("ConcatV2")([fft_length[:-1], fft_length[-1:] // 2 + 1], 0)
    missing = op("Maximum")(0, fft_length - _shape(x)[-rank:])
    leading = op("Fill")(op("ExpandDims")(op("Rank")(x) - rank, 0), 0)
    after = op("ConcatV2")([leading, missing], 0)
    padded = _pad(x, op("Pack")([op("ZerosLike")(after), after], axis=1))
    if x.shape.rank is not None:
        padded.set_shape([*x.shape.as_list()[:-rank], *[None] * rank])
    return padded


def _declare_real(name: str, rank: int, op_name: str) -> None:
    run = op(op_name)

    def fn(input_tensor, fft_length=None, name=None):
        with composed(name or op_name.lower()) as name:
            x = convert_to_tensor(input_tensor, hint=dtypes.float32)
            if x.dtype not in _COMPLEX_OF:
                raise ValueError(f"{op_name} requires tf.float32 or tf.float64 inputs, got: {x}")
            x.shape.with_rank_at_least(rank)
            if fft_length is None:
                lengths = _default_length(x, rank, inverse=False)
            else:
                lengths = convert_to_tensor(fft_length, dtypes.int32)
            x = _padded(x, rank, lengths, inverse=False)
            return run(x, lengths, Tcomplex=_COMPLEX_OF[x.dtype], name=name)

    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"""The Fourier transform of real values over {_DIMENSIONS[rank]}: the half that determines the rest.

    Args:
      input_tensor: a tensor of float32 or float64, of rank {rank} or more.
      fft_length: the {rank} length{"s" if rank > 1 else ""} to which the signal is cut or padded with zeros; by
        default its own.
      name: name of the op in a graph.

    Returns:
      A complex tensor; its last dimension has `fft_length[-1] // 2 + 1` elements.

    Raises:
      ValueError: for another dtype, or a rank that is too low.
    """
    _functions[name] = export(f"signal.{name}")(fn)


def _declare_real_inverse(name: str, rank: int, op_name: str) -> None:
    run = op(op_name)

    def fn(input_tensor, fft_length=None, name=None):
        with composed(name or op_name.lower()) as name:
            x = convert_to_tensor(input_tensor, hint=dtypes.complex64)
            x.shape.with_rank_at_least(rank)
            if x.dtype not in _REAL_OF:
                raise ValueError(f"{op_name} requires tf.complex64 or tf.complex128 inputs, got: {x}")
            if fft_length is None:
                lengths = _default_length(x, rank, inverse=True)
            else:
                lengths = convert_to_tensor(fft_length, dtypes.int32)
            x = _padded(x, rank, lengths, inverse=True)
            return run(x, lengths, Treal=_REAL_OF[x.dtype], name=name)

    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"""The inverse of `r{name[2:]}`, over {_DIMENSIONS[rank]}.

    Args:
      input_tensor: a complex tensor of rank {rank} or more, whose last dimension is half a spectrum.
      fft_length: the {rank} length{"s" if rank > 1 else ""} of the result; by default that of an even signal.
      name: name of the op in a graph.

    Returns:
      A real tensor.

    Raises:
      ValueError: for another dtype, or a rank that is too low.
    """
    _functions[name] = export(f"signal.{name}")(fn)


for _rank, _suffix in ((1, ""), (2, "2d"), (3, "3d")):
    _declare_complex(f"fft{_suffix}", _rank, f"FFT{_suffix.upper()}", "discrete Fourier transform")
    _declare_complex(f"ifft{_suffix}", _rank, f"IFFT{_suffix.upper()}", "inverse discrete Fourier transform")
    _declare_real(f"rfft{_suffix}", _rank, f"RFFT{_suffix.upper()}")
    _declare_real_inverse(f"irfft{_suffix}", _rank, f"IRFFT{_suffix.upper()}")

# The ones that other functions are made of.
rfft, irfft = _functions["rfft"], _functions["irfft"]


# Over chosen axes ----------------------------------------------------------------------------------------

_NORMS = (None, "backward", "ortho", "forward")


def _declare_nd(name: str, op_name: str, text: str) -> None:
    run = op(op_name)
    forward = op_name in ("FFTND", "RFFTND")
    inverse_real = op_name == "IRFFTND"

    def fn(input_tensor, fft_length=None, axes=None, norm=None, name=None):
        if norm not in _NORMS:
            raise ValueError(f"Invalid `norm`: {norm!r}. Must be one of None, 'forward', 'backward' or 'ortho'.")
        with composed(name or name_of) as name:
            x = convert_to_tensor(input_tensor, hint=dtypes.complex64 if op_name != "RFFTND" else dtypes.float32)
            extra = {}
            if op_name == "RFFTND":
                if x.dtype not in _COMPLEX_OF:
                    raise ValueError(f"{op_name} requires tf.float32 or tf.float64 inputs, got: {x}")
                extra = {"Tcomplex": _COMPLEX_OF[x.dtype]}
            elif x.dtype not in _REAL_OF:
                raise ValueError(f"{op_name} requires tf.complex64 or tf.complex128 inputs, got: {x}")
            elif inverse_real:
                extra = {"Treal": _REAL_OF[x.dtype]}
            if x.shape.rank is None:
                raise ValueError(f"{op_name} needs a tensor of known rank")
            chosen = _chosen_axes(x.shape.rank, fft_length, axes)
            if fft_length is None:
                lengths = _lengths_along(x, chosen, inverse_real)
            else:
                lengths = convert_to_tensor(fft_length, dtypes.int32)
                x = _padded_along(x, chosen, lengths, inverse_real)
            result = run(x, lengths, np.array(chosen, np.int32), **extra)
            return _normalized(result, lengths, norm, forward)

    name_of = name
    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"""The {text}, over chosen axes.

    Args:
      input_tensor: a {"real" if op_name == "RFFTND" else "complex"} tensor.
      fft_length: the length along each axis, to which the input is cut or padded with zeros; by default its own.
      axes: the axes; by default the last `len(fft_length)`, or all.
      norm: None or "backward" (the inverse divides by the size), "forward" (the other one does), "ortho" (both, by
        its root).
      name: name of the op in a graph.

    Raises:
      ValueError: for another dtype or norm.
    """
    export(f"signal.{name}")(fn)


def _chosen_axes(rank: int, fft_length: Any, axes: Any) -> list[int]:
    if axes is not None:
        known = constant_value(axes) if isinstance(axes, Tensor) else axes
        return [int(a) % rank if -rank <= a < rank else int(a) for a in np.ravel(known)]
    count = rank
    if fft_length is not None:
        count = convert_to_tensor(fft_length, dtypes.int32).shape[0]
    return list(range(rank - count, rank))


def _lengths_along(x: Tensor, axes: list[int], inverse_real: bool) -> Any:
    known = [x.shape[a] for a in axes]
    if None not in known:
        if inverse_real:
            known[-1] = max(0, 2 * (known[-1] - 1))
        return convert_to_tensor(np.array(known, np.int32))
    lengths = op("GatherV2")(_shape(x), np.array(axes, np.int32), 0)
    if not inverse_real:
        return lengths
    return op("ConcatV2")([lengths[:-1], 2 * (lengths[-1:] - 1)], 0)


def _padded_along(x: Tensor, axes: list[int], lengths: Tensor, inverse_real: bool) -> Tensor:
    """`x` with zeros at the end of the axes that are shorter than the transform."""
    wanted = lengths
    if inverse_real:
        wanted = op("ConcatV2")([lengths[:-1], lengths[-1:] // 2 + 1], 0)
    order = np.array(axes, np.int32)
    missing = op("Maximum")(0, wanted - op("GatherV2")(_shape(x), order, 0))
    after = op("ScatterNd")(order[:, None], missing, np.array([x.shape.rank], np.int32))
    return _pad(x, op("Pack")([op("ZerosLike")(after), after], axis=1))


def _normalized(x: Tensor, lengths: Any, norm: str | None, forward: bool) -> Tensor:
    if norm in (None, "backward"):
        return x
    real = x.dtype.real_dtype
    size = op("Prod")(op("Cast")(lengths, DstT=real), np.zeros([1], np.int32))
    if norm == "ortho":
        factor = op("Rsqrt")(size) if forward else op("Sqrt")(size)
    else:
        factor = op("Reciprocal")(size) if forward else size
    return x * (op("Cast")(factor, DstT=x.dtype) if x.dtype.is_complex else factor)


for _name, _text in (
    ("fftnd", "discrete Fourier transform"),
    ("ifftnd", "inverse discrete Fourier transform"),
    ("rfftnd", "Fourier transform of real values"),
    ("irfftnd", "inverse Fourier transform to real values"),
):
    _declare_nd(_name, _name.upper(), _text)


# Shifts --------------------------------------------------------------------------------------------------


def _shift(x: Any, axes: Any, name: str, sign: int) -> Tensor:
    with composed(name) as name:
        x = convert_to_tensor(x)
        if axes is None:
            axes = list(range(x.shape.rank)) if x.shape.rank is not None else op("Range")(0, op("Rank")(x), 1)
        if isinstance(axes, Tensor):
            half = op("GatherV2")(_shape(x), axes, 0) // 2
            return op("Roll")(x, half if sign > 0 else -half, axes, name=name)
        axes = np.asarray(axes)
        if axes.dtype.kind not in "iu" and axes.size:
            raise TypeError(f"The axes to shift along are integers, not {axes.dtype}.")
        axes = axes.astype(np.int32)
        rank = x.shape.rank
        if rank is not None and axes.ndim <= 1 and np.all((-rank <= axes) & (axes < rank)):
            sizes = [x.shape[int(a)] for a in axes.reshape(-1)]
            if None not in sizes:
                half = np.array([sign * (n // 2) for n in sizes], np.int32).reshape(axes.shape)
                return op("Roll")(x, half, axes, name=name)
        # The ops below also refuse axes that the tensor does not have.
        if axes.ndim == 0:
            half = _shape(x)[int(axes)] // 2
        else:
            half = op("GatherV2")(_shape(x), op("SelectV2")(axes < 0, axes + op("Rank")(x), axes), 0) // 2
        return op("Roll")(x, half if sign > 0 else -half, axes, name=name)


@export("signal.fftshift")
def fftshift(x, axes=None, name=None):
    """Moves the component of frequency zero to the middle of each of `axes` (all by default)."""
    return _shift(x, axes, name or "fftshift", 1)


@export("signal.ifftshift")
def ifftshift(x, axes=None, name=None):
    """The inverse of `fftshift`."""
    return _shift(x, axes, name or "ifftshift", -1)
