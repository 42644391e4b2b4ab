"""How `tf.function` tells calls apart: the key of an argument, and when one key serves another.

A key describes a value as far as a trace depends on it: tensors by dtype and shape, Python values by equality, other
objects by identity, structures by their parts.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.shapes import TensorShape, from_dims
from tfshim.tensor import EagerTensor, Tensor
from tfshim.type_spec import CompositeTensor, TensorSpec, TypeSpec


class TensorKey(NamedTuple):
    """A tensor: dtype, and sizes with None where unknown (None for unknown rank)."""

    dtype: DType
    dims: tuple[int | None, ...] | None


class VariableKey(NamedTuple):
    """A variable: dtype, sizes, and which of the call's variables it is (two arguments may be one variable)."""

    dtype: DType
    dims: tuple[int | None, ...] | None
    trainable: bool
    alias: int


class SpecKey(NamedTuple):
    """A composite tensor: its type spec, and what variables are among its components."""

    spec: Any
    variables: tuple[VariableKey, ...] = ()


class Node(NamedTuple):
    """A structure: its kind (a class, with keys or field names) and the keys of its parts."""

    kind: Any
    parts: tuple[Any, ...]


class Literal(NamedTuple):
    """A Python value that is compared by equality, as TensorFlow does: `1`, `1.0` and `True` share a trace."""

    value: Any


class Identity:
    """An object, held weakly: it is what equals it (by default only itself) for as long as both live."""

    __slots__ = ("_hash", "reference")

    def __init__(self, obj: Any):
        self.reference = weakref.ref(obj)
        self._hash = hash(obj)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, Identity):
            return False
        mine, others = self.reference(), other.reference()
        return mine is not None and (mine is others or (others is not None and bool(mine == others)))

    def __repr__(self) -> str:
        return repr(self.reference())


def is_variable(value: Any) -> bool:
    """True for variables: what stands for a resource with a value."""
    return hasattr(value, "handle") and hasattr(value, "assign") and not isinstance(value, Tensor)


class KeyMaker:
    """Makes the keys of one call and collects its tensors on the way.

    `leaves` gets, in order, what is passed to the traced function: tensors, and handles for variables. With `specs`,
    type specs stand for values, as in `get_concrete_function`; otherwise they are Python objects.
    """

    __slots__ = ("_aliases", "_specs", "leaves")

    def __init__(self, specs: bool = False) -> None:
        self._specs = specs
        self.leaves: list[Any] = []
        self._aliases: dict[int, int] = {}

    def key(self, value: Any) -> Any:
        """The key of a value."""
        if type(value) is EagerTensor:
            self.leaves.append(value)
            return TensorKey(value.dtype, value._dims())
        if isinstance(value, Tensor):
            self.leaves.append(value)
            return TensorKey(value.dtype, value.shape._dims)
        if value is None or isinstance(value, (bool, int, float, str, bytes, complex)):
            if isinstance(value, np.generic) and not isinstance(value, np.str_):
                return self._array(value)  # NumPy's number of 64 bits is a Python number, too
            # All NaNs share a trace, although none equals another.
            return Literal((float, "nan")) if value != value else Literal(value)
        if isinstance(value, (list, tuple)):
            kind: Any = type(value)
            if kind is not list and kind is not tuple and hasattr(value, "_fields"):
                kind = (type(value), value._fields)
            elif isinstance(value, list):
                kind = list
            return Node(kind, tuple([self.key(v) for v in value]))
        if isinstance(value, Mapping):
            keys = sorted_keys(value)
            return Node(
                (dict if isinstance(value, dict) else type(value), tuple(keys)),
                tuple([self.key(value[k]) for k in keys]),
            )
        if isinstance(value, (np.ndarray, np.generic)):
            return self._array(value)
        if is_variable(value):
            return self._variable(value)
        if isinstance(value, TensorSpec) and self._specs:
            self.leaves.append(value)
            return TensorKey(value.dtype, value.shape._dims)
        if isinstance(value, CompositeTensor):
            return SpecKey(value._type_spec, self._components(value))  # type: ignore[attr-defined]
        if isinstance(value, TypeSpec) and self._specs:
            from tfshim.nest import flatten

            self.leaves.extend(flatten(value, expand_composites=True))
            return SpecKey(value)
        return self._other(value)

    def aside(self) -> KeyMaker:
        """One of the same kind, whose tensors do not count."""
        return KeyMaker(self._specs)

    def _array(self, value: Any) -> Any:
        from tfshim.convert import convert_to_tensor

        return self.key(convert_to_tensor(value))

    def _components(self, value: CompositeTensor) -> tuple[VariableKey, ...]:
        from tfshim.nest import flatten

        variables = []
        for component in flatten(value, expand_composites=True):
            if is_variable(component):
                variables.append(self._variable(component))
            else:
                self.leaves.append(component)
        return tuple(variables)

    def _variable(self, variable: Any) -> VariableKey:
        alias = self._aliases.setdefault(id(variable), len(self._aliases))
        self.leaves.append(variable.handle)
        if not self._specs:
            from tfshim.gradient_tape import variable_accessed

            variable_accessed(variable)  # the tapes around the call see it, as if it were read there
        return VariableKey(variable.dtype, variable.shape._dims, variable.trainable, alias)

    def _other(self, value: Any) -> Any:
        if hasattr(value, "__jax_array__") or type(value).__module__.startswith("jax"):
            from tfshim.convert import convert_to_tensor

            if hasattr(value, "dtype") and hasattr(value, "shape"):
                return self.key(convert_to_tensor(value))
        fields = getattr(type(value), "__attrs_attrs__", None)
        if fields is not None:
            return Node(
                (type(value), tuple(f.name for f in fields)), tuple(self.key(getattr(value, f.name)) for f in fields)
            )
        if hasattr(value, "__tf_flatten__"):
            metadata, components = value.__tf_flatten__()
            # By its key: metadata need not be hashable.
            return Node((type(value), KeyMaker().key(metadata)), tuple(self.key(c) for c in components))
        if isinstance(value, weakref.ReferenceType):
            raise TypeError(f"weakref input {value} is not supported by tf.function: pass the object itself.")
        if isinstance(value, TypeSpec):
            raise ValueError(
                f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) to a Tensor."
            )
        if isinstance(value, DType):
            return Literal(value)
        if type(value).__hash__ is None:
            raise TypeError(
                f"Could not generate a generic TraceType for {value!r}: arguments of tf.function that are neither "
                f"tensors nor structures of them must be hashable; {type(value).__name__} is not"
            )
        try:
            return Identity(value)
        except TypeError:
            hash(value)
            return Literal(value)


