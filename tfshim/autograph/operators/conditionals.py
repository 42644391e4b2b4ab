"""`if` statements and conditional expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfshim.autograph.operators import agreement
from tfshim.autograph.operators.kinds import is_dense
from tfshim.control_flow import cond as tf_cond


def if_stmt(
    cond: Any,
    body: Callable[[], None],
    orelse: Callable[[], None],
    get_state: Callable[[], tuple[Any, ...]],
    set_state: Callable[[Any], None],
    symbol_names: Sequence[str],
    nouts: int,
) -> None:
    """Runs one of two blocks.

    Args:
      cond: which; a tensor makes the graph decide.
      body: the block for true: takes and returns nothing, but changes variables.
      orelse: the block for false.
      get_state: values of the variables that either changes.
      set_state: sets them.
      symbol_names: their names.
      nouts: so many of them, from the first on, are used afterwards.
    """
    if not is_dense(cond):
        if cond:
            body()
        else:
            orelse()
        return
    predicate = agreement.condition(cond, "if statement")
    before = get_state()
    ended: dict[str, Sequence[Any]] = {}

    def branch(name: str, block: Callable[[], None]) -> Callable[[], Any]:
        def run() -> Any:
            set_state(before)
            block()
            ended[name] = after = get_state()[:nouts]
            agreement.check_branch(after, symbol_names, name)
            if len(ended) == 2:
                agreement.check_branches(symbol_names, ended["main"], ended["else"])
            # In a dictionary: a result of a single element is then not taken out of its tuple.
            return dict(enumerate(after))

        return run

    result = tf_cond(predicate, branch("main", body), branch("else", orelse))
    set_state((*result.values(), *before[nouts:]))


def if_exp(cond: Any, if_true: Callable[[], Any], if_false: Callable[[], Any], expr_repr: str) -> Any:
    """`if_true() if cond else if_false()`; `expr_repr` is the condition's text."""
    if not is_dense(cond):
        return if_true() if cond else if_false()
    values: dict[bool, Any] = {}

    def branch(which: bool, expression: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            values[which] = expression()
            if len(values) == 2:
                agreement.check_alternatives(expr_repr, values[True], values[False])
            return values[which]

        return run

    return tf_cond(cond, branch(True, if_true), branch(False, if_false))
