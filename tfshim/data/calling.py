"""Stages that call the user's functions on elements."""

from __future__ import annotations

import itertools
import operator
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfshim.data.functions import ElementFunction, is_true
from tfshim.data.stages import UNKNOWN, Listed, Run, Stage, invalid
from tfshim.data.structure import Raw


class FunctionStage(Stage):
    """A stage with one function; the values that it captures follow the input."""

    def __init__(self, source: Stage, *captured: Any, function: ElementFunction):
        super().__init__(source)
        self._function = function.bind(captured)


_first, _second = operator.itemgetter(0), operator.itemgetter(1)


def _holds(pair: tuple[Raw, Raw]) -> bool:
    return is_true(pair[1])


class Map(FunctionStage):
    """The results of a function of the elements."""

    @property
    def ahead(self) -> bool:
        return self.inputs[0].ahead and self._function.pure

    def iterate(self, run: Run) -> Iterator[Raw]:
        source = self.inputs[0].iterate(run)
        if self.ahead:
            return map(_second, self._function.pairs(run, source, ahead=True))
        return map(self._function.start(run), source)


class Filter(FunctionStage):
    """The elements for which a predicate holds."""

    @property
    def ahead(self) -> bool:
        return self.inputs[0].ahead and self._function.pure

    def iterate(self, run: Run) -> Iterator[Raw]:
        pairs = self._function.pairs(run, self.inputs[0].iterate(run), self.ahead)
        return map(_first, filter(_holds, pairs))

    def cardinality(self) -> int:
        return UNKNOWN


class TakeWhile(FunctionStage):
    """The elements before the first one for which a predicate does not hold."""

    def iterate(self, run: Run) -> Iterator[Raw]:
        predicate = self._function.start(run)
        return itertools.takewhile(lambda raw: is_true(predicate(raw)), self.inputs[0].iterate(run))

    def cardinality(self) -> int:
        return UNKNOWN


class FlatMap(FunctionStage):
    """The elements of the datasets that a function makes of the elements, one dataset after the other."""

    def iterate(self, run: Run) -> Iterator[Raw]:
        call = self._function.start(run)
        return itertools.chain.from_iterable(call(raw)[0].iterate(run) for raw in self.inputs[0].iterate(run))

    def cardinality(self) -> int:
        return UNKNOWN


class Interleave(Stage):
    """Blocks of elements of the datasets that a function makes of the elements, `cycle_length` of these in turn."""

    def __init__(
        self,
        source: Stage,
        cycle_length: np.ndarray,
        block_length: np.ndarray,
        *captured: Any,
        function: ElementFunction,
    ):
        super().__init__(source)
        self._function = function.bind(captured)
        self._cycle, self._block = int(cycle_length), int(block_length)
        if self._cycle == -1:
            self._cycle = os.cpu_count() or 1
        for name, value in (("cycle_length", self._cycle), ("block_length", self._block)):
            if value <= 0:
                raise invalid(f"{name} must be greater than zero. [Op:InterleaveDataset]")

    def iterate(self, run: Run) -> Iterator[Raw]:
        call = self._function.start(run)
        source = self.inputs[0].iterate(run)
        slots: list[Iterator[Raw] | None] = [None] * self._cycle
        exhausted = False
        for index in itertools.cycle(range(self._cycle)):
            if slots[index] is None and not exhausted:
                try:
                    slots[index] = call(next(source))[0].iterate(run)
                except StopIteration:
                    exhausted = True
            current = slots[index]
            if current is None:
                if exhausted and not any(slots):
                    return
                continue
            taken = 0
            for raw in itertools.islice(current, self._block):
                taken += 1
                yield raw
            if taken < self._block:
                slots[index] = None

    def cardinality(self) -> int:
        return UNKNOWN


class Scan(Stage):
    """The results of a function `(state, element) -> (new state, result)`."""

    def __init__(self, source: Stage, *rest: Any, function: ElementFunction, states: int):
        super().__init__(source)
        self._initial = rest[:states]
        self._function = function.bind(rest[states:])

    def iterate(self, run: Run) -> Iterator[Raw]:
        call = self._function.start(run)
        state = tuple(self._initial)

        def step(raw: Raw) -> Raw:
            nonlocal state
            result = call((*state, *raw))
            state = result[: len(state)]
            return result[len(state) :]

        return map(step, self.inputs[0].iterate(run))


class GroupByWindow(Stage):
    """The datasets that `reduce` makes of windows of elements with the same key, flattened."""

    def __init__(
        self,
        source: Stage,
        *captured: Any,
        key: ElementFunction,
        reduce: ElementFunction,
        size: ElementFunction,
        counts: tuple[int, int],
    ):
        super().__init__(source)
        first, second = counts
        self._key = key.bind(captured[:first])
        self._reduce = reduce.bind(captured[first : first + second])
        self._size = size.bind(captured[first + second :])

    def iterate(self, run: Run) -> Iterator[Raw]:
        key_of, reduce, size_of = self._key.start(run), self._reduce.start(run), self._size.start(run)
        groups: dict[int, list[Raw]] = {}
        sizes: dict[int, int] = {}

        def finish(key: int) -> Iterator[Raw]:
            window = Listed(groups.pop(key))
            return reduce((np.asarray(key, np.int64), window))[0].iterate(run)

        for raw in self.inputs[0].iterate(run):
            key = int(key_of(raw)[0])
            group = groups.setdefault(key, [])
            if not group:
                sizes[key] = int(size_of((np.asarray(key, np.int64),))[0])
                if sizes[key] <= 0:
                    raise invalid(f"Window size must be greater than zero, but got {sizes[key]}.")
            group.append(raw)
            if len(group) == sizes[key]:
                yield from finish(key)
        for key in sorted(groups):
            yield from finish(key)

    def cardinality(self) -> int:
        return UNKNOWN
