"""`tf.strings.split` and its like: strings taken apart to ragged tensors, and n-grams of them."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import name_scope
from tfshim.tensor import Tensor

_split = op("StringSplitV2")
_split_at_any = op("StringSplit")


def as_strings(value: Any, dtype: Any = dtypes.string, name: str = "input") -> Any:
    """A tensor or a ragged tensor."""
    from tfshim.ragged.host_value import as_tensors
    from tfshim.ragged.tensor import is_ragged

    value = as_tensors(value)
    return value if is_ragged(value) else convert_to_tensor(value, dtype, name=name)


def rows_of(parts: Any) -> Any:
    """The ragged matrix of an op's sparse one."""
    from tfshim.ragged.tensor import RaggedTensor

    indices, values, shape = parts
    return RaggedTensor.from_value_rowids(
        values,
        indices[:, 0],
        nrows=shape[0],
        validate=False,  # type: ignore[index]
    )


def per_string(value: Any, fn: Any) -> Any:
    """`fn`, from a vector to a ragged tensor, of strings in any shape: one dimension more."""
    from tfshim.ragged.tensor import RaggedTensor, is_ragged

    if not is_ragged(value):
        rank = value.shape.rank
        if rank == 0:
            return fn(op("ExpandDims")(value, 0)).values
        if rank == 1:
            return fn(value)
        if rank is None:
            raise ValueError("Rank of `input` must be statically known.")
        value = RaggedTensor.from_tensor(value, ragged_rank=rank - 1)
    return value.with_flat_values(per_string(value.flat_values, fn))


@export("strings.split")
def split(input: Any, sep: Any = None, maxsplit: int = -1, name: str | None = None) -> Any:
    """The parts of strings, in one dimension more: a `tf.RaggedTensor`, or a vector for a scalar.

    Args:
      input: strings, also in a ragged tensor.
      sep: what is between parts; white space of any length if None or empty.
      maxsplit: the largest number of splits; -1: no limit.
      name: of the name scope.
    """
    with name_scope(name or "StringSplit"):
        between = convert_to_tensor("" if sep is None else sep, dtypes.string, name="sep")
        return per_string(as_strings(input), lambda x: rows_of(_split(x, between, maxsplit=maxsplit)))


@export("strings.bytes_split", "compat.v1.strings.bytes_split")
def bytes_split(input: Any, name: str | None = None) -> Any:
    """The bytes of strings, each a string, in one dimension more: a `tf.RaggedTensor`, or a vector for a scalar."""
    with name_scope(name or "StringsByteSplit"):
        return per_string(as_strings(input), lambda x: rows_of(_split_at_any(x, "", skip_empty=False)))


@export("compat.v1.string_split")
def string_split(
    source: Any,
    sep: Any = None,
    skip_empty: bool = True,
    delimiter: Any = None,
    result_type: str = "SparseTensor",
    name: str | None = None,
) -> Any:
    """The parts of a vector of strings between any of the characters of `sep` (a space by default).

    Args:
      source: vector of strings.
      sep: characters, each of which separates; empty: every byte is a part.
      skip_empty: leave out empty parts.
      delimiter: old name of `sep`.
      result_type: `"SparseTensor"` or `"RaggedTensor"`.
      name: of the name scope.
    """
    with name_scope(name or "StringSplit"):
        marks = delimiter if sep is None else sep
        parts = _split_at_any(
            convert_to_tensor(source, dtypes.string), " " if marks is None else marks, skip_empty=skip_empty
        )
        return _as(result_type, parts)


def _as(result_type: str, parts: Any) -> Any:
    if result_type == "SparseTensor":
        from tfshim.sparse.tensor import SparseTensor

        return SparseTensor(*parts)
    if result_type == "RaggedTensor":
        return rows_of(parts)
    raise ValueError("result_type must be 'RaggedTensor' or 'SparseTensor'.")


