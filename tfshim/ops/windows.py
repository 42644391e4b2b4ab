"""Geometry of sliding windows, shared by convolutions and pooling: layouts, padding, output sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tfshim import errors
from tfshim.ops.shape_helpers import invalid

Size = int | None


class Layout(NamedTuple):
    """Where the channel and the spatial dimensions of a data format are."""

    channel: int
    spatial: tuple[int, ...]


_LAYOUTS = {
    "NHWC": Layout(3, (1, 2)),
    "NCHW": Layout(1, (2, 3)),
    "NDHWC": Layout(4, (1, 2, 3)),
    "NCDHW": Layout(1, (2, 3, 4)),
}


def layout_of(data_format: str, op_name: str) -> Layout:
    """The layout of a TensorFlow data format.

    On every device all ops take formats with the channels first, which TensorFlow's kernels for CPUs refuse.
    """
    try:
        return _LAYOUTS[data_format]
    except KeyError:
        raise errors.UnimplementedError(None, None, f"{op_name} does not support data_format={data_format!r}") from None


def spatial_attr(values: Sequence[int], layout: Layout, op_name: str, attr: str) -> tuple[int, ...]:
    """The spatial entries of a per-dimension attribute such as `strides`; batch and channel must be 1."""
    if len(values) != len(layout.spatial) + 2:
        raise invalid(f"{op_name}: {attr} must specify {len(layout.spatial) + 2} dimensions, got {list(values)}")
    if values[0] != 1 or values[layout.channel] != 1:
        raise errors.UnimplementedError(
            None,
            None,
            f"{op_name}: {attr} in the batch and depth dimensions must be 1, got {attr}={list(values)}",
        )
    spatial = tuple(values[i] for i in layout.spatial)
    if any(v <= 0 for v in spatial):
        raise invalid(f"{op_name}: {attr} must be positive, got {list(values)}")
    return spatial


def explicit_pairs(explicit_paddings: Sequence[int], layout: Layout, op_name: str) -> tuple[tuple[int, int], ...]:
    """The spatial (before, after) pairs of an `explicit_paddings` attribute."""
    if len(explicit_paddings) != 2 * (len(layout.spatial) + 2):
        raise invalid(
            f"{op_name}: explicit_paddings must hold {2 * (len(layout.spatial) + 2)} values for "
            f"padding EXPLICIT, got {list(explicit_paddings)}"
        )
    if any(p < 0 for p in explicit_paddings):
        raise invalid(f"{op_name}: explicit_paddings must not be negative, got {list(explicit_paddings)}")
    pairs = list(zip(explicit_paddings[::2], explicit_paddings[1::2]))
    if pairs[0] != (0, 0) or pairs[layout.channel] != (0, 0):
        raise invalid(
            f"{op_name}: explicit_paddings of the batch and depth dimensions must be 0, got {list(explicit_paddings)}"
        )
    return tuple(pairs[i] for i in layout.spatial)


class Windows(NamedTuple):
    """How windows lie over the spatial dimensions of an input; sizes may be unknown (None)."""

    ksize: tuple[Size, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    pads: tuple[tuple[int, int] | None, ...]
    outputs: tuple[Size, ...]

    def along(self, axes: Sequence[int]) -> Windows:
        """The same over some of the dimensions."""
        return Windows(*(tuple(values[i] for i in axes) for values in self))


def check_fit(sizes: Sequence[Size], spot: Windows, padding: str) -> None:
    """InvalidArgumentError for windows that do not fit into their input: TensorFlow's graphs refuse what its kernels
    do, which give nothing there. For shape functions; `sizes` are those of the spatial dimensions.
    """
    if padding == "SAME":
        return
    for size, k, dilation, pair in zip(sizes, spot.ksize, spot.dilations, spot.pads, strict=True):
        if size is None or k is None:
            continue
        room, effective = size + sum(pair or (0, 0)), (k - 1) * dilation + 1
        if effective > room:
            raise invalid(f"Negative dimension size caused by subtracting {effective} from {room}")


def windows(
    op_name: str,
    sizes: Sequence[Size],
    ksize: Sequence[Size],
    strides: Sequence[int],
    padding: str,
    pairs: Sequence[tuple[int, int]] = (),
    dilations: Sequence[int] | None = None,
) -> Windows:
    """Places windows of `ksize` over `sizes`.

    Raises InvalidArgumentError if an output size would be negative.
    """
    dilations = tuple(dilations) if dilations is not None else (1,) * len(ksize)
    pads: list[tuple[int, int] | None] = []
    outputs: list[Size] = []
    for i, (size, k, stride, dilation) in enumerate(zip(sizes, ksize, strides, dilations, strict=True)):
        if padding == "SAME":
            output = None if size is None else -(-size // stride)
            if size is None or k is None:
                pads.append(None)
            else:
                total = max((output - 1) * stride + (k - 1) * dilation + 1 - size, 0)
                pads.append((total // 2, total - total // 2))
            outputs.append(output)
            continue
        pair = pairs[i] if padding == "EXPLICIT" else (0, 0)
        pads.append(pair)
        if size is None or k is None:
            outputs.append(None)
            continue
        effective = (k - 1) * dilation + 1
        output = (size + sum(pair) - effective + stride) // stride
        if output < 0:
            raise invalid(
                f"{op_name}: Computed output size would be negative: {output} [input_size: {size}, "
                f"effective_filter_size: {effective}, stride: {stride}]"
            )
        outputs.append(output)
    return Windows(tuple(ksize), tuple(strides), dilations, tuple(pads), tuple(outputs))
