"""Kernels that keep the elements and change how they are arranged: identities, shapes, reshapes, transposes."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim import dtypes
from tfshim.ops.kernels.array_common import (
    check_count,
    data_kernel,
    int_vector,
    is_host,
    product,
    require,
    shape_vector,
    vector_or_scalar,
)
from tfshim.ops.registry import kernel, runtime_check
from tfshim.ops.shape_helpers import invalid, shape_text


@data_kernel(
    "Identity",
    "Snapshot",
    "Copy",
    "CopyHost",
    "DeepCopy",
    "DebugIdentity",
    "GuaranteeConst",
)
def identity(xp, x):
    return x


@data_kernel("PreventGradient")
def prevent_gradient(xp, x, *, message):
    del message  # what the error about its gradient says
    return x


@data_kernel("PlaceholderWithDefault")
def placeholder_with_default(xp, default):
    return default


@data_kernel("IdentityN")
def identity_n(xp, values):
    return tuple(values)


@data_kernel("StopGradient")
def stop_gradient(xp, x):
    return x if is_host(xp) else lax.stop_gradient(x)


# What depends on the static shape alone is a NumPy value ---------------------------------------------------


@data_kernel("Shape", shapes_only=True)
def shape(xp, x, *, out_type):
    return np.array(x.shape, out_type.as_numpy_dtype)


@data_kernel("ShapeN", shapes_only=True)
def shape_n(xp, values, *, out_type):
    return tuple(np.array(v.shape, out_type.as_numpy_dtype) for v in values)


@data_kernel("Size", shapes_only=True)
def size(xp, x, *, out_type):
    return np.array(product(x.shape), out_type.as_numpy_dtype)


@data_kernel("Rank", shapes_only=True)
def rank(xp, x):
    return np.array(x.ndim, np.int32)


# Reshapes --------------------------------------------------------------------------------------------------


_MOST_ELEMENTS = 2**63 - 1


def resolved_shape(dims: tuple[int, ...], wanted: np.ndarray) -> tuple[int, ...]:
    """The shape that `wanted` (at most one -1) means for a tensor of shape `dims`."""
    wanted = vector_or_scalar(wanted)
    sizes = list(int_vector(wanted, f"sizes input must be 1-D, not {shape_text(wanted.shape)}"))
    total = product(dims)
    inferred = None
    known = 1
    for i, given in enumerate(sizes):
        if given == -1:
            if inferred is not None:
                raise invalid(f"Only one input size may be -1, not both {inferred} and {i}")
            inferred = i
        elif given < 0:
            raise invalid(f"Size {i} must be non-negative, not {given}")
        elif given > 0:
            known *= given
    if known > _MOST_ELEMENTS and 0 not in sizes:
        raise invalid(f"Shape {sizes} has too many elements")
    if inferred is not None:
        # Beside a 0 in `wanted`, what is inferred are the non-empty dimensions: (0, 3) to [-1, 0] is (3, 0).
        empty = 0 in sizes
        elements = product([d for d in dims if d > 0 or not empty])
        sizes[inferred] = elements // known
        if not (empty and 0 in dims) and elements % known:
            raise invalid(
                f"Input to reshape is a tensor with {total} values, but the requested shape requires a multiple of "
                f"{known}"
            )
    if product(sizes) != total:
        raise invalid(f"Input to reshape is a tensor with {total} values, but the requested shape has {product(sizes)}")
    return tuple(sizes)


@data_kernel("Reshape", static=("shape",))
def reshape(xp, tensor, shape):
    return xp.reshape(tensor, resolved_shape(tensor.shape, shape))


@data_kernel("ExpandDims", static=("dim",))
def expand_dims(xp, x, dim):
    if dim.size != 1:
        raise invalid("'dim' must be a tensor with a single value")
    axis = int(dim.reshape(()))
    if not -x.ndim - 1 <= axis <= x.ndim:
        raise invalid(f"Tried to expand dim index {axis} for tensor with {x.ndim} dimensions.")
    axis = axis + x.ndim + 1 if axis < 0 else axis
    return xp.reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))


@data_kernel("Squeeze")
def squeeze(xp, x, *, squeeze_dims):
    return xp.reshape(x, squeezed_dims(x.shape, squeeze_dims))


def squeezed_dims(dims: tuple[int | None, ...], axes: tuple[int, ...]) -> tuple[int | None, ...]:
    """The shape without `axes` of size 1 (all of them if none are named)."""
    chosen = set()
    for axis in axes:
        if not -len(dims) <= axis < len(dims):
            raise invalid(f"Tried to squeeze dim index {axis} for tensor with {len(dims)} dimensions.")
        chosen.add(axis % len(dims))
    kept = []
    for i, d in enumerate(dims):
        if i in chosen:
            if d is not None and d != 1:
                raise invalid(f"Can not squeeze dim[{i}], expected a dimension of 1, got {d}")
        elif axes or d != 1:
            kept.append(d)
    return tuple(kept)


def resolved_permutation(rank: int, perm: np.ndarray) -> tuple[int, ...]:
    """`perm` with its negative entries resolved, checked to be a permutation of `range(rank)`."""
    axes = int_vector(perm, f"perm must be rank 1, got shape {shape_text(perm.shape)}")
    if len(axes) != rank:
        raise invalid(f"transpose expects a vector of size {rank}. But input(1) is a vector of size {len(axes)}")
    resolved = []
    for axis in axes:
        if not -rank <= axis < rank:
            raise invalid(f"{axis} is out of range [0 .. {rank})")
        resolved.append(axis % rank)
    for i in range(rank):
        if i not in resolved:
            raise invalid(f"{i} is missing from {{{','.join(map(str, axes))}}}.")
    return tuple(resolved)


@data_kernel("Transpose", static=("perm",))
def transpose(xp, x, perm):
    return xp.transpose(x, resolved_permutation(x.ndim, perm))


@data_kernel("ConjugateTranspose", static=("perm",))
def conjugate_transpose(xp, x, perm):
    moved = xp.transpose(x, resolved_permutation(x.ndim, perm))
    return xp.conj(moved) if np.issubdtype(x.dtype, np.complexfloating) else moved


def _permutation_message(x: np.ndarray) -> str:
    seen: set[int] = set()
    for value in x.tolist():
        if not 0 <= value < x.size:
            return f"{value} is not between 0 and {x.size}"
        if value in seen:
            return f"{value} is duplicated in the input."
        seen.add(value)
    return "not a permutation"


@data_kernel("InvertPermutation")
def invert_permutation(xp, x):
    if x.ndim != 1:
        raise invalid(f"invert_permutation expects a 1D vector, got shape {shape_text(x.shape)}")
    positions = xp.arange(x.size, dtype=x.dtype)
    require(xp, xp.sort(x) == positions, _permutation_message, x)
    if is_host(xp):
        inverse = np.empty_like(x)
        inverse[x] = positions
        return inverse
    return jnp.zeros_like(x).at[x].set(positions)


@data_kernel("EnsureShape")
def ensure_shape(xp, x, *, shape):
    if shape is not None and (
        len(shape) != x.ndim or any(want is not None and want != d for want, d in zip(shape, x.shape, strict=True))
    ):
        raise invalid(
            f"Shape of tensor input {shape_text(x.shape)} is not compatible with expected shape {shape_text(shape)}."
        )
    return x


# Broadcasts ------------------------------------------------------------------------------------------------


@data_kernel("BroadcastTo", static=("shape",))
def broadcast_to(xp, x, shape):
    dims = shape_vector(shape, f"shape must be a vector of {{int32,int64}}, got shape {shape_text(shape.shape)}")
    if x.ndim > len(dims):
        raise invalid(f"Rank of input ({x.ndim}) must be no greater than rank of output shape ({len(dims)}).")
    aligned = dims[len(dims) - x.ndim :]
    if any(d not in (1, wanted) for d, wanted in zip(x.shape, aligned, strict=True)):
        raise invalid(
            f"Unable to broadcast tensor of shape {shape_text(x.shape)} to tensor of shape {shape_text(dims)}"
        )
    return xp.broadcast_to(x, dims)


def broadcast_vectors(s0: np.ndarray, s1: np.ndarray) -> list[int]:
    """The shape that two shapes broadcast to."""
    a, b = s0.tolist(), s1.tolist()
    size = max(len(a), len(b))
    padded = zip([1] * (size - len(a)) + a, [1] * (size - len(b)) + b, strict=True)
    result = []
    for x, y in padded:
        if x != y and 1 not in (x, y):
            raise invalid(f"Incompatible shapes: {shape_text(a)} vs. {shape_text(b)}")
        result.append(y if x == 1 else x)
    return result


@data_kernel("BroadcastArgs", static=("s0", "s1"))
def broadcast_args(xp, s0, s1):
    for name, s in (("In[0]", s0), ("In[1]", s1)):
        if s.ndim != 1:
            raise invalid(f"{name} must be a vector.{shape_text(s.shape)}")
    return np.array(broadcast_vectors(s0, s1), s0.dtype)


@data_kernel("BroadcastGradientArgs", static=("s0", "s1"))
def broadcast_gradient_args(xp, s0, s1):
    size = max(s0.size, s1.size)
    broadcast_vectors(s0, s1)
    if s0.tolist() == s1.tolist():
        return np.zeros(0, s0.dtype), np.zeros(0, s0.dtype)
    padded = [[1] * (size - s.size) + s.tolist() for s in (s0, s1)]
    axes: list[list[int]] = [[], []]
    for i, (a, b) in enumerate(zip(*padded, strict=True)):
        if a == b == 1:
            # Summing over an axis of size 1 in both is harmless, and TensorFlow names it.
            axes[0].append(i)
            axes[1].append(i)
        elif a == 1:
            axes[0].append(i)
        elif b == 1:
            axes[1].append(i)
    return tuple(np.array(a, s0.dtype) for a in axes)


@data_kernel("Tile", static=("multiples",))
def tile(xp, x, multiples):
    times = int_vector(multiples, f"Expected multiples to be 1-D, but got shape {shape_text(multiples.shape)}")
    if len(times) != x.ndim:
        raise invalid(f"Expected multiples argument to be a vector of length {x.ndim} but got length {len(times)}")
    for i, m in enumerate(times):
        if m < 0:
            raise invalid(f"Expected multiples[{i}] >= 0, but got {m}")
    check_count([*x.shape, *times])
    return xp.tile(x, times) if times else x


# Spatial blocks and batches ----------------------------------------------------------------------------------


def _block_arguments(block_shape: np.ndarray, pairs: np.ndarray, what: str, rank: int):
    block = int_vector(block_shape, f"block_shape rank should be 1 instead of {block_shape.ndim}")
    if pairs.ndim != 2 or pairs.shape != (len(block), 2):
        raise invalid(f"{what} should have shape [{len(block)}, 2] instead of {shape_text(pairs.shape)}")
    if rank < 1 + len(block):
        raise invalid(f"input rank should be >= {1 + len(block)} instead of {rank}")
    if any(b < 1 for b in block):
        raise invalid(f"All values in block_shape must be positive, got {list(block)}")
    if (pairs < 0).any():
        raise invalid(f"All values in {what} must be non-negative, got {pairs.tolist()}")
    return block, [tuple(p) for p in pairs.tolist()]


@data_kernel("SpaceToBatchND", static=("block_shape", "paddings"))
def space_to_batch_nd(xp, x, block_shape, paddings):
    block, pads = _block_arguments(block_shape, paddings, "paddings", x.ndim)
    m = len(block)
    padded = xp.pad(x, [(0, 0), *pads, *[(0, 0)] * (x.ndim - 1 - m)])
    batch, spatial, rest = padded.shape[0], padded.shape[1 : 1 + m], padded.shape[1 + m :]
    split: list[int] = []
    for i, (d, b) in enumerate(zip(spatial, block, strict=True)):
        if d % b:
            raise invalid(f"padded_shape[{i}]={d} is not divisible by block_shape[{i}]={b}")
        split += [d // b, b]
    grid = xp.reshape(padded, (batch, *split, *rest))
    within = [2 + 2 * i for i in range(m)]
    outer = [1 + 2 * i for i in range(m)]
    moved = xp.transpose(grid, (*within, 0, *outer, *range(1 + 2 * m, grid.ndim)))
    return xp.reshape(moved, (batch * product(block), *split[::2], *rest))


@data_kernel("BatchToSpaceND", static=("block_shape", "crops"))
def batch_to_space_nd(xp, x, block_shape, crops):
    block, cuts = _block_arguments(block_shape, crops, "crops", x.ndim)
    m = len(block)
    batch, spatial, rest = x.shape[0], x.shape[1 : 1 + m], x.shape[1 + m :]
    if batch % product(block):
        raise invalid(f"Input batch dimension ({batch}) is not divisible by product of block sizes ({product(block)})")
    grid = xp.reshape(x, (*block, batch // product(block), *spatial, *rest))
    order = [m]
    for i in range(m):
        order += [m + 1 + i, i]
    moved = xp.transpose(grid, (*order, *range(2 * m + 1, grid.ndim)))
    sizes = [d * b for d, b in zip(spatial, block, strict=True)]
    whole = xp.reshape(moved, (batch // product(block), *sizes, *rest))
    cut = [slice(None)]
    for i, (d, (before, after)) in enumerate(zip(sizes, cuts, strict=True)):
        if d - before - after < 0:
            raise invalid(f"cropped_shape[{i}]={d - before - after} must be non-negative")
        cut.append(slice(before, d - after))
    return whole[tuple(cut)]


def _check_image(x: Any) -> None:
    if x.ndim != 4:
        raise invalid(f"Input rank should be: 4 instead of: {x.ndim}")


@data_kernel("SpaceToBatch", static=("paddings",))
def space_to_batch(xp, x, paddings, *, block_size):
    _check_image(x)
    return space_to_batch_nd(xp, x, np.array([block_size, block_size]), paddings)


@data_kernel("BatchToSpace", static=("crops",))
def batch_to_space(xp, x, crops, *, block_size):
    _check_image(x)
    return batch_to_space_nd(xp, x, np.array([block_size, block_size]), crops)


# Reinterpretation and checks ---------------------------------------------------------------------------------


@data_kernel("Bitcast")
def bitcast(xp, x, *, type):
    target = np.dtype(type.as_numpy_dtype)
    size_in, size_out = np.dtype(x.dtype).itemsize, target.itemsize
    dims = x.shape
    if size_in < size_out:
        ratio = size_out // size_in
        if not dims or dims[-1] != ratio:
            kinds = f"from {dtypes.of(x.dtype).as_datatype_enum} to {type.as_datatype_enum}"
            raise invalid(f"Cannot bitcast {kinds}: the last dimension of {shape_text(dims)} must be {ratio}")
        dims = dims[:-1]
    elif size_in > size_out:
        dims = (*dims, size_in // size_out)
    if is_host(xp):
        return np.ascontiguousarray(x).view(np.uint8).view(target).reshape(dims)
    return _device_bitcast(x, target, dims)


def _device_bitcast(x: Any, target: np.dtype, dims: tuple[int, ...]) -> Any:
    """XLA reinterprets real types only: a complex number is a pair of them, the real part first."""
    if np.issubdtype(x.dtype, np.complexfloating):
        x = jnp.stack([x.real, x.imag], axis=-1)
    part = np.dtype(np.zeros((), target).real.dtype) if np.issubdtype(target, np.complexfloating) else target
    size_in, size_out = np.dtype(x.dtype).itemsize, part.itemsize
    flat = jnp.reshape(x, (-1, size_out // size_in)) if size_in < size_out else jnp.reshape(x, (-1,))
    parts = jnp.reshape(lax.bitcast_convert_type(flat, part), (-1,))
    if part != target:
        pairs = jnp.reshape(parts, (-1, 2))
        parts = lax.complex(pairs[:, 0], pairs[:, 1])
    return jnp.reshape(parts, dims)


@kernel("CheckNumerics")
def check_numerics(x, *, message):
    nan, infinite = jnp.any(jnp.isnan(x)), jnp.any(jnp.isinf(x))
    runtime_check(~(nan & infinite), f"{message} : Tensor had Inf and NaN values")
    runtime_check(~nan, f"{message} : Tensor had NaN values")
    runtime_check(~infinite, f"{message} : Tensor had Inf values")
    return x


@kernel("CheckNumericsV2")
def check_numerics_v2(x, *, message):
    found = {"-Inf": jnp.any(x == -jnp.inf), "+Inf": jnp.any(x == jnp.inf), "NaN": jnp.any(jnp.isnan(x))}
    names = list(found)
    groups = (names, names[:2], [names[0], names[2]], names[1:], *([n] for n in names))
    for group in groups:
        together = jnp.all(jnp.stack([found[n] for n in group]))
        runtime_check(~together, f"{message} : Tensor had {_and_list(group)} values")
    return x


def _and_list(names: list[str]) -> str:
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def _zero_size_message(dims: np.ndarray) -> str:
    return f"Input dims cannot contain a dim of zero, but dims contains zero at index {int(np.argmin(dims != 0))}"


@data_kernel("UnravelIndex")
def unravel_index(xp, indices, dims):
    if dims.ndim != 1:
        raise invalid(f"The indices can only be 1-D, got {shape_text(dims.shape)}")
    if indices.ndim > 1:
        raise invalid(f'The indices can only be scalar or vector, got "{shape_text(indices.shape)}"')
    if not indices.size:
        raise invalid("received empty tensor indices")
    require(xp, dims != 0, _zero_size_message, dims)
    fits = xp.prod(dims.astype(np.float64)) < float(np.iinfo(dims.dtype).max)
    require(xp, fits, "Input dims product is causing integer overflow")
    require(xp, indices < xp.prod(dims, dtype=dims.dtype), "index is out of bound as with dims")
    remaining, found = indices, []
    for i in reversed(range(dims.shape[0])):
        size = xp.maximum(dims[i], xp.ones_like(dims[i]))
        # Division rounds towards zero here, as it does in TensorFlow.
        quotient = (
            lax.div(remaining, xp.broadcast_to(size, remaining.shape)) if xp is jnp else _truncated(remaining, size)
        )
        found.append(remaining - quotient * size)
        remaining = quotient
    return xp.stack(found[::-1])


def _truncated(a: Any, b: Any) -> Any:
    return (np.sign(a) * (np.abs(a) // b)).astype(a.dtype)
