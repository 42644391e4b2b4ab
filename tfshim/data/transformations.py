"""The methods of `tf.data.Dataset` that choose, order and map elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.data import background, caching, calling, shuffling, stages, structure
from tfshim.data.creation import count, seeds
from tfshim.data.functions import ElementFunction
from tfshim.data.making import base_class, derive
from tfshim.data.reducing import reduce, scan_function
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec


def _predicate(func: Callable[..., Any], spec: Any, caller: str) -> ElementFunction:
    function = ElementFunction(func, spec, caller)
    if not structure.is_compatible(function.output_spec, TensorSpec([], dtypes.bool)):
        raise ValueError(
            "Invalid `predicate`. `predicate` must return a `tf.bool` scalar tensor, but its return type is "
            f"{function.output_spec}."
        )
    return function


def _dataset_function(func: Callable[..., Any], spec: Any, caller: str) -> ElementFunction:
    function = ElementFunction(func, spec, caller)
    if not hasattr(function.output_spec, "_dataset_shape"):
        raise TypeError(
            "Invalid `map_func`. `map_func` must return a `Dataset` object, but its return type is "
            f"{function.output_spec}."
        )
    return function


class Transformations:
    """Mixin: datasets of the same elements in another choice or order, or of functions of them."""

    element_spec: Any

    # Functions

    def map(
        self,
        map_func: Callable[..., Any],
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
        synchronous: bool | None = None,
        use_unbounded_threadpool: bool = False,
        name: str | None = None,
    ) -> Any:
        """The results of `map_func` of the elements, in order.

        Args:
          map_func: from an element (its parts as arguments if it is a tuple) to a structure of tensors; traced once.
          num_parallel_calls: how many elements to compute at a time; `tf.data.AUTOTUNE` chooses.
          deterministic: has no effect, for the order is always kept.
          synchronous: True computes an element only when it is asked for.
          use_unbounded_threadpool: has no effect.
          name: ignored.
        """
        function = ElementFunction(map_func, self.element_spec, "Dataset.map()")
        if num_parallel_calls is None or synchronous:
            return derive(
                "_MapDataset", calling.Map, [self], function.output_spec, functions=[function], function=function
            )
        return derive(
            "_ParallelMapDataset",
            background.ParallelMap,
            [self],
            function.output_spec,
            [count(num_parallel_calls)],
            [function],
            function=function,
        )

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Any:
        """The elements for which `predicate` is true.

        Raises:
          ValueError: the predicate does not return a boolean scalar.
        """
        function = _predicate(predicate, self.element_spec, "Dataset.filter()")
        return derive(
            "_FilterDataset", calling.Filter, [self], self.element_spec, functions=[function], function=function
        )

    def take_while(self, predicate: Callable[..., Any], name: str | None = None) -> Any:
        """The elements before the first one for which `predicate` is false."""
        function = _predicate(predicate, self.element_spec, "Dataset.take_while()")
        return derive(
            "_TakeWhileDataset", calling.TakeWhile, [self], self.element_spec, functions=[function], function=function
        )

    def flat_map(self, map_func: Callable[..., Any], name: str | None = None) -> Any:
        """The elements of the datasets that `map_func` makes of the elements, one dataset after the other."""
        function = _dataset_function(map_func, self.element_spec, "Dataset.flat_map()")
        return derive(
            "_FlatMapDataset",
            calling.FlatMap,
            [self],
            function.output_spec.element_spec,
            functions=[function],
            function=function,
        )

    def interleave(
        self,
        map_func: Callable[..., Any],
        cycle_length: Any = None,
        block_length: Any = None,
        num_parallel_calls: Any = None,
        deterministic: bool | None = None,
        name: str | None = None,
    ) -> Any:
        """Blocks of elements of the datasets that `map_func` makes, of `cycle_length` datasets in turn.

        Args:
          map_func: from an element to a dataset.
          cycle_length: how many datasets to take in turn; by default as many as there are processors.
          block_length: how many elements to take from a dataset at a time, 1 by default.
          num_parallel_calls: accepted; the order is that of the sequential method, and so is the computation.
          deterministic: has no effect, for the order is always kept.
          name: ignored.
        """
        function = _dataset_function(map_func, self.element_spec, "Dataset.interleave()")
        return derive(
            "_InterleaveDataset" if num_parallel_calls is None else "_ParallelInterleaveDataset",
            calling.Interleave,
            [self],
            function.output_spec.element_spec,
            [count(cycle_length, background.AUTOTUNE), count(block_length, 1)],
            [function],
            function=function,
        )

    def scan(self, initial_state: Any, scan_func: Callable[..., Any], name: str | None = None) -> Any:
        """The outputs of `scan_func`, from `(state, element)` to `(new state, output)`.

        Raises:
          TypeError: the new state differs from the old one in structure or dtypes.
        """
        states, function, spec = scan_function(self.element_spec, initial_state, scan_func)
        return derive(
            "_ScanDataset",
            calling.Scan,
            [self],
            spec,
            states,
            [function],
            function=function,
            states=len(states),
        )

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any], name: str | None = None) -> Any:
        """The last state: `reduce_func` goes from `(state, element)` to the new state.

        Raises:
          TypeError: the new state differs from the old one in structure or dtypes.
        """
        return reduce(self, initial_state, reduce_func)

    def apply(self, transformation_func: Callable[[Any], Any]) -> Any:
        """`transformation_func(self)`.

        Raises:
          TypeError: the result is not a dataset.
        """
        dataset = transformation_func(self)
        if not isinstance(dataset, base_class()):
            raise TypeError(f"`transformation_func` must return a `tf.data.Dataset` object. Got {type(dataset)}.")
        return dataset

    # Choice and order

    def take(self, count: Any, name: str | None = None) -> Any:
        """The first `count` elements; all if it is -1."""
        return derive("_TakeDataset", stages.Take, [self], self.element_spec, [_count(count)])

    def skip(self, count: Any, name: str | None = None) -> Any:
        """All but the first `count` elements; none if it is -1."""
        return derive("_SkipDataset", stages.Skip, [self], self.element_spec, [_count(count)])

    def shard(self, num_shards: Any, index: Any, name: str | None = None) -> Any:
        """Every `num_shards`-th element, from element `index` on.

        Raises:
          InvalidArgumentError: `index` is not a number from 0 to `num_shards - 1`.
        """
        return derive("_ShardDataset", stages.Shard, [self], self.element_spec, [_count(num_shards), _count(index)])

    def shuffle(
        self, buffer_size: Any, seed: Any = None, reshuffle_each_iteration: bool | None = True, name: str | None = None
    ) -> Any:
        """The elements in random order, each drawn from a buffer of the next `buffer_size`.

        A seed, or `tf.random.set_seed`, gives TensorFlow's own order.

        Args:
          buffer_size: size of the buffer; `tf.data.UNKNOWN_CARDINALITY`: as large as the dataset.
          seed: seed of the order.
          reshuffle_each_iteration: whether each pass has an order of its own.
          name: ignored.
        """
        changes = reshuffle_each_iteration is not False
        return derive(
            "_ShuffleDataset",
            shuffling.Shuffle,
            [self],
            self.element_spec,
            [_count(buffer_size), *seeds(seed)],
            reshuffle=changes,
        )

    def repeat(self, count: Any = None, name: str | None = None) -> Any:
        """The dataset `count` times; without end if it is None or -1."""
        return derive("_RepeatDataset", stages.Repeat, [self], self.element_spec, [_count(count, -1)])

    def unique(self, name: str | None = None) -> Any:
        """The elements without repetitions; they must be single tensors of integers or strings.

        Raises:
          TypeError: they are not.
        """
        spec = self.element_spec
        allowed = (dtypes.int32, dtypes.int64, dtypes.string)
        if not isinstance(spec, TensorSpec) or spec.dtype not in allowed:
            raise TypeError(
                "`tf.data.Dataset.unique` only supports elements of a single tensor of type `tf.int32`, `tf.int64` or "
                f"`tf.string`, but the elements are {spec}."
            )
        return derive("_UniqueDataset", stages.Unique, [self], spec)

    # Joining

    def concatenate(self, dataset: Any, name: str | None = None) -> Any:
        """The elements of this dataset, then those of another.

        Raises:
          TypeError: the elements differ in structure or dtypes.
        """
        spec = structure.most_general(self.element_spec, dataset.element_spec)
        return derive("_ConcatenateDataset", stages.Concatenate, [self, dataset], spec)

    def enumerate(self, start: Any = 0, name: str | None = None) -> Any:
        """Pairs of number (int64, from `start` on) and element."""
        most = dtypes.int64.max
        return base_class().zip((base_class().range(start, most), self))

    # How it is computed

    def prefetch(self, buffer_size: Any, name: str | None = None) -> Any:
        """The elements, up to `buffer_size` of which another thread computes ahead; `tf.data.AUTOTUNE` chooses."""
        return derive(
            "_PrefetchDataset",
            background.Prefetch,
            [self],
            self.element_spec,
            [_count(buffer_size, background.AUTOTUNE)],
        )

    def cache(self, filename: str = "", name: str | None = None) -> Any:
        """The elements, which the first complete pass keeps in memory, or in a file.

        Args:
          filename: prefix of the name of the file, which later runs of the program read too. The file is tfshim's own:
            TensorFlow does not read it, nor tfshim TensorFlow's.
          name: ignored.
        """
        return derive(
            "CacheDataset", caching.Cache, [self], self.element_spec, [convert_to_tensor(filename, dtypes.string)]
        )

    def ignore_errors(self, log_warning: bool = False, name: str | None = None) -> Any:
        """The elements whose computation does not fail."""
        return derive("_IgnoreErrorsDataset", stages.IgnoreErrors, [self], self.element_spec, log_warning=log_warning)


def _count(value: Any, default: int | None = None) -> Tensor:
    # Methods have a parameter of this name.
    return count(value, default)
