"""Calls of a pure function for many elements at once.

A call of a compiled program costs some ten microseconds, more than most functions of one element do. Where nobody can
notice that elements are computed before they are asked for, a map computes them in chunks, as `tf.vectorized_map` does.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfshim.data.stages import rows
from tfshim.data.structure import Raw

# The first elements are computed singly: for a few, the program for chunks need not be compiled.
_SINGLY = 16
_LARGEST, _SMALLEST = 64, 8
_BYTES = 1 << 21


def chunk_size(raw: Raw) -> int:
    """How many elements like this one to compute at once; 0 if that is not worth while."""
    size = max(1, sum(np.asarray(v).nbytes for v in raw))
    fitting = _BYTES // size
    return 0 if fitting < _SMALLEST else min(_LARGEST, 1 << (fitting.bit_length() - 1))


class Chunked(Iterator[tuple[Raw, Raw]]):
    """Pairs of element and result.

    Args:
      call: computes the result of one element.
      call_chunk: computes the stacked results of stacked elements; what it raises for a chunk, `call` raises for an
        element.
      source: the elements.
    """

    def __init__(self, call: Callable[[Raw], Raw], call_chunk: Callable[[Raw], Raw], source: Iterator[Raw]):
        self._call = call
        self._call_chunk = call_chunk
        self._source = source
        self._singles: deque[Raw] = deque()
        self._pairs: Iterator[tuple[Raw, Raw]] = iter(())
        self._failure: Exception | None = None
        self._seen = 0

    def __next__(self) -> tuple[Raw, Raw]:
        while True:
            for pair in self._pairs:
                return pair
            if self._singles:
                raw = self._singles.popleft()
                return raw, self._call(raw)
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            raw = next(self._source)
            self._seen += 1
            size = chunk_size(raw) if self._seen > _SINGLY else 0
            if not size:
                return raw, self._call(raw)
            self._compute([raw, *self._following(size - 1)], size)

    def _following(self, count: int) -> Iterator[Raw]:
        try:
            yield from itertools.islice(self._source, count)
        except Exception as error:
            # What came before it comes first.
            self._failure = error

    def _compute(self, group: Sequence[Raw], size: int) -> None:
        columns = [_stacked(column, size) for column in zip(*group, strict=True)]
        if len(group) >= _SMALLEST and all(c is not None for c in columns):
            try:
                results = self._call_chunk(tuple(columns))
            except Exception:
                # One of the elements is to blame: it will raise in its turn.
                self._singles.extend(group)
                return
            # The last chunk may be shorter than what was computed.
            self._pairs = zip(group, zip(*[rows(np.asarray(r)) for r in results], strict=True), strict=False)
        else:
            self._singles.extend(group)


def _stacked(values: Sequence[Any], size: int) -> np.ndarray | None:
    """The values as one array of `size` rows, the last one repeated; None if they differ in shape."""
    first = np.asarray(values[0])
    result = np.empty((size, *first.shape), first.dtype)
    for i, value in enumerate(values):
        if value.shape != first.shape:
            return None
        result[i] = value
    result[len(values) :] = values[-1]
    return result
