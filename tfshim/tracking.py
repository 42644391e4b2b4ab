"""The object graph that checkpoints save: which objects an object depends on, and under which names."""

from __future__ import annotations

from typing import Any

from tfshim.export import export


@export("__internal__.tracking.Trackable")
class Trackable:
    """An object whose state can be saved, or that leads to such objects."""

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        """The objects that this one depends on, by name."""
        return {}


Trackable.__module__ = "tensorflow.python.trackable.base"
