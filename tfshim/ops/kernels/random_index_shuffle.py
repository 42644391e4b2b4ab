"""Kernel of RandomIndexShuffle: single places of a random permutation, without making the permutation.

The permutation is a small Simon cipher on blocks of an even number of bits, walked along its cycle until it meets
a number in range. All outputs are walked at once, each with a block size of its own.
"""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape

# Smaller blocks would leave patterns in the permutation.
_LEAST_BLOCK_BITS = 16
_MOST_BLOCK_BITS = 64
_SEED_SIZE = 3

# The constants of Simon's key schedule, cut to the size of a word (half a block).
_KEY_CONSTANT = np.uint64(0xFFFFFFFC)
_KEY_SEQUENCE = 0x7369F885192C0EF5


def _word_bits(most):
    """Half the number of bits of a block for numbers up to `most` (uint64, at least 1), as TensorFlow counts them."""
    # The logarithm is TensorFlow's rounded double: a number just above a power of two counts as that power.
    top = np.uint64(63) - lax.clz(most)
    share = (most - (np.uint64(1) << top)).astype(jnp.float64) / (np.uint64(1) << top).astype(jnp.float64)
    bits = jnp.ceil(top.astype(jnp.float64) + jnp.log1p(share) / math.log(2)).astype(jnp.uint64)
    return jnp.clip((bits + 1) // 2, _LEAST_BLOCK_BITS // 2, _MOST_BLOCK_BITS // 2).astype(jnp.uint64)


def _left(word, count: int, bits):
    mask = (np.uint64(1) << bits) - 1
    return ((word << np.uint64(count)) | (word >> (bits - np.uint64(count)))) & mask


def _right(word, count: int, bits):
    mask = (np.uint64(1) << bits) - 1
    return ((word >> np.uint64(count)) | (word << (bits - np.uint64(count)))) & mask


def _round_keys(seed, bits, rounds: int):
    mask = (np.uint64(1) << bits) - 1
    keys = [seed[:, i] & mask for i in range(_SEED_SIZE)]
    for i in range(_SEED_SIZE, rounds):
        # The sequence is cut to a word too: it has no more digits than the word has bits.
        place = np.uint64(i - _SEED_SIZE)
        digit = jnp.where(place < bits, np.uint64(_KEY_SEQUENCE >> int(place) & 1), 0).astype(jnp.uint64)
        turned = _right(keys[-1], 3, bits) ^ _right(keys[-1], 4, bits)
        keys.append((_KEY_CONSTANT & mask) ^ digit ^ keys[-_SEED_SIZE] ^ turned)
    return keys


def _encrypt(block, keys, bits):
    mask = (np.uint64(1) << bits) - 1
    left, right = (block >> bits) & mask, block & mask
    for key in keys:
        mixed = (_left(right, 1, bits) & _left(right, 8, bits)) ^ _left(right, 2, bits)
        left, right = right, left ^ mixed ^ key
    return (left << bits) | right


def _shuffled(index, seed, most, rounds: int):
    """The places of `index` (all uint64; `seed` [n, 3], the others [n])."""
    bits = _word_bits(jnp.maximum(most, 1))
    keys = _round_keys(seed, bits, rounds)

    def walk(state):
        block, done = state
        block = jnp.where(done, block, _encrypt(block, keys, bits))
        return block, done | (block <= most)

    start = jnp.where(most == 0, 0, index).astype(jnp.uint64)
    place, _ = lax.while_loop(lambda state: ~jnp.all(state[1]), walk, (start, most == 0))
    return place


def _check_operands(index, seed, most) -> int:
    """The number of outputs."""
    count = max(index.size, most.size, seed.size // _SEED_SIZE)
    if index.shape not in ((), (count,)):
        raise invalid("Index must be a scalar or vector.")
    if seed.shape not in ((_SEED_SIZE,), (count, _SEED_SIZE)):
        raise invalid(
            f"Seed must be a vector of size [3] or a matrix of size [{count}, 3] but got {shape_text(seed.shape)}."
        )
    if most.shape not in ((), (count,)):
        raise invalid(f"Maxval must be a scalar or a vector of the same size as index but got {shape_text(most.shape)}")
    return count


@kernel("RandomIndexShuffle")
def random_index_shuffle(index, seed, max_index, *, rounds):
    if rounds < 4 or rounds % 2:
        raise invalid(f"The number of rounds must be even and at least 4, got {rounds}")
    count = _check_operands(index, seed, max_index)
    wide_seed = jnp.broadcast_to(seed.astype(jnp.uint32).astype(jnp.uint64), (count, _SEED_SIZE))
    wide = (jnp.broadcast_to(x.astype(jnp.uint64), (count,)) for x in (index, max_index))
    numbers, most = wide
    runtime_check(numbers <= most, "max_index must be >= index")
    places = _shuffled(numbers, wide_seed, most, rounds).astype(index.dtype)
    together = index.ndim == 0 and seed.ndim == 1 and max_index.ndim == 0
    return places.reshape(()) if together else places


@shape_function("RandomIndexShuffle")
def _shape(op):
    index, seed, most = op.shape(0), op.shape(1), op.shape(2)
    if None in (index.rank, seed.rank, most.rank):
        return TensorShape(None)
    if index.rank > 1 or most.rank > 1 or seed.rank not in (1, 2):
        raise invalid("The index and the limit must be scalars or vectors, the seed a vector or a matrix.")
    if seed[-1] not in (None, _SEED_SIZE):
        raise invalid(f"Seed must have shape [3] or [n, 3] but got {seed}.")
    sizes = [s[0] for s, rank in ((index, 1), (seed, 2), (most, 1)) if s.rank == rank]
    known = {n for n in sizes if n is not None}
    if len(known) > 1:
        raise invalid(f"Index, seeds and limits must have the same size, got {sorted(known)}.")
    return TensorShape([known.pop() if known else None]) if sizes else TensorShape([])
