"""The checks of `tf.debugging` that operators use, which are declared by table and so have no names in their module."""

from typing import Any

from tfshim.api import debugging  # noqa: F401
from tfshim.export import symbols

_checks: Any = symbols()
assert_equal, assert_less, assert_near, assert_none_equal, assert_positive = (
    _checks[f"debugging.assert_{name}"] for name in ("equal", "less", "near", "none_equal", "positive")
)
