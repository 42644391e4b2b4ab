"""`tensorflow.python.framework.smart_cond`: branches that are chosen while a graph is built where that is possible."""

from typing import Any

from tfshim.compat.private.ops_control_flow_case import _case_helper
from tfshim.convert import constant_value
from tfshim.tensor import Tensor
from tfshim.v1.conditionals import smart_cond

__all__ = ["smart_case", "smart_cond", "smart_constant_value"]


def smart_constant_value(pred: Any) -> Any:
    """The value of a condition if it is known, else None; TypeError for what is no condition."""
    if isinstance(pred, Tensor):
        known = constant_value(pred)
        return None if known is None else bool(known)
    if pred in {0, 1}:
        return bool(pred)
    raise TypeError(
        f"Argument `pred` must be a Tensor, or a Python bool, or 1 or 0. Received: pred={pred} of type "
        f"{type(pred).__name__}"
    )


def smart_case(pred_fn_pairs, default=None, exclusive=False, name="smart_case") -> Any:
    """As `tf.case`; conditions that are known leave no branch in the graph, and may be Python values."""
    return _case_helper(smart_cond, pred_fn_pairs, default, exclusive, name, allow_python_preds=True)
