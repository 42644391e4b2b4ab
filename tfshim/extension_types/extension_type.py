"""`ExtensionType` and `BatchableExtensionType`: base classes of composite tensors with annotated fields."""

from __future__ import annotations

import abc
import types
import typing
from typing import Any

from tfshim import nest
from tfshim.api.array import stack
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.extension_types.construction import Immutable, add_constructor
from tfshim.extension_types.fields import Field, check_annotation
from tfshim.extension_types.spec import BatchableExtensionTypeSpec, ExtensionTypeBatchEncoder, ExtensionTypeSpec
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.tensor import Tensor
from tfshim.type_spec import BatchableTypeSpec, CompositeTensor, TypeSpec, register

_METHODS = (types.FunctionType, classmethod, staticmethod, property, type, types.MethodType)


class ExtensionTypeMetaclass(abc.ABCMeta):
    """Makes constructor, fields and `Spec` of each class that declares an extension type."""

    def __init__(cls, name: str, bases: Any, namespace: dict[str, Any]):
        super().__init__(name, bases, namespace)
        if namespace.get("_tf_extension_type_do_not_transform_this_class"):
            return
        _check_namespace(cls)
        fields = _declared_fields(cls)
        add_constructor(cls, fields, annotated=True)
        _add_spec(cls, fields)
        _keep_resolved(cls, fields)


@export("experimental.ExtensionType")
class ExtensionType(Immutable, CompositeTensor, metaclass=ExtensionTypeMetaclass):
    """A base class for types that consist of tensors and plain values.

    A subclass annotates its fields; they are the parameters of its constructor, and what is given for them is
    converted. Fields may be tensors, composite tensors, extension types, int, float, str, bytes, bool, None,
    `tf.TensorShape`, `tf.DType`, and `Tuple`, `Mapping`, `Union` and `Optional` of these. Values cannot be changed.
    They may have a constructor of their own that sets the fields, `__validate__` to check them, and a nested class
    `Spec` for properties of their spec. Functions, control flow and datasets take such values;
    `tf.experimental.dispatch_for_api` says what functions of TensorFlow do with them.
    """

    _tf_extension_type_do_not_transform_this_class = True
    _tf_extension_type_cached_fields = None
    _described = "ExtensionType"

    def __init__(self, *args, **kwargs):
        """`AssertionError`: only subclasses have values."""
        raise AssertionError(
            "Cannot create an instance of ExtensionType because ExtensionType is an abstract base class."
        )

    @classmethod
    def _tf_extension_type_fields(cls) -> tuple[Field, ...]:
        known = cls.__dict__.get("_tf_extension_type_cached_fields")
        return known if known is not None else _keep_resolved(cls, _declared_fields(cls))

    @property
    def _type_spec(self) -> Any:
        return self.Spec.from_value(self)  # type: ignore[attr-defined]

    def __eq__(self, other):
        """Whether types are equal and all tensors: a scalar tensor."""
        if type(self) is not type(other) or self._type_spec != other._type_spec:
            return False
        mine, others = (nest.flatten(value, expand_composites=True) for value in (self, other))
        if not mine:
            return convert_to_tensor(True)
        same: list[Any] = []
        for x, y in zip(mine, others, strict=True):
            for a, b in ((op("Shape")(x), op("Shape")(y)), (x, y)):
                equal = op("Equal")(a, b, incompatible_shape_error=False)
                reduce_all: Any = resolve("math.reduce_all")
                same.append(reduce_all(equal))
        return op("All")(stack(same), [0])

    def __ne__(self, other):
        """The opposite of `==`."""
        equal = self.__eq__(other)
        return op("LogicalNot")(equal) if isinstance(equal, Tensor) else not equal

    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name):
        """`AttributeError`: it is called for what is missing."""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


@export("experimental.BatchableExtensionType")
class BatchableExtensionType(ExtensionType):
    """An `ExtensionType` that datasets can batch and unbatch, and `tf.map_fn` take apart.

    Its `__batch_encoder__` says how; by default all tensors are stacked by themselves.
    """

    _tf_extension_type_do_not_transform_this_class = True


