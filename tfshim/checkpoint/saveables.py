"""What of one object is saved: tensors with their keys, and how they are restored into the object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tfshim.checkpoint.object_graph import attribute_key, attribute_prefix, escape
from tfshim.checkpoint.python_state import PythonState
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType, as_dtype
from tfshim.tensor import Tensor
from tfshim.tracking import Trackable
from tfshim.variable import Variable


class SaveSpec:
    """A tensor to be saved: a tensor, or a function that gives one (then with its dtype), its slice and its key.

    The value of a slice is only that slice of the tensor of this name.
    """

    def __init__(self, tensor: Any, slice_spec: str, name: str, dtype: Any = None, device: Any = None):
        self._tensor = tensor
        self.slice_spec = slice_spec
        self.name = name
        if not callable(tensor):
            dtype = tensor.dtype
        elif dtype is None:
            raise AssertionError("When passing a callable `tensor` to a SaveSpec, an explicit dtype must be provided.")
        self.dtype: DType = as_dtype(dtype)
        self.device = device if callable(tensor) else getattr(tensor, "device", None)

    @property
    def tensor(self) -> Any:
        """The value: None if the function says that there is none."""
        return self._tensor() if callable(self._tensor) else self._tensor

    def __repr__(self) -> str:
        return f"SaveSpec(tensor={self._tensor!r}, slice_spec={self.slice_spec!r}, name={self.name!r})"


class SaveableObject:
    """Base class of objects that say, by specs, what to save, and restore it: for code that defines its own.

    Args:
      op: what the object stands for.
      specs: a list of `SaveSpec`.
      name: the key of the object; those of the specs usually begin with it.
    """

    def __init__(self, op: Any, specs: Any, name: str):
        self.op = op
        self.specs = specs
        self.name = name

    @property
    def optional_restore(self) -> bool:
        """Whether a checkpoint may lack the object."""
        return False

    @property
    def device(self) -> Any:
        """The device of the specs."""
        return self.specs[0].device

    def restore(self, restored_tensors: Sequence[Any], restored_shapes: Any) -> Any:
        """Restores the object from one tensor for each spec; returns what does it in a graph."""
        raise ValueError("Calling an abstract method.")


class Saveable:
    """The part of an object that is restored at once: names and keys for the object graph, and the specs."""

    __slots__ = ("attributes", "restore", "specs")

    def __init__(
        self, attributes: list[tuple[str, str]], specs: list[SaveSpec], restore: Callable[[Sequence[Any]], Any]
    ):
        self.attributes = attributes
        self.specs = specs
        self.restore = restore


def legacy_saveable_name(name: str) -> Callable[[type], type]:
    """Decorates a class whose tensors were saved under one attribute of this name by older versions."""

    def decorate(cls: type) -> type:
        cls._LEGACY_SAVEABLE_NAME = name  # type: ignore[attr-defined]
        return cls

    return decorate


def serializes_itself(trackable: Any) -> bool:
    """Whether an object gives its tensors by `_serialize_to_tensors`; otherwise it has factories of saveables."""
    if "_serialize_to_tensors" in getattr(trackable, "__dict__", ()):
        return True
    for cls in type(trackable).__mro__:
        if cls is Trackable:
            return False
        if "_serialize_to_tensors" in cls.__dict__:
            return True
        if "_gather_saveables_for_checkpoint" in cls.__dict__:
            return False
    return False


def full_name(trackable: Any) -> str:
    """The name of a variable in checkpoints without an object graph; empty for other objects."""
    if not isinstance(trackable, Variable) and not hasattr(trackable, "_should_act_as_resource_variable"):
        return ""
    info = getattr(trackable, "_save_slice_info", None)
    return trackable._shared_name if info is None else info.full_name


def to_save(trackable: Any, object_name: str) -> list[Saveable]:
    """What is saved of an object that has a name in the checkpoint."""
    if serializes_itself(trackable):
        saveable = _serialized(trackable, attribute_key(object_name, ""))
        return [saveable] if saveable.specs else []
    return [
        _from_factory(name, attribute_key(object_name, escape(name)), factory)
        for name, factory in factories(trackable).items()
    ]


def to_restore(trackable: Any, attributes: Sequence[Any]) -> tuple[list[Saveable], list[str]]:
    """What is restored of an object from the attributes that a checkpoint has for it, and the names that are unused."""
    if serializes_itself(trackable):
        saveable = _serialized(trackable, attribute_prefix(attributes[0].checkpoint_key))
        return ([saveable] if saveable.specs else []), []
    known = factories(trackable)
    saveables, unused, done = [], [], set()
    for attribute in attributes:
        name, key = attribute.name, attribute.checkpoint_key
        if name not in known:
            # One saveable may have been written as several attributes whose names begin with its own.
            longer = [n for n in known if name.startswith(n)]
            if len(longer) != 1:
                unused.append(name)
                continue
            name, key = longer[0], attribute_prefix(key) + longer[0]
        if name not in done:
            done.add(name)
            saveables.append(_from_factory(name, key, known[name]))
    return saveables, unused


def factories(trackable: Any) -> dict[str, Any]:
    """By attribute: a variable, a saveable object, or a function from its key (`name=`) to one."""
    return trackable._gather_saveables_for_checkpoint()


def _serialized(trackable: Any, prefix: str, legacy: str | None = None) -> Saveable:
    """The saveable of an object that serializes itself; `prefix` is the key of its attributes without their names."""
    if legacy is None:
        legacy = getattr(trackable, "_LEGACY_SAVEABLE_NAME", "")
    attributes, specs, places = [], [], []
    for name, value in trackable._serialize_to_tensors().items():
        key = prefix + legacy + escape(name)
        attributes.append((escape(name), key))
        for slice_spec, tensor in value.items() if isinstance(value, dict) else (("", value),):
            specs.append(_spec(tensor, slice_spec, key))
            places.append((name, slice_spec if isinstance(value, dict) else None))
    if legacy:
        attributes = [(legacy, prefix + legacy)]

    def restore(tensors: Sequence[Any]) -> Any:
        restored: dict[str, Any] = {}
        for (name, slice_spec), tensor in zip(places, tensors, strict=True):
            if slice_spec is None:
                restored[name] = tensor
            else:
                restored.setdefault(name, {})[slice_spec] = tensor
        return trackable._restore_from_tensors(restored)

    return Saveable(attributes, specs, restore)


def _spec(value: Any, slice_spec: str, key: str) -> SaveSpec:
    if isinstance(value, SaveSpec):
        return SaveSpec(value._tensor, slice_spec, key, value.dtype)
    if not callable(value) or isinstance(value, (Tensor, Variable)):
        return SaveSpec(convert_to_tensor(value), slice_spec, key)
    dtype = getattr(value, "dtype", None)
    # What does not tell its dtype is asked for the value.
    return (
        SaveSpec(convert_to_tensor(value()), slice_spec, key)
        if dtype is None
        else SaveSpec(value, slice_spec, key, dtype)
    )


def _from_factory(name: str, key: str, factory: Any) -> Saveable:
    if isinstance(factory, (SaveableObject, Variable, Tensor, Trackable)) or not callable(factory):
        made = factory
    else:
        made = factory(name=key)
    return of_saveable_object(made, name, key)


def of_saveable_object(made: Any, name: str, key: str) -> Saveable:
    """A saveable of a variable or a saveable object."""
    if isinstance(made, Variable):
        return of_variable(made, name, key)
    if isinstance(made, Tensor):
        raise ValueError(f"{name} is a tensor: it can be saved, but not be restored. Use a variable")
    if isinstance(made, Trackable) and not hasattr(made, "specs"):
        inner = _serialized(made, key)
        return Saveable([(name, key)], inner.specs, inner.restore)
    return Saveable([(name, key)], list(made.specs), lambda tensors: made.restore(list(tensors), None))


def of_variable(variable: Any, name: str, key: str) -> Saveable:
    """The saveable of a variable, or of a slice of a larger one, under a key."""
    info = getattr(variable, "_save_slice_info", None)
    # In a plain graph, a variable has a read of its own.
    value = variable.read_value if context.graph is None else getattr(variable, "_graph_element", variable.read_value)
    spec = SaveSpec(value, "" if info is None else info.spec, key, variable.dtype)

    def restore(tensors: Sequence[Any]) -> Any:
        (value,) = tensors
        return variable._restore_from_tensors({"VARIABLE_VALUE": value})

    return Saveable([(name, key)], [spec], restore)


def operation(result: Any) -> list[Any]:
    """What a restoration returned as operations of a graph: none in eager mode."""
    if context.graph is None or result is None:
        return []
    if isinstance(result, dict):
        return [op for value in result.values() for op in operation(value)]
    if isinstance(result, (list, tuple)):
        return [op for value in result for op in operation(value)]
    return [getattr(result, "op", result)]


def keys_of(saveables: Iterable[Saveable]) -> list[str]:
    """The keys of all specs."""
    return [spec.name for saveable in saveables for spec in saveable.specs]


def has_values(trackable: Any) -> bool:
    """Whether an object has values of its own."""
    return isinstance(trackable, PythonState) or serializes_itself(trackable) or bool(factories(trackable))


def of_table(trackable: Any, name: str) -> Saveable:
    """The saveable of an object that serializes itself, in a checkpoint without an object graph."""
    return _serialized(trackable, name, "")
