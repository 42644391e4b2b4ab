# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.compat.v1.train import experimental as experimental
from tfshim._stubs.compat.v1.train import queue_runner as queue_runner
from tfshim.api.io import match_filenames_once as match_filenames_once
from tfshim.api.io import write_graph as write_graph
from tfshim.checkpoint.checkpoint import CheckpointV1 as Checkpoint
from tfshim.checkpoint.manager import CheckpointManager as CheckpointManager
from tfshim.checkpoint.options import CheckpointOptions as CheckpointOptions
from tfshim.checkpoint.reader import NewCheckpointReader as NewCheckpointReader
from tfshim.checkpoint.reader import checkpoints_iterator as checkpoints_iterator
from tfshim.checkpoint.reader import list_variables as list_variables
from tfshim.checkpoint.reader import load_checkpoint as load_checkpoint
from tfshim.checkpoint.reader import load_variable as load_variable
from tfshim.checkpoint.state_file import checkpoint_exists as checkpoint_exists
from tfshim.checkpoint.state_file import generate_checkpoint_state_proto as generate_checkpoint_state_proto
from tfshim.checkpoint.state_file import get_checkpoint_mtimes as get_checkpoint_mtimes
from tfshim.checkpoint.state_file import get_checkpoint_state as get_checkpoint_state
from tfshim.checkpoint.state_file import latest_checkpoint as latest_checkpoint
from tfshim.checkpoint.state_file import remove_checkpoint as remove_checkpoint
from tfshim.checkpoint.state_file import update_checkpoint_state as update_checkpoint_state
from tfshim.checkpoint.view import CheckpointView as CheckpointView
from tfshim.v1.meta_graph import export_meta_graph as export_meta_graph
from tfshim.v1.meta_graph import import_meta_graph as import_meta_graph
from tfshim.v1.summary_writer import summary_iterator as summary_iterator
from tfshim.v1.training.checkpoint_hooks import CheckpointSaverHook as CheckpointSaverHook
from tfshim.v1.training.checkpoint_hooks import CheckpointSaverListener as CheckpointSaverListener
from tfshim.v1.training.checkpoint_hooks import GlobalStepWaiterHook as GlobalStepWaiterHook
from tfshim.v1.training.checkpoint_hooks import SessionRunArgs as SessionRunArgs
from tfshim.v1.training.checkpoint_init import init_from_checkpoint as init_from_checkpoint
from tfshim.v1.training.checkpoint_init import warm_start as warm_start
from tfshim.v1.training.coordinator import Coordinator as Coordinator
from tfshim.v1.training.coordinator import LooperThread as LooperThread
from tfshim.v1.training.decay import cosine_decay as cosine_decay
from tfshim.v1.training.decay import cosine_decay_restarts as cosine_decay_restarts
from tfshim.v1.training.decay import exponential_decay as exponential_decay
from tfshim.v1.training.decay import inverse_time_decay as inverse_time_decay
from tfshim.v1.training.decay import linear_cosine_decay as linear_cosine_decay
from tfshim.v1.training.decay import natural_exp_decay as natural_exp_decay
from tfshim.v1.training.decay import noisy_linear_cosine_decay as noisy_linear_cosine_decay
from tfshim.v1.training.decay import piecewise_constant as piecewise_constant
from tfshim.v1.training.decay import piecewise_constant as piecewise_constant_decay
from tfshim.v1.training.decay import polynomial_decay as polynomial_decay
from tfshim.v1.training.device_setter import replica_device_setter as replica_device_setter
from tfshim.v1.training.global_step import assert_global_step as assert_global_step
from tfshim.v1.training.global_step import create_global_step as create_global_step
from tfshim.v1.training.global_step import get_global_step as get_global_step
from tfshim.v1.training.global_step import get_or_create_global_step as get_or_create_global_step
from tfshim.v1.training.global_step import global_step as global_step
from tfshim.v1.training.hooks import FeedFnHook as FeedFnHook
from tfshim.v1.training.hooks import FinalOpsHook as FinalOpsHook
from tfshim.v1.training.hooks import LoggingTensorHook as LoggingTensorHook
from tfshim.v1.training.hooks import NanLossDuringTrainingError as NanLossDuringTrainingError
from tfshim.v1.training.hooks import NanTensorHook as NanTensorHook
from tfshim.v1.training.hooks import SecondOrStepTimer as SecondOrStepTimer
from tfshim.v1.training.hooks import SessionRunContext as SessionRunContext
from tfshim.v1.training.hooks import SessionRunHook as SessionRunHook
from tfshim.v1.training.hooks import SessionRunValues as SessionRunValues
from tfshim.v1.training.hooks import StopAtStepHook as StopAtStepHook
from tfshim.v1.training.monitored_session import ChiefSessionCreator as ChiefSessionCreator
from tfshim.v1.training.monitored_session import MonitoredSession as MonitoredSession
from tfshim.v1.training.monitored_session import MonitoredTrainingSession as MonitoredTrainingSession
from tfshim.v1.training.monitored_session import Scaffold as Scaffold
from tfshim.v1.training.monitored_session import SessionCreator as SessionCreator
from tfshim.v1.training.monitored_session import SingularMonitoredSession as SingularMonitoredSession
from tfshim.v1.training.monitored_session import WorkerSessionCreator as WorkerSessionCreator
from tfshim.v1.training.moving_averages import ExponentialMovingAverage as ExponentialMovingAverage
from tfshim.v1.training.optimizer import Optimizer as Optimizer
from tfshim.v1.training.optimizers import AdadeltaOptimizer as AdadeltaOptimizer
from tfshim.v1.training.optimizers import AdagradDAOptimizer as AdagradDAOptimizer
from tfshim.v1.training.optimizers import AdagradOptimizer as AdagradOptimizer
from tfshim.v1.training.optimizers import AdamOptimizer as AdamOptimizer
from tfshim.v1.training.optimizers import FtrlOptimizer as FtrlOptimizer
from tfshim.v1.training.optimizers import GradientDescentOptimizer as GradientDescentOptimizer
from tfshim.v1.training.optimizers import MomentumOptimizer as MomentumOptimizer
from tfshim.v1.training.optimizers import ProximalAdagradOptimizer as ProximalAdagradOptimizer
from tfshim.v1.training.optimizers import ProximalGradientDescentOptimizer as ProximalGradientDescentOptimizer
from tfshim.v1.training.optimizers import RMSPropOptimizer as RMSPropOptimizer
from tfshim.v1.training.profiler_hook import ProfilerHook as ProfilerHook
from tfshim.v1.training.queue_inputs import batch as batch
from tfshim.v1.training.queue_inputs import batch_join as batch_join
from tfshim.v1.training.queue_inputs import input_producer as input_producer
from tfshim.v1.training.queue_inputs import limit_epochs as limit_epochs
from tfshim.v1.training.queue_inputs import maybe_batch as maybe_batch
from tfshim.v1.training.queue_inputs import maybe_batch_join as maybe_batch_join
from tfshim.v1.training.queue_inputs import maybe_shuffle_batch as maybe_shuffle_batch
from tfshim.v1.training.queue_inputs import maybe_shuffle_batch_join as maybe_shuffle_batch_join
from tfshim.v1.training.queue_inputs import range_input_producer as range_input_producer
from tfshim.v1.training.queue_inputs import shuffle_batch as shuffle_batch
from tfshim.v1.training.queue_inputs import shuffle_batch_join as shuffle_batch_join
from tfshim.v1.training.queue_inputs import slice_input_producer as slice_input_producer
from tfshim.v1.training.queue_inputs import string_input_producer as string_input_producer
from tfshim.v1.training.queue_runner import QueueRunner as QueueRunner
from tfshim.v1.training.queue_runner import add_queue_runner as add_queue_runner
from tfshim.v1.training.queue_runner import start_queue_runners as start_queue_runners
from tfshim.v1.training.saver import Saver as Saver
from tfshim.v1.training.session_manager import SessionManager as SessionManager
from tfshim.v1.training.summary_hooks import StepCounterHook as StepCounterHook
from tfshim.v1.training.summary_hooks import SummarySaverHook as SummarySaverHook
from tfshim.v1.training.supervisor import Supervisor as Supervisor
from tfshim.v1.training.supervisor import basic_train_loop as basic_train_loop
from tfshim.v1.training.sync_replicas import SyncReplicasOptimizer as SyncReplicasOptimizer

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
SaverDef: _Any
SequenceExample: _Any
ServerDef: _Any
