"""`tensorflow.python.ops.control_flow_case`: `tf.case` by another kind of `cond`."""

from tfshim.control_flow.cond import case_by as _case_helper

__all__ = ["_case_helper"]
