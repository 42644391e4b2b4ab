"""Functions of TensorFlow 1 with a meaning of their own: casts, assignments, scatters, old divisions, `dropout`, …"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, scopes
from tfshim.api import casting
from tfshim.api.core import constant as constant_v2
from tfshim.api.naming import in_scope
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op
from tfshim.shapes import as_shape


def _export_cast(label: str, dtype: dtypes.DType) -> None:
    def to(x: Any, name: str = f"To{label}") -> Any:
        return casting.cast(x, dtype, name=name)

    to.__name__ = to.__qualname__ = f"to_{label.lower()}"
    to.__doc__ = f"`x` cast to {dtype.name}."
    export(f"compat.v1.{to.__name__}")(to)


for _label, _dtype in (
    ("Float", dtypes.float32),
    ("Double", dtypes.float64),
    ("Int32", dtypes.int32),
    ("Int64", dtypes.int64),
    ("BFloat16", dtypes.bfloat16),
    ("Complex64", dtypes.complex64),
    ("Complex128", dtypes.complex128),
):
    _export_cast(_label, _dtype)


@export("compat.v1.constant")
def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const", verify_shape: bool = False) -> Any:
    """A constant. In a graph, a list shorter than `shape` is filled up with its last element.

    Raises TypeError with `verify_shape` if the shape of `value` is not `shape`; ValueError for too many elements.
    """
    if shape is not None:
        wanted = tuple(as_shape(shape).as_list())
        given = np.shape(value)
        if verify_shape and given != wanted:
            raise TypeError(f"Expected Tensor's shape: {wanted}, but got {given}.")
        size = int(np.prod(wanted))
        if context.graph is not None and int(np.prod(given)) > size:
            raise ValueError(f"Too many elements provided. Takes at most {size}, but got {int(np.prod(given))}.")
        if context.graph is not None and 1 < int(np.prod(given)) < size:
            flat = np.ravel(np.asarray(value, None if dtype is None else dtypes.as_dtype(dtype).as_numpy_dtype))
            array = np.concatenate([flat, np.full(size - flat.size, flat[-1], flat.dtype)]).reshape(wanted)
            return constant_v2(array if dtype else convert_like(value, array), dtype=dtype, name=name)
    return constant_v2(value, dtype=dtype, shape=shape, name=name)


def convert_like(value: Any, array: Any) -> Any:
    """`array` in the dtype that `value` would have as a tensor."""
    return array.astype(convert_to_tensor(value).dtype.as_numpy_dtype)


@export("compat.v1.where")
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Any:
    """Elements of `x` where the condition holds and of `y` elsewhere; without them, the positions where it holds.

    `x` and `y` have one shape; a condition that is a vector picks rows. Nothing else is broadcast.
    """
    if x is None and y is None:
        return op("Where")(condition, name=name)
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    return op("Select")(condition, x, y, name=name)


@export("compat.v1.div")
def div(x: Any, y: Any, name: str | None = None) -> Any:
    """x / y as in Python 2: integers are divided to integers, rounded down."""
    x = convert_to_tensor(x, name="x")
    y = convert_to_tensor(y, dtype=x.dtype, name="y")
    return op("RealDiv" if x.dtype.is_floating or x.dtype.is_complex else "FloorDiv")(x, y, name=name or "div")


@export("compat.v1.floor_div")
def floor_div(x: Any, y: Any, name: str | None = None) -> Any:
    """x // y, rounded down."""
    return op("FloorDiv")(x, y, name=name)


@export("compat.v1.arg_max")
def arg_max(input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None) -> Any:
    """The index of the greatest element along a dimension."""
    return op("ArgMax")(input, dimension, output_type=dtypes.as_dtype(output_type), name=name)


@export("compat.v1.arg_min")
def arg_min(input: Any, dimension: Any, output_type: Any = dtypes.int64, name: str | None = None) -> Any:
    """The index of the least element along a dimension."""
    return op("ArgMin")(input, dimension, output_type=dtypes.as_dtype(output_type), name=name)


