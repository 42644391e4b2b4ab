"""TensorFlow's op registry as data: arguments, attributes, defaults, gradients.

The facts come from `data/op_defs.json`; nothing here knows how an op is computed.
"""

from __future__ import annotations

import base64
import functools
import json
import numbers
import operator
from importlib import resources
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.errors import InvalidArgumentError


class Arg:
    """One input or output of an op.

    Exactly one of `type_attr`, `dtype` and `type_list_attr` is set; `number_attr` names the attribute
    that says how many tensors the argument holds.
    """

    __slots__ = (
        "dtype",
        "is_list",
        "is_named_resource",
        "is_ref",
        "name",
        "number_attr",
        "type_attr",
        "type_list_attr",
    )

    def __init__(self, fact: dict[str, Any]):
        self.name: str = fact["n"]
        kind = fact.get("t")
        self.type_attr: str | None = kind[1:] if kind and kind[0] == "$" else None
        self.dtype = dtypes.as_dtype(kind) if kind and kind[0] != "$" else None
        self.type_list_attr: str | None = fact["tl"][1:] if "tl" in fact else None
        number = fact.get("num")
        self.number_attr: str | None = number.removeprefix("$") if number else None
        self.is_list = bool(self.number_attr or self.type_list_attr)
        self.is_ref = bool(fact.get("ref"))
        # A reference to a string names a queue, a reader or the like: here it is a handle as of other resources.
        self.is_named_resource = self.is_ref and self.dtype is dtypes.string
        if self.is_named_resource:
            self.dtype = dtypes.resource


class AttrDef:
    """Declaration of one attribute: its type, default, allowed values and lower bound."""

    __slots__ = ("allowed", "default", "has_default", "minimum", "name", "type")

    def __init__(self, name: str, fact: dict[str, Any]):
        self.name = name
        self.type: str = fact["t"]
        self.has_default = "d" in fact
        self.default = canonical_attr(self.type, _decode(fact["d"])) if self.has_default else None
        allowed = fact.get("ok")
        if allowed is None:
            self.allowed = None
        elif allowed["list"] == "type":
            self.allowed = frozenset(dtypes.as_dtype(v) for v in allowed["v"])
        else:
            self.allowed = frozenset(_decode(v) for v in allowed["v"])
        self.minimum = fact.get("min")


def _decode(value: Any) -> Any:
    if isinstance(value, dict):
        if "type" in value:
            return dtypes.as_dtype(value["type"])
        if "shape" in value:
            dims = value["shape"]
            return None if dims is None else tuple(None if d == -1 else d for d in dims)
        if "list" in value:
            return tuple(dtypes.as_dtype(v) if value["list"] == "type" else _decode(v) for v in value["v"])
        if isinstance(value.get("tensor"), str):
            return np.array(value["v"], value["tensor"])
        if "b64" in value:
            return base64.b64decode(value["b64"])
    return value


def canonical_attr(kind: str, value: Any, name: str = "") -> Any:
    """The hashable form of an attribute value that kernels and cache keys see.

    Types matter in cache keys (`1 == True == 1.0`), so each kind is forced to its own Python type.

    Raises:
      TypeError: for a value that TensorFlow does not take for this kind of attribute; `name` is the attribute's.
    """
    if value is None:
        return None
    if kind.startswith("list("):
        inner = kind[5:-1]
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"Expected list for '{name}' argument, not {value!r}.")
        return tuple(_element(inner, v, name) for v in value)
    if kind == "type":
        return dtypes.as_dtype(value)
    if kind == "bool":
        if type(value) is not bool:
            raise _unexpected(kind, value, name)
        return value
    if kind == "int":
        if isinstance(value, (str, bytes)):
            raise _unexpected(kind, value, name)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise _unexpected(kind, value, name) from None
    if kind == "float":
        if not isinstance(value, _REAL):
            raise _unexpected(kind, value, name)
        return float(value)
    if kind == "string":
        if not isinstance(value, (str, bytes)):
            raise _unexpected(kind, value, name)
        return value.decode() if isinstance(value, bytes) and value.isascii() else value
    if kind == "shape":
        return _canonical_shape(value)
    return value


_REAL = (numbers.Real, np.integer, np.floating)


