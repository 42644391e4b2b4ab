"""`tf.signal`: framing, and transforms of frames."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.api.signal_dct import dct
from tfshim.api.signal_fft import irfft, rfft
from tfshim.api.signal_windows import hann_window, vorbis_window
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_concat = op("ConcatV2")
_floor_div = op("FloorDiv")
_gather = op("GatherV2")
_maximum = op("Maximum")
_pack = op("Pack")
_pad = op("Pad")
_range = op("Range")
_reshape = op("Reshape")
_reverse = op("ReverseV2")
_shape = op("Shape")
_sum = op("Sum")
_transpose = op("Transpose")


def _integer(value, name: str) -> Tensor:
    tensor = convert_to_tensor(value, hint=dtypes.int32, name=name)
    tensor.shape.assert_has_rank(0)
    return tensor


def _number(tensor: Tensor):
    """The value of an integer scalar if it is known when the graph is built, else the tensor."""
    value = constant_value(tensor)
    return tensor if value is None else int(value)


@export("signal.frame")
def frame(signal, frame_length, frame_step, pad_end=False, pad_value=0, axis=-1, name=None):
    """Cuts `axis` into frames that may overlap.

    Args:
      signal: a tensor of rank 1 or more.
      frame_length: number of samples of a frame, an integer scalar.
      frame_step: number of samples from one frame to the next.
      pad_end: keep the incomplete frames at the end, filled with `pad_value`.
      pad_value: a scalar of the signal's dtype.
      axis: which dimension.
      name: name of the op in a graph.

    Returns:
      A tensor in which `axis` is replaced by two dimensions, `[..., frames, frame_length, ...]`.

    Raises:
      ValueError: for a signal of rank 0, or a length or step that is no scalar.
    """
    with composed(name or "frame"):
        signal = convert_to_tensor(signal, name="signal")
        length, step = (_integer(frame_length, "frame_length"), _integer(frame_step, "frame_step"))
        convert_to_tensor(axis, name="axis").shape.assert_has_rank(0)
        signal.shape.with_rank_at_least(1)
        rank = signal.shape.rank
        size = None
        if rank is not None:
            axis = int(axis)
            size = signal.shape.as_list()[axis]
            axis %= rank
        length, step = _number(length), _number(step)
        known = None not in (size,) and isinstance(length, int) and isinstance(step, int) and step > 0
        if size is None:
            size = _gather(_shape(signal), axis if rank is not None else op("Rank")(signal) + axis, 0)
        if pad_end:
            count = -(-size // step) if known else -_floor_div(-size, step)
            missing = length + step * (count - 1) - size
            missing = max(missing, 0) if known else _maximum(0, missing)
            pad_value = convert_to_tensor(pad_value, signal.dtype, name="pad_value")
            pad_value.shape.assert_has_rank(0)
            signal = _extended(signal, axis, missing, pad_value)
        elif known:
            count = max(0, 1 + (size - length) // step)
        else:
            count = _maximum(0, 1 + _floor_div(size - length, step))
        if known:
            places = np.arange(count, dtype=np.int32)[:, None] * step + np.arange(length, dtype=np.int32)
        else:
            places = op("ExpandDims")(_range(0, count, 1) * step, 1) + _range(0, length, 1)
        # Not the signal itself, so that the gradient is dense: that of a gather of rows is IndexedSlices.
        frames = _gather(op("EnsureShape")(signal, shape=signal.shape), places, axis)
        if not known and rank is not None:
            dims = signal.shape.as_list()
            inner = length if isinstance(length, int) else None
            frames.set_shape([*dims[:axis], None, inner, *dims[axis + 1 :]])
        return frames


def _extended(signal: Tensor, axis: int, count, value: Tensor) -> Tensor:
    """`signal` with `count` times `value` at the end of `axis`."""
    if isinstance(count, int) and signal.shape.rank is not None:
        pairs = np.zeros((signal.shape.rank, 2), np.int32)
        pairs[axis, 1] = count
        return op("PadV2")(signal, pairs, value) if count else signal
    rank = op("Rank")(signal)
    after = op("Equal")(_range(0, rank, 1), op("FloorMod")(axis, rank))
    after = cast(after, dtypes.int32) * count
    padded = op("PadV2")(signal, _pack([op("ZerosLike")(after), after], axis=1), value)
    if signal.shape.rank is not None:
        dims = signal.shape.as_list()
        dims[axis] = None
        padded.set_shape(dims)
    return padded


@export("signal.overlap_and_add")
def overlap_and_add(signal, frame_step, name=None):
    """Adds up frames at their places: the signal that overlapping frames make.

    Args:
      signal: `[..., frames, frame_length]`.
      frame_step: number of samples from one frame to the next, an integer scalar.
      name: name of the op in a graph.

    Returns:
      A tensor `[..., (frames - 1) * frame_step + frame_length]`.

    Raises:
      ValueError: for a rank below 2, or a step that is no integer scalar.
    """
    with composed(name or "overlap_and_add"):
        signal = convert_to_tensor(signal, name="signal")
        signal.shape.with_rank_at_least(2)
        step = convert_to_tensor(frame_step, name="frame_step")
        step.shape.assert_has_rank(0)
        if not step.dtype.is_integer:
            raise ValueError(f"frame_step must be an integer. Got {step.dtype}")
        step = _number(step)
        rank = signal.shape.rank
        outer = _shape(signal)[:-2] if rank is None or None in signal.shape.as_list()[:-2] else signal.shape[:-2]
        dims = signal.shape.as_list()[-2:] if rank is not None else [None, None]
        frames, length = (_shape(signal)[i - 2] if n is None else n for i, n in enumerate(dims))
        known = all(isinstance(n, int) for n in (step, frames, length)) and step > 0
        blocks = -(-length // step) if known else -_floor_div(-length, step)
        # A frame is a row of blocks of `step` samples. Transposed, and each row lengthened by as many frames as
        # there are blocks, the flat rows lie one frame further each: what belongs together is one column.
        x = _padded_ends(signal, 0, blocks * step - length)
        x = _with_shape(x, outer, [frames, blocks, step])
        x = _swapped(x)
        x = _padded_ends(x, blocks, 0)
        x = _with_shape(x, outer, [(frames + blocks) * blocks, step])
        places = frames + blocks - 1
        x = x[..., : places * blocks, :]
        x = _with_shape(x, outer, [blocks, places * step])
        x = _sum(x, [-2])
        x = x[..., : (frames - 1) * step + length]
        if not known and rank is not None:
            x.set_shape([*signal.shape.as_list()[:-2], None])
        return x


def _padded_ends(x: Tensor, rows, columns) -> Tensor:
    """`x` with zeros at the ends of its last two dimensions."""
    if isinstance(rows, int) and isinstance(columns, int) and x.shape.rank is not None:
        pairs = np.zeros((x.shape.rank, 2), np.int32)
        pairs[-2:, 1] = rows, columns
        return _pad(x, pairs) if rows or columns else x
    leading = op("Fill")(op("ExpandDims")(op("Rank")(x) - 2, 0), 0)
    after = _concat([leading, _pack([rows, columns])], 0)
    return _pad(x, _pack([op("ZerosLike")(after), after], axis=1))


def _with_shape(x: Tensor, outer, inner: list) -> Tensor:
    if not isinstance(outer, Tensor) and all(isinstance(n, int) for n in inner):
        return _reshape(x, np.array([*outer.as_list(), *inner], np.int32))
    outer = outer if isinstance(outer, Tensor) else np.array(outer.as_list(), np.int32)
    return _reshape(x, _concat([outer, _pack(inner)], 0))


def _swapped(x: Tensor) -> Tensor:
    """`[..., a, b, c]` as `[..., b, a, c]`."""
    if x.shape.rank is not None:
        n = x.shape.rank
        return _transpose(x, np.array([*range(n - 3), n - 2, n - 3, n - 1], np.int32))
    n = op("Rank")(x)
    return _transpose(x, _concat([_range(0, n - 3, 1), _pack([n - 2, n - 3, n - 1])], 0))


# Short-time Fourier transform ------------------------------------------------------------------------------


def _enclosing_power_of_two(length):
    """The least power of two that is not less."""
    if isinstance(length, int):
        return 1 << max(length - 1, 0).bit_length()
    logarithm = op("Log")(cast(length, dtypes.float64)) / np.log(2.0)
    return cast(op("Pow")(convert_to_tensor(2.0, dtypes.float64), op("Ceil")(logarithm)), length.dtype)


@export("signal.stft")
def stft(signals, frame_length, frame_step, fft_length=None, window_fn=hann_window, pad_end=False, name=None):
    """The short-time Fourier transform of the last dimension.

    Args:
      signals: `[..., samples]`, of float32 or float64.
      frame_length: number of samples of a window.
      frame_step: number of samples from one window to the next.
      fft_length: length of the transform; by default the least power of two that holds a window.
      window_fn: a function (window_length, dtype=) of the window, or None for none.
      pad_end: keep the incomplete windows at the end, filled with zeros.
      name: name of the op in a graph.

    Returns:
      A complex tensor `[..., frames, fft_length // 2 + 1]`.
    """
    with composed(name or "stft"):
        signals = convert_to_tensor(signals, name="signals")
        signals.shape.with_rank_at_least(1)
        frame_length, frame_step = _integer(frame_length, "frame_length"), _integer(frame_step, "frame_step")
        fft_length = _transform_length(fft_length, frame_length)
        frames = frame(signals, frame_length, frame_step, pad_end=pad_end)
        if window_fn is not None:
            frames = frames * window_fn(frame_length, dtype=frames.dtype)
        return rfft(frames, [fft_length])


def _transform_length(fft_length, frame_length: Tensor):
    if fft_length is None:
        return _enclosing_power_of_two(_number(frame_length))
    return _number(_integer(fft_length, "fft_length"))


@export("signal.inverse_stft")
def inverse_stft(stfts, frame_length, frame_step, fft_length=None, window_fn=hann_window, name=None):
    """The signal of a short-time Fourier transform: windowed, overlapped, added.

    Args:
      stfts: a complex tensor `[..., frames, fft_length // 2 + 1]`.
      frame_length: number of samples of a window.
      frame_step: number of samples from one window to the next.
      fft_length: length of the transform; by default the least power of two that holds a window.
      window_fn: a function (window_length, dtype=) of the window of synthesis; `inverse_stft_window_fn` gives the one
        that restores the signal. None for none.
      name: name of the op in a graph.

    Returns:
      A real tensor `[..., samples]`.
    """
    with composed(name or "inverse_stft"):
        stfts = convert_to_tensor(stfts, name="stfts")
        stfts.shape.with_rank_at_least(2)
        frame_length, frame_step = _integer(frame_length, "frame_length"), _integer(frame_step, "frame_step")
        frames = irfft(stfts, [_transform_length(fft_length, frame_length)])
        length = _number(frame_length)
        # A window may be longer or shorter than the transform.
        frames = frames[..., :length]
        size = frames.shape[-1] if frames.shape.rank is not None else None
        if not (isinstance(length, int) and size == length):
            missing = _maximum(0, frame_length - _shape(frames)[-1])
            frames = _padded_ends(frames, 0, _number(missing))
            if isinstance(length, int) and frames.shape.rank is not None:
                frames.set_shape([*frames.shape.as_list()[:-1], length])
        if window_fn is not None:
            frames = frames * window_fn(frame_length, dtype=frames.dtype)
        return overlap_and_add(frames, frame_step)


@export("signal.inverse_stft_window_fn")
def inverse_stft_window_fn(frame_step, forward_window_fn=hann_window, name=None):
    """The function of the window with which `inverse_stft` restores what `stft` with `forward_window_fn` was given."""

    def inverse_window(frame_length, dtype):
        with composed(name or "inverse_stft_window_fn"):
            step = _integer(frame_step, "frame_step")
            length = _integer(frame_length, "frame_length")
            window = forward_window_fn(length, dtype=dtype)
            overlaps = -_floor_div(-length, step)
            missing = overlaps * step - length
            energy = _padded_ends(op("ExpandDims")(op("Square")(window), 0), 0, _number(missing))
            energy = _sum(_reshape(energy, _pack([overlaps, step])), [0], keep_dims=True)
            energy = _reshape(op("Tile")(energy, _pack([overlaps, 1])), [-1])
            return window / energy[:length]

    return inverse_window


# Modified discrete cosine transform --------------------------------------------------------------------------


def _halves(x: Tensor) -> list[Tensor]:
    return op("Split")(-1, x, num_split=2)


def _backwards(x: Tensor) -> Tensor:
    return _reverse(x, [-1])


def _mdct_window(window_fn, length, dtype):
    if window_fn is None:
        return convert_to_tensor(1.0 / np.sqrt(2.0), dtype)
    return window_fn(length, dtype=dtype)


@export("signal.mdct")
def mdct(signals, frame_length, window_fn=vorbis_window, pad_end=False, norm=None, name=None):
    """The modified discrete cosine transform of the last dimension, by windows that overlap by half.

    Args:
      signals: `[..., samples]`, of float32 or float64.
      frame_length: number of samples of a window, a multiple of 4.
      window_fn: a function (window_length, dtype=) of the window, or None for a constant one.
      pad_end: keep the incomplete windows at the end, filled with zeros.
      norm: None or "ortho".
      name: name of the op in a graph.

    Returns:
      A tensor `[..., frames, frame_length // 2]`.
    """
    with composed(name or "mdct"):
        signals = convert_to_tensor(signals, name="signals")
        signals.shape.with_rank_at_least(1)
        length = _number(_integer(frame_length, "frame_length"))
        if isinstance(length, int) and length % 4:
            raise ValueError("The frame length must be a multiple of 4.")
        half = length // 2
        frames = frame(signals, length, half, pad_end=pad_end)
        frames = frames * _mdct_window(window_fn, length, signals.dtype)
        # The four quarters of a frame fold into two.
        a, b, c, d = op("Split")(-1, frames, num_split=4)
        folded = _concat([-_backwards(c) - d, a - _backwards(b)], -1)
        return dct(folded, type=4, norm=norm)


@export("signal.inverse_mdct")
def inverse_mdct(mdcts, window_fn=vorbis_window, norm=None, name=None):
    """The inverse of `mdct`: `[..., frames, half]` to `[..., samples]`.

    A window that satisfies the Princen-Bradley condition restores the signal, but for its ends.
    """
    with composed(name or "inverse_mdct"):
        mdcts = convert_to_tensor(mdcts, name="mdcts")
        mdcts.shape.with_rank_at_least(2)
        half = mdcts.shape[-1]
        if half is None:
            half = _shape(mdcts)[-1]
        folded = dct(mdcts, type=4, norm=norm)
        if norm is None:
            size = float(half) if isinstance(half, int) else cast(half, mdcts.dtype)
            folded = folded * (0.5 / size)
        u, v = _halves(folded)
        frames = _concat([v, -_backwards(v), -_backwards(u), -u], -1)
        frames = frames * _mdct_window(window_fn, 2 * half, mdcts.dtype)
        return overlap_and_add(frames, half)
