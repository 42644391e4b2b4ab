"""`tf.io`: files as strings, and strings as numbers, tensors and columns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import name_scope
from tfshim.tensor import Tensor

# Files -----------------------------------------------------------------------------------------------------


@export("io.read_file", "compat.v1.io.read_file", "compat.v1.read_file")
def read_file(filename: Any, name: str | None = None) -> Tensor:
    """The content of a file as a string; NotFoundError if there is none."""
    return op("ReadFile")(filename, name=name)


@export("io.write_file", "compat.v1.io.write_file", "compat.v1.write_file")
def write_file(filename: Any, contents: Any, name: str | None = None) -> Any:
    """Writes a string to a file, and makes the directories around it; the operation in a graph, else None."""
    from tfshim.context import context

    op("WriteFile")(filename, contents, name=name)
    return None if context.graph is None else context.graph.get_operations()[-1]


@export("io.matching_files", "compat.v1.io.matching_files", "compat.v1.matching_files")
def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """Paths of files that match a pattern, or one of several, sorted."""
    return op("MatchingFiles")(pattern, name=name)


@export("io.match_filenames_once", "compat.v1.io.match_filenames_once", "compat.v1.train.match_filenames_once")
def match_filenames_once(pattern: Any, name: str | None = None) -> Any:
    """A variable with the paths that match a pattern when it is initialised."""
    from tfshim.v1.variable_creation import create_variable

    with name_scope(name or "matching_filenames"):
        return create_variable(
            initial_value=matching_files(pattern),
            name="matching_filenames",
            trainable=False,
            validate_shape=False,
            collections=["local_variables"],
        )


@export("io.write_graph", "compat.v1.io.write_graph", "train.write_graph", "compat.v1.train.write_graph")
def write_graph(graph_or_graph_def: Any, logdir: Any, name: str, as_text: bool = True) -> str:
    """Writes a graph or `GraphDef` to the file `name` in `logdir`, which is made; returns its path.

    Args:
      graph_or_graph_def: a `tf.Graph` or a `GraphDef`.
      logdir: directory.
      name: of the file.
      as_text: as text, else as binary proto.
    """
    from google.protobuf import text_format

    from tfshim.api import gfile
    from tfshim.graph import Graph

    proto = graph_or_graph_def.as_graph_def() if isinstance(graph_or_graph_def, Graph) else graph_or_graph_def
    gfile.makedirs(logdir)
    path = os.path.join(os.fspath(logdir), name)
    data = text_format.MessageToString(proto).encode() if as_text else proto.SerializeToString(deterministic=True)
    with gfile.GFile(path, "wb") as file:
        file.write(data)
    return path


# Codecs ----------------------------------------------------------------------------------------------------


@export("io.decode_raw")
def decode_raw(
    input_bytes: Any, out_type: Any, little_endian: bool = True, fixed_length: Any = None, name: str | None = None
) -> Tensor:
    """The bytes of strings of one length as numbers: shape `[*input.shape, numbers per string]`.

    Args:
      input_bytes: strings.
      out_type: dtype of the numbers.
      little_endian: how their bytes are ordered.
      fixed_length: strings are cut, or filled up with zeros, to so many bytes.
      name: of the node.

    Raises:
      InvalidArgumentError: strings of different lengths, or of one that numbers do not fill.
    """
    if fixed_length is not None:
        return op("DecodePaddedRaw")(
            input_bytes, fixed_length, out_type=out_type, little_endian=little_endian, name=name
        )
    return op("DecodeRaw")(input_bytes, out_type=out_type, little_endian=little_endian, name=name)


@export("io.decode_compressed", "compat.v1.io.decode_compressed", "compat.v1.decode_compressed")
def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """Strings uncompressed; `compression_type` is `"ZLIB"`, `"GZIP"` or `""`."""
    return op("DecodeCompressed")(bytes, compression_type=compression_type, name=name)


@export("io.encode_base64", "compat.v1.io.encode_base64", "compat.v1.encode_base64")
def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Strings in base64 for URLs; `pad`: filled up by `=` to a multiple of four characters."""
    return op("EncodeBase64")(input, pad=pad, name=name)


@export("io.decode_base64", "compat.v1.io.decode_base64", "compat.v1.decode_base64")
def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """The strings behind base64 for URLs; InvalidArgumentError for other characters."""
    return op("DecodeBase64")(input, name=name)


@export("io.serialize_tensor", "compat.v1.io.serialize_tensor", "compat.v1.serialize_tensor")
def serialize_tensor(tensor: Any, name: str | None = None) -> Tensor:
    """A tensor as a serialised `TensorProto`."""
    return op("SerializeTensor")(tensor, name=name)


@export("io.parse_tensor", "compat.v1.io.parse_tensor", "compat.v1.parse_tensor")
def parse_tensor(serialized: Any, out_type: Any, name: str | None = None) -> Tensor:
    """The tensor of a serialised `TensorProto`; InvalidArgumentError if it is not of dtype `out_type`."""
    return op("ParseTensor")(serialized, out_type=out_type, name=name)


@export("io.decode_json_example", "compat.v1.io.decode_json_example", "compat.v1.decode_json_example")
def decode_json_example(json_examples: Any, name: str | None = None) -> Tensor:
    """`tf.train.Example`s in JSON as serialised protos, which `tf.io.parse_example` takes."""
    return op("DecodeJSONExample")(json_examples, name=name)


@export("io.decode_csv")
def decode_csv(
    records: Any,
    record_defaults: Sequence[Any],
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    select_cols: Sequence[int] | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """Lines of text as a list of columns, each of the shape of `records`.

    Args:
      records: strings, one line each.
      record_defaults: for each column a tensor of its dtype (float32, float64, int32, int64, string): its value where a
        field is empty, or no element if there must be one.
      field_delim: the character between fields.
      use_quote_delim: fields may be quoted, and then hold delimiters.
      na_value: text that counts as empty as well.
      select_cols: the columns to take, in rising order; all if None.
      name: of the node.

    Raises:
      ValueError: defaults of a wrong rank or dtype, or columns out of order.
      InvalidArgumentError: lines that do not fit.
    """
    if select_cols is not None and any(b <= a for a, b in zip(select_cols, select_cols[1:], strict=False)):
        raise ValueError("select_cols is not strictly increasing.")
    if select_cols is not None and len(select_cols) and select_cols[0] < 0:
        raise ValueError("select_cols contains negative values.")
    if select_cols is not None and len(select_cols) != len(record_defaults):
        raise ValueError("Length of select_cols and record_defaults do not match.")
    return op("DecodeCSV")(
        records,
        list(record_defaults),
        field_delim=field_delim,
        use_quote_delim=use_quote_delim,
        na_value=na_value,
        select_cols=() if select_cols is None else tuple(select_cols),
        name=name,
    )


@export("compat.v1.io.decode_csv", "compat.v1.decode_csv")
def decode_csv_v1(
    records: Any,
    record_defaults: Sequence[Any],
    field_delim: str = ",",
    use_quote_delim: bool = True,
    name: str | None = None,
    na_value: str = "",
    select_cols: Sequence[int] | None = None,
) -> list[Tensor]:
    """`tf.io.decode_csv` with the order of arguments of TensorFlow 1."""
    return decode_csv(records, record_defaults, field_delim, use_quote_delim, na_value, select_cols, name)
