"""Writing checkpoint files: `PREFIX.index` and `PREFIX.data-00000-of-00001`.

Both are written under other names and renamed at the end, so that a write that fails leaves the old files whole.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import protos
from tfshim.checkpoint import encoding, slice_specs, sorted_table
from tfshim.checkpoint.bundle_reader import BundleReader
from tfshim.checkpoint.files import data_file, index_file
from tfshim.dtypes import DType
from tfshim.files import as_op_errors, local
from tfshim.ops.shape_helpers import invalid
from tfshim.protos.convert import shape_to_proto

_HEADER_KEY = b""


class BundleWriter:
    """Writes one checkpoint of one shard; use it in a `with`, whose normal end completes the files."""

    def __init__(self, prefix: str):
        self._prefix = local(prefix)
        self._entries: dict[bytes, Any] = {}
        self._mark = f".tempstate{uuid.uuid4().hex}"
        self._size = 0

    def __enter__(self) -> BundleWriter:
        folder = os.path.dirname(self._prefix)
        with as_op_errors(folder):
            # It is made, but not the one that it would be in.
            if folder and not os.path.exists(folder):
                os.mkdir(folder)
            self._file = open(data_file(self._prefix, 0, 1) + self._mark, "wb")
        return self

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        data, index = data_file(self._prefix, 0, 1), index_file(self._prefix)
        try:
            self._file.close()
            if kind is None:
                with as_op_errors(self._prefix):
                    _write_index(index + self._mark, 1, self._entries)
                    # The index last: what it says is there then.
                    os.replace(data + self._mark, data)
                    os.replace(index + self._mark, index)
        finally:
            for path in (data + self._mark, index + self._mark):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(path)

    def add(self, name: str, array: np.ndarray, dtype: DType) -> None:
        """Adds a whole tensor; InvalidArgumentError if the name is taken."""
        self._add(name.encode(), array, dtype)

    def add_slice(
        self, name: str, full_shape: Sequence[int], extents: slice_specs.Slice, array: np.ndarray, dtype: DType
    ) -> None:
        """Adds a slice of a tensor of a shape."""
        if slice_specs.shape_of(extents, full_shape) == tuple(full_shape):
            self.add(name, array, dtype)
            return
        whole = self._entries.get(name.encode())
        if whole is None:
            whole = self._entries[name.encode()] = _new_entry(dtype, full_shape)
        elif list(full_shape) != [d.size for d in whole.shape.dim] or whole.dtype != dtype.as_datatype_enum:
            raise invalid(f"The slices of {name} differ in the shape or the dtype of the whole")
        whole.slices.append(slice_specs.to_proto(extents))
        self._add(slice_specs.slice_key(name, extents), array, dtype)

    def _add(self, key: bytes, array: np.ndarray, dtype: DType) -> None:
        if key == _HEADER_KEY or key in self._entries:
            raise invalid(f"Adding duplicate key: {key.decode(errors='replace')}")
        data, checksum = encoding.encode(array, dtype)
        entry = _new_entry(dtype, array.shape)
        entry.offset, entry.size, entry.crc32c = self._size, len(data), checksum
        with as_op_errors(self._prefix):
            self._file.write(data)
        self._entries[key] = entry
        self._size += len(data)


def _new_entry(dtype: DType, shape: Sequence[int]) -> Any:
    return protos.BundleEntryProto(dtype=dtype.as_datatype_enum, shape=shape_to_proto(tuple(shape)))


def _write_index(path: str, shards: int, entries: dict[bytes, Any]) -> None:
    header = protos.BundleHeaderProto(num_shards=shards, version=protos.VersionDef(producer=1))
    rows = ((key, entries[key].SerializeToString(deterministic=True)) for key in sorted(entries))
    with open(path, "wb") as file:
        sorted_table.write_table(file, _with_header(header.SerializeToString(), rows))


def _with_header(header: bytes, rows: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    yield _HEADER_KEY, header
    yield from rows


def merge(prefixes: Sequence[str], destination: str, delete_old_dirs: bool, allow_missing_files: bool) -> None:
    """Makes one checkpoint of several, whose data files become its shards."""
    merged: dict[bytes, Any] = {}
    sources: list[str] = []
    found: list[str] = []
    destination = local(destination)
    for prefix in map(local, prefixes):
        if not os.path.exists(index_file(prefix)):
            if allow_missing_files:
                continue
            raise invalid(
                f"allow_missing_files was set to false and {prefix} did not exist. NOT_FOUND: {prefix} not found"
            )
        found.append(prefix)
        reader = BundleReader(prefix)
        for key, entry in reader.entries():
            entry.shard_id += len(sources)
            known = merged.setdefault(key, entry)
            if known is not entry:
                if not (known.slices and entry.slices):
                    name = key.decode(errors="replace")
                    raise invalid(f"Duplicate tensor keyed by {name} encountered, when merging prefix: {prefix}")
                known.slices.extend(entry.slices)
        sources += [data_file(prefix, i, reader.num_shards) for i in range(reader.num_shards)]
    if not found:
        raise invalid(f"none of the checkpoints to merge exists: {list(prefixes)}")
    mark = f".tempstate{uuid.uuid4().hex}"
    with as_op_errors(destination):
        os.makedirs(os.path.dirname(destination) or ".", exist_ok=True)
        for i, source in enumerate(sources):
            os.replace(source, data_file(destination, i, len(sources)))
        _write_index(index_file(destination) + mark, len(sources), merged)
        os.replace(index_file(destination) + mark, index_file(destination))
        for prefix in found:
            os.remove(index_file(prefix))
        if delete_old_dirs:
            for folder in {os.path.dirname(p) for p in found} - {os.path.dirname(destination)}:
                with contextlib.suppress(OSError):  # not empty, or gone
                    os.rmdir(folder)
