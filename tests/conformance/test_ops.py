"""Runs every case of every cases_*.py under real TensorFlow and under tfshim."""

from __future__ import annotations

import pytest

from .collection import all_cases
from .properties import Property
from .runner import missing_symbol, run


def _parameters():
    for family, case in all_cases():
        for mode in case.run_modes():
            reason = case.xfail if isinstance(case.xfail, str) else case.xfail.get(mode, "")
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            yield pytest.param(case, mode, id=f"{family}/{case.id}/{mode}", marks=marks)


@pytest.mark.parametrize(("case", "mode"), list(_parameters()))
def test_same_as_tensorflow(case, mode):
    if isinstance(case, Property):
        case.check(mode)
        return
    found = run(case, mode)
    missing = missing_symbol(found)
    if missing:
        # Whether a symbol exists is the business of the coverage table, which may only grow.
        pytest.xfail(f"there is no {missing} yet")
    if found:
        pytest.fail(f"{case.id} [{mode}]\n" + "\n".join(found[:8]), pytrace=False)
