"""Saving the objects of a graph of objects, and restoring them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from tfshim.checkpoint import object_graph, saveables
from tfshim.checkpoint.name_based import NameBasedRestoration
from tfshim.checkpoint.object_graph import ObjectGraphView
from tfshim.checkpoint.old_format import open_checkpoint
from tfshim.checkpoint.options import CheckpointOptions
from tfshim.checkpoint.python_state import PYTHON_STATE, PythonState
from tfshim.checkpoint.restoring import CheckpointPosition, Restoration, next_uid
from tfshim.checkpoint.saveables import Saveable, SaveSpec
from tfshim.checkpoint.sessions import current_session, in_plain_graph
from tfshim.checkpoint.sharding import ShardByTaskPolicy, ShardingCallback, write_sharded
from tfshim.checkpoint.status import CheckpointLoadStatus, InitializationOnlyStatus, LoadStatus, NameBasedSaverStatus
from tfshim.checkpoint.stored_tensors import StoredTensors
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import string
from tfshim.errors import FailedPreconditionError
from tfshim.files import local
from tfshim.ops import op
from tfshim.scopes import control_dependencies
from tfshim.tensor import Tensor
from tfshim.tracking import OBJECT_GRAPH_PROTO_KEY


class ObjectSaver:
    """Saves and restores what is reached from the root of a view."""

    def __init__(self, view: ObjectGraphView):
        self._view = view
        # In a plain graph, saving again runs the same operations with other paths and states.
        self._plan: _Plan | None = None
        self._restore_operations: dict[Any, Any] = {}
        self._path: Any = None

    def save(self, prefix: Any, options: CheckpointOptions, session: Any = None) -> Any:
        """Writes a checkpoint; returns its path, a tensor in a function.

        Raises:
          RuntimeError: in a plain graph, without a session.
        """
        if not in_plain_graph():
            path = convert_to_tensor(prefix, string)
            self.prepare(prefix, options)()
            return prefix if context.graph is None else path
        _make_folder(prefix)
        session = session or current_session()
        if session is None:
            raise RuntimeError(
                f'Unable to save checkpoint to "{prefix}" in graph mode without a default session. Please use '
                "`with tf.Session():` to create a session."
            )
        return self._save_in(session, prefix, options)

    def prepare(self, prefix: Any, options: CheckpointOptions) -> Callable[[], None]:
        """Takes the values of all objects as they are now; returns what writes them."""
        rows, states, proto = self._rows()
        for state, spec in states:
            spec._tensor = convert_to_tensor(state.serialize())
        rows.append(SaveSpec(convert_to_tensor(proto), "", OBJECT_GRAPH_PROTO_KEY))
        present = _present(rows)

        def write_present() -> None:
            if not isinstance(prefix, Tensor):
                _make_folder(prefix)
            _write_present(convert_to_tensor(prefix, string), present, _policy(options))

        return write_present

    def _save_in(self, session: Any, prefix: str, options: CheckpointOptions) -> str:
        rows, states, proto = self._rows()
        plan = self._plan
        if plan is None or plan.proto != proto:
            plan = self._plan = _Plan(proto, rows, [spec for _, spec in states], options)
        feeds = {plan.path: prefix, plan.graph_tensor: proto}
        feeds.update(zip(plan.states, (state.serialize() for state, _ in states), strict=True))
        return session.run(plan.result, feed_dict=feeds).decode()

    def _rows(self) -> tuple[list[SaveSpec], list[tuple[PythonState, SaveSpec]], bytes]:
        """What to save; the Python objects, whose specs have no value yet; and the serialized graph of objects."""
        nodes = object_graph.nodes_of(self._view)
        proto = object_graph.graph_proto(nodes)
        rows: list[SaveSpec] = []
        states = []
        for node, described in zip(nodes, proto.nodes, strict=True):
            if isinstance(node.trackable, PythonState):
                key = object_graph.attribute_key(node.name, PYTHON_STATE)
                saved = [Saveable([(PYTHON_STATE, key)], [SaveSpec(_no_value, "", key, string)], _no_value)]
                states.append((node.trackable, saved[0].specs[0]))
            else:
                saved = saveables.to_save(node.trackable, node.name)
            for saveable in saved:
                for name, key in saveable.attributes:
                    full_name = saveables.full_name(node.trackable)
                    described.attributes.add(name=name, checkpoint_key=key, full_name=full_name)
                rows += saveable.specs
        object_graph.note_values(proto)
        return rows, states, proto.SerializeToString(deterministic=True)

    def restore(self, path: Any, options: CheckpointOptions) -> LoadStatus:
        """Restores a checkpoint into the objects that exist, and in time into those that come later."""
        if path is None:
            return InitializationOnlyStatus(self._view, next_uid())
        if context.graph is not None and not in_plain_graph():
            raise TypeError(
                "A checkpoint cannot be restored in a tf.function: it changes objects outside of it, once. Restore it "
                "before the function is called"
            )
        reader = open_checkpoint(path)
        if OBJECT_GRAPH_PROTO_KEY not in reader:
            return self._restore_by_names(reader)
        feeds = None
        tensor: Any = path
        if in_plain_graph():
            if self._path is None:
                self._path = convert_to_tensor("model")
            tensor, feeds = self._path, {self._path: path}
        restoration = Restoration(reader, tensor, options, self._restore_operations)
        CheckpointPosition(restoration, 0).restore(self._view.root)
        # What is attached to the root is none of its own dependencies.
        numbers = {child.local_name: child.node_id for child in restoration.proto.nodes[0].children}
        for name, trackable in self._view.attached_dependencies or ():
            number = numbers.get(name)
            if name != "root" and number is not None and number not in restoration.object_by_proto_id:
                CheckpointPosition(restoration, number).restore(trackable)
        return CheckpointLoadStatus(restoration, self._view, feeds, options)

    def _restore_by_names(self, reader: StoredTensors) -> LoadStatus:
        restoration = NameBasedRestoration(reader, next_uid())
        if context.graph is None:
            for node in object_graph.nodes_of(self._view):
                node.trackable._name_based_attribute_restore(restoration)
        return NameBasedSaverStatus(restoration, self._view)


def _make_folder(prefix: str) -> None:
    """Makes the folder of a checkpoint."""
    folder = os.path.dirname(local(prefix)) or "."
    try:
        os.makedirs(folder, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise FailedPreconditionError(None, None, f"{folder} is not a directory") from None


def _no_value() -> Any:
    raise AssertionError("the state is read when the checkpoint is written")


class _Plan:
    """The operations that save a graph of objects in a session; path, states and proto are fed."""

    def __init__(self, proto: bytes, rows: list[SaveSpec], states: list[SaveSpec], options: CheckpointOptions):
        self.proto = proto
        self.path = convert_to_tensor("")
        self.graph_tensor = convert_to_tensor("")
        self.states = []
        for spec in states:
            spec._tensor = convert_to_tensor("")
            self.states.append(spec._tensor)
        with control_dependencies(
            write(self.path, [*rows, SaveSpec(self.graph_tensor, "", OBJECT_GRAPH_PROTO_KEY)], _policy(options))
        ):
            self.result = op("Identity")(self.path)


def _policy(options: CheckpointOptions) -> ShardingCallback | None:
    """How tensors are divided among files. In a graph they are written elsewhere first, as TensorFlow's graphs do."""
    default = None if context.graph is None else ShardByTaskPolicy()
    return options.experimental_sharding_callback or default


def write(path: Any, rows: list[SaveSpec], policy: ShardingCallback | None = None) -> list[Any]:
    """Writes tensors to a checkpoint; in a graph, returns the operations that do."""
    return _write_present(path, _present(rows), policy)


# Keys, slices and tensors.
_Row = tuple[str, str, Any]


def _present(rows: list[SaveSpec]) -> list[_Row]:
    """What there is a value for."""
    tensors = [(spec.name, spec.slice_spec, spec.tensor) for spec in rows]
    return [row for row in tensors if row[2] is not None]


def _write_present(path: Any, present: list[_Row], policy: ShardingCallback | None) -> list[Any]:
    if policy is not None:
        return write_sharded(path, present, policy, write_rows)
    return write_rows(path, present)


def write_rows(path: Any, rows: list[_Row]) -> list[Any]:
    """Writes keys, slices and tensors to a checkpoint of one shard."""
    if not rows:
        return []
    names, slices, tensors = zip(*rows, strict=True)
    op("SaveV2")(path, list(names), list(slices), list(tensors))
    return [] if context.graph is None else [context.graph.get_operations()[-1]]
