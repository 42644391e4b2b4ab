"""A restoration in progress: which objects stand for which of the checkpoint, and what waits for objects to come."""

from __future__ import annotations

import itertools
import logging
import weakref
from collections.abc import Callable
from typing import Any

from tfshim import protos
from tfshim.checkpoint import object_graph, saveables
from tfshim.checkpoint.options import CheckpointOptions
from tfshim.checkpoint.python_state import PythonState
from tfshim.checkpoint.saveables import Saveable
from tfshim.checkpoint.stored_tensors import StoredTensors
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import string
from tfshim.ops import op
from tfshim.scopes import init_scope
from tfshim.shapes import TensorShape
from tfshim.tracking import OBJECT_GRAPH_PROTO_KEY, VARIABLE_VALUE_KEY

_logger = logging.getLogger("tensorflow")
_uids = itertools.count()


def next_uid() -> int:
    """The number of a restoration: later ones win."""
    return next(_uids)


class Restoration:
    """One call of `restore`.

    Args:
      reader: the checkpoint.
      path: its path; in a plain graph, a tensor that is fed with it.
      options: as given.
      operations: the operations that restore saveables in the plain graph, by their owners and keys.
    """

    def __init__(self, reader: StoredTensors, path: Any, options: CheckpointOptions, operations: dict[Any, Any]):
        self.reader = reader
        self.path = path
        self.options = options
        self.restore_uid = next_uid()
        self.proto = protos.TrackableObjectGraph.FromString(reader.read(OBJECT_GRAPH_PROTO_KEY)[()])
        # Objects may come and go: only what they depend on keeps them.
        self.object_by_proto_id: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self.seen: dict[int, weakref.ref[Any]] = {}
        self.unused_attributes: dict[int, list[str]] = {}
        self.restore_ops: list[Any] = []
        self._operations = operations
        # By number of the variable: number of the optimizer, name of the slot, number of the slot variable.
        self.slots: dict[int, list[tuple[int, str, int]]] = {}
        # By number of an optimizer that has not come: variable, name of the slot, number of the slot variable.
        self.waiting_slots: dict[int, list[tuple[Any, str, int]]] = {}
        if not options.experimental_skip_slot_variables:
            for number, node in enumerate(self.proto.nodes):
                for slot in node.slot_variables:
                    entry = (number, slot.slot_name, slot.slot_variable_node_id)
                    self.slots.setdefault(slot.original_variable_node_id, []).append(entry)
        self._farewell = _Farewell(self.proto, self.unused_attributes)

    def expect_partial(self) -> None:
        """Says nothing at the end about values that were not restored."""
        self._farewell.silent = True

    def saw(self, trackable: Any) -> None:
        """Notes an object of the program."""
        self.seen[id(trackable)] = weakref.ref(trackable)

    def bind(self, number: int, trackable: Any) -> bool:
        """Makes an object stand for a node of the checkpoint; False if the node has one."""
        self.saw(trackable)
        self._farewell.matched.add(number)
        bound = self.object_by_proto_id.get(number)
        if bound is None:
            self.object_by_proto_id[number] = trackable
            return True
        if bound is not trackable:
            _logger.warning(
                "Inconsistent references when loading the checkpoint into this object graph. For example, in the saved "
                "checkpoint object, `model.layer.weight` and `model.layer_copy.weight` reference the same variable, "
                "while in the current object these are two different variables. The referenced variables are:"
                "(%s and %s).",
                bound,
                trackable,
            )
        return False

    def run(self, found: list[tuple[Any, Saveable]]) -> None:
        """Restores saveables from one reading of the file; in a graph, makes the operations that will."""
        if context.graph is None:
            restore_saveables(self.path, [saveable for _, saveable in found])
            return
        for owner, saveable in found:
            key = (id(owner), *saveables.keys_of([saveable]))
            if key not in self._operations:
                # The owner is kept, so that no other object gets its id.
                self._operations[key] = (owner, restore_saveables(self.path, [saveable]))
            self.restore_ops += self._operations[key][1]


