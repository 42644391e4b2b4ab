"""`tf.lookup`: tables that are filled once, from tensors or text files, and vocabularies with spare buckets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.api.strings import as_string, to_hash_bucket_fast
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.export import export
from tfshim.ops import op
from tfshim.ops.kernels import lookup
from tfshim.scopes import init_scope, no_op
from tfshim.tensor import Tensor
from tfshim.tracking import Trackable

_add = op("AddV2")
_cast = op("Cast")
_export = op("LookupTableExportV2")
_find = op("LookupTableFindV2")
_import = op("LookupTableImportV2")
_init_from_file = op("InitializeTableFromTextFileV2")
_not_equal = op("NotEqual")
_select = op("SelectV2")
_size = op("LookupTableSizeV2")


def ran(result: Any = None) -> Any:
    """What an op without outputs gives: None in eager mode, the operation in a graph."""
    return None if context.graph is None else context.graph.get_operations()[-1]


class LookupInterface(Trackable):
    """What all tables have in common."""

    _resource_handle: Any = None

    def __init__(self, key_dtype: Any, value_dtype: Any):
        self._key_dtype = dtypes.as_dtype(key_dtype)
        self._value_dtype = dtypes.as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The dtype of keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The dtype of values."""
        return self._value_dtype

    @property
    def resource_handle(self) -> Any:
        """The tensor of dtype resource that refers to the table."""
        return self._resource_handle

    @property
    def name(self) -> str | None:
        """The name of the table: None for one made eagerly."""
        return None

    def size(self, name: str | None = None) -> Tensor:
        """The number of entries (int64)."""
        return _size(self.resource_handle, name=name)

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values for keys."""
        raise NotImplementedError

    def __getitem__(self, keys: Any) -> Any:
        return self.lookup(keys)

    def _check_keys(self, keys: Any) -> None:
        if keys.dtype != self._key_dtype:
            raise TypeError(f"Dtype of argument `keys` must be {self._key_dtype}, received: {keys.dtype}")


def on_values(keys: Any, fn: Callable[[Any], Any]) -> Any:
    """`fn` of the keys; for sparse and ragged keys, the same structure around `fn` of their values."""
    if type(keys).__name__ == "SparseTensor":
        return type(keys)(keys.indices, fn(keys.values), keys.dense_shape)
    if type(keys).__name__ == "RaggedTensor":
        return keys.with_values(on_values(keys.values, fn))
    return fn(keys)


class _Initializer(Trackable):
    """What a static table is filled with."""

    def __init__(self, key_dtype: Any, value_dtype: Any):
        self._key_dtype = dtypes.as_dtype(key_dtype)
        self._value_dtype = dtypes.as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        """The dtype of keys."""
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        """The dtype of values."""
        return self._value_dtype

    def _check(self, table: Any) -> None:
        for what in ("key", "value"):
            own, wanted = getattr(self, f"{what}_dtype"), getattr(table, f"{what}_dtype")
            if own != wanted:
                raise TypeError(f"Invalid {what} dtype for table, expected {wanted} but got {own}.")


@export("lookup.KeyValueTensorInitializer")
class KeyValueTensorInitializer(_Initializer):
    """Fills a table from a tensor of keys and a tensor of values."""

    def __init__(self, keys: Any, values: Any, key_dtype: Any = None, value_dtype: Any = None, name: str | None = None):
        self._keys = convert_to_tensor(keys, dtype=key_dtype, name="keys")
        self._values = convert_to_tensor(values, dtype=value_dtype, name="values")
        super().__init__(self._keys.dtype, self._values.dtype)

    def initialize(self, table: Any) -> Any:
        """Fills `table`. FailedPreconditionError if a key has two values."""
        self._check(table)
        _import(table.resource_handle, self._keys, self._values)
        return ran()


@export("lookup.TextFileIndex")
class TextFileIndex:
    """Which part of a line of a text file is meant, beside columns 0, 1, ..."""

    WHOLE_LINE = lookup.WHOLE_LINE
    LINE_NUMBER = lookup.LINE_NUMBER


@export("lookup.TextFileInitializer")
class TextFileInitializer(_Initializer):
    """Fills a table from the lines of a text file.

    Args:
      filename: path of the file.
      key_dtype: dtype of keys.
      key_index: what the keys are: a column, `TextFileIndex.WHOLE_LINE` or `TextFileIndex.LINE_NUMBER` (int64).
      value_dtype: dtype of values.
      value_index: what the values are.
      vocab_size: read so many lines; an error if there are fewer.
      delimiter: what stands between columns.
      name: has no effect.
      value_index_offset: added to line numbers as values.
    """

    def __init__(
        self,
        filename: Any,
        key_dtype: Any,
        key_index: int,
        value_dtype: Any,
        value_index: int,
        vocab_size: int | None = None,
        delimiter: str = "\t",
        name: str | None = None,
        value_index_offset: int = 0,
    ):
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError("`filename` argument required for tf.lookup.TextFileInitializer")
        super().__init__(key_dtype, value_dtype)
        for what, index, dtype in (("key", key_index, self._key_dtype), ("value", value_index, self._value_dtype)):
            _check_index(what, index, dtype)
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"`vocab_size` should be > 0, received: {vocab_size}")
        self._filename = filename
        self._key_index = key_index
        self._value_index = value_index
        self._vocab_size = vocab_size
        self._delimiter = delimiter
        self._offset = value_index_offset

    def initialize(self, table: Any) -> Any:
        """Fills `table`. NotFoundError if there is no such file, InvalidArgumentError if it is not as declared."""
        self._check(table)
        _init_from_file(
            table.resource_handle,
            convert_to_tensor(self._filename, dtypes.string, name="asset_filepath"),
            key_index=self._key_index,
            value_index=self._value_index,
            vocab_size=-1 if self._vocab_size is None else self._vocab_size,
            delimiter=self._delimiter,
            offset=self._offset,
        )
        return ran()


def _check_index(what: str, index: int, dtype: DType) -> None:
    if index < -2:
        raise ValueError(f"`{what}_index` should be >= -2, received: {index}.")
    if index == TextFileIndex.LINE_NUMBER and dtype is not dtypes.int64:
        raise ValueError(f"`{what}_dtype` must be int64 if `{what}_index` is {index}, received: {dtype}")
    if index == TextFileIndex.WHOLE_LINE and not dtype.is_integer and dtype is not dtypes.string:
        raise ValueError(
            f"`{what}_dtype` should be either integer or string for `{what}_index` {index}, received: {dtype}"
        )


@export("lookup.StaticHashTable")
class StaticHashTable(LookupInterface):
    """A table that is filled when it is made, and does not change.

    Args:
      initializer: a KeyValueTensorInitializer or TextFileInitializer.
      default_value: the value of keys that are not there, a scalar.
      name: of the table.
      experimental_is_anonymous: has no effect: no table can be reached by its name.
    """

    def __init__(
        self, initializer: Any, default_value: Any, name: str | None = None, experimental_is_anonymous: bool = False
    ):
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._default_value = convert_to_tensor(default_value, dtype=self._value_dtype)
        self._default_value.shape.merge_with(())
        self._initializer = self._track_trackable(initializer, "_initializer")
        with init_scope():
            self._resource_handle = self._create_resource()
        self._init_op = self._initialize()
        if context.graph is not None:
            # By the name of `GraphKeys.TABLE_INITIALIZERS`.
            context.graph.add_to_collection("table_initializer", self._init_op)

    def _create_resource(self) -> Any:
        return op("AnonymousHashTable")(key_dtype=self._key_dtype, value_dtype=self._value_dtype)

    def _initialize(self) -> Any:
        return self._initializer.initialize(self)

    @property
    def default_value(self) -> Tensor:
        """The value of keys that are not there."""
        return self._default_value

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The values for keys (a tensor, sparse or ragged), in the structure of these; TypeError for another dtype."""
        self._check_keys(keys)
        return on_values(keys, self._look_up)

    def _look_up(self, keys: Any) -> Tensor:
        values = _find(self.resource_handle, keys, self._default_value)
        values.set_shape(keys.shape)
        return values

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and all values."""
        keys, values = _export(self.resource_handle, Tkeys=self._key_dtype, Tvalues=self._value_dtype, name=name)
        values.set_shape(keys.shape)
        return keys, values


@export("lookup.StaticVocabularyTable")
class StaticVocabularyTable(LookupInterface):
    """A table from words to ids, which spreads unknown words over buckets behind the known ids.

    Args:
      initializer: from strings or int64 to int64; None to hash all strings.
      num_oov_buckets: number of buckets for unknown keys.
      lookup_key_dtype: dtype of the keys that are looked up, if integers of another size.
      name: of the table.
      experimental_is_anonymous: has no effect.
    """

    def __init__(
        self,
        initializer: Any,
        num_oov_buckets: int,
        lookup_key_dtype: Any = None,
        name: str | None = None,
        experimental_is_anonymous: bool = False,
    ):
        if num_oov_buckets <= 0:
            raise ValueError("`num_oov_buckets` must be > 0; use StaticHashTable.")
        self._table = None
        self._table_name = (name or "hash_bucket").rstrip("/").split("/")[-1]
        if initializer:
            lookup_key_dtype = _checked_key_dtype(initializer, lookup_key_dtype)
            self._initializer = self._track_trackable(initializer, "_initializer")
            self._table = StaticHashTable(initializer, default_value=-1)
            self._table_name = name and self._table_name
        else:
            lookup_key_dtype = dtypes.string
        if not lookup_key_dtype.is_integer and lookup_key_dtype is not dtypes.string:
            raise TypeError(f"Invalid `key_dtype`, expected integer or string, got {lookup_key_dtype}")
        self._num_oov_buckets = num_oov_buckets
        super().__init__(lookup_key_dtype, dtypes.int64)

    @property
    def resource_handle(self) -> Any:
        """The handle of the table of known keys; None without one."""
        return None if self._table is None else self._table.resource_handle

    @property
    def name(self) -> str | None:
        """The name that was given."""
        return self._table_name

    def _initialize(self) -> Any:
        return no_op() if self._table is None else self._table._initialize()

    def size(self, name: str | None = None) -> Tensor:
        """The number of ids: known keys and buckets."""
        known = convert_to_tensor(0, dtypes.int64) if self._table is None else self._table.size()
        return _add(known, self._num_oov_buckets)

    def lookup(self, keys: Any, name: str | None = None) -> Any:
        """The ids of keys, in the structure of these; TypeError for another dtype."""
        self._check_keys(keys)
        return on_values(keys, self._look_up)

    def _look_up(self, keys: Any) -> Tensor:
        table = self._table
        if table is not None and table.key_dtype is dtypes.int64:
            keys = _cast(keys, DstT=dtypes.int64)
        text = keys if keys.dtype is dtypes.string else as_string(keys)
        buckets = to_hash_bucket_fast(text, self._num_oov_buckets)
        if table is None:
            return buckets
        ids = table.lookup(keys)
        return _select(_not_equal(ids, table.default_value), ids, _add(buckets, table.size()))


def _checked_key_dtype(initializer: Any, lookup_key_dtype: Any) -> DType:
    """The dtype of the keys of a vocabulary."""
    lookup_key_dtype = dtypes.as_dtype(initializer.key_dtype if lookup_key_dtype is None else lookup_key_dtype)
    if initializer.key_dtype not in (dtypes.int64, dtypes.string):
        raise TypeError(f"Invalid `key_dtype`, expected int64 or string, but got {initializer.key_dtype}.")
    if initializer.key_dtype.is_integer != lookup_key_dtype.is_integer:
        raise TypeError(f"Invalid `key_dtype`: {lookup_key_dtype} are looked up among {initializer.key_dtype}.")
    if initializer.value_dtype is not dtypes.int64:
        raise TypeError(f"Invalid `value_dtype`, expected {dtypes.int64} but got {initializer.value_dtype}.")
    return lookup_key_dtype


for _cls in (KeyValueTensorInitializer, TextFileInitializer, TextFileIndex, StaticHashTable, StaticVocabularyTable):
    _cls.__module__ = "tensorflow.python.ops.lookup_ops"
