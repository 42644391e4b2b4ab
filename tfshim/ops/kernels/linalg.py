"""Kernels of matrix products, einsum and the vector product."""

from __future__ import annotations

import functools
import re

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim import errors
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import exactly_rank, invalid, merge_static, missing_kernel, shape_text
from tfshim.shapes import TensorShape

# Products ------------------------------------------------------------------------------------------------


def _merged(a: int | None, b: int | None) -> int | None:
    return b if a is None else a


def matmul_sizes(op_name, a, b, flip_a, flip_b):
    """Sizes (None: unknown) of the product of two matrices given as lists of two sizes."""
    rows, inner_a = a[::-1] if flip_a else a
    inner_b, columns = b[::-1] if flip_b else b
    if inner_a is not None and inner_b is not None and inner_a != inner_b:
        raise invalid(f"{op_name}: Matrix size-incompatible: In[0]: {shape_text(a)}, In[1]: {shape_text(b)}")
    return [rows, columns]


@kernel("MatMul")
def matmul(a, b, *, transpose_a, transpose_b):
    if a.ndim != b.ndim:
        raise invalid(f"MatMul: In[0] and In[1] has different ndims: {shape_text(a.shape)} vs. {shape_text(b.shape)}")
    for i, shape in enumerate((a.shape, b.shape)):
        if len(shape) != 2:
            raise invalid(f"MatMul: In[{i}] ndims must be >= 2: not a matrix, but of shape {shape_text(shape)}")
    matmul_sizes("MatMul", a.shape, b.shape, transpose_a, transpose_b)
    contracted = ((0 if transpose_a else 1,), (1 if transpose_b else 0,))
    return lax.dot_general(a, b, (contracted, ((), ())))


def _adjoint(x, adjoint: bool):
    if not adjoint:
        return x
    return jnp.conj(jnp.swapaxes(x, -1, -2))


def _batch_sizes(op_name, x, y, adj_x, adj_y):
    """Sizes of a batched product with broadcasting; raises if they cannot match."""
    for i, sizes in enumerate((x, y)):
        if len(sizes) < 2:
            raise invalid(f"{op_name}: In[{i}] ndims must be >= 2: {len(sizes)}, got shape {shape_text(sizes)}")
    if op_name == "BatchMatMul" and len(x) != len(y):
        raise invalid(f"{op_name}: In[0] and In[1] has different ndims: {shape_text(x)} vs. {shape_text(y)}")
    try:
        matrix = matmul_sizes(op_name, x[-2:], y[-2:], adj_x, adj_y)
    except errors.InvalidArgumentError:
        raise invalid(
            f"{op_name}: Matrix size-incompatible: In[0]: {shape_text(x)}, In[1]: {shape_text(y)}, "
            f"adj_x: {adj_x}, adj_y: {adj_y}"
        ) from None
    batch = broadcast_sizes(x[:-2], y[:-2], broadcast=op_name != "BatchMatMul")
    if batch is None:
        raise invalid(
            f"{op_name}: In[0] and In[1] must have compatible batch dimensions: {shape_text(x)} vs. {shape_text(y)}"
        )
    return [*batch, *matrix]


def broadcast_sizes(a, b, broadcast=True) -> list[int | None] | None:
    """Sizes of two broadcast lists of sizes (None: unknown); None if they do not go together."""
    rank = max(len(a), len(b))
    result: list[int | None] = []
    for m, n in zip([1] * (rank - len(a)) + list(a), [1] * (rank - len(b)) + list(b)):
        if m == n:
            result.append(m)
        elif broadcast and (m == 1 or n == 1):
            result.append(n if m == 1 else m)
        elif m is None or n is None:
            result.append(_merged(m, n))
        else:
            return None
    return result


def _batch_matmul(op_name, x, y, adj_x, adj_y):
    _batch_sizes(op_name, x.shape, y.shape, adj_x, adj_y)
    return jnp.matmul(_adjoint(x, adj_x), _adjoint(y, adj_y))


