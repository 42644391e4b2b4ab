"""The workloads: written once in the TensorFlow API, with a hand-written JAX twin where that makes sense.

    @workload("eager/add", group="eager")
    def add(tf):
        a = tf.ones((8, 8))
        return Task(lambda: a + a)

    @add.twin
    def _(jax):
        ...
        return Task(lambda: compiled(a, a))

A builder gets the module (`tensorflow`, whichever that is in the process, or `jax`) and returns a `Task`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

RUNTIMES = ("tensorflow", "tfshim", "jax")


def wait_for(result: Any) -> None:
    """Blocks until `result` (a tensor, variable, array or nested list of them) has its value."""
    if isinstance(result, (list, tuple)):
        for part in result:
            wait_for(part)
    elif hasattr(result, "block_until_ready"):
        result.block_until_ready()
    elif hasattr(result, "numpy"):
        result.numpy()


@dataclass(frozen=True)
class Task:
    """`step` is what is timed; `check` runs before and gives numbers on which all runtimes must agree."""

    step: Callable[[], Any]
    check: Callable[[], Sequence[float]] | None = None
    finish: Callable[[Any], None] = wait_for


@dataclass
class Workload:
    name: str
    group: str
    build: Callable[[Any], Task]
    build_twin: Callable[[Any], Task] | None = None
    batch_seconds: float = 0.04
    tolerance: float = 1e-4
    note: str = ""
    only: tuple[str, ...] = field(default=RUNTIMES)

    def twin(self, build: Callable[[Any], Task]) -> Callable[[Any], Task]:
        self.build_twin = build
        return build

    def builder(self, runtime: str) -> Callable[[Any], Task] | None:
        if runtime not in self.only:
            return None
        return self.build_twin if runtime == "jax" else self.build


WORKLOADS: dict[str, Workload] = {}


def workload(name: str, *, group: str, **options: Any) -> Callable[[Callable[[Any], Task]], Workload]:
    """Registers a builder under `name`; `options` are fields of `Workload`."""

    def register(build: Callable[[Any], Task]) -> Workload:
        if name in WORKLOADS:
            raise ValueError(f"Two workloads are named {name!r}")
        WORKLOADS[name] = Workload(name, group, build, **options)
        return WORKLOADS[name]

    return register


def matches(name: str, group: str, only: Sequence[str]) -> bool:
    """Whether a row is asked for: by its group, or by a pattern of its name as in a shell."""
    return not only or any(pattern == group or fnmatchcase(name, pattern) for pattern in only)