@export("compat.v1.name_scope")
class name_scope(scopes.name_scope):
    """Puts the names of ops under `name`, or under `default_name` if that is None; `values` has no effect."""

    def __init__(self, name: str | None, default_name: str | None = None, values: Any = None):
        super().__init__(default_name if name is None else name)
        self._only_values = self._name is None and values is not None

    def __enter__(self) -> str:
        if self._only_values:
            raise ValueError("name_scope needs a name or a default name beside values")
        return super().__enter__()


@export("compat.v1.tuple")
def tuple_of(tensors: Any, name: str | None = None, control_inputs: Any = None) -> list[Any]:
    """The tensors (or None), none of which is there before all of them and `control_inputs` are."""
    found = [t for t in tensors if t is not None]
    if not found:
        raise ValueError(f"tuple must have at least one Tensor: {tensors}")
    if context.graph is None:
        return list(tensors)
    with scopes.name_scope(name or "tuple"):
        gate = scopes.group(*found, *(control_inputs or []))
        with scopes.control_dependencies([gate]):
            return [None if t is None else op("Identity")(t) for t in tensors]


# Variables -----------------------------------------------------------------------------------------------


def _export_assignment(method: str) -> None:
    def run(ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None) -> Any:
        return getattr(ref, method)(value, name=name)

    run.__name__ = run.__qualname__ = method
    run.__doc__ = f"`ref.{method}(value)`; `use_locking` has no effect."
    export(f"compat.v1.{method}")(run)


for _method in ("assign_add", "assign_sub"):
    _export_assignment(_method)


@export("compat.v1.assign")
def assign(
    ref: Any, value: Any, validate_shape: bool | None = None, use_locking: bool | None = None, name: str | None = None
) -> Any:
    """`ref.assign(value)`; `validate_shape` and `use_locking` have no effect."""
    return ref.assign(value, name=name)


@export("compat.v1.count_up_to")
def count_up_to(ref: Any, limit: int, name: str | None = None) -> Any:
    """The value of an integer variable, which is then incremented; OutOfRangeError at `limit`."""
    return ref.count_up_to(limit)


def _export_scatter(kind: str) -> None:
    locking = kind == "update"

    def run(ref: Any, indices: Any, updates: Any, use_locking: bool = locking, name: str | None = None) -> Any:
        return getattr(ref, f"scatter_{kind}")(IndexedSlices(updates, convert_to_tensor(indices)), name=name)

    run.__name__ = run.__qualname__ = f"scatter_{kind}"
    run.__doc__ = f"`ref.scatter_{kind}` of the rows `updates` at `indices`; `use_locking` has no effect."
    export(f"compat.v1.scatter_{kind}")(run)


def _export_scatter_nd(kind: str) -> None:
    locking = kind == "update"

    def run(ref: Any, indices: Any, updates: Any, use_locking: bool = locking, name: str | None = None) -> Any:
        return getattr(ref, f"scatter_nd_{kind}")(indices, updates, name=name)

    run.__name__ = run.__qualname__ = f"scatter_nd_{kind}"
    run.__doc__ = f"`ref.scatter_nd_{kind}(indices, updates)`; `use_locking` has no effect."
    export(f"compat.v1.scatter_nd_{kind}")(run)


for _kind in ("add", "sub", "mul", "div", "min", "max", "update"):
    _export_scatter(_kind)
for _kind in ("add", "sub", "update"):
    _export_scatter_nd(_kind)


# Neural networks -----------------------------------------------------------------------------------------


@export("compat.v1.nn.dropout")
def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: Any = None,
    name: str | None = None,
    rate: Any = None,
) -> Any:
    """`tf.nn.dropout` at `rate`, or at 1 - `keep_prob`; ValueError unless one of them is given."""
    from tfshim.api import nn_norm

    if (rate is None) == (keep_prob is None):
        raise ValueError("You must provide a rate to dropout: either `rate` or `keep_prob`.")
    if rate is None:
        try:
            rate = 1 - keep_prob
        except TypeError:
            message = f"`keep_prob` must be a floating point number or Tensor. Received: keep_prob={keep_prob}"
            raise ValueError(message) from None
    return nn_norm.dropout(x, rate, noise_shape, seed, name)


