"""Kernels of readers of TensorFlow 1: cells that take names of files from a queue and give their records."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfshim import buffers, dtypes
from tfshim.data.readers import lines, open_compressed
from tfshim.data.readers import records as tf_records
from tfshim.errors import InvalidArgumentError, UnimplementedError
from tfshim.ops.kernels.lookup import table_kernel
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, invalid
from tfshim.shapes import from_dims

_serial = itertools.count()
Record = tuple[str, bytes]


class Reader(buffers.Cell):
    """What the handle of a reader refers to.

    `open_work` gives the keys and values of a piece of work, what a queue gives. `single`: there is one in each, so
    that a piece is done when it was read; of other pieces the end is found by looking for more.
    """

    __slots__ = ("completed", "current", "lock", "open_work", "produced", "single", "started")
    waits = True

    def __init__(self, shared_name: str, open_work: Callable[[str], Iterator[Record]], single: bool = False):
        super().__init__(shared_name or f"reader_{next(_serial)}", dtypes.resource, SCALAR)
        self.open_work = open_work
        self.single = single
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Begins anew."""
        with self.lock:
            self.started = self.completed = self.produced = 0
            self.current: Iterator[Record] | None = None

    def next(self, queue: Any) -> Record:
        """The next record; takes work from the queue as long as it needs."""
        return self.read_up_to(queue, 1)[0]

    def read_up_to(self, queue: Any, count: int) -> list[Record]:
        """The next records of one piece of work: at least one, at most so many."""
        found: list[Record] = []
        with self.lock:
            while not found:
                if self.current is None:
                    (work,) = queue.take()
                    self.started += 1
                    self.current = iter(self.open_work(np.asarray(work).item().decode()))
                try:
                    found = list(itertools.islice(self.current, count))
                except Exception:
                    self.current = None
                    raise
                if len(found) < count or self.single:
                    self.current = None
                    self.completed = self.started
                self.produced += len(found)
        return found

    def state(self) -> bytes:
        """The numbers of pieces and records as the protocol buffer `ReaderBaseState`."""
        if not self.single:
            raise UnimplementedError(None, None, "Reader SerializeState")
        counts = (self.started, self.completed, self.produced)
        return b"".join(bytes([8 * field]) + _varint(n) for field, n in enumerate(counts, 1) if n)

    def restore(self, state: bytes) -> None:
        """Takes up a state."""
        if not self.single:
            raise UnimplementedError(None, None, "Reader RestoreState")
        counts, rest = {1: 0, 2: 0, 3: 0}, state
        while rest:
            field, rest = _read_varint(rest)
            if field % 8 or field // 8 not in counts:
                raise invalid("Could not parse the state of a reader")
            counts[field // 8], rest = _read_varint(rest)
        with self.lock:
            self.started, self.completed, self.produced = counts.values()
            self.current = None


def _varint(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def _read_varint(data: bytes) -> tuple[int, bytes]:
    number = 0
    for i, byte in enumerate(data):
        number |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return number, data[i + 1 :]
    raise InvalidArgumentError(None, None, "Could not parse the state of a reader")


# The kinds -----------------------------------------------------------------------------------------------------


def _text(name: str, skipped: int) -> Iterator[Record]:
    for number, line in enumerate(lines(name, ""), 1):
        if number > skipped:
            yield f"{name}:{number}", line


def _whole(name: str) -> Iterator[Record]:
    with open_compressed(name, "") as file:
        yield name, file.read()


def _fixed(name: str, size: int, header: int, footer: int, hop: int, encoding: str) -> Iterator[Record]:
    with open_compressed(name, encoding) as file:
        data = file.read()
    last = len(data) - footer - size
    for number, start in enumerate(range(header, last + 1, hop or size)):
        yield f"{name}:{number}", data[start : start + size]


def _tf_records(name: str, compression: str) -> Iterator[Record]:
    offset = 0
    for record in tf_records(name, compression):
        yield f"{name}:{offset}", record
        offset += len(record) + 16


@kernel("TextLineReaderV2", host=True)
def text_line_reader(*, skip_header_lines, shared_name):
    return Reader(shared_name, lambda work: _text(work, skip_header_lines))


@kernel("WholeFileReaderV2", host=True)
def whole_file_reader(*, shared_name):
    return Reader(shared_name, _whole, single=True)


@kernel("IdentityReaderV2", host=True)
def identity_reader(*, shared_name):
    return Reader(shared_name, lambda work: iter([(work, work.encode())]), single=True)


@kernel("FixedLengthRecordReaderV2", host=True)
def fixed_length_record_reader(*, header_bytes, record_bytes, footer_bytes, hop_bytes, shared_name, encoding):
    sizes = (record_bytes, header_bytes, footer_bytes, hop_bytes)
    if record_bytes <= 0 or min(sizes) < 0:
        raise invalid(f"record_bytes must be > 0, and no other size < 0, got {sizes}")
    return Reader(shared_name, lambda work: _fixed(work, *sizes, encoding))


@kernel("TFRecordReaderV2", host=True)
def tf_record_reader(*, shared_name, compression_type):
    return Reader(shared_name, lambda work: _tf_records(work, compression_type))


# Using readers --------------------------------------------------------------------------------------------------


def _strings(values: list[bytes]) -> np.ndarray:
    array = np.empty(len(values), object)
    array[:] = values
    return array


@table_kernel("ReaderReadV2")
def reader_read(reader, queue):
    key, value = reader.next(queue)
    return np.array(key.encode(), object), np.array(value, object)


@table_kernel("ReaderReadUpToV2")
def reader_read_up_to(reader, queue, num_records):
    keys, values = zip(*reader.read_up_to(queue, int(num_records)), strict=True)
    return _strings([k.encode() for k in keys]), _strings(list(values))


@table_kernel("ReaderNumRecordsProducedV2")
def reader_num_records_produced(reader):
    return np.int64(reader.produced)


@table_kernel("ReaderNumWorkUnitsCompletedV2")
def reader_num_work_units_completed(reader):
    return np.int64(reader.completed)


@table_kernel("ReaderSerializeStateV2")
def reader_serialize_state(reader):
    return np.array(reader.state(), object)


@table_kernel("ReaderRestoreStateV2")
def reader_restore_state(reader, state):
    reader.restore(np.asarray(state).item())
    return ()


@table_kernel("ReaderResetV2")
def reader_reset(reader):
    reader.reset()
    return ()


@shape_function(
    "TextLineReaderV2",
    "WholeFileReaderV2",
    "IdentityReaderV2",
    "FixedLengthRecordReaderV2",
    "TFRecordReaderV2",
    "ReaderNumRecordsProducedV2",
    "ReaderNumWorkUnitsCompletedV2",
    "ReaderSerializeStateV2",
)
def _(op):
    return SCALAR


@shape_function("ReaderReadV2")
def _(op):
    return [SCALAR, SCALAR]


@shape_function("ReaderReadUpToV2")
def _(op):
    return [from_dims((None,))] * 2
