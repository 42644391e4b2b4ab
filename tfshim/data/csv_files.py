"""`tf.data.experimental.CsvDataset` and `make_csv_dataset`."""

from __future__ import annotations

import collections
import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.data.core import AUTOTUNE, DatasetV2
from tfshim.data.making import derive
from tfshim.data.readers import matching_files, open_compressed
from tfshim.data.stages import UNKNOWN, Run, Stage, invalid
from tfshim.data.structure import Raw
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec

_ALLOWED = (dtypes.float32, dtypes.float64, dtypes.int32, dtypes.int64, dtypes.string)


def records(
    name: str, compression: str, header: bool, delimiter: str, quotes: bool, most: int | None = None
) -> Iterator[list[str]]:
    """The rows of a CSV file as lists of fields."""
    quoting = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
    with (
        open_compressed(name, compression) as file,
        io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="") as text,
    ):
        reader = csv.reader(text, delimiter=delimiter, quoting=quoting, strict=True)
        try:
            for row in itertools.islice(reader, int(header), most):
                yield row or [""]
        except csv.Error as error:
            raise invalid(f"{error} in {name}") from None


def _text(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


_PARSERS: dict[DType, Callable[[str], Any]] = {
    dtypes.int32: int,
    dtypes.int64: int,
    dtypes.float32: float,
    dtypes.float64: float,
    dtypes.string: _text,
}


class CsvRows(Stage):
    """The chosen columns of the rows of CSV files.

    The tensors are the names of the files, the compression, and a default for each column: a vector of one value, or of
    none where a field must not be missing.
    """

    def __init__(
        self,
        filenames: np.ndarray,
        compression: np.ndarray,
        *defaults: np.ndarray,
        columns: Sequence[int] | None,
        layout: tuple[bool, str, bool],
        na_value: str,
    ):
        super().__init__()
        self._names = [n.decode() for n in np.atleast_1d(filenames).ravel().tolist()]
        self._compression = np.asarray(compression).item().decode()
        self._defaults = defaults
        self._dtypes = [dtypes.of(d.dtype) for d in defaults]
        self._columns = columns
        self._layout = layout
        self._missing = {"", na_value}

    def iterate(self, run: Run) -> Iterator[Raw]:
        rows = itertools.chain.from_iterable(records(n, self._compression, *self._layout) for n in self._names)
        return map(self._row, rows)

    def _row(self, fields: list[str]) -> Raw:
        if self._columns is not None:
            if any(i >= len(fields) for i in self._columns):
                raise invalid(f"Expect at least {max(self._columns) + 1} fields but have {len(fields)} in record")
            fields = [fields[i] for i in self._columns]
        n = len(self._defaults)
        if len(fields) != n:
            raise invalid(f"Expect {n} fields but have {'more' if len(fields) > n else len(fields)} in record")
        return tuple([self._field(i, f) for i, f in enumerate(fields)])

    def _field(self, i: int, field: str) -> np.ndarray:
        default, dtype = self._defaults[i], self._dtypes[i]
        if field in self._missing:
            if not default.size:
                raise invalid(f"Field {i} is required but missing in record!")
            return default.reshape(-1)[0, ...]
        try:
            value = _PARSERS[dtype](field)
            if dtype is dtypes.string:
                result = np.empty((), object)
                result[()] = value
                return result
            return np.asarray(value, dtype.as_numpy_dtype)
        except (ValueError, OverflowError):
            raise invalid(f"Field {i} in record is not a valid {dtype.name}: {field}") from None

    def cardinality(self) -> int:
        return UNKNOWN


@export("data.experimental.CsvDataset")
class CsvDatasetV2(DatasetV2):
    """The rows of CSV files as tuples of scalars.

    Args:
      filenames: tensor of names.
      record_defaults: for each column its default (a tensor of one value), or a dtype if a field must not be missing:
        float32, float64, int32, int64 or string.
      compression_type: "", "GZIP" or "ZLIB".
      buffer_size: has no effect.
      header: whether each file has a first line to skip.
      field_delim: what separates fields.
      use_quote_delim: whether quotes may enclose a field.
      na_value: text that stands for a missing field, besides the empty one.
      select_cols: ascending numbers of the columns to take; by default all.
      exclude_cols: numbers of the columns to leave out.

    Raises:
      InvalidArgumentError: both `select_cols` and `exclude_cols` are given, or a default is of another type; in
        iteration: a row has another number of fields, or a field does not parse.
    """

    def __init__(
        self,
        filenames: Any,
        record_defaults: Sequence[Any],
        compression_type: Any = None,
        buffer_size: Any = None,
        header: bool = False,
        field_delim: str = ",",
        use_quote_delim: bool = True,
        na_value: str = "",
        select_cols: Sequence[int] | None = None,
        exclude_cols: Sequence[int] | None = None,
    ):
        if select_cols is not None and exclude_cols is not None:
            raise invalid("Either select_cols or exclude_cols should be provided, not both.")
        defaults = [_default(d) for d in record_defaults]
        if exclude_cols is not None:
            excluded = set(exclude_cols)
            select_cols = list(itertools.islice((i for i in itertools.count() if i not in excluded), len(defaults)))
        if select_cols is not None and list(select_cols) != sorted(set(select_cols)):
            raise invalid("select_cols should be strictly increasing indices")
        compression = convert_to_tensor(compression_type or "", dtypes.string)
        made = derive(
            "CsvDatasetV2",
            CsvRows,
            [],
            tuple(TensorSpec([], d.dtype) for d in defaults),
            [convert_to_tensor(filenames, dtypes.string), compression, *defaults],
            columns=select_cols,
            layout=(header, field_delim, use_quote_delim),
            na_value=na_value,
        )
        self.__dict__.update(made.__dict__)


CsvDatasetV2.__module__ = "tensorflow.python.data.experimental.ops.readers"


def _default(value: Any) -> Tensor:
    if isinstance(value, DType):
        value = np.empty((0,), object if value is dtypes.string else value.as_numpy_dtype)
    tensor = convert_to_tensor(value)
    if tensor.dtype not in _ALLOWED:
        raise invalid(f"record_defaults must be of one of the types {[d.name for d in _ALLOWED]}, not {tensor.dtype}.")
    return tensor


@export("data.experimental.make_csv_dataset")
def make_csv_dataset(
    file_pattern: Any,
    batch_size: Any,
    column_names: Sequence[str] | None = None,
    column_defaults: Sequence[Any] | None = None,
    label_name: str | None = None,
    select_columns: Sequence[Any] | None = None,
    field_delim: str = ",",
    use_quote_delim: bool = True,
    na_value: str = "",
    header: bool = True,
    num_epochs: int | None = None,
    shuffle: bool = True,
    shuffle_buffer_size: int = 10000,
    shuffle_seed: int | None = None,
    prefetch_buffer_size: int | None = None,
    num_parallel_reads: int | None = None,
    sloppy: bool = False,
    num_rows_for_inference: int | None = 100,
    compression_type: str | None = None,
    ignore_errors: bool = False,
    encoding: str = "utf-8",
) -> Any:
    """Batches of the rows of CSV files as dictionaries of columns, or pairs of dictionary and label.

    Args:
      file_pattern: glob pattern or list of them.
      batch_size: rows in a batch.
      column_names: names of the columns; by default those in the first line.
      column_defaults: defaults or dtypes of the selected columns; by default inferred from the first rows.
      label_name: the column that becomes the label.
      select_columns: names or numbers of the columns to take.
      field_delim: what separates fields.
      use_quote_delim: whether quotes may enclose a field.
      na_value: text that stands for a missing field.
      header: whether each file has a first line with names.
      num_epochs: how often to go through the rows; None: without end, and then all batches have the full size.
      shuffle: whether rows come in random order.
      shuffle_buffer_size: see `Dataset.shuffle`.
      shuffle_seed: see `Dataset.shuffle`.
      prefetch_buffer_size: see `Dataset.prefetch`.
      num_parallel_reads: number of files whose rows are interleaved, 1 by default.
      sloppy: has no effect, for the order is always kept.
      num_rows_for_inference: how many rows to look at for the columns' types; None: all.
      compression_type: "", "GZIP" or "ZLIB".
      ignore_errors: leave out rows that do not parse.
      encoding: has no effect on the bytes of strings.

    Raises:
      ValueError: no file matches, names are missing or doubled, or there is no such column.
    """
    try:
        files = [f.decode() for f in matching_files(file_pattern).tolist()]
    except InvalidArgumentError:
        raise ValueError(f"No files match `file_pattern` {file_pattern}.") from None
    layout = (field_delim, use_quote_delim)
    if column_names is None:
        if not header:
            raise ValueError("Expected `column_names` or `header` arguments. Neither is provided.")
        column_names = next(records(files[0], compression_type or "", False, *layout))
    names = list(column_names)
    if len(names) != len(set(names)):
        raise ValueError("Cannot have duplicate column names.")
    chosen = list(range(len(names))) if select_columns is None else _indices(select_columns, names)
    if column_defaults is None:
        rows: Iterable[list[str]] = itertools.chain.from_iterable(
            records(f, compression_type or "", header, *layout) for f in files
        )
        column_defaults = _inferred(itertools.islice(rows, num_rows_for_inference), chosen, na_value)
    taken = [names[i] for i in chosen]
    if label_name is not None and label_name not in taken:
        raise ValueError(f"`label_name` provided must be one of the columns: {taken}. Received: {label_name}.")

    def rows_of(filename: Any) -> Any:
        rows = CsvDatasetV2(
            filename,
            column_defaults,
            compression_type,
            header=header,
            field_delim=field_delim,
            use_quote_delim=use_quote_delim,
            na_value=na_value,
            select_cols=chosen,
        )
        return rows.ignore_errors() if ignore_errors else rows

    def named(*columns: Any) -> Any:
        features = collections.OrderedDict(zip(taken, columns, strict=False))
        return features if label_name is None else (features, features.pop(label_name))

    dataset = DatasetV2.from_tensor_slices(files)
    if shuffle:
        dataset = dataset.shuffle(len(files), shuffle_seed)
    dataset = dataset.interleave(rows_of, cycle_length=num_parallel_reads or 1)
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    if num_epochs != 1:
        dataset = dataset.repeat(num_epochs)
    dataset = dataset.batch(batch_size, drop_remainder=num_epochs is None).map(named)
    return dataset.prefetch(AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size)


def _indices(columns: Sequence[Any], names: list[str]) -> list[int]:
    numbers = [c if isinstance(c, int) else names.index(c) if c in names else -1 for c in columns]
    if any(not 0 <= n < len(names) for n in numbers):
        raise ValueError(f"Value for `select_columns` must be names or numbers of columns {names}, got {columns}.")
    if len(set(numbers)) != len(numbers):
        raise ValueError(f"`select_columns` cannot contain duplicates, got {columns}.")
    return sorted(numbers)


def _inferred(rows: Iterable[list[str]], columns: Sequence[int], na_value: str) -> list[np.ndarray]:
    """For each column a default of the first type, in the order of generality, that all fields have."""
    kinds = [0] * len(columns)
    order: list[tuple[Callable[[str], Any], np.ndarray]] = [
        (lambda text: np.array(int(text), np.int32), np.zeros(1, np.int32)),
        (lambda text: np.array(int(text), np.int64), np.zeros(1, np.int64)),
        (_single_float, np.zeros(1, np.float32)),
        (float, np.zeros(1, np.float64)),
        (str, np.array([b""], object)),
    ]
    for row in rows:
        for i, column in enumerate(columns):
            field = row[column] if column < len(row) else ""
            if field in ("", na_value):
                continue
            while True:
                try:
                    order[kinds[i]][0](field)
                    break
                except (ValueError, OverflowError):
                    kinds[i] += 1
    return [order[k][1] for k in kinds]


def _single_float(text: str) -> float:
    value = float(text)
    if abs(value) > np.finfo(np.float32).max and not np.isinf(value):
        raise OverflowError(text)
    return value
