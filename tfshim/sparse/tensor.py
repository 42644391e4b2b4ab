"""`SparseTensor`: the elements of a tensor that are not zero, and its type."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfshim import dtypes
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import TensorShape, as_shape, from_dims, unknown_shape
from tfshim.sparse import variants
from tfshim.sparse.dispatch import HANDLERS, OF_SHAPES
from tfshim.tensor import EagerTensor, Tensor
from tfshim.type_spec import BatchableTypeSpec, CompositeTensor, TensorSpec, register


@export("compat.v1.SparseTensorValue")
class SparseTensorValue(NamedTuple):
    """The three parts of a sparse tensor as NumPy arrays: what a session returns for one."""

    indices: Any
    values: Any
    dense_shape: Any


SparseTensorValue._handler = staticmethod(OF_SHAPES.get)  # type: ignore[attr-defined]
SparseTensorValue.__module__ = "tensorflow.python.framework.sparse_tensor"


class _NoGradient:
    """What tapes ask a composite tensor (`__composite_gradient__`): this one is no source and no target."""

    @staticmethod
    def get_gradient_components(value: Any) -> Any:
        raise ValueError(f"Type {type(value).__name__} is not supported as a gradient source or gradient target.")


def static_dims(tensor: Tensor) -> TensorShape:
    """The shape that an integer vector holds, as far as it is known without running anything."""
    known = tensor.host_value().tolist() if isinstance(tensor, EagerTensor) else tensor.graph.partial_value(tensor)
    if known is None:
        (rank,) = tensor.shape.with_rank(1)._dims  # a number also where shapes hold `Dimension`s
        return unknown_shape() if rank is None else unknown_shape(rank)
    return from_dims(tuple(None if size is None or size < 0 else int(size) for size in known))


@export("SparseTensor", "sparse.SparseTensor")
class SparseTensor(CompositeTensor):
    """A tensor of `dense_shape` with `values[i]` at `indices[i]` and zeros elsewhere.

    Most functions expect the indices in row-major order, without repetitions; see `tf.sparse.reorder`.

    Args:
      indices: int64 `[n, rank]`.
      values: a tensor `[n]` of any type.
      dense_shape: int64 `[rank]`.

    Raises:
      ValueError: if the shapes of the three do not fit together. The indices themselves are not looked at.
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any):
        with composed("SparseTensor"):
            self._indices = convert_to_tensor(indices, dtypes.int64, name="indices")
            self._values = convert_to_tensor(values, name="values")
            self._dense_shape = convert_to_tensor(dense_shape, dtypes.int64, name="dense_shape")
        count, rank = self._indices.shape.with_rank(2).dims
        count.assert_is_compatible_with(self._values.shape.with_rank(1).dims[0])
        rank.assert_is_compatible_with(self._dense_shape.shape.with_rank(1).dims[0])
        self._static_shape = static_dims(self._dense_shape)

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """A new SparseTensor of the parts of a SparseTensor or SparseTensorValue; TypeError for anything else."""
        if not isinstance(sparse_tensor_value, (SparseTensor, SparseTensorValue)):
            raise TypeError(
                f"Argument sparse_tensor_value={sparse_tensor_value} is neither a SparseTensor nor SparseTensorValue."
            )
        return SparseTensor(*parts(sparse_tensor_value))

    __composite_gradient__ = _NoGradient

    indices = property(lambda self: self._indices, doc="The index tuples, int64 `[n, rank]`.")
    values = property(lambda self: self._values, doc="The values, `[n]`.")
    dense_shape = property(lambda self: self._dense_shape, doc="The shape of the dense tensor, int64 `[rank]`.")
    dtype = property(lambda self: self._values.dtype, doc="The dtype of the values.")
    op = property(lambda self: self._values.op, doc="The operation that made the values.")
    graph = property(lambda self: self._indices.graph, doc="The graph of the indices.")
    shape = property(lambda self: self._static_shape, doc="The static shape, as far as it is known.")

    def get_shape(self) -> TensorShape:
        """Same as `.shape`."""
        return self._static_shape

    def set_shape(self, shape: Any) -> None:
        """Adds `shape` to what is known of the static shape; ValueError if they contradict each other."""
        self._static_shape = self._static_shape.merge_with(as_shape(shape))

    def with_values(self, new_values: Any) -> SparseTensor:
        """The same places with other values."""
        return SparseTensor(self._indices, new_values, self._dense_shape)

    def consumers(self) -> Any:
        """The operations of the graph that use a part."""
        return self._consumers()

    def eval(self, feed_dict: Any = None, session: Any = None) -> SparseTensorValue:
        """Runs the graph for the three parts, in `session` or the default one."""
        from tfshim.v1.session import get_default_session

        graph = self.graph
        session = session or get_default_session()
        if session is None:
            raise ValueError("Cannot evaluate a SparseTensor: no default session is registered")
        if session.graph is not graph:
            raise ValueError("The SparseTensor belongs to another graph than the session's")
        return SparseTensorValue(*session.run([self._indices, self._values, self._dense_shape], feed_dict))

    @property
    def _type_spec(self) -> SparseTensorSpec:
        return SparseTensorSpec(self._static_shape, self.dtype)

    def _shape_invariant_to_type_spec(self, shape: Any) -> SparseTensorSpec:
        # In loops, the shape of a sparse tensor stands for the shape of its vector of sizes.
        shape = as_shape(shape)
        if shape.ndims not in (None, 1):
            raise ValueError(
                f"Expected a shape with 1 dimension. Obtained: {shape} which has {shape.ndims} dimensions."
            )
        rank = shape[0] if shape.ndims else None
        return SparseTensorSpec(unknown_shape() if rank is None else unknown_shape(rank), self.dtype)

    @classmethod
    def _handler(cls, path: str) -> Any:
        return HANDLERS.get(path)

    def __mul__(self, other: Any) -> SparseTensor:
        return _elementwise("SparseDenseCwiseMul", self, other, "mul")

    def __rmul__(self, other: Any) -> SparseTensor:
        return _elementwise("SparseDenseCwiseMul", self, other, "mul") if isinstance(other, Tensor) else NotImplemented

    def __truediv__(self, other: Any) -> SparseTensor:
        return _elementwise("SparseDenseCwiseDiv", self, other, "truediv")

    def __div__(self, other: Any) -> SparseTensor:
        """`self / other` of Python 2: the quotient of the values' type."""
        return _elementwise("SparseDenseCwiseDiv", self, other, "div")

    def __str__(self) -> str:
        shown = (f"{n}={t!s}" for n, t in zip(SparseTensorValue._fields, parts(self), strict=True))
        return f"SparseTensor({', '.join(shown)})"

    __repr__ = __str__


