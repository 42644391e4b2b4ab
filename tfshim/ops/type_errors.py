"""What is said about input dtypes that do not fit an op: eager calls and graphs word it differently."""

from __future__ import annotations

from collections.abc import Sequence

from tfshim.dtypes import DType
from tfshim.ops.op_table import Arg, OpDef

# Eager messages name these dtypes as the attribute's protocol does.
_PROTO_NAMES = {"float32": "float", "float64": "double", "float16": "half"}


class TypeMismatch(Exception):
    """Input dtypes do not fit the op; callers turn it into the error class of their mode.

    Attributes:
      in_graph: the text for a node of a graph; the exception's own text is for an eager call.
    """

    def __init__(self, text: str, in_graph: str):
        super().__init__(text)
        self.in_graph = in_graph


def proto_name(dtype: DType) -> str:
    """The name of a dtype in TensorFlow's eager messages."""
    return _PROTO_NAMES.get(dtype.name, dtype.name)


def wrong_dtype(
    definition: OpDef, arg: Arg, position: int, dtype: DType, expected: DType, found: Sequence[DType]
) -> TypeMismatch:
    """The flat input `position` has not the `expected` dtype; `found` are those of all values of its argument."""
    op = definition.name
    text = (
        f"cannot compute {op} as input #{position}(zero-based) was expected to be a {proto_name(expected)} tensor but "
        f"is a {proto_name(dtype)} tensor"
    )
    first = next((a for a in definition.inputs if arg.type_attr and a.type_attr == arg.type_attr), arg)
    if arg.number_attr is not None:
        types = ", ".join(d.name for d in found)
        reason = (
            f"that do not match expected type {expected.name}."
            if arg.type_attr is None
            else "that don't all match."
            if first is arg
            else f"that do not match type {expected.name} inferred from earlier arguments."
        )
        return TypeMismatch(text, f"Tensors in list passed to '{arg.name}' of '{op}' Op have types [{types}] {reason}")
    reason = (
        f"expected type of {expected.name}." if first is arg else f"type {expected.name} of argument '{first.name}'."
    )
    return TypeMismatch(text, f"Input '{arg.name}' of '{op}' Op has type {dtype.name} that does not match {reason}")


def dtype_not_allowed(definition: OpDef, attr: str, dtype: DType) -> TypeMismatch:
    """The dtype that an input gives to the attribute `attr` is none of those declared."""
    arg = next(a.name for a in definition.inputs if a.type_attr == attr)
    allowed = sorted(definition.attrs[attr].allowed, key=lambda d: d.name)
    eager = ", ".join(proto_name(d) for d in allowed)
    in_graph = ", ".join(d.name for d in allowed)
    return TypeMismatch(
        f"Value for attr '{attr}' of {proto_name(dtype)} is not in the list of allowed values: {eager}; op "
        f"{definition.name}, input '{arg}'",
        f"Value passed to parameter '{arg}' has DataType {dtype.name} not in list of allowed values: {in_graph}",
    )