@export("compat.v1.strings.split")
def split_v1(
    input: Any = None,
    sep: Any = None,
    maxsplit: int = -1,
    result_type: str = "SparseTensor",
    source: Any = None,
    name: str | None = None,
) -> Any:
    """`tf.strings.split` of a vector, or of a scalar as a vector of one; `source` is an old name of `input`."""
    given = source if input is None else input
    if result_type not in ("SparseTensor", "RaggedTensor"):
        raise ValueError("result_type must be 'RaggedTensor' or 'SparseTensor'.")
    with name_scope(name or "StringSplit"):
        strings = as_strings(given)
        if strings.shape.rank == 0:
            strings = op("ExpandDims")(strings, 0)
        if result_type == "RaggedTensor":
            return split(strings, sep, maxsplit)
        if strings.shape.rank != 1:
            return split(strings, sep, maxsplit).to_sparse()
        between = "" if sep is None else sep
        return _as(result_type, _split(strings, between, maxsplit=maxsplit))


@export("strings.unsorted_segment_join", "compat.v1.strings.unsorted_segment_join")
def unsorted_segment_join(
    inputs: Any, segment_ids: Any, num_segments: Any, separator: str = "", name: str | None = None
) -> Tensor:
    """The strings of each segment joined: element `i` of those with the number `i` in `segment_ids`."""
    return op("UnsortedSegmentJoin")(inputs, segment_ids, num_segments, separator=separator, name=name)


@export("strings.ngrams", "compat.v1.strings.ngrams")
def ngrams(
    data: Any,
    ngram_width: Any,
    separator: str = " ",
    pad_values: Any = None,
    padding_width: int | None = None,
    preserve_short_sequences: bool = False,
    name: str | None = None,
) -> Any:
    """Each `ngram_width` neighbouring strings of the innermost dimension, joined.

    Args:
      data: strings, also in a ragged tensor, of rank 1 or more.
      ngram_width: how many are joined, or a tuple of such numbers.
      separator: what is put between them.
      pad_values: what is put before the first and after the last one: one string, or two.
      padding_width: how often at most; one less than the width if None.
      preserve_short_sequences: where there are too few to join, all of them are.
      name: of the name scope.

    Returns:
      A tensor for a tensor, else a ragged tensor.

    Raises:
      TypeError: pad values of another kind.
      ValueError: widths below 1, a scalar.
    """
    from tfshim.ragged.tensor import RaggedTensor, is_ragged

    with name_scope(name or "StringNGrams"):
        left, right = _pads(pad_values)
        if pad_values is not None and padding_width is not None and padding_width < 1:
            raise ValueError("padding_width must be greater than 0.")
        widths = [ngram_width] if isinstance(ngram_width, int) else list(ngram_width)
        if any(w < 1 for w in widths):
            raise ValueError(f"All ngram_widths must be greater than 0. Got {ngram_width}")
        if pad_values is None:
            padding_width = 0
        strings = as_strings(data, name="data")
        rank = strings.shape.rank
        if rank is None:
            raise ValueError("Rank of data must be known.")
        if rank == 0:
            raise ValueError("Data must have rank>0")
        dense = not is_ragged(strings)
        if rank == 1:
            rows = RaggedTensor.from_row_starts(strings, [0], validate=False)
            return ngrams(rows, widths, separator, pad_values, padding_width, preserve_short_sequences)[0]
        if dense:
            strings = RaggedTensor.from_tensor(strings, ragged_rank=rank - 1)
        inner = strings
        while is_ragged(inner.values):
            inner = inner.values
        found, splits = op("StringNGrams")(
            inner.values,
            inner.row_splits,
            separator=separator,
            ngram_widths=tuple(widths),
            left_pad=left,
            right_pad=right,
            pad_width=-1 if padding_width is None else padding_width,
            preserve_short_sequences=preserve_short_sequences,
        )
        result = RaggedTensor.from_row_splits(found, splits, validate=False)
        for partition in reversed(strings._nested_row_partitions[:-1]):
            result = RaggedTensor._from_row_partition(result, partition, validate=False)
        return result.to_tensor(default_value="") if dense else result


def _pads(values: Any) -> tuple[Any, Any]:
    if values is None:
        return "", ""
    if isinstance(values, (list, tuple)) and all(isinstance(v, (str, bytes)) for v in values[:2]):
        return values[0], values[1]
    if isinstance(values, (str, bytes)):
        return values, values
    raise TypeError("pad_values must be a string, tuple of strings, or None.")
