"""Where the time of one row goes under tfshim: `python -m benchmarks --profile NAME`."""

from __future__ import annotations

import cProfile
import pstats

from . import runtimes, timing
from .registry import WORKLOADS


def profile(name: str, seconds: float = 1.0, lines: int = 30) -> None:
    """Prints the functions with most time of their own. The profiler slows small Python functions most."""
    module = runtimes.load("tfshim")
    task = WORKLOADS[name].build(module)
    calls = timing.calibrate(task, seconds)
    each = timing.seconds_per_call(task, calls)
    profiler = cProfile.Profile()
    profiler.runcall(timing.run_batch, task, calls)
    print(f"{name}: {each * 1e6:.2f} us a call without the profiler, {calls} calls")
    pstats.Stats(profiler).sort_stats("tottime").print_stats(lines)
