# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.v1.collections import global_variables_initializer as global_variables
from tfshim.v1.collections import local_variables_initializer as local_variables
from tfshim.v1.collections import tables_initializer as tables_initializer
from tfshim.v1.collections import variables_initializer as variables
from tfshim.v1.initializers import Constant as constant
from tfshim.v1.initializers import GlorotNormal as glorot_normal
from tfshim.v1.initializers import GlorotUniform as glorot_uniform
from tfshim.v1.initializers import Identity as identity
from tfshim.v1.initializers import Ones as ones
from tfshim.v1.initializers import Orthogonal as orthogonal
from tfshim.v1.initializers import RandomNormal as random_normal
from tfshim.v1.initializers import RandomUniform as random_uniform
from tfshim.v1.initializers import TruncatedNormal as truncated_normal
from tfshim.v1.initializers import VarianceScaling as variance_scaling
from tfshim.v1.initializers import Zeros as zeros
from tfshim.v1.old_names import UniformUnitScaling as uniform_unit_scaling

def he_normal(seed=...) -> _Any: ...
def he_uniform(seed=...) -> _Any: ...
def lecun_normal(seed=...) -> _Any: ...
def lecun_uniform(seed=...) -> _Any: ...