def restore_saveables(path: Any, wanted: list[Saveable]) -> list[Any]:
    """Restores saveables from a checkpoint; in a graph, returns the operations that do."""
    specs = [spec for saveable in wanted for spec in saveable.specs]
    if not specs:
        return []
    tensors = op("RestoreV2")(
        convert_to_tensor(path, string),
        [spec.name for spec in specs],
        [spec.slice_spec for spec in specs],
        dtypes=[spec.dtype for spec in specs],
    )
    rest = iter(tensors)
    results = [saveable.restore([next(rest) for _ in saveable.specs]) for saveable in wanted]
    return saveables.operation(results)


class _Farewell:
    """Says, when a restoration is over, which values of the checkpoint found no object."""

    def __init__(self, proto: Any, unused: dict[int, list[str]]):
        self._proto = proto
        self._unused = unused
        self.matched: set[int] = set()
        self.silent = False
        # Bound here: at the end of the process, globals may be gone.
        self._warn: Callable[..., None] = _logger.warning
        self._node_names = object_graph.node_names

    def __del__(self) -> None:
        if self.silent:
            return
        unmatched = [i for i, n in enumerate(self._proto.nodes) if n.attributes and i not in self.matched]
        if not unmatched and not self._unused:
            return
        names = self._node_names(self._proto)
        self._warn(
            "Detecting that an object or model or tf.train.Checkpoint is being deleted with unrestored values. To "
            "silence these warnings, use `status.expect_partial()`. The values in question:"
        )
        for number in unmatched:
            self._warn("Value in checkpoint could not be found in the restored object: %s", names[number])
        for number, attributes in self._unused.items():
            self._warn(
                "An attribute in the restored object could not be found in the checkpoint. Object: %s, attribute: %s",
                names[number],
                attributes,
            )


