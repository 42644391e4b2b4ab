"""Kernels that round floats to what a few bits can tell apart, and keep them floats."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.exact import divide
from tfshim.ops.kernels.nn_activations import widened
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import exactly_rank, invalid, same_shape
from tfshim.shapes import TensorShape

# Fake quantisation ---------------------------------------------------------------------------------------


def _check_bits(num_bits):
    if not 2 <= num_bits <= 16:
        raise invalid("num_bits must be between 2 and 16, inclusive")


def _rounded(x):
    """`x` in single precision: XLA does not merge divisions across this."""
    return lax.reduce_precision(x, 8, 23)


def _grid(low, high, num_bits, narrow_range):
    """Lowest and highest value and the step of the grid that has an exact zero, and zero's index."""
    first, last = float(narrow_range), float(2**num_bits - 1)
    low, high = jnp.asarray(low, jnp.float32), jnp.asarray(high, jnp.float32)
    # Rounded at each step, as TensorFlow does: which neighbour zero moves to may depend on it.
    step = _rounded(divide(high - low, jnp.float32(last - first)))
    zero = first - _rounded(divide(low, step))
    zero = jnp.clip(jnp.where(zero - jnp.floor(zero) < 0.5, jnp.floor(zero), jnp.ceil(zero)), first, last)
    return (first - zero) * step, (last - zero) * step, step


@functools.partial(jax.custom_jvp, nondiff_argnums=(3, 4))
def _fake_quant(x, low, high, num_bits, narrow_range):
    start, end, step = _grid(low, high, num_bits, narrow_range)
    scale = _rounded(divide(jnp.float32(1), step))
    zero = jnp.floor(-start * scale + 0.5)
    rounded = (jnp.floor((jnp.clip(x, start, end) - start) * scale - zero + 0.5)) * step
    return jnp.where((low == 0) & (high == 0), 0, rounded)


@_fake_quant.defjvp
def _fake_quant_jvp(num_bits, narrow_range, primals, tangents):
    x, low, high = primals
    t, t_low, t_high = tangents
    start, end, _ = _grid(low, high, num_bits, narrow_range)
    collapsed = (low == 0) & (high == 0)
    moved = jnp.where(x < start, t_low, jnp.where(x > end, t_high, t))
    return _fake_quant(x, low, high, num_bits, narrow_range), jnp.where(collapsed, t, moved)


def _check_channels(x, low, high):
    if x.ndim < 1:
        raise invalid("inputs must be at least 1-dimensional")
    for name, bound in (("min", low), ("max", high)):
        if bound.ndim != 1:
            raise invalid(f"`{name}` must be rank 1 but is rank {bound.ndim}")
        if bound.shape[0] != x.shape[-1]:
            raise invalid(f"{name} has incorrect size, expected {x.shape[-1]} was {bound.size}")


def _check_scalars(x, low, high):
    for name, bound in (("min", low), ("max", high)):
        if bound.ndim:
            raise invalid(f"`{name}` must be rank 0 but is rank {bound.ndim}")


@kernel("FakeQuantWithMinMaxArgs")
def fake_quant_args(inputs, *, min, max, num_bits, narrow_range):
    _check_bits(num_bits)
    if not min < max:
        raise invalid(f"min has to be smaller than max, was: {min:g} >= {max:g}")
    return _fake_quant(inputs, jnp.float32(min), jnp.float32(max), num_bits, narrow_range)


