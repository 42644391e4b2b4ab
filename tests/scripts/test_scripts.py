"""Whole scripts print the same under TensorFlow and under tfshim: the examples, and the cases beside this."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from .runner import ROOT, Result, differences, run, tolerance

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

# Scripts that do not print the same yet, and why. An entry that is no longer true fails.
KNOWN: dict[str, str] = {}


@pytest.fixture
def reference(request):
    """Runs scripts under TensorFlow; pytest's cache folder keeps what an unchanged script printed."""

    def run_real(script: Path) -> Result:
        key = "scripts/" + hashlib.sha256(script.read_bytes()).hexdigest()
        known = request.config.cache.get(key, None)
        if known is None:
            result = run(script, "tensorflow")
            known = [result.stdout, result.stderr, result.code]
            request.config.cache.set(key, known)
        return Result(*known)

    return run_real


@pytest.mark.parametrize("script", [*EXAMPLES, *CASES], ids=lambda path: path.stem)
def test_script_prints_the_same(script, reference, request):
    if script.stem in KNOWN:
        request.applymarker(pytest.mark.xfail(reason=KNOWN[script.stem], strict=True))
    found = differences(reference(script), run(script, "tfshim"), tolerance(script))
    assert not found, "\n".join(found)


def test_script_of_the_readme_prints_the_same(tmp_path):
    code = (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    script = tmp_path / "line.py"
    script.write_text(code, encoding="utf-8")
    ours = run(script, "tfshim")
    assert ours.code == 0 and len(ours.stdout.splitlines()) == 5
    assert not differences(run(script, "tensorflow"), ours)


def test_examples_do_not_mention_tfshim():
    for path in EXAMPLES:
        assert "tfshim" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("loss 0.123456", "loss   0.123457", True),
        ("loss 0.1234", "loss 0.1236", False),
        ("[ 1.  2.5]", "[1. 2.5]", True),
        ("step 3", "step 4", False),
        ("step 3", "step 3.0", False),
        ("float32 x0", "float64 x0", False),
        ("x0", "x1", False),
        ("1e-8", "0.0", True),
        ("nan -inf", "nan inf", False),
        ("a\nb", "a", False),
        ("a", "a\nb", False),
        ("shape=(2, 3)", "shape=(2,3)", True),
        ("1-2", "1-3", False),
    ],
)
def test_comparison(expected, got, same):
    assert (not differences(Result(expected, "", 0), Result(got, "", 0))) is same


def test_comparison_sees_errors_and_exit_codes():
    long = "Traceback\n  File x\npackage.errors_impl.InvalidArgumentError: bad\n  more\n"
    assert Result("", long, 1).error == "InvalidArgumentError"
    assert not differences(Result("", long, 1), Result("", "InvalidArgumentError: other words", 1))
    assert differences(Result("", long, 1), Result("", "ValueError: bad", 1))
    assert differences(Result("", "", 0), Result("", "", 3))
