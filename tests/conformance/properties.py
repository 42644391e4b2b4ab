"""Families of cases drawn by Hypothesis: one declaration covers many dtypes, shapes and values.

    property_case("unary-math", ["abs", "negative", "math.sign"], dtypes=FLOATS + INTS)
    property_case("binary", ["add", "maximum"], arity=2, dtypes=WIDE_FLOATS)  # shapes that broadcast
    property_case("slices", lambda tf, x, index: x[index], extra=index_of)  # extra(shape): a strategy

The shapes come from a short list, since each new one costs a compilation; values include NaN and
infinities, extremes and ties. The examples are the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .inputs import arr, is_differentiable, is_float, np_dtype, py
from .runner import Case, run

SHAPES = ((), (3,), (2, 3), (2, 1, 3), (0, 3))
PAIRS = (((), (3,)), ((2, 3), (3,)), ((2, 1, 3), (2, 3)), ((3,), (3,)), ((0, 3), (3,)), ((2, 3), (2, 1)))


@dataclass
class Property:
    """Drawn cases over `fns`; `check(mode)` raises AssertionError with the smallest failing example."""

    id: str
    fns: Sequence[Callable[..., Any] | str]
    dtypes: Sequence[str]
    shapes: Sequence[Any]
    arity: int
    extra: Callable[[tuple], Any] | None
    specials: bool
    examples: int
    options: dict = field(default_factory=dict)
    xfail: str = ""

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(f for f in self.fns if isinstance(f, str))

    def run_modes(self) -> tuple[str, ...]:
        return ("eager", "unknown")

    def case(self, draw) -> Case:
        dtype = draw(st.sampled_from(self.dtypes))
        shape = draw(st.sampled_from(self.shapes))
        shapes = shape if self.arity > 1 else (shape,)
        inputs = [arr(draw(values(dtype, s, self.specials)), dtype) for s in shapes]
        if self.extra is not None:
            inputs.append(py(draw(self.extra(shapes[0]))))
        fn = draw(st.sampled_from(self.fns))
        options = dict(self.options)
        if not is_differentiable(dtype):
            options.pop("grad", None)
        return Case(f"{self.id}-{fn if isinstance(fn, str) else 'fn'}-{dtype}-{shapes}", fn, inputs, **options)

    def check(self, mode: str, real: Any = None, shim: Any = None) -> None:
        @settings(
            max_examples=self.examples,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def holds(data):
            case = self.case(data.draw)
            found = run(case, mode, real, shim)
            inputs = [i.realise(0) for i in case.leaves()]
            assert not found, f"{case.id} [{mode}]\n" + "\n".join(found[:4]) + f"\ninputs: {inputs}"

        holds()


def property_case(
    id: str,
    fns: Sequence[Callable[..., Any] | str] | Callable[..., Any],
    dtypes: Sequence[str] = ("float32",),
    shapes: Sequence[Any] = (),
    arity: int = 1,
    extra: Callable[[tuple], Any] | None = None,
    specials: bool = True,
    examples: int = 25,
    **options,
) -> Property:
    fns = [fns] if callable(fns) or isinstance(fns, str) else list(fns)
    shapes = tuple(shapes) or (PAIRS if arity == 2 else SHAPES)
    return Property(id, fns, tuple(dtypes), shapes, arity, extra, specials, examples, options)


def values(dtype: str, shape: Sequence[int], specials: bool = True) -> st.SearchStrategy:
    """Arrays of a dtype and shape."""
    count = int(np.prod(shape))
    return st.lists(_scalar(dtype, specials), min_size=count, max_size=count).map(
        lambda items: np.array(items, dtype=np_dtype(dtype)).reshape(shape)
    )


def _scalar(dtype: str, specials: bool) -> st.SearchStrategy:
    if dtype == "bool":
        return st.booleans()
    if dtype == "string":
        return st.sampled_from([b"", b"a", b"ab", "ä".encode()])
    if is_float(dtype):
        plain = st.integers(-40, 40).map(lambda n: n / 8)
        return st.one_of(plain, st.sampled_from([np.nan, np.inf, -np.inf, -0.0])) if specials else plain
    if dtype.startswith("complex"):
        return st.builds(complex, st.integers(-9, 9), st.integers(-9, 9))
    info = np.iinfo(dtype)
    low = max(-6, info.min)
    return st.one_of(st.integers(low, 6), st.sampled_from([info.min, info.max])) if specials else st.integers(low, 6)


def axes_of(shape: Sequence[int]) -> st.SearchStrategy:
    """A valid axis argument of a reduction: None, one axis (negative too), or several."""
    rank = len(shape)
    if not rank:
        return st.sampled_from([None, []])
    single = st.integers(-rank, rank - 1)
    several = st.lists(st.integers(0, rank - 1), unique=True, max_size=rank)
    return st.one_of(st.none(), single, several)


def index_of(shape: Sequence[int]) -> st.SearchStrategy:
    """What may stand in `x[...]`: integers, slices with steps, `...` and new axes."""

    def one(size: int) -> st.SearchStrategy:
        bound = st.one_of(st.none(), st.integers(-size - 2, size + 2))
        step = st.sampled_from([None, 1, 2, -1, -2])
        piece = st.builds(slice, bound, bound, step)
        return st.one_of(st.integers(-size, size - 1), piece) if size else piece

    @st.composite
    def build(draw):
        taken = draw(st.integers(0, len(shape)))
        parts = [draw(one(size)) for size in shape[:taken]]
        if draw(st.booleans()):
            parts.append(Ellipsis)
        for _ in range(draw(st.integers(0, 2))):
            parts.insert(draw(st.integers(0, len(parts))), None)
        return tuple(parts)

    return build()
