"""The static methods of `tf.data.Dataset` that make datasets."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.api.callbacks import _as_op_error
from tfshim.convert import convert_to_tensor
from tfshim.data import batching, shuffling, stages, structure
from tfshim.data.making import base_class, derive
from tfshim.data.structure import Raw, leaf_specs, normalize, spec_of
from tfshim.errors import InvalidArgumentError, OpError
from tfshim.seeds import get_seed
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec, TypeSpec


def count(value: Any, default: int | None = None) -> Tensor:
    """A parameter that is an int64 scalar."""
    return convert_to_tensor(default if value is None and default is not None else value, dtypes.int64)


def seeds(seed: Any) -> tuple[Tensor, Tensor]:
    """The two seeds of a random dataset; (0, 0) if its numbers are not reproducible."""
    first, second = get_seed(seed)
    return count(first, 0), count(second, 0)


class Creation:
    """Mixin: where datasets come from."""

    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> Any:
        """A dataset of one element: the given structure of tensors."""
        element = normalize(tensors)
        spec = spec_of(element)
        parts = structure.to_tensors(spec, element)
        if not parts:
            raise InvalidArgumentError(None, None, "from_tensors needs at least one tensor")
        return derive("_TensorDataset", _one, [], spec, parts, leaves=leaf_specs(spec))

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> Any:
        """A dataset of the slices of a structure of tensors along their first dimension.

        Raises:
          ValueError: a tensor is a scalar, or the first dimensions differ.
        """
        element = normalize(tensors)
        whole = spec_of(element)
        spec = structure.unbatched(whole)
        specs = [s for s in structure.leaf_specs(whole) if getattr(s, "shape", None) is not None and s.shape.rank]
        for other in specs[1:]:
            _same_size(specs[0], other)
        parts = structure.to_tensors(whole, element)
        return derive("_TensorSliceDataset", _slices, [], spec, parts, whole=whole, spec=spec)

    @staticmethod
    def range(*args: Any, **kwargs: Any) -> Any:
        """The numbers of a range: `(stop)`, `(start, stop)` or `(start, stop, step)`.

        Args:
          *args: int64 scalars.
          **kwargs: `output_type`, by default `tf.int64`; `name`.

        Raises:
          ValueError: wrong number of arguments.
        """
        if not 1 <= len(args) <= 3:
            raise ValueError(f"Invalid `args`. The length of `args` should be between 1 and 3 but was {len(args)}.")
        start, stop, step = (0, *args, 1) if len(args) == 1 else (*args, 1) if len(args) == 2 else args
        dtype = dtypes.as_dtype(kwargs.get("output_type") or dtypes.int64)
        bounds = [count(v) for v in (start, stop, step)]
        return derive("_RangeDataset", stages.Range, [], TensorSpec([], dtype), bounds, dtype=dtype.as_numpy_dtype)

    @staticmethod
    def random(seed: Any = None, rerandomize_each_iteration: bool | None = None, name: str | None = None) -> Any:
        """An endless sequence of random int64 numbers from 0 to 2**32 - 1."""
        return derive(
            "_RandomDataset",
            shuffling.RandomNumbers,
            [],
            TensorSpec([], dtypes.int64),
            seeds(seed),
            rerandomize=bool(rerandomize_each_iteration),
        )

    @staticmethod
    def counter(start: Any = 0, step: Any = 1, dtype: Any = dtypes.int64, name: str | None = None) -> Any:
        """The endless sequence `start`, `start + step`, ..."""
        dtype = dtypes.as_dtype(dtype)
        ones = base_class().from_tensors(0).repeat(None)
        first = convert_to_tensor(start, dtype)
        return ones.scan(first, lambda state, _: (state + convert_to_tensor(step, dtype), state))

    @staticmethod
    def from_generator(
        generator: Callable[..., Any],
        output_types: Any = None,
        output_shapes: Any = None,
        args: Any = None,
        output_signature: Any = None,
        name: str | None = None,
    ) -> Any:
        """The elements that Python iterators give.

        Args:
          generator: called for each pass with `args` as NumPy values; returns an iterable.
          output_types: dtypes of the elements; deprecated in favour of `output_signature`.
          output_shapes: their shapes.
          args: tensors to pass to `generator`.
          output_signature: structure of specs of the elements.
          name: ignored.

        Raises:
          TypeError: `generator` is not callable, or what the elements are is not said.
        """
        if not callable(generator):
            raise TypeError("`generator` must be a Python callable.")
        if output_signature is not None:
            if output_types is not None or output_shapes is not None:
                raise TypeError(
                    "The `output_types` and `output_shapes` arguments can not be used together with "
                    "the `output_signature` argument."
                )
            for leaf in nest.flatten(output_signature):
                if not isinstance(leaf, TypeSpec):
                    raise TypeError(
                        "`output_signature` must contain objects that are subclass of `tf.TypeSpec` but found "
                        f"{type(leaf)} which is not."
                    )
            spec = output_signature
        elif output_types is None:
            raise TypeError(
                "To specify the output signature you need to provide either the `output_signature` argument or the "
                "`output_types` argument."
            )
        else:
            spec = structure.from_legacy(output_types, output_shapes)
        if isinstance(spec, list):
            spec = tuple(spec)
        parameters = () if args is None else tuple(convert_to_tensor(a) for a in args)
        attrs = {"generator": generator, "spec": spec}
        return derive("_FlatMapDataset", _generated, [], spec, parameters, external="PyFunc", **attrs)

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> Any:
        """Elements of several datasets side by side, until one of them ends.

        Args:
          *args: datasets, or one structure of datasets.
          datasets: old name of the argument.
          name: ignored.

        Raises:
          TypeError: something is not a dataset, or there is nothing.
        """
        if not args and datasets is None:
            raise TypeError("Must pass at least one dataset to `zip`.")
        if args and datasets is not None:
            raise TypeError("Both `*args` and `datasets` cannot be set.")
        nested = datasets if datasets is not None else args[0] if len(args) == 1 else args
        flat = [nested] if isinstance(nested, base_class()) else _datasets_in(nested)
        spec = structure.map_leaves(lambda d: d.element_spec, nested)
        return derive("_ZipDataset", stages.Zip, flat, spec)

    @staticmethod
    def choose_from_datasets(
        datasets: Any, choice_dataset: Any, stop_on_empty_dataset: bool = True, name: str | None = None
    ) -> Any:
        """The next element of the dataset whose number `choice_dataset` gives.

        Raises:
          TypeError, ValueError: `choice_dataset` is not one of int64 scalars, `datasets` is empty, or their elements
            differ.
        """
        if not isinstance(choice_dataset, base_class()):
            raise TypeError(f"Invalid `choice_dataset`. Expected a tf.data.Dataset, got {type(choice_dataset)}.")
        if not structure.is_compatible(choice_dataset.element_spec, TensorSpec([], dtypes.int64)):
            raise TypeError(
                "Invalid `choice_dataset`. Elements of `choice_dataset` must be scalar `tf.int64` tensors but are "
                f"{choice_dataset.element_spec}."
            )
        if not datasets:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        return _directed(choice_dataset, datasets, stop_on_empty_dataset)

    @staticmethod
    def sample_from_datasets(
        datasets: Any,
        weights: Any = None,
        seed: Any = None,
        stop_on_empty_dataset: bool = False,
        rerandomize_each_iteration: bool | None = None,
        name: str | None = None,
    ) -> Any:
        """Elements of datasets chosen at random, by `weights`, a vector or a dataset of vectors.

        Raises:
          ValueError: `datasets` is empty, or there are not as many weights as datasets.
        """
        from tfshim.api.random import stateless_categorical

        if not datasets:
            raise ValueError("Invalid `datasets`. `datasets` should not be empty.")
        if isinstance(weights, (list, tuple, np.ndarray)) and len(weights) == len(datasets):
            # Never chosen, they would never be found to have ended.
            chosen = [(d, w) for d, w in zip(datasets, weights, strict=True) if isinstance(w, Tensor) or w > 0]
            datasets, weights = zip(*chosen, strict=True) if chosen else ([datasets[0].take(0)], [1.0])
        n = len(datasets)
        if n == 1:
            return datasets[0]
        numbers = base_class().random(seed, rerandomize_each_iteration).batch(2)

        def choose(logits: Any, pair: Any) -> Any:
            return stateless_categorical(logits, 1, seed=pair)[0, 0]

        if isinstance(weights, base_class()):
            choices = base_class().zip((weights, numbers)).map(lambda w, s: choose(_log(w), s))
        else:
            logits = _logits(weights, n)
            choices = numbers.map(lambda pair: choose(logits, pair))
        return _directed(choices, datasets, stop_on_empty_dataset)

    @staticmethod
    def list_files(file_pattern: Any, shuffle: bool | None = None, seed: Any = None, name: str | None = None) -> Any:
        """The names of the files that match glob patterns, in random order unless `shuffle=False`.

        Raises:
          InvalidArgumentError: no file matches.
        """
        from tfshim.data.readers import matching_files

        found = matching_files(file_pattern)
        files = base_class().from_tensor_slices(found)
        return files if shuffle is False else files.shuffle(max(1, len(found)), seed=seed)


def _same_size(first: Any, other: Any) -> None:
    one, two = first.shape[0], other.shape[0]
    if one is not None and two is not None and one != two:
        raise ValueError(f"Dimensions {one} and {two} are not compatible")


def _datasets_in(nested: Any) -> list[Any]:
    flat: list[Any] = []

    def check(leaf: Any) -> None:
        if not isinstance(leaf, base_class()):
            hint = " Python `list` is not supported and you should use `tuple` instead." * isinstance(leaf, list)
            raise TypeError(
                "Invalid input to `zip`. Inputs are expected to be (nested) structures of `tf.data.Dataset` objects"
                + (f".{hint}" if hint else f" but encountered object of type {type(leaf)}.")
            )
        flat.append(leaf)

    structure.map_leaves(check, nested)
    return flat


def _directed(choices: Any, datasets: Any, stop: bool) -> Any:
    spec = datasets[0].element_spec
    for dataset in datasets[1:]:
        spec = structure.most_general(spec, dataset.element_spec)
    return derive(
        "_DirectedInterleaveDataset",
        stages.DirectedInterleave,
        [choices, *datasets],
        spec,
        stop_on_empty_dataset=stop,
    )


def _log(weights: Any) -> Any:
    from tfshim.ops import op

    return op("ExpandDims")(op("Log")(weights), 0)


def _logits(weights: Any, n: int) -> Any:
    if weights is None:
        return np.ones((1, n), np.float32)
    weights = convert_to_tensor(weights)
    if weights.dtype not in (dtypes.float32, dtypes.float64):
        raise TypeError(f"Invalid `weights`. `weights` type must be either float32 or float64, got {weights.dtype}.")
    if weights.shape.rank != 1 or weights.shape[0] not in (None, n):
        raise ValueError(
            f"Invalid `weights`. The shape of `weights` should be compatible with `[{n}]` but is {weights.shape}."
        )
    return _log(weights)


# Stages of what is given ------------------------------------------------------------------------------------


def _one(*values: Any, leaves: Any) -> stages.Stage:
    return stages.One(structure.flat_to_raw(leaves, values))


def _slices(*values: Any, whole: Any, spec: Any) -> stages.Stage:
    leaves = leaf_specs(whole)
    if all(isinstance(s, TensorSpec) for s in leaves):
        return stages.Slices(*map(np.asarray, values))
    raw = structure.flat_to_raw(leaves, values)
    return batching.Unbatch(stages.One(raw), batched=whole, spec=spec)


def _generated(*values: np.ndarray, generator: Callable[..., Any], spec: Any) -> stages.Stage:
    def make() -> Iterator[Raw]:
        # Arguments are NumPy values, for scalars NumPy scalars.
        arguments = [v[()] if isinstance(v, np.ndarray) and not v.ndim else v for v in values]
        try:
            elements = iter(generator(*arguments))
        except Exception as error:
            raise _as_op_error(error) from error
        return _Converted(elements, spec)

    return stages.Generated(make)


class _Converted(Iterator[Raw]):
    """The raw elements of a user's iterator."""

    def __init__(self, elements: Iterator[Any], spec: Any):
        self._elements = elements
        self._spec = spec
        self._leaves = leaf_specs(spec)

    def __next__(self) -> Raw:
        try:
            element = next(self._elements)
        except StopIteration:
            raise
        except Exception as error:
            raise _as_op_error(error) from error
        try:
            values = [element] if not nest.is_nested(self._spec) else nest.flatten_up_to(self._spec, element)
        except (TypeError, ValueError):
            raise _as_op_error(
                TypeError(
                    f"`generator` yielded an element that did not match the expected structure. The expected structure "
                    f"was {structure.legacy_types(self._spec)}, but the yielded element was {element}."
                )
            ) from None
        return tuple([self._leaf(v, s) for v, s in builtins.zip(values, self._leaves, strict=True)])

    @staticmethod
    def _leaf(value: Any, spec: Any) -> Any:
        if not isinstance(spec, TensorSpec):
            return structure.to_raw(spec, structure.normalize(value))
        try:
            raw = convert_to_tensor(value, None if isinstance(value, Tensor) else spec.dtype)
        except (TypeError, ValueError, OpError):
            raise _as_op_error(
                TypeError(
                    "`generator` yielded an element that could not be converted to the expected type. The expected "
                    f"type was {spec.dtype.name}, but the yielded element was {value}."
                )
            ) from None
        if raw.dtype != spec.dtype:
            raise _as_op_error(
                TypeError(
                    f"`generator` yielded an element of type {raw.dtype.name} where an element of type "
                    f"{spec.dtype.name} was expected."
                )
            )
        if not spec.shape.is_compatible_with(raw.shape):
            raise _as_op_error(
                TypeError(
                    f"`generator` yielded an element of shape {raw.shape} where an element of shape {spec.shape} was "
                    "expected."
                )
            )
        return structure.to_raw(spec, raw)
