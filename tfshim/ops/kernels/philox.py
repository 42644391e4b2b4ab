"""The Philox-4x32-10 generator and the distributions that TensorFlow draws from it, number for number.

A generator is a 64-bit key and a 128-bit counter, `counter[0]` its low half. Block i of a stream is the
cipher of `counter + i`: four 32-bit words. Distributions use the words of consecutive blocks in order, so
sample i of a stream never depends on how many are drawn.
"""

from __future__ import annotations

import functools
import math

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.kernels.sorting import stable_argsort

# Philox's multipliers and key increments.
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (np.uint32(0x9E3779B9), np.uint32(0xBB67AE85))
_ROUNDS = 10

# Up to so many blocks the rounds are a loop on the CPU.
_FEW = 2**12

# The fixed key under which TensorFlow mixes the two numbers of a stateless seed.
_SEED_KEY = (np.uint32(0x3EC8F720), np.uint32(0x02461E29))

_32 = np.uint64(32)

# Blocks set aside for each output, so that distributions may use a variable number of words.
BLOCKS_PER_OUTPUT = 256

# Box-Muller replaces uniforms below this, for which the logarithm would be infinite.
_LEAST_UNIFORM = 1.0e-7

_TRUNCATE_AT = 2.0

# From so many truncated normals on, a program that takes longer to compile and draws several times faster pays;
# and how many groups of samples it mends at a time.
_MANY = 2**19
# Beyond so many places XLA's CPU backend splits each swap of a loop among threads: 1.4 us a swap instead of 0.06.
_MANY_SWAPS = 2**17
_CHUNK = 2**14


def _low(x):
    return x.astype(jnp.uint32)


def _high(x):
    return (x >> _32).astype(jnp.uint32)


def _round(_, state):
    """One round: the key and the four counter words, as they are for the next."""
    k0, k1, c0, c1, c2, c3 = state
    a = c0.astype(jnp.uint64) * _MULTIPLIERS[0]
    b = c2.astype(jnp.uint64) * _MULTIPLIERS[1]
    return k0 + _WEYL[0], k1 + _WEYL[1], _high(b) ^ c1 ^ k0, _low(b), _high(a) ^ c3 ^ k1, _low(a)


def _unrolled(*state):
    return functools.reduce(lambda state, i: _round(i, state), range(_ROUNDS), state)


def _rolled(*state):
    return lax.fori_loop(0, _ROUNDS, _round, state)


def _cipher(key, words):
    """Ten rounds on the four counter words (arrays of one shape) with a key of two uint32 scalars."""
    state = (*key, *words)
    # Straight code is what a vector unit likes, but the CPU's compiler copies it into each use of each word: some
    # dozen small draws one after the other took seconds to compile.
    few = words[0].size <= _FEW
    return (lax.platform_dependent(*state, cpu=_rolled, default=_unrolled) if few else _unrolled(*state))[2:]


def blocks(key, counter, offsets):
    """The blocks at `counter + offsets`.

    Args:
      key: uint64 scalar.
      counter: uint64 [2], low half first.
      offsets: uint64, any shape.

    Returns:
      Four uint32 arrays of the shape of `offsets`.
    """
    low = counter[0] + offsets
    high = counter[1] + (low < offsets).astype(jnp.uint64)
    return _cipher((_low(key), _high(key)), (_low(low), _high(low), _low(high), _high(high)))


def skip(counter, count):
    """The counter advanced by `count` blocks (a uint64 scalar)."""
    low = counter[0] + count
    return jnp.stack([low, counter[1] + (low < count).astype(jnp.uint64)])


def key_and_counter(seed):
    """The key (uint64 [1]) and counter (uint64 [2]) of a stateless seed (integer [2])."""
    bits = seed.astype(jnp.int64).astype(jnp.uint64) if seed.dtype != jnp.uint64 else seed
    words = (_low(bits[0]), _high(bits[0]), _low(bits[1]), _high(bits[1]))
    m0, m1, m2, m3 = (w.astype(jnp.uint64) for w in _cipher(_SEED_KEY, words))
    key = m0 | (m1 << _32)
    return key[None], jnp.stack([jnp.zeros_like(key), m2 | (m3 << _32)])


# Bits to numbers -----------------------------------------------------------------------------------------


