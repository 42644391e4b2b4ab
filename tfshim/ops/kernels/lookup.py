"""Kernels of hash tables. A handle refers to a `Table`: a cell that holds a dictionary."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from tfshim import buffers, dtypes
from tfshim.dtypes import DType
from tfshim.errors import FailedPreconditionError, NotFoundError, UnimplementedError
from tfshim.ops.kernels.strings_hash import hash64
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid, shape_text

LINE_NUMBER, WHOLE_LINE = -1, -2


class Table(buffers.Cell):
    """What the handle of a table refers to.

    Keys are Python values. So are the values of a table, or rows (arrays) where they have a shape.
    """

    __slots__ = ("entries", "key_dtype", "row_shape", "value_dtype")

    def __init__(self, name: str, key_dtype: DType, value_dtype: DType, row_shape: tuple[int, ...] = ()):
        super().__init__(name, dtypes.resource, SCALAR)
        self.entries: dict[Any, Any] = {}
        self.key_dtype = key_dtype
        self.value_dtype = value_dtype
        self.row_shape = row_shape

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        """The value for each key: `default`, or its row for that key, if there is none."""
        flat = keys_of(keys)
        shape = (*keys.shape, *self.row_shape)
        same = default.shape == self.row_shape
        missing = itertools.repeat(default if default.shape else default[()]) if same else self._rows(default, shape)
        found = np.empty((len(flat), *self.row_shape), self.value_dtype.as_numpy_dtype)
        for i, (key, instead) in enumerate(zip(flat, missing, strict=False)):
            found[i] = self.entries.get(key, instead)
        return found.reshape(shape)

    def _rows(self, default: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        if default.shape != shape:
            raise invalid(
                f"Expected shape {shape_text(self.row_shape)} or {shape_text(shape)} for default value, got "
                f"{shape_text(default.shape)}"
            )
        return default.reshape(-1, *self.row_shape)

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Sets the values of keys."""
        self._check(keys, values)
        self.entries.update(zip(keys_of(keys), self.rows_of(values), strict=True))

    def _check(self, keys: np.ndarray, values: np.ndarray) -> None:
        expected = (*keys.shape, *self.row_shape)
        if values.shape != expected:
            raise invalid(f"Expected shape {shape_text(expected)} for value, got {shape_text(values.shape)}")

    def rows_of(self, values: np.ndarray) -> Iterable[Any]:
        """The values, one for each key."""
        return np.array(values).reshape(-1, *self.row_shape) if self.row_shape else values.ravel().tolist()

    def remove(self, keys: np.ndarray) -> None:
        """Drops keys, if they are there."""
        for key in keys_of(keys):
            self.entries.pop(key, None)

    def replace(self, keys: np.ndarray, values: np.ndarray) -> None:
        """Drops everything, then inserts."""
        self._check(keys, values)
        self.entries = {}
        self.insert(keys, values)

    def export(self) -> tuple[np.ndarray, np.ndarray]:
        """All keys and values."""
        keys = np.empty(len(self.entries), self.key_dtype.as_numpy_dtype)
        values = np.empty((len(self.entries), *self.row_shape), self.value_dtype.as_numpy_dtype)
        for i, (key, value) in enumerate(self.entries.items()):
            keys[i], values[i] = key, value
        return keys, values

    def size(self) -> int:
        """The number of keys."""
        return len(self.entries)


def keys_of(array: np.ndarray) -> list[Any]:
    """Keys as Python values."""
    return array.ravel().tolist()


