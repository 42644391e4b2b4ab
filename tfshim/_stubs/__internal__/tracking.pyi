# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.lookup import Trackable as Trackable
from tfshim.api.random_generator import AutoTrackable as AutoTrackable
from tfshim.compat.private.trackable_data_structures import TrackableDataStructure as TrackableDataStructure
from tfshim.tracking import TrackableReference as TrackableReference
from tfshim.tracking.base import no_automatic_dependency_tracking as no_automatic_dependency_tracking
from tfshim.tracking.structures import sticky_attribute_assignment as sticky_attribute_assignment
from tfshim.tracking.structures import wrap_or_unwrap as wrap