def _from_mantissa(bits, dtype, mantissa_bits: int):
    """The number in [0, 1) whose binary digits are the lowest bits of `bits`."""
    unsigned = {2: np.uint16, 4: np.uint32, 8: np.uint64}[jnp.dtype(dtype).itemsize]
    one = np.asarray(1, dtype)
    mantissa = bits.astype(unsigned) & unsigned((1 << mantissa_bits) - 1)
    return lax.bitcast_convert_type(mantissa | one.view(unsigned), dtype) - one


def _uniform32(word):
    return _from_mantissa(word, jnp.float32, 23)


def _join(low, high):
    return low.astype(jnp.uint64) | (high.astype(jnp.uint64) << _32)


def uniform64(high, low):
    return _from_mantissa(_join(low, high), jnp.float64, 52)


def box_muller64(x0, x1, x2, x3):
    """Two standard normal doubles from the words of a block."""
    radius, angle = _polar64(x0, x1, x2, x3)
    return jnp.sin(angle) * radius, jnp.cos(angle) * radius


def _polar32(x0, x1):
    radius = jnp.sqrt(np.float32(-2) * jnp.log(jnp.maximum(_uniform32(x0), np.float32(_LEAST_UNIFORM))))
    # TensorFlow multiplies in double and rounds once: a product in float32 would be off near multiples of pi.
    return radius, (_uniform32(x1).astype(jnp.float64) * (2 * math.pi)).astype(jnp.float32)


def _polar64(x0, x1, x2, x3):
    radius = jnp.sqrt(-2.0 * jnp.log(jnp.maximum(uniform64(x0, x1), _LEAST_UNIFORM)))
    return radius, uniform64(x2, x3) * (2 * math.pi)


# Samples by place ----------------------------------------------------------------------------------------
#
# Each sample is computed from its own place in the stream, though neighbours share a block: a program without
# any data movement is one vectorised loop, several times faster than blocks whose words are interleaved after.


def _word(x, place):
    """Word `place` (0 to 3) of a block."""
    even = (place & 1) == 0
    return jnp.where(place < 2, jnp.where(even, x[0], x[1]), jnp.where(even, x[2], x[3]))


def _double_word(x, place):
    """Pair `place` (0 or 1) of a block as one uint64, low word first."""
    first = place == 0
    return _join(jnp.where(first, x[0], x[2]), jnp.where(first, x[1], x[3]))


def _normal(x, place, dtype):
    """Normal sample `place` of a block: of four, or of two doubles; float32 or float64."""
    if dtype == jnp.float64:
        radius, angle = _polar64(*x)
    else:
        first = place < 2
        radius, angle = _polar32(jnp.where(first, x[0], x[2]), jnp.where(first, x[1], x[3]))
    return radius * jnp.where((place & 1) == 0, jnp.sin(angle), jnp.cos(angle))


def block_uniforms(x, dtype):
    """The uniform floats of a block along a new last axis: four, or two doubles."""
    if jnp.dtype(dtype) == jnp.float64:
        return jnp.stack([uniform64(x[0], x[1]), uniform64(x[2], x[3])], -1)
    return _from_mantissa(jnp.stack(x, -1), dtype, jnp.finfo(dtype).nmant)


def block_normals(x, dtype):
    """The normal floats of a block along a new last axis: four, or two doubles."""
    group, wide = _group_and_dtype(jnp.dtype(dtype))
    place = lax.iota(jnp.int32, group)
    return _normal([word[..., None] for word in x], place, wide).astype(dtype)


def _places(size: int, group: int):
    """For each of `size` samples, `group` of which come from one thing: the number of the thing, the place in it."""
    i = lax.iota(jnp.uint64, size)
    return i // np.uint64(group), (i % np.uint64(group)).astype(jnp.int32)


# Distributions: `size` samples as a vector ---------------------------------------------------------------


def words(key, counter, size: int):
    """uint32 words."""
    block, place = _places(size, 4)
    return _word(blocks(key, counter, block), place)


def double_words(key, counter, size: int):
    """uint64 words, each of two uint32 words, low one first."""
    block, place = _places(size, 2)
    return _double_word(blocks(key, counter, block), place)


