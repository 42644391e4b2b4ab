"""`tf.data.Dataset` as such: what it is made of, its spec, iteration. The transformations are in the mixins.

A dataset is a variant tensor whose value is a stage (see `stages`). In eager mode transformations make stages at once;
in a graph they add nodes that make them when the graph runs, so that datasets can depend on tensors of a function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tfshim.context import context
from tfshim.data import structure
from tfshim.data.batches import Batches
from tfshim.data.creation import Creation
from tfshim.data.iterators import NumpyIterator, OwnedIterator
from tfshim.data.making import MODULE, as_stage, base, class_named, derive, merged_options
from tfshim.data.options import ExternalStatePolicy, Options
from tfshim.data.refused import Refused
from tfshim.data.stages import INFINITE, UNKNOWN, AsIs, Stage
from tfshim.data.transformations import Transformations
from tfshim.export import export
from tfshim.ops import op
from tfshim.ops.registry import kernel, shape_function
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import EagerTensor, Tensor, opaque_value
from tfshim.tracking import Trackable
from tfshim.type_spec import CompositeTensor
from tfshim.type_spec import register as register_spec


@export("data.Dataset")
@base
class DatasetV2(Creation, Transformations, Batches, Refused, Iterable, Trackable, CompositeTensor):
    """A sequence of elements, computed as they are asked for.

    Made by the static methods (`from_tensor_slices`, `range`, ...), transformed by the others (`map`, `batch`, ...),
    each of which returns a new dataset; iterated over in eager mode or in a `tf.function`.
    """

    _variant_tensor: Tensor
    _element_spec: Any
    _input_datasets: list[DatasetV2]
    _options_attr: Options

    def __init__(self, variant_tensor: Tensor):
        if type(self) is DatasetV2:
            raise TypeError("Can't instantiate abstract class DatasetV2 with abstract methods _inputs, element_spec")
        self._variant_tensor = variant_tensor

    @classmethod
    def _over(cls, variant_tensor: Tensor, spec: Any, inputs: Sequence[DatasetV2] = ()) -> DatasetV2:
        made = cls.__new__(cls)
        made._variant_tensor = variant_tensor
        made._element_spec = spec
        made._input_datasets = list(inputs)
        made._options_attr = merged_options(inputs)
        return made

    def _inputs(self) -> list[DatasetV2]:
        return list(self._input_datasets)

    @property
    def _stage(self) -> Stage:
        tensor = self._variant_tensor
        if not isinstance(tensor, EagerTensor):
            raise RuntimeError("a dataset of a graph can only be iterated over in that graph")
        return opaque_value(tensor)

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the elements."""
        return self._element_spec

    @property
    def _type_spec(self) -> DatasetSpec:
        return DatasetSpec(self.element_spec)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} element_spec={self.element_spec!r}>"

    __str__ = __repr__

    # Iteration

    def __iter__(self) -> OwnedIterator:
        if context.graph is not None and not context.graph.building_function:
            raise RuntimeError(
                "`tf.data.Dataset` only supports Python-style iteration in eager mode or within tf.function."
            )
        return OwnedIterator(self)

    def __bool__(self) -> bool:
        return True

    __nonzero__ = __bool__

    def __len__(self) -> int:
        """Number of elements; TypeError if it is infinite, unknown, or in a graph."""
        if context.graph is not None:
            raise TypeError(
                "`tf.data.Dataset` only supports `len` in eager mode. Use `tf.data.Dataset.cardinality()` instead."
            )
        length = self._stage.cardinality()
        if length == INFINITE:
            raise TypeError("The dataset is infinite.")
        if length == UNKNOWN:
            raise TypeError("The dataset length is unknown.")
        return length

    def cardinality(self) -> Tensor:
        """Number of elements as an int64 tensor, `tf.data.INFINITE_CARDINALITY` or `tf.data.UNKNOWN_CARDINALITY`."""
        return op("DatasetCardinality")(self._variant_tensor)

    def as_numpy_iterator(self) -> NumpyIterator:
        """An iterator of the elements with NumPy arrays for tensors; eager mode only.

        Raises:
          RuntimeError: in a graph.
          TypeError: the elements hold what has no NumPy form.
        """
        if context.graph is not None:
            raise RuntimeError("`tf.data.Dataset.as_numpy_iterator()` is only supported in eager mode.")
        return NumpyIterator(self)

    def get_single_element(self, name: str | None = None) -> Any:
        """The only element.

        Raises:
          InvalidArgumentError: there are none or several.
        """
        spec = self.element_spec
        parts = op("DatasetToSingleElement")(
            self._variant_tensor,
            output_types=structure.flat_dtypes(spec),
            output_shapes=[s.shape for s in structure.tensor_specs(spec)],
        )
        return structure.from_tensors(spec, parts)

    # Options

    def options(self) -> Options:
        """The options of this dataset and its inputs; they cannot be changed."""
        options = Options().merge(self._options_attr)
        options._set_mutable(False)
        return options

    def with_options(self, options: Options, name: str | None = None) -> DatasetV2:
        """This dataset with options set."""
        policy = options.experimental_external_state_policy
        lenient = None if policy is None else policy is not ExternalStatePolicy.FAIL
        made = derive("_OptionsDataset", AsIs, [self], self.element_spec, ignores_external_state=lenient)
        made._options_attr = self._options_attr.merge(options)
        return made


