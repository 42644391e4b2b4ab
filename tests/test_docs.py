"""The code in the documentation runs and prints what the pages say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))

_BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def program(page: Path) -> tuple[str, str]:
    """The Python blocks of a page as one program, on the lines where they are, and what they print."""
    text = page.read_text(encoding="utf-8")
    code, output, line = [], [], 1
    for block in _BLOCK.finditer(text):
        kind, body = block.groups()
        if kind == "text":
            output.append(body)
            continue
        first = text.count("\n", 0, block.start(2)) + 1
        code.append("\n" * (first - line) + body)
        line = first + body.count("\n")
    return "".join(code), "".join(output)


@pytest.mark.parametrize("page", PAGES, ids=[p.stem for p in PAGES])
def test_page_runs_and_prints_what_it_says(page, tmp_path):
    code, output = program(page)
    script = tmp_path / f"{page.stem}.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tfshim", os.fspath(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.fspath(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == output