def sorted_keys(mapping: Mapping) -> list[Any]:
    """The keys of a mapping in the order in which a trace takes its values."""
    try:
        return sorted(mapping)
    except TypeError:
        return list(mapping)


def serves(general: Any, special: Any) -> bool:
    """True if a trace for `general` can be called with what `special` describes."""
    if isinstance(general, TensorKey):
        return (
            isinstance(special, TensorKey) and general.dtype == special.dtype and dims_cover(general.dims, special.dims)
        )
    if isinstance(general, VariableKey):
        return (
            isinstance(special, VariableKey)
            and (general.dtype, general.trainable, general.alias) == (special.dtype, special.trainable, special.alias)
            and dims_cover(general.dims, special.dims)
        )
    if isinstance(general, SpecKey):
        if not isinstance(special, SpecKey) or special.variables != general.variables:
            return False
        return special.spec.is_subtype_of(general.spec)
    if isinstance(general, Node):
        return (
            isinstance(special, Node)
            and general.kind == special.kind
            and len(general.parts) == len(special.parts)
            and all(serves(g, s) for g, s in zip(general.parts, special.parts, strict=True))
        )
    return general == special


def dims_cover(general: tuple[int | None, ...] | None, special: tuple[int | None, ...] | None) -> bool:
    """True if every shape that `special` allows is one that `general` allows."""
    if general is None:
        return True
    if special is None or len(general) != len(special):
        return False
    return all(g is None or g == s for g, s in zip(general, special, strict=True))


def generalise(first: Any, second: Any) -> Any:
    """The most specific key that serves both, or None if there is none."""
    if first == second:
        return first
    if isinstance(first, (TensorKey, VariableKey)) and type(first) is type(second) and first.dtype == second.dtype:
        if isinstance(first, VariableKey) and first[2:] != second[2:]:
            return None
        return first._replace(dims=_common(first.dims, second.dims))
    if isinstance(first, SpecKey) and isinstance(second, SpecKey) and first.variables == second.variables:
        merged = first.spec.most_specific_common_supertype([second.spec])
        return None if merged is None else SpecKey(merged, first.variables)
    if isinstance(first, Node) and isinstance(second, Node) and first.kind == second.kind:
        if len(first.parts) != len(second.parts):
            return None
        parts = [generalise(a, b) for a, b in zip(first.parts, second.parts, strict=True)]
        return None if any(p is None for p in parts) else Node(first.kind, tuple(parts))
    return None


def _common(
    first: tuple[int | None, ...] | None, second: tuple[int | None, ...] | None
) -> tuple[int | None, ...] | None:
    if first is None or second is None or len(first) != len(second):
        return None
    return tuple(a if a == b else None for a, b in zip(first, second, strict=True))


def key_shape(key: TensorKey | VariableKey) -> TensorShape:
    """The static shape that a key describes."""
    return from_dims(key.dims)


def describe(key: Any) -> str:
    """How a key is shown in signatures and error messages."""
    if isinstance(key, TensorKey):
        return f"TensorSpec(shape={key_shape(key)}, dtype={key.dtype!r}, name=None)"
    if isinstance(key, VariableKey):
        shape = key_shape(key)
        return f"VariableSpec({shape=}, dtype={key.dtype!r}, trainable={key.trainable!r}, alias_id={key.alias!r})"
    if isinstance(key, SpecKey):
        return repr(key.spec)
    if isinstance(key, Literal):
        return f"Literal[{key.value!r}]"
    if isinstance(key, Node):
        kind = key.kind[0] if isinstance(key.kind, tuple) else key.kind
        parts = ", ".join(describe(p) for p in key.parts)
        return f"{kind.__name__.capitalize()}[{parts}]"
    return repr(key)


def check_convertible(value: Any, spec: TensorSpec) -> Tensor:
    """`value` as a tensor that `spec` admits; TypeError otherwise."""
    from tfshim.convert import convert_to_tensor

    try:
        tensor = convert_to_tensor(value, None if isinstance(value, Tensor) else spec.dtype)
    except (ValueError, TypeError, InvalidArgumentError) as error:
        raise TypeError(f"Can not cast {value!r} to {spec!r}") from error
    shown = TensorSpec(tensor.shape, tensor.dtype)
    fits = dims_cover(spec.shape._dims, tensor.shape._dims) or (
        is_symbolic(tensor) and spec.shape.is_compatible_with(tensor.shape)
    )
    if tensor.dtype != spec.dtype or not fits:
        raise TypeError(f"Can not cast {shown!r} to {spec!r}")
    return tensor


def is_symbolic(tensor: Tensor) -> bool:
    """True for tensors of a graph."""
    return not isinstance(tensor, EagerTensor)
