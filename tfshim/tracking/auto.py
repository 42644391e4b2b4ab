"""`AutoTrackable`: dependencies by attribute assignment; and the walk over all that an object leads to."""

from __future__ import annotations

import warnings
from typing import Any

from tfshim.export import export
from tfshim.tracking.base import SaveType, Trackable
from tfshim.tracking.structures import NoDependency, is_function, sticky_attribute_assignment


@export("__internal__.tracking.AutoTrackable")
class AutoTrackable(Trackable):
    """An object whose attributes are its dependencies, as far as they are trackable.

    Lists, dicts and tuples that are assigned are replaced by wrappers that track their elements.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            if getattr(self, name) is value:
                return
        except AttributeError:
            pass  # a new attribute
        if getattr(self, "_self_setattr_tracking", True):
            value = sticky_attribute_assignment(self, name, value)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self._delete_tracking(name)
        super().__delattr__(name)

    def _delete_tracking(self, name: str) -> None:
        self._maybe_initialize_trackable()
        if name in self._unconditional_dependency_names:
            del self._unconditional_dependency_names[name]
            dependencies = self._unconditional_checkpoint_dependencies
            dependencies[:] = [d for d in dependencies if d.name != name]

    def _no_dependency(self, value: Any) -> Any:
        return NoDependency(value)

    def _add_trackable_child(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def _trackable_children(self, save_type: str = SaveType.CHECKPOINT, cache: Any = None, **kwargs: Any) -> Any:
        if save_type != SaveType.SAVEDMODEL:
            return super()._trackable_children(save_type, cache, **kwargs)
        functions = self._functions()
        # Tracing may create variables, which then are children too.
        for function in functions.values():
            trace = getattr(function, "_list_all_concrete_functions_for_serialization", None)
            if trace is not None:
                trace()
        children = {}
        for name, child in super()._trackable_children(save_type, cache, **kwargs).items():
            if is_function(child):
                continue
            if name in functions and child is not functions[name]:
                raise ValueError(
                    f"Can't save object because it has multiple children with the same name. Object: {self}, "
                    f"attribute name: {name}, child 1: {child}, child 2: {functions[name]}"
                )
            children[name] = child
        return {**children, **functions}

    def _functions(self) -> dict[str, Any]:
        """The `tf.function`s among the attributes, those of the class included."""
        found = {}
        for name in dir(self):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    value = getattr(self, name, None)
                except Exception:
                    continue
            if is_function(value):
                found[name] = value
        return found


AutoTrackable.__module__ = "tensorflow.python.trackable.autotrackable"


@export("train.TrackableView")
class TrackableView:
    """The graph of objects that can be reached from `root` by dependencies."""

    def __init__(self, root: Any):
        self._root = root

    @property
    def root(self) -> Any:
        """The object from which the graph is seen."""
        return self._root

    @classmethod
    def children(cls, obj: Any, save_type: str = SaveType.CHECKPOINT, **kwargs: Any) -> dict[str, Any]:
        """The dependencies of an object by name."""
        obj._maybe_initialize_trackable()
        return dict(obj._trackable_children(save_type, **kwargs))

    def descendants(self) -> list[Any]:
        """All objects of the graph, breadth first, the root included."""
        return [node for node, _ in self._walk()]

    def _descendants_with_paths(self) -> tuple[list[Any], dict[int, tuple[tuple[str, Any], ...]]]:
        """The objects, and by the id of each the names and objects on the shortest path to it."""
        walked = self._walk()
        return [node for node, _ in walked], {id(node): path for node, path in walked}

    def _walk(self) -> list[tuple[Any, tuple[tuple[str, Any], ...]]]:
        walked = [(self.root, ())]
        seen = {id(self.root)}
        for node, path in walked:
            for name, child in self.children(node).items():
                if id(child) not in seen:
                    seen.add(id(child))
                    walked.append((child, (*path, (name, child))))
        return walked
