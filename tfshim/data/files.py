"""`tf.data.TextLineDataset` and the other datasets of files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.data import readers
from tfshim.data.core import DatasetV2
from tfshim.data.making import derive
from tfshim.export import export
from tfshim.type_spec import TensorSpec


class _FileDataset(DatasetV2):
    """A dataset of what a reader finds in files, whose names are given as tensor or dataset."""

    def _read(
        self, filenames: Any, compression_type: Any, parallel: Any, read: Callable[..., Any], parameters: Any = ()
    ) -> None:
        compression = convert_to_tensor(compression_type or "", dtypes.string)
        spec = TensorSpec([], dtypes.string)

        def of(names: Any) -> Any:
            return derive(
                type(self).__name__,
                readers.FileElements,
                [],
                spec,
                [convert_to_tensor(names, dtypes.string), compression, *parameters],
                read=read,
            )

        if not isinstance(filenames, DatasetV2):
            names = convert_to_tensor(filenames, dtypes.string)
            if parallel is None:
                self._become(of(names))
                return
            filenames = DatasetV2.from_tensor_slices(names if names.shape.rank else [filenames])
        if filenames.element_spec.dtype is not dtypes.string:
            raise TypeError(
                f"The `filenames` argument must contain `tf.string` elements, got {filenames.element_spec}."
            )
        if parallel is None:
            self._become(filenames.flat_map(of))
        else:
            self._become(filenames.interleave(of, cycle_length=parallel, num_parallel_calls=parallel))

    def _become(self, made: DatasetV2) -> None:
        self.__dict__.update(made.__dict__)


@export("data.TFRecordDataset")
class TFRecordDatasetV2(_FileDataset):
    """The records of TFRecord files, as bytes.

    Args:
      filenames: tensor or dataset of names.
      compression_type: "", "GZIP" or "ZLIB".
      buffer_size: has no effect.
      num_parallel_reads: number of files whose records are interleaved.
      name: ignored.

    Raises:
      NotFoundError, DataLossError: in iteration: a file is missing, damaged or truncated.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
        name: str | None = None,
    ):
        self._read(filenames, compression_type, num_parallel_reads, readers.records)


@export("data.TextLineDataset")
class TextLineDatasetV2(_FileDataset):
    """The lines of text files, without their ends, as bytes.

    Args:
      filenames: tensor or dataset of names.
      compression_type: "", "GZIP" or "ZLIB".
      buffer_size: has no effect.
      num_parallel_reads: number of files whose lines are interleaved.
      name: ignored.

    Raises:
      NotFoundError: in iteration: a file is missing.
    """

    def __init__(
        self,
        filenames: Any,
        compression_type: Any = None,
        buffer_size: Any = None,
        num_parallel_reads: Any = None,
        name: str | None = None,
    ):
        self._read(filenames, compression_type, num_parallel_reads, readers.lines)


@export("data.FixedLengthRecordDataset")
class FixedLengthRecordDatasetV2(_FileDataset):
    """The records of fixed size of binary files, as bytes.

    Args:
      filenames: tensor or dataset of names.
      record_bytes: size of a record.
      header_bytes: bytes to skip at the beginning of each file.
      footer_bytes: bytes to leave out at the end.
      buffer_size: has no effect.
      compression_type: "", "GZIP" or "ZLIB".
      num_parallel_reads: number of files whose records are interleaved.
      name: ignored.

    Raises:
      NotFoundError, InvalidArgumentError: in iteration: a file is missing, or no whole number of records long.
    """

    def __init__(
        self,
        filenames: Any,
        record_bytes: Any,
        header_bytes: Any = None,
        footer_bytes: Any = None,
        buffer_size: Any = None,
        compression_type: Any = None,
        num_parallel_reads: Any = None,
        name: str | None = None,
    ):
        sizes = [convert_to_tensor(v or 0, dtypes.int64) for v in (record_bytes, header_bytes, footer_bytes)]
        self._read(filenames, compression_type, num_parallel_reads, readers.blocks, sizes)


for _cls in (TFRecordDatasetV2, TextLineDatasetV2, FixedLengthRecordDatasetV2):
    _cls.__module__ = "tensorflow.python.data.ops.readers"