def uniform(key, counter, size: int, dtype):
    """Floats in [0, 1)."""
    dtype = jnp.dtype(dtype)
    if dtype == jnp.float64:
        # The first word of the two is the high one.
        bits = double_words(key, counter, size)
        return _from_mantissa((bits << _32) | (bits >> _32), dtype, 52)
    return _from_mantissa(words(key, counter, size), dtype, jnp.finfo(dtype).nmant)


def full_int(key, counter, size: int, dtype):
    """Integers over the whole range of a dtype of 32 or 64 bits."""
    bits = words if jnp.dtype(dtype).itemsize == 4 else double_words
    return lax.bitcast_convert_type(bits(key, counter, size), jnp.dtype(dtype))


def uniform_int(key, counter, size: int, low, high):
    """Integers in [low, high), scalars of 32 or 64 bits. Slightly biased, as TensorFlow's are."""
    dtype = low.dtype
    unsigned = jnp.uint32 if dtype.itemsize == 4 else jnp.uint64
    span = high.astype(unsigned) - low.astype(unsigned)
    bits = (words if dtype.itemsize == 4 else double_words)(key, counter, size)
    # A span of zero is an error that the caller reports; XLA's remainder by zero would be harmless.
    return (low.astype(unsigned) + bits % span).astype(dtype)


def _group_and_dtype(dtype):
    """How many normal samples a block makes, and the dtype in which they are computed."""
    return (2, jnp.float64) if dtype == jnp.float64 else (4, jnp.float32)


def normal(key, counter, size: int, dtype):
    """Standard normal floats."""
    dtype = jnp.dtype(dtype)
    group, wide = _group_and_dtype(dtype)
    block, place = _places(size, group)
    return _normal(blocks(key, counter, block), place, wide).astype(dtype)


def _take(samples, filled, found):
    """Puts the accepted ones of `samples` [groups, n] in order where rows of `found` [groups, group] have room.

    Args:
      samples: normal samples.
      filled: how many samples each group has accepted so far, [groups, 1].
      found: the samples that it accepted.

    Returns:
      `filled` and `found` afterwards.
    """
    column = lax.broadcasted_iota(jnp.int32, found.shape, 1)

    def accept(i, state):
        filled, found = state
        sample = lax.dynamic_slice(samples, (0, i), (samples.shape[0], 1))
        accepted = jnp.abs(sample) < samples.dtype.type(_TRUNCATE_AT)
        return filled + accepted, jnp.where(accepted & (filled == column), sample, found)

    # A loop rather than straight code: the compiler would compute the samples again for each use.
    return lax.fori_loop(0, samples.shape[1], accept, (filled, found))


def _nothing_taken(groups: int, group: int, wide):
    return jnp.zeros((groups, 1), jnp.int32), jnp.zeros((groups, group), wide)


def _truncated_few(key, counter, groups: int, group: int, stride: int, wide):
    # So many blocks fail to complete a group with a probability below 1e-18.
    shape = (groups, 8 if group == 2 else 5, group)
    start = lax.broadcasted_iota(jnp.uint64, shape, 0) * np.uint64(stride)
    block = blocks(key, counter, start + lax.broadcasted_iota(jnp.uint64, shape, 1))
    samples = _normal(block, lax.broadcasted_iota(jnp.int32, shape, 2), wide).reshape(groups, -1)
    return _take(samples, *_nothing_taken(groups, group, wide))[1]


def _truncated_many(key, counter, groups: int, group: int, stride: int, wide):
    """Takes the first block of each group as it comes, then mends in chunks the groups that it left incomplete."""
    number, place = _places(groups * group, group)
    samples = _normal(blocks(key, counter, number * np.uint64(stride)), place, wide).reshape(groups, group)

    def test(samples):
        return jnp.any(jnp.abs(samples) >= wide(_TRUNCATE_AT), axis=1)

    # A branch with the same on both sides needs the samples as a value. Else the compiler would compute them once more
    # for the test, also across a barrier.
    incomplete = lax.cond(counter[0] == 0, test, test, samples)
    index = jnp.int32 if groups + _CHUNK < 2**31 else jnp.int64
    rank = jnp.cumsum(incomplete, dtype=index)
    nowhere = groups + _CHUNK
    order = jnp.full(nowhere, groups, index)
    order = order.at[jnp.where(incomplete, rank - 1, nowhere)].set(lax.iota(index, groups), mode="drop")
    shape = (_CHUNK, group)

    def mend(state):
        first, samples = state
        rows = lax.dynamic_slice(order, (first,), (_CHUNK,))
        start = lax.broadcast_in_dim(rows.astype(jnp.uint64) * np.uint64(stride), shape, (0,))

        def take_block(state):
            block, *taken = state
            drawn = _normal(blocks(key, counter, start + block), lax.broadcasted_iota(jnp.int32, shape, 1), wide)
            return (block + np.uint64(1), *_take(drawn, *taken))

        state = (jnp.uint64(0), *_nothing_taken(*shape, wide))
        _, _, found = lax.while_loop(lambda state: jnp.any(state[1] < group), take_block, state)
        return first + _CHUNK, samples.at[rows].set(found, mode="drop")

    return lax.while_loop(lambda state: state[0] < rank[-1], mend, (jnp.zeros((), index), samples))[1]