@export("compat.v1.nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy_with_logits(
    labels: Any = None, logits: Any = None, dim: int = -1, name: str | None = None, axis: int | None = None
) -> Any:
    """The cross entropy of softmax(logits) and `labels`, through which no gradient flows; `dim` is `axis`."""
    from tfshim.api import nn_loss

    if labels is None or logits is None:
        raise ValueError("Both `labels` and `logits` must be provided.")
    labels = op("StopGradient")(labels, name="labels_stop_gradient")
    return nn_loss.softmax_cross_entropy_with_logits(labels, logits, dim if axis is None else axis, name)


@export("compat.v1.nn.embedding_lookup")
@in_scope("embedding_lookup", result=True)
def embedding_lookup(
    params: Any,
    ids: Any,
    partition_strategy: str = "mod",
    name: str | None = None,
    validate_indices: bool = True,
    max_norm: Any = None,
) -> Any:
    """Rows `ids` of the embedding matrix `params`, or of its parts: dealt out by turns ("mod") or cut ("div")."""
    from tfshim.api import nn_norm

    return nn_norm.lookup(params, ids, partition_strategy, max_norm, name)


@export("compat.v1.nn.xw_plus_b")
def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Any:
    """x · weights + biases."""
    with scopes.name_scope(name or "xw_plus_b") as scope:
        product = op("MatMul")(convert_to_tensor(x), convert_to_tensor(weights))
        return op("BiasAdd")(product, convert_to_tensor(biases), name=scope or None)


@export("compat.v1.nn.relu_layer")
def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Any:
    """The positive part of x · weights + biases."""
    with scopes.name_scope(name or "relu_layer") as scope:
        return op("Relu")(xw_plus_b(x, weights, biases), name=scope or None)


@export("compat.v1.space_to_batch", "compat.v1.nn.space_to_batch")
def space_to_batch(
    input: Any, paddings: Any, block_size: int | None = None, name: str | None = None, block_shape: Any = None
) -> Any:
    """Square blocks of the zero-padded spatial dimensions moved into the batch dimension."""
    size = _block_size(block_size, block_shape)
    return _of_images(op("SpaceToBatchND")(input, [size, size], paddings, name=name))


@export("compat.v1.batch_to_space")
def batch_to_space(
    input: Any, crops: Any, block_size: int | None, name: str | None = None, block_shape: Any = None
) -> Any:
    """The inverse of `space_to_batch`: batches moved into square blocks, then cropped."""
    size = _block_size(block_size, block_shape)
    return _of_images(op("BatchToSpaceND")(input, [size, size], crops, name=name))


def _of_images(result: Any) -> Any:
    result.set_shape(result.shape.with_rank(4))
    return result


def _block_size(block_size: Any, block_shape: Any) -> Any:
    if block_shape is not None and block_size is not None:
        raise ValueError("Cannot specify both 'block_size' and 'block_shape'.")
    return block_size if block_shape is None else block_shape


@export("compat.v1.Print")
def Print(
    input_: Any,
    data: Sequence[Any],
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Any:
    """`input_`, printing `data` to stderr when it runs, after `message`.

    Args:
      input_: a tensor.
      data: list of tensors.
      message: a prefix.
      first_n: how many runs print; None: all.
      summarize: how many elements of each tensor; None: 3.
      name: name of the op in a graph.
    """
    limits = {"first_n": -1 if first_n is None else first_n, "summarize": 3 if summarize is None else summarize}
    return op("Print")(input_, data, message=message or "", name=name, **limits)


@export("compat.v1.batch_scatter_update")
def batch_scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """Assigns rows of a batch: `ref[b, indices[b, i]] = updates[b, i]` for all leading indices b of `indices`."""
    return ref.batch_scatter_update(IndexedSlices(updates, indices), use_locking, name)
