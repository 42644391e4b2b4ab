"""The older format of checkpoints (`SaverDef.V1`): one file, a sorted table of slices.

Its first row says which tensors there are, in which slices; a row for each slice has its elements as a `TensorProto`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from tfshim import dtypes, protos
from tfshim.checkpoint import slice_specs, sorted_table
from tfshim.checkpoint.bundle_reader import BundleReader
from tfshim.checkpoint.files import index_file
from tfshim.checkpoint.slice_specs import Slice
from tfshim.checkpoint.stored_tensors import StoredTensors
from tfshim.dtypes import DType
from tfshim.errors import DataLossError, NotFoundError, UnimplementedError
from tfshim.files import as_op_errors, local, read
from tfshim.ops.shape_helpers import invalid
from tfshim.protos.convert import append_elements, make_ndarray, shape_to_proto

# Those of the format's time.
_DTYPES = (
    "float32 float64 int32 uint8 int16 int8 string complex64 int64 bool qint8 quint8 qint32 uint16 complex128 float16"
).split()


def open_checkpoint(path: str) -> StoredTensors:
    """The tensors of a checkpoint of either format; NotFoundError if there is none."""
    prefix = local(path)
    if not os.path.exists(index_file(prefix)):
        if os.path.isdir(prefix):
            raise DataLossError(None, None, f"Unable to open table file {prefix}: it is a directory")
        if os.path.exists(prefix):
            return OldReader(prefix)
    return BundleReader(prefix)


class OldReader(StoredTensors):
    """A checkpoint of the older format. Raises DataLossError if the file is damaged."""

    def __init__(self, path: str):
        self.prefix = local(path)
        if not os.path.isfile(self.prefix):
            text = f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {path}"
            raise NotFoundError(None, None, text)
        rows = dict(sorted_table.read_table(read(path)))
        if b"" not in rows:
            raise DataLossError(None, None, f"{path} does not say what it holds")
        self._meta = {t.name: t for t in protos.SavedTensorSlices.FromString(rows.pop(b"")).meta.tensor}
        self._rows = rows

    def __contains__(self, name: str) -> bool:
        return name in self._meta

    @cached_property
    def names(self) -> list[str]:
        """The names of the tensors, sorted."""
        return sorted(self._meta)

    def _tensor(self, name: str) -> Any:
        if name not in self._meta:
            raise NotFoundError(None, None, f'Tensor name "{name}" not found in checkpoint files {self.prefix}')
        return self._meta[name]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor."""
        return tuple(d.size for d in self._tensor(name).shape.dim)

    def dtype(self, name: str) -> DType:
        """The dtype of a tensor."""
        return dtypes.as_dtype(self._tensor(name).type)

    def slices(self, name: str) -> list[Slice]:
        """The slices in which a tensor was stored."""
        return [slice_specs.from_proto(proto) for proto in self._tensor(name).slice]

    def _stored(self, name: str, extents: Slice | None) -> np.ndarray:
        shape = self.shape(name)
        extents = slice_specs.full_slice(shape) if extents is None else extents
        row = self._rows.get(slice_specs.slice_key(name, extents))
        if row is None:
            raise DataLossError(None, None, f"{self.prefix} lacks a slice of {name}")
        proto = protos.SavedTensorSlices.FromString(row).data.data
        proto.dtype = self._tensor(name).type
        proto.tensor_shape.CopyFrom(shape_to_proto(slice_specs.shape_of(extents, shape)))
        return make_ndarray(proto)


def write(path: str, rows: Sequence[tuple[str, str, np.ndarray, DType]]) -> None:
    """Writes tensors (name, slice specification, elements, dtype) to one file; a failure leaves the old one whole."""
    meta = protos.SavedTensorSlices()
    meta.meta.versions.producer = 1
    tensors: dict[str, Any] = {}
    table: dict[bytes, bytes] = {}
    for name, spec, array, dtype in rows:
        if dtype.name not in _DTYPES:
            raise UnimplementedError(None, None, f"Saving data type {dtype.name} not yet supported")
        shape, extents = slice_specs.parse_spec(spec) if spec else (array.shape, slice_specs.full_slice(array.shape))
        if slice_specs.shape_of(extents, shape) != array.shape:
            raise invalid(f"Slice in shape_and_slice specification does not match the shape of the tensor: {spec}")
        key = slice_specs.slice_key(name, extents)
        if key in table:
            raise invalid(f"Adding duplicate key: {name}")
        if name not in tensors:
            tensors[name] = meta.meta.tensor.add(name=name, type=dtype.as_datatype_enum, shape=shape_to_proto(shape))
        tensors[name].slice.append(slice_specs.to_proto(extents))
        row = protos.SavedTensorSlices()
        row.data.name = name
        row.data.slice.CopyFrom(slice_specs.to_proto(extents))
        append_elements(row.data.data, array.ravel(), dtype)
        table[key] = row.SerializeToString(deterministic=True)
    table[b""] = meta.SerializeToString(deterministic=True)
    target = local(path)
    temporary = f"{target}.tempstate{uuid.uuid4().hex}"
    with as_op_errors(target):
        try:
            with open(temporary, "wb") as file:
                sorted_table.write_table(file, sorted(table.items()))
            os.replace(temporary, target)
        finally:
            if os.path.exists(temporary):
                os.remove(temporary)
