"""`tf.summary.scalar`, `histogram`, `image`, `text`, `audio`: summaries in the formats that TensorBoard shows."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes, protos
from tfshim.api.array import reshape
from tfshim.api.casting import cast, saturate_cast
from tfshim.api.creation import linspace
from tfshim.api.summary import summary_scope, write
from tfshim.control_flow.functional import map_fn
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_add = op("AddV2")
_as_string = op("AsString")
_concat = op("ConcatV2")
_count = op("UnsortedSegmentSum")
_div = op("RealDiv")
_encode_png = op("EncodePng")
_equal = op("Equal")
_fill = op("Fill")
_floor = op("Floor")
_max = op("Max")
_maximum = op("Maximum")
_min = op("Min")
_minimum = op("Minimum")
_mul = op("Mul")
_ones_like = op("OnesLike")
_pack = op("Pack")
_select = op("SelectV2")
_shape = op("Shape")
_size = op("Size")
_sub = op("Sub")


def _metadata(plugin: str, data_class: str, description: str | None, content: bytes = b"") -> Any:
    """What tells TensorBoard how to show a summary."""
    metadata = protos.SummaryMetadata(
        summary_description=description or "", data_class=protos.DataClass.Value(f"DATA_CLASS_{data_class}")
    )
    metadata.plugin_data.plugin_name = plugin
    metadata.plugin_data.content = content
    return metadata


@export("summary.scalar")
def scalar(name: str, data: Any, step: Any = None, description: str | None = None) -> Tensor:
    """Writes a number (as float32); a boolean tensor says whether it was written.

    Args:
      name: of the summary; name scopes around it are part of the tag.
      data: a real scalar.
      step: by default the current one.
      description: text for TensorBoard.
    """
    with summary_scope(name, "scalar_summary") as (tag, _):
        number = convert_to_tensor(data)
        if number.shape.rank not in (0, None):
            raise ValueError(f"Expected scalar shape for {tag}, saw shape: {number.shape}.")
        return write(tag, lambda: cast(number, dtypes.float32), step, _metadata("scalars", "SCALAR", description))


@export("summary.histogram")
def histogram(
    name: str, data: Any, step: Any = None, buckets: int | None = None, description: str | None = None
) -> Tensor:
    """Writes how numbers are distributed: `[left, right, count]` for each of `buckets` (30) equal intervals.

    Args:
      name: of the summary; name scopes around it are part of the tag.
      data: numbers of any shape.
      step: by default the current one.
      buckets: number of intervals.
      description: text for TensorBoard.
    """
    with summary_scope(name, "histogram_summary") as (tag, _):
        tensor = convert_to_tensor(data)
        count = 30 if buckets is None else buckets
        return write(tag, lambda: _buckets(tensor, count), step, _metadata("histograms", "TENSOR", description))


def _buckets(data: Tensor, count: int) -> Tensor:
    """The intervals of a histogram, a float64 tensor [count, 3]."""
    values = reshape(cast(data, dtypes.float64), [-1])
    if not count:
        return _fill([0, 3], convert_to_tensor(0.0, dtypes.float64))
    empty = _equal(_size(values), 0)
    zero = convert_to_tensor(0.0, dtypes.float64)
    low, high = (_select(empty, zero, reduce(values, [0])) for reduce in (_min, _max))
    width = _sub(high, low)
    alike = _equal(width, zero)
    step = _select(alike, _ones_like(width), _div(width, float(count)))
    # A value at the upper end belongs to the last interval, and so do values that are all alike.
    position = _select(alike, _mul(_ones_like(values), float(count)), _floor(_div(_sub(values, low), step)))
    index = cast(_maximum(_minimum(position, float(count - 1)), zero), dtypes.int32)
    counts = _count(_ones_like(values), index, count)
    edges = linspace(low, high, count + 1)
    return _pack([edges[:-1], edges[1:], counts], axis=1)


@export("summary.text")
def text(name: str, data: Any, step: Any = None, description: str | None = None) -> Tensor:
    """Writes strings (Markdown); a tensor of rank 2 is shown as a table.

    Args:
      name: of the summary; name scopes around it are part of the tag.
      data: strings.
      step: by default the current one.
      description: text for TensorBoard.
    """
    with summary_scope(name, "text_summary") as (tag, _):
        strings = convert_to_tensor(data)
        if strings.dtype is not dtypes.string:
            raise ValueError(f"tf.summary.text takes strings, got dtype {strings.dtype.name}")
        return write(tag, strings, step, _metadata("text", "TENSOR", description))


@export("summary.image")
def image(name: str, data: Any, step: Any = None, max_outputs: int = 3, description: str | None = None) -> Tensor:
    """Writes images.

    Args:
      name: of the summary; name scopes around it are part of the tag.
      data: [count, height, width, channels] with 1 to 4 channels: floats in [0, 1), or integers over the whole range
        of their dtype.
      step: by default the current one.
      max_outputs: how many to write, from the first one on.
      description: text for TensorBoard.
    """
    with summary_scope(name, "image_summary") as (tag, _):
        images = convert_to_tensor(data)
        if images.shape.rank not in (4, None):
            raise ValueError(f"tf.summary.image takes a tensor of rank 4, got shape {images.shape}")

        def encoded() -> Tensor:
            pixels = _as_bytes(images)[:max_outputs]
            sizes = _as_string(_pack([_shape(pixels)[2], _shape(pixels)[1]], axis=0))
            return _concat([sizes, _encode_png(pixels)], 0)

        return write(tag, encoded, step, _metadata("images", "BLOB_SEQUENCE", description))


def _as_bytes(images: Tensor) -> Tensor:
    """Images as uint8: floats in [0, 1] are scaled, integers keep their highest bits."""
    dtype = images.dtype
    if dtype is dtypes.uint8:
        return images
    if dtype.is_floating:
        return saturate_cast(_mul(images, 255.5), dtypes.uint8)
    if dtype.size == 1:
        return saturate_cast(images, dtypes.uint8)
    return saturate_cast(op("FloorDiv")(images, (dtype.max + 1) // 256), dtypes.uint8)


# The message AudioPluginData with `encoding` WAV.
_WAV = b"\x10\x0b"


@export("summary.audio")
def audio(
    name: str,
    data: Any,
    sample_rate: Any,
    step: Any = None,
    max_outputs: int = 3,
    encoding: str | None = None,
    description: str | None = None,
) -> Tensor:
    """Writes sounds, as a string tensor [count, 2] of WAV files and labels.

    Args:
      name: of the summary; name scopes around it are part of the tag.
      data: float32 [count, samples, channels] in [-1, 1].
      sample_rate: int32 scalar, in Hz.
      step: by default the current one.
      max_outputs: how many to write, from the first one on.
      encoding: "wav", the default; ValueError for others.
      description: text for TensorBoard.
    """
    if encoding not in (None, "wav"):
        raise ValueError(f"Unknown encoding: {encoding!r}")
    with summary_scope(name, "audio_summary") as (tag, _):
        sounds = convert_to_tensor(data)
        if sounds.shape.rank not in (3, None):
            raise ValueError(f"tf.summary.audio takes a tensor of rank 3, got shape {sounds.shape}")

        def encoded() -> Tensor:
            chosen = sounds[:max_outputs]
            files = map_fn(
                lambda sound: op("EncodeWav")(sound, sample_rate),
                chosen,
                fn_output_signature=dtypes.string,
            )
            return _pack([files, _fill(_shape(files), "")], axis=1)

        return write(tag, encoded, step, _metadata("audio", "BLOB_SEQUENCE", description, _WAV))
