"""The methods of `tf.Variable` that write, and those that read or write parts of it."""

from __future__ import annotations

import functools
from typing import Any

import jax
import numpy as np

from tfshim import buffers, dtypes, in_place
from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.execute import as_op_error, raise_failed, record, refuse_inaccessible
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op
from tfshim.ops.computation import OpComputation, op_computation
from tfshim.ops.registry import find_kernel
from tfshim.tensor import EagerTensor

_ADD = op_computation(find_kernel("AssignAddVariableOp"))
_SUB = op_computation(find_kernel("AssignSubVariableOp"))
_GATHER = op_computation(find_kernel("ResourceGather"), (0,))
_GATHER_ND = op_computation(find_kernel("ResourceGatherNd"))


@functools.cache
def _several_devices() -> bool:
    return len(jax.devices()) > 1 or jax.default_backend() != "cpu"


def _placed_like(cell: Cell, array: Any) -> Any:
    """`array` on the device on which the variable lives: a write does not move a variable."""
    if not _several_devices() or not isinstance(array, jax.Array) or not isinstance(cell.array, jax.Array):
        return array
    return array if array.devices() == cell.array.devices() else jax.device_put(array, cell.array.sharding)


def _stored_form(tensor: EagerTensor) -> Any:
    """What a cell holds for a tensor; a host array is placed once, however often it is assigned."""
    array = tensor._value
    if array is None:
        array = tensor._host
        if array.ndim and not dtypes.stays_on_host(array):  # type: ignore[union-attr]
            array = tensor._value = jax.device_put(array)
    return array