DatasetV2.__module__ = MODULE


@export("data.DatasetSpec")
@register_spec("tf.DatasetSpec")
class DatasetSpec(structure.OpaqueSpec):
    """Describes datasets by the spec of their elements."""

    __slots__ = ("_dataset_shape", "_element_spec")

    def __init__(self, element_spec: Any, dataset_shape: Any = ()):
        self._element_spec = element_spec
        self._dataset_shape = as_shape(dataset_shape)

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the elements."""
        return self._element_spec

    @property
    def value_type(self) -> type:
        """The class of datasets."""
        return DatasetV2

    def is_subtype_of(self, other: Any) -> bool:
        """Whether a function traced for datasets of `other` takes those of this spec."""
        return self._compares(other, lambda a, b: a.is_subtype_of(b))

    def _compares(self, other: Any, holds: Callable[[Any, Any], bool]) -> bool:
        if type(self) is not type(other):
            return False
        mine, others = structure.leaf_specs(self._element_spec), structure.leaf_specs(other._element_spec)
        return structure.is_compatible(self._element_spec, other._element_spec) and all(map(holds, mine, others))

    def most_specific_common_supertype(self, others: Sequence[Any]) -> DatasetSpec | None:
        """The spec that describes all the datasets, or None."""
        spec = self._element_spec
        for other in others:
            if type(other) is not type(self):
                return None
            try:
                spec = structure.most_general(spec, other._element_spec)
            except TypeError:
                return None
        return DatasetSpec(spec, self._dataset_shape)

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether a dataset, or those of another spec, can have elements of this spec."""
        other = spec_or_value if isinstance(spec_or_value, DatasetSpec) else getattr(spec_or_value, "_type_spec", None)
        return isinstance(other, DatasetSpec) and structure.is_compatible(self._element_spec, other._element_spec)

    def _serialize(self) -> Any:
        return (self._element_spec, self._dataset_shape)

    def _to_components(self, value: Any) -> Any:
        return value._variant_tensor

    def _from_components(self, components: Any) -> Any:
        return class_named("_VariantDataset")._over(components, self._element_spec)

    @staticmethod
    def from_value(value: Any) -> DatasetSpec:
        """The spec of a dataset."""
        return DatasetSpec(value.element_spec)


DatasetSpec.__module__ = MODULE

AUTOTUNE = export("data.AUTOTUNE", "data.experimental.AUTOTUNE")(-1)
export("data.INFINITE_CARDINALITY", "data.experimental.INFINITE_CARDINALITY")(INFINITE)
export("data.UNKNOWN_CARDINALITY", "data.experimental.UNKNOWN_CARDINALITY")(UNKNOWN)


@kernel("DatasetCardinality", host=True)
def _cardinality(input_dataset):
    return (np.asarray(as_stage(input_dataset).cardinality(), np.int64),)


@shape_function("DatasetCardinality")
def _cardinality_shape(c):
    return [TensorShape([])]