def _declare(op_name, check, per_channel):
    @kernel(op_name)
    def run(inputs, min, max, *, num_bits, narrow_range):
        _check_bits(num_bits)
        check(inputs, min, max)
        return _fake_quant(inputs, min, max, num_bits, narrow_range)

    @kernel(f"{op_name}Gradient")
    def gradient(gradients, inputs, min, max, *, num_bits, narrow_range):
        _check_bits(num_bits)
        check(inputs, min, max)
        if gradients.shape != inputs.shape:
            raise invalid("gradient and input must be the same size")
        fn = functools.partial(_fake_quant, num_bits=num_bits, narrow_range=narrow_range)
        return jax.vjp(lambda x, low, high: fn(x, low, high), inputs, min, max)[1](gradients)

    @shape_function(op_name)
    def shape(op):
        of_ranges = TensorShape([op.shape(0)[-1] if op.shape(0).rank else None] if per_channel else [])
        for i in (1, 2):
            exactly_rank(op.shape(i), int(per_channel))
            of_ranges = of_ranges.merge_with(op.shape(i))
        return op.shape(0)

    @shape_function(f"{op_name}Gradient")
    def shapes(op):
        return op.shape(1), op.shape(2), op.shape(3)


_declare("FakeQuantWithMinMaxVars", _check_scalars, per_channel=False)
_declare("FakeQuantWithMinMaxVarsPerChannel", _check_channels, per_channel=True)


@kernel("FakeQuantWithMinMaxArgsGradient")
def fake_quant_args_gradient(gradients, inputs, *, min, max, num_bits, narrow_range):
    if gradients.shape != inputs.shape:
        raise invalid("gradient and input must be the same size")
    quantized = functools.partial(fake_quant_args, min=min, max=max, num_bits=num_bits, narrow_range=narrow_range)
    return jax.vjp(quantized, inputs)[1](gradients)[0]


same_shape("FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxArgsGradient")


# Quantise and back -----------------------------------------------------------------------------------------


def _along(values, x, axis):
    return values if axis == -1 else values.reshape([-1 if i == axis else 1 for i in range(x.ndim)])


def _check_axis(axis, rank):
    if axis < -1 or axis >= rank:
        raise invalid(f"Shape must be at least rank {axis + 1} but is rank {rank}")


def _check_ranges(x, low, high, axis):
    _check_axis(axis, x.ndim)
    for name, bound in (("input_min", low), ("input_max", high)):
        if axis == -1 and bound.ndim:
            raise invalid(f"{name} must be a scalar.")
        if axis != -1 and bound.shape != (x.shape[axis],):
            raise invalid(f"{name} has incorrect size, expected {x.shape[axis]} was {bound.size}")


def _check_order(range_given, low, high):
    if range_given and low.shape == high.shape:
        runtime_check(low <= high, "Invalid range: input_min > input_max")


def _round(x, round_mode):
    return jnp.floor(x + 0.5) if round_mode in ("HALF_UP", b"HALF_UP") else jnp.round(x)


def _there_and_back(x, low, high, signed_input, num_bits, range_given, round_mode, narrow_range, axis):
    """`x` on the symmetric (or, unsigned, positive) grid that covers its range or the given one."""
    if not 1 <= num_bits <= 63:
        raise invalid(f"num_bits is out of range: {num_bits}")
    wide = widened(x)
    _check_axis(axis, x.ndim)
    if range_given:
        _check_ranges(x, low, high, axis)
    if not x.size:
        return x
    if range_given:
        low, high = (_along(widened(v), x, axis) for v in (low, high))
    else:
        axes = tuple(i for i in range(x.ndim) if i != axis) if axis != -1 else None
        keep = axis != -1
        low, high = jnp.min(wide, axis=axes, keepdims=keep), jnp.max(wide, axis=axes, keepdims=keep)
    first, last = (0, 2**num_bits - 1) if not signed_input else (-(2 ** (num_bits - 1)), 2 ** (num_bits - 1) - 1)
    first += bool(narrow_range)
    largest = np.finfo(np.float32).max
    by_low = jnp.where(first * low > 0, first / jnp.where(low == 0, 1, low), largest)
    by_high = jnp.where(last * high > 0, last / jnp.where(high == 0, 1, high), largest)
    by_the_low = by_low < by_high
    scale = jnp.where(by_the_low, by_low, by_high)
    step = jnp.where(by_the_low, divide(low, wide.dtype.type(first or 1)), divide(high, wide.dtype.type(last)))
    start = jnp.where(by_the_low, low, first * step)
    end = jnp.where(by_the_low, last * step, high)
    # Without a given range, what an unsigned grid has no numbers for is rounded all the same.
    inside = jnp.clip(wide, start, end) if range_given else wide
    return (_round(inside * scale, round_mode) * step).astype(x.dtype)


