"""Kernels of distributions that are drawn by rejection: gamma, Poisson, binomial; and categorical ones.

Each output owns a stretch of Philox blocks and takes from it as many uniform or normal doubles as it needs,
in TensorFlow's order. All outputs are drawn at once: one round of every output's own loop at a time, until
all have been accepted.

These loops take seconds to compile, and scripts draw in ever new shapes. So eager code does not compile the kernels,
which run on the host there: what they call on vectors (`_by_room`) is compiled for sizes that serve many shapes.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.special import gammaln

from tfshim.ops.kernels import philox
from tfshim.ops.kernels.random import (
    advance_by_outputs,
    advanced_variable,
    check_algorithm,
    seed_stream,
    sizes_of,
    static_sizes,
    stream,
    variable_stream,
)
from tfshim.ops.kernels.sharding import rows_of_a_share
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape

_APART = np.uint64(philox.BLOCKS_PER_OUTPUT)


class _Pairs(NamedTuple):
    """Doubles that came two a block and are used last first; `left` of them are still unused."""

    first: jax.Array
    second: jax.Array
    left: jax.Array

    @classmethod
    def none(cls, size: int) -> _Pairs:
        return cls(jnp.zeros(size), jnp.zeros(size), jnp.zeros(size, jnp.int32))


class _Streams:
    """The blocks of the outputs; `place` is the number of blocks that each output has used."""

    def __init__(self, key, counter, size: int, apart=_APART):
        self._key = key
        self._counter = counter
        self._starts = lax.iota(jnp.uint64, size) * apart

    def draw(self, kind, pairs: _Pairs, place, wanted):
        """Where `wanted`, the next double of a kind; returns it with the advanced `pairs` and `place`."""
        fresh = wanted & (pairs.left == 0)

        def another_block():
            drawn = kind(philox.blocks(self._key, self._counter, self._starts + place))
            return tuple(map(functools.partial(jnp.where, fresh), drawn, (pairs.first, pairs.second)))

        # Outputs in step with one another need a block in every other round only.
        first, second = lax.cond(jnp.any(fresh), another_block, lambda: (pairs.first, pairs.second))
        left = jnp.where(fresh, 2, pairs.left)
        value = jnp.where(left == 2, second, first)
        return value, _Pairs(first, second, left - wanted), place + fresh.astype(jnp.uint64)


def _uniforms(block):
    return philox.uniform64(block[0], block[1]), philox.uniform64(block[2], block[3])


def _normals(block):
    return philox.box_muller64(*block)


def _spread(parameters, count: int):
    """Each parameter `count` times, as outputs are numbered: all of the first parameter, then the next."""
    repeat = jnp.repeat if isinstance(parameters, jax.core.Tracer) else np.repeat
    return repeat(parameters.reshape(-1), count)


def _broadcast(parameters, shape: tuple[int, ...]):
    broadcast = jnp.broadcast_to if isinstance(parameters, jax.core.Tracer) else np.broadcast_to
    return broadcast(parameters, shape)


def _arrange(samples, sizes: tuple[int, ...], parameters_size: int):
    """Samples numbered as in `_spread` in the order of the output, in which parameters vary fastest."""
    return samples.reshape(parameters_size, -1).T.reshape(sizes)


# The sizes of vectors that programs are compiled for; larger ones get programs of their own.
_ROOMS = tuple(8**i for i in range(2, 6))


def _the_shape(attrs: dict[str, Any], value: Callable[[str], np.ndarray | None]) -> tuple[str, ...]:
    """The static inputs of ops that run on the host in eager code and are compiled in graphs."""
    return ("shape",)


_on_host = functools.partial(kernel, host=True, static=_the_shape)


@functools.cache
def _program(draw: Callable[..., jax.Array], options: tuple[Any, ...]) -> Callable[..., jax.Array]:
    return jax.jit(lambda *operands: draw(*operands, *options))


def _by_room(draw: Callable[..., jax.Array], key, counter, parameters: tuple[Any, ...], *options):
    """`draw(key, counter, *parameters, *options)`, one sample for each place in the vectors `parameters`.

    Eager values are padded with NaN, for which nothing is drawn.
    """
    operands = (key, counter, *parameters)
    if any(isinstance(o, jax.core.Tracer) for o in operands):
        return draw(*operands, *options)
    size = parameters[0].size
    room = next((r for r in _ROOMS if r >= size), size)
    padded = [np.concatenate([p, np.full(room - size, np.nan, p.dtype)]) for p in parameters]
    return np.asarray(_program(draw, options)(key, counter, *padded))[:size]


_seed_stream = jax.jit(seed_stream, inline=True)
_advance_by_outputs = jax.jit(advance_by_outputs, inline=True)


# Gamma ---------------------------------------------------------------------------------------------------


class _GammaState(NamedTuple):
    place: jax.Array
    normals: _Pairs
    uniforms: _Pairs
    done: jax.Array
    result: jax.Array


def _draw_gamma(key, counter, alpha):
    """One sample (double) for each element of the vector `alpha`, by Marsaglia and Tsang's method."""
    size = alpha.shape[0]
    streams = _Streams(key, counter, size)
    alpha = alpha.astype(jnp.float64)
    small = alpha < 1
    d = alpha + jnp.where(small, 2.0 / 3, -1.0 / 3)
    c = 1.0 / 3 / jnp.sqrt(d)

    def round_(state: _GammaState) -> _GammaState:
        pending = ~state.done
        x, normals, place = streams.draw(_normals, state.normals, state.place, pending)
        v = 1 + c * x
        tried = pending & (v > 0)
        v = v * v * v
        u, uniforms, place = streams.draw(_uniforms, state.uniforms, place, tried)
        squeezed = u < 1 - 0.0331 * (x * x) * (x * x)
        accepted = tried & (squeezed | (jnp.log(u) < 0.5 * x * x + d * (1 - v + jnp.log(v))))
        result = jnp.where(accepted, d * v, state.result)
        return _GammaState(place, normals, uniforms, state.done | accepted, result)

    none = _Pairs.none(size)
    # The exponential distribution takes a shorter way.
    exponential = alpha == 1
    state = _GammaState(jnp.zeros(size, jnp.uint64), none, none, exponential | ~(alpha > 0), jnp.zeros(size))
    state = lax.while_loop(lambda s: ~jnp.all(s.done), round_, state)
    u, _, _ = streams.draw(_uniforms, state.uniforms, state.place, jnp.ones(size, bool))
    result = jnp.where(small, state.result * u ** (1 / alpha), state.result)
    return jnp.where(exponential, -jnp.log1p(-u), result)


