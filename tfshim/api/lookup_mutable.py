"""`tf.lookup.experimental`: tables that change."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.lookup import LookupInterface, ran
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import init_scope
from tfshim.tensor import Tensor
from tfshim.variable.creation import outermost_graph

_export = op("LookupTableExportV2")
_find = op("LookupTableFindV2")
_import = op("LookupTableImportV2")
_insert = op("LookupTableInsertV2")
_remove = op("LookupTableRemoveV2")


class _MutableTable(LookupInterface):
    """Inserting, removing and exporting."""

    # Keys of checkpoints have it before `-keys` and `-values`.
    _LEGACY_SAVEABLE_NAME = "table"

    def __init__(self, key_dtype: Any, value_dtype: Any, default_value: Any, name: str, checkpoint: bool):
        super().__init__(key_dtype, value_dtype)
        self._checkpoint = checkpoint
        graph = outermost_graph()
        self._name = None if graph is None else graph.unique_name(name).split("/")[-1]
        if graph is not None and checkpoint:
            # By the name of `GraphKeys.SAVEABLE_OBJECTS`: what a `Saver` saves beside variables.
            graph.add_to_collection("saveable_objects", self)
        self._default_value = convert_to_tensor(default_value, dtype=self._value_dtype, name="default_value")
        self._value_shape = self._default_value.shape
        with init_scope():
            self._resource_handle = self._create_resource()

    @property
    def name(self) -> str | None:
        """The name, unique in its graph; None for a table made eagerly."""
        return self._name

    def _create_resource(self) -> Any:
        raise NotImplementedError

    def _keys(self, keys: Any) -> Tensor:
        return convert_to_tensor(keys, dtype=self._key_dtype, name="keys")

    def _look_up(self, keys: Any, default: Any, name: str | None) -> Tensor:
        return _find(self.resource_handle, self._keys(keys), default, name=name)

    def insert(self, keys: Any, values: Any, name: str | None = None) -> Any:
        """Sets the values of keys; InvalidArgumentError if the shapes do not fit. The operation, in a graph."""
        values = convert_to_tensor(values, dtype=self._value_dtype, name="values")
        _insert(self.resource_handle, self._keys(keys), values, name=name)
        return ran()

    def remove(self, keys: Any, name: str | None = None) -> Any:
        """Drops keys, if they are there; TypeError for keys of another dtype. The operation, in a graph."""
        self._check_keys(keys)
        _remove(self.resource_handle, keys, name=name)
        return ran()

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys and all values, in no particular order."""
        return _export(self.resource_handle, Tkeys=self._key_dtype, Tvalues=self._value_dtype, name=name)

    def _serialize_to_tensors(self) -> dict[str, Tensor]:
        keys, values = self.export()
        return {"-keys": keys, "-values": values}

    def _restore_from_tensors(self, restored_tensors: dict[str, Any]) -> Any:
        _import(self.resource_handle, restored_tensors["-keys"], restored_tensors["-values"])
        return ran()


@export("lookup.experimental.MutableHashTable")
class MutableHashTable(_MutableTable):
    """A table that grows and shrinks.

    Args:
      key_dtype: dtype of keys.
      value_dtype: dtype of values.
      default_value: the value of keys that are not there; its shape is the shape of every value.
      name: of the table, in a graph.
      checkpoint: whether a `Saver` without a list saves the contents.
      experimental_is_anonymous: has no effect.
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        name: str = "MutableHashTable",
        checkpoint: bool = True,
        experimental_is_anonymous: bool = False,
    ):
        super().__init__(key_dtype, value_dtype, default_value, name, checkpoint)

    def _create_resource(self) -> Any:
        options = {"key_dtype": self._key_dtype, "value_dtype": self._value_dtype}
        if not self._value_shape.rank:
            return op("AnonymousMutableHashTable")(**options)
        return op("AnonymousMutableHashTableOfTensors")(value_shape=self._value_shape, **options)

    def lookup(self, keys: Any, dynamic_default_values: Any = None, name: str | None = None) -> Tensor:
        """The values for keys; `dynamic_default_values` has one for each that is not there, or one for all."""
        default = self._default_value if dynamic_default_values is None else dynamic_default_values
        return self._look_up(keys, default, name)


@export("lookup.experimental.DenseHashTable")
class DenseHashTable(_MutableTable):
    """A table that grows and shrinks, with two keys that may not be used.

    Args:
      key_dtype: dtype of keys.
      value_dtype: dtype of values.
      default_value: the value of keys that are not there; its shape is the shape of every value.
      empty_key: a key that is never used; its shape is the shape of every key.
      deleted_key: another one.
      initial_num_buckets: a power of 2; has no effect.
      name: of the table, in a graph.
      checkpoint: whether a `Saver` without a list saves the contents.
      experimental_is_anonymous: has no effect.
    """

    def __init__(
        self,
        key_dtype: Any,
        value_dtype: Any,
        default_value: Any,
        empty_key: Any,
        deleted_key: Any,
        initial_num_buckets: int | None = None,
        name: str = "MutableDenseHashTable",
        checkpoint: bool = True,
        experimental_is_anonymous: bool = False,
    ):
        key_dtype = dtypes.as_dtype(key_dtype)
        self._empty_key = convert_to_tensor(empty_key, dtype=key_dtype, name="empty_key")
        self._deleted_key = convert_to_tensor(deleted_key, dtype=key_dtype, name="deleted_key")
        self._initial_num_buckets = initial_num_buckets
        super().__init__(key_dtype, value_dtype, default_value, name, checkpoint)

    def _create_resource(self) -> Any:
        return op("AnonymousMutableDenseHashTable")(
            self._empty_key,
            self._deleted_key,
            value_dtype=self._value_dtype,
            value_shape=self._value_shape,
            initial_num_buckets=self._initial_num_buckets,
        )

    def lookup(self, keys: Any, name: str | None = None) -> Tensor:
        """The values for keys; InvalidArgumentError for the empty and the deleted key."""
        return self._look_up(keys, self._default_value, name)

    def insert_or_assign(self, keys: Any, values: Any, name: str | None = None) -> Any:
        """The same as `insert`."""
        return self.insert(keys, values, name)

    def erase(self, keys: Any, name: str | None = None) -> Any:
        """The same as `remove`."""
        return self.remove(keys, name)


for _cls in (MutableHashTable, DenseHashTable):
    _cls.__module__ = "tensorflow.python.ops.lookup_ops"
