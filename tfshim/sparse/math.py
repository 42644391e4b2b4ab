"""`tf.sparse`: arithmetic, reductions, products."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes, nest
from tfshim.api.assertions import Assert
from tfshim.api.gather import gather_nd
from tfshim.api.naming import composed
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import control_dependencies
from tfshim.sparse.arguments import as_sparse, is_sparse
from tfshim.sparse.tensor import SparseTensor, parts
from tfshim.tensor import Tensor


def add_with(a: Any, b: Any, threshold: Any) -> Any:
    """The sum of two tensors of which at least one is sparse; sparse if both are."""
    if not (is_sparse(a) or is_sparse(b)):
        raise TypeError("At least one input should be SparseTensor; do you mean to use tf.add()?")
    if is_sparse(a) and is_sparse(b):
        a, b = as_sparse(a), as_sparse(b)
        limit = convert_to_tensor(threshold, a.values.dtype.real_dtype.base_dtype, name="thresh")
        result = SparseTensor(*op("SparseAdd")(*parts(a), *parts(b), limit))
        a.shape.assert_is_compatible_with(b.shape)
        result.set_shape(a.shape.merge_with(b.shape))
        return result
    sparse, dense = (a, b) if is_sparse(a) else (b, a)
    return op("SparseTensorDenseAdd")(*parts(as_sparse(sparse)), dense)


@export("sparse.add")
def add(a, b, threshold=0):
    """a + b, where at least one is a SparseTensor; the result is one if both are.

    Args:
      a, b: a SparseTensor and a SparseTensor or tensor, in any order, of one shape and type.
      threshold: sums of two elements that are of smaller magnitude are left out of a sparse result.

    Raises:
      TypeError: if neither is sparse.
      InvalidArgumentError: if the shapes differ.
    """
    return add_with(a, b, threshold)


def _declare_extreme(name: str, op_name: str, text: str) -> None:
    def fn(sp_a, sp_b, name=None):
        with composed(name or op_name) as name:
            indices, values = op(op_name)(*parts(sp_a), *parts(sp_b), name=name)
            return SparseTensor(indices, values, sp_a.dense_shape)

    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"""The {text} of two SparseTensors of one shape, elementwise; elements that only one has meet zero."""
    export(f"sparse.{name}", f"compat.v1.sparse_{name}")(fn)


_declare_extreme("maximum", "SparseSparseMaximum", "greater")
_declare_extreme("minimum", "SparseSparseMinimum", "lesser")


@export("sparse.map_values")
def map_values(op, *args, **kwargs):
    """`op` with the values of sparse arguments in their place, its result in the places of the arguments.

    Args:
      op: a function from tensors to a tensor with as many elements as the values.
      *args: its arguments; all SparseTensors among them must have the same indices and shape.
      **kwargs: its keyword arguments, likewise.

    Raises:
      ValueError: if no argument is sparse.
      InvalidArgumentError: if sparse arguments have different indices or shapes.
    """
    sparse: list[SparseTensor] = [a for a in nest.flatten([args, kwargs]) if isinstance(a, SparseTensor)]

    def values_of(argument: Any) -> Any:
        return argument.values if isinstance(argument, SparseTensor) else argument

    if not sparse:
        raise ValueError("No SparseTensor in argument list of map_values")
    with control_dependencies([check for other in sparse[1:] for check in _assert_same_places(sparse[0], other)]):
        result = op(*nest.map_structure(values_of, list(args)), **nest.map_structure(values_of, kwargs))
    return sparse[0].with_values(result)


def _assert_same_places(a: SparseTensor, b: SparseTensor) -> list[Any]:
    checks = []
    for x, y in ((a.dense_shape, b.dense_shape), (a.indices, b.indices)):
        same = op("All")(op("Equal")(x, y), list(range(x.shape.rank or 1)))
        checks.append(Assert(same, ["All SparseTensor arguments must have the same indices and shape"]))
    return [c for c in checks if c is not None]


# Reductions ------------------------------------------------------------------------------------------------


def reduced(op_name: str, sp_input: Any, axis: Any, keepdims: Any, sparse: bool, name: str | None = None) -> Any:
    """The reduction of a sparse tensor over `axis` (None: all), as a sparse or dense tensor."""
    sp_input = as_sparse(sp_input)
    keepdims = bool(keepdims)
    if axis is None:
        rank = sp_input.shape.rank
        axis = list(range(rank)) if rank is not None else op("Range")(0, op("Size")(sp_input.dense_shape), 1)
    axis = axis if isinstance(axis, Tensor) else convert_to_tensor(axis, dtypes.int32)
    if sparse:
        return SparseTensor(*op(f"{op_name}Sparse")(*parts(sp_input), axis, keep_dims=keepdims, name=name))
    return op(op_name)(*parts(sp_input), axis, keep_dims=keepdims, name=name)


def _declare_reduction(name: str, op_name: str, text: str) -> None:
    def fn(sp_input, axis=None, keepdims=None, output_is_sparse=False, name=None):
        return reduced(op_name, sp_input, axis, keepdims, output_is_sparse, name)

    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = f"""The {text} of the elements over dimensions; zero where there is no element.

    Args:
      sp_input: a numeric SparseTensor.
      axis: the dimensions that go; all by default.
      keepdims: keep them with size 1.
      output_is_sparse: return a SparseTensor of the groups that have elements.
      name: name of the op in a graph.
    """
    export(f"sparse.{name}")(fn)


_declare_reduction("reduce_sum", "SparseReduceSum", "sum")
_declare_reduction("reduce_max", "SparseReduceMax", "greatest")


@export("sparse.softmax", "compat.v1.sparse_softmax")
def softmax(sp_input, name=None):
    """The softmax of the elements of each row (of the last dimension); absent elements take no part."""
    with composed(name or "SparseSoftmax") as name:
        return SparseTensor(sp_input.indices, op("SparseSoftmax")(*parts(sp_input)), sp_input.dense_shape)


# Products --------------------------------------------------------------------------------------------------


@export("sparse.sparse_dense_matmul", "compat.v1.sparse.matmul", "compat.v1.sparse_tensor_dense_matmul")
def sparse_dense_matmul(sp_a, b, adjoint_a=False, adjoint_b=False, name=None):
    """The product of two matrices of which one is sparse, as a tensor.

    Args:
      sp_a: a SparseTensor `[m, k]`, or a tensor if `b` is sparse.
      b: a tensor `[k, n]`, or a SparseTensor.
      adjoint_a: multiply by the conjugate transpose of `sp_a`.
      adjoint_b: likewise for `b`.
      name: name of the op in a graph.

    Raises:
      InvalidArgumentError: if the inner sizes differ, or an index lies outside of the shape.
    """
    if is_sparse(b) and not is_sparse(sp_a):
        turned = sparse_dense_matmul(b, sp_a, not adjoint_b, not adjoint_a)
        return op("Transpose")(turned, [1, 0], name=name)
    sp_a = as_sparse(sp_a)
    with composed(name or "SparseTensorDenseMatMul") as name:
        b = convert_to_tensor(b, name="b")
        run = op("SparseTensorDenseMatMul")
        return run(*parts(sp_a), b, adjoint_a=adjoint_a, adjoint_b=adjoint_b, name=name)


@export("sparse.sampled_addmm")
def sampled_addmm(indices, values, dense_shape, mat1, mat2, beta=1.0, alpha=1.0, output_type=dtypes.float32):
    """beta * sparse + alpha * (mat1 @ mat2) at the places of the sparse tensor only.

    Args:
      indices, values, dense_shape: the parts of the sparse tensor, `[..., n, 2]`, `[..., n]` and `[2]`.
      mat1, mat2: the matrices, `[..., rows, inner]` and `[..., inner, columns]`.
      beta, alpha: scalars.
      output_type: type of the result, which the product is computed in.

    Returns:
      The tuple (indices, new values, dense_shape).
    """
    indices = convert_to_tensor(indices)
    values = convert_to_tensor(values, dtypes.as_dtype(output_type))
    dense_shape = convert_to_tensor(dense_shape, dtypes.int32)
    mat1, mat2 = (convert_to_tensor(m, dtypes.as_dtype(output_type)) for m in (mat1, mat2))
    if mat2.shape.rank is None:
        raise ValueError("tf.sparse.sampled_addmm needs matrices of known rank")
    rank = mat2.shape.rank
    _check_product_shape(dense_shape, mat1, mat2)
    turned = op("Transpose")(mat2, [*range(rank - 2), rank - 1, rank - 2])
    rows, columns = (gather_nd(m, indices[..., i : i + 1], batch_dims=rank - 2) for i, m in enumerate((mat1, turned)))
    products = op("Sum")(rows * columns, [-1])
    return indices, alpha * products + beta * values, dense_shape


def _check_product_shape(dense_shape: Tensor, mat1: Tensor, mat2: Tensor) -> None:
    expected = op("Pack")([op("Shape")(mat1)[-2], op("Shape")(mat2)[-1]])
    given, wanted = constant_value(dense_shape), constant_value(expected)
    if given is not None and wanted is not None:
        if given.tolist() != wanted.tolist():
            raise ValueError(f"Dense shape: {given} does not match output shape: {wanted}")
        return
    same = op("All")(op("Equal")(dense_shape, expected), [0])
    Assert(same, ["The sparse tensor must have the shape of the product", dense_shape, expected])
