"""Lists, dicts and tuples that track their elements.

They share the container that they wrap, so that whoever still holds it changes both; such a change, and any that a
restoration could not follow (an element replaced, moved or deleted), is noticed and makes the object unsaveable.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Mapping, MutableSequence
from typing import Any

from tfshim.export import export
from tfshim.tracking.base import SaveType, Trackable
from tfshim.tracking.proxy import Proxy


class NoDependency:
    """Marks a value that is assigned to an attribute without becoming a dependency."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value


def is_function(value: Any) -> bool:
    """True for what `tf.function` makes."""
    from tfshim.concrete_function import ConcreteFunction
    from tfshim.function import PolymorphicFunction

    return isinstance(value, (PolymorphicFunction, ConcreteFunction))


def _needs_wrapper(value: tuple[Any, ...]) -> bool:
    for element in value:
        if isinstance(element, (NoDependency, Trackable)) or type(element) in (dict, OrderedDict, list):
            return True
        if isinstance(element, tuple) and _needs_wrapper(element):
            return True
    return False


@export("__internal__.tracking.wrap")
def wrap_or_unwrap(value: Any) -> Any:
    """A plain list or dict, or a tuple with something to track, as its tracking wrapper; anything else as it is.

    Subclasses of list and dict keep their own behaviour; a NoDependency is unwrapped.
    """
    if isinstance(value, NoDependency):
        return value.value
    if isinstance(value, Trackable):
        return value
    kind = type(value)
    if kind is dict or kind is OrderedDict:
        return DictWrapper(value)
    if kind is list:
        return ListWrapper(value)
    if isinstance(value, tuple) and _needs_wrapper(value):
        return TupleWrapper(value)
    return value


@export("__internal__.tracking.sticky_attribute_assignment")
def sticky_attribute_assignment(trackable: Any, name: str, value: Any) -> Any:
    """What to store when `value` is assigned to `trackable.name`; makes the dependency if it is one."""
    if isinstance(value, NoDependency):
        return value.value
    value = wrap_or_unwrap(value)
    if isinstance(value, Trackable):
        trackable._track_trackable(value, name=name, overwrite=True)
    return value


class UntrackableError(ValueError):
    """The value cannot be a dependency."""

    def __init__(self, value: Any):
        super().__init__(
            "Only trackable objects (such as Layers or Optimizers) may be stored in a List object. Got "
            f"{value}, which does not inherit from Trackable."
        )


