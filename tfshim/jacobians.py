"""Jacobians: all rows of cotangents are pulled back at once, along a leading axis."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import backprop, dtypes
from tfshim.backprop import NotBatchable, Record
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.graph import FuncGraph
from tfshim.indexed_slices import dense
from tfshim.ops import op
from tfshim.tensor import EagerTensor, Tensor
from tfshim.type_spec import TensorSpec


def jacobian(
    records: Sequence[Record],
    target: Tensor,
    sources: Sequence[Any],
    handles: Sequence[Tensor],
    vectorised: bool = True,
) -> list[Any]:
    """Jacobians of `target`, of shape `target.shape + source.shape` each; None where unconnected.

    Args:
      records: what ran.
      target: a tensor that records gave.
      sources: tensors or variables.
      handles: the tensors that stand for them in the records.
      vectorised: whether to compute all rows at once.
    """
    dims = dims_of(target)
    if isinstance(dims, list):
        size: Any = int(np.prod(dims))
        basis = op("Reshape")(_eye(size, target), [size, *dims])
    else:
        size = op("Size")(target)
        basis = op("Reshape")(_dynamic_eye(size, target), op("ConcatV2")([[size], dims], 0))
    results = []
    for source, row in zip(sources, _rows(records, target, basis, handles, size, vectorised), strict=True):
        if row is None:
            results.append(None)
            continue
        shaped = op("Reshape")(row, joined(dims, dims_of(source)))
        if context.graph is not None and row.shape.rank is not None:
            shaped.set_shape(target.shape.concatenate(row.shape[1:]))
        results.append(shaped)
    return results


def batch_jacobian(
    records: Sequence[Record], target: Tensor, source: Any, handle: Tensor, vectorised: bool = True
) -> Tensor | None:
    """The Jacobian of each row of `target` with respect to the same row of `source`; None if unconnected."""
    dims, source_dims = dims_of(target), dims_of(source)
    if isinstance(dims, list):
        # One cotangent per element of a row, the same in all rows of the batch.
        size: Any = int(np.prod(dims[1:]))
        eye = op("Reshape")(_eye(size, target), [size, 1, *dims[1:]])
        basis = op("BroadcastTo")(eye, [size, *dims])
    else:
        row_dims = dims[1:]
        size = op("Prod")(row_dims, 0)
        eye = op("Reshape")(_dynamic_eye(size, target), op("ConcatV2")([[size, 1], row_dims], 0))
        basis = op("BroadcastTo")(eye, op("ConcatV2")([[size], dims], 0))
    (rows,) = _rows(records, target, basis, [handle], size, vectorised)
    if rows is None:
        return None
    rank = 1 + source.shape.rank
    return op("Reshape")(op("Transpose")(rows, [1, 0, *range(2, rank)]), joined(dims, source_dims[1:]))


def dims_of(value: Any) -> Any:
    """The sizes of a tensor or variable: a list if all are known, else an int32 vector."""
    shape = value.shape
    return shape.as_list() if shape.is_fully_defined() else op("Shape")(convert_to_tensor(value))


def joined(first: Any, second: Any) -> Any:
    """Two results of `dims_of` as one."""
    if isinstance(first, list) and isinstance(second, list):
        return [*first, *second]
    return op("ConcatV2")([_vector(first), _vector(second)], 0)


def _vector(dims: Any) -> Any:
    return convert_to_tensor(np.array(dims, np.int32)) if isinstance(dims, list) else dims


def _rows(
    records: Sequence[Record], target: Tensor, basis: Tensor, handles: Sequence[Tensor], size: Any, vectorised: bool
) -> list[Any]:
    """Gradients for each cotangent in `basis`, stacked along a new first axis."""
    if vectorised:
        try:
            return backprop.backpropagate(records, [target], [basis], handles, step=_batched_step)
        except NotBatchable:
            pass
    if not isinstance(size, int):
        return _mapped_rows(records, target, basis, handles)
    if size == 0:
        # What is connected shows with any cotangent.
        parts = backprop.backpropagate(records, [target], [op("ZerosLike")(target)], handles)
        return [None if p is None else op("Pack")([dense(p)], axis=0)[:0] for p in parts]
    each = [backprop.backpropagate(records, [target], [basis[i]], handles) for i in range(size)]
    return [
        None if parts[0] is None else op("Pack")([dense(p) for p in parts], axis=0) for parts in zip(*each, strict=True)
    ]


def _mapped_rows(records: Sequence[Record], target: Tensor, basis: Tensor, handles: Sequence[Tensor]) -> list[Any]:
    """`_rows` one by one in a loop of the graph, for a number of rows that is not known."""
    from tfshim.control_flow.functional import map_fn

    # What is connected, and the static shapes, show with any cotangent.
    probe = backprop.backpropagate(records, [target], [op("ZerosLike")(target)], handles)
    specs = [TensorSpec(p.shape, p.dtype) for p in (dense(p) for p in probe if p is not None)]
    if not specs:
        return probe

    def row(cotangent: Tensor) -> list[Any]:
        parts = backprop.backpropagate(records, [target], [cotangent], handles)
        return [dense(p) for p in parts if p is not None]

    rows = iter(map_fn(row, basis, fn_output_signature=specs))
    return [None if p is None else next(rows) for p in probe]


def _batched_step(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    """The gradients of one record's inputs for rows of cotangents: its kernel's, or else its rule's, vectorised."""
    try:
        return backprop.batched_step(record, cotangents, wanted)
    except NotBatchable:
        if _must_pair(record.computation):
            raise
        present = tuple(i for i, c in enumerate(cotangents) if c is not None)
        rows = [cotangents[i] for i in present]
        if context.graph is not None:
            return _map_rule(record, present, wanted, rows)
        return _run_rule(record, present, wanted, rows)


