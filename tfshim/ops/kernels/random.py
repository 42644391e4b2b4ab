"""Kernels of the random ops over Philox: stateful (seeds as attributes), stateless, and on a state variable.

The ops with `rng=True` take their generator's state [key, counter low, counter high] as last operand and
return the advanced one; who owns the state is not known here (see `tfshim.seeds`).
"""

from __future__ import annotations

import math
import os

import jax.numpy as jnp
import numpy as np

from tfshim.errors import UnimplementedError
from tfshim.ops.kernels import philox
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape


def sizes_of(shape: np.ndarray) -> tuple[int, ...]:
    """The sizes in a static shape vector."""
    if shape.ndim != 1:
        raise invalid(f"shape must be a vector of {{int32,int64}}, got shape {shape_text(shape.shape)}")
    for size in shape:
        if size < 0:
            raise invalid(f"Dimension {size} must be >= 0")
    return tuple(int(s) for s in shape)


def _limits_message(low, high) -> str:
    return f"Need minval < maxval, got {low} >= {high}"


def _check_limits(size: int, low, high) -> None:
    for name, limit in (("minval", low), ("maxval", high)):
        if limit.ndim:
            raise invalid(f"{name} must be 0-D, got shape {shape_text(limit.shape)}")
    if size:
        runtime_check(low < high, _limits_message, low, high)


def _draw_int(key, counter, sizes, low, high):
    size = math.prod(sizes)
    _check_limits(size, low, high)
    return philox.uniform_int(key, counter, size, low, high).reshape(sizes)


# distribution name: (draw(key, counter, size, dtype), stateful op, stateless ops, op on a state variable)
_DISTRIBUTIONS = (
    (philox.uniform, "RandomUniform", "StatelessRandomUniform", "StatefulUniform"),
    (philox.normal, "RandomStandardNormal", "StatelessRandomNormal", "StatefulStandardNormalV2"),
    (philox.truncated_normal, "TruncatedNormal", "StatelessTruncatedNormal", "StatefulTruncatedNormal"),
    (philox.full_int, None, "StatelessRandomUniformFullInt", "StatefulUniformFullInt"),
)


def advance_by_outputs(state, size: int):
    """The generator state after an op that made `size` outputs."""
    return philox.advance(state, size * philox.BLOCKS_PER_OUTPUT)


def _register_stateful(name: str, draw) -> None:
    # Attributes that a kernel only names keep the states of ops apart that differ in nothing else.
    @kernel(name, static=("shape",), rng=True)
    def run(shape, state, *, dtype, T):
        sizes = sizes_of(shape)
        size = math.prod(sizes)
        samples = draw(state[0], state[1:], size, dtype.as_numpy_dtype)
        return samples.reshape(sizes), advance_by_outputs(state, size)


def _check_seed(seed) -> None:
    if seed.shape != (2,):
        raise invalid(f"seed must have shape [2], not {shape_text(seed.shape)}")


def seed_stream(seed):
    """Key (scalar) and counter of a stateless seed."""
    _check_seed(seed)
    key, counter = philox.key_and_counter(seed)
    return key[0], counter


def stream(key, counter):
    """Key (scalar) and counter of the operands of a stateless op."""
    if key.shape != (1,):
        raise invalid(f"key must have shape [1], not {shape_text(key.shape)}")
    if counter.ndim != 1:
        raise invalid(f"counter must be a vector, not shape {shape_text(counter.shape)}")
    if counter.shape[0] < 2:
        raise invalid(
            "The size of the counter must be at least 2 for the Philox algorithm; "
            f"got {counter.shape[0]} (note that it is 1 for ThreeFry, which has no kernel here)"
        )
    return key[0], counter[:2]


def _register_stateless(name: str, draw) -> None:
    @kernel(name, static=("shape",))
    def from_seed(shape, seed, *, dtype):
        sizes = sizes_of(shape)
        return draw(*seed_stream(seed), math.prod(sizes), dtype.as_numpy_dtype).reshape(sizes)

    # `alg` can only be Philox or automatic: TensorFlow's CPU has no other generator either.
    @kernel(name + "V2", static=("shape",))
    def from_stream(shape, key, counter, alg, *, dtype):
        sizes = sizes_of(shape)
        return draw(*stream(key, counter), math.prod(sizes), dtype.as_numpy_dtype).reshape(sizes)