SparseTensor.__module__ = "tensorflow.python.framework.sparse_tensor"


def parts(sparse: Any) -> tuple[Any, Any, Any]:
    """Indices, values and shape of a SparseTensor or SparseTensorValue."""
    return sparse.indices, sparse.values, sparse.dense_shape


def _elementwise(op_name: str, sparse: SparseTensor, dense: Any, name: str) -> SparseTensor:
    """A sparse tensor by a dense one that broadcasts to its shape, at the places of the former."""
    with composed(name) as scope:
        indices, values, shape = parts(sparse)
        dense = convert_to_tensor(dense, values.dtype)
        if name == "truediv":
            values, dense = _as_quotients(values, dense)
        return SparseTensor(indices, op(op_name)(indices, values, shape, dense, name=scope), shape)


def _as_quotients(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Integers as the floats that divide them, as `tf.truediv` does."""
    kind = dtypes.float32 if x.dtype in (dtypes.int8, dtypes.uint8, dtypes.int16, dtypes.uint16) else dtypes.float64
    if not x.dtype.is_integer:
        return x, y
    return op("Cast")(x, DstT=kind), op("Cast")(y, DstT=kind)


@export("SparseTensorSpec")
@register("tf.SparseTensorSpec")
class SparseTensorSpec(BatchableTypeSpec):
    """Describes the SparseTensors of a dense shape (perhaps partly known) and a dtype, of any number of values."""

    __slots__ = ("_dtype", "_shape")

    def __init__(self, shape: Any = None, dtype: Any = dtypes.float32):
        self._shape = as_shape(shape)
        self._dtype = dtypes.as_dtype(dtype)

    dtype = property(lambda self: self._dtype, doc="The dtype of the values.")
    shape = property(lambda self: self._shape, doc="The static shape of the dense tensor.")

    @property
    def value_type(self) -> type:
        """`tf.SparseTensor`."""
        return SparseTensor

    @classmethod
    def from_value(cls, value: Any) -> SparseTensorSpec:
        """The spec of a SparseTensor or SparseTensorValue; TypeError for anything else."""
        if isinstance(value, SparseTensor):
            return cls(value.shape, value.dtype)
        if isinstance(value, SparseTensorValue):
            shape = value.dense_shape
            shape = static_dims(shape) if isinstance(shape, Tensor) else np.asarray(shape).tolist()
            return cls(shape, convert_to_tensor(value.values).dtype)
        raise TypeError(
            f"Expected SparseTensor or SparseTensorValue. Received: {value} of type {type(value).__name__}."
        )

    def _serialize(self) -> Any:
        return (self._shape, self._dtype)

    @property
    def _component_specs(self) -> Any:
        rank = self._shape.ndims
        return [
            TensorSpec([None, rank], dtypes.int64),
            TensorSpec([None], self._dtype),
            TensorSpec([rank], dtypes.int64),
        ]

    def _to_components(self, value: Any) -> Any:
        if isinstance(value, SparseTensorValue):
            value = SparseTensor.from_value(value)
        return list(parts(value))

    def _from_components(self, components: Any) -> Any:
        if all(isinstance(c, Tensor) for c in components):
            result = SparseTensor(*components)
            result.set_shape(self._shape)
            return result
        # Something stands for the tensors: nothing is converted or checked.
        result = SparseTensor.__new__(SparseTensor)
        result._indices, result._values, result._dense_shape = components
        result._static_shape = self._shape
        return result

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether dtypes are equal and shapes compatible; a SparseTensorValue counts as a SparseTensor."""
        if isinstance(spec_or_value, SparseTensorValue):
            spec_or_value = SparseTensorSpec.from_value(spec_or_value)
        return super().is_compatible_with(spec_or_value)

    @property
    def _flat_tensor_specs(self) -> list[Any]:
        return [TensorSpec(None, dtypes.variant)]

    def _to_tensor_list(self, value: Any) -> list[Any]:
        return [variants.encode(value, False)]

    def _to_batched_tensor_list(self, value: Any) -> list[Any]:
        if value.shape.rank == 0:
            raise ValueError("Unbatching a sparse tensor is only supported for rank >= 1")
        return [variants.encode(value, True)]

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        (variant,) = tensor_list
        return self._from_components(variants.decode(variant))

    def _batch(self, batch_size: int | None) -> SparseTensorSpec:
        return SparseTensorSpec(as_shape([batch_size]).concatenate(self._shape), self._dtype)

    def _unbatch(self) -> SparseTensorSpec:
        if self._shape.ndims == 0:
            raise ValueError("Unbatching is only supported for tensors of rank >= 1")
        return SparseTensorSpec(self._shape if self._shape.ndims is None else self._shape[1:], self._dtype)

    def _to_legacy_output_types(self) -> Any:
        return self._dtype

    def _to_legacy_output_shapes(self) -> Any:
        return self._shape

    def _to_legacy_output_classes(self) -> Any:
        return SparseTensor


SparseTensorSpec.__module__ = "tensorflow.python.framework.sparse_tensor"
