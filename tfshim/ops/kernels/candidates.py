"""Candidate samplers: classes drawn for losses over very many classes. They run on the host."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import jax
import numpy as np

from tfshim.ops.kernels import philox
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid
from tfshim.shapes import TensorShape

_CHUNK = 1024
# 32-bit words that TensorFlow sets aside for each candidate.
_WORDS_PER_CANDIDATE = 2048
# Key and counter.
_GENERATOR_SIZE = 3
# TensorFlow's counts add up to an int32.
_MOST_COUNTED = 2**31 - 1

_chunk = jax.jit(lambda state, skipped: philox.words(state[0], philox.skip(state[1:], skipped), _CHUNK))
_advance = jax.jit(philox.advance)


class HostRandom:
    """Numbers from the words of a Philox stream, one after the other."""

    def __init__(self, state: np.ndarray):
        self._words = self._stream(state)

    @staticmethod
    def _stream(state: np.ndarray) -> Iterator[int]:
        skipped = 0
        while True:
            yield from np.asarray(_chunk(state, np.uint64(skipped))).tolist()
            skipped += _CHUNK // 4

    def bits(self, count: int) -> int:
        """32 or 64 random bits."""
        low = next(self._words)
        return low if count == 32 else low | next(self._words) << 32

    def below(self, limit: int, bits: int) -> int:
        """An integer in [0, limit), without bias."""
        if limit & (limit - 1) == 0:
            return self.bits(bits) & (limit - 1)
        remainder = (2**bits - 1) % limit + 1
        while (drawn := self.bits(bits)) < remainder:
            pass
        return drawn % limit

    def float(self) -> np.float32:
        """A float32 in [0, 1)."""
        return np.float32((self.bits(32) & 0x7FFFFF) / 2.0**23)

    def double(self) -> float:
        """A double in [0, 1)."""
        high, low = self.bits(32), self.bits(32)
        return ((high & 0xFFFFF) << 32 | low) / 2.0**52


def _expected(probability: float, count: int, tries: int) -> np.float32:
    p = np.float32(probability)
    if tries == count:
        return p * np.float32(count)
    return np.float32(-math.expm1(tries * math.log1p(-float(p))))


def _check(true_classes: np.ndarray, num_true: int, num_sampled: int, unique: bool, range_max: int) -> None:
    if true_classes.ndim != 2:
        raise invalid("true_classes must be a matrix")
    if true_classes.shape[1] != num_true:
        raise invalid(f"true_classes must have num_true columns, expected: {true_classes.shape[1]} was: {num_true}")
    if unique and num_sampled > range_max:
        raise invalid(f"Sampler's range is too small: {range_max} for {num_sampled} unique candidates.")
    for candidate in true_classes.ravel():
        if not 0 <= candidate < range_max:
            raise invalid(f"`true_candidate` out of range [0, {range_max}), received {candidate}")


def _run(
    true_classes: np.ndarray,
    num_sampled: int,
    unique: bool,
    state: np.ndarray,
    sample: Callable[[HostRandom], int],
    probability: Callable[[int], float],
):
    draws = HostRandom(state)
    chosen: list[int] = []
    seen: set[int] = set()
    tries = 0
    while len(chosen) < num_sampled:
        tries += 1
        candidate = sample(draws)
        if not unique or candidate not in seen:
            seen.add(candidate)
            chosen.append(candidate)
    expected = {c: _expected(probability(c), num_sampled, tries) for c in {*chosen, *true_classes.ravel().tolist()}}
    true_expected = np.array([expected[c] for c in true_classes.ravel().tolist()], np.float32)
    return (
        np.array(chosen, np.int64),
        true_expected.reshape(true_classes.shape),
        np.array([expected[c] for c in chosen], np.float32),
        np.asarray(_advance(state, np.uint64(num_sampled * _WORDS_PER_CANDIDATE // 4))),
    )


@kernel("UniformCandidateSampler", host=True, rng=True)
def uniform_candidate_sampler(true_classes, state, *, num_true, num_sampled, unique, range_max):
    _check(true_classes, num_true, num_sampled, unique, range_max)
    share = np.float32(1) / np.float32(range_max)
    return _run(true_classes, num_sampled, unique, state, lambda draws: draws.below(range_max, 64), lambda _: share)


@kernel("LogUniformCandidateSampler", host=True, rng=True)
def log_uniform_candidate_sampler(true_classes, state, *, num_true, num_sampled, unique, range_max):
    _check(true_classes, num_true, num_sampled, unique, range_max)
    log_range = math.log(range_max + 1)

    def sample(draws: HostRandom) -> int:
        return (int(math.exp(draws.double() * log_range)) - 1) % range_max

    def probability(candidate: int) -> float:
        return math.log((candidate + 2.0) / (candidate + 1.0)) / log_range

    return _run(true_classes, num_sampled, unique, state, sample, probability)


@kernel("AllCandidateSampler", host=True, rng=True)
def all_candidate_sampler(true_classes, state, *, num_true, num_sampled, unique):
    _check(true_classes, num_true, num_sampled, unique, num_sampled)
    return (
        np.arange(num_sampled, dtype=np.int64),
        np.ones(true_classes.shape, np.float32),
        np.ones(num_sampled, np.float32),
        np.asarray(_advance(state, np.uint64(num_sampled * _WORDS_PER_CANDIDATE // 4))),
    )


class _AliasTable:
    """Draws indices with given weights: a uniform bucket, then the bucket's own index or its alias."""

    def __init__(self, weights: np.ndarray):
        count = len(weights)
        shares = weights.astype(np.float64) * count / float(np.sum(weights.astype(np.float64)))
        low = [i for i in range(count) if shares[i] < 1]
        high = [i for i in range(count) if shares[i] >= 1]
        self._alias = np.arange(count)
        while low and high:
            below, above = low.pop(), high.pop()
            self._alias[below] = above
            shares[above] -= 1.0 - shares[below]
            (low if shares[above] < 1 else high).append(above)
        shares[low + high] = 1.0
        self._shares = shares.astype(np.float32)

    def sample(self, draws: HostRandom) -> int:
        position = draws.float()
        bucket = draws.below(len(self._shares), 32)
        return bucket if position < self._shares[bucket] else int(self._alias[bucket])


