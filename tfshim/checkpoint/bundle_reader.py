"""Reading checkpoint files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np

from tfshim import dtypes, protos
from tfshim.checkpoint import encoding, slice_specs, sorted_table
from tfshim.checkpoint.files import data_file, index_file
from tfshim.checkpoint.stored_tensors import StoredTensors
from tfshim.dtypes import DType
from tfshim.errors import DataLossError, NotFoundError, OutOfRangeError
from tfshim.files import as_op_errors, local


class BundleReader(StoredTensors):
    """The checkpoint of a prefix. Its index is read at once, tensors when they are asked for.

    Raises:
      NotFoundError: there is no such checkpoint.
      DataLossError: the index is damaged.
    """

    def __init__(self, prefix: str):
        self.prefix = prefix = local(prefix)
        try:
            with open(index_file(prefix), "rb") as file:
                content = file.read()
        except OSError:
            text = f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {prefix}"
            raise NotFoundError(None, None, text) from None
        # Entries are parsed when they are needed: of a large checkpoint, few may be.
        self._rows = dict(sorted_table.read_table(content))
        if b"" not in self._rows:
            raise DataLossError(None, None, f"Unable to read file ({index_file(prefix)}): it has no header entry")
        header = protos.BundleHeaderProto.FromString(self._rows.pop(b""))
        if header.endianness != protos.BundleHeaderProto.LITTLE:
            raise DataLossError(None, None, f"{prefix} was written with the other order of bytes")
        self.num_shards: int = header.num_shards
        self._open: dict[int, BinaryIO] | None = None

    def __contains__(self, name: str) -> bool:
        return name.encode() in self._rows

    def entries(self) -> Iterator[tuple[bytes, Any]]:
        """The keys and entries of the index, those of slices included."""
        for key, row in self._rows.items():
            yield key, protos.BundleEntryProto.FromString(row)

    @cached_property
    def names(self) -> list[str]:
        """The names of the tensors, sorted."""
        # Keys of slices begin with a zero byte.
        return [key.decode() for key in self._rows if not key.startswith(b"\0")]

    def entry(self, name: str) -> Any:
        """The entry of a tensor; NotFoundError if there is none of this name."""
        return self._entry(name.encode())

    def _entry(self, key: bytes) -> Any:
        row = self._rows.get(key)
        if row is None:
            raise NotFoundError(None, None, f"Key {key.decode(errors='replace')} not found in checkpoint")
        return protos.BundleEntryProto.FromString(row)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor."""
        return _shape(self.entry(name))

    def dtype(self, name: str) -> DType:
        """The dtype of a tensor."""
        return dtypes.as_dtype(self.entry(name).dtype)

    def slices(self, name: str) -> list[slice_specs.Slice]:
        """The slices in which a tensor was stored; none if it was stored as a whole."""
        return [slice_specs.from_proto(proto) for proto in self.entry(name).slices]

    def _stored(self, name: str, extents: slice_specs.Slice | None) -> np.ndarray:
        return self._read(self.entry(name) if extents is None else self._entry(slice_specs.slice_key(name, extents)))

    @contextlib.contextmanager
    def open_files(self) -> Iterator[None]:
        """Within the scope, data files stay open between reads."""
        self._open = {}
        try:
            yield
        finally:
            for file in self._open.values():
                file.close()
            self._open = None

    @contextlib.contextmanager
    def _data_file(self, shard: int) -> Iterator[BinaryIO]:
        path = data_file(self.prefix, shard, self.num_shards)
        with as_op_errors(path):
            if self._open is None:
                with open(path, "rb") as file:
                    yield file
                return
            if shard not in self._open:
                self._open[shard] = open(path, "rb")
            yield self._open[shard]

    def _read(self, entry: Any) -> np.ndarray:
        dtype = dtypes.as_dtype(entry.dtype)
        with self._data_file(entry.shard_id) as file:
            file.seek(entry.offset)
            data = np.fromfile(file, np.uint8, entry.size)
        if data.size < entry.size:
            raise OutOfRangeError(None, None, "Read less bytes than requested")
        where = f"TensorBundle at {self.prefix} shard {entry.shard_id} ({entry.size} bytes)"
        return encoding.decode(data, entry.crc32c, dtype, _shape(entry), where)


def _shape(entry: Any) -> tuple[int, ...]:
    return tuple(d.size for d in entry.shape.dim)
