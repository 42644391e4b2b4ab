"""`tf.data.experimental`: functions that are methods of `Dataset` today, and some that are not."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.data import stages
from tfshim.data.core import DatasetV2
from tfshim.data.creation import count
from tfshim.data.iterators import OwnedIterator
from tfshim.data.making import class_named, derive
from tfshim.data.optionals import VariantOptional
from tfshim.export import export
from tfshim.tensor import Tensor

Transformation = Callable[[Any], Any]

export("data.experimental.SHARD_HINT")(-1)


@export("data.experimental.cardinality")
def cardinality(dataset: DatasetV2) -> Tensor:
    """`dataset.cardinality()`."""
    return dataset.cardinality()


@export("data.experimental.assert_cardinality")
def assert_cardinality(expected_cardinality: Any) -> Transformation:
    """For `Dataset.apply`: says how many elements there are; FailedPreconditionError in iteration if it is not true."""

    def apply(dataset: DatasetV2) -> Any:
        return derive(
            "_AssertCardinalityDataset",
            stages.AssertCardinality,
            [dataset],
            dataset.element_spec,
            [count(expected_cardinality)],
        )

    return apply


@export("data.experimental.get_single_element")
def get_single_element(dataset: DatasetV2) -> Any:
    """`dataset.get_single_element()`."""
    return dataset.get_single_element()


@export("data.experimental.get_structure")
def get_structure(dataset_or_iterator: Any) -> Any:
    """The structure of specs of the elements of a dataset or an iterator; TypeError for anything else."""
    spec = getattr(dataset_or_iterator, "element_spec", None)
    if spec is None:
        raise TypeError(
            f"Invalid `dataset_or_iterator`. `dataset_or_iterator` must be a `tf.data.Dataset` or tf.data.Iterator "
            f"object, but got {type(dataset_or_iterator)}."
        )
    return spec


@export("data.experimental.get_next_as_optional")
def get_next_as_optional(iterator: OwnedIterator) -> VariantOptional:
    """`iterator.get_next_as_optional()`."""
    return iterator.get_next_as_optional()


@export("data.experimental.Counter")
def counter(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64) -> Any:
    """`Dataset.counter(start, step, dtype)`."""
    return DatasetV2.counter(start, step, dtype)


@export("data.experimental.RandomDataset")
def random_dataset(seed: Any = None, rerandomize_each_iteration: bool | None = None, name: str | None = None) -> Any:
    """`Dataset.random(seed, rerandomize_each_iteration)`."""
    return DatasetV2.random(seed, rerandomize_each_iteration)


@export("data.experimental.to_variant")
def to_variant(dataset: DatasetV2) -> Tensor:
    """The variant tensor of a dataset."""
    return dataset._variant_tensor


@export("data.experimental.from_variant")
def from_variant(variant: Tensor, structure: Any) -> Any:
    """The dataset of a variant tensor, whose elements have the given structure of specs."""
    return class_named("_VariantDataset")._over(variant, structure)


@export("data.experimental.from_list")
def from_list(elements: Any, name: str | None = None) -> Any:
    """A dataset of the structures of tensors in a list.

    Raises:
      ValueError: the list is empty, or the structures differ.
    """
    if not isinstance(elements, (list, tuple)) or not elements:
        raise ValueError("Invalid `elements`. `elements` must be a non-empty list.")
    dataset = DatasetV2.from_tensors(elements[0])
    for element in elements[1:]:
        dataset = dataset.concatenate(DatasetV2.from_tensors(element))
    return dataset


def _method(path: str, name: str) -> None:
    method = getattr(DatasetV2, name)

    def transformation(*args: Any, **kwargs: Any) -> Transformation:
        return lambda dataset: method(dataset, *args, **kwargs)

    parameters = [p for p in inspect.signature(method).parameters.values() if p.name not in ("self", "name")]
    transformation.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    transformation.__name__ = path
    transformation.__doc__ = f"For `Dataset.apply`: `Dataset.{name}` with these arguments."
    export(f"data.experimental.{path}")(transformation)


for _path, _name in (
    ("bucket_by_sequence_length", "bucket_by_sequence_length"),
    ("dense_to_ragged_batch", "ragged_batch"),
    ("enumerate_dataset", "enumerate"),
    ("group_by_window", "group_by_window"),
    ("ignore_errors", "ignore_errors"),
    ("scan", "scan"),
    ("take_while", "take_while"),
    ("unbatch", "unbatch"),
    ("unique", "unique"),
):
    _method(_path, _name)


@export("data.experimental.choose_from_datasets")
def choose_from_datasets(datasets: Any, choice_dataset: Any, stop_on_empty_dataset: bool = False) -> Any:
    """`Dataset.choose_from_datasets`."""
    return DatasetV2.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


@export("data.experimental.sample_from_datasets")
def sample_from_datasets(
    datasets: Any, weights: Any = None, seed: Any = None, stop_on_empty_dataset: bool = False
) -> Any:
    """`Dataset.sample_from_datasets`."""
    return DatasetV2.sample_from_datasets(datasets, weights, seed, stop_on_empty_dataset)


@export("data.experimental.shuffle_and_repeat")
def shuffle_and_repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Transformation:
    """For `Dataset.apply`: `shuffle(buffer_size, seed).repeat(count)`."""
    return lambda dataset: dataset.shuffle(buffer_size, seed).repeat(count)


@export("data.experimental.map_and_batch")
def map_and_batch(
    map_func: Callable[..., Any],
    batch_size: Any,
    num_parallel_batches: Any = None,
    drop_remainder: Any = False,
    num_parallel_calls: Any = None,
) -> Transformation:
    """For `Dataset.apply`: `map(map_func).batch(batch_size)`."""
    return lambda dataset: dataset.map(map_func, num_parallel_calls).batch(batch_size, drop_remainder)


@export("data.experimental.parallel_interleave")
def parallel_interleave(
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: bool = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Transformation:
    """For `Dataset.apply`: `interleave` with these arguments, in its deterministic order."""
    return lambda dataset: dataset.interleave(map_func, cycle_length, block_length)


@export("data.experimental.prefetch_to_device")
def prefetch_to_device(device: Any, buffer_size: Any = None) -> Transformation:
    """For `Dataset.apply`: `prefetch(buffer_size)`. Elements go to the device where a program takes them."""
    return lambda dataset: dataset.prefetch(-1 if buffer_size is None else buffer_size)
