"""What `restore` returns: assertions about what was matched, and what runs a restoration in a session."""

from __future__ import annotations

from typing import Any

from tfshim.checkpoint import object_graph, saveables
from tfshim.checkpoint.name_based import NameBasedRestoration
from tfshim.checkpoint.object_graph import ObjectGraphView
from tfshim.checkpoint.options import CheckpointOptions
from tfshim.checkpoint.restoring import Restoration, restore_saveables
from tfshim.checkpoint.sessions import current_session
from tfshim.context import context
from tfshim.tracking import TrackableDataStructure

_SHOWN = 10
_NOTHING = "No checkpoint specified (save_path=None); nothing is being restored."


class LoadStatus:
    """Base class of the results of `restore`."""

    def assert_consumed(self):
        """Raises AssertionError unless all of the checkpoint, and all of the objects, were matched."""
        raise NotImplementedError

    def assert_existing_objects_matched(self):
        """Raises AssertionError if an object that exists has no value in the checkpoint."""
        raise NotImplementedError

    def assert_nontrivial_match(self):
        """Raises AssertionError if nothing but the root was matched."""
        raise NotImplementedError

    def run_restore_ops(self, session=None):
        """Restores in a session (the default one by default); in eager mode that is done."""
        raise NotImplementedError

    def initialize_or_restore(self, session=None):
        """As `run_restore_ops`, and initialises variables that are not in the checkpoint."""
        raise NotImplementedError

    def expect_partial(self):
        """Silences the warnings about values that were not restored."""
        return self


def _objects(view: ObjectGraphView, skip_slot_variables: bool = False) -> list[Any]:
    return [node.trackable for node in object_graph.nodes_of(view, skip_slot_variables)]


class CheckpointLoadStatus(LoadStatus):
    """The status of a restoration from a checkpoint with an object graph."""

    def __init__(self, checkpoint: Restoration, view: ObjectGraphView, feed_dict: Any, options: CheckpointOptions):
        self._checkpoint = checkpoint
        self._view = view
        # The view may hold the root weakly.
        self._root = view.root
        self._feed_dict = feed_dict
        self._skip_slots = options.experimental_skip_slot_variables

    def assert_consumed(self):
        self.assert_existing_objects_matched()
        checkpoint, proto = self._checkpoint, self._checkpoint.proto
        skipped = set()
        if self._skip_slots:
            skipped = {s.slot_variable_node_id for node in proto.nodes for s in node.slot_variables}
        for number, node in enumerate(proto.nodes):
            if node.attributes and number not in skipped and number not in checkpoint.object_by_proto_id:
                name = object_graph.node_names(proto)[number]
                raise AssertionError(f"Unresolved object in checkpoint {name}: {node}")
        if checkpoint.slots:
            raise AssertionError(f"Unresolved slot restorations: {checkpoint.slots}")
        if checkpoint.unused_attributes:
            names = object_graph.node_names(proto)
            lines = [
                f"{names[number]} ({checkpoint.object_by_proto_id.get(number)}): {attributes}"
                for number, attributes in checkpoint.unused_attributes.items()
            ]
            raise AssertionError(
                "Unused attributes in these objects (the attributes exist in the checkpoint but were not restored):\n"
                + "\n".join(lines)
            )
        return self

    def assert_existing_objects_matched(self):
        checkpoint = self._checkpoint
        for number, node in enumerate(checkpoint.proto.nodes):
            trackable = checkpoint.object_by_proto_id.get(number)
            if trackable is not None and trackable._update_uid < checkpoint.restore_uid:
                raise AssertionError(f"Object {node} not assigned a value from checkpoint.")
        for trackable in _objects(self._view, self._skip_slots):
            # Empty lists and dicts need no counterpart.
            if not isinstance(trackable, TrackableDataStructure) or trackable._trackable_children():
                checkpoint.saw(trackable)
        unmatched = self._unmatched()
        if unmatched:
            shown = unmatched[:_SHOWN]
            raise AssertionError(
                f"Found {len(unmatched)} Python objects that were not bound to checkpointed values, likely due to "
                f"changes in the Python program. Showing {len(shown)} of {len(unmatched)} unmatched objects: {shown}"
            )
        return self

    def assert_nontrivial_match(self):
        checkpoint = self._checkpoint
        for trackable in _objects(self._view, self._skip_slots):
            checkpoint.saw(trackable)
        if len(checkpoint.object_by_proto_id) > 1:
            return self
        unmatched = self._unmatched()
        if unmatched:
            raise AssertionError(
                "Nothing except the root object matched a checkpointed value. Typically this means that the checkpoint "
                "does not match the Python program. The following objects have no matching checkpointed value: "
                f"{unmatched}"
            )
        raise AssertionError(f"Nothing to load. No dependencies have been added to {self._view.root} yet.")

    def _unmatched(self) -> list[Any]:
        """Objects of the program with values, for which the checkpoint has none."""
        bound = {id(trackable) for trackable in self._checkpoint.object_by_proto_id.values()}
        alive = [reference() for reference in self._checkpoint.seen.values()]
        return [t for t in alive if t is not None and id(t) not in bound and saveables.has_values(t)]

    def run_restore_ops(self, session=None):
        if context.graph is not None:
            (session or current_session()).run(self._checkpoint.restore_ops, feed_dict=self._feed_dict)

    def initialize_or_restore(self, session=None):
        if context.graph is None:
            return
        session = session or current_session()
        bound = {id(trackable) for trackable in self._checkpoint.object_by_proto_id.values()}
        uid = self._checkpoint.restore_uid
        initializers = [
            t.initializer
            for t in _objects(self._view)
            if getattr(t, "initializer", None) is not None and id(t) not in bound and t._update_uid < uid
        ]
        self.run_restore_ops(session)
        session.run(initializers)

    def expect_partial(self):
        self._checkpoint.expect_partial()
        return self