@jax.custom_jvp
def _gamma_samples(key, counter, alpha):
    return _draw_gamma(key, counter, alpha).astype(alpha.dtype)


@_gamma_samples.defjvp
def _gamma_jvp(primals, tangents):
    # The implicit gradient: how the sample moves with alpha while its quantile stays.
    samples = _gamma_samples(*primals)
    alpha, tangent = primals[2], tangents[2]
    wide = jnp.promote_types(alpha.dtype, jnp.float32)
    slope = lax.random_gamma_grad(alpha.astype(wide), samples.astype(wide)).astype(alpha.dtype)
    return samples, slope * tangent


def _gamma(key, counter, sizes, alpha):
    count = math.prod(sizes) // max(alpha.size, 1)
    if math.prod(sizes) == 0:
        return np.zeros(sizes, alpha.dtype)
    each = _spread(alpha, count)
    if isinstance(key, jax.core.Tracer) or isinstance(each, jax.core.Tracer):
        samples = _gamma_samples(key, counter, each)
    else:
        samples = _by_room(_draw_gamma, key, counter, (each.astype(np.float64),)).astype(alpha.dtype)
    return _arrange(samples, sizes, alpha.size)


def _check_ends_with(sizes: tuple[int, ...], shape: tuple[int, ...], what: str) -> None:
    if sizes[len(sizes) - len(shape) :] != tuple(shape) or len(sizes) < len(shape):
        raise invalid(f"Shape passed in must end with broadcasted {what}: {shape_text(sizes)} vs {shape_text(shape)}")


@_on_host("RandomGamma", rng=True)
def random_gamma(shape, alpha, state, *, S, T):
    sizes = (*sizes_of(shape), *alpha.shape)
    return _gamma(state[0], state[1:], sizes, alpha), _advance_by_outputs(state, math.prod(sizes))


@_on_host("StatelessRandomGammaV2", no_gradient=("seed",))
def stateless_random_gamma_v2(shape, seed, alpha):
    sizes = sizes_of(shape)
    _check_ends_with(sizes, alpha.shape, "alpha shape")
    return _gamma(*_seed_stream(seed), sizes, alpha)


@_on_host("StatelessRandomGammaV3", no_gradient=("key", "counter", "alg"))
def stateless_random_gamma_v3(shape, key, counter, alg, alpha):
    sizes = sizes_of(shape)
    _check_ends_with(sizes, alpha.shape, "alpha shape")
    return _gamma(*stream(key, counter), sizes, alpha)


