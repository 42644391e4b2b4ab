"""`python -m benchmarks`: measures, judges by the bars, writes JSON and Markdown."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import bars, conductor, fresh, report, timing, workloads
from .registry import RUNTIMES, WORKLOADS, matches
from .runtimes import available_cores

ROUNDS, QUICK_ROUNDS = 15, 3
QUICK_SCALE = 0.1


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    option = parser.add_argument
    option(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="a group or a pattern of names; repeatable",
    )
    option("--quick", action="store_true", help="few and short rounds, to see that everything runs")
    option("--rounds", type=int, help=f"rounds a row (default {ROUNDS})")
    option("--out", type=Path, default=Path("build/benchmarks"), metavar="DIR", help="default: %(default)s")
    option("--device", choices=["cpu", "gpu", "tpu"], help="JAX platform; default: the one JAX prefers")
    option("--runtimes", default=",".join(RUNTIMES), help="default: %(default)s")
    option("--cores", type=int, default=available_cores(), help="cores a runtime may use (default: all)")
    option(
        "--clock", choices=list(timing.CLOCKS), default="wall", help="cpu: steadier on a busy machine, blind to waits"
    )
    option("--strict", action="store_true", help="exit with 1 if a bar is missed")
    option("--list", action="store_true", help="name the rows and stop")
    option("--profile", metavar="NAME", help="profile one row under tfshim in this process instead")
    return parser.parse_args(arguments)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _arguments(arguments)
    workloads.load_all()
    if options.list:
        rows = [(item.name, item.group) for item in WORKLOADS.values()] + fresh.names()
        print("\n".join(f"{name}  [{group}]" for name, group in rows))
        return 0
    if options.profile:
        from .profile import profile

        profile(options.profile)
        return 0
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    asked = options.runtimes.split(",")
    unknown = set(asked) - set(RUNTIMES)
    if unknown:
        say(f"Unknown runtimes: {', '.join(sorted(unknown))}")
        return 2
    workers, facts = conductor.start_workers(asked, options.cores, options.device, say)
    present = list(workers)
    names = [item.name for item in WORKLOADS.values() if matches(item.name, item.group, options.only)]
    scale = QUICK_SCALE if options.quick else 1.0
    load = os.getloadavg()[0]
    try:
        rows = conductor.run_workloads(names, workers, rounds, scale, options.clock, say)
    finally:
        for worker in workers.values():
            worker.close()
    variables = conductor.environment(options.device)
    rows += fresh.run(present, options.cores, variables, options.only, options.quick, say)
    result = {
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "quick": options.quick,
        "rounds": rounds,
        "clock": options.clock,
        "load": load,
        "runtimes": facts,
        "bars": bars.judge(rows),
        "rows": rows,
    }
    written = report.write(result, options.out)
    print(report.markdown(result))
    say(f"Written to {written[0]} and {written[1]}")
    if not rows or any(row["errors"] or row.get("disagreement") for row in rows):
        return 1
    return int(options.strict and any(verdict["passed"] is False for verdict in result["bars"]))


if __name__ == "__main__":
    sys.exit(main())
