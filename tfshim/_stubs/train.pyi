# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.tracking.auto import TrackableView as TrackableView
from tfshim.v1.training.coordinator import Coordinator as Coordinator
from tfshim.v1.training.moving_averages import ExponentialMovingAverage as ExponentialMovingAverage

BytesList: _Any
ClusterDef: _Any
Example: _Any
Feature: _Any
FeatureList: _Any
FeatureLists: _Any
Features: _Any
FloatList: _Any
Int64List: _Any
JobDef: _Any
SequenceExample: _Any
ServerDef: _Any