def _unigram_weights(vocab_file: str, unigrams: tuple[float, ...]) -> list[float]:
    if bool(vocab_file) == bool(unigrams):
        raise invalid("Must provide either vocab_file or unigrams, and not both.")
    if unigrams:
        return list(unigrams)
    with open(vocab_file, encoding="utf-8") as lines:
        return [float(line.rsplit(",", 1)[1]) for line in lines if line.strip()]


@kernel("FixedUnigramCandidateSampler", host=True, rng=True)
def fixed_unigram_candidate_sampler(
    true_classes,
    state,
    *,
    num_true,
    num_sampled,
    unique,
    range_max,
    vocab_file,
    distortion,
    num_reserved_ids,
    num_shards,
    shard,
    unigrams,
):
    _check(true_classes, num_true, num_sampled, unique, range_max)
    # TensorFlow numbers the classes of a shard anew, and deals the weights out as if the numbers went on from the
    # reserved ids of the shard.
    reserved = len(range(shard, num_reserved_ids, num_shards))
    dealt = _unigram_weights(vocab_file, unigrams)[(shard - reserved) % num_shards :: num_shards]
    if reserved + len(dealt) != range_max:
        raise invalid(f"range_max is {range_max}, but the shard has {reserved + len(dealt)} weights with reserved ids")
    weights = np.array([0.0] * reserved + [math.pow(w, distortion) for w in dealt], np.float32)
    total = float(np.sum(weights.astype(np.float64)))
    table = _AliasTable(weights)

    def probability(candidate: int) -> float:
        return float(weights[candidate]) / total

    return _run(true_classes, num_sampled, unique, state, table.sample, probability)


def _register_learned(name: str) -> None:
    # The state is the generator's with the counts of the classes after it; at first all counts are 1.
    @kernel(name, host=True, rng=True)
    def learned_unigram_candidate_sampler(true_classes, state, *, num_true, num_sampled, unique, range_max):
        _check(true_classes, num_true, num_sampled, unique, range_max)
        state = np.asarray(state)
        generator, counts = state[:_GENERATOR_SIZE], state[_GENERATOR_SIZE:].astype(np.int64)
        if not counts.size:
            counts = np.ones(range_max, np.int64)
        limits = np.cumsum(counts)
        total = int(limits[-1])

        def sample(draws: HostRandom) -> int:
            return int(np.searchsorted(limits, draws.below(total, 32), side="right"))

        def probability(candidate: int) -> float:
            return float(np.float32(counts[candidate]) / np.float32(total))

        *outputs, advanced = _run(true_classes, num_sampled, unique, generator, sample, probability)
        np.add.at(counts, true_classes.ravel()[: _MOST_COUNTED - total], 1)
        return (*outputs, np.concatenate([advanced, counts.astype(np.uint64)]))


_register_learned("LearnedUnigramCandidateSampler")
_register_learned("ThreadUnsafeUnigramCandidateSampler")


@kernel("ComputeAccidentalHits", host=True)
def compute_accidental_hits(true_classes, sampled_candidates, *, num_true):
    if true_classes.ndim != 2 or true_classes.shape[1] != num_true:
        raise invalid("true_candidates must be a batch_size * num_true matrix")
    if sampled_candidates.ndim != 1:
        raise invalid("sampled_candidates must be a vector, which is typically an output from CandidateSampler")
    position = {int(c): i for i, c in enumerate(sampled_candidates)}
    hits = [(row, position[int(c)]) for row, classes in enumerate(true_classes) for c in classes if int(c) in position]
    return (
        np.array([row for row, _ in hits], np.int32),
        np.array([place for _, place in hits], np.int64),
        np.full(len(hits), -np.finfo(np.float32).max, np.float32),
    )


@shape_function(
    "UniformCandidateSampler",
    "LogUniformCandidateSampler",
    "AllCandidateSampler",
    "FixedUnigramCandidateSampler",
    "LearnedUnigramCandidateSampler",
    "ThreadUnsafeUnigramCandidateSampler",
)
def _candidates(op):
    count = op.attr("num_sampled")
    batch = op.shape(0).with_rank(2)
    return TensorShape([count]), TensorShape([batch[0], op.attr("num_true")]), TensorShape([count])


@shape_function("ComputeAccidentalHits")
def _hits(op):
    return TensorShape([None]), TensorShape([None]), TensorShape([None])
