"""`tf.audio`: WAV files."""

from __future__ import annotations

from typing import Any, NamedTuple

from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor


class DecodeWav(NamedTuple):
    """The samples of a file, and how many of them make a second."""

    audio: Tensor
    sample_rate: Tensor


@export("audio.decode_wav")
def decode_wav(
    contents: Any, desired_channels: int = -1, desired_samples: int = -1, name: str | None = None
) -> DecodeWav:
    """The samples of a WAV file of 16-bit samples, and how many of them make a second.

    Args:
      contents: string scalar.
      desired_channels: number of channels of the result; -1: those of the file.
      desired_samples: number of samples of the result, zeros behind the file's; -1: those of the file.
      name: of the node.

    Returns:
      `(audio, sample_rate)`: float32 [samples, channels] in [-1, 1), int32 scalar.
    """
    decoded = op("DecodeWav")(contents, desired_channels=desired_channels, desired_samples=desired_samples, name=name)
    return DecodeWav(*decoded)


@export("audio.encode_wav")
def encode_wav(audio: Any, sample_rate: Any, name: str | None = None) -> Tensor:
    """A WAV file of 16-bit samples.

    Args:
      audio: float32 [samples, channels] in [-1, 1]; what is beyond is cut off.
      sample_rate: int32 scalar, in Hz.
      name: of the node.
    """
    return op("EncodeWav")(audio, sample_rate, name=name)
