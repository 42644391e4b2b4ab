"""Images seen through projective transforms."""

from __future__ import annotations

import jax.numpy as jnp

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import from_dims


def _reflected(x, length):
    """Places before the first pixel and after the last one, mirrored at the edges: c b a | a b c | c b a."""
    period = 2 * length
    near = jnp.where(x < -period, x + period * jnp.trunc(-x / period), x)
    below = jnp.where(near < -length, near + period, -near - 1)
    rest = x - period * jnp.trunc(x / period)
    above = jnp.where(rest >= length, period - rest - 1, rest)
    return jnp.where(x < 0, below, jnp.where(x > length - 1, above, x))


def _wrapped(x, length):
    """The same for images that repeat: a b c | a b c | a b c."""
    last = length - 1
    below = x + length * (jnp.trunc(-x / last) + 1)
    above = x - length * jnp.trunc(x / last)
    return jnp.where(x < 0, below, jnp.where(x > last, above, x))


def _placed(x, length, mode):
    """Coordinates by what stands for those outside of the image; CONSTANT leaves them outside."""
    if mode == "CONSTANT":
        return x
    if mode in ("REFLECT", "WRAP") and length > 1:
        x = (_reflected if mode == "REFLECT" else _wrapped)(x, jnp.float32(length))
    return jnp.clip(x, 0, length - 1)


def _pixels(images, y, x, fill):
    """The pixels at whole coordinates `[batch, height, width]`, or `fill` where these lie outside."""
    height, width = images.shape[1:3]
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    rows = jnp.clip(y, 0, height - 1).astype(jnp.int32)
    columns = jnp.clip(x, 0, width - 1).astype(jnp.int32)
    found = images[jnp.arange(images.shape[0])[:, None, None], rows, columns]
    return jnp.where(inside[..., None], found, fill)


def _rounded(x):
    """The nearest whole number, halves away from zero."""
    whole = jnp.trunc(x)
    return whole + jnp.where(jnp.abs(x - whole) >= 0.5, jnp.sign(x), 0)


@kernel("ImageProjectiveTransformV3", static=("output_shape",))
def image_projective_transform(images, transforms, output_shape, fill_value, *, interpolation, fill_mode):
    if images.ndim != 4:
        raise invalid(f"Input images must have rank 4, got {shape_text(images.shape)}")
    if transforms.ndim != 2 or transforms.shape[0] not in (1, images.shape[0]) or transforms.shape[1] != 8:
        raise invalid(f"Input transform should be num_images x 8 or 1 x 8, got {shape_text(transforms.shape)}")
    if output_shape.ndim != 1 or output_shape.size != 2:
        raise invalid(f"output shape must have two elements, got {shape_text(output_shape.shape)}")
    if (output_shape <= 0).any():
        raise invalid("output dimensions must be positive")
    if fill_mode not in ("CONSTANT", "REFLECT", "WRAP", "NEAREST"):
        raise invalid(f"fill_mode must be CONSTANT, REFLECT, WRAP or NEAREST, not {fill_mode}")
    if interpolation not in ("NEAREST", "BILINEAR"):
        raise invalid(f"interpolation must be NEAREST or BILINEAR, not {interpolation}")
    fill = fill_value.astype(images.dtype)
    out_y, out_x = (jnp.arange(int(n), dtype=jnp.float32) for n in output_shape)
    out_y, out_x = out_y[:, None], out_x
    a = [transforms[:, i, None, None] for i in range(8)]
    scale = a[6] * out_x + a[7] * out_y + 1
    x = _placed((a[0] * out_x + a[1] * out_y + a[2]) / scale, images.shape[2], fill_mode)
    y = _placed((a[3] * out_x + a[4] * out_y + a[5]) / scale, images.shape[1], fill_mode)
    batch = images.shape[0]
    x, y, scale = (jnp.broadcast_to(v, (batch, *v.shape[1:])) for v in (x, y, scale))
    if interpolation == "NEAREST":
        result = _pixels(images, _rounded(y), _rounded(x), fill)
    else:
        result = _bilinear(images, y, x, fill)
    return jnp.where((scale == 0)[..., None], fill, result)


def _bilinear(images, y, x, fill):
    top, left = jnp.floor(y), jnp.floor(x)
    down, right = (y - top)[..., None], (x - left)[..., None]
    corners = [[_pixels(images, top + i, left + j, fill).astype(jnp.float32) for j in (0, 1)] for i in (0, 1)]
    upper, lower = ((1 - right) * first + right * second for first, second in corners)
    return ((1 - down) * upper + down * lower).astype(images.dtype)


@kernel("ImageProjectiveTransformV2", static=("output_shape",))
def image_projective_transform_v2(images, transforms, output_shape, *, interpolation, fill_mode):
    return image_projective_transform(
        images, transforms, output_shape, jnp.float32(0), interpolation=interpolation, fill_mode=fill_mode
    )


@shape_function("ImageProjectiveTransformV2", "ImageProjectiveTransformV3")
def _(op):
    batch, _, _, channels = op.shape(0).with_rank(4).as_list()
    op.shape(1).with_rank(2)
    (length,) = op.shape(2).with_rank(1).as_list()
    if length not in (None, 2):
        raise invalid(f"Dimension must be 2 but is {length}")
    size = op.partial(2)
    return from_dims((batch, *((None, None) if size is None else size), channels))
