"""`tensorflow.python.ops.random_ops`: a distribution that the public API has as a raw op only."""

from typing import Any

from tfshim import dtypes
from tfshim.api.random import shape_tensor
from tfshim.convert import convert_to_tensor
from tfshim.ops import op
from tfshim.seeds import get_seed


def parameterized_truncated_normal(
    shape, means=0.0, stddevs=1.0, minvals=-2.0, maxvals=2.0, dtype=dtypes.float32, seed=None, name=None
) -> Any:
    """Draws of normal distributions within bounds; parameters are scalars or have one value for each row of `shape`."""
    parameters = [convert_to_tensor(p, dtype) for p in (means, stddevs, minvals, maxvals)]
    seed1, seed2 = get_seed(seed)
    draw = op("ParameterizedTruncatedNormal")
    return draw(shape_tensor(shape), *parameters, seed=seed1 or 0, seed2=seed2 or 0, name=name)
