"""Timing of short calls: calibrated batches, no garbage collection inside, one wait at the end of a batch."""

from __future__ import annotations

import gc
import time
from itertools import repeat

from .registry import Task

MOST_CALLS = 200_000


CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def run_batch(task: Task, calls: int, clock: str = "wall") -> float:
    """Seconds that `calls` calls take, until the last result is there: of the day, or of all this process' threads."""
    now = CLOCKS[clock]
    step = task.step
    result = None
    enabled = gc.isenabled()
    gc.disable()
    try:
        begin = now()
        for _ in repeat(None, calls):
            result = step()
        task.finish(result)
        return now() - begin
    finally:
        if enabled:
            gc.enable()


def calibrate(task: Task, batch_seconds: float) -> int:
    """How many calls fill `batch_seconds`, after the warm-up that this search is."""
    calls = 1
    run_batch(task, calls)
    while True:
        seconds = run_batch(task, calls)
        if seconds >= batch_seconds / 2 or calls >= MOST_CALLS:
            return max(1, min(MOST_CALLS, round(calls * batch_seconds / max(seconds, 1e-9))))
        # Never more than tenfold at once: the first short batches are dominated by noise.
        calls = min(MOST_CALLS, calls * 10, max(calls + 1, round(calls * batch_seconds / max(seconds, 1e-9))))


def seconds_per_call(task: Task, calls: int, clock: str = "wall") -> float:
    """Mean over one batch. A short unmeasured one first, because another process had the caches meanwhile."""
    run_batch(task, max(1, calls // 20))
    gc.collect()
    return run_batch(task, calls, clock) / calls