class StaticTable(Table):
    """A table that is filled once."""

    __slots__ = ("initialized",)

    def __init__(self, name: str, key_dtype: DType, value_dtype: DType):
        super().__init__(name, key_dtype, value_dtype)
        self.initialized = False

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        self._require()
        if default.shape:
            raise invalid(f"Default value must be a scalar, got shape {shape_text(default.shape)}")
        return super().find(keys, default)

    def _require(self) -> None:
        if not self.initialized:
            raise FailedPreconditionError(None, None, "Table not initialized.")

    def replace(self, keys: np.ndarray, values: np.ndarray) -> None:
        self._check(keys, values)
        self.fill(zip(keys_of(keys), self.rows_of(values), strict=True))

    def fill(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Sets all entries; a second time changes nothing. FailedPreconditionError for a key with two values."""
        if self.initialized:
            return
        entries: dict[Any, Any] = {}
        for key, value in pairs:
            if entries.setdefault(key, value) != value:
                raise FailedPreconditionError(
                    None,
                    None,
                    f"HashTable has different value for same key. Key {_shown(key)} has {_shown(entries[key])} and "
                    f"trying to add value {_shown(value)}",
                )
        self.entries = entries
        self.initialized = True

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        raise _read_only("insert")

    def remove(self, keys: np.ndarray) -> None:
        raise _read_only("remove")


def _shown(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _read_only(what: str) -> Exception:
    return UnimplementedError(None, None, f"{what} not supported by HashTable implementations")


class DenseTable(Table):
    """A table with two keys that mark free places and may not be used.

    TensorFlow's is an array of buckets, which grows. What is exported, to checkpoints too, are all its buckets.
    """

    __slots__ = ("buckets", "deleted", "empty", "key_shape", "load")

    def __init__(self, name, key_dtype, value_dtype, row_shape, empty: np.ndarray, deleted: np.ndarray, buckets, load):
        super().__init__(name, key_dtype, value_dtype, row_shape)
        self.key_shape = empty.shape
        self.buckets = buckets
        self.load = load
        self.empty, self.deleted = (self._keys(k)[0] for k in (empty, deleted))
        if self.empty == self.deleted:
            raise invalid("Empty and deleted keys cannot be equal")

    def _keys(self, array: np.ndarray) -> list[Any]:
        if not self.key_shape:
            return keys_of(array)
        return [tuple(r.ravel().tolist()) for r in array.reshape(-1, *self.key_shape)]

    def _check_ends(self, keys: np.ndarray) -> None:
        if keys.shape[max(keys.ndim - len(self.key_shape), 0) :] != self.key_shape:
            raise invalid(
                f"Input key shape {shape_text(keys.shape)} must end with the table's key shape "
                f"{shape_text(self.key_shape)}"
            )

    def _checked(self, array: np.ndarray) -> list[Any]:
        expected = (*array.shape[:1], *self.key_shape)
        if array.size != math.prod(expected):
            raise invalid(f"Expected key shape {shape_text(expected)} got {shape_text(array.shape)}")
        keys = self._keys(array)
        for reserved, what in ((self.empty, "empty_key"), (self.deleted, "deleted_key")):
            if reserved in keys:
                raise invalid(f"Using the {what} as a table key is not allowed")
        return keys

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        self._check_ends(keys)
        flat = self._checked(keys)
        found = np.empty((len(flat), *self.row_shape), self.value_dtype.as_numpy_dtype)
        for i, key in enumerate(flat):
            found[i] = self.entries.get(key, default if default.shape else default[()])
        return found.reshape((*keys.shape[: keys.ndim - len(self.key_shape)], *self.row_shape))

    def insert(self, keys: np.ndarray, values: np.ndarray) -> None:
        self._check_ends(keys)
        self._check_rows(keys, values)
        flat = self._checked(keys)
        while len(self.entries) + len(flat) > self.buckets * self.load:
            self.buckets *= 2
        self.entries.update(zip(flat, self.rows_of(values), strict=True))

    def _check_rows(self, keys: np.ndarray, values: np.ndarray) -> None:
        expected = (*keys.shape[: keys.ndim - len(self.key_shape)], *self.row_shape)
        if values.shape != expected:
            raise invalid(f"Expected shape {shape_text(expected)} for value, got {shape_text(values.shape)}")

    def remove(self, keys: np.ndarray) -> None:
        self._check_ends(keys)
        for key in self._checked(keys):
            self.entries.pop(key, None)

    def replace(self, keys: np.ndarray, values: np.ndarray) -> None:
        # All buckets, free ones included, of keys and values with one dimension at least.
        count = len(keys)
        keys, values = keys.reshape(count, *self.key_shape), values.reshape(count, *self.row_shape)
        self._check_rows(keys, values)
        pairs = zip(self._keys(keys), self.rows_of(values), strict=True)
        self.entries = {k: v for k, v in pairs if k not in (self.empty, self.deleted)}
        self.buckets = count

    def export(self) -> tuple[np.ndarray, np.ndarray]:
        width = int(np.prod(self.key_shape))
        keys = np.full((self.buckets, width), self.empty, self.key_dtype.as_numpy_dtype)
        values = np.zeros((self.buckets, *(self.row_shape or (1,))), self.value_dtype.as_numpy_dtype)
        if self.value_dtype is dtypes.string:
            values.fill(b"")
        taken: set[int] = set()
        for key, value in self.entries.items():
            place, probes = _dense_hash(key) % self.buckets, 0
            while place in taken:
                probes += 1
                place = (place + probes) % self.buckets
            taken.add(place)
            keys[place], values[place] = key, value
        return keys.reshape(self.buckets, *(self.key_shape or (1,))), values


def _dense_hash(key: Any) -> int:
    """Where the search for a key begins."""
    if isinstance(key, tuple):
        result = 0
        for part in key:
            combined = _dense_hash(part) + 0x9E3779B97F4A7800 + (result << 10) + (result >> 4)
            result ^= combined % 2**64
        return result
    return hash64(key) if isinstance(key, bytes) else key % 2**64


# Making tables -------------------------------------------------------------------------------------------

_serial = itertools.count()


def _name(shared_name: str) -> str:
    return shared_name or f"table_{next(_serial)}"


@kernel("HashTableV2", host=True)
def hash_table(*, shared_name, key_dtype, value_dtype):
    return StaticTable(_name(shared_name), key_dtype, value_dtype)


@kernel("AnonymousHashTable", host=True)
def anonymous_hash_table(*, key_dtype, value_dtype):
    return StaticTable(_name(""), key_dtype, value_dtype)


@kernel("MutableHashTableV2", host=True)
def mutable_hash_table(*, shared_name, key_dtype, value_dtype):
    return Table(_name(shared_name), key_dtype, value_dtype)


@kernel("AnonymousMutableHashTable", host=True)
def anonymous_mutable_hash_table(*, key_dtype, value_dtype):
    return Table(_name(""), key_dtype, value_dtype)


@kernel("MutableHashTableOfTensorsV2", host=True)
def mutable_hash_table_of_tensors(*, shared_name, key_dtype, value_dtype, value_shape):
    return Table(_name(shared_name), key_dtype, value_dtype, value_shape)


@kernel("AnonymousMutableHashTableOfTensors", host=True)
def anonymous_mutable_hash_table_of_tensors(*, key_dtype, value_dtype, value_shape):
    return Table(_name(""), key_dtype, value_dtype, value_shape)


@kernel("MutableDenseHashTableV2", host=True)
def mutable_dense_hash_table(
    empty_key, deleted_key, *, shared_name, key_dtype, value_dtype, value_shape, initial_num_buckets, max_load_factor
):
    if initial_num_buckets < 1 or initial_num_buckets & (initial_num_buckets - 1):
        raise invalid(f"Number of buckets must be at least 4 and a power of 2, got: {initial_num_buckets}")
    name = _name(shared_name)
    return DenseTable(
        name, key_dtype, value_dtype, value_shape, empty_key, deleted_key, initial_num_buckets, max_load_factor
    )


@kernel("AnonymousMutableDenseHashTable", host=True)
def anonymous_mutable_dense_hash_table(
    empty_key, deleted_key, *, key_dtype, value_dtype, value_shape, initial_num_buckets, max_load_factor
):
    return mutable_dense_hash_table(
        empty_key,
        deleted_key,
        shared_name="",
        key_dtype=key_dtype,
        value_dtype=value_dtype,
        value_shape=value_shape,
        initial_num_buckets=initial_num_buckets,
        max_load_factor=max_load_factor,
    )


# Using tables --------------------------------------------------------------------------------------------


def table_kernel(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A kernel that takes a table itself as its first input."""
    return kernel(name, host=True, reads_resource=False)


def _checked(table: Any, keys: np.ndarray, values: np.ndarray | None = None) -> Table:
    given = [dtypes.of(a.dtype) for a in (keys, values) if a is not None]
    declared = [table.key_dtype, table.value_dtype][: len(given)]
    if given != declared:
        raise invalid(
            f"Table has {table.key_dtype.name} keys and {table.value_dtype.name} values, got "
            f"{' and '.join(d.name for d in given)}"
        )
    return table


@table_kernel("LookupTableFindV2")
def lookup_table_find(table, keys, default_value):
    return _checked(table, keys, default_value).find(keys, default_value)


@table_kernel("LookupTableInsertV2")
def lookup_table_insert(table, keys, values):
    _checked(table, keys, values).insert(keys, values)
    return ()


@table_kernel("LookupTableRemoveV2")
def lookup_table_remove(table, keys):
    _checked(table, keys).remove(keys)
    return ()


@table_kernel("LookupTableImportV2")
def lookup_table_import(table, keys, values):
    _checked(table, keys, values).replace(keys, values)
    return ()


@table_kernel("InitializeTableV2")
def initialize_table(table, keys, values):
    return lookup_table_import(table, keys, values)


@table_kernel("LookupTableExportV2")
def lookup_table_export(table):
    return table.export()


@table_kernel("LookupTableSizeV2")
def lookup_table_size(table):
    return np.int64(table.size())


# Text files ----------------------------------------------------------------------------------------------


@table_kernel("InitializeTableFromTextFileV2")
def initialize_table_from_text_file(table, filename, *, key_index, value_index, vocab_size, delimiter, offset):
    if not table.initialized:
        path = filename[()].decode()
        lines = _lines(path)
        if vocab_size >= 0:
            lines = itertools.islice(_at_least(lines, vocab_size, path), vocab_size)
        key = _reader(key_index, table.key_dtype, delimiter, 0)
        value = _reader(value_index, table.value_dtype, delimiter, offset)
        table.fill((key(line, i), value(line, i)) for i, line in enumerate(lines))
    return ()


def _lines(path: str) -> Iterator[bytes]:
    try:
        with open(path, "rb") as file:
            for line in file:
                yield line.removesuffix(b"\n").removesuffix(b"\r")
    except FileNotFoundError:
        raise NotFoundError(None, None, f"{path}; No such file or directory") from None


def _at_least(lines: Iterator[bytes], count: int, path: str) -> Iterator[bytes]:
    found = 0
    for line in lines:
        found += 1
        yield line
    if found < count:
        raise invalid(f"Invalid vocab_size in {path}: expected {count} but got {found}")


def _reader(index: int, dtype: DType, delimiter: str, offset: int) -> Callable[[bytes, int], Any]:
    """The function from a line and its number to a key or a value."""
    if index == LINE_NUMBER:
        return lambda line, number: number + offset
    if index == WHOLE_LINE:
        return lambda line, number: _parsed(line, dtype)
    between = delimiter.encode()

    def column(line: bytes, number: int) -> Any:
        columns = line.split(between)
        if index >= len(columns):
            raise invalid(
                f"Invalid number of columns in line {number} ({line.decode(errors='replace')}): expected at least "
                f"{index + 1} got {len(columns)}"
            )
        return _parsed(columns[index], dtype)

    return column


def _parsed(text: bytes, dtype: DType) -> Any:
    if dtype is dtypes.string:
        return text
    try:
        return float(text) if dtype.is_floating else int(text)
    except ValueError:
        raise invalid(f"Field {text.decode(errors='replace')} in line is not a valid {dtype.name}.") from None


# Static shapes -------------------------------------------------------------------------------------------


@shape_function(
    "HashTableV2",
    "AnonymousHashTable",
    "MutableHashTableV2",
    "AnonymousMutableHashTable",
    "MutableHashTableOfTensorsV2",
    "AnonymousMutableHashTableOfTensors",
    "MutableDenseHashTableV2",
    "AnonymousMutableDenseHashTable",
    "LookupTableSizeV2",
)
def _(op):
    return SCALAR


@shape_function("LookupTableExportV2")
def _(op):
    return [UNKNOWN, UNKNOWN]
