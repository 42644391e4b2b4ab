# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.compat.v1.train import experimental as experimental
from tfshim._stubs.compat.v1.train import queue_runner as queue_runner
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
from tfshim.v1.training.hooks import SessionRunArgs as SessionRunArgs
from tfshim.v1.training.hooks import SessionRunContext as SessionRunContext
from tfshim.v1.training.hooks import SessionRunHook as SessionRunHook
from tfshim.v1.training.hooks import SessionRunValues as SessionRunValues
from tfshim.v1.training.hooks import StopAtStepHook as StopAtStepHook
from tfshim.v1.training.monitored_session import ChiefSessionCreator as ChiefSessionCreator
from tfshim.v1.training.monitored_session import MonitoredSession as MonitoredSession
from tfshim.v1.training.monitored_session import Scaffold as Scaffold
from tfshim.v1.training.monitored_session import SessionCreator as SessionCreator
from tfshim.v1.training.monitored_session import SingularMonitoredSession as SingularMonitoredSession
from tfshim.v1.training.moving_averages import ExponentialMovingAverage as ExponentialMovingAverage
from tfshim.v1.training.optimizer import Optimizer as Optimizer
from tfshim.v1.training.optimizers import AdadeltaOptimizer as AdadeltaOptimizer
from tfshim.v1.training.optimizers import AdagradOptimizer as AdagradOptimizer
from tfshim.v1.training.optimizers import AdamOptimizer as AdamOptimizer
from tfshim.v1.training.optimizers import FtrlOptimizer as FtrlOptimizer
from tfshim.v1.training.optimizers import GradientDescentOptimizer as GradientDescentOptimizer
from tfshim.v1.training.optimizers import MomentumOptimizer as MomentumOptimizer
from tfshim.v1.training.optimizers import ProximalAdagradOptimizer as ProximalAdagradOptimizer
from tfshim.v1.training.optimizers import ProximalGradientDescentOptimizer as ProximalGradientDescentOptimizer
from tfshim.v1.training.optimizers import RMSPropOptimizer as RMSPropOptimizer
from tfshim.v1.training.queue_inputs import QueueRunner as QueueRunner
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
from tfshim.v1.training.queue_runner import add_queue_runner as add_queue_runner
from tfshim.v1.training.queue_runner import start_queue_runners as start_queue_runners

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
