"""`tensorflow.python.util.variable_utils`: variables in structures."""

from typing import Any

from tfshim import nest
from tfshim.variable.core import Variable


def convert_variables_to_tensors(values: Any) -> Any:
    """The same structure with the values of variables in their places."""
    return nest.map_structure(lambda v: v.value() if isinstance(v, Variable) else v, values)
