"""`RaggedTensorSpec`: the type of a ragged tensor."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType, as_dtype
from tfshim.ragged.row_partition import of_splits
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import Tensor
from tfshim.type_spec import BatchableTypeSpec, TensorSpec, TypeSpec, register


@register("tf.RaggedTensorSpec")
class RaggedTensorSpec(BatchableTypeSpec):
    """Describes ragged tensors.

    Args:
      shape: the shape; None for ragged (and for unknown) dimensions.
      dtype: of the values; given by `flat_values_spec` if there is one.
      ragged_rank: number of partitions; by default the rank less one. 0 describes plain tensors.
      row_splits_dtype: int32 or int64.
      flat_values_spec: spec of the flat values, if they are not plain tensors.
    """

    __slots__ = ("_dtype", "_flat_values_spec", "_ragged_rank", "_row_splits_dtype", "_shape")

    def __init__(
        self, shape=None, dtype=dtypes.float32, ragged_rank=None, row_splits_dtype=dtypes.int64, flat_values_spec=None
    ):
        self._shape = as_shape(shape)
        self._row_splits_dtype = as_dtype(row_splits_dtype)
        if flat_values_spec is not None:
            if dtype is None:
                dtype = flat_values_spec.dtype
            elif dtype != flat_values_spec.dtype:
                raise ValueError("dtype must be the same as flat_values_spec.dtype")
        elif dtype is None:
            raise ValueError("At least one of dtype or flat_values_spec must be provided")
        self._dtype = as_dtype(dtype)
        self._flat_values_spec = flat_values_spec
        rank = self._shape.rank
        if ragged_rank is None:
            if rank is None:
                raise ValueError("Must specify ragged_rank or a shape with a known rank.")
            ragged_rank = rank - 1
        if not isinstance(ragged_rank, int):
            raise TypeError(f"Argument `ragged_rank` must be an int. Received {ragged_rank}.")
        if rank is not None and ragged_rank >= rank:
            raise ValueError(f"Argument `ragged_rank` ({ragged_rank}) must be less than rank ({rank}).")
        self._ragged_rank = ragged_rank

    dtype = property(lambda self: self._dtype, doc="The `DType` of the values.")
    shape = property(lambda self: self._shape, doc="The static shape.")
    ragged_rank = property(lambda self: self._ragged_rank, doc="The number of partitions.")
    row_splits_dtype = property(lambda self: self._row_splits_dtype, doc="int32 or int64.")
    flat_values_spec = property(lambda self: self._flat_values_spec, doc="Spec of the flat values, or None.")

    @property
    def value_type(self) -> type:
        """`tf.RaggedTensor`, or `tf.Tensor` without ragged dimensions."""
        from tfshim.ragged.tensor import RaggedTensor

        return RaggedTensor if self._ragged_rank > 0 else Tensor

    @classmethod
    def from_value(cls, value):
        """The spec of a ragged or plain tensor."""
        from tfshim.ragged.tensor import RaggedTensor

        if isinstance(value, RaggedTensor):
            flat = value.flat_values
            other = flat._type_spec if hasattr(flat, "_type_spec") else None
            splits = value.row_splits.dtype
            return cls(value.shape, value.dtype, value.ragged_rank, splits, other)
        return cls(value.shape, value.dtype, ragged_rank=0)

    def _serialize(self) -> Any:
        state = (self._shape, self._dtype, self._ragged_rank, self._row_splits_dtype)
        return state if self._flat_values_spec is None else (*state, self._flat_values_spec)

    @property
    def _component_specs(self) -> Any:
        flat = self._flat_values_spec
        if self._ragged_rank <= 0:
            return [TensorSpec(self._shape, self._dtype) if flat is None else flat]
        if flat is None:
            flat = TensorSpec(TensorShape([None]).concatenate(self._shape[self._ragged_rank + 1 :]), self._dtype)
        rows = None if self._shape.rank is None else self._shape.as_list()[0]
        outer = TensorSpec([None if rows is None else rows + 1], self._row_splits_dtype)
        inner = TensorSpec([None], self._row_splits_dtype)
        return [flat, outer, *[inner] * (self._ragged_rank - 1)]

    def _to_components(self, value: Any) -> Any:
        from tfshim.ragged.tensor import RaggedTensor

        if isinstance(value, RaggedTensor):
            return [value.flat_values, *value.nested_row_splits]
        return [value]

    def _from_components(self, components: Any) -> Any:
        from tfshim.ragged.tensor import ragged

        result, *splits = components
        for row_splits in reversed(splits):
            result = ragged(result, of_splits(row_splits))
        if splits and all(isinstance(s, Tensor) for s in splits):
            result._set_shape(self._shape)
        elif isinstance(result, Tensor):
            result.set_shape(self._shape)
        return result

    def is_compatible_with(self, spec_or_value):
        """Whether a ragged tensor, or a tensor or spec of one, may be described by this spec."""
        if self._ragged_rank == 0:
            if self._flat_values_spec is None:
                if isinstance(spec_or_value, (Tensor, TensorSpec)):
                    return TensorSpec(self._shape, self._dtype).is_compatible_with(spec_or_value)
            elif not isinstance(spec_or_value, TypeSpec):
                return self._flat_values_spec.is_compatible_with(spec_or_value)
        return super().is_compatible_with(spec_or_value)

    def _batch(self, batch_size: int | None) -> RaggedTensorSpec:
        if self._flat_values_spec is not None:
            raise ValueError("Customized flat_values_spec is not supported.")
        return RaggedTensorSpec(
            TensorShape([batch_size]).concatenate(self._shape),
            self._dtype,
            self._ragged_rank + 1,
            self._row_splits_dtype,
        )

    def _unbatch(self) -> RaggedTensorSpec:
        if self._flat_values_spec is not None:
            raise ValueError("Customized flat_values_spec is not supported.")
        # Rows of unequal length, cut from a uniform dimension behind, stay ragged.
        return RaggedTensorSpec(self._shape[1:], self._dtype, self._ragged_rank - 1, self._row_splits_dtype)

    @property
    def _flat_tensor_specs(self) -> list[Any]:
        if self._flat_values_spec is not None:
            raise ValueError("Customized flat_value_type is not supported.")
        return [TensorSpec(None, dtypes.variant)]

    def _to_tensor_list(self, value: Any) -> list[Any]:
        return [self._variant(value, False)]

    def _to_batched_tensor_list(self, value: Any) -> list[Any]:
        if self._ragged_rank <= 0:
            raise ValueError("A ragged tensor of ragged_rank 0 has no rows to batch")
        return [self._variant(value, True)]

    def _variant(self, value: Any, batched: bool) -> Tensor:
        from tfshim.ragged import variants

        if self._flat_values_spec is not None:
            raise ValueError("Customized flat_value_type is not supported.")
        return variants.encode(value, batched)

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        from tfshim.ragged import variants

        (variant,) = tensor_list
        result = variants.decode(variant, self._dtype, self._ragged_rank, self._row_splits_dtype)
        if self._shape.rank is not None:
            if isinstance(result, Tensor):
                result.set_shape(self._shape)
            else:
                result._set_shape(self._shape)
        return result

    def _to_legacy_output_types(self) -> DType:
        return self._dtype

    def _to_legacy_output_shapes(self) -> TensorShape:
        return self._shape

    def _to_legacy_output_classes(self) -> Any:
        return self

    def __repr__(self) -> str:
        return f"RaggedTensorSpec({self._shape!r}, {self._dtype!r}, {self._ragged_rank!r}, {self._row_splits_dtype!r})"


def as_value(value: Any) -> Any:
    """A ragged tensor unchanged; anything else as a tensor."""
    from tfshim.ragged.tensor import RaggedTensor

    return value if isinstance(value, RaggedTensor) else convert_to_tensor(value)
