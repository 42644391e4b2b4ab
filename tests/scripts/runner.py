"""Runs a whole script under real TensorFlow and under tfshim and compares what it shows to the outside.

Compared: standard output, token by token (numbers within a tolerance, integers and everything else exactly,
white space not at all); the class of the error that ended the script; the exit code. Each run is a process of
its own.

`python -m tests.scripts.runner SCRIPT...` shows the differences. A script may say how it wants to be run in
comment lines: `# arguments: --steps 3`, `# tolerance: 1e-3`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

RELATIVE = 1e-4
ABSOLUTE = 1e-6

_TOKEN = re.compile(
    r"""
    (?P<number> (?<![\w.)\]]) [-+]? (?: \d+\.?\d* | \.\d+ ) (?: [eE][-+]?\d+ )? (?![A-Za-z_]) )
    | (?P<word> \w+ )
    | (?P<other> \S )
    """,
    re.VERBOSE,
)
_ERROR_LINE = re.compile(
    r"^(?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*(?:Error|Exception|Interrupt|Exit|Warning|Iteration))(?::|$)"
)


@dataclass
class Result:
    """What one run of a script showed."""

    stdout: str
    stderr: str
    code: int

    @property
    def error(self) -> str:
        """The class of the error that ended the script, without its module; "" if none did."""
        if self.code in (0, 2):
            return ""
        for line in reversed(self.stderr.splitlines()):
            if match := _ERROR_LINE.match(line):
                return match.group(1)
        return ""


def run(script: Path, runtime: str, timeout: float = 300) -> Result:
    """Runs a script under "tensorflow" or "tfshim"."""
    command = [sys.executable, *(["-m", "tfshim"] if runtime == "tfshim" else []), os.fspath(script.resolve())]
    environ = {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "JAX_PLATFORMS": "cpu",
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    if runtime == "tfshim":
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*command, *arguments(script)],
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
    return Result(done.stdout, done.stderr, done.returncode)


def arguments(script: Path) -> list[str]:
    return _directive(script, "arguments").split()


def tolerance(script: Path) -> float:
    return float(_directive(script, "tolerance") or RELATIVE)


def _directive(script: Path, name: str) -> str:
    match = re.search(rf"^# {name}: (.*)$", script.read_text(encoding="utf-8"), re.MULTILINE)
    return match.group(1) if match else ""


def differences(expected: Result, got: Result, relative: float = RELATIVE) -> list[str]:
    """What differs between the two runs, in words; empty if nothing does."""
    found = []
    if first := _first_difference(expected.stdout, got.stdout, relative):
        found.append(first)
    if expected.code != got.code:
        found.append(f"exit code {got.code}, under TensorFlow {expected.code}")
    if expected.error != got.error:
        found.append(f"ended by {got.error or 'no error'}, under TensorFlow by {expected.error or 'no error'}")
    if found and got.error:
        found.append("standard error:\n" + "\n".join(got.stderr.splitlines()[-15:]))
    return found


def _first_difference(expected: str, got: str, relative: float) -> str | None:
    ours, theirs = list(_TOKEN.finditer(got)), list(_TOKEN.finditer(expected))
    for mine, real in zip(ours, theirs):
        if not _same(real, mine, relative):
            return f"printed  {_line_of(got, mine.start())}\nexpected {_line_of(expected, real.start())}"
    if len(ours) > len(theirs):
        return f"printed beyond the end: {_line_of(got, ours[len(theirs)].start())}"
    if len(ours) < len(theirs):
        return f"did not print: {_line_of(expected, theirs[len(ours)].start())}"
    return None


def _same(expected: re.Match[str], got: re.Match[str], relative: float) -> bool:
    if expected.group() == got.group():
        return True
    if expected.lastgroup != "number" or got.lastgroup != "number":
        return False
    real, mine = expected.group(), got.group()
    if real.lstrip("+-").isdigit() or mine.lstrip("+-").isdigit():
        return False
    return abs(float(real) - float(mine)) <= ABSOLUTE + relative * abs(float(real))


def _line_of(text: str, position: int) -> str:
    number = text.count("\n", 0, position) + 1
    return f"(line {number}): {text.splitlines()[number - 1].strip()}"


def main(paths: list[str]) -> int:
    failures = 0
    for path in map(Path, paths):
        found = differences(run(path, "tensorflow"), run(path, "tfshim"), tolerance(path))
        failures += bool(found)
        print(f"{path}: " + ("\n  " + "\n".join(found).replace("\n", "\n  ") if found else "the same"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
