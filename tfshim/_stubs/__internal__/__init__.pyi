# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.__internal__ import autograph as autograph
from tfshim._stubs.__internal__ import decorator as decorator
from tfshim._stubs.__internal__ import nest as nest
from tfshim._stubs.__internal__ import ops as ops
from tfshim._stubs.__internal__ import smart_cond as smart_cond
from tfshim._stubs.__internal__ import tf2 as tf2
from tfshim._stubs.__internal__ import tracking as tracking
from tfshim._stubs.__internal__ import train as train
from tfshim._stubs.__internal__ import types as types
from tfshim.graph import FuncGraph as FuncGraph
from tfshim.tensor import EagerTensor as EagerTensor
from tfshim.type_spec_base import CompositeTensor as CompositeTensor
