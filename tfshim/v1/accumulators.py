"""`tf.compat.v1.ConditionalAccumulator`: adds up gradients of several workers, until there are enough of them."""

from __future__ import annotations

import collections
from typing import Any

from tfshim import dtypes
from tfshim.api.lookup import ran
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import as_dtype
from tfshim.export import export
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op
from tfshim.scopes import current_name_scope
from tfshim.shapes import TensorShape, as_shape


@export("compat.v1.ConditionalAccumulatorBase")
class ConditionalAccumulatorBase:
    """What accumulators have in common: a step, and gradients, of which those of earlier steps are dropped."""

    def __init__(self, dtype, shape, accumulator_ref):
        self._dtype = dtype
        self._shape = TensorShape(None) if shape is None else as_shape(shape)
        self._accumulator_ref = accumulator_ref
        self._name = current_name_scope() if context.graph is None else accumulator_ref.op.name.rpartition("/")[-1]

    accumulator_ref = property(lambda self: self._accumulator_ref, doc="The handle.")
    name = property(lambda self: self._name, doc="The name of the operation that makes the accumulator.")
    dtype = property(lambda self: self._dtype, doc="The dtype of the gradients.")

    _kind = "Resource"

    def num_accumulated(self, name=None):
        """The number of gradients since the last were taken, an int32 tensor."""
        name = name or f"{self._name}_NumAccumulated"
        return op(f"{self._kind}AccumulatorNumAccumulated")(self._accumulator_ref, name=name)

    def set_global_step(self, new_global_step, name=None):
        """Sets the step: gradients of earlier ones are dropped from then on."""
        step = convert_to_tensor(new_global_step, dtypes.int64)
        op(f"{self._kind}AccumulatorSetGlobalStep")(self._accumulator_ref, step, name=name)
        return ran()


def _made(op_name: str, dtype: Any, shape: Any, shared_name: Any, name: str, reduction_type: str) -> tuple[Any, Any]:
    dtype = as_dtype(dtype)
    attrs = {
        "dtype": dtype,
        "shape": as_shape(shape),
        "shared_name": shared_name or "",
        "reduction_type": reduction_type,
    }
    return dtype, op(op_name)(**attrs, name=name)


@export("compat.v1.ConditionalAccumulator")
class ConditionalAccumulator(ConditionalAccumulatorBase):
    """Adds up dense gradients.

    Args:
      dtype: of the gradients.
      shape: of the gradients, as far as it is known.
      shared_name: two accumulators of that name in one session are the same.
      name: of the operation.
      reduction_type: "MEAN" or "SUM": what is taken.

    Raises:
      ValueError, InvalidArgumentError: another reduction.
    """

    def __init__(self, dtype, shape=None, shared_name=None, name="conditional_accumulator", reduction_type="MEAN"):
        dtype, ref = _made("ResourceConditionalAccumulator", dtype, shape, shared_name, name, reduction_type)
        super().__init__(dtype, shape, ref)

    def apply_grad(self, grad, local_step=0, name=None):
        """Adds a gradient of a step; drops it if the accumulator's step is a later one.

        Raises:
          ValueError: for a gradient of another shape.
        """
        grad = convert_to_tensor(grad, self._dtype)
        grad.shape.assert_is_compatible_with(self._shape)
        step = convert_to_tensor(local_step, dtypes.int64)
        op("ResourceAccumulatorApplyGradient")(self._accumulator_ref, step, grad, name=name)
        return ran()

    def take_grad(self, num_required, name=None):
        """The mean or the sum, once there are so many gradients; the accumulator begins its next step."""
        found = op("ResourceAccumulatorTakeGradient")(
            self._accumulator_ref, convert_to_tensor(num_required, dtypes.int32), dtype=self._dtype, name=name
        )
        if context.graph is not None:
            found.set_shape(self._shape)
        return found


SparseAccumulatorTakeGradient = collections.namedtuple("SparseAccumulatorTakeGradient", ["indices", "values", "shape"])


@export("compat.v1.SparseConditionalAccumulator", "compat.v1.sparse.SparseConditionalAccumulator")
class SparseConditionalAccumulator(ConditionalAccumulatorBase):
    """Adds up rows of gradients; a mean is that of the gradients which have the row. For graphs only.

    The arguments are those of `ConditionalAccumulator`.
    """

    _kind = ""

    def __init__(
        self, dtype, shape=None, shared_name=None, name="sparse_conditional_accumulator", reduction_type="MEAN"
    ):
        if context.graph is None:
            raise RuntimeError("sparse_conditional_accumulator op does not support eager execution: use a tf.Graph.")
        dtype, ref = _made("SparseConditionalAccumulator", dtype, shape, shared_name, name, reduction_type)
        super().__init__(dtype, shape, ref)

    def apply_indexed_slices_grad(self, grad, local_step=0, name=None):
        """Adds a `tf.IndexedSlices`; see `apply_grad`."""
        return self.apply_grad(grad.indices, grad.values, grad.dense_shape, local_step, name)

    def apply_grad(self, grad_indices, grad_values, grad_shape=None, local_step=0, name=None):
        """Adds rows of a gradient of a step; drops them if the accumulator's step is a later one.

        Args:
          grad_indices: sorted numbers of the rows.
          grad_values: the rows.
          grad_shape: of the whole gradient, if it is known.
          local_step: the step.
          name: of the operation.

        Raises:
          InvalidArgumentError: if the parts do not fit each other, or what is there.
        """
        known = grad_shape is not None
        op("SparseAccumulatorApplyGradient")(
            self._accumulator_ref,
            convert_to_tensor(local_step, dtypes.int64),
            op("Cast")(convert_to_tensor(grad_indices), DstT=dtypes.int64),
            convert_to_tensor(grad_values, self._dtype),
            op("Cast")(convert_to_tensor(grad_shape if known else []), DstT=dtypes.int64),
            has_known_shape=known,
            name=name,
        )
        return ran()

    def take_grad(self, num_required, name=None):
        """Indices, rows and shape, once there are so many gradients; the accumulator begins its next step."""
        count = convert_to_tensor(num_required, dtypes.int32)
        return SparseAccumulatorTakeGradient(
            *op("SparseAccumulatorTakeGradient")(self._accumulator_ref, count, dtype=self._dtype, name=name)
        )

    def take_indexed_slices_grad(self, num_required, name=None):
        """The same as a `tf.IndexedSlices`."""
        indices, values, shape = self.take_grad(num_required, name)
        return IndexedSlices(values, indices, shape)


for _class in (ConditionalAccumulatorBase, ConditionalAccumulator, SparseConditionalAccumulator):
    _class.__module__ = "tensorflow.python.ops.data_flow_ops"