class InitializationOnlyStatus(LoadStatus):
    """The status where there is no checkpoint (`restore(None)`): assertions fail, variables can be initialised."""

    def __init__(self, view: ObjectGraphView, restore_uid: int):
        self._view = view
        self._root = view.root
        self._restore_uid = restore_uid

    def assert_consumed(self):
        raise AssertionError(_NOTHING)

    def assert_existing_objects_matched(self):
        raise AssertionError(_NOTHING)

    def assert_nontrivial_match(self):
        raise AssertionError(_NOTHING)

    def run_restore_ops(self, session=None):
        raise AssertionError(
            "No checkpoint specified, so no restore ops are available (save_path=None to Saver.restore)."
        )

    def initialize_or_restore(self, session=None):
        if context.graph is None:
            return
        initializers = [
            t.initializer
            for t in _objects(self._view)
            if getattr(t, "initializer", None) is not None and t._update_uid < self._restore_uid
        ]
        (session or current_session()).run(initializers)


class NameBasedSaverStatus(LoadStatus):
    """The status of a restoration from a checkpoint of a `Saver`: variables are matched by their names."""

    def __init__(self, checkpoint: NameBasedRestoration, view: ObjectGraphView):
        self._checkpoint = checkpoint
        self._view = view
        self._root = view.root
        self._optional: list[Any] = []

    def add_to_optionally_restored(self, var):
        """Says that a variable may be missing."""
        self._optional.append(var)

    def assert_consumed(self):
        unused = [
            f"\n    {trackable}: {names}"
            for trackable, names in self._checkpoint.unused.values()
            if all(trackable is not optional for optional in self._optional)
        ]
        if unused:
            raise AssertionError("Some objects had attributes which were not restored: " + "".join(unused))
        for trackable in _objects(self._view):
            trackable._maybe_initialize_trackable()
            if trackable._update_uid < self._checkpoint.restore_uid:
                raise AssertionError(f"Object not restored: {trackable}")
        return self

    # There are no objects in the checkpoint that could be told apart.
    assert_existing_objects_matched = assert_consumed
    assert_nontrivial_match = assert_consumed

    def run_restore_ops(self, session=None):
        if context.graph is None:
            return
        wanted = []
        for trackable in _objects(self._view):
            trackable._maybe_initialize_trackable()
            if trackable._update_uid < self._checkpoint.restore_uid:
                trackable._update_uid = self._checkpoint.restore_uid
                wanted += self._checkpoint.named_saveables(trackable)
        (session or current_session()).run(restore_saveables(self._checkpoint.reader.prefix, wanted))

    initialize_or_restore = run_restore_ops


for _cls in (LoadStatus, CheckpointLoadStatus, InitializationOnlyStatus, NameBasedSaverStatus):
    _cls.__module__ = "tensorflow.python.checkpoint.checkpoint"
