"""How the functions on sparse tensors take their arguments."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.sparse.tensor import SparseTensor, SparseTensorValue
from tfshim.tensor import Tensor


def is_sparse(value: Any) -> bool:
    """Whether a value is a SparseTensor or SparseTensorValue."""
    return isinstance(value, (SparseTensor, SparseTensorValue))


def as_sparse(value: Any) -> SparseTensor:
    """A SparseTensor as it is, a SparseTensorValue as a SparseTensor; TypeError for anything else."""
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        raise TypeError("Input must be a SparseTensor.")
    return value


def as_sparse_list(values: Any) -> list[SparseTensor]:
    """A list of SparseTensors; TypeError for anything else."""
    if not isinstance(values, list):
        raise TypeError("Inputs must be a list")
    if not all(is_sparse(v) for v in values):
        raise TypeError("All inputs must be SparseTensors")
    return [as_sparse(v) for v in values]


@export("compat.v1.convert_to_tensor_or_sparse_tensor")
def convert_to_tensor_or_sparse_tensor(value, dtype=None, name=None):
    """A SparseTensor for a sparse value, a tensor for any other.

    Raises:
      RuntimeError: for a sparse value of another type than `dtype`.
    """
    if is_sparse(value):
        sparse = as_sparse(value)
        if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(sparse.dtype):
            raise RuntimeError(
                f"Sparse dtype mismatch. Requested: {dtypes.as_dtype(dtype).name},  Actual: {sparse.dtype.name}"
            )
        return sparse
    return convert_to_tensor(value, dtype, name=name)


def as_vector64(value: Any, name: str | None = None) -> Tensor:
    """An integer vector (a shape, sizes) as int64."""
    from tfshim.api.casting import cast

    if isinstance(value, Tensor):
        return cast(value, dtypes.int64)
    return convert_to_tensor(value, dtypes.int64, name=name)
