# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.checkpoint.initial_values import CheckpointInitialValue as CheckpointInitialValue
from tfshim.checkpoint.initial_values import CheckpointInitialValueCallable as CheckpointInitialValueCallable
from tfshim.checkpoint.initial_values import saveable_objects_from_trackable as saveable_objects_from_trackable
from tfshim.checkpoint.initial_values import streaming_restore as streaming_restore
from tfshim.checkpoint.object_graph import ObjectGraphView as ObjectGraphView
from tfshim.checkpoint.sessions import register_session_provider as register_session_provider
from tfshim.tracking.auto import AutoTrackable as AutoTrackable
from tfshim.tracking.base import Trackable as Trackable
from tfshim.tracking.base import TrackableReference as TrackableReference
from tfshim.tracking.base import no_automatic_dependency_tracking as no_automatic_dependency_tracking
from tfshim.tracking.structures import TrackableDataStructure as TrackableDataStructure
from tfshim.tracking.structures import sticky_attribute_assignment as sticky_attribute_assignment
from tfshim.tracking.structures import wrap_or_unwrap as wrap
