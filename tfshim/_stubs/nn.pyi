# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any

from tfshim.api.array import space_to_batch as space_to_batch
from tfshim.api.math_reduce import l2_normalize as l2_normalize
from tfshim.api.math_reduce import zero_fraction as zero_fraction
from tfshim.api.math_unary import sigmoid as sigmoid
from tfshim.api.math_unary import softplus as softplus
from tfshim.api.sorting import in_top_k as in_top_k
from tfshim.api.sorting import top_k as top_k

def tanh(x, name=...) -> Any: ...