def truncated_normal(key, counter, size: int, dtype):
    """Standard normal floats, drawn again while they lie two or more away from 0."""
    dtype = jnp.dtype(dtype)
    if not size:
        return jnp.zeros(0, dtype)
    group, wide = _group_and_dtype(dtype)
    # Each group of outputs owns a stretch of blocks and takes from it the first samples that are accepted.
    draw = _truncated_few if size < _MANY else _truncated_many
    samples = draw(key, counter, -(-size // group), group, group * BLOCKS_PER_OUTPUT // 4, wide)
    return samples.reshape(-1)[:size].astype(dtype)


def _partners(key, counter, size: int):
    """The places, from i to the end, with which place i swaps in TensorFlow's shuffle; int32 or int64."""
    index = jnp.int32 if size < 2**31 else jnp.int64
    draws = words(key, counter, size)
    return lax.iota(index, size) + (draws % (np.uint32(size) - lax.iota(jnp.uint32, size))).astype(index)


def permutation(key, counter, size: int):
    """TensorFlow's shuffle of `range(size)`, int32 or int64."""
    return (parallel_permutation if size > _MANY_SWAPS else _swap_by_swap)(key, counter, size)


def _swap_by_swap(key, counter, size: int):
    if size < 2:
        return jnp.zeros(size, jnp.int32)
    partners = _partners(key, counter, size)
    index = partners.dtype
    order = lax.iota(index, size)

    def swap(i, order):
        # One scatter of both places is done in place; two updates would copy the array each time.
        places = jnp.stack([i.astype(index), partners[i]])
        return order.at[places].set(order[places[::-1]])

    return lax.fori_loop(0, size - 1, swap, order)


def parallel_permutation(key, counter, size: int):
    """The same as `permutation`, for devices on which a loop over the places is slow.

    What place i holds when its turn comes was put there by the last swap with it, from a place that got it in
    the same way: a chain of origins, followed for all places at once by doubling.
    """
    if size < 2:
        return jnp.zeros(size, jnp.int32)
    partners = _partners(key, counter, size)
    index = partners.dtype
    places = lax.iota(index, size)
    moved = partners != places
    nowhere = jnp.array(-1, index)
    last_swap = jnp.full(size, nowhere).at[partners].max(jnp.where(moved, places, nowhere))
    origin = _ends(jnp.where(last_swap < 0, places, last_swap))
    # Place i takes from its partner what the swap before this one with the same partner left there.
    by_partner = stable_argsort(partners)
    ordered = _taken_at(partners, by_partner)
    earlier = jnp.where(ordered[1:] == ordered[:-1], by_partner[:-1], nowhere).astype(index)
    before = jnp.full(size, nowhere).at[by_partner[1:]].set(earlier, mode="promise_in_bounds", unique_indices=True)
    taken = jnp.where(before < 0, partners, _taken_at(origin, jnp.maximum(before, 0)))
    return jnp.where(moved, taken, origin)


def _ends(origin):
    """Where the chains end that lead from each place i to `origin[i]`: some ten links, of a million places."""

    def double(state):
        origin, _ = state
        further = _taken_at(origin, origin)
        return further, jnp.any(further != origin)

    return lax.while_loop(lambda state: state[1], double, (origin, True))[0]


def _taken_at(x, places):
    return x.at[places].get(mode="promise_in_bounds")


def advance(state, count):
    """The state after `count` more blocks."""
    return jnp.concatenate([state[:1], skip(state[1:], jnp.asarray(count, jnp.uint64))])
