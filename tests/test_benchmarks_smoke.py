"""The benchmark runs; what it measures is not asserted, for a timed test fails on a busy machine."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("benchmark")
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "--quick",
        "--rounds",
        "1",
        "--only",
        "eager",
        "--out",
        str(folder),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "benchmark.json").read_text()), (folder / "benchmark.md").read_text()


def test_every_runtime_measures_every_row_and_all_agree(results):
    result, _ = results
    assert len(result["rows"]) == 8
    for row in result["rows"]:
        assert row["errors"] == {} and row["disagreement"] is None
        assert set(row["seconds"]) == {"tensorflow", "tfshim", "jax"}


def test_bars_of_the_group_are_judged_and_the_others_are_not(results):
    result, _ = results
    judged = {verdict["bar"] for verdict in result["bars"] if verdict["passed"] is not None}
    assert judged == {"eager operations, geometric mean", "eager operations, the slowest"}


def test_the_page_shows_each_row(results):
    result, page = results
    for row in result["rows"]:
        assert f"| {row['name']} |" in page
