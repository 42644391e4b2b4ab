"""The object graph that checkpoints save: which objects an object depends on, and under which names."""

from tfshim.tracking.auto import AutoTrackable, TrackableView
from tfshim.tracking.base import (
    OBJECT_CONFIG_JSON_KEY,
    OBJECT_GRAPH_PROTO_KEY,
    VARIABLE_VALUE_KEY,
    SaveType,
    Trackable,
    TrackableReference,
    WeakTrackableReference,
    no_automatic_dependency_tracking,
    no_automatic_dependency_tracking_scope,
    no_manual_dependency_tracking_scope,
)
from tfshim.tracking.structures import (
    DictWrapper,
    ListWrapper,
    NoDependency,
    TrackableDataStructure,
    TupleWrapper,
    sticky_attribute_assignment,
    wrap_or_unwrap,
)
from tfshim.tracking.tensor_callable import TensorCallable

__all__ = [
    "OBJECT_CONFIG_JSON_KEY",
    "OBJECT_GRAPH_PROTO_KEY",
    "VARIABLE_VALUE_KEY",
    "AutoTrackable",
    "DictWrapper",
    "ListWrapper",
    "NoDependency",
    "SaveType",
    "TensorCallable",
    "Trackable",
    "TrackableDataStructure",
    "TrackableReference",
    "TrackableView",
    "TupleWrapper",
    "WeakTrackableReference",
    "no_automatic_dependency_tracking",
    "no_automatic_dependency_tracking_scope",
    "no_manual_dependency_tracking_scope",
    "sticky_attribute_assignment",
    "wrap_or_unwrap",
]
