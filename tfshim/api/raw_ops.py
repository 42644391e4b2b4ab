"""`tf.raw_ops`: the ops as functions of keyword arguments, derived from the op table; `dir` lists what has a kernel."""

from __future__ import annotations

import inspect
import re
from collections import namedtuple
from collections.abc import Callable, Iterable
from typing import Any

from tfshim.context import context
from tfshim.errors import UnimplementedError
from tfshim.export import export_family
from tfshim.ops import op, op_table, registry

# Keywords of tf.raw_ops that are not the names of the op registry.
_RENAMED = {
    **dict.fromkeys(
        ("All", "Any", "EuclideanNorm", "Max", "Mean", "Min", "Prod", "Sum"), {"reduction_indices": "axis"}
    ),
    "ExpandDims": {"dim": "axis"},
    "Select": {"t": "x", "e": "y"},
    "Split": {"split_dim": "axis"},
    "SplitV": {"split_dim": "axis"},
    "Squeeze": {"squeeze_dims": "axis"},
    "Where": {"input": "condition"},
}


def _names() -> Iterable[str]:
    return (name for name in (*registry.kernel_names(), *registry.composite_names()) if _is_public(name))


def _is_public(name: str) -> bool:
    return op_table.is_known(name) and not op_table.op_def(name).hidden


def _make(name: str) -> Callable[..., Any]:
    """The function of the op `name`; without a kernel, calling it raises UnimplementedError.

    Raises:
      KeyError: where TensorFlow shows no such op.
    """
    if not _is_public(name):
        raise KeyError(name)
    definition = op_table.op_def(name)
    run = registry.find_composite(name) or op(name)
    renamed = _RENAMED.get(name, {})
    inputs = [renamed.get(arg.name, arg.name) for arg in definition.inputs]
    attrs = {renamed.get(attr, attr): attr for attr in op_table.given_attrs(definition)}
    outputs = [arg.name for arg in definition.outputs]
    result = namedtuple(name, outputs) if len(outputs) > 1 else None
    python_name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    signature = _signature(definition, inputs, attrs)

    # Reference variables are of graphs alone.
    reference = next((arg.name for arg in (*definition.outputs, *definition.inputs) if arg.is_ref), None)

    def raw_op(*args: Any, **kwargs: Any) -> Any:
        if args:
            possible = [*inputs, *attrs, "name"]
            raise TypeError(f"{python_name} only takes keyword args (possible keys: {possible})")
        if not kwargs.keys() <= allowed or not required <= kwargs.keys():
            try:
                signature.bind(**kwargs)  # only to raise: its error names the argument
            except TypeError as error:
                raise TypeError(f"{python_name}() {error}") from None
        if reference is not None and context.graph is None:
            raise RuntimeError(f"{python_name} op does not support eager execution. Arg {reference!r} is a ref.")
        if definition.removed is not None:
            raise _removed(name, definition.removed)
        operands = [kwargs.pop(key) for key in inputs]
        label = kwargs.pop("name", None)
        found = run(*operands, name=label, **{attrs[key]: value for key, value in kwargs.items()})
        if found is None and context.graph is not None:
            return context.graph.get_operations()[-1]
        return found if result is None else result(*found)

    allowed = signature.parameters.keys()
    required = {key for key, p in signature.parameters.items() if p.default is p.empty}
    raw_op.__name__ = raw_op.__qualname__ = python_name
    raw_op.__signature__ = signature  # type: ignore[attr-defined]
    raw_op.__doc__ = f"The op {name}, with keyword arguments only."
    return raw_op


def _removed(name: str, version: int) -> Exception:
    """What TensorFlow raises for an op that only graphs of older versions may have."""
    text = f"Op {name} is not available in graphs of this version. It has been removed in version {version}."
    return UnimplementedError(None, None, text) if context.graph is None else NotImplementedError(text)


def _signature(definition: op_table.OpDef, inputs: list[str], attrs: dict[str, str]) -> inspect.Signature:
    def parameter(name: str, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)

    parameters = [parameter(name) for name in inputs]
    for name, attr in attrs.items():
        declared = definition.attrs[attr]
        parameters.append(parameter(name, declared.default) if declared.has_default else parameter(name))
    return inspect.Signature([*parameters, parameter("name", None)])


export_family("raw_ops", _make, _names)
