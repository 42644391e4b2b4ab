"""What ragged tensors look like in texts: their elements, or the first and last of each row, in nested brackets."""

from __future__ import annotations

from typing import Any

from tfshim.dtypes import string
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec


def text_of(value: Any, limit: int) -> Tensor:
    """A ragged tensor as a scalar string; of more than 2 · `limit` entries the first and last `limit` are shown.

    A negative limit shows all. Strings are quoted, numbers are as `tf.strings.as_string` writes them.
    """
    flat = value.flat_values
    if flat.dtype is string:
        escaped = op("StaticRegexReplace")(flat, pattern=r"(['\\])", rewrite=r"\\\1")
        flat = op("StringJoin")(["'", escaped, "'"])
    else:
        flat = op("AsString")(flat)
    return _bracketed(value.with_flat_values(flat), limit)


def _bracketed(rows: Any, limit: int) -> Tensor:
    """Rows of strings, a tensor or a ragged one, as one string."""
    if rows.shape.rank > 1:
        map_fn: Any = resolve("map_fn")
        rows = map_fn(lambda row: _bracketed(row, limit), rows, fn_output_signature=TensorSpec([], string))
    if limit >= 0:
        cond: Any = resolve("cond")

        def ends() -> Tensor:
            return op("ConcatV2")([rows[:limit], ["..."], rows[-limit:]], 0)

        rows = cond(op("Size")(rows) <= 2 * limit, lambda: rows, ends)
    return op("StringJoin")(["[", op("ReduceJoin")(rows, 0, separator=", "), "]"])
