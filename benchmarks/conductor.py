"""Runs the workloads: one worker process a runtime, rounds interleaved, so that all see the same machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .registry import WORKLOADS, Workload

ROOT = Path(__file__).resolve().parent.parent


class WorkerError(Exception):
    """A worker could not start, answered with an error, or died."""


def environment(device: str | None) -> dict[str, str]:
    """The environment of every process that is measured."""
    variables = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3", PYTHONHASHSEED="0")
    # The workers share the device: none may take most of its memory for itself.
    variables.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    variables["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    if device is not None:
        variables["JAX_PLATFORMS"] = {"gpu": "cuda"}.get(device, device)
        if device == "cpu":
            variables["CUDA_VISIBLE_DEVICES"] = ""
    return variables


class WorkerProcess:
    """The near end of `benchmarks.worker`."""

    def __init__(self, runtime: str, cores: int, device: str | None):
        self.runtime = runtime
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", runtime, str(cores)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            cwd=ROOT,
            env=environment(device),
        )

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        try:
            self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise WorkerError(self.last_words()) from None
        line = self.process.stdout.readline()
        if not line:
            raise WorkerError(self.last_words())
        reply = json.loads(line)
        if "error" in reply:
            raise WorkerError(reply["error"] + "\n" + reply["traceback"])
        return reply

    def last_words(self) -> str:
        self.process.wait()
        self.log.seek(0)
        lines = self.log.read().strip().splitlines()[-15:]
        return "\n".join([f"the {self.runtime} worker ended with status {self.process.returncode}:", *lines])

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.log.close()


def start_workers(
    runtimes: Sequence[str], cores: int, device: str | None, say: Callable[[str], None]
) -> tuple[dict[str, WorkerProcess], dict[str, dict[str, Any]]]:
    """The workers that could start, what each says of itself. TensorFlow on another device is left out."""
    starting = {runtime: WorkerProcess(runtime, cores, device) for runtime in runtimes}
    workers: dict[str, WorkerProcess] = {}
    facts: dict[str, dict[str, Any]] = {}
    for runtime, worker in starting.items():
        try:
            facts[runtime] = worker.ask("hello")
            workers[runtime] = worker
        except WorkerError as error:
            facts[runtime] = {"absent": str(error)}
            say(f"{runtime} is left out: {str(error).strip().splitlines()[-1]}")
            worker.close()
    platforms = {facts[runtime]["platform"] for runtime in workers if runtime != "tensorflow"}
    if "tensorflow" in workers and platforms and facts["tensorflow"]["platform"] not in platforms:
        workers.pop("tensorflow").close()
        reason = f"runs on {facts['tensorflow']['platform']}, the others on {platforms.pop()}"
        facts["tensorflow"]["absent"] = reason
        say(f"tensorflow is left out: {reason}")
    return workers, facts


def _disagreement(checks: Mapping[str, Sequence[float]], tolerance: float) -> str | None:
    """What differs between the runtimes' checks, if anything does."""
    names = list(checks)
    for other in names[1:]:
        first, second = checks[names[0]], checks[other]
        if len(first) != len(second):
            return f"{names[0]} gives {len(first)} values, {other} {len(second)}"
        scale = max(map(abs, first), default=0.0)
        for a, b in zip(first, second):
            if not abs(a - b) <= tolerance * max(abs(a), abs(b)) + tolerance * 1e-2 * scale:
                return f"{names[0]} computes {a!r} where {other} computes {b!r}"
    return None


def run_workload(
    item: Workload, workers: Mapping[str, WorkerProcess], rounds: int, batch_scale: float, clock: str
) -> dict[str, Any]:
    """All rounds of one workload: seconds per call by runtime and round, or why a runtime has none."""
    row: dict[str, Any] = {"name": item.name, "group": item.group, "note": item.note}
    row |= {"seconds": {}, "errors": {}, "calls": {}, "first_seconds": {}}
    checks: dict[str, Sequence[float]] = {}
    for runtime, worker in workers.items():
        try:
            reply = worker.ask("prepare", name=item.name)
            if "absent" in reply:
                continue
            row["first_seconds"][runtime] = reply["first_seconds"]
            if reply["check"] is not None:
                checks[runtime] = reply["check"]
            seconds = item.batch_seconds * batch_scale
            row["calls"][runtime] = worker.ask("calibrate", name=item.name, batch_seconds=seconds)["calls"]
            row["seconds"][runtime] = []
        except WorkerError as error:
            row["errors"][runtime] = str(error)
    row["disagreement"] = _disagreement(checks, item.tolerance)
    for round_number in range(rounds):
        # The order rotates: a slow spell of the machine, or the state the previous one left, hits each alike.
        present = list(row["seconds"])
        shift = round_number % max(1, len(present))
        for runtime in present[shift:] + present[:shift]:
            try:
                calls = row["calls"][runtime]
                reply = workers[runtime].ask("measure", name=item.name, calls=calls, clock=clock)
                row["seconds"][runtime].append(reply["seconds"])
            except WorkerError as error:
                row["errors"][runtime] = str(error)
                del row["seconds"][runtime]
    for runtime, worker in workers.items():
        if runtime not in row["errors"]:
            worker.ask("release", name=item.name)
    return row


def run_workloads(
    names: Sequence[str],
    workers: Mapping[str, WorkerProcess],
    rounds: int,
    batch_scale: float,
    clock: str,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    rows = []
    for name in names:
        row = run_workload(WORKLOADS[name], workers, rounds, batch_scale, clock)
        rows.append(row)
        say(_progress(row))
    return rows


def _progress(row: Mapping[str, Any]) -> str:
    times = [f"{runtime} {sorted(s)[len(s) // 2] * 1e6:.1f} us" for runtime, s in row["seconds"].items()]
    problems = [f"{runtime}: {error.splitlines()[0]}" for runtime, error in row["errors"].items()]
    if row["disagreement"]:
        problems.append(row["disagreement"])
    return f"{row['name']}: " + "; ".join(times + problems)
