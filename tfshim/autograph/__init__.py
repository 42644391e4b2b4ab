"""AutoGraph: Python control flow on tensors becomes control flow of graphs.

A function is rewritten so that its statements, calls and boolean expressions call operators (`operators`), which decide
by the values whether Python or the graph is meant. Rewriting happens on the first call in a trace (`transpiler`), goes
on with what the function calls (`calls`), and stops at libraries (`allowlist`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.autograph import public, verbosity  # noqa: F401  (their names are public)
from tfshim.autograph.calls import convert, tf_convert
from tfshim.autograph.calls import stands_for as stands_for
from tfshim.autograph.status import ControlStatusCtx, Status, control_status_ctx


def convert_for_call(fn: Callable[..., Any]) -> Callable[..., Any]:
    """How functions of the API should call what the user gave them: converted unless the surroundings forbid it."""
    return tf_convert(fn, control_status_ctx())


def traceable(python_function: Callable[..., Any], autograph: bool, features: Any) -> Callable[..., Any]:
    """What `tf.function` traces: the function converted, or as it is and in a scope without conversion."""
    if not autograph:
        scope = ControlStatusCtx(Status.DISABLED, features)

        def unconverted(*args: Any, **kwargs: Any) -> Any:
            with scope:
                return python_function(*args, **kwargs)

        return unconverted
    return convert(python_function, features, scope=ControlStatusCtx(Status.ENABLED, features))