@export("experimental.extension_type.as_dict")
def as_dict(value):
    """Returns the fields of an extension type as a dictionary from their names, in the order of declaration."""
    return {field.name: getattr(value, field.name) for field in type(value)._tf_extension_type_fields()}


def _check_namespace(cls: Any) -> None:
    annotations = cls.__dict__.get("__annotations__", {})
    problem = f"The field annotations for {cls.__name__} are invalid. "
    for name, value in cls.__dict__.items():
        if name in annotations or (name.startswith("__") and name.endswith("__")) or name.startswith("_abc_"):
            continue
        if name != "Spec" and Field.is_reserved_name(name):
            raise ValueError(f"{problem}Field '{name}' is reserved.")
        if not isinstance(value, _METHODS) and not callable(value) and not hasattr(value, "__get__") and name != "Spec":
            raise ValueError(f"{problem}Field {name} is missing a type annotation.")
    for name in annotations:
        if Field.is_reserved_name(name):
            raise ValueError(f"{problem}Field '{name}' is reserved.")


def _declared_fields(cls: Any) -> list[Field]:
    """The fields of a class and its bases, in the order of declaration; forward references may be unresolved."""
    hints = _hints(cls)
    fields: dict[str, Field] = {}
    for base in reversed(cls.__mro__):
        for name in base.__dict__.get("__annotations__", {}) if _is_extension_type(base) else ():
            default = base.__dict__.get(name, Field.NO_DEFAULT)
            if default is Field.NO_DEFAULT and name in fields:
                default = fields[name].default
            fields[name] = Field(name, hints[name], default)
    return list(fields.values())


def _is_extension_type(cls: type) -> bool:
    return isinstance(cls, ExtensionTypeMetaclass) and "_tf_extension_type_do_not_transform_this_class" not in vars(cls)


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls)
    except NameError:
        merged: dict[str, Any] = {}
        for base in reversed(cls.__mro__):
            merged.update(base.__dict__.get("__annotations__", {}))
        return merged


def _keep_resolved(cls: Any, fields: list[Field]) -> tuple[Field, ...]:
    """The fields of a class, kept once all their forward references are resolved."""
    try:
        for field in fields:
            check_annotation(field.value_type)
    except TypeError:
        return tuple(fields)
    cls._tf_extension_type_cached_fields = tuple(fields)
    return cls._tf_extension_type_cached_fields


def _add_spec(cls: Any, fields: list[Field]) -> None:
    batchable = issubclass(cls, BatchableExtensionType)
    base: Any = BatchableExtensionTypeSpec if batchable else ExtensionTypeSpec
    declared = cls.__dict__.get("Spec")
    namespace: dict[str, Any] = {"__module__": cls.__module__, "__qualname__": f"{cls.__qualname__}.Spec"}
    if declared is not None:
        if not isinstance(declared, type):
            raise ValueError(f"{cls.__name__}.Spec must be a nested class; got {declared}.")
        if declared.__bases__ not in ((object,), (TypeSpec,), (base,), (BatchableTypeSpec,) if batchable else ()):
            raise ValueError(f"{cls.__name__}.Spec must be directly subclassed from tf.TypeSpec.")
        namespace |= {k: v for k, v in declared.__dict__.items() if k not in ("__dict__", "__weakref__")}
        namespace["__qualname__"] = f"{cls.__qualname__}.Spec"
    namespace["value_type"] = cls
    namespace.setdefault("__doc__", f"The spec of {cls.__name__}.")
    if batchable:
        namespace.setdefault("__batch_encoder__", getattr(cls, "__batch_encoder__", ExtensionTypeBatchEncoder()))
    spec = type(base)(f"{cls.__name__}.Spec", (base,), namespace)
    add_constructor(spec, fields, annotated=False)
    cls.Spec = spec
    if "__name__" in cls.__dict__:
        register(f"{cls.__dict__['__name__']}.Spec")(spec)


for _class in (ExtensionTypeMetaclass, ExtensionType, BatchableExtensionType):
    _class.__module__ = "tensorflow.python.framework.extension_type"
