"""The checks of `tf.debugging` that operators use, which are declared by table and so have no names in their module."""

from collections.abc import Iterable
from typing import Any

from tfshim.api import debugging  # noqa: F401
from tfshim.export import symbols
from tfshim.scopes import group

_checks: Any = symbols()
assert_equal, assert_less, assert_near, assert_non_negative, assert_none_equal, assert_positive, assert_rank = (
    _checks[f"debugging.assert_{name}"]
    for name in ("equal", "less", "near", "non_negative", "none_equal", "positive", "rank")
)


def assert_each(operators: Iterable[Any], check: str) -> Any:
    """Runs the same check of several operators; gives what waits for all of them, None in eager mode."""
    return group([getattr(operator, f"assert_{check}")() for operator in operators])
