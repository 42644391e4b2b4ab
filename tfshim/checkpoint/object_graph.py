"""The objects that a checkpoint holds: which there are, how they hang together, and what they are called in it."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Iterator
from typing import Any

from tfshim import protos
from tfshim.export import export
from tfshim.tracking import SaveType, TrackableReference, TrackableView

_ATTRIBUTES = ".ATTRIBUTES"
_SLOTS = ".OPTIMIZER_SLOT"


def escape(name: str) -> str:
    """A name as a part of a key: without slashes, and with dots doubled."""
    return name.replace(".", "..").replace("/", ".S")


def attribute_key(object_name: str, attribute: str) -> str:
    """The key of a value of an object."""
    return f"{object_name}/{_ATTRIBUTES}/{attribute}"


def attribute_prefix(key: str) -> str:
    """The key of a value without what follows the object's part."""
    return key[: key.index(_ATTRIBUTES + "/") + len(_ATTRIBUTES) + 1]


@export("__internal__.tracking.ObjectGraphView")
class ObjectGraphView(TrackableView):
    """The objects that can be reached from a root, or from objects attached to it (references, perhaps weak ones).

    Args:
      root: an object, or a `weakref.ref` of one.
      attached_dependencies: a list of `TrackableReference`s that count as children of the root.
    """

    def __init__(self, root: Any, attached_dependencies: list[TrackableReference] | None = None):
        super().__init__(root if isinstance(root, weakref.ref) else weakref.ref(root))
        # The reference is strong unless the caller gave a weak one.
        self._kept = None if isinstance(root, weakref.ref) else root
        self._attached_dependencies = attached_dependencies

    def __deepcopy__(self, memo: dict[int, Any]) -> ObjectGraphView:
        # What is copied together with its view is the root of the copied view, though that holds it weakly.
        root = copy.deepcopy(self.root, memo)
        view = ObjectGraphView(root if self._kept is not None else weakref.ref(root))
        memo[id(self)] = view
        view._attached_dependencies = copy.deepcopy(self._attached_dependencies, memo)
        return view

    @property
    def root(self) -> Any:
        """The object from which the graph is seen; None once it is gone."""
        return self._root()

    @property
    def attached_dependencies(self) -> list[TrackableReference] | None:
        """The references that were given."""
        return self._attached_dependencies

    def children(self, obj: Any, save_type: str = SaveType.CHECKPOINT, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        """The dependencies of an object by name."""
        children = super().children(obj, save_type, **kwargs)
        if obj is self.root and self._attached_dependencies:
            children.update((name, ref) for name, ref in self._attached_dependencies)
        return children

    def list_children(self, obj: Any, save_type: str = SaveType.CHECKPOINT, **kwargs: Any) -> list[TrackableReference]:
        """The dependencies of an object as references."""
        return [TrackableReference(name, ref) for name, ref in self.children(obj, save_type, **kwargs).items()]

    def breadth_first_traversal(self) -> tuple[list[Any], dict[int, tuple[TrackableReference, ...]]]:
        """All objects, and by the id of each the references on the shortest path to it."""
        objects, paths = self._descendants_with_paths()
        return objects, {key: tuple(TrackableReference(*step) for step in path) for key, path in paths.items()}


class Node:
    """An object in a checkpoint: its number, its name there, its children and, for an optimizer, its slot variables."""

    __slots__ = ("children", "name", "number", "slots", "trackable")

    def __init__(self, trackable: Any, number: int, name: str):
        self.trackable = trackable
        self.number = number
        self.name = name
        self.children: list[tuple[str, int]] = []
        # Number of the variable, name of the slot, number of the slot variable.
        self.slots: list[tuple[int, str, int]] = []


def nodes_of(view: ObjectGraphView, skip_slot_variables: bool = False) -> list[Node]:
    """The objects of a graph in the order of their numbers: slot variables come after all others."""
    objects, paths = view._descendants_with_paths()
    numbers = {id(obj): i for i, obj in enumerate(objects)}
    nodes = []
    for i, obj in enumerate(objects):
        node = Node(obj, i, "/".join(escape(name) for name, _ in paths[id(obj)]))
        node.children = [(name, numbers[id(child)]) for name, child in view.children(obj).items()]
        nodes.append(node)
    if not skip_slot_variables:
        for node in list(nodes):
            _add_slots(node, nodes, numbers)
    return nodes


def _add_slots(optimizer: Node, nodes: list[Node], numbers: dict[int, int]) -> None:
    owner = optimizer.trackable
    # Not by hasattr: an object may answer for any name.
    if "get_slot_names" not in dir(owner):
        return
    variables = nodes[: len(nodes) - sum(_SLOTS in n.name for n in nodes)]
    for slot_name in owner.get_slot_names():
        for variable in variables:
            slot = _slot(owner, variable.trackable, slot_name)
            if slot is None:
                continue
            slot._maybe_initialize_trackable()
            if slot._trackable_children():
                raise NotImplementedError(
                    "Currently only variables with no dependencies can be saved as slot variables."
                )
            if id(slot) in numbers:
                raise NotImplementedError(f"A slot variable was re-used as a dependency of a Trackable object: {slot}.")
            name = f"{variable.name}/{_SLOTS}/{optimizer.name}/{escape(slot_name)}"
            node = Node(slot, len(nodes), name)
            numbers[id(slot)] = node.number
            nodes.append(node)
            optimizer.slots.append((variable.number, slot_name, node.number))


def _slot(optimizer: Any, variable: Any, slot_name: str) -> Any:
    try:
        return optimizer.get_slot(variable, slot_name)
    except (AttributeError, KeyError):
        return None


def graph_proto(nodes: list[Node]) -> Any:
    """The `TrackableObjectGraph` of nodes; their attributes are still to be added."""
    made = protos.TrackableObjectGraph()
    for node in nodes:
        added = made.nodes.add()
        for local_name, number in node.children:
            added.children.add(node_id=number, local_name=local_name)
        for variable, slot_name, slot in node.slots:
            added.slot_variables.add(
                original_variable_node_id=variable, slot_name=slot_name, slot_variable_node_id=slot
            )
    return made


def note_values(proto: Any) -> None:
    """Says of each node whether it, or one that it leads to, has values."""
    parents: dict[int, list[int]] = {}
    for number, node in enumerate(proto.nodes):
        for child in node.children:
            parents.setdefault(child.node_id, []).append(number)
    pending = [i for i, n in enumerate(proto.nodes) if has_own_values(n)]
    found = set(pending)
    while pending:
        fresh = [p for p in parents.get(pending.pop(), ()) if p not in found]
        found.update(fresh)
        pending += fresh
    for number, node in enumerate(proto.nodes):
        node.has_checkpoint_values.value = number in found


def has_own_values(node: Any) -> bool:
    """Whether a node of the proto has values of its own."""
    return bool(node.attributes or node.slot_variables or node.HasField("registered_saver"))


def node_names(proto: Any) -> dict[int, str]:
    """A name for each node of the proto, for messages: the path to it, with dots."""
    names = {0: "(root)"}
    for number in _breadth_first(proto):
        for child in proto.nodes[number].children:
            names.setdefault(child.node_id, f"{names[number]}.{child.local_name}")
    for number, node in enumerate(proto.nodes):
        for slot in node.slot_variables:
            names[slot.slot_variable_node_id] = (
                f"{names[number]}'s state '{slot.slot_name}' for {names[slot.original_variable_node_id]}"
            )
    return names


def _breadth_first(proto: Any) -> Iterator[int]:
    order, seen = [0], {0}
    for number in order:
        yield number
        for child in proto.nodes[number].children:
            if child.node_id not in seen:
                seen.add(child.node_id)
                order.append(child.node_id)
