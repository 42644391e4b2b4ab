"""The dtypes of an op's inputs and outputs: what they make of its attributes, and whether they fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim import dtypes
from tfshim.ops.op_table import OpDef
from tfshim.ops.type_errors import dtype_not_allowed, wrong_dtype


def flat_args(definition: OpDef, lens: tuple[int | None, ...] | None):
    """Yields the declaration of each flat input, list inputs repeated `lens` times."""
    for i, arg in enumerate(definition.inputs):
        for j in range(1 if lens is None or lens[i] is None else lens[i]):
            yield arg, j


def resolve_types(
    definition: OpDef,
    attrs: dict[str, Any],
    input_dtypes: Sequence[dtypes.DType],
    lens: tuple[int | None, ...] | None,
) -> dict[str, Any]:
    """The op's attributes completed by those that its input dtypes imply.

    Raises:
      TypeMismatch: two inputs that share an attribute differ, or a dtype is not allowed.
    """
    complete = {}
    for name in definition.attrs:
        if attrs.get(name) is not None:
            complete[name] = attrs[name]
    bound_by_input: dict[str, int] = {}
    for position, ((arg, j), dtype) in enumerate(zip(flat_args(definition, lens), input_dtypes, strict=True)):
        if arg.type_attr is not None:
            known = complete.get(arg.type_attr)
            if known is None:
                complete[arg.type_attr] = dtype
            elif known != dtype:
                found = _dtypes_of(arg, definition, input_dtypes, lens)
                raise wrong_dtype(definition, arg, position, dtype, known, found)
            bound_by_input.setdefault(arg.type_attr, position)
        elif arg.type_list_attr is not None:
            complete[arg.type_list_attr] = (*complete.get(arg.type_list_attr, ())[:j], dtype)
        elif arg.dtype != dtype:
            found = _dtypes_of(arg, definition, input_dtypes, lens)
            raise wrong_dtype(definition, arg, position, dtype, arg.dtype, found)
    for i, arg in enumerate(definition.inputs):
        if lens is not None and lens[i] is not None:
            if arg.number_attr is not None:
                definition.check_attr(arg.number_attr, lens[i])
                complete[arg.number_attr] = lens[i]
            elif not lens[i]:
                definition.check_attr(arg.type_list_attr, ())
                complete[arg.type_list_attr] = ()
    for name, attr in definition.attrs.items():
        if name not in complete and attr.has_default:
            complete[name] = attr.default
        if attr.allowed is not None and name in bound_by_input and complete[name] not in attr.allowed:
            raise dtype_not_allowed(definition, name, complete[name])
    return complete


def _dtypes_of(
    arg: Any, definition: OpDef, input_dtypes: Sequence[dtypes.DType], lens: tuple[int | None, ...] | None
) -> list[dtypes.DType]:
    """The dtypes of all values of one argument."""
    return [d for (a, _), d in zip(flat_args(definition, lens), input_dtypes, strict=True) if a is arg]


def output_dtypes(definition: OpDef, attrs: dict[str, Any]) -> tuple[dtypes.DType, ...]:
    """Dtypes of the op's flat outputs, given all its attributes."""
    result: list[dtypes.DType] = []
    for arg in definition.outputs:
        if arg.type_list_attr is not None:
            result.extend(attrs[arg.type_list_attr])
        else:
            dtype = attrs[arg.type_attr] if arg.type_attr is not None else arg.dtype
            result.extend([dtype] * (attrs[arg.number_attr] if arg.number_attr is not None else 1))
    return tuple(result)
