# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.train import experimental as experimental
from tfshim.api.io import write_graph as write_graph
from tfshim.checkpoint.checkpoint import Checkpoint as Checkpoint
from tfshim.checkpoint.manager import CheckpointManager as CheckpointManager
from tfshim.checkpoint.options import CheckpointOptions as CheckpointOptions
from tfshim.checkpoint.reader import checkpoints_iterator as checkpoints_iterator
from tfshim.checkpoint.reader import list_variables as list_variables
from tfshim.checkpoint.reader import load_checkpoint as load_checkpoint
from tfshim.checkpoint.reader import load_variable as load_variable
from tfshim.checkpoint.state_file import get_checkpoint_state as get_checkpoint_state
from tfshim.checkpoint.state_file import latest_checkpoint as latest_checkpoint
from tfshim.checkpoint.view import CheckpointView as CheckpointView
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
