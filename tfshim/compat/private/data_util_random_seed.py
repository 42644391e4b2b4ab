"""`tensorflow.python.data.util.random_seed`: seeds of datasets."""

from typing import Any

from tfshim import dtypes, seeds
from tfshim.convert import convert_to_tensor


def get_seed(seed: Any) -> tuple[Any, Any]:
    """The two seeds, int64 tensors, for the seed that a dataset was given."""
    first, second = seeds.get_seed(seed)
    pair = (first or 0, second or 0)
    if pair == (0, 0) and seed is not None:
        pair = (0, 2**31 - 1)  # two zeros would mean: a seed that nobody knows
    return tuple(convert_to_tensor(s, dtypes.int64) for s in pair)  # type: ignore[return-value]
