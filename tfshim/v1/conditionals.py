"""`tf.compat.v1.cond` and `case`: eagerly, the only value of a list is returned bare, unless `strict`; `smart_cond`."""

from __future__ import annotations

from typing import Any

from tfshim.context import context
from tfshim.control_flow.cond import case as case_of_2
from tfshim.control_flow.cond import cond as cond_of_2
from tfshim.convert import constant_value
from tfshim.export import export
from tfshim.tensor import Tensor


@export("compat.v1.cond")
def cond(
    pred: Any,
    true_fn: Any = None,
    false_fn: Any = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Any = None,
    fn2: Any = None,
) -> Any:
    """`tf.cond`, with `fn1` and `fn2` as older names of the functions, and for `strict` see above."""
    if fn1 is not None and true_fn is not None:
        raise TypeError("cond(): 'true_fn' and 'fn1' may not be set simultaneously.")
    if fn2 is not None and false_fn is not None:
        raise TypeError("cond(): 'false_fn' and 'fn2' may not be set simultaneously.")
    result = cond_of_2(pred, fn1 if true_fn is None else true_fn, fn2 if false_fn is None else false_fn, name)
    return result if strict else _bare(result)


@export("compat.v1.case")
def case(
    pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, strict: bool = False, name: str = "case"
) -> Any:
    """`tf.case`, and for `strict` see above."""
    result = case_of_2(pred_fn_pairs, default, exclusive, strict, name)
    return result if strict else _bare(result)


def _bare(result: Any) -> Any:
    alone = context.graph is None and isinstance(result, (list, tuple)) and len(result) == 1
    return result[0] if alone else result


@export("__internal__.smart_cond.smart_cond")
def smart_cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: str | None = None) -> Any:
    """`tf.cond`, or just the call of one function where `pred` (True, False, 1, 0, a tensor) is known already.

    Raises TypeError for functions that cannot be called, and for another `pred`.
    """
    for what, fn in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(fn):
            raise TypeError(f"`{what}` must be callable.")
    known = constant_value(pred) if isinstance(pred, Tensor) else pred
    if known is None and isinstance(pred, Tensor):
        return cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    if not isinstance(pred, Tensor) and pred not in (0, 1):
        raise TypeError(f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {pred}")
    return true_fn() if known else false_fn()
