"""`tf.strings.unicode_*`: strings as code points and characters, and back."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.strings_split import as_strings, per_string
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import name_scope
from tfshim.tensor import Tensor


def _both(name: str) -> tuple[str, str]:
    return f"strings.{name}", f"compat.v1.strings.{name}"


@export(*_both("unicode_decode"))
def unicode_decode(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    """The code points of strings, in one dimension more: a `tf.RaggedTensor` of int32, or a vector for a scalar.

    Args:
      input: strings, also in a ragged tensor.
      input_encoding: `"UTF-8"`, `"UTF-16-BE"`, or another encoding that Python knows.
      errors: what happens to invalid bytes: `"strict"` raises InvalidArgumentError, `"replace"`, `"ignore"`.
      replacement_char: code point for them.
      replace_control_characters: put it in place of control characters (below 32) too.
      name: of the name scope.
    """
    attrs = _attrs(input_encoding, errors, replacement_char, replace_control_characters)
    with name_scope(name or "UnicodeDecode"):
        return per_string(as_strings(input), lambda x: _rows(*op("UnicodeDecode")(x, **attrs)))


def _attrs(encoding: str, errors: str, replacement: int, controls: bool) -> dict[str, Any]:
    return {
        "input_encoding": encoding,
        "errors": errors,
        "replacement_char": replacement,
        "replace_control_characters": controls,
    }


def _rows(splits: Tensor, values: Tensor) -> Any:
    from tfshim.ragged.tensor import RaggedTensor

    return RaggedTensor.from_row_splits(values, splits, validate=False)


@export(*_both("unicode_decode_with_offsets"))
def unicode_decode_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The code points of strings as `tf.strings.unicode_decode`, and the bytes (int64) at which they start."""
    attrs = _attrs(input_encoding, errors, replacement_char, replace_control_characters)
    with name_scope(name or "UnicodeDecodeWithOffsets"):
        starts: list[Any] = []

        def decode(strings: Any) -> Any:
            splits, codes, offsets = op("UnicodeDecodeWithOffsets")(strings, **attrs)
            starts.append(offsets)
            return _rows(splits, codes)

        codes = per_string(as_strings(input), decode)
        return codes, codes.with_flat_values(starts[0]) if hasattr(codes, "with_flat_values") else starts[0]


@export(*_both("unicode_encode"))
def unicode_encode(
    input: Any,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    name: str | None = None,
) -> Any:
    """Strings of code points, which the innermost dimension of `input` holds.

    Args:
      input: int32 tensor or ragged tensor of rank 1 or more.
      output_encoding: `"UTF-8"`, `"UTF-16-BE"` or `"UTF-32-BE"`.
      errors: what happens to invalid code points: `"strict"` raises InvalidArgumentError, `"replace"`, `"ignore"`.
      replacement_char: code point for them.
      name: of the name scope.
    """
    from tfshim.ragged.tensor import RaggedTensor, is_ragged

    attrs = {"output_encoding": output_encoding, "errors": errors, "replacement_char": replacement_char}
    with name_scope(name or "UnicodeEncode"):
        codes = as_strings(input, dtypes.int32)
        if codes.shape.rank is None:
            raise ValueError("Rank of input_tensor must be statically known.")
        if codes.shape.rank == 0:
            raise ValueError("input_tensor's rank must be at least 1.")
        if is_ragged(codes):
            if codes.values.shape.rank > 1:
                return codes.with_values(unicode_encode(codes.values, output_encoding, errors, replacement_char))
            return op("UnicodeEncode")(codes.values, codes.row_splits, **attrs)
        if codes.shape.rank == 1:
            size = op("Size")(codes, out_type=dtypes.int64)
            splits = op("Pack")([op("ZerosLike")(size), size])
            return op("Reshape")(op("UnicodeEncode")(codes, splits, **attrs), [])
        if codes.shape.rank == 2:
            rows = RaggedTensor.from_tensor(codes)
            return op("UnicodeEncode")(rows.values, rows.row_splits, **attrs)
        shape = op("Shape")(codes)
        flat = op("Reshape")(codes, op("ConcatV2")([[-1], shape[-1:]], 0))
        return op("Reshape")(unicode_encode(flat, output_encoding, errors, replacement_char), shape[:-1])


@export(*_both("unicode_split"))
def unicode_split(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    name: str | None = None,
) -> Any:
    """The characters of strings, each a string of the same encoding, in one dimension more.

    Arguments are those of `tf.strings.unicode_decode`.
    """
    with name_scope(name or "UnicodeSplit"):
        codes = unicode_decode(input, input_encoding, errors, replacement_char)
        return _characters(codes, input_encoding, replacement_char)


def _characters(codes: Any, encoding: str, replacement_char: int) -> Any:
    from tfshim.ragged.tensor import is_ragged

    flat = codes.flat_values if is_ragged(codes) else codes
    single = unicode_encode(op("ExpandDims")(flat, -1), encoding, "replace", replacement_char)
    return codes.with_flat_values(single) if is_ragged(codes) else single


@export(*_both("unicode_split_with_offsets"))
def unicode_split_with_offsets(
    input: Any,
    input_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    name: str | None = None,
) -> tuple[Any, Any]:
    """The characters of strings as `tf.strings.unicode_split`, and the bytes (int64) at which they start."""
    with name_scope(name or "UnicodeSplitWithOffsets"):
        codes, starts = unicode_decode_with_offsets(input, input_encoding, errors, replacement_char)
        return _characters(codes, input_encoding, replacement_char), starts


@export(*_both("unicode_transcode"))
def unicode_transcode(
    input: Any,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 0xFFFD,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Any:
    """Strings in another encoding: `"UTF-8"`, `"UTF-16-BE"` or `"UTF-32-BE"`.

    The other arguments are those of `tf.strings.unicode_decode`.
    """
    return op("UnicodeTranscode")(
        input,
        output_encoding=output_encoding,
        name=name,
        **_attrs(input_encoding, errors, replacement_char, replace_control_characters),
    )


@export(*_both("unicode_script"))
def unicode_script(input: Any, name: str | None = None) -> Tensor:
    """The scripts of code points, by the numbers that ICU gives them; -1 for what is no code point."""
    return op("UnicodeScript")(input, name=name)
