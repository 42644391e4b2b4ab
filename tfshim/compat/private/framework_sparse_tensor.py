"""`tensorflow.python.framework.sparse_tensor`: what is sparse."""

from typing import Any

from tfshim.sparse.tensor import SparseTensor, SparseTensorValue


def is_sparse(x: Any) -> bool:
    """Whether something is a sparse tensor, or a value of one."""
    return isinstance(x, (SparseTensor, SparseTensorValue))
