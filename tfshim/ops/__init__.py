"""The op set: TensorFlow's op table and one kernel per op."""

from __future__ import annotations


def op(name: str):
    """The callable op of this name: converts its inputs, then runs eagerly or adds a graph node."""
    from tfshim.callable_op import Op

    return Op.get(name)


def ordered_op(name: str):
    """The callable op of this name for a public function that is that op: see `callable_op.OrderedOp`."""
    from tfshim.callable_op import OrderedOp

    return OrderedOp.get(name)
