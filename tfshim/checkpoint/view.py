"""`tf.train.CheckpointView`: the object graph of a checkpoint, compared with objects."""

from __future__ import annotations

import logging
from typing import Any

from tfshim import protos
from tfshim.checkpoint.reader import NewCheckpointReader
from tfshim.export import export
from tfshim.tracking import OBJECT_GRAPH_PROTO_KEY, Trackable, TrackableView

_logger = logging.getLogger("tensorflow")


@export("train.CheckpointView", "compat.v1.train.CheckpointView")
class CheckpointView:
    """The objects of the checkpoint of a path, by their numbers; 0 is the root.

    Raises:
      ValueError: the checkpoint has no object graph.
    """

    def __init__(self, save_path):
        reader = NewCheckpointReader(save_path)
        if not reader.has_tensor(OBJECT_GRAPH_PROTO_KEY):
            raise ValueError(
                f'The specified checkpoint "{save_path}" does not appear to be object-based (saved with TF2) since it '
                f'is missing the key "{OBJECT_GRAPH_PROTO_KEY}". A checkpoint of a Saver has no objects'
            )
        self._object_graph_proto = protos.TrackableObjectGraph.FromString(reader.get_tensor(OBJECT_GRAPH_PROTO_KEY))

    def children(self, node_id):
        """The numbers of an object's children, by name."""
        return {child.local_name: child.node_id for child in self._object_graph_proto.nodes[node_id].children}

    def descendants(self):
        """The numbers of all objects, breadth first."""
        found = [0]
        for number in found:
            found += [child for child in dict.fromkeys(self.children(number).values()) if child not in found]
        return found

    def match(self, obj):
        """The objects below `obj` that have counterparts, by the numbers of these.

        Raises:
          ValueError: if it is not trackable.
        """
        if not isinstance(obj, Trackable):
            raise ValueError(f"Expected a Trackable, got {obj} of type {type(obj)}.")
        matched: dict[int, Any] = {0: obj}
        queue = [0]
        for number in queue:
            children = TrackableView.children(matched[number])
            for name, child in self.children(number).items():
                if child == 0 or name not in children:
                    continue
                if child not in matched:
                    matched[child] = children[name]
                    queue.append(child)
                elif matched[child] is not children[name]:
                    _logger.warning(
                        "Inconsistent references when matching the checkpoint into this object graph. The referenced "
                        "objects are: (%s and %s).",
                        matched[child],
                        children[name],
                    )
        return matched

    def diff(self, obj):
        """What `match` gives, the numbers that have no counterpart, and the objects that have none."""
        matched = self.match(obj)
        known = {id(trackable) for trackable in matched.values()}
        without_object = [number for number in self.descendants() if number not in matched]
        without_number = [t for t in TrackableView(obj).descendants() if id(t) not in known]
        return matched, without_object, without_number


CheckpointView.__module__ = "tensorflow.python.checkpoint.checkpoint_view"
