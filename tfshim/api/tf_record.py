"""`tf.io.TFRecordWriter`: files of records, each with its length and checksums."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from tfshim.data.crc import masked_crc
from tfshim.data.readers import records
from tfshim.errors import FailedPreconditionError
from tfshim.export import export
from tfshim.files import as_op_errors, local


@export("compat.v1.io.TFRecordCompressionType", "compat.v1.python_io.TFRecordCompressionType")
class TFRecordCompressionType:
    """How a file of records is compressed."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


@export("io.TFRecordOptions", "compat.v1.io.TFRecordOptions", "compat.v1.python_io.TFRecordOptions")
class TFRecordOptions:
    """How `TFRecordWriter` compresses.

    Args:
      compression_type: `"GZIP"`, `"ZLIB"` or `""`.
      flush_mode, input_buffer_size, output_buffer_size, window_bits, compression_method, mem_level,
        compression_strategy: kept; zlib chooses.
      compression_level: from 0 to 9.
    """

    compression_type_map = {
        TFRecordCompressionType.ZLIB: "ZLIB",
        TFRecordCompressionType.GZIP: "GZIP",
        TFRecordCompressionType.NONE: "",
    }

    def __init__(
        self,
        compression_type: Any = None,
        flush_mode: Any = None,
        input_buffer_size: Any = None,
        output_buffer_size: Any = None,
        window_bits: Any = None,
        compression_level: Any = None,
        compression_method: Any = None,
        mem_level: Any = None,
        compression_strategy: Any = None,
    ):
        self.get_compression_type_string(compression_type)
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """The name of a compression: of options, of a `TFRecordCompressionType`, or of a name itself.

        Raises:
          ValueError: it is unknown.
        """
        if not options:
            return ""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if options in cls.compression_type_map:
            return cls.compression_type_map[options]
        if options in cls.compression_type_map.values():
            return options
        raise ValueError(f'Not a valid compression_type: "{options}"')


@export("io.TFRecordWriter", "compat.v1.io.TFRecordWriter", "compat.v1.python_io.TFRecordWriter")
class TFRecordWriter:
    """Writes a file of records; also a context manager, which closes it.

    Args:
      path: of the file, which is made anew.
      options: a `TFRecordOptions`, or the name of a compression.

    Raises:
      NotFoundError: the directory is missing.
      ValueError: an unknown compression.
    """

    def __init__(self, path: Any, options: Any = None):
        compression = TFRecordOptions.get_compression_type_string(options)
        level = getattr(options, "compression_level", None)
        level = zlib.Z_DEFAULT_COMPRESSION if level is None else level
        name = local(path)
        with as_op_errors(name):
            self._file: Any = open(name, "wb")  # closed by close()
        if compression == "GZIP":
            self._raw = self._file
            self._file = gzip.GzipFile("", "wb", level if level >= 0 else 6, self._raw, mtime=0)
        elif compression == "ZLIB":
            self._file = _Deflated(self._file, level)

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.close()

    def write(self, record: Any) -> None:
        """Appends a record: bytes, or text, which is encoded.

        Raises:
          FailedPreconditionError: the writer is closed.
        """
        data = record.encode() if isinstance(record, str) else bytes(memoryview(record))
        if self._file is None:
            raise FailedPreconditionError(None, None, "Writer not initialized or previously closed")
        length = struct.pack("<Q", len(data))
        self._file.write(length + struct.pack("<I", masked_crc(length)) + data + struct.pack("<I", masked_crc(data)))

    def flush(self) -> None:
        """Hands what was written over to the operating system."""
        if self._file is None:
            raise FailedPreconditionError(None, None, "Writer not initialized or previously closed")
        self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            raw = getattr(self, "_raw", None)
            if raw is not None:
                raw.close()
        self._file = None


class _Deflated:
    """A file whose content is compressed as one stream of zlib."""

    def __init__(self, file: Any, level: int):
        self._file = file
        self._compressor = zlib.compressobj(level)

    def write(self, data: bytes) -> None:
        self._file.write(self._compressor.compress(data))

    def flush(self) -> None:
        self._file.write(self._compressor.flush(zlib.Z_SYNC_FLUSH))
        self._file.flush()

    def close(self) -> None:
        self._file.write(self._compressor.flush())
        self._file.close()


TFRecordWriter.__module__ = TFRecordOptions.__module__ = "tensorflow.python.lib.io.tf_record"


@export("compat.v1.io.tf_record_iterator", "compat.v1.python_io.tf_record_iterator")
def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a file. Use `tf.data.TFRecordDataset` in new code."""
    yield from records(local(path), TFRecordOptions.get_compression_type_string(options))
