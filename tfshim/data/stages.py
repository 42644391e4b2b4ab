"""Pipelines: a stage makes iterators of raw elements (see `structure`) out of those of its inputs.

Stages are immutable Python objects: what lies behind a dataset's variant tensor. Where they can, they compose the
iterators of `itertools`, which cost little per element and go on after an element whose computation failed.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tfshim.data.structure import Raw
from tfshim.errors import FailedPreconditionError, InvalidArgumentError, OpError, OutOfRangeError
from tfshim.type_spec import TypeSpec

INFINITE = -1
UNKNOWN = -2

_CHUNK = 4096


def invalid(message: str) -> InvalidArgumentError:
    """The error for arguments that an op refuses."""
    return InvalidArgumentError(None, None, message)


class Run:
    """What belongs to one iterator of a dataset, through all repetitions of its parts: the states of random ops."""

    def __init__(self) -> None:
        self.states: dict[Any, Any] = {}


class Stage:
    """A source or transformation of elements.

    `specs` are the specs of the leaves of an element: see `making.derive`, for `functions` and `external` too.
    """

    specs: Sequence[TypeSpec] = ()
    functions: Sequence[Any] = ()
    external: str | None = None
    # Of options: whether iterators are saved although functions depend on state outside; None if nothing is said.
    ignores_external_state: bool | None = None

    def __init__(self, *inputs: Stage):
        self.inputs = inputs

    def iterate(self, run: Run) -> Iterator[Raw]:
        """A new iterator of the elements."""
        raise NotImplementedError

    @property
    def ahead(self) -> bool:
        """True if nobody notices that an element is computed before it is asked for."""
        return False

    @property
    def varies(self) -> bool:
        """True if each pass over the elements has an order of its own."""
        return any(s.varies for s in self.inputs)

    def cardinality(self) -> int:
        """Number of elements, `INFINITE` or `UNKNOWN`."""
        return self.inputs[0].cardinality()


class Moving(Stage):
    """A stage that moves elements about: it may be ahead if its inputs may."""

    @property
    def ahead(self) -> bool:
        return all(s.ahead for s in self.inputs)


class Restarting(Stage):
    """A stage that starts passes of its inputs as it goes: that must not come too early if passes vary."""

    @property
    def ahead(self) -> bool:
        return all(s.ahead for s in self.inputs) and not self.varies


def rows(array: np.ndarray) -> Iterator[np.ndarray]:
    """Views of the rows of an array; arrays of no dimension for a vector."""
    if array.ndim > 1:
        return iter(array)
    return map(array.__getitem__, zip(range(len(array)), itertools.repeat(...)))


# Sources -------------------------------------------------------------------------------------------------


class One(Moving):
    """A single element."""

    def __init__(self, element: Raw):
        super().__init__()
        self.element = element

    def iterate(self, run: Run) -> Iterator[Raw]:
        return iter([self.element])

    def cardinality(self) -> int:
        return 1


class Listed(Moving):
    """Elements that are there already."""

    def __init__(self, elements: Sequence[Raw]):
        super().__init__()
        self.elements = elements

    def iterate(self, run: Run) -> Iterator[Raw]:
        return iter(self.elements)

    def cardinality(self) -> int:
        return len(self.elements)


class Slices(Moving):
    """The rows of arrays with the same first dimension."""

    def __init__(self, *arrays: np.ndarray):
        super().__init__()
        sizes = {len(a) for a in arrays}
        if len(sizes) > 1:
            raise invalid(f"All components must have the same size in the 0th dimension, got {sorted(sizes)}")
        self.arrays = arrays
        self._size = sizes.pop()

    def iterate(self, run: Run) -> Iterator[Raw]:
        return zip(*map(rows, self.arrays))

    def cardinality(self) -> int:
        return self._size


class Range(Moving):
    """The numbers from `start` to `stop` in steps."""

    def __init__(self, start: np.ndarray, stop: np.ndarray, step: np.ndarray, *, dtype: Any):
        super().__init__()
        if not int(step):
            raise invalid("step must be a non-zero integer. [Op:RangeDataset]")
        self._range = range(int(start), int(stop), int(step))
        self._dtype = dtype

    def iterate(self, run: Run) -> Iterator[Raw]:
        # In arrays of some length, of which the elements are views.
        chunks = (self._range[i : i + _CHUNK] for i in range(0, len(self._range), _CHUNK))
        arrays = (np.arange(c.start, c.stop, c.step).astype(self._dtype) for c in chunks)
        return zip(itertools.chain.from_iterable(map(rows, arrays)))

    def cardinality(self) -> int:
        return len(self._range)


class Generated(Stage):
    """The elements that Python iterators give: a new iterator each time."""

    def __init__(self, make: Callable[[], Iterator[Raw]], cardinality: int = UNKNOWN):
        super().__init__()
        self._make = make
        self._cardinality = cardinality

    def iterate(self, run: Run) -> Iterator[Raw]:
        return self._make()

    def cardinality(self) -> int:
        return self._cardinality


# Choosing elements ---------------------------------------------------------------------------------------


class Take(Moving):
    """The first `count` elements; all of them if it is negative."""

    def __init__(self, source: Stage, count: np.ndarray):
        super().__init__(source)
        self._count = int(count)

    def iterate(self, run: Run) -> Iterator[Raw]:
        return itertools.islice(self.inputs[0].iterate(run), None if self._count < 0 else self._count)

    def cardinality(self) -> int:
        n = self.inputs[0].cardinality()
        if self._count < 0 or n == UNKNOWN:
            return n
        return self._count if n == INFINITE else min(n, self._count)


class Skip(Moving):
    """All but the first `count` elements; none if it is negative."""

    def __init__(self, source: Stage, count: np.ndarray):
        super().__init__(source)
        self._count = int(count)

    def iterate(self, run: Run) -> Iterator[Raw]:
        if self._count < 0:
            return iter(())
        return itertools.islice(self.inputs[0].iterate(run), self._count, None)

    def cardinality(self) -> int:
        if self._count < 0:
            return 0
        n = self.inputs[0].cardinality()
        return n if n < 0 else max(0, n - self._count)


class Shard(Moving):
    """Every element whose number is `index` modulo `num_shards`."""

    def __init__(self, source: Stage, num_shards: np.ndarray, index: np.ndarray):
        super().__init__(source)
        self._shards, self._index = int(num_shards), int(index)
        if self._shards <= 0:
            raise invalid(
                f"Number of shards must be greater than zero (currently num_shards = {self._shards}). [Op:ShardDataset]"
            )
        if not 0 <= self._index < self._shards:
            raise invalid(
                f"Index must be between 0 and {self._shards - 1} (currently index = {self._index}). [Op:ShardDataset]"
            )

    def iterate(self, run: Run) -> Iterator[Raw]:
        return itertools.islice(self.inputs[0].iterate(run), self._index, None, self._shards)

    def cardinality(self) -> int:
        n = self.inputs[0].cardinality()
        return n if n < 0 else len(range(self._index, n, self._shards))


class Unique(Stage):
    """The elements that have not come before."""

    def iterate(self, run: Run) -> Iterator[Raw]:
        seen: set[Any] = set()
        for raw in self.inputs[0].iterate(run):
            array = np.asarray(raw[0])
            key = (array.shape, tuple(array.ravel().tolist()))
            if key not in seen:
                seen.add(key)
                yield raw

    def cardinality(self) -> int:
        return UNKNOWN


# Joining and repeating -----------------------------------------------------------------------------------


class Concatenate(Restarting):
    """The elements of the first input, then those of the second."""

    def iterate(self, run: Run) -> Iterator[Raw]:
        return itertools.chain.from_iterable(s.iterate(run) for s in self.inputs)

    def cardinality(self) -> int:
        counts = [s.cardinality() for s in self.inputs]
        if INFINITE in counts:
            return INFINITE
        return UNKNOWN if UNKNOWN in counts else sum(counts)


class Zip(Moving):
    """Elements of all inputs side by side, until one ends."""

    def iterate(self, run: Run) -> Iterator[Raw]:
        return map(_joined, zip(*[s.iterate(run) for s in self.inputs]))

    def cardinality(self) -> int:
        counts = [s.cardinality() for s in self.inputs]
        if UNKNOWN in counts:
            return UNKNOWN
        return min((c for c in counts if c != INFINITE), default=INFINITE)


def _joined(parts: Iterable[Raw]) -> Raw:
    return tuple(itertools.chain.from_iterable(parts))


class Repeat(Restarting):
    """The input `count` times; without end if it is negative."""

    def __init__(self, source: Stage, count: np.ndarray):
        super().__init__(source)
        self._count = int(count)

    def iterate(self, run: Run) -> Iterator[Raw]:
        if self._count < 0:
            return self._forever(run)
        return itertools.chain.from_iterable(self.inputs[0].iterate(run) for _ in range(self._count))

    def _forever(self, run: Run) -> Iterator[Raw]:
        while True:
            empty = True
            for raw in self.inputs[0].iterate(run):
                empty = False
                yield raw
            if empty:
                return

    def cardinality(self) -> int:
        n = self.inputs[0].cardinality()
        if n == 0 or self._count == 0:
            return 0
        if self._count < 0:
            return INFINITE
        return n if n < 0 else n * self._count


class DirectedInterleave(Stage):
    """The next element of the input that the selector, the first input, names."""

    def __init__(self, selector: Stage, *sources: Stage, stop_on_empty_dataset: bool):
        super().__init__(selector, *sources)
        self._stop = stop_on_empty_dataset

    def iterate(self, run: Run) -> Iterator[Raw]:
        selector, *rest = self.inputs
        open_iterators: dict[int, Iterator[Raw]] = {i: s.iterate(run) for i, s in enumerate(rest)}
        for (chosen,) in selector.iterate(run):
            index = int(chosen)
            if not 0 <= index < len(rest):
                raise invalid(f"Selector index out of range: {index} >= {len(rest)}")
            if index not in open_iterators:
                continue
            try:
                yield next(open_iterators[index])
            except StopIteration:
                del open_iterators[index]
                if self._stop or not open_iterators:
                    return

    def cardinality(self) -> int:
        return INFINITE if any(s.cardinality() == INFINITE for s in self.inputs[1:]) else UNKNOWN


# Keeping and checking ------------------------------------------------------------------------------------


class AsIs(Moving):
    """The input itself: options say how to compute, not what."""

    def __init__(self, source: Stage, ignores_external_state: bool | None = None):
        super().__init__(source)
        self.ignores_external_state = ignores_external_state

    def iterate(self, run: Run) -> Iterator[Raw]:
        return self.inputs[0].iterate(run)


class AssertCardinality(Stage):
    """The input, which must have as many elements as is asserted."""

    def __init__(self, source: Stage, expected: np.ndarray):
        super().__init__(source)
        self._expected = int(expected)

    def iterate(self, run: Run) -> Iterator[Raw]:
        expected = self._expected
        count = 0
        for raw in self.inputs[0].iterate(run):
            count += 1
            if expected >= 0 and count > expected:
                raise FailedPreconditionError(
                    None, None, f"Input dataset was expected to contain {expected} elements but contained more."
                )
            yield raw
        if expected == INFINITE or 0 <= count < expected:
            shown = "an infinite number of" if expected == INFINITE else expected
            raise FailedPreconditionError(
                None, None, f"Input dataset was expected to contain {shown} elements but contained only {count}."
            )

    def cardinality(self) -> int:
        return self._expected


class IgnoreErrors(Stage):
    """The elements whose computation does not fail."""

    def __init__(self, source: Stage, *, log_warning: bool):
        super().__init__(source)
        self._log = log_warning

    def iterate(self, run: Run) -> Iterator[Raw]:
        source = self.inputs[0].iterate(run)
        while True:
            try:
                raw = next(source)
            except StopIteration:
                return
            except OutOfRangeError:
                raise
            except OpError as error:
                if self._log:
                    logging.getLogger("tensorflow").warning("Error raised with error message %s", error)
                continue
            yield raw

    def cardinality(self) -> int:
        return UNKNOWN