@kernel("RandomGammaGrad")
def random_gamma_grad(alpha, sample):
    return lax.random_gamma_grad(*jnp.broadcast_arrays(alpha, sample))


# Poisson -------------------------------------------------------------------------------------------------


class _CountState(NamedTuple):
    place: jax.Array
    uniforms: _Pairs
    done: jax.Array
    result: jax.Array
    product: jax.Array


def _draw_poisson(key, counter, rate, dtype):
    """One sample for each element of the vector `rate` of doubles."""
    whole = not jnp.issubdtype(dtype, jnp.floating)
    most = float(jnp.iinfo(dtype).max if whole else jnp.finfo(dtype).max)
    size = rate.shape[0]
    # Hardly a sample of such a rate fits into the dtype: TensorFlow would look for one for ever.
    beyond = rate > most + 3 * jnp.sqrt(rate)
    streams = _Streams(key, counter, size)
    slow = rate < 10
    threshold = jnp.exp(-rate)
    # The constants of Hoermann's transformed rejection, for large rates.
    b = 0.931 + 2.53 * jnp.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    log_rate = jnp.log(rate)

    def round_(state: _CountState) -> _CountState:
        pending = ~state.done
        u, uniforms, place = streams.draw(_uniforms, state.uniforms, state.place, pending)
        # Small rates: multiply uniforms until the product falls below exp(-rate); `result` counts them.
        product = jnp.where(pending, state.product * u, state.product)
        found = pending & slow & (product <= threshold) & (state.result <= most)
        counted = jnp.where(pending & slow & ~found, state.result + 1, state.result)
        large = pending & ~slow

        def try_large(uniforms, place):
            v, uniforms, place = streams.draw(_uniforms, uniforms, place, large)
            centered = u - 0.5
            shifted = 0.5 - jnp.abs(centered)
            k = jnp.floor((2 * a / shifted + b) * centered + rate + 0.43)
            inside = (shifted >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
            outside = (k < 0) | ((shifted < 0.013) & (v > shifted))
            bound = -rate + k * log_rate - gammaln(k + 1)
            below = jnp.log(v * inverse_alpha / (a / (shifted * shifted) + b)) <= bound
            accepted = large & (k <= most) & (inside | (~outside & below))
            return accepted, jnp.where(accepted, k, counted), uniforms, place

        def none(uniforms, place):
            return large, counted, uniforms, place

        accepted, result, uniforms, place = lax.cond(jnp.any(large), try_large, none, uniforms, place)
        return _CountState(place, uniforms, state.done | found | accepted, result, product)

    state = _CountState(
        jnp.zeros(size, jnp.uint64),
        _Pairs.none(size),
        ~(rate >= 0) | jnp.isinf(rate) | beyond,
        jnp.zeros(size),
        jnp.ones(size),
    )
    state = lax.while_loop(lambda s: ~jnp.all(s.done), round_, state)
    drawn = jnp.where(beyond, most, state.result)
    # Nothing happens at a negative rate.
    below = jnp.where(jnp.isfinite(rate), 0, jnp.nan)
    return jnp.where(rate >= 0, jnp.where(jnp.isinf(rate), 0 if whole else jnp.inf, drawn), below).astype(dtype)


def _poisson(key, counter, sizes, rate, dtype):
    if math.prod(sizes) == 0:
        return np.zeros(sizes, dtype)
    count = math.prod(sizes) // rate.size
    samples = _by_room(_draw_poisson, key, counter, (_spread(rate, count).astype(np.float64),), dtype)
    return _arrange(samples, sizes, rate.size)


@_on_host("RandomPoissonV2", rng=True)
def random_poisson_v2(shape, rate, state, *, S, R, dtype):
    sizes = (*sizes_of(shape), *rate.shape)
    samples = _poisson(state[0], state[1:], sizes, rate, dtype.as_numpy_dtype)
    return samples, _advance_by_outputs(state, math.prod(sizes))


@_on_host("RandomPoisson", rng=True)
def random_poisson(shape, rate, state, *, S, dtype):
    sizes = (*sizes_of(shape), *rate.shape)
    samples = _poisson(state[0], state[1:], sizes, rate, dtype.as_numpy_dtype)
    return samples, _advance_by_outputs(state, math.prod(sizes))


@_on_host("StatelessRandomPoisson")
def stateless_random_poisson(shape, seed, rate, *, dtype):
    sizes = sizes_of(shape)
    _check_ends_with(sizes, rate.shape, "rate shape")
    return _poisson(*_seed_stream(seed), sizes, rate, dtype.as_numpy_dtype)


# Binomial ------------------------------------------------------------------------------------------------

# How far apart TensorFlow lays the outputs that take the inversion method.
_BLOCKS_OF_INVERSION = 42

# The error of Stirling's approximation of log(k!), which has a short series only for large k.
_STIRLING_TAILS = np.array(
    [math.lgamma(k + 1) - 0.5 * math.log(2 * math.pi) - (k + 0.5) * math.log(k + 1) + (k + 1) for k in range(10)]
)


def _stirling_tail(k):
    square = (k + 1) * (k + 1)
    series = (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)
    return jnp.where(k <= 9, jnp.asarray(_STIRLING_TAILS)[jnp.clip(k, 0, 9).astype(jnp.int32)], series)


def _draw_binomial(key, counter, count, probability):
    """One sample (double) for each element of two vectors of doubles; probabilities up to 1/2."""
    size = count.shape[0]
    slow = count * probability < 10
    apart = jnp.where(slow, np.uint64(_BLOCKS_OF_INVERSION), _APART)
    streams = _Streams(key, counter, size, apart)
    # The constants of Hoermann's transformed rejection.
    deviation = jnp.sqrt(count * probability * (1 - probability))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * probability
    c = count * probability + 0.5
    odds = probability / (1 - probability)
    alpha = (2.83 + 5.1 / b) * deviation
    m = jnp.floor((count + 1) * probability)

    def round_(state: _CountState) -> _CountState:
        pending = ~state.done
        u, uniforms, place = streams.draw(_uniforms, state.uniforms, state.place, pending)
        # Few successes expected: add up the geometric waiting times between them.
        waited = state.product + jnp.ceil(jnp.log(u) / jnp.log1p(-probability))
        waited = jnp.where(pending & slow, waited, state.product)
        over = pending & slow & ~(waited <= count)
        counted = jnp.where(pending & slow & ~over, state.result + 1, state.result)
        v, uniforms, place = streams.draw(_uniforms, uniforms, place, pending & ~slow)
        u = u - 0.5
        shifted = 0.5 - jnp.abs(u)
        k = jnp.floor((2 * a / shifted + b) * u + c)
        inside = (shifted >= 0.07) & (v <= 0.92 - 4.2 / b)
        possible = (k >= 0) & (k <= count)
        bound = (
            (m + 0.5) * jnp.log((m + 1) / (odds * (count - m + 1)))
            + (count + 1) * jnp.log((count - m + 1) / (count - k + 1))
            + (k + 0.5) * jnp.log(odds * (count - k + 1) / (k + 1))
            + _stirling_tail(m)
            + _stirling_tail(count - m)
            - _stirling_tail(k)
            - _stirling_tail(count - k)
        )
        below = jnp.log(v * alpha / (a / (shifted * shifted) + b)) <= bound
        accepted = pending & ~slow & (inside | (possible & below))
        result = jnp.where(accepted, k, counted)
        return _CountState(place, uniforms, state.done | over | accepted, result, waited)

    state = _CountState(
        jnp.zeros(size, jnp.uint64),
        _Pairs.none(size),
        ~((count > 0) & (probability > 0)),
        jnp.zeros(size),
        jnp.zeros(size),
    )
    return lax.while_loop(lambda s: ~jnp.all(s.done), round_, state).result


def _binomial_samples(key, counter, count, probability, dtype):
    """One sample for each element of two vectors of doubles."""
    drawn = _draw_binomial(key, counter, count, jnp.minimum(probability, 1 - probability))
    samples = jnp.where(probability <= 0.5, drawn, count - drawn)
    return jnp.where(count <= 0, 0, jnp.where(jnp.isnan(probability), jnp.nan, samples)).astype(dtype)


def _binomial(key, counter, sizes, counts, probabilities, dtype):
    try:
        shape = jnp.broadcast_shapes(counts.shape, probabilities.shape)
    except ValueError:
        raise invalid(
            "counts and probs must have compatible batch dimensions: "
            f"{shape_text(counts.shape)} vs. {shape_text(probabilities.shape)}"
        ) from None
    _check_ends_with(sizes, shape, "shape")
    if math.prod(sizes) == 0:
        return np.zeros(sizes, dtype)
    repeat = math.prod(sizes) // math.prod(shape)
    parameters = tuple(_spread(_broadcast(p, shape), repeat).astype(np.float64) for p in (counts, probabilities))
    return _arrange(_by_room(_binomial_samples, key, counter, parameters, dtype), sizes, math.prod(shape))


@_on_host("StatelessRandomBinomial")
def stateless_random_binomial(shape, seed, counts, probs, *, dtype):
    return _binomial(*_seed_stream(seed), sizes_of(shape), counts, probs, dtype.as_numpy_dtype)


@kernel("StatefulRandomBinomial", host=True, static=lambda *_: ("algorithm", "shape"), writes=("resource",))
def stateful_random_binomial(state, algorithm, shape, counts, probs, *, dtype):
    check_algorithm(algorithm)
    sizes = sizes_of(shape)
    key, counter = variable_stream(state)
    samples = _binomial(key, counter, sizes, counts, probs, dtype.as_numpy_dtype)
    # What TensorFlow reserves for each distribution, found by experiment.
    distributions = math.prod(jnp.broadcast_shapes(counts.shape, probs.shape))
    each = (math.prod(sizes) // max(distributions, 1) + 3) * 50
    reserved = jnp.uint64(distributions * each * philox.BLOCKS_PER_OUTPUT)
    return advanced_variable(state, counter, reserved), samples


# Categorical ---------------------------------------------------------------------------------------------


def _categorical(key, counter, logits, num_samples: np.ndarray, dtype):
    if logits.ndim != 2:
        raise invalid(f"logits should be a matrix, got shape {shape_text(logits.shape)}")
    if num_samples.ndim:
        raise invalid(f"num_samples should be a scalar, got shape {shape_text(num_samples.shape)}")
    count = int(num_samples)
    if count < 0:
        raise invalid(f"num_samples should be nonnegative, got {count}")
    batch, classes = logits.shape
    if classes == 0:
        raise invalid("num_classes should be positive, got 0")
    if batch == 0 or count == 0:
        return jnp.zeros((batch, count), dtype)
    finite = jnp.isfinite(logits) if jnp.issubdtype(logits.dtype, jnp.floating) else jnp.ones(logits.shape, bool)
    wide = logits.astype(jnp.float64)
    top = jnp.max(jnp.where(finite, wide, -jnp.inf), axis=1, keepdims=True)
    weights = jnp.where(finite, jnp.exp(wide - top), 0.0)
    cumulative = jnp.cumsum(weights, axis=1)
    u = _of_shards(key, counter, batch, count, int(50 * (count * math.log(classes) / math.log(2) + classes)))
    find = jax.vmap(lambda row, x: jnp.searchsorted(row, x, side="right"))
    return find(cumulative, u * cumulative[:, -1:]).astype(dtype)


def _of_shards(key, counter, rows: int, count: int, cycles: int):
    """`count` uniform doubles for each row, each of which takes about so many cycles to make samples of.

    TensorFlow shares the rows out to threads. Each share has blocks of its own, so that the numbers of many rows
    depend on how many threads there are.
    """
    share = rows_of_a_share(rows, cycles)
    starts = np.arange(0, rows, share) * (count + 3) // 4
    draw = functools.partial(philox.uniform, key, size=share * count, dtype=jnp.float64)
    u = jnp.concatenate([draw(philox.skip(counter, np.uint64(start))) for start in starts])
    return u.reshape(-1, count)[:rows]


@kernel("Multinomial", static=("num_samples",), rng=True)
def multinomial(logits, num_samples, state, *, T, output_dtype):
    samples = _categorical(state[0], state[1:], logits, num_samples, output_dtype.as_numpy_dtype)
    # A sample is a double, two words; TensorFlow counts them in whole blocks of four for each row.
    reserved = logits.shape[0] * -(-int(num_samples) // 4) * 4 * 2
    return samples, advance_by_outputs(state, reserved)


@kernel("StatelessMultinomial", static=("num_samples",))
def stateless_multinomial(logits, num_samples, seed, *, output_dtype):
    return _categorical(*seed_stream(seed), logits, num_samples, output_dtype.as_numpy_dtype)


# Static shapes -------------------------------------------------------------------------------------------


@shape_function("RandomGamma", "RandomPoisson", "RandomPoissonV2")
def _shape_and_parameters(op):
    return static_sizes(op, 0).concatenate(op.shape(1))


@shape_function("StatelessRandomGammaV2", "StatelessRandomGammaV3", "StatelessRandomPoisson", "StatelessRandomBinomial")
def _given_shape(op):
    return static_sizes(op, 0)


@shape_function("StatefulRandomBinomial")
def _given_shape_after_state(op):
    return static_sizes(op, 2)


@shape_function("Multinomial", "StatelessMultinomial")
def _batch_by_samples(op):
    logits = op.shape(0).with_rank(2)
    count = op.static(1)
    return TensorShape([logits[0], None if count is None else int(count)])
