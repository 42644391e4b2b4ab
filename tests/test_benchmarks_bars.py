"""The benchmark's judgement, on made-up rows."""

import pytest

from benchmarks import bars, report


def _row(name, group, **seconds):
    return {"name": name, "group": group, "note": "", "seconds": seconds, "errors": {}}


def _verdicts(*rows):
    return {verdict["bar"]: verdict for verdict in bars.judge(rows)}


def test_ratios_are_taken_round_by_round():
    row = _row("tape/five ops", "tape", tfshim=[1.0, 2.0, 4.0], tensorflow=[4.0, 8.0, 8.0])
    assert bars.ratios(row, "tfshim", "tensorflow") == [0.25, 0.25, 0.5]
    verdict = _verdicts(row)["five operations, tape and gradient"]
    assert verdict["value"] == 0.25 and verdict["passed"] is True
    assert (verdict["low"], verdict["high"]) == (0.25, 0.5)


def test_a_group_has_a_mean_and_a_worst_row():
    rows = [
        _row("eager/a", "eager", tfshim=[1.0], tensorflow=[10.0]),
        _row("eager/b", "eager", tfshim=[1.0], tensorflow=[1.0]),
    ]
    verdicts = _verdicts(*rows)
    assert verdicts["eager operations, geometric mean"]["value"] == pytest.approx(10**-0.5)
    assert verdicts["eager operations, geometric mean"]["passed"] is True
    assert verdicts["eager operations, the slowest"]["value"] == 1.0
    assert verdicts["eager operations, the slowest"]["passed"] is False


def test_a_group_with_a_missing_row_is_not_judged():
    rows = [
        _row("eager/a", "eager", tfshim=[1.0], tensorflow=[10.0]),
        _row("eager/b", "eager", tensorflow=[1.0]),
    ]
    assert _verdicts(*rows)["eager operations, geometric mean"]["passed"] is None


def test_without_tensorflow_nothing_relative_to_it_is_judged():
    row = _row("function/small call", "function", tfshim=[15e-6], jax=[5e-6])
    verdicts = _verdicts(row)
    assert verdicts["small function call"]["passed"] is None
    assert verdicts["small function call over jax.jit"]["value"] == pytest.approx(10.0)


@pytest.mark.parametrize(("growth", "passed"), [(1.9, True), (-1.9, True), (2.1, False), (-2.1, False)])
def test_memory_may_neither_grow_nor_shrink(growth, passed):
    row = {"name": "memory/function calls", "group": "memory", "growth_percent": {"tfshim": [growth]}}
    assert _verdicts(row)["memory, function calls"]["passed"] is passed


def test_a_page_without_tensorflow_has_no_column_for_it():
    row = _row("eager/a", "eager", tfshim=[1e-6], jax=[5e-7])
    fact = {"version": "1", "python": "3", "cores": 2, "platform": "gpu", "device": "some GPU", "jax": "1"}
    facts = {"tensorflow": {"absent": "No module named 'tensorflow'"}, "tfshim": fact, "jax": fact}
    result = {
        "when": "now",
        "quick": False,
        "rounds": 1,
        "clock": "wall",
        "load": 0.0,
        "runtimes": facts,
        "bars": bars.judge([row]),
        "rows": [row],
    }
    page = report.markdown(result)
    assert "|  | tfshim | JAX | tfshim / JAX |  |" in page
    assert "| eager/a | 1 µs | 0.5 µs | 2 (2–2) |  |" in page
    assert "No module named 'tensorflow'" in page
