"""NumPy behaviour in all its modes: each in a process of its own, under TensorFlow and under tfshim."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "numpy_behavior" / "script.py"

# What does not agree, and why: patterns of expressions.
KNOWN = {
    r"(and_|or_|xor): (int|float|list|array), |(lt|ge|eq|ne): .*(array|variable)|W\(\[2\]\)@W": "tfshim "
    "converts what TensorFlow refuses in these modes",
    r"(add|sub|mul|truediv|floordiv|mod|pow): (weak float|float tensor), array": "in the mode safe TensorFlow lets "
    "NumPy compute where promotion is refused, and gives an array: tfshim refuses",
}


def outcome(module: str, mode: str, prefer_float32: bool) -> dict[str, object]:
    """What the script prints."""
    command = [sys.executable, str(SCRIPT), module, mode, str(prefer_float32)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("mode", "prefer_float32"), [("safe", False), ("all", False), ("legacy", False), ("legacy", True), ("off", False)]
)
def test_mode(mode, prefer_float32):
    expected, found = (outcome(module, mode, prefer_float32) for module in ("tensorflow", "tfshim"))
    assert expected.keys() == found.keys()
    different = [key for key in expected if expected[key] != found[key]]
    unexpected = [key for key in different if not any(re.match(pattern, key) for pattern in KNOWN)]
    assert not unexpected, "\n".join(f"{key}: {expected[key]}, but {found[key]}" for key in unexpected)
