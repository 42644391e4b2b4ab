"""`Trackable`: an object that declares, by name, which other objects belong to it.

Checkpoints and SavedModels walk these dependencies. Attributes of the tracking itself start with `_self_`, so that
classes that flatten their attributes can tell them apart.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfshim.export import export

# Keys under which an object's own values are saved.
VARIABLE_VALUE_KEY = "VARIABLE_VALUE"
OBJECT_CONFIG_JSON_KEY = "OBJECT_CONFIG_JSON"
OBJECT_GRAPH_PROTO_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"


class SaveType:
    """What the children of an object are asked for."""

    CHECKPOINT = "checkpoint"
    SAVEDMODEL = "savedmodel"


@export("__internal__.tracking.TrackableReference")
class TrackableReference:
    """A dependency: its name and the object."""

    __slots__ = ("_name", "_ref")

    def __init__(self, name: str, ref: Any):
        self._name = name
        self._ref = ref

    @property
    def name(self) -> str:
        """The local name."""
        return self._name

    @property
    def ref(self) -> Any:
        """The object."""
        return self._ref

    def __iter__(self) -> Iterator[Any]:
        yield self.name
        yield self.ref

    def __deepcopy__(self, memo: dict[int, Any]) -> TrackableReference:
        return type(self)(self.name, copy.deepcopy(self.ref, memo))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name}, ref={self.ref})"

    def __eq__(self, other: object) -> bool:
        if isinstance(other, tuple):
            return (self.name, self.ref) == other
        return isinstance(other, TrackableReference) and (self.name, self.ref) == (other.name, other.ref)

    __hash__ = None  # type: ignore[assignment]


class WeakTrackableReference(TrackableReference):
    """A dependency that does not keep the object alive."""

    __slots__ = ()

    def __init__(self, name: str, ref: Any):
        super().__init__(name, ref if isinstance(ref, weakref.ref) else weakref.ref(ref))

    @property
    def ref(self) -> Any:
        """The object, or None once it is gone."""
        return self._ref()


@export("__internal__.tracking.no_automatic_dependency_tracking")
def no_automatic_dependency_tracking(method: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a method whose attribute assignments make no dependencies."""

    @functools.wraps(method)
    def without_tracking(self: Any, *args: Any, **kwargs: Any) -> Any:
        previous = getattr(self, "_self_setattr_tracking", True)
        self._self_setattr_tracking = False
        try:
            return method(self, *args, **kwargs)
        finally:
            self._self_setattr_tracking = previous

    return without_tracking


@contextlib.contextmanager
def no_automatic_dependency_tracking_scope(obj: Any) -> Iterator[None]:
    """Within the scope, attribute assignments to `obj` make no dependencies."""
    previous = getattr(obj, "_setattr_tracking", True)
    obj._setattr_tracking = False
    try:
        yield
    finally:
        obj._setattr_tracking = previous


@contextlib.contextmanager
def no_manual_dependency_tracking_scope(obj: Any) -> Iterator[None]:
    """Within the scope, `obj._track_trackable` makes no dependencies."""
    previous = getattr(obj, "_manual_tracking", True)
    obj._manual_tracking = False
    try:
        yield
    finally:
        obj._manual_tracking = previous