def _element(kind: str, value: Any, name: str) -> Any:
    if value is None and kind != "shape":
        raise _unexpected(kind, value, name)
    return canonical_attr(kind, value, name)


def _unexpected(kind: str, value: Any, name: str) -> TypeError:
    return TypeError(f"Expected {kind} for argument '{name}' not {value!r}.")


def _canonical_shape(value: Any) -> tuple[int | None, ...] | None:
    dims = getattr(value, "dims", value)
    if dims is None:
        return None
    if isinstance(dims, (str, bytes)):
        raise TypeError(f"Failed to convert {dims!r} to a shape")
    if isinstance(dims, int):
        dims = (dims,)
    return tuple(_canonical_size(getattr(d, "value", d)) for d in dims)


def _canonical_size(size: Any) -> int | None:
    if size is None:
        return None
    try:
        size = operator.index(size)
    except TypeError:
        raise TypeError(f"A size of a shape must be an integer or None, got {size!r}") from None
    return None if size == -1 else size


class OpDef:
    """Declaration of one op."""

    __slots__ = ("attrs", "flat", "grad", "hidden", "inputs", "name", "outputs", "removed", "stateful")

    def __init__(self, name: str, fact: dict[str, Any]):
        self.name = name
        self.inputs = tuple(Arg(a) for a in fact["in"])
        self.outputs = tuple(Arg(a) for a in fact["out"])
        self.attrs = {n: AttrDef(n, f) for n, f in fact.get("attr", {}).items()}
        self.stateful = bool(fact.get("stateful")) or any(a.is_named_resource for a in self.inputs)
        self.hidden = bool(fact.get("hidden"))
        # The version of graphs from which on they may not have the op any more, or None.
        self.removed: int | None = fact.get("deprecated_at")
        # "yes", "none" (registered as not differentiable) or None (a gradient through it is an error).
        self.grad: str | None = fact.get("grad")
        self.flat = not any(a.is_list for a in self.inputs)

    def check_attr(self, name: str, value: Any) -> None:
        """Raises if the op does not allow `value`: while a graph is built, TypeError for a dtype, else ValueError."""
        attr = self.attrs[name]
        values = value if attr.type.startswith("list(") else (value,)
        if attr.allowed is not None:
            for v in values or ():
                if v not in attr.allowed:
                    shown = v.name if isinstance(v, dtypes.DType) else repr(v)
                    allowed = sorted(a.name if isinstance(a, dtypes.DType) else repr(a) for a in attr.allowed)
                    raise _refusal(
                        f"Value for attr '{name}' of {shown} is not in the list of allowed values: "
                        f"{', '.join(allowed)}; op {self.name}",
                        TypeError if isinstance(v, dtypes.DType) else ValueError,
                    )
        if attr.minimum is not None:
            size = len(value) if attr.type.startswith("list(") else value
            if size < attr.minimum:
                raise _refusal(
                    f"Value for attr '{name}' of {size} must be at least minimum {attr.minimum}; op {self.name}",
                )


def _refusal(message: str, in_graphs: type[Exception] = ValueError) -> Exception:
    return InvalidArgumentError(None, None, message) if context.graph is None else in_graphs(message)


@functools.cache
def _facts() -> dict[str, dict[str, Any]]:
    text = resources.files("tfshim.ops").joinpath("data/op_defs.json").read_text()
    return json.loads(text)


@functools.cache
def op_def(name: str) -> OpDef:
    """The declaration of the op `name`; KeyError if TensorFlow has no such op."""
    return OpDef(name, _facts()[name])


def op_names() -> list[str]:
    """Names of all ops in TensorFlow's registry, hidden ones included."""
    return list(_facts())


def is_known(name: str) -> bool:
    """True if TensorFlow's registry has an op of this name."""
    return name in _facts()


def given_attrs(definition: OpDef) -> list[str]:
    """The attributes that the inputs do not determine, those without a default first."""
    inferred = {a for arg in definition.inputs for a in (arg.type_attr, arg.type_list_attr, arg.number_attr)}
    given = [name for name in definition.attrs if name not in inferred]
    return sorted(given, key=lambda name: definition.attrs[name].has_default)
