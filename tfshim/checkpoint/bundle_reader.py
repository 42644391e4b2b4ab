"""Reading checkpoint files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np

from tfshim import dtypes, protos
from tfshim.checkpoint import encoding, slice_specs, sorted_table
from tfshim.checkpoint.files import data_file, index_file
from tfshim.dtypes import DType
from tfshim.errors import DataLossError, InternalError, NotFoundError, OutOfRangeError
from tfshim.files import as_op_errors, local
from tfshim.ops.shape_helpers import invalid


class BundleReader:
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

    def read(self, name: str) -> np.ndarray:
        """A whole tensor."""
        entry = self.entry(name)
        if entry.slices:
            return self._assemble(name, entry, slice_specs.full_slice(entry.shape.dim))
        return self._read(entry)

    def read_slice(self, name: str, extents: slice_specs.Slice) -> np.ndarray:
        """A slice of a tensor, whether it was saved as a whole or in slices."""
        entry = self.entry(name)
        if entry.slices:
            return self._assemble(name, entry, extents)
        window = tuple(slice(begin, end) for begin, end in slice_specs.bounds(extents, _shape(entry)))
        return np.ascontiguousarray(self._read(entry)[window])

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

    def _assemble(self, name: str, entry: Any, wanted: slice_specs.Slice) -> np.ndarray:
        """A slice, out of those that were saved."""
        shape = _shape(entry)
        target = slice_specs.bounds(wanted, shape)
        result = np.empty(slice_specs.shape_of(wanted, shape), dtypes.as_dtype(entry.dtype).as_numpy_dtype)
        filled = 0
        known: list[slice_specs.Slice] = []
        for stored in map(slice_specs.from_proto, entry.slices):
            _refuse_overlap(stored, known, shape)
            known.append(stored)
            common = [
                (max(a, c), min(b, d)) for (a, b), (c, d) in zip(slice_specs.bounds(stored, shape), target, strict=True)
            ]
            if any(begin >= end for begin, end in common):
                continue
            part = self._read(self._entry(slice_specs.slice_key(name, stored)))
            source = _window(common, slice_specs.bounds(stored, shape))
            result[_window(common, target)] = part[source]
            filled += int(np.prod([end - begin for begin, end in common], dtype=np.int64))
        if filled < result.size:
            raise invalid(
                f"Does not have sufficient slices for partitioned tensor {name} to restore in slice_spec: "
                f"{slice_specs.slice_text(wanted)}"
            )
        return result


def _shape(entry: Any) -> tuple[int, ...]:
    return tuple(d.size for d in entry.shape.dim)


def _window(part: list[tuple[int, int]], whole: list[tuple[int, int]]) -> tuple[slice, ...]:
    """Where a part lies in what begins at the beginnings of the whole."""
    return tuple(slice(begin - first, end - first) for (begin, end), (first, _) in zip(part, whole, strict=True))


def _refuse_overlap(stored: slice_specs.Slice, known: list[slice_specs.Slice], shape: tuple[int, ...]) -> None:
    own = slice_specs.bounds(stored, shape)
    for other in known:
        if all(a < d and c < b for (a, b), (c, d) in zip(own, slice_specs.bounds(other, shape), strict=True)):
            raise InternalError(
                None,
                None,
                f"Overlapping slices: existing slice = {slice_specs.slice_text(other)}, "
                f"new slice = {slice_specs.slice_text(stored)}",
            )


def exists(prefix: str) -> bool:
    """Whether there is a checkpoint of a prefix."""
    return os.path.exists(index_file(prefix))