def _must_pair(computation: Any) -> bool:
    """True for a call of branches or loops that cannot be run again: what ran is differentiated, row by row."""
    graph = getattr(computation, "graph", None)
    if not isinstance(graph, FuncGraph):
        return not getattr(computation, "repeatable", True)
    return any(_must_pair(n.computation) for n in graph._nodes)


def _map_rule(record: Record, present: Sequence[int], wanted: Sequence[int], rows: Sequence[Tensor]) -> list[Any]:
    """The gradients for rows of cotangents of the outputs `present`: the rule is traced on one row."""
    from tfshim.control_flow.vectorized_map import map_rows

    def pull(*row: Any) -> list[Any]:
        cotangents: list[Any] = [None] * len(record.outputs)
        for i, cotangent in zip(present, row, strict=True):
            cotangents[i] = cotangent
        return [None if g is None else dense(g) for g in backprop.input_gradients(record, cotangents, wanted)]

    gradients = map_rows(pull, rows)
    if gradients is None:
        raise NotBatchable(record.computation.name)
    return gradients


# What `_run_rule` made for calls of functions, which are the same computation each time.
_rule_functions: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()


def _run_rule(record: Record, present: tuple[int, ...], wanted: Sequence[int], rows: Sequence[Tensor]) -> list[Any]:
    """`_map_rule` in eager mode: as a function of the rows and of the record's inputs and outputs."""
    from tfshim.concrete_function import ConcreteFunction

    computation = record.computation
    # Handles are captured, for what is a variable's is found by it.
    handles = [t for t in record.inputs if t.dtype is dtypes.resource]
    given = [*rows, *(t for t in record.inputs if t.dtype is not dtypes.resource), *record.outputs]
    known = _rule_functions.setdefault(computation, {}) if hasattr(computation, "gradient") else {}
    key = (present, *wanted, *map(id, handles), *((t.dtype, t.shape) for t in given))
    found = known.get(key)
    if found is None:
        graph = FuncGraph("jacobian")
        with graph.as_default():
            graph.inputs.extend(graph.placeholder(t.dtype, t.shape, "arg") for t in given)
            remaining = iter(graph.inputs[len(rows) :])
            inputs = tuple([t if t.dtype is dtypes.resource else next(remaining) for t in record.inputs])
            inside = Record(computation, inputs, tuple(remaining))
            gradients = _map_rule(inside, present, wanted, graph.inputs[: len(rows)])
            graph.outputs.extend(graph.admit(g) for g in gradients if g is not None)
        found = known[key] = ConcreteFunction(graph), [g is not None for g in gradients], handles
    function, has_gradient, _ = found
    results = iter(function.call_flat(given))
    return [next(results) if has else None for has in has_gradient]


_eyes: dict[Any, EagerTensor] = {}


def _eye(size: int, like: Tensor) -> Tensor:
    """The identity matrix; eager ones are kept, for Jacobians of one shape are asked for again and again."""
    if context.graph is None:
        key = (size, like.dtype)
        found = _eyes.get(key)
        if found is None:
            found = convert_to_tensor(np.eye(size, dtype=like.dtype.as_numpy_dtype))
            found.operand()
            if size <= 1024 and len(_eyes) < 64:
                _eyes[key] = found
        return found
    return convert_to_tensor(np.eye(size, dtype=like.dtype.as_numpy_dtype))


def _dynamic_eye(size: Tensor, like: Tensor) -> Tensor:
    return op("MatrixDiag")(op("Fill")([size], op("Cast")(1, DstT=like.dtype)))
