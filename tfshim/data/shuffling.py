"""Random stages. They draw as TensorFlow's do: a seed gives TensorFlow's own order.

A dataset's generator is Philox with `(seed, seed2)` as key and upper counter, of which each call takes the next 32
bits. A shuffle that changes from pass to pass draws the two seeds of each pass from the dataset's generator.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfshim.data.stages import INFINITE, UNKNOWN, Moving, Run, Stage, invalid
from tfshim.data.structure import Raw

# Blocks of random numbers are computed at once; they grow, for most passes are short.
_FIRST_BLOCK, _LARGEST_BLOCK = 8, 1024


def philox_words(seed: int, seed2: int) -> Iterator[int]:
    """The endless sequence of 32-bit numbers of a Philox4x32-10 generator."""
    counter, size = 0, _FIRST_BLOCK
    while True:
        yield from _philox_block(seed, seed2, counter, size).tolist()
        counter += size
        size = min(2 * size, _LARGEST_BLOCK)


def _philox_block(seed: int, seed2: int, start: int, count: int) -> np.ndarray:
    low = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    counters = np.arange(start, start + count, dtype=np.uint64)
    x0, x1 = counters & low, counters >> shift
    x2 = np.full_like(x0, seed2 & 0xFFFFFFFF)
    x3 = np.full_like(x0, (seed2 >> 32) & 0xFFFFFFFF)
    key0, key1 = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    for _ in range(10):
        first, second = x0 * np.uint64(0xD2511F53), x2 * np.uint64(0xCD9E8D57)
        x0, x1, x2, x3 = (
            (second >> shift) ^ x1 ^ np.uint64(key0),
            second & low,
            (first >> shift) ^ x3 ^ np.uint64(key1),
            first & low,
        )
        key0, key1 = (key0 + 0x9E3779B9) & 0xFFFFFFFF, (key1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([x0, x1, x2, x3], axis=1).ravel()


def _from_system(seed: int, seed2: int) -> tuple[int, int]:
    """The seeds, or random ones if both are 0."""
    if seed or seed2:
        return seed, seed2
    return int.from_bytes(os.urandom(8), "little"), int.from_bytes(os.urandom(8), "little")


class SeedGenerator:
    """Gives the seeds of each pass over a dataset."""

    def __init__(self, seed: int, seed2: int, changes: bool):
        self._seeds = _from_system(seed, seed2)
        self._changes = changes
        self._words = philox_words(*self._seeds)
        self._passes = 0
        self._lock = threading.Lock()

    def next_seeds(self) -> tuple[int, int]:
        """The two seeds of the next pass."""
        if not self._changes:
            return self._seeds
        with self._lock:
            self._passes += 1
            return next(self._words), next(self._words)

    @property
    def state(self) -> tuple[int, int, int]:
        """The seeds, and the number of passes that have begun."""
        return (*self._seeds, self._passes)

    def restore(self, state: tuple[int, int, int]) -> None:
        """Takes on a state."""
        seed, seed2, passes = state
        with self._lock:
            self._seeds = seed, seed2
            self._words = itertools.islice(philox_words(seed, seed2), 2 * passes, None)
            self._passes = passes


def seed_generators(stage: Stage) -> Iterator[SeedGenerator]:
    """The generators of a stage and of its inputs, always in the same order."""
    seeds = getattr(stage, "_seeds", None)
    if isinstance(seeds, SeedGenerator):
        yield seeds
    for source in stage.inputs:
        yield from seed_generators(source)


class Shuffle(Moving):
    """The elements in random order: each is drawn from a buffer of the next `buffer_size`.

    A size of UNKNOWN (-2) stands for a buffer that holds all elements.
    """

    def __init__(self, source: Stage, buffer_size: np.ndarray, seed: np.ndarray, seed2: np.ndarray, *, reshuffle: bool):
        super().__init__(source)
        self._size = int(buffer_size)
        if self._size <= 0 and self._size != UNKNOWN:
            raise invalid("buffer_size must be greater than zero or UNKNOWN_CARDINALITY. [Op:ShuffleDatasetV3]")
        self._seeds = SeedGenerator(int(seed), int(seed2), reshuffle)
        self._reshuffle = reshuffle

    @property
    def varies(self) -> bool:
        return self._reshuffle or super().varies

    def iterate(self, run: Run) -> Iterator[Raw]:
        # The seeds belong to the pass that starts now, whenever its first element is asked for.
        return self._shuffled(philox_words(*self._seeds.next_seeds()).__next__, self.inputs[0].iterate(run))

    def _shuffled(self, draw: Callable[[], int], source: Iterator[Raw]) -> Iterator[Raw]:
        if self._size == UNKNOWN:
            buffer = list(source)
        else:
            buffer = []
            for raw in source:
                buffer.append(raw)
                if len(buffer) == self._size:
                    break
        # A ring: the slot of an element that leaves is filled by the oldest one, whose own slot takes the next.
        size = len(buffer)
        start = 0
        for raw in source:
            index = (start + draw() % size) % size
            chosen = buffer[index]
            buffer[index] = buffer[start]
            buffer[start] = raw
            start += 1
            if start == size:
                start = 0
            yield chosen
        rest = buffer[start:] + buffer[:start]
        for first in range(size):
            index = first + draw() % (size - first)
            chosen = rest[index]
            rest[index] = rest[first]
            rest[first] = None
            yield chosen


class RandomNumbers(Stage):
    """An endless sequence of random 32-bit numbers as int64."""

    def __init__(self, seed: np.ndarray, seed2: np.ndarray, *, rerandomize: bool):
        super().__init__()
        self._seeds = SeedGenerator(int(seed), int(seed2), rerandomize)

    def iterate(self, run: Run) -> Iterator[Raw]:
        words: Iterator[Any] = philox_words(*self._seeds.next_seeds())
        return ((np.asarray(word, np.int64),) for word in words)

    def cardinality(self) -> int:
        return INFINITE
