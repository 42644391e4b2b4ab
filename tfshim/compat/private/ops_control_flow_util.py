"""`tensorflow.python.ops.control_flow_util`: what kind of graph surrounds an op."""

from typing import Any

ENABLE_CONTROL_FLOW_V2 = True


def EnableControlFlowV2(graph: Any) -> bool:
    """True: branches and loops are always functions here."""
    return True


def GraphOrParentsInXlaContext(graph: Any) -> bool:
    """False: whether a program will be compiled is not known while it is traced, nor does it matter."""
    return False


def InXlaContext(graph: Any) -> bool:
    """False, as for `GraphOrParentsInXlaContext`."""
    return False


def IsInWhileContext(op: Any) -> bool:
    """False: the contexts of TensorFlow 1's loops do not exist."""
    return False
