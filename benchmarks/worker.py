"""One runtime in a long-lived process: `python -m benchmarks.worker RUNTIME CORES`, JSON lines in and out."""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from typing import Any

from . import runtimes, timing, workloads
from .registry import WORKLOADS, Task


class Worker:
    """The commands that a worker answers: a method each, with the line's other fields as arguments."""

    def __init__(self, runtime: str):
        self.runtime = runtime
        self.module = runtimes.load(runtime)
        self.tasks: dict[str, Task] = {}

    def hello(self) -> dict[str, Any]:
        return runtimes.describe(self.runtime, self.module)

    def prepare(self, name: str) -> dict[str, Any]:
        """Builds the task and runs its check: the values that must agree, and how long that took."""
        build = WORKLOADS[name].builder(self.runtime)
        if build is None:
            return {"absent": True}
        begin = time.perf_counter()
        task = self.tasks[name] = build(self.module)
        if task.check is None:
            task.finish(task.step())
            values = None
        else:
            values = [float(value) for value in task.check()]
        return {"check": values, "first_seconds": time.perf_counter() - begin}

    def calibrate(self, name: str, batch_seconds: float) -> dict[str, Any]:
        return {"calls": timing.calibrate(self.tasks[name], batch_seconds)}

    def measure(self, name: str, calls: int, clock: str) -> dict[str, Any]:
        return {"seconds": timing.seconds_per_call(self.tasks[name], calls, clock)}

    def release(self, name: str) -> dict[str, Any]:
        self.tasks.pop(name, None)
        return {}


def main() -> None:
    runtime, cores = sys.argv[1], int(sys.argv[2])
    # Libraries print to standard output now and then; the answers have a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    runtimes.use_cores(cores)
    workloads.load_all()
    worker = Worker(runtime)
    for line in sys.stdin:
        command = json.loads(line)
        try:
            reply = getattr(worker, command.pop("do"))(**command)
        except Exception as error:
            # The conductor shows it in the row that failed and goes on with the next.
            reply = {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
        print(json.dumps(reply), file=answers)


if __name__ == "__main__":
    main()