class CheckpointPosition:
    """A node of the checkpoint that is being restored."""

    __slots__ = ("_checkpoint", "_proto_id")

    def __init__(self, checkpoint: Restoration, proto_id: int):
        self._checkpoint = checkpoint
        self._proto_id = proto_id

    @property
    def checkpoint(self) -> Restoration:
        """The restoration."""
        return self._checkpoint

    @property
    def proto_id(self) -> int:
        """The number of the node."""
        return self._proto_id

    @property
    def restore_uid(self) -> int:
        """The number of the restoration."""
        return self._checkpoint.restore_uid

    @property
    def object_proto(self) -> Any:
        """The node."""
        return self._checkpoint.proto.nodes[self._proto_id]

    @property
    def trackable(self) -> Any:
        """The object that stands for the node; KeyError if there is none."""
        return self._checkpoint.object_by_proto_id[self._proto_id]

    def __repr__(self) -> str:
        return repr(self.object_proto)

    def is_simple_variable(self) -> bool:
        """Whether the node is a variable, all of whose state is its value."""
        node = self.object_proto
        return [a.name for a in node.attributes] == [VARIABLE_VALUE_KEY] and not node.children

    def value_shape(self) -> TensorShape | None:
        """The shape of the value of a variable; None for other objects."""
        for attribute in self.object_proto.attributes:
            if attribute.name == VARIABLE_VALUE_KEY:
                return TensorShape(self._checkpoint.reader.shape(attribute.checkpoint_key))
        return None

    def value_tensors(self, shape_and_slices: dict[str, str] | None = None) -> dict[str, Any]:
        """The values of the node by attribute, or slices of them; the object need not exist."""
        attributes = self.object_proto.attributes
        slices = shape_and_slices or {}
        with init_scope():
            tensors = op("RestoreV2")(
                convert_to_tensor(self._checkpoint.path, string),
                [a.checkpoint_key for a in attributes],
                [slices.get(a.name, "") for a in attributes],
                dtypes=[self._checkpoint.reader.dtype(a.checkpoint_key) for a in attributes],
            )
        return {a.name: tensor for a, tensor in zip(attributes, tensors, strict=True)}

    def bind_object(self, trackable: Any) -> bool:
        """Makes an object stand for the node; False if it has one."""
        return self._checkpoint.bind(self._proto_id, trackable)

    def restore(self, trackable: Any, reader: Any = None) -> None:
        """Restores the node, and what it leads to, into an object."""
        with init_scope():
            if self.bind_object(trackable):
                self._restore_bound()

    def _restore_bound(self) -> None:
        found: list[tuple[Any, Saveable]] = []
        # The objects are in the queue too: an optimizer may hold its slot variables weakly.
        queue = [(self, self.trackable)]
        for position, trackable in queue:
            found += position._own_saveables(trackable)
            position._queue_children(trackable, queue)
            position._queue_slots(trackable, queue)
        self._checkpoint.run(found)

    def _own_saveables(self, trackable: Any) -> list[tuple[Any, Saveable]]:
        trackable._maybe_initialize_trackable()
        checkpoint, attributes = self._checkpoint, self.object_proto.attributes
        if checkpoint.restore_uid <= trackable._update_uid:
            return []  # a later restoration has been here
        trackable._update_uid = checkpoint.restore_uid
        if not attributes:
            return []
        if isinstance(trackable, PythonState):
            trackable.deserialize(checkpoint.reader.read(attributes[0].checkpoint_key)[()])
            return []
        wanted, unused = saveables.to_restore(trackable, attributes)
        if not wanted and not unused:
            unused = [a.name for a in attributes]
        if unused:
            checkpoint.unused_attributes.setdefault(self._proto_id, []).extend(unused)
            trackable._without_values(unused)
        return [(trackable, saveable) for saveable in wanted]

    def _queue_children(self, trackable: Any, queue: list[tuple[CheckpointPosition, Any]]) -> None:
        checkpoint = self._checkpoint
        children = trackable._trackable_children()
        for child in self.object_proto.children:
            if child.node_id in checkpoint.object_by_proto_id:
                continue
            position = CheckpointPosition(checkpoint, child.node_id)
            local = trackable._lookup_dependency(child.local_name, children)
            if local is not None:
                if position.bind_object(local):
                    queue.append((position, local))
            elif _has_values(position.object_proto):
                trackable._deferred_dependencies.setdefault(child.local_name, []).append(position)

    def _queue_slots(self, trackable: Any, queue: list[tuple[CheckpointPosition, Any]]) -> None:
        checkpoint = self._checkpoint
        for variable, slot_name, slot in checkpoint.waiting_slots.pop(self._proto_id, ()):
            self._queue_slot(trackable, variable, slot_name, slot, queue)
        for number, slot_name, slot in checkpoint.slots.pop(self._proto_id, ()):
            optimizer = checkpoint.object_by_proto_id.get(number)
            if optimizer is None:
                checkpoint.waiting_slots.setdefault(number, []).append((trackable, slot_name, slot))
            else:
                self._queue_slot(optimizer, trackable, slot_name, slot, queue)

    def _queue_slot(
        self,
        optimizer: Any,
        variable: Any,
        slot_name: str,
        slot: int,
        queue: list[tuple[CheckpointPosition, Any]],
    ) -> None:
        create = getattr(optimizer, "_create_or_restore_slot_variable", None)
        if create is None:
            return  # a plain object that stands for an optimizer
        position = CheckpointPosition(self._checkpoint, slot)
        made = create(slot_variable_position=position, slot_name=slot_name, variable=variable)
        if made is not None and position.bind_object(made):
            queue.append((position, made))


def _has_values(node: Any) -> bool:
    if node.HasField("has_checkpoint_values"):
        return node.has_checkpoint_values.value
    return bool(node.children) or object_graph.has_own_values(node)