@export("__internal__.tracking.TrackableDataStructure")
class TrackableDataStructure(Trackable):
    """A container that depends on its elements."""

    def __init__(self) -> None:
        self._self_trainable = True
        self._self_extra_variables: list[Any] = []

    @property
    def trainable(self) -> bool:
        """Whether the trainable variables of the elements count as trainable."""
        return self._self_trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._self_trainable = value

    @property
    def _values(self) -> Any:
        raise NotImplementedError("Abstract method")

    def _track_value(self, value: Any, name: str) -> Any:
        """Depends on `value` if it is trackable; returns what to store."""
        from tfshim.variable import Variable

        value = sticky_attribute_assignment(self, name, value)
        if isinstance(value, Variable):
            self._self_extra_variables.append(value)
        return value

    def _elements(self, attribute: str) -> list[Any]:
        found: list[Any] = []
        for element in self._values:
            if isinstance(element, Trackable) and hasattr(element, attribute):
                found += getattr(element, attribute)
        return found

    @property
    def trainable_weights(self) -> list[Any]:
        """Trainable variables among the elements and below."""
        if not self._self_trainable:
            return []
        own = [v for v in self._self_extra_variables if v.trainable]
        return self._elements("trainable_variables") + own

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other variables among the elements and below."""
        own = [v for v in self._self_extra_variables if not v.trainable]
        rest = self._elements("non_trainable_variables") + own
        if self._self_trainable:
            return rest
        return self._elements("trainable_variables") + [v for v in self._self_extra_variables if v.trainable] + rest

    @property
    def weights(self) -> list[Any]:
        """All variables among the elements and below, trainable ones first."""
        return self.trainable_weights + self.non_trainable_weights

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights
    variables = weights

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


_REFUSAL = (
    "Unable to save the object {0} (a {1} wrapper that tracks its elements). {2}, which breaks restoration on object "
    "creation.\n\nIf you don't need this {1} checkpointed, wrap it in a NoDependency object; it will be subsequently "
    "ignored."
)


class ListWrapper(TrackableDataStructure, MutableSequence, list):  # type: ignore[misc]
    """A list that depends on its elements, named by their positions."""

    # The list that it derives from stays empty; that is for isinstance checks only.

    def __init__(self, wrapped_list: list[Any]):
        super().__init__()
        self._storage = wrapped_list
        self._non_append_mutation = False
        self._external_modification = False
        for index, element in enumerate(wrapped_list):
            wrapped_list[index] = self._track_value(element, str(index))
        self._last_wrapped_list_snapshot: list[Any] | None = list(wrapped_list)

    @property
    def _values(self) -> Any:
        return self

    def _check_external_modification(self) -> None:
        if self._external_modification or self._non_append_mutation:
            return
        if not _same_items(self._storage, self._last_wrapped_list_snapshot):
            self._external_modification = True
            self._last_wrapped_list_snapshot = None

    def _update_snapshot(self) -> None:
        if not (self._external_modification or self._non_append_mutation):
            self._last_wrapped_list_snapshot = list(self._storage)

    def _has_mutation_or_trackable(self) -> bool:
        return self._non_append_mutation or any(isinstance(e, Trackable) for e in self._storage)

    def _trackable_children(self, save_type: str = SaveType.CHECKPOINT, cache: Any = None, **kwargs: Any) -> Any:
        self._check_external_modification()
        if self._non_append_mutation:
            reason = (
                "A list element was replaced (__setitem__, __setslice__), deleted (__delitem__, __delslice__) or moved "
                "(sort)"
            )
            raise ValueError(_REFUSAL.format(self, "list", reason))
        if self._external_modification:
            raise ValueError(_REFUSAL.format(self, "list", "The wrapped list was modified outside the wrapper"))
        children = super()._trackable_children(save_type, cache, **kwargs)
        if save_type == SaveType.SAVEDMODEL:
            children.update({str(i): e for i, e in enumerate(self) if is_function(e)})
        return children

    # Changes

    def append(self, value: Any) -> None:
        """Adds an element at the end."""
        self._check_external_modification()
        self._storage.append(self._track_value(value, str(len(self._storage))))
        self._update_snapshot()

    def extend(self, values: Any) -> None:
        """Adds elements at the end."""
        for value in list(values):
            self.append(value)

    def insert(self, index: Any, obj: Any) -> None:
        """Adds an element in the middle."""
        self._check_external_modification()
        if self._has_mutation_or_trackable() or isinstance(obj, Trackable):
            self._non_append_mutation = True
        self._storage.insert(index, obj)
        self._update_snapshot()

    def __setitem__(self, key: Any, value: Any) -> None:
        self._check_external_modification()
        if isinstance(key, slice):
            before = list(self._storage)
            self._storage[key] = value
            for i in range(max(len(before), len(self._storage))):
                if i < len(before) and isinstance(before[i], Trackable):
                    self._non_append_mutation = True
                if i < len(self._storage) and not (i < len(before) and self._storage[i] is before[i]):
                    self._storage[i] = self._track_value(self._storage[i], str(i))
        else:
            if isinstance(self._storage[key], Trackable):
                self._non_append_mutation = True
            position = key.__index__()
            position = position + len(self._storage) if position < 0 else position
            self._storage[key] = self._track_value(value, str(position))
        self._update_snapshot()

    def __delitem__(self, key: Any) -> None:
        self._check_external_modification()
        if self._has_mutation_or_trackable():
            self._non_append_mutation = True
        del self._storage[key]
        self._update_snapshot()

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        """Sorts in place."""
        self._check_external_modification()
        if self._has_mutation_or_trackable():
            self._non_append_mutation = True
        self._storage.sort(key=key, reverse=reverse)
        self._update_snapshot()

    def __iadd__(self, values: Any) -> ListWrapper:
        self.extend(values)
        return self

    def __imul__(self, n: Any) -> ListWrapper:
        if n <= 0:
            self._check_external_modification()
            if self._has_mutation_or_trackable():
                self._non_append_mutation = True
            self._storage *= n
            self._update_snapshot()
            return self
        self.extend(list(self._storage) * (n - 1))
        return self

    # Reading

    def __getitem__(self, key: Any) -> Any:
        return self._storage[key]

    def __len__(self) -> int:
        return len(self._storage)

    def __iter__(self) -> Any:
        return iter(self._storage)

    def __contains__(self, value: Any) -> bool:
        return value in self._storage

    def __add__(self, other: Any) -> list[Any]:
        return self._storage + getattr(other, "_storage", other)

    def __radd__(self, other: Any) -> list[Any]:
        return other + self._storage

    def __mul__(self, n: Any) -> list[Any]:
        return self._storage * n

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return self._storage == getattr(other, "_storage", other)

    def __ne__(self, other: object) -> bool:
        return self._storage != getattr(other, "_storage", other)

    def __lt__(self, other: Any) -> bool:
        return self._storage < getattr(other, "_storage", other)

    def __le__(self, other: Any) -> bool:
        return self._storage <= getattr(other, "_storage", other)

    def __gt__(self, other: Any) -> bool:
        return self._storage > getattr(other, "_storage", other)

    def __ge__(self, other: Any) -> bool:
        return self._storage >= getattr(other, "_storage", other)

    def __hash__(self) -> int:
        raise TypeError("unhashable type: 'ListWrapper'")

    def __repr__(self) -> str:
        return f"ListWrapper({self._storage!r})"

    def copy(self) -> ListWrapper:
        """A wrapper of a copy of the list."""
        return self.__copy__()

    def __copy__(self) -> ListWrapper:
        return self._with_flags(ListWrapper(copy.copy(self._storage)))

    def __deepcopy__(self, memo: dict[int, Any]) -> ListWrapper:
        return self._with_flags(ListWrapper(copy.deepcopy(self._storage, memo)))

    def _with_flags(self, copied: ListWrapper) -> ListWrapper:
        copied._non_append_mutation = self._non_append_mutation
        copied._external_modification = self._external_modification
        return copied

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _wrapped_list, (self._storage,)


def _same_items(a: Any, b: Any) -> bool:
    # By identity: elements may be tensors, whose equality is elementwise.
    return len(a) == len(b) and all(x is y for x, y in zip(a, b, strict=True))


class DictWrapper(TrackableDataStructure, Proxy):
    """A dict that depends on its values, named by their keys."""

    def __init__(self, wrapped_dict: Any = None):
        if wrapped_dict is None:
            wrapped_dict = {}
        elif not isinstance(wrapped_dict, Mapping):
            wrapped_dict = dict(wrapped_dict)
        Proxy.__init__(self, wrapped_dict)
        TrackableDataStructure.__init__(self)
        self._self_non_string_key = False
        self._self_external_modification = False
        for key, value in wrapped_dict.items():
            wrapped_dict[key] = self._stored(key, value)
        self._update_snapshot()

    def _stored(self, key: Any, value: Any) -> Any:
        if isinstance(key, str):
            return self._track_value(value, key)
        stored = wrap_or_unwrap(value)
        if not isinstance(value, NoDependency) and isinstance(stored, Trackable):
            self._self_non_string_key = True
        return stored

    @property
    def _values(self) -> Any:
        return [value for _, value in sorted(self.__wrapped__.items(), key=lambda item: item[0])]

    @property
    def _dirty(self) -> bool:
        return self._self_external_modification or self._self_non_string_key

    def _check_self_external_modification(self) -> None:
        if self._dirty:
            return
        snapshot = self._self_last_wrapped_dict_snapshot
        wrapped = self.__wrapped__
        if wrapped.keys() != snapshot.keys() or not _same_items(
            [wrapped[k] for k in snapshot], list(snapshot.values())
        ):
            self._self_external_modification = True
            self._self_last_wrapped_dict_snapshot = {}

    def _update_snapshot(self) -> None:
        if not self._dirty:
            self._self_last_wrapped_dict_snapshot: dict[Any, Any] = dict(self.__wrapped__)

    def _trackable_children(self, save_type: str = SaveType.CHECKPOINT, cache: Any = None, **kwargs: Any) -> Any:
        self._check_self_external_modification()
        if self._self_non_string_key:
            reason = "The wrapped dictionary contains a non-string key which maps to a trackable object"
            raise ValueError(_REFUSAL.format(self, "dictionary", reason))
        if self._self_external_modification:
            reason = "The wrapped dictionary was modified outside the wrapper"
            raise ValueError(_REFUSAL.format(self, "dictionary", reason))
        children = Trackable._trackable_children(self, save_type, cache, **kwargs)
        if save_type == SaveType.SAVEDMODEL:
            children.update({k: v for k, v in self.__wrapped__.items() if is_function(v)})
        return children

    def __setitem__(self, key: Any, value: Any) -> None:
        self._check_self_external_modification()
        self._maybe_initialize_trackable()
        self.__wrapped__[key] = self._stored(key, value)
        self._update_snapshot()

    def __delitem__(self, key: Any) -> None:
        self._check_self_external_modification()
        del self.__wrapped__[key]
        self._update_snapshot()

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Sets several items."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def __hash__(self) -> int:
        raise TypeError("unhashable type: 'DictWrapper'")

    def __eq__(self, other: object) -> bool:
        return self.__wrapped__ == getattr(other, "__wrapped__", other)

    def __repr__(self) -> str:
        return f"DictWrapper({self.__wrapped__!r})"

    def copy(self) -> DictWrapper:
        """A wrapper of a copy of the dict."""
        return self.__copy__()

    def __copy__(self) -> DictWrapper:
        return self._with_flags(DictWrapper(copy.copy(self.__wrapped__)))

    def __deepcopy__(self, memo: dict[int, Any]) -> DictWrapper:
        return self._with_flags(DictWrapper(copy.deepcopy(self.__wrapped__, memo)))

    def _with_flags(self, copied: DictWrapper) -> DictWrapper:
        copied._self_external_modification = self._self_external_modification
        copied._self_non_string_key = self._self_non_string_key
        return copied

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _plain, (self.__wrapped__,)


class TupleWrapper(TrackableDataStructure, Proxy):
    """A tuple or namedtuple that depends on its elements, named by position, and by field."""

    def __init__(self, original: Any = ()):
        wrapped = [wrap_or_unwrap(e) for e in original]
        fields = getattr(original, "_fields", None)
        self._self_tuple_is_constructable = True
        kind = type(original)
        try:
            substituted = kind(wrapped) if fields is None else kind(**dict(zip(fields, wrapped, strict=True)))
        except TypeError:
            # A namedtuple whose constructor takes something else can be held, but not be restored.
            Proxy.__init__(self, original)
            TrackableDataStructure.__init__(self)
            self._self_tuple_is_constructable = False
            return
        Proxy.__init__(self, substituted)
        TrackableDataStructure.__init__(self)
        names = [str(i) for i in range(len(wrapped))]
        for group in ([fields] if fields is not None else []) + [names]:
            for name, given, element in zip(group, original, substituted, strict=True):
                if not isinstance(given, NoDependency):
                    self._track_value(element, name)

    @property
    def _values(self) -> Any:
        return self.__wrapped__

    def __getattribute__(self, name: str) -> Any:
        if name not in ("__wrapped__", "__class__", "__dict__"):
            # The tuple's own attributes win: a field may be called `variables`.
            wrapped = object.__getattribute__(self, "__dict__").get("__wrapped__")
            if wrapped is not None and hasattr(wrapped, name) and not name.startswith("__"):
                return getattr(wrapped, name)
        return object.__getattribute__(self, name)

    def _trackable_children(self, save_type: str = SaveType.CHECKPOINT, cache: Any = None, **kwargs: Any) -> Any:
        if not self._self_tuple_is_constructable:
            raise ValueError(
                f"Unable to save because the namedtuple {self.__wrapped__} is not constructable from its _fields (i.e. "
                f"__new__ is overridden). Expected keyword arguments {self.__wrapped__._fields}. If you do not need to "
                "save this object, consider wrapping it in a custom object that does not inherit from tuple."
            )
        return Trackable._trackable_children(self, save_type, cache, **kwargs)

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    def __eq__(self, other: object) -> bool:
        return self.__wrapped__ == getattr(other, "__wrapped__", other)

    def __repr__(self) -> str:
        return f"_TupleWrapper({self.__wrapped__!r})"

    def __copy__(self) -> TupleWrapper:
        return TupleWrapper(copy.copy(self.__wrapped__))

    def __deepcopy__(self, memo: dict[int, Any]) -> TupleWrapper:
        return TupleWrapper(copy.deepcopy(self.__wrapped__, memo))

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _plain, (self.__wrapped__,)


# Functions for pickles: the classes report TensorFlow's module, where a pickle would look for them.


def _wrapped_list(storage: list[Any]) -> ListWrapper:
    return ListWrapper(storage)


def _plain(container: Any) -> Any:
    return container


DictWrapper.__name__ = DictWrapper.__qualname__ = "_DictWrapper"
TupleWrapper.__name__ = TupleWrapper.__qualname__ = "_TupleWrapper"
for _cls in (NoDependency, TrackableDataStructure, ListWrapper, DictWrapper, TupleWrapper):
    _cls.__module__ = "tensorflow.python.trackable.data_structures"
