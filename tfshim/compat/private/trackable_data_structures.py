"""`tensorflow.python.trackable.data_structures`: what lists and dictionaries become as attributes of modules."""

from tfshim.tracking.structures import DictWrapper as _DictWrapper
from tfshim.tracking.structures import ListWrapper, TrackableDataStructure

__all__ = ["ListWrapper", "TrackableDataStructure", "_DictWrapper"]
