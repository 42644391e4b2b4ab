# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any

from tfshim.tracking.auto import TrackableView as TrackableView

BytesList: Any
ClusterDef: Any
Example: Any
Feature: Any
FeatureList: Any
FeatureLists: Any
Features: Any
FloatList: Any
Int64List: Any
JobDef: Any
SequenceExample: Any
ServerDef: Any
