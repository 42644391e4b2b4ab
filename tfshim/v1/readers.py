"""`tf.compat.v1.TextLineReader` and its like: records of the files whose names a queue gives. For graphs only."""

from __future__ import annotations

import collections
from typing import Any

from tfshim import dtypes
from tfshim.api.lookup import ran
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor

ReaderReadV2 = collections.namedtuple("ReaderReadV2", ["key", "value"])
ReaderReadUpToV2 = collections.namedtuple("ReaderReadUpToV2", ["keys", "values"])


@export("compat.v1.ReaderBase")
class ReaderBase:
    """What readers have in common: a run reads the next record, taking work from a queue where it needs.

    Raises:
      RuntimeError: in eager mode, where `tf.data` takes their place.
    """

    def __init__(self, reader_ref, supports_serialize=False):
        if context.graph is None:
            raise RuntimeError(
                "Readers are not supported when eager execution is enabled. Instead, please use tf.data to get data "
                "into your model."
            )
        self._reader_ref = reader_ref
        self._supports_serialize = supports_serialize

    reader_ref = property(lambda self: self._reader_ref, doc="The handle: a tensor of dtype resource.")
    supports_serialize = property(lambda self: self._supports_serialize, doc="Whether `serialize_state` works.")

    def read(self, queue, name=None):
        """The key and the value of the next record, strings.

        Raises:
          OutOfRangeError: the queue is closed and empty.
        """
        return ReaderReadV2(*op("ReaderReadV2")(self._reader_ref, _handle(queue), name=name))

    def read_up_to(self, queue, num_records, name=None):
        """The keys and the values of the next records, at most so many, all of one piece of work."""
        count = convert_to_tensor(num_records, dtypes.int64)
        return ReaderReadUpToV2(*op("ReaderReadUpToV2")(self._reader_ref, _handle(queue), count, name=name))

    def num_records_produced(self, name=None):
        """How many records were read, int64."""
        return op("ReaderNumRecordsProducedV2")(self._reader_ref, name=name)

    def num_work_units_completed(self, name=None):
        """How many pieces of work were read to their end, int64."""
        return op("ReaderNumWorkUnitsCompletedV2")(self._reader_ref, name=name)

    def serialize_state(self, name=None):
        """The state as a string; UnimplementedError unless `supports_serialize`."""
        return op("ReaderSerializeStateV2")(self._reader_ref, name=name)

    def restore_state(self, state, name=None):
        """Takes up a state that `serialize_state` gave; InvalidArgumentError for other strings."""
        op("ReaderRestoreStateV2")(self._reader_ref, convert_to_tensor(state, dtypes.string), name=name)
        return ran()

    def reset(self, name=None):
        """Begins anew."""
        op("ReaderResetV2")(self._reader_ref, name=name)
        return ran()


def _handle(queue: Any) -> Any:
    return queue if isinstance(queue, Tensor) else queue.queue_ref


def _made(op_name: str, name: str | None, **attrs: Any) -> Any:
    return None if context.graph is None else op(op_name)(**attrs, name=name)


@export("compat.v1.WholeFileReader")
class WholeFileReader(ReaderBase):
    """Gives whole files: their names as keys, their contents as values."""

    def __init__(self, name=None):
        super().__init__(_made("WholeFileReaderV2", name), supports_serialize=True)


@export("compat.v1.TextLineReader")
class TextLineReader(ReaderBase):
    """Gives the lines of files without their ends; keys are "name:number of the line".

    Args:
      skip_header_lines: how many lines at the beginning of each file are left out.
      name: of the operation.
    """

    def __init__(self, skip_header_lines=None, name=None):
        super().__init__(_made("TextLineReaderV2", name, skip_header_lines=skip_header_lines or 0))


@export("compat.v1.FixedLengthRecordReader")
class FixedLengthRecordReader(ReaderBase):
    """Gives records of fixed size of files; keys are "name:number of the record".

    Args:
      record_bytes: the size of a record.
      header_bytes: how many bytes at the beginning of a file belong to no record.
      footer_bytes: how many at its end.
      hop_bytes: from the beginning of a record to that of the next; their size if None or 0.
      name: of the operation.
      encoding: "GZIP" or "ZLIB" for compressed files.
    """

    def __init__(self, record_bytes, header_bytes=None, footer_bytes=None, hop_bytes=None, name=None, encoding=None):
        made = _made(
            "FixedLengthRecordReaderV2",
            name,
            record_bytes=record_bytes,
            header_bytes=header_bytes or 0,
            footer_bytes=footer_bytes or 0,
            hop_bytes=hop_bytes or 0,
            encoding=encoding or "",
        )
        super().__init__(made)


@export("compat.v1.TFRecordReader")
class TFRecordReader(ReaderBase):
    """Gives the records of TFRecord files; keys are "name:offset".

    Args:
      name: of the operation.
      options: `tf.compat.v1.io.TFRecordOptions`, for compressed files.
    """

    def __init__(self, name=None, options=None):
        compression = _compression(options)
        super().__init__(_made("TFRecordReaderV2", name, compression_type=compression))


def _compression(options: Any) -> str:
    if options is None:
        return ""
    kind = getattr(options, "compression_type", options)
    # The numbers of tf.compat.v1.io.TFRecordCompressionType.
    return {None: "", 0: "", 1: "ZLIB", 2: "GZIP"}.get(kind, kind)


@export("compat.v1.LMDBReader")
class LMDBReader(ReaderBase):
    """NotImplementedError: records of LMDB databases are not read; `tf.data.Dataset.from_generator` can give them."""

    def __init__(self, name=None, options=None):
        raise NotImplementedError("LMDBReader: read the database by tf.data.Dataset.from_generator instead")


@export("compat.v1.IdentityReader")
class IdentityReader(ReaderBase):
    """Gives what the queue gives, as key and as value."""

    def __init__(self, name=None):
        super().__init__(_made("IdentityReaderV2", name), supports_serialize=True)


for _class in (
    ReaderBase,
    WholeFileReader,
    TextLineReader,
    FixedLengthRecordReader,
    TFRecordReader,
    LMDBReader,
    IdentityReader,
):
    _class.__module__ = "tensorflow.python.ops.io_ops"
