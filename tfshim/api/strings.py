"""`tf.strings`: case, length, parts, joining, patterns, numbers, hash buckets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim import dtypes
from tfshim.api.array import rank as rank_of
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

_as_string = op("AsString")
_full_match = op("RegexFullMatch")
_hash_fast = op("StringToHashBucketFast")
_hash_legacy = op("StringToHashBucket")
_hash_strong = op("StringToHashBucketStrong")
_join = op("StringJoin")
_length = op("StringLength")
_lower = op("StringLower")
_range = op("Range")
_reduce_join = op("ReduceJoin")
_replace = op("RegexReplace")
_static_full_match = op("StaticRegexFullMatch")
_static_replace = op("StaticRegexReplace")
_strip = op("StringStrip")
_sub = op("Sub")
_substr = op("Substr")
_to_number = op("StringToNumber")
_upper = op("StringUpper")


@export("strings.as_string", "as_string")
def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Each element as a string, as C's `printf` writes it: `%d`, `%f`, booleans as `true` and `false`.

    Args:
      input: numbers, booleans, or strings.
      precision: digits after the point, for floating point numbers.
      scientific: write `%e`.
      shortest: write `%g`.
      width: least number of characters.
      fill: what widens: a flag of `printf`, one of `" "`, `"+"`, `"-"`, `"0"`, `"#"`.
      name: of the node.
    """
    return _as_string(
        input, precision=precision, scientific=scientific, shortest=shortest, width=width, fill=fill, name=name
    )


@export("strings.length")
def string_length(input: Any, unit: str = "BYTE", name: str | None = None) -> Tensor:
    """The length of each string as int32: in bytes, or in characters of UTF-8 (`unit="UTF8_CHAR"`)."""
    return _length(input, unit=unit, name=name)


@export("strings.lower")
def lower(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Strings in lower case: ASCII letters, or with `encoding="utf-8"` all characters."""
    return _lower(input, encoding=encoding, name=name)


@export("strings.upper")
def upper(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Strings in upper case: ASCII letters, or with `encoding="utf-8"` all characters."""
    return _upper(input, encoding=encoding, name=name)


@export("strings.strip")
def strip(input: Any, name: str | None = None) -> Tensor:
    """Strings without white space at their ends."""
    return _strip(input, name=name)


@export("strings.substr")
def substr(input: Any, pos: Any, len: Any, unit: str = "BYTE", name: str | None = None) -> Tensor:
    """`len` bytes (or characters) of each string from `pos` on; negative positions count from the end.

    `pos` and `len` have one shape, which broadcasts against the strings'. InvalidArgumentError for a position outside
    a string.
    """
    return _substr(input, pos, len, unit=unit, name=name)


@export("strings.join")
def string_join(inputs: Sequence[Any], separator: str = "", name: str | None = None) -> Tensor:
    """Joins strings of several tensors element by element; scalars broadcast."""
    return _join(list(inputs), separator=separator, name=name)


@export("strings.reduce_join")
def reduce_join(
    inputs: Any, axis: Any = None, keepdims: bool = False, separator: str = "", name: str | None = None
) -> Tensor:
    """Joins the strings along axes (in the order given; all if None) into one string each."""
    inputs = convert_to_tensor(inputs)
    if axis is None:
        rank = inputs.shape.rank
        # The first axis varies fastest: this is the order of the elements.
        axis = list(range(rank))[::-1] if rank is not None else _range(_sub(rank_of(inputs), 1), -1, -1)
        axis = convert_to_tensor(axis, dtypes.int32)
    return _reduce_join(inputs, axis, keep_dims=keepdims, separator=separator, name=name)


@export("strings.regex_replace")
def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Tensor:
    """Strings with the matches of `pattern` replaced; `\\1` in `rewrite` is what the first group matched.

    The pattern has RE2's syntax. `replace_global=False` replaces the first match only.
    """
    if isinstance(pattern, (str, bytes)) and isinstance(rewrite, (str, bytes)):
        return _static_replace(input, pattern=pattern, rewrite=rewrite, replace_global=replace_global, name=name)
    return _replace(input, pattern, rewrite, replace_global=replace_global, name=name)


@export("strings.regex_full_match")
def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """True for each string that matches `pattern` (in RE2's syntax) as a whole."""
    if isinstance(pattern, (str, bytes)):
        return _static_full_match(input, pattern=pattern, name=name)
    return _full_match(input, pattern, name=name)


@export("strings.to_number")
def to_number(input: Any, out_type: Any = dtypes.float32, name: str | None = None) -> Tensor:
    """The number that each string denotes; InvalidArgumentError if it denotes none of the type `out_type`."""
    return _to_number(input, out_type=out_type, name=name)


@export("compat.v1.string_to_number", "compat.v1.strings.to_number")
def to_number_v1(
    string_tensor: Any = None, out_type: Any = dtypes.float32, name: str | None = None, input: Any = None
) -> Tensor:
    """`tf.strings.to_number` with its old parameters."""
    return to_number(string_tensor if input is None else input, out_type, name)


@export("strings.to_hash_bucket_fast")
def to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """The bucket (int64 below `num_buckets`) of each string, by FarmHash."""
    return _hash_fast(input, num_buckets=num_buckets, name=name)


@export("strings.to_hash_bucket_strong")
def to_hash_bucket_strong(input: Any, num_buckets: int, key: Sequence[int], name: str | None = None) -> Tensor:
    """The bucket of each string, by SipHash with a key of two integers: hard to foresee without the key."""
    return _hash_strong(input, num_buckets=num_buckets, key=key, name=name)


@export("strings.to_hash_bucket")
def to_hash_bucket(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """The bucket of each string, by the hash of TensorFlow's first version."""
    return _hash_legacy(input, num_buckets=num_buckets, name=name)
