"""Kernels of the summaries of TensorFlow 1: values as serialised `Summary` protos."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfshim import protos
from tfshim.ops.kernels.array_common import host_array
from tfshim.ops.kernels.png import png
from tfshim.ops.kernels.summary_files import _tensor_proto
from tfshim.ops.kernels.wav import encode_wav
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, invalid


def _serialized(summary: Any) -> np.ndarray:
    return host_array(summary.SerializeToString(deterministic=True))


def _summary() -> Any:
    return protos.Summary()  # type: ignore[attr-defined]


@kernel("ScalarSummary", host=True)
def scalar(tags, values):
    if tags.shape != values.shape:
        raise invalid(
            f"tags and values are not the same shape: {list(tags.shape)} != {list(values.shape)} (tag '"
            f"{tags.ravel()[0].decode() if tags.size else ''}')"
        )
    summary = _summary()
    for tag, value in zip(tags.ravel().tolist(), values.ravel().tolist(), strict=True):
        summary.value.add(tag=tag.decode(), simple_value=float(value))
    return _serialized(summary)


# Histograms ------------------------------------------------------------------------------------------------


@functools.cache
def _limits() -> np.ndarray:
    """The upper limits of buckets: each is 1.1 times as far from zero as the one before."""
    positive = []
    value = 1e-12
    while value < 1e20:
        positive.append(value)
        value *= 1.1
    largest = np.finfo(np.float64).max
    rising = np.array([*positive, largest])
    return np.concatenate([-rising[::-1], [0.0], rising])


def _fill(histogram: Any, values: np.ndarray) -> None:
    """The numbers of a `HistogramProto`; buckets without values that follow each other are one."""
    histogram.min = values.min() if values.size else np.finfo(np.float64).max
    histogram.max = values.max() if values.size else -np.finfo(np.float64).max
    histogram.num = values.size
    # In the order of the values, as TensorFlow adds them up.
    histogram.sum = np.cumsum(values)[-1] if values.size else 0.0
    histogram.sum_squares = np.cumsum(values * values)[-1] if values.size else 0.0
    limits = _limits()
    places = np.minimum(np.searchsorted(limits, values, side="right"), len(limits) - 1)
    counts = np.bincount(places, minlength=len(limits))
    for limit, count in _merged(limits.tolist(), counts.tolist()):
        histogram.bucket_limit.append(limit)
        histogram.bucket.append(count)


def _merged(limits: list[float], counts: list[int]) -> Iterator[tuple[float, float]]:
    for i, (limit, count) in enumerate(zip(limits, counts, strict=True)):
        if count or i + 1 == len(counts) or counts[i + 1]:
            yield limit, float(count)


@kernel("HistogramSummary", host=True)
def histogram(tag, values):
    if tag.ndim:
        raise invalid("tag must be scalar")
    numbers = values.astype(np.float64).ravel()
    for bad, what in ((np.isnan(numbers), "Nan"), (np.isinf(numbers), "Infinity")):
        if bad.any():
            raise invalid(f"{what} in summary histogram for: {tag.item().decode()}")
    summary = _summary()
    _fill(summary.value.add(tag=tag.item().decode()).histo, numbers)
    return _serialized(summary)


# Images and sound ------------------------------------------------------------------------------------------


_RED = np.array([255, 0, 0, 255], np.uint8)


def _pixels(image: np.ndarray) -> np.ndarray:
    """Numbers as bytes: from 0 to the largest, or where some are negative, around 128. Others than numbers are red."""
    finite = np.isfinite(image).all(axis=-1)
    known = image[finite]
    low, high = (known.min(), known.max()) if known.size else (0.0, 0.0)
    largest = max(abs(low), abs(high)) if low < 0 else high
    room, offset = (127.0, 128.0) if low < 0 else (255.0, 0.0)
    scale = np.float32(0 if largest < 1e-6 else room / largest)
    scaled = np.where(finite[..., None], image, 0).astype(np.float32) * scale + np.float32(offset)
    return np.where(finite[..., None], scaled.astype(np.uint8), _RED[: image.shape[-1]])


@kernel("ImageSummary", host=True)
def image(tag, tensor, *, max_images):
    if tensor.ndim != 4 or tensor.shape[3] not in (1, 3, 4):
        raise invalid(
            f"Tensor must be 4-D with last dim 1, 3, or 4, not {list(tensor.shape)} (tag '{tag.item().decode()}')"
        )
    summary = _summary()
    for label, one in _labelled(tag.item().decode(), "image", tensor, max_images):
        pixels = one if one.dtype == np.uint8 else _pixels(one.astype(np.float32))
        height, width, channels = pixels.shape
        summary.value.add(tag=label).image.CopyFrom(
            protos.Summary.Image(  # type: ignore[attr-defined]
                height=height, width=width, colorspace=channels, encoded_image_string=png(pixels)
            )
        )
    return _serialized(summary)


def _labelled(tag: str, kind: str, values: np.ndarray, limit: int) -> Iterator[tuple[str, np.ndarray]]:
    for i, value in enumerate(values[:limit]):
        yield f"{tag}/{kind}/{i}" if limit > 1 else f"{tag}/{kind}", value


@kernel("AudioSummaryV2", host=True)
def audio(tag, tensor, sample_rate, *, max_outputs):
    if tensor.ndim not in (2, 3):
        raise invalid(f"Tensor must be 3-D or 2-D, got: {list(tensor.shape)}")
    rate = float(sample_rate)
    if rate <= 0:
        raise invalid("sample_rate must be > 0")
    clips = tensor if tensor.ndim == 3 else tensor[..., None]
    summary = _summary()
    for label, clip in _labelled(tag.item().decode(), "audio", clips, max_outputs):
        found = summary.value.add(tag=label).audio
        found.sample_rate, found.content_type = rate, "audio/wav"
        found.length_frames, found.num_channels = clip.shape
        found.encoded_audio_string = encode_wav(clip, np.asarray(int(rate))).item()
    return _serialized(summary)


# Tensors, and several summaries as one ---------------------------------------------------------------------


@kernel("TensorSummaryV2", host=True)
def tensor(tag, tensor, serialized_summary_metadata):
    summary = _summary()
    value = summary.value.add(tag=tag.item().decode())
    value.tensor.CopyFrom(_tensor_proto(tensor))
    value.metadata.MergeFromString(serialized_summary_metadata.item())
    return _serialized(summary)


@kernel("TensorSummary", host=True)
def tensor_v1(tensor):
    summary = _summary()
    summary.value.add(node_name="TensorSummary").tensor.CopyFrom(_tensor_proto(tensor))
    return _serialized(summary)


@kernel("MergeSummary", host=True)
def merge(inputs):
    summary = _summary()
    for data in (text for part in inputs for text in part.ravel().tolist()):
        summary.MergeFromString(data)
    seen: set[str] = set()
    for value in summary.value:
        if value.tag and value.tag in seen:
            raise invalid(f"Duplicate tag {value.tag} found in summary inputs")
        seen.add(value.tag)
    return _serialized(summary)


@shape_function(
    "ScalarSummary",
    "HistogramSummary",
    "ImageSummary",
    "AudioSummaryV2",
    "TensorSummaryV2",
    "TensorSummary",
    "MergeSummary",
)
def _(op):
    return SCALAR
