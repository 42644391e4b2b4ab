"""`tf.compat.v1.data.Dataset` and the datasets of files in TensorFlow 1: they have iterators as methods."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tfshim.data import structure
from tfshim.data.core import DatasetV2
from tfshim.data.files import FixedLengthRecordDatasetV2, TextLineDatasetV2, TFRecordDatasetV2
from tfshim.data.graph_iterators import Iterator, make_initializable_iterator, make_one_shot_iterator
from tfshim.data.making import MODULE
from tfshim.export import export
from tfshim.sparse.tensor import SparseTensor


@export("compat.v1.data.Dataset")
class DatasetV1(structure.Legacy, DatasetV2):
    """`tf.data.Dataset`, whose methods give datasets of this kind, with the names that TensorFlow 1 had."""

    def make_one_shot_iterator(self) -> Any:
        """`tf.compat.v1.data.make_one_shot_iterator(self)`."""
        return make_one_shot_iterator(self)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        """`tf.compat.v1.data.make_initializable_iterator(self, shared_name)`."""
        return make_initializable_iterator(self, shared_name)

    def map_with_legacy_function(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
    ) -> DatasetV2:
        """`map`: there is one kind of functions."""
        return self.map(map_func, num_parallel_calls, deterministic)

    def filter_with_legacy_function(self, predicate: Callable[..., Any]) -> DatasetV2:
        """`filter`: there is one kind of functions."""
        return self.filter(predicate)

    @staticmethod
    def from_sparse_tensor_slices(sparse_tensor: Any) -> DatasetV2:
        """The rows of a sparse tensor as `(indices, values, dense_shape)`; TypeError for anything else."""
        if not isinstance(sparse_tensor, SparseTensor):
            raise TypeError(
                f"Invalid `sparse_tensor`. `sparse_tensor` must be a `tf.SparseTensor`. Got {sparse_tensor}."
            )
        rows = DatasetV2.from_tensor_slices(sparse_tensor)
        return DatasetV1Adapter(rows.map(lambda row: (row.indices, row.values, row.dense_shape)))


class DatasetV1Adapter(DatasetV1):
    """A dataset with the methods of TensorFlow 1."""

    def __init__(self, dataset: DatasetV2):
        super().__init__(dataset._variant_tensor)
        self._element_spec = dataset._element_spec
        self._input_datasets = dataset._input_datasets
        self._options_attr = dataset._options_attr
        self._dataset = dataset

    def __repr__(self) -> str:
        return repr(self._dataset)

    __str__ = __repr__


def _adapted(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def adapted(*args: Any, **kwargs: Any) -> Any:
        result = method(*args, **kwargs)
        return DatasetV1Adapter(result) if isinstance(result, DatasetV2) else result

    return adapted


def _adapt_methods() -> None:
    for name in dir(DatasetV2):
        if name.startswith("_") or name in vars(DatasetV1):
            continue
        declared = next(vars(cls)[name] for cls in DatasetV2.__mro__ if name in vars(cls))
        if isinstance(declared, staticmethod):
            setattr(DatasetV1, name, staticmethod(_adapted(declared.__func__)))
        elif callable(declared):
            setattr(DatasetV1, name, _adapted(declared))


_adapt_methods()


def _of_files(dataset: type[DatasetV2]) -> type[DatasetV1Adapter]:
    @functools.wraps(dataset.__init__)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        DatasetV1Adapter.__init__(self, dataset(*args, **kwargs))

    name = dataset.__name__.removesuffix("V2")
    made = type(f"{name}V1", (DatasetV1Adapter,), {"__init__": __init__, "__doc__": dataset.__doc__})
    made.__module__ = "tensorflow.python.data.ops.readers"
    return export(f"compat.v1.data.{name}")(made)


_of_files(FixedLengthRecordDatasetV2)
_of_files(TextLineDatasetV2)
_of_files(TFRecordDatasetV2)

for _cls in (DatasetV1, DatasetV1Adapter):
    _cls.__module__ = MODULE
