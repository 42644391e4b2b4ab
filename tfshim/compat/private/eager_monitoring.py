"""`tensorflow.python.eager.monitoring`: numbers that a program counts by name and labels, in this process."""

from __future__ import annotations

import bisect
import threading
from typing import Any

_lock = threading.Lock()
_metrics: dict[str, Metric] = {}


class Metric:
    """Values by labels; `name` must be new in the process."""

    _new: Any = None

    def __init__(self, name: str, description: str, *labels: str):
        with _lock:
            if name in _metrics:
                raise ValueError(f"Another metric with the same name already exists: {name}")
            _metrics[name] = self
        self.name, self.description, self.labels = name, description, labels
        self._cells: dict[tuple[str, ...], Any] = {}

    def get_cell(self, *labels: str) -> Any:
        """What is counted under these values of the labels."""
        if len(labels) != len(self.labels):
            raise ValueError(f"The {type(self).__name__} expects {len(self.labels)} labels, got {len(labels)}")
        with _lock:
            return self._cells.setdefault(labels, self._make())

    def _make(self) -> Any:
        return self._new()


class CounterCell:
    """A number that only grows."""

    def __init__(self) -> None:
        self._value = 0

    def increase_by(self, value: int) -> None:
        """Adds a number that is not negative."""
        with _lock:
            self._value += max(value, 0)

    def value(self) -> int:
        """The number."""
        return self._value


class _Gauge:
    def __init__(self, value: Any) -> None:
        self._value = value

    def set(self, value: Any) -> None:
        """Sets the value."""
        self._value = value

    def value(self) -> Any:
        """The value."""
        return self._value


class Counter(Metric):
    """Counts events."""

    _new = CounterCell


class IntGauge(Metric):
    """Has an integer."""

    _new = staticmethod(lambda: _Gauge(0))


class StringGauge(Metric):
    """Has a string."""

    _new = staticmethod(lambda: _Gauge(""))


class BoolGauge(Metric):
    """Has a boolean."""

    _new = staticmethod(lambda: _Gauge(False))


class ExponentialBuckets:
    """Bounds of `bucket_count` buckets: `scale`, `scale * growth_factor`, and so on."""

    def __init__(self, scale: float, growth_factor: float, bucket_count: int):
        self.bounds = [scale * growth_factor**i for i in range(bucket_count)]


class SamplerCell:
    """A histogram."""

    def __init__(self, bounds: list[float]):
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._values: list[float] = []

    def add(self, sample: float) -> None:
        """Adds a sample."""
        with _lock:
            self._counts[bisect.bisect_right(self._bounds, sample)] += 1
            self._values.append(sample)

    def value(self) -> Any:
        """The samples as a `HistogramProto`."""
        from tfshim import protos

        values = self._values
        return protos.HistogramProto(  # type: ignore[attr-defined]
            num=len(values),
            sum=sum(values),
            sum_squares=sum(v * v for v in values),
            min=min(values, default=0.0),
            max=max(values, default=0.0),
            bucket_limit=[*self._bounds, float("inf")],
            bucket=self._counts,
        )


class Sampler(Metric):
    """Collects samples in the buckets of an `ExponentialBuckets`."""

    def __init__(self, name: str, buckets: ExponentialBuckets, description: str, *labels: str):
        super().__init__(name, description, *labels)
        self._buckets = buckets

    def _make(self) -> SamplerCell:
        return SamplerCell(self._buckets.bounds)