def _register_batch_matmul(op_name):
    @kernel(op_name)
    def batch_matmul(x, y, *, adj_x, adj_y):
        return _batch_matmul(op_name, x, y, adj_x, adj_y)

    return batch_matmul


for _name in ("BatchMatMul", "BatchMatMulV2"):
    _register_batch_matmul(_name)


def _has_mixed_product(a, b, out) -> bool:
    """Whether TensorFlow has a product of these dtypes: of bytes in int32, of bytes with bfloat16 in that."""
    names = {np.dtype(a).name, np.dtype(b).name}
    if names == {np.dtype(out).name}:
        return not names & {"int8", "uint8", "float16"}
    if names <= {"int8", "uint8"}:
        return out == np.int32
    return names <= {"int8", "uint8", "bfloat16"} and np.dtype(out).name == "bfloat16"


@kernel("BatchMatMulV3")
def batch_matmul_v3(x, y, *, adj_x, adj_y, Tout):
    dtype = Tout.as_numpy_dtype
    if not _has_mixed_product(x.dtype, y.dtype, dtype):
        raise missing_kernel("BatchMatMulV3", Tout)
    _batch_sizes("BatchMatMulV3", x.shape, y.shape, adj_x, adj_y)
    x, y = _adjoint(x, adj_x), _adjoint(y, adj_y)
    if jnp.issubdtype(dtype, jnp.integer):
        # XLA's own widening product of small int8 matrices is wrong on GPUs (seen: twice the result).
        return jnp.matmul(x.astype(dtype), y.astype(dtype))
    return jnp.matmul(x, y, preferred_element_type=dtype).astype(dtype)


@shape_function("MatMul")
def _matmul_shape(op):
    sizes = []
    for i in range(2):
        shape = op.shape(i)
        exactly_rank(shape, 2)
        sizes.append(shape.as_list() if shape.rank is not None else [None, None])
    inner = sizes[0][0 if op.attr("transpose_a") else 1], sizes[1][1 if op.attr("transpose_b") else 0]
    if None not in inner and inner[0] != inner[1]:
        raise invalid(f"Dimensions must be equal, but are {inner[0]} and {inner[1]}")
    return TensorShape(matmul_sizes("MatMul", *sizes, op.attr("transpose_a"), op.attr("transpose_b")))


def _batch_matmul_shape(op_name, op):
    x, y = op.shape(0), op.shape(1)
    if x.rank is None or y.rank is None:
        return TensorShape(None)
    return TensorShape(_batch_sizes(op_name, x.as_list(), y.as_list(), op.attr("adj_x"), op.attr("adj_y")))


for _name in ("BatchMatMul", "BatchMatMulV2", "BatchMatMulV3"):
    shape_function(_name)(functools.partial(_batch_matmul_shape, _name))


# Einsum --------------------------------------------------------------------------------------------------

_TERM = re.compile(r"[A-Za-z]|\.\.\.")


def parse_equation(equation: str) -> tuple[list[list[str]], list[str]]:
    """Labels of the inputs and of the output of an equation with `->`; "..." is one label."""
    inputs, _, output = equation.replace(" ", "").partition("->")
    for side in (*inputs.split(","), output):
        if _TERM.sub("", side) or side.count("...") > 1:
            raise invalid(f"Einsum: malformed equation {equation!r}")
    return [_TERM.findall(t) for t in inputs.split(",")], _TERM.findall(output)


