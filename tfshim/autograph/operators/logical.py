"""Boolean expressions, and assertions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.autograph.operators.kinds import is_tensor
from tfshim.control_flow import cond
from tfshim.namespaces import resolve
from tfshim.ops import op


def and_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`a and b`: of tensors, `b` is computed only where `a` holds."""
    left = a()
    return cond(left, b, lambda: left) if is_tensor(left) else left and b()


def or_(a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`a or b`: of tensors, `b` is computed only where `a` does not hold."""
    left = a()
    return cond(left, lambda: left, b) if is_tensor(left) else left or b()


def not_(a: Any) -> Any:
    """`not a`."""
    return op("LogicalNot")(a) if is_tensor(a) else not a


def eq(a: Any, b: Any) -> Any:
    """`a == b`, with the feature EQUALITY_OPERATORS: by value."""
    return op("Equal")(a, b) if is_tensor(a) or is_tensor(b) else a == b


def not_eq(a: Any, b: Any) -> Any:
    """`a != b`, with the feature EQUALITY_OPERATORS: by value."""
    return not_(eq(a, b))


def assert_stmt(expression: Any, message: Callable[[], Any]) -> Any:
    """`assert expression, message()`: of a tensor, checked when the graph runs."""
    if not is_tensor(expression):
        assert expression, message()
        return None
    data = message()
    return resolve("debugging.Assert")(expression, data if isinstance(data, list) else [data])  # type: ignore[operator]
