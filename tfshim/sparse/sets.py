"""`tf.sets`: rows of tensors as sets; and `tf.edit_distance`."""

from __future__ import annotations

from typing import Any

from tfshim.export import export
from tfshim.ops import op
from tfshim.sparse.arguments import as_sparse, convert_to_tensor_or_sparse_tensor, is_sparse
from tfshim.sparse.tensor import SparseTensor, parts

_ELEMENT_TYPES = frozenset(["int8", "int16", "int32", "int64", "uint8", "uint16", "string"])


def _operand(value: Any, name: str) -> Any:
    value = convert_to_tensor_or_sparse_tensor(value, name=name)
    if value.dtype.base_dtype.name not in _ELEMENT_TYPES:
        raise TypeError(f"'{name}' has invalid dtype `{value.dtype!r}` not in supported dtypes: {_ELEMENT_TYPES}")
    return value


def _operate(a: Any, b: Any, operation: str, flipped: str, validate_indices: bool) -> SparseTensor:
    """`operation` of two sets of sets; `flipped` is what it is called with the operands exchanged."""
    a, b = _operand(a, "a"), _operand(b, "b")
    if a.dtype.base_dtype is not b.dtype.base_dtype:
        raise TypeError(f"Types don't match, {a.dtype!r} vs {b.dtype!r}.")
    if isinstance(a, SparseTensor) and not isinstance(b, SparseTensor):
        a, b, operation = b, a, flipped
    options = {"set_operation": operation, "validate_indices": validate_indices}
    if isinstance(a, SparseTensor):
        return SparseTensor(*op("SparseToSparseSetOperation")(*parts(a), *parts(b), **options))
    if isinstance(b, SparseTensor):
        return SparseTensor(*op("DenseToSparseSetOperation")(a, *parts(b), **options))
    return SparseTensor(*op("DenseToDenseSetOperation")(a, b, **options))


@export("sets.size", "compat.v1.sets.set_size")
def size(a, validate_indices=True):
    """The number of different elements in each row of the SparseTensor `a`.

    Args:
      a: integers or strings; the last dimension holds the elements of a set.
      validate_indices: whether to check that the indices are in row-major order.

    Raises:
      TypeError: if `a` is not sparse.
    """
    a = convert_to_tensor_or_sparse_tensor(a, name="a")
    if not isinstance(a, SparseTensor):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    if a.values.dtype.base_dtype.name not in _ELEMENT_TYPES:
        raise TypeError(f"Invalid dtype `{a.values.dtype!r}` not in supported dtypes: {_ELEMENT_TYPES}")
    return op("SetSize")(*parts(a), validate_indices=validate_indices)


_ARGUMENTS = """
    Args:
      a, b: tensors or SparseTensors of integers or strings that agree in all but the last dimension, which holds the
        elements of a set."""
_RESULT = """
    Returns:
      A SparseTensor with the sets in its last dimension, each sorted.

    Raises:
      TypeError: for elements of another type, or of two types."""


@export("sets.intersection", "compat.v1.sets.set_intersection")
def intersection(a, b, validate_indices=True):
    return _operate(a, b, "intersection", "intersection", validate_indices)


@export("sets.union", "compat.v1.sets.set_union")
def union(a, b, validate_indices=True):
    return _operate(a, b, "union", "union", validate_indices)


@export("sets.difference", "compat.v1.sets.set_difference")
def difference(a, b, aminusb=True, validate_indices=True):
    order = ("a-b", "b-a") if aminusb else ("b-a", "a-b")
    return _operate(a, b, *order, validate_indices)


_VALIDATE = "\n      validate_indices: whether to check that the indices of sparse operands are in row-major order.\n"
_AMINUSB = "\n      aminusb: False for the difference of b and a."
for _function, _text, _more in (
    (intersection, "The elements that are in both sets, row by row.", ""),
    (union, "The elements that are in one of the sets, row by row.", ""),
    (difference, "The elements of the sets in `a` that are not in those of `b`, row by row.", _AMINUSB),
):
    _function.__doc__ = f"{_text}\n{_ARGUMENTS}{_more}{_VALIDATE}{_RESULT}\n    "


@export("edit_distance")
def edit_distance(hypothesis, truth, normalize=True, name="edit_distance"):
    """The Levenshtein distance between sequences, which lie in the last dimension of two SparseTensors.

    Args:
      hypothesis, truth: SparseTensors of one type and rank.
      normalize: divide by the length of the truth; inf where that is 0 and the hypothesis is not empty.
      name: name of the op in a graph.

    Returns:
      A float32 tensor of one dimension less.

    Raises:
      TypeError: for inputs that are not sparse.
    """
    for value, role in ((hypothesis, "Hypothesis"), (truth, "Truth")):
        if not is_sparse(value):
            raise TypeError(f"{role} must be a SparseTensor.")
    return op("EditDistance")(*parts(as_sparse(hypothesis)), *parts(as_sparse(truth)), normalize=normalize, name=name)