def _einsum_sizes(equation, shapes):
    """Output sizes (None: unknown) for lists of sizes, of which some may be None as a whole."""
    terms, output = parse_equation(equation)
    if len(terms) != len(shapes):
        raise invalid(f"Einsum: expected {len(terms)} inputs for equation {equation!r}, got {len(shapes)}")
    sizes: dict[str, int | None] = {}
    ellipsis: list[int | None] | None = []
    for i, (term, shape) in enumerate(zip(terms, shapes)):
        if shape is None:
            ellipsis = None if "..." in term else ellipsis
            continue
        extra = len(shape) - (len(term) - ("..." in term))
        if extra < 0 or (extra and "..." not in term):
            at_least = "at least " if "..." in term else ""
            raise invalid(
                f"Einsum: Expected input {i} to have rank {at_least}{len(term) - ('...' in term)} but got: "
                f"{len(shape)} (shape {shape_text(shape)}, equation {equation!r})"
            )
        axis = 0
        for label in term:
            if label == "...":
                if ellipsis is not None:
                    merged = broadcast_sizes(ellipsis, shape[axis : axis + extra])
                    if merged is None:
                        raise invalid(
                            f"Einsum: ellipsis dimensions of input {i} shaped {shape_text(shape)} do not fit "
                            f"in equation {equation!r}"
                        )
                    ellipsis = merged
                axis += extra
                continue
            known = sizes.get(label)
            if known is not None and shape[axis] is not None and known != shape[axis]:
                raise invalid(
                    f"Einsum: Expected dimension {known} at axis {axis} of the input {i} shaped "
                    f"{shape_text(shape)} but got dimension {shape[axis]} (label {label!r} of {equation!r})"
                )
            sizes[label] = _merged(known, shape[axis])
            axis += 1
    if ellipsis and "..." not in output:
        raise invalid(
            f"Einsum: Output contains {len(ellipsis)} broadcasting dimension(s) but no ellipsis (...) was found in the "
            f"output subscripts of {equation!r}"
        )
    result: list[int | None] = []
    for label in output:
        if label == "...":
            if ellipsis is None:
                return None
            result.extend(ellipsis)
        else:
            result.append(sizes.get(label))
    return result


@kernel("Einsum")
def einsum(inputs, *, equation):
    _einsum_sizes(equation, [x.shape for x in inputs])
    dtype = inputs[0].dtype
    terms, output = parse_equation(equation)
    once = list(dict.fromkeys(output))
    if len(once) == len(output):
        return jnp.einsum(equation, *inputs).astype(dtype)
    equation = ",".join(map("".join, terms)) + "->" + "".join(once)
    return _on_diagonals(jnp.einsum(equation, *inputs).astype(dtype), once, output)


def _on_diagonals(x, once: list[str], output: list[str]):
    """`x`, whose axes are labelled `once`, as the diagonal of axes `output`, which repeat labels."""
    hidden = x.ndim - len([label for label in once if label != "..."])
    axis_of: dict[str, int] = {}
    axis = 0
    for label in output:
        if label not in axis_of:
            axis_of[label] = axis
            axis += hidden if label == "..." else 1
            continue
        x = jnp.expand_dims(x, axis)
        others = [i for i in range(x.ndim) if i not in (axis_of[label], axis)]
        x = jnp.where(jnp.expand_dims(jnp.eye(x.shape[axis_of[label]], dtype=bool), others), x, 0)
        axis += 1
    return x


@shape_function("Einsum")
def _einsum_shape(op):
    shapes = [op.shape(i) for i in range(op.attr("N"))]
    sizes = _einsum_sizes(op.attr("equation"), [None if s.rank is None else s.as_list() for s in shapes])
    return TensorShape(sizes)


# Vectors -------------------------------------------------------------------------------------------------


@shape_function("Cross")
def _cross_shape(op):
    merged = merge_static([op.shape(0), op.shape(1)])
    if merged.rank and merged[-1] not in (None, 3):
        raise invalid(f"Dimension must be 3 but is {merged[-1]}")
    return merged.with_rank_at_least(1)


@kernel("Cross")
def cross(a, b):
    if a.shape != b.shape:
        raise invalid(f"Cross: Both inputs must be of same shape: {shape_text(a.shape)} vs. {shape_text(b.shape)}")
    if a.ndim == 0 or a.shape[-1] != 3:
        message = f"Cross-products are only defined for 3-element vectors, got {shape_text(a.shape)}"
        raise errors.FailedPreconditionError(None, None, message)
    (a0, a1, a2), (b0, b1, b2) = (jnp.moveaxis(v, -1, 0) for v in (a, b))
    return jnp.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], axis=-1)
