"""Kernels that take `tf.train.Example` protos apart: sparse, dense and ragged features of a batch, or of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfshim import dtypes, protos
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.ops.kernels.array_common import host_array
from tfshim.ops.kernels.strings import each
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, same_shape, shape_text
from tfshim.shapes import TensorShape, from_dims

# By dtype, the field of a Feature, and what errors call it.
_LISTS = {dtypes.float32: "float_list", dtypes.int64: "int64_list", dtypes.string: "bytes_list"}
_TYPES = {"float_list": "float", "int64_list": "int64", "bytes_list": "string"}
_WORDS = {"float": "float", "int64": "int64", "string": "bytes"}


class Place(NamedTuple):
    """Where a feature is, for errors; `kind` says what it is."""

    name: str
    key: bytes
    index: int
    kind: str = "Key"

    def error(self, what: str) -> InvalidArgumentError:
        """The error that says so."""
        key = self.key.decode(errors="replace")
        return invalid(f"Name: {self.name}, {self.kind}: {key}, Index: {self.index}.  {what}")


def values_of(feature: Any, dtype: DType, place: Place) -> np.ndarray | None:
    """The values of a `Feature`; None if it is absent or empty of any kind."""
    kind = None if feature is None else feature.WhichOneof("kind")
    if kind is None:
        return None
    if kind != _LISTS[dtype]:
        raise place.error(
            f"Data types don't match. Data type: {_TYPES[kind]} but expected type: {_TYPES[_LISTS[dtype]]}"
        )
    found = getattr(feature, kind).value
    if dtype is not dtypes.string:
        return np.array(found, dtype.as_numpy_dtype)
    return texts(found)


def texts(values: Iterable[bytes]) -> np.ndarray:
    """Strings as a vector."""
    listed = list(values)
    array = np.empty(len(listed), object)
    array[:] = listed
    return array


def parsed(message: str, data: bytes) -> Any:
    """The message of serialised bytes, of a type of `tfshim.protos`."""
    from google.protobuf.message import DecodeError

    try:
        return getattr(protos, message).FromString(data)
    except DecodeError:
        raise invalid(f"Could not parse example input, value: '{data.decode(errors='replace')}'") from None


def example_names(names: np.ndarray, count: int) -> list[str]:
    """What errors call the examples."""
    given = names.ravel().tolist()
    if given and len(given) != count:
        raise invalid(f"Expected names have the same size as serialized: {len(given)} names for {count} examples")
    return [n.decode() for n in given] if given else ["<unknown>"] * count


def _joined(parts: Sequence[np.ndarray], dtype: DType) -> np.ndarray:
    return np.concatenate(parts) if parts else np.zeros(0, dtype.as_numpy_dtype)


class Features:
    """The features of a batch of examples: for each a mapping from names to `Feature`s, and its own name."""

    def __init__(self, maps: Sequence[Any], names: Sequence[str], single: bool = False):
        self._maps = maps
        self._names = names
        self._single = single

    def _rows(self, key: bytes, dtype: DType) -> list[np.ndarray | None]:
        text = key.decode()
        return [
            values_of(found[text] if text in found else None, dtype, Place(name, key, i))
            for i, (found, name) in enumerate(zip(self._maps, self._names, strict=True))
        ]

    def sparse(self, key: bytes, dtype: DType) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Indices, values and shape of the sparse tensor [examples, values of each]; [values] of a single one."""
        rows = [np.zeros(0, dtype.as_numpy_dtype) if r is None else r for r in self._rows(key, dtype)]
        longest = max(map(len, rows), default=0)
        if self._single:
            return np.arange(longest, dtype=np.int64)[:, None], rows[0], np.array([longest], np.int64)
        indices = [np.stack([np.full(len(r), i), np.arange(len(r))], 1) for i, r in enumerate(rows) if len(r)]
        stacked = np.concatenate(indices).astype(np.int64) if indices else np.zeros((0, 2), np.int64)
        return stacked, _joined(rows, dtype), np.array([len(rows), longest], np.int64)

    def ragged(self, key: bytes, dtype: DType, splits: DType) -> tuple[np.ndarray, np.ndarray]:
        """Values and row splits."""
        rows = [np.zeros(0, dtype.as_numpy_dtype) if r is None else r for r in self._rows(key, dtype)]
        if self._single:
            return rows[0], np.zeros(0, splits.as_numpy_dtype)
        ends = np.cumsum([0, *map(len, rows)])
        return _joined(rows, dtype), ends.astype(splits.as_numpy_dtype)

    def dense(self, key: bytes, shape: Sequence[int | None], default: np.ndarray) -> np.ndarray:
        """The values of one shape; with an unknown first dimension, as many as the longest example has."""
        dtype = dtypes.of(default.dtype)
        rows = self._rows(key, dtype)
        if shape and shape[0] is None:
            filled = self._padded(key, rows, shape[1:], default)
        else:
            filled = self._fixed(key, rows, shape, default)
        return filled[0] if self._single else filled

    def _fixed(self, key: bytes, rows: list[Any], shape: Sequence[Any], default: np.ndarray) -> np.ndarray:
        size = int(np.prod(shape)) if shape else 1
        result = np.empty((len(rows), size), default.dtype)
        kind = _TYPES[_LISTS[dtypes.of(default.dtype)]]
        for i, row in enumerate(rows):
            if row is None:
                if default.size != size:
                    raise invalid(
                        f"Name: {self._names[i]}, Feature: {key.decode()} (data type: {kind}) is required but could "
                        "not be found."
                    )
                row = default.ravel()
            elif len(row) != size:
                raise Place(self._names[i], key, i).error(
                    f"Number of {kind} values != expected.  values size: {len(row)} but output shape: "
                    f"{shape_text(tuple(shape))}"
                )
            result[i] = row
        return result.reshape((len(rows), *shape))

    def _padded(self, key: bytes, rows: list[Any], inner: Sequence[Any], default: np.ndarray) -> np.ndarray:
        stride = int(np.prod(inner)) if inner else 1
        longest = max((0 if r is None else len(r) for r in rows), default=0)
        longest = -(-longest // stride) * stride if stride else 0
        padding = default.ravel()[0] if default.size else b"" if default.dtype == object else 0
        result = np.full((len(rows), longest), padding, default.dtype)
        kind = _TYPES[_LISTS[dtypes.of(default.dtype)]]
        for i, row in enumerate(rows):
            if row is None:
                continue
            if stride and len(row) % stride:
                raise Place(self._names[i], key, i).error(
                    f"Number of {_WORDS[kind]} values is not a multiple of stride length. Saw {len(row)} values but "
                    f"output shape is: {shape_text((None, *inner))}"
                )
            result[i, : len(row)] = row
        return result.reshape((len(rows), longest // stride if stride else 0, *inner))


def _features(serialized: np.ndarray, names: np.ndarray) -> Features:
    if serialized.ndim > 1:
        raise invalid(f"Input serialized must be a scalar or a vector, got shape {list(serialized.shape)}")
    data = serialized.ravel().tolist()
    maps = [parsed("Example", text).features.feature for text in data]
    return Features(maps, example_names(names, len(data)), single=not serialized.ndim)


def _outputs(found: Features, sparse: Any, dense: Any, ragged: Any = ()) -> tuple[np.ndarray, ...]:
    """All outputs in the order of the op: the parts of sparse tensors by kind, dense ones, ragged ones by kind."""
    parts = [found.sparse(*s) for s in sparse]
    values = [found.dense(*d) for d in dense]
    rows = [found.ragged(*r) for r in ragged]
    return (
        *(p[i] for i in range(3) for p in parts),
        *values,
        *(r[i] for i in range(2) for r in rows),
    )


@kernel("ParseExampleV2", host=True)
def parse_example(
    serialized,
    names,
    sparse_keys,
    dense_keys,
    ragged_keys,
    dense_defaults,
    *,
    sparse_types,
    ragged_value_types,
    ragged_split_types,
    dense_shapes,
):
    return _outputs(
        _features(serialized, names),
        zip(sparse_keys.tolist(), sparse_types, strict=True),
        zip(dense_keys.tolist(), dense_shapes, dense_defaults, strict=True),
        zip(ragged_keys.tolist(), ragged_value_types, ragged_split_types, strict=True),
    )


@kernel("ParseExample", host=True)
def parse_example_v1(serialized, names, sparse_keys, dense_keys, dense_defaults, *, sparse_types, dense_shapes):
    if serialized.ndim != 1:
        raise invalid(f"Expected serialized to be a vector, got shape: {list(serialized.shape)}")
    return _outputs(
        _features(serialized, names),
        zip([k.item() for k in sparse_keys], sparse_types, strict=True),
        zip([k.item() for k in dense_keys], dense_shapes, dense_defaults, strict=True),
    )


@kernel("ParseSingleExample", host=True)
def parse_single_example(serialized, dense_defaults, *, sparse_keys, dense_keys, sparse_types, dense_shapes):
    if serialized.ndim:
        raise invalid(f"Expected serialized to be a scalar, got shape: {list(serialized.shape)}")
    return _outputs(
        _features(serialized, texts([])),
        zip(map(as_bytes, sparse_keys), sparse_types, strict=True),
        zip(map(as_bytes, dense_keys), dense_shapes, dense_defaults, strict=True),
    )


def as_bytes(text: Any) -> bytes:
    """An attribute's text as bytes."""
    return text.encode() if isinstance(text, str) else text


@kernel("DecodeJSONExample", host=True)
def decode_json_example(json_examples):
    from google.protobuf import json_format

    def convert(text: bytes) -> bytes:
        try:
            found = json_format.Parse(text, protos.Example(), ignore_unknown_fields=False)  # type: ignore[attr-defined]
        except json_format.ParseError as error:
            raise invalid(f"Error while parsing JSON: {error}") from None
        return found.SerializeToString(deterministic=True)

    return host_array(each(convert, json_examples))


same_shape("DecodeJSONExample")


# Static shapes ---------------------------------------------------------------------------------------------


def dense_shape(batch: TensorShape, shape: Any) -> TensorShape:
    """The static shape of a dense feature."""
    return from_dims(None) if batch.rank is None else batch.concatenate(from_dims(shape))


def _static(op: Any, batch: TensorShape) -> list[TensorShape]:
    rank = None if batch.rank is None else batch.rank + 1
    sparse, ragged = (len(op.attr(a) or ()) for a in ("sparse_types", "ragged_value_types"))
    rows = None if not batch.rank or batch._dims[0] is None else batch._dims[0] + 1
    return [
        *[from_dims((None, rank))] * sparse,
        *[from_dims((None,))] * sparse,
        *[from_dims((rank,))] * sparse,
        *(dense_shape(batch, s) for s in op.attr("dense_shapes")),
        *[from_dims((None,))] * ragged,
        *[from_dims((rows,))] * ragged,
    ]


@shape_function("ParseExampleV2", "ParseExample")
def _(op):
    return _static(op, op.shape(0))


@shape_function("ParseSingleExample")
def _(op):
    return _static(op, from_dims(()))
