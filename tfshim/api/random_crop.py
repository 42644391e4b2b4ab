"""`tf.compat.v1.random_crop`: a part of a tensor at a random place."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.assertions import checked
from tfshim.api.naming import composed
from tfshim.api.random import uniform
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op


@export("compat.v1.random_crop")
def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Any:
    """A part of `value` of the shape `size`, anywhere with the same probability.

    Args:
      value: a tensor of any dtype.
      size: int32, the shape of the part: one number for each dimension of `value`.
      seed: seed of the op; see `tf.random.set_seed`.
      name: name of the result in a graph.

    Raises:
      InvalidArgumentError: if `value` is smaller than `size` in some dimension.
    """
    with composed(name or "random_crop") as name:
        value = convert_to_tensor(value)
        size = convert_to_tensor(size, dtype=dtypes.int32)
        shape = op("Shape")(value)
        fits = op("All")(op("GreaterEqual")(shape, size), [0])
        shape = checked(shape, fits, ["Need value.shape >= size, got ", shape, size])
        limit = op("AddV2")(op("Sub")(shape, size), 1)
        places = uniform(op("Shape")(shape), maxval=dtypes.int32.max, dtype=dtypes.int32, seed=seed)
        return op("Slice")(value, op("FloorMod")(places, limit), size, name=name)