class Writes:
    """Mixin: assignment, scatters, gathers, slices."""

    _unread: Any  # the class of what a write returns
    _handle: Any
    _cell: Any
    _dtype: Any
    _shape: Any

    def _written(self, parent_op: Any = None) -> Any:
        if context.tapes or context.graph is not None or context.variable_watchers:
            self._accessed()
        return self._unread(self, parent_op)

    def _run(self, op_name: str, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
        """Runs an op on the handle; returns the node in a graph."""
        graph = context.graph
        if graph is None:
            self._eager_cell()
            op(op_name)(self._handle, *inputs, name=name, **attrs)
            return None
        op(op_name)(self._graph_handle(), *inputs, name=name, **attrs)
        return graph._nodes[-1]

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """Replaces the value.

        Args:
          value: convertible to a tensor of the variable's dtype and static shape.
          use_locking: has no effect: a write is atomic.
          name: name of the op in a graph.
          read_value: False: return None (the operation, in a graph).

        Returns:
          The variable after the write, which also converts to a tensor.

        Raises:
          ValueError: for another dtype or shape; the variable keeps its value.
        """
        tensor = convert_to_tensor(value, dtype=self._dtype)
        if not self._shape.is_compatible_with(tensor.shape):
            label = "" if self.name is None else " " + str(self.name)
            raise ValueError(
                f"Cannot assign value to variable '{label}': Shape mismatch. The variable shape {self._shape}, and the "
                f"assigned value shape {tensor.shape} are incompatible."
            )
        if context.graph is None:
            if type(tensor) is not EagerTensor:
                refuse_inaccessible(tensor)
            cell = self._eager_cell()
            array = _placed_like(cell, _stored_form(tensor))
            with buffers.lock:
                cell.store(array)
            return self._written() if read_value else None
        if self._shape.is_fully_defined() and not tensor.shape.is_fully_defined():
            # Checked where the shape gets known: when the function is compiled for it.
            tensor = op("EnsureShape")(tensor, shape=self._shape)
        node = self._run("AssignVariableOp", tensor, name=name)
        return self._written(node) if read_value else node

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Adds `delta`, of the variable's own shape (nothing is broadcast), to the value; see `assign`."""
        if context.graph is None:
            self._accumulate(_ADD, delta)
            return self._written() if read_value else None
        node = self._run("AssignAddVariableOp", convert_to_tensor(delta, dtype=self._dtype), name=name)
        return self._written(node) if read_value else node

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Subtracts `delta`, of the variable's own shape (nothing is broadcast), from the value; see `assign`."""
        if context.graph is None:
            self._accumulate(_SUB, delta)
            return self._written() if read_value else None
        node = self._run("AssignSubVariableOp", convert_to_tensor(delta, dtype=self._dtype), name=name)
        return self._written(node) if read_value else node

    def _accumulate(self, computation: OpComputation, delta: Any) -> None:
        """The hot path: the compiled program on the value in the cell, without anything around it."""
        cell = self._eager_cell()
        if type(delta) is not EagerTensor or delta.dtype is not self._dtype:
            delta = convert_to_tensor(delta, dtype=self._dtype)
            if type(delta) is not EagerTensor:
                refuse_inaccessible(delta)
        operand = delta._value
        if operand is None:
            operand = delta._host if delta._host.dtype == object else delta.operand()
        operand = _placed_like(cell, operand)
        with buffers.lock:
            run = computation.program_for_default
            if self._large and not cell.exposed:
                run = in_place.program(computation, (), jax.default_backend())
            try:
                cell.store_fresh(run(cell.peek(), operand))
            except Exception as error:
                raise as_op_error(error, computation.name) from None

    # Rows and elements

    def _scatter(self, op_name: str, sparse_delta: Any, name: str | None) -> Any:
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(f"Argument `sparse_delta` must be a `tf.IndexedSlices`. Received arg: {sparse_delta}")
        values = convert_to_tensor(sparse_delta.values, dtype=self._dtype)
        return self._written(self._run(op_name, sparse_delta.indices, values, name=name))

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Adds the rows of `tf.IndexedSlices`; repeated rows add up."""
        return self._scatter("ResourceScatterAdd", sparse_delta, name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Subtracts the rows of `tf.IndexedSlices`."""
        return self._scatter("ResourceScatterSub", sparse_delta, name)

    def scatter_mul(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Multiplies by the rows of `tf.IndexedSlices`."""
        return self._scatter("ResourceScatterMul", sparse_delta, name)

    def scatter_div(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Divides by the rows of `tf.IndexedSlices`."""
        return self._scatter("ResourceScatterDiv", sparse_delta, name)

    def scatter_min(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Takes the elementwise minimum with the rows of `tf.IndexedSlices`."""
        return self._scatter("ResourceScatterMin", sparse_delta, name)

    def scatter_max(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Takes the elementwise maximum with the rows of `tf.IndexedSlices`."""
        return self._scatter("ResourceScatterMax", sparse_delta, name)

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Replaces rows by those of `tf.IndexedSlices`."""
        return self._scatter("ResourceScatterUpdate", sparse_delta, name)

    def batch_scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Replaces rows along the last dimension of the indices, the dimensions before it being paired."""
        if not isinstance(sparse_delta, IndexedSlices):
            raise TypeError(f"Argument `sparse_delta` must be a `tf.IndexedSlices`. Received arg: {sparse_delta}")
        indices = convert_to_tensor(sparse_delta.indices)
        updates = convert_to_tensor(sparse_delta.values, dtype=self._dtype)
        if indices.shape.rank is None or not indices.shape.is_fully_defined():
            raise NotImplementedError("batch_scatter_update needs indices of a known static shape")
        dims = indices.shape.as_list()
        expand = op("ExpandDims")
        parts = []
        for axis, size in enumerate(dims[:-1]):
            grid = np.arange(size).reshape([size if i == axis else 1 for i in range(len(dims))])
            grid = np.ascontiguousarray(np.broadcast_to(grid, dims)).astype(indices.dtype.as_numpy_dtype)
            parts.append(expand(convert_to_tensor(grid), -1))
        parts.append(expand(indices, -1))
        full = op("ConcatV2")(parts, -1) if len(parts) > 1 else parts[0]
        return self.scatter_nd_update(full, updates, name)

    def _scatter_nd(self, op_name: str, indices: Any, updates: Any, name: str | None) -> Any:
        updates = convert_to_tensor(updates, dtype=self._dtype)
        return self._written(self._run(op_name, indices, updates, name=name))

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Adds `updates` at the index tuples in the last dimension of `indices`."""
        return self._scatter_nd("ResourceScatterNdAdd", indices, updates, name)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Subtracts `updates` at the index tuples."""
        return self._scatter_nd("ResourceScatterNdSub", indices, updates, name)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Puts `updates` at the index tuples."""
        return self._scatter_nd("ResourceScatterNdUpdate", indices, updates, name)

    def _handle_for_op(self) -> Any:
        return self._handle if context.graph is None else self._graph_handle()

    def sparse_read(self, indices: Any, name: str | None = None) -> Any:
        """The rows at `indices`; its gradient is `tf.IndexedSlices`."""
        self._accessed()
        if context.plain and self._dtype not in dtypes.HOST_ONLY:
            return self._eager_part(_GATHER, indices)
        return op("ResourceGather")(self._handle_for_op(), indices, dtype=self._dtype, name=name or "Gather")

    def gather_nd(self, indices: Any, name: str | None = None) -> Any:
        """What stands at the index tuples in the last dimension of `indices`."""
        self._accessed()
        if context.plain and self._dtype not in dtypes.HOST_ONLY:
            return self._eager_part(_GATHER_ND, indices)
        value = op("ResourceGatherNd")(self._handle_for_op(), indices, dtype=self._dtype, name=name or "GatherNd")
        return op("Identity")(value)

    def _eager_part(self, computation: OpComputation, indices: Any) -> EagerTensor:
        """What a program picks from the value. Nobody gets to hold the whole, so that a write need not copy it."""
        if type(indices) is not EagerTensor:
            indices = convert_to_tensor(indices)
        cell, operand = self._eager_cell(), indices.operand()
        with buffers.lock:
            array = cell.peek()
            try:
                result = computation.program_for_default(array, _placed_like(cell, operand))
            except Exception as error:
                raise as_op_error(error, computation.name) from None
            if type(result) is list:
                result, ok = result
                if not np.asarray(ok):
                    raise_failed(computation.diagnosis((), jax.default_backend(), [array, operand]))
        value = EagerTensor(result)
        if context.tapes or context.accumulators:
            record(computation, (self._handle, indices), (value,))
        return value

    def __getitem__(self, slice_spec: Any) -> Any:
        from tfshim.api import slicing

        if slicing._is_mask(slice_spec):
            return slicing.slice_tensor(self._read(), slice_spec)
        if context.graph is None:
            result = self._eager_slice(slice_spec)
            spec: Any = None
            default_name = None
        else:
            *operands, masks = slicing.slice_assign_spec(slice_spec)
            spec = operands, masks
            result = op("StridedSlice")(self._read(), *operands, name="strided_slice", **masks)
            default_name = f"{result.op.name}/_assign"

        # It must not refer to `result`: that would be a cycle, which keeps the variable's memory.
        def assign(value: Any, name: str | None = None) -> Any:
            """Assigns to the slice of the variable."""
            if spec is None:
                *operands, masks = slicing.slice_assign_spec(slice_spec)
            else:
                operands, masks = spec
            return self._strided_slice_assign(*operands, value, name or default_name, **masks)

        result.assign = assign
        return result

    def _eager_slice(self, slice_spec: Any) -> Any:
        from tfshim.api import slicing

        if not self._large or context.tapes or context.accumulators or context.variable_watchers:
            return slicing.slice_tensor(self._read(), slice_spec)
        # Nobody gets to hold the whole value, so that a write after this need not copy it.
        cell = self._eager_cell()
        with buffers.lock:
            array = cell.peek()
            result = slicing.slice_tensor(EagerTensor(array), slice_spec)
            if result._value is None or result._value.size == array.size:
                cell.exposed = True
        return result

    def _strided_slice_assign(
        self,
        begin: Any,
        end: Any,
        strides: Any,
        value: Any,
        name: str | None,
        begin_mask: int,
        end_mask: int,
        ellipsis_mask: int,
        new_axis_mask: int,
        shrink_axis_mask: int,
    ) -> Any:
        value = convert_to_tensor(value, dtype=self._dtype)
        node = self._run(
            "ResourceStridedSliceAssign",
            begin,
            end,
            strides,
            value,
            name=name,
            begin_mask=begin_mask,
            end_mask=end_mask,
            ellipsis_mask=ellipsis_mask,
            new_axis_mask=new_axis_mask,
            shrink_axis_mask=shrink_axis_mask,
        )
        return self._written(node)

    # What only sessions have

    def count_up_to(self, limit: int) -> Any:
        """Increments a scalar integer variable and returns its old value; OutOfRangeError at `limit`."""
        return op("ResourceCountUpTo")(self._handle_for_op(), limit=limit, T=self._dtype)

    def eval(self, session: Any = None) -> Any:
        """RuntimeError: there is no session in eager mode (use `numpy()`)."""
        raise RuntimeError("This operation is not supported when eager execution is enabled.")

    def load(self, value: Any, session: Any = None) -> None:
        """Assigns a value (no session is needed)."""
        self.assign(value)

    def to_proto(self, export_scope: str | None = None) -> Any:
        """RuntimeError: variables have no `VariableDef` in eager mode."""
        raise RuntimeError("This operation is not supported when eager execution is enabled.")

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> Any:
        """NotImplementedError: variables are saved in checkpoints."""
        raise NotImplementedError
