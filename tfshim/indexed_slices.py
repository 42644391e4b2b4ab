"""`IndexedSlices`: a sparse gradient, rows of a tensor that is zero elsewhere."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor, value_as_shape
from tfshim.dtypes import DType, as_dtype
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import TensorShape, as_shape, unknown_shape
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor, TensorSpec, TypeSpec


@export("IndexedSlices")
class IndexedSlices(CompositeTensor):
    """Rows `values[i]` of a larger tensor at positions `indices[i]`; rows of equal index add up.

    Args:
      values: tensor of shape `[n, ...]`.
      indices: int32 or int64 tensor of shape `[n]`.
      dense_shape: shape of the larger tensor as an integer vector, or None if unknown.
    """

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None):
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape

    values = property(lambda self: self._values, doc="The rows, `[n, ...]`.")
    indices = property(lambda self: self._indices, doc="The positions of the rows, `[n]`.")
    dense_shape = property(lambda self: self._dense_shape, doc="The shape of the dense tensor, or None.")
    dtype = property(lambda self: self._values.dtype, doc="The dtype of the values.")
    device = property(lambda self: self._values.device, doc="The device of the values.")
    op = property(lambda self: self._values.op, doc="The operation that made the values.")
    graph = property(lambda self: self._values.graph, doc="The graph of the values.")
    name = property(lambda self: self._values.name, doc="The name of the values.")

    @property
    def shape(self) -> TensorShape:
        """Static shape of the dense tensor, as far as it is known."""
        return unknown_shape() if self._dense_shape is None else value_as_shape(self._dense_shape)

    def get_shape(self) -> TensorShape:
        """Same as `.shape`."""
        return self.shape

    def consumers(self) -> Any:
        """The operations that use the values."""
        return self._values.consumers()

    @property
    def _type_spec(self) -> IndexedSlicesSpec:
        dense = None if self._dense_shape is None else self._dense_shape.dtype
        shape = self._values.shape[1:] if self._dense_shape is None else None
        full = as_shape([None]).concatenate(shape) if shape is not None else self.shape
        return IndexedSlicesSpec(full, self.dtype, self._indices.dtype, dense, self._indices.shape)

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Tensor:
        """The dense tensor; ValueError if `dense_shape` is unknown."""
        if dtype is not None and not as_dtype(dtype).is_compatible_with(self.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {as_dtype(dtype).name} for IndexedSlices with dtype "
                f"{self.dtype.name}"
            )
        return self.to_dense()

    def to_dense(self) -> Tensor:
        """The dense tensor that the rows stand for."""
        if self._dense_shape is None:
            raise ValueError("Tensor conversion requested for IndexedSlices for an argument without dense_shape.")
        # Repeated indices add up, as in ScatterNd.
        indices = op("ExpandDims")(self._indices, -1)
        shape = op("Cast")(self._dense_shape, DstT=self._indices.dtype)
        return op("ScatterNd")(indices, self._values, shape)

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self._values, self._indices, self._dense_shape)

    def __str__(self) -> str:
        dense = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{dense})"


IndexedSlices.__module__ = "tensorflow.python.framework.indexed_slices"


@export("IndexedSlicesSpec")
class IndexedSlicesSpec(TypeSpec):
    """Type of an `IndexedSlices`: dense shape, dtypes of the components, shape of the indices."""

    __slots__ = ("_dense_shape_dtype", "_dtype", "_indices_dtype", "_indices_shape", "_shape")

    def __init__(
        self,
        shape: Any = None,
        dtype: Any = "float32",
        indices_dtype: Any = "int64",
        dense_shape_dtype: Any = None,
        indices_shape: Any = None,
    ):
        self._shape = as_shape(shape)
        self._dtype = as_dtype(dtype)
        self._indices_dtype = as_dtype(indices_dtype)
        self._dense_shape_dtype: DType | None = None if dense_shape_dtype is None else as_dtype(dense_shape_dtype)
        self._indices_shape = as_shape(indices_shape).with_rank(1)

    @property
    def value_type(self) -> type:
        return IndexedSlices

    def _serialize(self) -> Any:
        return (self._shape, self._dtype, self._indices_dtype, self._dense_shape_dtype, self._indices_shape)

    @property
    def _component_specs(self) -> Any:
        rows = self._indices_shape.concatenate(self._shape[1:])
        specs = [TensorSpec(rows, self._dtype), TensorSpec(self._indices_shape, self._indices_dtype)]
        if self._dense_shape_dtype is not None:
            specs.append(TensorSpec([self._shape.ndims], self._dense_shape_dtype))
        return tuple(specs)

    def _to_components(self, value: Any) -> Any:
        if value.dense_shape is None:
            return (value.values, value.indices)
        return (value.values, value.indices, value.dense_shape)

    def _from_components(self, components: Any) -> Any:
        return IndexedSlices(*components)


def dense(value: Any) -> Tensor:
    """`value` as a tensor: an IndexedSlices is scattered."""
    return value.to_dense() if isinstance(value, IndexedSlices) else value


def add_up(parts: list[Any]) -> Any:
    """The sum of gradients; sparse as long as all of them are."""
    if len(parts) == 1:
        return parts[0]
    if all(isinstance(p, IndexedSlices) for p in parts):
        # Backpropagation meets the last use first; TensorFlow's rows come in the order of use.
        parts = parts[::-1]
        indices = [p.indices for p in parts]
        if len({i.dtype for i in indices}) > 1:
            indices = [op("Cast")(i, DstT="int64") for i in indices]
        return IndexedSlices(
            op("ConcatV2")([p.values for p in parts], 0), op("ConcatV2")(indices, 0), parts[0].dense_shape
        )
    tensors = [dense(p) for p in parts]
    if len(tensors) == 2 and tensors[0].dtype is not dtypes.variant:
        return op("AddV2")(*tensors, name="AddN")
    return op("AddN")(tensors)


def as_slices_or_tensor(value: Any, dtype: Any = None) -> Any:
    """An IndexedSlices unchanged; anything else as a tensor of the current mode."""
    if isinstance(value, IndexedSlices):
        if context.graph is None:
            return value
        parts = (value.values, value.indices, value.dense_shape)
        return IndexedSlices(*(None if p is None else convert_to_tensor(p) for p in parts))
    return convert_to_tensor(value, dtype)
