"""Kernels that read and write WAV files of 16-bit samples."""

from __future__ import annotations

import struct

import numpy as np

from tfshim.ops.kernels.array_common import host_array
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, invalid
from tfshim.shapes import from_dims

_PCM = 1
_BYTES = 2
_SCALE = 32768.0


@kernel("EncodeWav", host=True)
def encode_wav(audio, sample_rate):
    if audio.ndim != 2:
        raise invalid(f"audio must be 2-dimensional but got shape {list(audio.shape)}")
    if sample_rate.ndim:
        raise invalid(f"Input sample_rate should be a scalar tensor, got {list(sample_rate.shape)} instead")
    rate, channels = int(sample_rate), audio.shape[1]
    if rate <= 0 or not 0 < channels < 256:
        raise invalid(f"audio of shape {list(audio.shape)} at {rate} Hz cannot be written as a WAV file")
    scaled = audio.astype(np.float32) * np.float32(_SCALE)
    # Halves are rounded away from zero.
    rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled))
    data = np.clip(rounded, -32768, 32767).astype("<i2").tobytes()
    width = channels * _BYTES
    layout = struct.pack("<HHIIHH", _PCM, channels, rate, rate * width, width, 8 * _BYTES)
    body = b"WAVE" + _chunk(b"fmt ", layout) + _chunk(b"data", data)
    return host_array(_chunk(b"RIFF", body))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data


@kernel("DecodeWav", host=True)
def decode_wav(contents, *, desired_channels, desired_samples):
    if contents.ndim:
        raise invalid(f"contents must be scalar but got shape {list(contents.shape)}")
    channels, rate, samples = _parsed(contents[()])
    frames = len(samples) // channels
    audio = samples[: frames * channels].astype(np.float32).reshape(frames, channels) / np.float32(_SCALE)
    if desired_samples >= 0:
        audio = np.concatenate([audio, np.zeros((desired_samples, channels), np.float32)])[:desired_samples]
    if desired_channels > channels:
        # The last channel fills the others.
        audio = np.concatenate([audio, np.repeat(audio[:, -1:], desired_channels - channels, axis=1)], axis=1)
    if desired_channels >= 0:
        audio = audio[:, :desired_channels]
    return np.ascontiguousarray(audio), np.asarray(rate, np.int32)


def _parsed(data: bytes) -> tuple[int, int, np.ndarray]:
    """Number of channels, sample rate and samples of a WAV file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise invalid(f"Header mismatch: Expected RIFF but found {data[:4]!r}")
    layout: tuple[int, ...] | None = None
    position = 12
    while position + 8 <= len(data):
        kind, size = data[position : position + 4], struct.unpack_from("<I", data, position + 4)[0]
        body = data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
        if kind == b"fmt " and len(body) >= 16:
            layout = struct.unpack_from("<HHIIHH", body)
        elif kind == b"data" and layout is not None:
            form, channels, rate, _, width, bits = layout
            if form != _PCM or bits != 8 * _BYTES or channels < 1 or width != channels * _BYTES:
                raise invalid(f"Bad audio format for WAV: Expected 16-bit PCM, but got format {form} of {bits} bits")
            if len(body) == size:
                return channels, rate, np.frombuffer(body[: size // _BYTES * _BYTES], "<i2")
    raise invalid("Data too short when trying to read the header or the samples of a WAV file")


@shape_function("EncodeWav")
def _(op):
    return SCALAR


@shape_function("DecodeWav")
def _(op):
    samples, channels = op.attr("desired_samples"), op.attr("desired_channels")
    return [from_dims(tuple(None if n < 0 else n for n in (samples, channels))), SCALAR]
