"""A run's results as JSON and as a Markdown page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .bars import ratios, summary
from .registry import RUNTIMES

TITLES = {"tensorflow": "TensorFlow", "tfshim": "tfshim", "jax": "JAX"}
COMPARED = (("tfshim", "tensorflow"), ("tfshim", "jax"))


def _time(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if seconds * scale >= 1.0:
            return f"{seconds * scale:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines] + [""]


def _ratio_cell(row: Mapping[str, Any], runtime: str, over: str) -> str:
    samples = ratios(row, runtime, over)
    if not samples:
        return ""
    figure = summary(samples)
    return f"{figure.value:.3g} ({figure.low:.3g}–{figure.high:.3g})"


def _cell(row: Mapping[str, Any], runtime: str) -> str:
    if runtime in row["errors"]:
        return "error"
    if row.get("seconds", {}).get(runtime):
        return _time(summary(row["seconds"][runtime]).value)
    if row.get("bytes", {}).get(runtime):
        return f"{summary(row['bytes'][runtime]).value / 2**20:.0f} MB"
    if runtime in row.get("growth_percent", {}):
        start = row["resident_bytes"][runtime][0] / 2**20
        return f"{start:.0f} MB {row['growth_percent'][runtime][0]:+.2f} %"
    return ""


def _facts(facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    lines = []
    for runtime, fact in facts.items():
        if "absent" in fact:
            lines.append(f"- {TITLES[runtime]}: not in this run ({fact['absent'].strip().splitlines()[-1]})")
        else:
            built_on = f" on JAX {fact['jax']}" if runtime == "tfshim" else ""
            machine = f"{fact['cores']} cores, {fact['platform']} ({fact['device']})"
            version = f"{TITLES[runtime]} {fact['version']}{built_on}, Python {fact['python']}"
            lines.append(f"- {version}, {machine}")
    return lines


def markdown(result: Mapping[str, Any]) -> str:
    rows, facts = result["rows"], result["runtimes"]
    shown = [runtime for runtime in RUNTIMES if "absent" not in facts.get(runtime, {"absent": True})]
    lines = ["# Benchmark", "", f"{result['when']}, {result['rounds']} rounds.", ""]
    if result["clock"] == "cpu":
        lines += ["Seconds of the process' threads, not of the day: fair on a busy machine, but blind to waits.", ""]
    if result["load"] > 0.3 * min(fact["cores"] for fact in facts.values() if "cores" in fact):
        lines += [f"The machine was busy (load {result['load']:.1f}): take the figures with care.", ""]
    if result["quick"]:
        lines += ["A quick run: few and short rounds; the figures are rough.", ""]
    lines += [*_facts(facts), "", "## Bars", ""]
    judged = []
    for verdict in result["bars"]:
        passed = {True: "pass", False: "**fail**", None: "not measured"}[verdict["passed"]]
        figure = ""
        if verdict["passed"] is not None:
            figure = f"{verdict['value']:.3g} ({verdict['low']:.3g}–{verdict['high']:.3g})"
        judged.append([verdict["bar"], verdict["wanted"], figure, passed])
    lines += _table(["", "bar", "figure", ""], judged)
    explanation = "Medians; ratios are medians over the rounds with their middle half in brackets."
    lines += ["## Rows", "", explanation, ""]
    compared = [pair for pair in COMPARED if pair[0] in shown and pair[1] in shown]
    divided = [f"{TITLES[a]} / {TITLES[b]}" for a, b in compared]
    header = ["", *(TITLES[runtime] for runtime in shown), *divided, ""]
    cells = []
    for row in rows:
        measured = [_cell(row, runtime) for runtime in shown]
        cells.append([row["name"], *measured, *(_ratio_cell(row, *pair) for pair in compared), row["note"]])
    lines += _table(header, cells)
    lines += _problems(rows)
    return "\n".join(lines).rstrip() + "\n"


def _problems(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for row in rows:
        if row.get("disagreement"):
            lines.append(f"- {row['name']}: the runtimes disagree: {row['disagreement']}")
        for runtime, error in row["errors"].items():
            lines.append(f"- {row['name']}, {TITLES[runtime]}: {error.strip().splitlines()[0]}")
    return ["## Problems", "", *lines, ""] if lines else []


def write(result: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Writes `benchmark.json` and `benchmark.md` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    as_json, as_markdown = folder / "benchmark.json", folder / "benchmark.md"
    as_json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    as_markdown.write_text(markdown(result))
    return as_json, as_markdown
