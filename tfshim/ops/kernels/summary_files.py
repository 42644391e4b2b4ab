"""Kernels that write summaries: event files are TFRecord files of `Event`s."""

from __future__ import annotations

import itertools
import os
import socket
import time
from typing import Any

import numpy as np

from tfshim import buffers, dtypes
from tfshim.errors import DataLossError, FailedPreconditionError
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR

_serial = itertools.count()


class EventFile(buffers.Cell):
    """What the handle of a summary writer refers to."""

    __slots__ = ("_deadline", "_file", "_flush_seconds", "_pending", "_queue")

    def __init__(self, name: str):
        super().__init__(name, dtypes.resource, SCALAR)
        self._file: Any = None
        self._pending = 0

    def open(self, logdir: str, max_queue: int, flush_millis: int, suffix: str) -> None:
        """Creates the file, once; what is written reaches it after `max_queue` events or `flush_millis`."""
        if self._file is not None:
            return
        os.makedirs(logdir, exist_ok=True)
        now = time.time()
        name = f"events.out.tfevents.{int(now):010d}.{socket.gethostname()}.{os.getpid()}.{next(_serial)}{suffix}"
        self._file = open(os.path.join(logdir, name), "ab")
        self._queue = max_queue
        self._flush_seconds = flush_millis / 1000
        self._deadline = now + self._flush_seconds
        first = _event(now, 0)
        first.file_version = "brain.Event:2"
        first.source_metadata.writer = "tensorflow.core.util.events_writer"
        self.write(first)
        self.flush()

    def write(self, event: Any) -> None:
        """Appends an event."""
        from tfshim.data.crc import framed

        if self._file is None:
            raise FailedPreconditionError(None, None, f"The summary writer {self.name} is not open.")
        self._file.write(framed(event.SerializeToString()))
        self._pending += 1
        if self._pending > self._queue or time.time() >= self._deadline:
            self.flush()

    def flush(self) -> None:
        """Brings what was written to the disk."""
        if self._file is not None:
            self._file.flush()
            self._pending = 0
            self._deadline = time.time() + self._flush_seconds

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        self.close()


def _event(wall_time: float, step: int) -> Any:
    from tfshim import protos

    return protos.Event(wall_time=wall_time, step=step)


@kernel("SummaryWriter", host=True)
def summary_writer(*, shared_name):
    return EventFile(shared_name)


@shape_function("SummaryWriter")
def _(op):
    return SCALAR


def _writer_kernel(name: str) -> Any:
    return kernel(name, host=True, reads_resource=False)


@_writer_kernel("CreateSummaryFileWriter")
def create_summary_file_writer(writer, logdir, max_queue, flush_millis, filename_suffix):
    writer.open(logdir[()].decode(), int(max_queue), int(flush_millis), filename_suffix[()].decode())
    return ()


@_writer_kernel("FlushSummaryWriter")
def flush_summary_writer(writer):
    writer.flush()
    return ()


@_writer_kernel("CloseSummaryWriter")
def close_summary_writer(writer):
    writer.close()
    return ()


@_writer_kernel("WriteSummary")
def write_summary(writer, step, tensor, tag, summary_metadata):
    event = _event(time.time(), int(step))
    value = event.summary.value.add(tag=tag[()].decode())
    value.tensor.CopyFrom(_tensor_proto(tensor))
    if summary_metadata[()]:
        value.metadata.ParseFromString(summary_metadata[()])
    writer.write(event)
    return ()


def _tensor_proto(array: np.ndarray) -> Any:
    from tfshim.protos.convert import array_to_proto, shape_to_proto

    if array.dtype == object:
        return array_to_proto(array)
    proto = array_to_proto(np.zeros((0,), array.dtype))
    # Whatever its size, a summary's tensor is written as bytes.
    proto.tensor_content = array.astype(array.dtype.newbyteorder("<")).tobytes()
    proto.tensor_shape.CopyFrom(shape_to_proto(array.shape))
    return proto


@_writer_kernel("WriteRawProtoSummary")
def write_raw_proto_summary(writer, step, tensor):
    event = _event(time.time(), int(step))
    for data in np.ravel(tensor).tolist():
        try:
            event.summary.MergeFromString(data)
        except Exception as error:
            message = f"Bad tf.compat.v1.Summary binary proto tensor string: {error}"
            raise DataLossError(None, None, message) from None
    writer.write(event)
    return ()


@_writer_kernel("WriteGraphSummary")
def write_graph_summary(writer, step, tensor):
    event = _event(time.time(), int(step))
    event.graph_def = tensor[()]
    writer.write(event)
    return ()
