# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.compat.v1 import compat as compat
from tfshim._stubs.compat.v1 import data as data
from tfshim._stubs.compat.v1 import errors as errors
from tfshim._stubs.compat.v1 import nn as nn
from tfshim._stubs.compat.v1 import random as random
from tfshim._stubs.compat.v1 import summary as summary
from tfshim._stubs.compat.v1 import train as train
from tfshim.api.array import placeholder_with_default as placeholder_with_default
from tfshim.api.random import gamma as random_gamma
from tfshim.api.random import get_seed as get_seed
from tfshim.api.random import multinomial as multinomial
from tfshim.api.random import normal as random_normal
from tfshim.api.random import poisson_v1 as random_poisson
from tfshim.api.random import set_random_seed as set_random_seed
from tfshim.api.random import shuffle as random_shuffle
from tfshim.api.random import truncated_normal as truncated_normal
from tfshim.api.random import uniform as random_uniform
from tfshim.api.sorting import setdiff1d as listdiff
from tfshim.api.sorting import setdiff1d as setdiff1d
from tfshim.devices import DeviceSpecV1 as DeviceSpec
from tfshim.devices import device as device
from tfshim.errors import OpError as OpError
from tfshim.scopes import get_default_graph as get_default_graph
from tfshim.scopes import placeholder as placeholder
from tfshim.shapes import Dimension as Dimension
from tfshim.shapes import dimension_at_index as dimension_at_index
from tfshim.shapes import dimension_value as dimension_value
from tfshim.shapes import disable_v2_tensorshape as disable_v2_tensorshape
from tfshim.shapes import enable_v2_tensorshape as enable_v2_tensorshape
from tfshim.variable import VariableAggregation as VariableAggregation
from tfshim.variable.creation import variable_creator_scope as variable_creator_scope

AttrValue: _Any
ConfigProto: _Any
Event: _Any
GPUOptions: _Any
GraphDef: _Any
GraphOptions: _Any
HistogramProto: _Any
LogMessage: _Any
MetaGraphDef: _Any
NameAttrList: _Any
NodeDef: _Any
OptimizerOptions: _Any
RunMetadata: _Any
RunOptions: _Any
SessionLog: _Any
Summary: _Any
SummaryMetadata: _Any
TensorInfo: _Any
