"""Sizes and ranks of ragged tensors."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import as_dtype
from tfshim.ops import op


def size(input, out_type=None, name=None):
    """`tf.size`: the number of flat values."""
    return op("Size")(input.flat_values, out_type=dtypes.int32 if out_type is None else as_dtype(out_type))


def rank(input, name=None):
    """`tf.rank`."""
    known = input.shape.rank
    if known is not None:
        return convert_to_tensor(known, dtypes.int32)
    return op("AddV2")(op("Rank")(input.flat_values), convert_to_tensor(input.ragged_rank, dtypes.int32))


def string_join(inputs, separator="", name=None):
    """`tf.strings.join`: the strings at the same place of each, with a separator between them."""
    from tfshim.namespaces import resolve
    from tfshim.ragged.broadcasting import as_operands, broadcast
    from tfshim.ragged.tensor import with_partitions

    partitions, flats = broadcast(as_operands(list(inputs), dtypes.string))
    join: Any = resolve("strings.join")
    return with_partitions(join(flats, separator=separator), partitions)
