"""`tensorflow.python.ops.resource_variable_ops`: the classes of variables."""

from tfshim.variable import VariableSpec  # noqa: F401
from tfshim.variable.core import BaseResourceVariable  # noqa: F401
from tfshim.variable.resource import ResourceVariable, UninitializedVariable  # noqa: F401