# A state variable is int64 [3]: counter low, counter high, key.


def variable_stream(state):
    if state.ndim != 1 or state.dtype != jnp.int64:
        raise invalid(
            f"The state of a generator must be a vector of int64, got {state.dtype.name} {shape_text(state.shape)}"
        )
    if state.shape[0] < 3:
        raise invalid(f"For the Philox algorithm, the size of state must be at least 3; got {state.shape[0]}")
    bits = state.astype(jnp.uint64)
    return bits[2], bits[:2]


def advanced_variable(state, counter, count):
    return jnp.concatenate([philox.skip(counter, count).astype(jnp.int64), state[2:]])


def check_algorithm(algorithm: np.ndarray) -> None:
    if algorithm.ndim:
        raise invalid(f"algorithm must be of shape [], not {shape_text(algorithm.shape)}")
    if int(algorithm) == 2:
        raise UnimplementedError(None, None, "The ThreeFry algorithm cannot draw; the Philox algorithm can.")
    if int(algorithm) not in (1, 3):
        raise invalid(f"Unsupported algorithm id: {int(algorithm)}")


def _register_on_variable(name: str, draw) -> None:
    @kernel(name, static=("algorithm", "shape"), writes=("resource",))
    def run(state, algorithm, shape, *, dtype):
        check_algorithm(algorithm)
        sizes = sizes_of(shape)
        size = math.prod(sizes)
        key, counter = variable_stream(state)
        samples = draw(key, counter, size, dtype.as_numpy_dtype).reshape(sizes)
        return advanced_variable(state, counter, jnp.uint64(size * philox.BLOCKS_PER_OUTPUT)), samples


for _draw, _stateful, _stateless, _on_variable in _DISTRIBUTIONS:
    if _stateful is not None:
        _register_stateful(_stateful, _draw)
    _register_stateless(_stateless, _draw)
    _register_on_variable(_on_variable, _draw)


@kernel("RandomUniformInt", static=("shape",), rng=True)
def random_uniform_int(shape, low, high, state, *, Tout, T):
    sizes = sizes_of(shape)
    samples = _draw_int(state[0], state[1:], sizes, low, high)
    return samples, advance_by_outputs(state, math.prod(sizes))


@kernel("StatelessRandomUniformInt", static=("shape",))
def stateless_random_uniform_int(shape, seed, low, high):
    return _draw_int(*seed_stream(seed), sizes_of(shape), low, high)


@kernel("StatelessRandomUniformIntV2", static=("shape",))
def stateless_random_uniform_int_v2(shape, key, counter, alg, low, high):
    return _draw_int(*stream(key, counter), sizes_of(shape), low, high)


@kernel("StatefulUniformInt", static=("algorithm", "shape"), writes=("resource",))
def stateful_uniform_int(state, algorithm, shape, low, high):
    check_algorithm(algorithm)
    sizes = sizes_of(shape)
    key, counter = variable_stream(state)
    samples = _draw_int(key, counter, sizes, low, high)
    return advanced_variable(state, counter, jnp.uint64(samples.size * philox.BLOCKS_PER_OUTPUT)), samples


