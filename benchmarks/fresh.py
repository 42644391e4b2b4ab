"""What only a fresh process can show: import, the first call, memory over many steps.

As a program, `python -m benchmarks.fresh MEASUREMENT RUNTIME CORES ARGUMENT` measures once and prints a line
of JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import long_runs, runtimes, workloads
from .registry import WORKLOADS, matches

TRAINED = ("train/mlp", "train/cnn", "train/transformer")
STEPS, QUICK_STEPS = 10_000, 1_000


def resident_bytes() -> int:
    """Resident memory of this process now (not its peak)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def measure_import(runtime: str, cores: int, argument: str) -> dict[str, float]:
    begin = time.perf_counter()
    importlib.import_module(runtime)
    return {"seconds": time.perf_counter() - begin, "bytes": resident_bytes()}


def measure_first_call(runtime: str, cores: int, argument: str) -> dict[str, float]:
    """From building a workload to its first result: trace, compile, run; and a later call for comparison."""
    workloads.load_all()
    module = runtimes.load(runtime)
    # The runtime's own start (devices, thread pools) is no part of compiling a program.
    warm = module.device_put(1.0) if runtime == "jax" else module.constant(1.0).numpy()
    del warm
    task = WORKLOADS[argument].builder(runtime)(module)
    begin = time.perf_counter()
    task.finish(task.step())
    first = time.perf_counter() - begin
    task.finish(task.step())
    begin = time.perf_counter()
    task.finish(task.step())
    return {"seconds": first, "later_seconds": time.perf_counter() - begin}


def measure_flatness(runtime: str, cores: int, argument: str) -> dict[str, Any]:
    """Resident memory after each tenth of the steps of a long run."""
    kind, steps = argument.split(":")
    step = long_runs.STEPS[kind](runtimes.load(runtime))
    tenth = int(steps) // 10
    resident = []
    for _ in range(10):
        for _ in range(tenth):
            step()
        resident.append(resident_bytes())
    return {"resident": resident}


MEASUREMENTS = {"import": measure_import, "first call": measure_first_call, "flatness": measure_flatness}


def _once(
    measurement: str, runtime: str, cores: int, argument: str, variables: Mapping[str, str]
) -> tuple[dict[str, Any] | None, str]:
    """One fresh process: its answer, or None and the reason."""
    command = [sys.executable, "-m", "benchmarks.fresh", measurement, runtime, str(cores), argument]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, env=dict(variables), cwd=root, capture_output=True, text=True)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()[-15:] or [f"status {done.returncode}"]
        # The error itself comes last; the report shows the first line.
        return None, "\n".join([lines[-1], *lines[:-1]])
    return json.loads(done.stdout.strip().splitlines()[-1]), ""


def _rounds(
    row: dict[str, Any],
    fields: Mapping[str, str],
    measurement: str,
    present: Sequence[str],
    cores: int,
    argument: str,
    variables: Mapping[str, str],
    rounds: int,
    discard: int,
) -> None:
    """Fills `row[field][runtime]` with one number a round, after `discard` rounds that warm caches."""
    for field in fields:
        row.setdefault(field, {})
    row.setdefault("errors", {})
    for number in range(discard + rounds):
        for runtime in present:
            if runtime in row["errors"]:
                continue
            answer, reason = _once(measurement, runtime, cores, argument, variables)
            if answer is None:
                row["errors"][runtime] = reason
            elif number >= discard:
                for field, key in fields.items():
                    row[field].setdefault(runtime, []).append(answer[key])


def import_rows(present: Sequence[str], cores: int, variables: Mapping[str, str], rounds: int) -> list[dict[str, Any]]:
    row: dict[str, Any] = {}
    fields = {"seconds": "seconds", "bytes": "bytes"}
    _rounds(row, fields, "import", present, cores, "", variables, rounds, 1)
    shared = {"group": "import", "errors": row["errors"]}
    time_row = {"name": "import/time", "seconds": row["seconds"], "note": "fresh process, warm file cache"}
    memory_row = {"name": "import/memory", "bytes": row["bytes"], "note": "resident after import"}
    return [time_row | shared, memory_row | shared]


