"""Clipping of tensors and gradients by norm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tfshim.api.casting import cast
from tfshim.api.naming import in_scope
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op

_identity = op("Identity")
_l2_loss = op("L2Loss")
_maximum = op("Maximum")
_minimum = op("Minimum")
_mul = op("Mul")
_pack = op("Pack")
_real_div = op("RealDiv")
_select = op("SelectV2")
_sqrt = op("Sqrt")
_sum = op("Sum")


def _is_slices(t) -> bool:
    return isinstance(t, IndexedSlices)


def _values(t):
    return convert_to_tensor(t.values if _is_slices(t) else t, name="t")


def _like(t, values):
    """`values` as IndexedSlices if `t` is one."""
    return type(t)(values, t.indices, t.dense_shape) if _is_slices(t) else values


@export("clip_by_norm")
@in_scope("clip_by_norm", result=True)
def clip_by_norm(t, clip_norm, axes=None, name=None):
    """`t`, scaled down along `axes` (all by default) so that its Euclidean norm is at most `clip_norm`.

    Args:
      t: floating-point tensor or IndexedSlices.
      clip_norm: non-negative number or scalar tensor.
      axes: the dimensions of which the norm is taken.
      name: name of the op in a graph.

    Raises:
      ValueError: for a norm that does not broadcast to the shape of `t`.
    """
    values = _values(t)
    if np.isscalar(clip_norm):
        clip_norm = max(clip_norm, 0)
    else:
        clip_norm = cast(_maximum(convert_to_tensor(clip_norm), 0), values.dtype)
    if axes is None:
        rank = values.shape.rank
        axes = op("Range")(0, op("Rank")(values), 1) if rank is None else np.arange(rank, dtype=np.int32)
    elif not hasattr(axes, "dtype"):
        axes = np.asarray(axes, np.int32)
    squares = _sum(values * values, axes, keep_dims=True)
    # The detour keeps the gradient of the square root finite where the norm is zero.
    positive = squares > 0
    safe = _select(positive, squares, op("OnesLike")(squares))
    norm = _select(positive, _sqrt(safe), squares)
    scaled = values * clip_norm
    # A norm may vary along the dimensions of the tensor, but not add to them.
    values.shape.assert_is_compatible_with(scaled.shape)
    clipped = _real_div(scaled, _maximum(norm, clip_norm), name=name)
    return _like(t, clipped)


def _require_sequence(t_list):
    if not isinstance(t_list, Sequence) or isinstance(t_list, str):
        raise TypeError(f"`t_list` should be a sequence of tensors. Received {type(t_list)}.")
    return list(t_list)


@export("linalg.global_norm")
@in_scope("global_norm")
def global_norm(t_list, name=None):
    """The Euclidean norm of all elements of all tensors of a list; None entries are passed over."""
    halves = [_l2_loss(_values(t)) for t in _require_sequence(t_list) if t is not None]
    total = _sum(_pack(halves, axis=0), np.zeros([1], np.int32)) if halves else convert_to_tensor(0.0)
    return _sqrt(total * 2.0, name=name or "global_norm")


@export("clip_by_global_norm")
@in_scope("clip_by_global_norm")
def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """Scales all tensors of a list by one factor, so that their `global_norm` is at most `clip_norm`.

    Args:
      t_list: list of tensors, IndexedSlices and None.
      clip_norm: positive number or scalar tensor.
      use_norm: the global norm, if it is known.
      name: name of the ops in a graph.

    Returns:
      The list of scaled tensors (all nan if the norm is not finite), and the norm before scaling.
    """
    t_list = _require_sequence(t_list)
    use_norm = global_norm(t_list) if use_norm is None else convert_to_tensor(use_norm)
    one = convert_to_tensor(1, use_norm.dtype)
    finite = clip_norm * _minimum(1.0 / use_norm, one / clip_norm)
    scale = finite + (use_norm - use_norm)
    clipped = [None if t is None else _like(t, _scaled(_values(t), scale)) for t in t_list]
    return clipped, use_norm


def _scaled(values, scale):
    return _mul(values, cast(scale, values.dtype))
