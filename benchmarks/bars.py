"""The figures to reach, as data, and the judgement of one run's rows by them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Figure:
    """A number with its range over the rounds."""

    value: float
    low: float
    high: float


def summary(samples: Sequence[float]) -> Figure:
    """Median, and the middle half of the rounds."""
    if len(samples) < 4:
        return Figure(statistics.median(samples), min(samples), max(samples))
    quarters = statistics.quantiles(samples, n=4)
    return Figure(statistics.median(samples), quarters[0], quarters[2])


def ratios(row: Mapping[str, Any], runtime: str, over: str) -> list[float]:
    """`runtime` over `over`, round by round: both of a round ran within the same second."""
    seconds = row.get("seconds", {})
    return [a / b for a, b in zip(seconds.get(runtime, []), seconds.get(over, []))]


def _ratio(name: str, over: str) -> Callable[[Rows], Figure | None]:
    def figure(rows: Rows) -> Figure | None:
        samples = ratios(rows[name], "tfshim", over) if name in rows else []
        return summary(samples) if samples else None

    return figure


def _difference(name: str, over: str, scale: float) -> Callable[[Rows], Figure | None]:
    def figure(rows: Rows) -> Figure | None:
        seconds = rows.get(name, {}).get("seconds", {})
        samples = [(a - b) * scale for a, b in zip(seconds.get("tfshim", []), seconds.get(over, []))]
        return summary(samples) if samples else None

    return figure


def _group(group: str, aggregate: Callable[[list[float]], float]) -> Callable[[Rows], Figure | None]:
    """An aggregate of the ratios to TensorFlow of a group, round by round; None if one is missing."""

    def figure(rows: Rows) -> Figure | None:
        members = [ratios(row, "tfshim", "tensorflow") for row in rows.values() if row["group"] == group]
        if not members or not all(members):
            return None
        return summary([aggregate(list(of_round)) for of_round in zip(*members)])

    return figure


def _worst(group: str) -> Callable[[Rows], Figure | None]:
    """The row of the group with the highest median ratio."""

    def figure(rows: Rows) -> Figure | None:
        members = [ratios(row, "tfshim", "tensorflow") for row in rows.values() if row["group"] == group]
        if not members or not all(members):
            return None
        return max(map(summary, members), key=lambda found: found.value)

    return figure


def _field(name: str, field: str, scale: float = 1.0) -> Callable[[Rows], Figure | None]:
    def figure(rows: Rows) -> Figure | None:
        samples = rows.get(name, {}).get(field, {}).get("tfshim")
        return summary([sample * scale for sample in samples]) if samples else None

    return figure


def _growth(kind: str) -> Callable[[Rows], Figure | None]:
    return _field(f"memory/{kind}", "growth_percent")


@dataclass(frozen=True)
class Bar:
    """`figure` must be at most `limit`, or within ± `limit` where `two_sided`."""

    name: str
    figure: Callable[[Rows], Figure | None]
    limit: float
    unit: str
    two_sided: bool = False

    def passes(self, value: float) -> bool:
        return (abs(value) if self.two_sided else value) <= self.limit

    @property
    def wanted(self) -> str:
        return f"{'±' if self.two_sided else '≤ '}{self.limit:g} {self.unit}"


BARS = (
    Bar("eager operations, geometric mean", _group("eager", statistics.geometric_mean), 0.5, "× TensorFlow"),
    Bar("eager operations, the slowest", _worst("eager"), 0.9, "× TensorFlow"),
    Bar("five operations, tape and gradient", _ratio("tape/five ops", "tensorflow"), 0.35, "× TensorFlow"),
    Bar("tape.jacobian", _ratio("tape/jacobian", "tensorflow"), 0.05, "× TensorFlow"),
    Bar("tape.batch_jacobian", _ratio("tape/batch_jacobian", "tensorflow"), 0.05, "× TensorFlow"),
    Bar("small function call", _ratio("function/small call", "tensorflow"), 0.15, "× TensorFlow"),
    Bar("small function call over jax.jit", _difference("function/small call", "jax", 1e6), 20.0, "µs"),
    Bar("call with 500 variables", _ratio("function/500 variables read", "jax"), 1.2, "× JAX"),
    Bar("compiled MLP step", _ratio("train/mlp", "jax"), 1.05, "× JAX"),
    Bar("compiled CNN step", _ratio("train/cnn", "jax"), 1.05, "× JAX"),
    Bar("compiled RNN step", _ratio("train/rnn", "jax"), 1.05, "× JAX"),
    Bar("compiled transformer step", _ratio("train/transformer", "jax"), 1.05, "× JAX"),
    Bar("import over import jax", _difference("import/time", "jax", 1.0), 0.5, "s"),
    Bar("memory after import", _field("import/memory", "bytes", 2.0**-20), 350.0, "MB"),
    Bar("memory, eager training", _growth("eager training steps"), 2.0, "%", two_sided=True),
    Bar("memory, function calls", _growth("function calls"), 2.0, "%", two_sided=True),
)


def judge(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One verdict a bar; `passed` is None where this run has no figure for it."""
    by_name = {row["name"]: row for row in rows}
    verdicts = []
    for bar in BARS:
        figure = bar.figure(by_name)
        verdict: dict[str, Any] = {"bar": bar.name, "wanted": bar.wanted, "passed": None}
        if figure is not None and math.isfinite(figure.value):
            verdict |= {"value": figure.value, "low": figure.low, "high": figure.high}
            verdict["passed"] = bar.passes(figure.value)
        verdicts.append(verdict)
    return verdicts
