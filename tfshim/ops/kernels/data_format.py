"""Kernels that carry dimension numbers and per-dimension values from one image layout ("NHWC") to another."""

from __future__ import annotations

import numpy as np

from tfshim.ops.kernels.array_common import data_kernel
from tfshim.ops.shape_helpers import invalid, same_shape, shape_text


def _check_formats(source: str, target: str) -> None:
    for which, name, layout in (("Source", "src", source), ("Destination", "dst", target)):
        if len(layout) not in (4, 5):
            raise invalid(f"{which} format must be of length 4 or 5, received {name}_format = {layout}")
    if sorted(source) != sorted(target) or len(set(source)) != len(source):
        raise invalid(f"Destination and source format must determine a permutation, got {source} and {target}")


@data_kernel("DataFormatDimMap")
def data_format_dim_map(xp, x, *, src_format, dst_format):
    """The numbers of dimensions in the other layout; those out of range count around."""
    _check_formats(src_format, dst_format)
    target = xp.asarray(np.array([dst_format.index(c) for c in src_format], x.dtype))
    return target[x % len(src_format)]


@data_kernel("DataFormatVecPermute")
def data_format_vec_permute(xp, x, *, src_format, dst_format):
    """Sizes, strides or pairs of paddings in the other layout's order: of all dimensions, or of the spatial ones."""
    _check_formats(src_format, dst_format)
    count = len(src_format)
    if x.ndim not in (1, 2):
        raise invalid(f"input must be a vector or 2D tensor, but got shape {shape_text(x.shape)}")
    if x.shape[0] not in (count, count - 2):
        kind = "1D input" if x.ndim == 1 else "First dimension of 2D input"
        raise invalid(f"{kind} must be of size {count - 2} or {count}, but got shape {shape_text(x.shape)}")
    if x.ndim == 2 and x.shape[1] != 2:
        raise invalid(f"Second dimension of 2D input must be of size 2, but got shape {shape_text(x.shape)}")
    if x.shape[0] < count:
        src_format, dst_format = ([c for c in layout if c in "DHW"] for layout in (src_format, dst_format))
    return x[np.array([src_format.index(c) for c in dst_format])]


same_shape("DataFormatDimMap", "DataFormatVecPermute")