@export("__internal__.tracking.Trackable")
class Trackable:
    """An object with dependencies on other such objects, and perhaps values of its own, which can be saved."""

    @property
    def _setattr_tracking(self) -> bool:
        return getattr(self, "_self_setattr_tracking", True)

    @_setattr_tracking.setter
    def _setattr_tracking(self, value: bool) -> None:
        self._self_setattr_tracking = value

    @property
    def _update_uid(self) -> int:
        return self._self_update_uid

    @_update_uid.setter
    def _update_uid(self, value: int) -> None:
        self._self_update_uid = value

    @no_automatic_dependency_tracking
    def _maybe_initialize_trackable(self) -> None:
        # Not in a constructor: subclasses need not call one.
        if hasattr(self, "_self_unconditional_checkpoint_dependencies"):
            return
        self._self_unconditional_checkpoint_dependencies: list[TrackableReference] = []
        self._self_unconditional_dependency_names: dict[str, Any] = {}
        self._self_unconditional_deferred_dependencies: dict[str, list[Any]] = {}
        self._self_update_uid = -1
        self._self_name_based_restores: set[Any] = set()
        self._self_saveable_object_factories: dict[str, Any] = {}

    @property
    def _object_identifier(self) -> str:
        return "_generic_user_object"

    def _no_dependency(self, value: Any) -> Any:
        return value

    # Dependencies

    @property
    def _unconditional_checkpoint_dependencies(self) -> list[TrackableReference]:
        return self._self_unconditional_checkpoint_dependencies

    @property
    def _unconditional_dependency_names(self) -> dict[str, Any]:
        return self._self_unconditional_dependency_names

    @property
    def _checkpoint_dependencies(self) -> list[TrackableReference]:
        return self._self_unconditional_checkpoint_dependencies

    @property
    def _deferred_dependencies(self) -> dict[str, list[Any]]:
        # Restorations that wait for a dependency of their name, by name.
        return self._self_unconditional_deferred_dependencies

    @property
    def _name_based_restores(self) -> set[Any]:
        return self._self_name_based_restores

    def _lookup_dependency(self, name: str, cached_dependencies: dict[str, Any] | None = None) -> Any:
        if cached_dependencies:
            return cached_dependencies.get(name)
        return self._self_unconditional_dependency_names.get(name)

    def _track_trackable(self, trackable: Any, name: str, overwrite: bool = False) -> Any:
        """Declares a dependency on `trackable` and returns it.

        Raises:
          TypeError: if it is not a Trackable.
          ValueError: if another object has the name, unless `overwrite`.
        """
        self._maybe_initialize_trackable()
        if not isinstance(trackable, Trackable):
            raise TypeError(
                "Trackable._track_trackable() can only be used to track objects of type Trackable. Got type "
                f"{type(trackable)}."
            )
        if not getattr(self, "_manual_tracking", True):
            return trackable
        reference = TrackableReference(name, trackable)
        current = self._lookup_dependency(name)
        if current is None:
            self._self_unconditional_checkpoint_dependencies.append(reference)
            self._handle_deferred_dependencies(name, trackable)
        elif current is not trackable:
            if not overwrite:
                raise ValueError(
                    f"Called Trackable._track_trackable() with name='{name}', but a Trackable with this name is "
                    "already declared as a dependency. Names must be unique (or overwrite=True)."
                )
            for index, (old_name, _) in enumerate(self._self_unconditional_checkpoint_dependencies):
                if old_name == name:
                    self._self_unconditional_checkpoint_dependencies[index] = reference
        self._self_unconditional_dependency_names[name] = trackable
        return trackable

    def _handle_deferred_dependencies(self, name: str, trackable: Any) -> None:
        """Runs the restorations that waited for a dependency of this name, the latest checkpoint first."""
        self._maybe_initialize_trackable()
        trackable._maybe_initialize_trackable()
        waiting = self._deferred_dependencies.pop(name, ())
        for position in sorted(waiting, key=lambda p: p.checkpoint.restore_uid, reverse=True):
            position.restore(trackable)
        for restore in sorted(self._self_name_based_restores, key=lambda r: r.restore_uid, reverse=True):
            trackable._name_based_attribute_restore(restore)

    def _name_based_attribute_restore(self, checkpoint: Any) -> None:
        self._maybe_initialize_trackable()
        self._self_name_based_restores.add(checkpoint)
        if self._self_update_uid < checkpoint.restore_uid:
            checkpoint.eager_restore(self)
            self._self_update_uid = checkpoint.restore_uid

    def _trackable_children(self, save_type: str = SaveType.CHECKPOINT, cache: Any = None, **kwargs: Any) -> Any:
        """The objects that this one depends on, by name, in the order in which they were declared."""
        self._maybe_initialize_trackable()
        return dict(map(tuple, self._checkpoint_dependencies))

    def _add_trackable_child(self, name: str, value: Any) -> None:
        self._track_trackable(value, name, overwrite=True)

    def _deserialization_dependencies(self, children: dict[str, Any]) -> dict[str, Any]:
        return {}

    # Values of the object's own

    def _without_values(self, names: Sequence[str]) -> None:
        """Called when a checkpoint has values for the object that it does not know."""

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        return getattr(self, "_self_saveable_object_factories", {})

    def _serialize_to_tensors(self) -> dict[str, Any]:
        raise NotImplementedError(f"{type(self).__name__} has no values of its own to save")

    def _restore_from_tensors(self, restored_tensors: dict[str, Any]) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no values of its own to restore")

    def _serialize_to_proto(self, object_proto: Any = None, **kwargs: Any) -> Any:
        return None

    @classmethod
    def _deserialize_from_proto(cls, proto: Any = None, **kwargs: Any) -> Any:
        return cls()

    def _export_to_saved_model_graph(self, object_map: Any, tensor_map: Any, options: Any, **kwargs: Any) -> list[Any]:
        return []

    def _copy_trackable_to_cpu(self, object_map: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} cannot be checkpointed asynchronously")

    def _checkpoint_adapter(self, path: str) -> Any:
        return None


for _cls in (TrackableReference, WeakTrackableReference, Trackable):
    _cls.__module__ = "tensorflow.python.trackable.base"