def _straight(fn):
    """`fn(x, ...)` whose derivative by `x` is 1, and None by the rest."""
    straight = jax.custom_jvp(fn)

    @straight.defjvp
    def rule(primals, tangents):
        return straight(*primals), tangents[0]

    return straight


def _declare_straight(op_name, with_bits):
    # V3 takes the number of bits as an input, V2 as an attribute.
    if with_bits:

        @kernel(op_name, static=("num_bits",), no_gradient=("input_min", "input_max", "num_bits"))
        def run(input, input_min, input_max, num_bits, *, signed_input, range_given, narrow_range, axis):
            if num_bits.ndim:
                raise invalid(f"The `num_bits` tensor should be a scalar. Got dimensions: {num_bits.ndim}")
            _check_order(range_given, input_min, input_max)
            options = (signed_input, int(num_bits), range_given, "HALF_TO_EVEN", narrow_range, axis)
            return _straight(lambda x, a, b: _there_and_back(x, a, b, *options))(input, input_min, input_max)

    else:

        @kernel(op_name, no_gradient=("input_min", "input_max"))
        def run(input, input_min, input_max, *, signed_input, num_bits, range_given, round_mode, narrow_range, axis):
            _check_order(range_given, input_min, input_max)
            options = (signed_input, num_bits, range_given, round_mode, narrow_range, axis)
            return _straight(lambda x, a, b: _there_and_back(x, a, b, *options))(input, input_min, input_max)


_declare_straight("QuantizeAndDequantizeV2", with_bits=False)
_declare_straight("QuantizeAndDequantizeV3", with_bits=True)


def _inside(x, low, high, axis):
    low, high = _along(low, x, axis), _along(high, x, axis)
    return (x >= low) & (x <= high)


@kernel("QuantizeAndDequantizeV4")
def quantize_and_dequantize(
    input, input_min, input_max, *, signed_input, num_bits, range_given, round_mode, narrow_range, axis
):
    _check_order(range_given, input_min, input_max)
    options = (signed_input, num_bits, range_given, round_mode, narrow_range, axis)

    @jax.custom_jvp
    def run(x, low, high):
        return _there_and_back(x, low, high, *options)

    @run.defjvp
    def rule(primals, tangents):
        # The range has a gradient, of zeros.
        nothing = 0 * (_along(tangents[1], primals[0], axis) + _along(tangents[2], primals[0], axis))
        return run(*primals), jnp.where(_inside(*primals, axis), tangents[0], 0) + nothing

    return run(input, input_min, input_max)


@kernel("QuantizeAndDequantizeV4Grad")
def quantize_and_dequantize_grad(gradients, input, input_min, input_max, *, axis):
    _check_ranges(input, input_min, input_max, axis)
    inside = _inside(input, input_min, input_max, axis)
    return jnp.where(inside, gradients, 0), jnp.zeros_like(input_min), jnp.zeros_like(input_max)


@shape_function("QuantizeAndDequantizeV2", "QuantizeAndDequantizeV3", "QuantizeAndDequantizeV4")
def _(op):
    shape, axis = op.shape(0), op.attr("axis")
    if shape.rank is not None:
        _check_axis(axis, shape.rank)
    of_ranges = TensorShape([] if axis == -1 else [None if shape.rank is None else shape[axis]])
    for i in (1, 2):
        exactly_rank(op.shape(i), of_ranges.rank)
        of_ranges = of_ranges.merge_with(op.shape(i))
    if len(op) > 3:
        exactly_rank(op.shape(3), 0)
    return shape


@shape_function("QuantizeAndDequantizeV4Grad")
def _(op):
    return op.shape(0), op.shape(2), op.shape(3)