def _register_shuffles(permutation, **options) -> None:
    @kernel("RandomShuffle", rng=True, **options)
    def random_shuffle(value, state, *, T):
        if value.ndim == 0 or value.shape[0] < 2:
            return value, state
        size = value.shape[0]
        order = permutation(state[0], state[1:], size)
        return value[order], philox.advance(state, -(-(size - 1) // 4))

    @kernel("StatelessShuffle", **options)
    def stateless_shuffle(value, key, counter, alg):
        key, counter = stream(key, counter)
        if value.ndim == 0 or value.shape[0] < 2:
            return value
        return value[permutation(key, counter, value.shape[0])]


_register_shuffles(philox.permutation)
_register_shuffles(philox.parallel_permutation, platform="gpu")


@kernel("NonDeterministicInts", host=True)
def non_deterministic_ints(shape, *, dtype):
    sizes = sizes_of(shape)
    itemsize = np.dtype(dtype.as_numpy_dtype).itemsize
    return np.frombuffer(os.urandom(math.prod(sizes) * itemsize), dtype.as_numpy_dtype).reshape(sizes).copy()


# Keys and counters ---------------------------------------------------------------------------------------


@kernel("StatelessRandomGetKeyCounter")
def get_key_counter(seed):
    _check_seed(seed)
    return philox.key_and_counter(seed)


@kernel("StatelessRandomGetKeyCounterAlg")
def get_key_counter_alg(seed):
    _check_seed(seed)
    return (*philox.key_and_counter(seed), jnp.int32(1))


@kernel("StatelessRandomGetAlg")
def get_alg():
    return jnp.int32(1)


@kernel("RngReadAndSkip", static=("alg",), writes=("resource",))
def rng_read_and_skip(state, alg, delta):
    check_algorithm(alg)
    _, counter = variable_stream(state)
    if delta.ndim:
        raise invalid(f"delta must be of shape [], not {shape_text(delta.shape)}")
    return advanced_variable(state, counter, delta * np.uint64(philox.BLOCKS_PER_OUTPUT)), state


@kernel("RngSkip", static=("algorithm",), writes=("resource",))
def rng_skip(state, algorithm, delta):
    check_algorithm(algorithm)
    _, counter = variable_stream(state)
    if delta.ndim:
        raise invalid(f"delta must be of shape [], not {shape_text(delta.shape)}")
    return (advanced_variable(state, counter, delta.astype(jnp.uint64) * np.uint64(philox.BLOCKS_PER_OUTPUT)),)


# Static shapes -------------------------------------------------------------------------------------------


def _check_static_seed(op, position: int) -> None:
    seed = op.shape(position)
    if seed.rank not in (None, 1):
        raise invalid(f"Shape must be rank 1 but is rank {seed.rank}")
    if seed.rank == 1 and seed[0] not in (None, 2):
        raise invalid(f"Dimension must be 2 but is {seed[0]}")


def static_sizes(op, position: int) -> TensorShape:
    """The static shape that the operand at `position` gives, whose own shape may say no more than the rank."""
    shape = op.shape(position)
    if shape.rank is not None and shape.rank != 1:
        raise invalid(f"Shape must be rank 1 but is rank {shape.rank}")
    sizes = op.partial(position)
    if sizes is not None:
        if any(s is not None and s < 0 for s in sizes):
            raise invalid(f"Dimension {min(s for s in sizes if s is not None)} must be >= 0")
        return TensorShape(sizes)
    return TensorShape(None) if shape.rank is None or shape[0] is None else TensorShape([None] * shape[0])


def _shape_from(position: int, seed: int | None = None):
    def infer(op) -> TensorShape:
        if seed is not None:
            _check_static_seed(op, seed)
        return static_sizes(op, position)

    return infer


shape_function(
    *(name for row in _DISTRIBUTIONS for name in (row[1], row[2] + "V2") if name is not None),
    *("RandomUniformInt", "StatelessRandomUniformIntV2", "NonDeterministicInts"),
)(_shape_from(0))
shape_function(*(row[2] for row in _DISTRIBUTIONS), "StatelessRandomUniformInt")(_shape_from(0, seed=1))
shape_function(*(row[3] for row in _DISTRIBUTIONS), "StatefulUniformInt")(_shape_from(2))


@shape_function("RandomShuffle", "StatelessShuffle")
def _same_as_value(op):
    return op.shape(0)


@shape_function("StatelessRandomGetKeyCounter")
def _key_counter_shapes(op):
    _check_static_seed(op, 0)
    return TensorShape([1]), TensorShape([2])


@shape_function("StatelessRandomGetKeyCounterAlg")
def _key_counter_alg_shapes(op):
    _check_static_seed(op, 0)
    return TensorShape([1]), TensorShape([2]), TensorShape([])


@shape_function("RngReadAndSkip")
def _state_shape(op):
    return TensorShape([None])
