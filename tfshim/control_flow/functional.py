"""`tf.map_fn`, `tf.scan`, `tf.foldl` and `tf.foldr`: loops over the first axis of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes, nest
from tfshim.context import context
from tfshim.control_flow.batchable import BatchableResults, encoding, reader
from tfshim.control_flow.tensor_array import TensorArray
from tfshim.control_flow.while_loop import while_loop
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import as_dtype
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import name_scope
from tfshim.shapes import from_dims
from tfshim.tensor import Tensor
from tfshim.type_spec import BatchableTypeSpec, CompositeTensor, TensorSpec, TypeSpec


class _Elements:
    """The slices of nested tensors along their first axis."""

    def __init__(self, elems: Any):
        self.structure = elems
        flat = [_as_value(e) for e in nest.flatten(elems)]
        if not flat:
            raise ValueError(
                f"elems must be a Tensor or (possibly nested) sequence of Tensors. Got {elems}: no Tensors"
            )
        measured = [part for value in flat for part in (encoding(value) if is_batchable(value) else [value])]
        for tensor in measured:
            if tensor.shape.rank == 0:
                raise ValueError("Elements in elems must be 1+ dimensional Tensors, not scalars")
        self.flat = flat
        length = from_dims((None,))
        for tensor in measured:
            if tensor.shape.rank is not None:
                length = length.merge_with(tensor.shape[:1])
        (self.static_length,) = length.as_list()  # numbers also where shapes hold `Dimension`s
        if self.static_length is not None:
            self.length: Any = self.static_length
        else:
            self.length = _length(measured[0])

        self.readers = [_reader(t, self.length) for t in flat]

    def at(self, i: Any) -> Any:
        """Slice number `i`."""
        return nest.pack_sequence_as(self.structure, [read(i) for read in self.readers])


def is_ragged(value: Any) -> bool:
    """Whether a value is a `tf.RaggedTensor`."""
    return hasattr(value, "ragged_rank") and isinstance(value, CompositeTensor)


def _is_sparse(value: Any) -> bool:
    return type(value).__name__ == "SparseTensor" and isinstance(value, CompositeTensor)


def is_batchable(value: Any) -> bool:
    """Whether a value is of a type that says itself how it is stacked, such as an extension type."""
    known = not isinstance(value, CompositeTensor) or is_ragged(value) or _is_sparse(value) or hasattr(value, "handle")
    return not known and isinstance(value._type_spec, BatchableTypeSpec)


def _reader(value: Any, length: Any) -> Callable[[Any], Any]:
    """The function from a number to the slice of that number."""
    if is_batchable(value):
        return reader(value, [_slices(part, length).read for part in encoding(value)])
    if is_ragged(value):
        return value.__getitem__
    if _is_sparse(value):
        from tfshim.sparse.mapping import row_reader

        return row_reader(value)
    return _slices(value, length).read


def _length(value: Any) -> Tensor:
    if _is_sparse(value):
        from tfshim.sparse.mapping import row_count

        return row_count(value)
    if is_ragged(value):
        return value.nrows(dtypes.int32)
    return op("StridedSlice")(op("Shape")(value), [0], [1], [1], shrink_axis_mask=1)


def _as_value(value: Any) -> Any:
    if is_ragged(value) or _is_sparse(value) or is_batchable(value):
        return value
    if isinstance(value, CompositeTensor) and not hasattr(value, "handle"):
        raise NotImplementedError(
            f"mapping over a {type(value).__name__} is not supported yet: map over its components, or convert it to a "
            "dense tensor"
        )
    return convert_to_tensor(value)


def _slices(tensor: Tensor, length: Any) -> TensorArray:
    shape = tensor.shape[1:] if tensor.shape.rank is not None else None
    array = TensorArray(tensor.dtype, size=length, clear_after_read=False, infer_shape=False, element_shape=shape)
    return array.unstack(tensor)


@export("map_fn")
def map_fn(
    fn: Any,
    elems: Any,
    dtype: Any = None,
    parallel_iterations: Any = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:
    """Applies `fn` to each slice of `elems` along the first axis, and stacks what it returns.

    Args:
      fn: callable that takes a slice in the structure of `elems`.
      elems: nested structure of tensors whose first axes have one length.
      dtype: old name of `fn_output_signature`.
      parallel_iterations: has no effect.
      back_prop: False stops gradients through the map.
      swap_memory: has no effect.
      infer_shape: results of all calls have one shape.
      name: of the name scope.
      fn_output_signature: nested dtypes or TensorSpecs of what `fn` returns, where its structure or dtypes differ from
        those of `elems`.

    Raises:
      TypeError: `fn` is not callable, or its results do not fit the signature.
      ValueError: `elems` is empty or holds scalars.
    """
    if not callable(fn):
        raise TypeError(f"The provided function {fn} is not callable. fn must be callable.")
    signature = dtype if fn_output_signature is None else fn_output_signature
    with name_scope(name or "map"):
        elements = _Elements(elems)
        signature = nest.map_structure(_signature_of, elems) if signature is None else signature
        results = [_results(s, elements.length, infer_shape) for s in nest.flatten(signature)]

        def body(i: Any, arrays: list[list[TensorArray]]) -> Any:
            result = _call(fn, elements.at(i))
            nest.assert_same_structure(signature, result, expand_composites=False)
            written = []
            for kind, own, value in zip(results, arrays, nest.flatten(result), strict=True):
                written.append(kind.write(own, i, value))
            return i + 1, written

        _, arrays = while_loop(
            lambda i, _: op("Less")(i, elements.length),
            body,
            (convert_to_tensor(0, dtypes.int32), [kind.arrays for kind in results]),
            back_prop=back_prop,
        )
        stacked = [kind.finish(own, elements.static_length) for kind, own in zip(results, arrays, strict=True)]
    return nest.pack_sequence_as(signature, stacked)


def _stack(array: TensorArray, length: int | None) -> Tensor:
    result = array.stack()
    if context.graph is not None and result.shape.rank is not None:
        result.set_shape(from_dims((length,)).concatenate(result.shape[1:]))
    return result


class _Results:
    """The results of one spec: tensors of one shape, in one array."""

    def __init__(self, spec: TensorSpec, length: Any, infer_shape: bool):
        array = TensorArray(
            spec.dtype, size=length, dynamic_size=False, infer_shape=infer_shape, element_shape=spec.shape
        )
        self.arrays = [array]

    def write(self, arrays: list[TensorArray], i: Any, value: Any) -> list[TensorArray]:
        """The array with the result of call number `i`."""
        return [arrays[0].write(i, value)]

    def finish(self, arrays: list[TensorArray], length: int | None) -> Tensor:
        """All results, stacked."""
        return _stack(arrays[0], length)


def _signature_of(value: Any) -> Any:
    """What the function returns if nothing else is said: slices like those that it gets."""
    if is_ragged(value) or _is_sparse(value) or is_batchable(value):
        return value._type_spec._unbatch()
    return convert_to_tensor(value).dtype


def _results(signature: Any, length: Any, infer_shape: bool) -> Any:
    """How the results of one declared type are collected."""
    if isinstance(signature, TensorSpec):
        return _Results(signature, length, infer_shape)
    if type(signature).__name__ == "RaggedTensorSpec":
        from tfshim.ragged.mapping import RaggedResults

        return RaggedResults(signature, length)
    if type(signature).__name__ == "SparseTensorSpec":
        from tfshim.sparse.mapping import SparseResults

        return SparseResults(signature, length)
    if isinstance(signature, BatchableTypeSpec):
        return BatchableResults(signature, length)
    if isinstance(signature, TypeSpec):
        raise NotImplementedError(
            f"map_fn cannot return values of {type(signature).__name__} yet: return their components"
        )
    return _Results(TensorSpec(None, as_dtype(signature)), length, infer_shape)


def _call(fn: Callable[..., Any], *args: Any) -> Any:
    from tfshim.autograph import convert_for_call

    return convert_for_call(fn)(*args)


@export("scan")
def scan(
    fn: Any,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """All partial results of a fold: `acc = fn(acc, slice)` over the slices of `elems` along the first axis, stacked.

    Args:
      fn: callable `(accumulated, slice)` that returns a value of the structure of the accumulated one.
      elems: nested structure of tensors whose first axes have one length.
      initializer: the first accumulated value; the first slice if None.
      parallel_iterations: has no effect.
      back_prop: False stops gradients through the scan.
      swap_memory: has no effect.
      infer_shape: results of all calls have one shape.
      reverse: start from the last slice; results stay in the order of the slices.
      name: of the name scope.
    """
    if not callable(fn):
        raise TypeError(f"{getattr(fn, '__name__', fn)} is not callable")
    with name_scope(name or "scan"):
        elements = _Elements(nest.map_structure(convert_to_tensor, elems))
        n = elements.length
        order = (lambda k: n - 1 - k) if reverse else (lambda k: k)
        skipped = 0 if initializer is not None else 1
        if initializer is None:
            initial = elements.at(order(convert_to_tensor(0, dtypes.int32)))
        else:
            initial = nest.map_structure(convert_to_tensor, initializer)
        flat = nest.flatten(initial)
        arrays = [
            TensorArray(
                a.dtype,
                size=n,
                dynamic_size=False,
                infer_shape=infer_shape,
                element_shape=a.shape if infer_shape else None,
            )
            for a in flat
        ]
        if skipped:
            at = order(convert_to_tensor(0, dtypes.int32))
            arrays = [array.write(at, value) for array, value in zip(arrays, flat, strict=True)]

        def body(k: Any, accumulated: Any, arrays: list[TensorArray]) -> Any:
            i = order(k)
            result = _call(fn, nest.pack_sequence_as(initial, accumulated), elements.at(i))
            nest.assert_same_structure(initial, result, check_types=False)
            values = [convert_to_tensor(v) for v in nest.flatten(result)]
            return k + 1, values, [a.write(i, v) for a, v in zip(arrays, values, strict=True)]

        _, _, arrays = while_loop(
            lambda k, *_: op("Less")(k, n),
            body,
            (convert_to_tensor(skipped, dtypes.int32), flat, arrays),
            back_prop=back_prop,
        )
        return nest.pack_sequence_as(initial, [_stack(a, elements.static_length) for a in arrays])


def _fold(fn: Any, elems: Any, initializer: Any, back_prop: bool, name: str, reverse: bool) -> Any:
    if not callable(fn):
        raise TypeError(f"{getattr(fn, '__name__', fn)} is not callable.")
    with name_scope(name):
        elements = _Elements(nest.map_structure(convert_to_tensor, elems))
        n = elements.length
        order = (lambda k: n - 1 - k) if reverse else (lambda k: k)
        start = 0
        if initializer is None:
            initial = elements.at(order(convert_to_tensor(0, dtypes.int32)))
            start = 1
        else:
            # Eagerly it stays what it is: a number takes the dtype of the slices then.
            initial = initializer if context.graph is None else nest.map_structure(convert_to_tensor, initializer)

        def body(k: Any, accumulated: Any) -> Any:
            return k + 1, _call(fn, accumulated, elements.at(order(k)))

        _, result = while_loop(
            lambda k, _: op("Less")(k, n), body, (convert_to_tensor(start, dtypes.int32), initial), back_prop=back_prop
        )
        return result


@export("foldl")
def foldl(
    fn: Any,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """The last result of `acc = fn(acc, slice)` over the slices of `elems` along the first axis, from the first on.

    Args:
      fn: callable `(accumulated, slice)`.
      elems: nested structure of tensors whose first axes have one length.
      initializer: the first accumulated value; the first slice if None.
      parallel_iterations: has no effect.
      back_prop: False stops gradients.
      swap_memory: has no effect.
      name: of the name scope.
    """
    return _fold(fn, elems, initializer, back_prop, name or "foldl", reverse=False)


@export("foldr")
def foldr(
    fn: Any,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Like `tf.foldl`, from the last slice to the first."""
    return _fold(fn, elems, initializer, back_prop, name or "foldr", reverse=True)