def first_call_rows(
    trained: Sequence[str], present: Sequence[str], cores: int, variables: Mapping[str, str], rounds: int
) -> list[dict[str, Any]]:
    """Trace and compile time without and with JAX's persistent compilation cache."""
    rows = []
    for name in trained:
        shown = _first_call_name(name)
        cold = {"name": shown, "group": "compile", "note": "first call, no program cached"}
        uncached = {**variables, "JAX_ENABLE_COMPILATION_CACHE": "false"}
        _rounds(cold, {"seconds": "seconds"}, "first call", present, cores, name, uncached, rounds, 0)
        rows.append(cold)
        with tempfile.TemporaryDirectory() as folder:
            cache = {"JAX_COMPILATION_CACHE_DIR": folder, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
            cached = {**variables, **cache}
            warm = {"name": f"{shown} again", "group": "compile", "note": "first call, programs on disk"}
            able = [runtime for runtime in present if runtime not in cold["errors"]]
            _rounds(warm, {"seconds": "seconds"}, "first call", able, cores, name, cached, rounds, 1)
        rows.append(warm)
    return rows


def flatness_rows(
    kinds: Sequence[str], present: Sequence[str], cores: int, variables: Mapping[str, str], steps: int
) -> list[dict[str, Any]]:
    rows = []
    for kind in kinds:
        note = f"{steps} steps: resident after a tenth, and growth then to the end"
        row: dict[str, Any] = {"name": f"memory/{kind}", "group": "memory", "note": note}
        argument = f"{kind}:{steps}"
        able = [runtime for runtime in present if runtime != "jax"]
        _rounds(row, {"resident": "resident"}, "flatness", able, cores, argument, variables, 1, 0)
        resident = row.pop("resident")
        row["resident_bytes"] = {runtime: samples[0] for runtime, samples in resident.items()}
        growth = {runtime: (s[0][-1] / s[0][0] - 1.0) * 100.0 for runtime, s in resident.items()}
        row["growth_percent"] = {runtime: [value] for runtime, value in growth.items()}
        rows.append(row)
    return rows


def _first_call_name(name: str) -> str:
    return "compile/" + name.removeprefix("train/")


def names() -> list[tuple[str, str]]:
    """Name and group of every row that this module can measure."""
    compiled = [(_first_call_name(name), "compile") for name in TRAINED]
    kept = [(f"memory/{kind}", "memory") for kind in long_runs.STEPS]
    return [("import/time", "import"), ("import/memory", "import"), *compiled, *kept]


def run(
    present: Sequence[str],
    cores: int,
    variables: Mapping[str, str],
    only: Sequence[str],
    quick: bool,
    say: Callable[[str], None],
) -> list[dict[str, Any]]:
    """The rows asked for."""
    rows = []
    if matches("import/time", "import", only) or matches("import/memory", "import", only):
        say("import time and memory")
        rows += import_rows(present, cores, variables, 2 if quick else 7)
    trained = [name for name in TRAINED if matches(_first_call_name(name), "compile", only)]
    if trained:
        say("first calls")
        rows += first_call_rows(trained, present, cores, variables, 1 if quick else 3)
    asked = [kind for kind in long_runs.STEPS if matches(f"memory/{kind}", "memory", only)]
    if asked:
        say("memory over many steps")
        rows += flatness_rows(asked, present, cores, variables, QUICK_STEPS if quick else STEPS)
    return rows


def main() -> None:
    measurement, runtime, cores, argument = sys.argv[1:5]
    runtimes.use_cores(int(cores))
    answer = MEASUREMENTS[measurement](runtime, int(cores), argument)
    print("\n" + json.dumps(answer))


if __name__ == "__main__":
    main()
