"""Variables in parts: `get_variable` with a partitioner, and `create_partitioned_variables`."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tfshim import dtypes, nest
from tfshim.context import context
from tfshim.convert import convert_to_tensor, register_tensor_conversion_function
from tfshim.ops import op
from tfshim.scopes import control_dependencies, name_scope
from tfshim.shapes import TensorShape
from tfshim.variable.saving import SaveSliceInfo


class PartitionInfo:
    """What an initializer is told of the part to initialise: where it is in the whole variable.

    Raises ValueError, from its methods, for a part that does not lie within the whole.
    """

    def __init__(self, full_shape: Sequence[int], var_offset: Sequence[int]):
        if len(var_offset) != len(full_shape):
            raise ValueError(f"the offset {var_offset} and the shape {full_shape} must be of equal length")
        if any(offset < 0 or offset >= size for offset, size in zip(var_offset, full_shape, strict=True)):
            raise ValueError(f"the offset {var_offset} is not within the shape {full_shape}")
        self._full_shape = list(full_shape)
        self._var_offset = list(var_offset)

    full_shape = property(lambda self: self._full_shape, doc="Shape of the whole variable.")
    var_offset = property(lambda self: self._var_offset, doc="Where the part begins.")

    def single_offset(self, shape: Sequence[int]) -> int:
        """The offset in the dimension in which a part of `shape` is smaller than the whole; 0 if in none."""
        axis = self.single_slice_dim(shape)
        return 0 if axis is None else self._var_offset[axis]

    def single_slice_dim(self, shape: Sequence[int]) -> int | None:
        """The dimension in which a part of `shape` is smaller than the whole, or None; ValueError if it is in two."""
        if len(shape) != len(self._full_shape):
            raise ValueError(f"the part's shape {shape} and that of the whole, {self._full_shape}, differ in rank")
        sliced = []
        for axis, (size, offset, full) in enumerate(zip(shape, self._var_offset, self._full_shape, strict=True)):
            if offset + size > full:
                raise ValueError(
                    f"a part of shape {shape} at {self._var_offset} would exceed {self._full_shape} in dimension {axis}"
                )
            if size != full:
                sliced.append(axis)
        if len(sliced) > 1:
            raise ValueError(f"a part of shape {shape} is smaller than {self._full_shape} in several dimensions")
        return sliced[0] if sliced else None


class PartitionedVariable:
    """A variable divided along one axis; iterable over its parts, and convertible to a tensor of the whole."""

    def __init__(self, name: str, shape: TensorShape, dtype: Any, variable_list: Sequence[Any], partitions: Any):
        self._name = name
        self._shape = shape
        self._dtype = dtypes.as_dtype(dtype)
        self._variable_list = list(variable_list)
        self._partitions = list(partitions)

    name = property(lambda self: self._name, doc="The name, of which those of the parts are made.")
    dtype = property(lambda self: self._dtype, doc="The `tf.DType`.")
    shape = property(lambda self: self._shape, doc="Shape of the whole.")

    def get_shape(self) -> TensorShape:
        """Shape of the whole."""
        return self._shape

    def __iter__(self) -> Iterator[Any]:
        return iter(self._variable_list)

    def __len__(self) -> int:
        return 0 if self._partition_axes() is None else len(self._variable_list)

    def _get_variable_list(self) -> list[Any]:
        return self._variable_list

    def _get_partitions(self) -> list[int]:
        return self._partitions

    def _partition_axes(self) -> list[int]:
        return [i for i, parts in enumerate(self._partitions) if parts > 1] or [0]

    def as_tensor(self) -> Any:
        """The parts, concatenated; as other reads of parts, without the control dependencies of the scopes around."""
        with control_dependencies(None) if context.graph is not None else contextlib.nullcontext():
            if len(self._variable_list) == 1:
                whole = convert_to_tensor(self._variable_list[0])
            else:
                with name_scope(f"{self._name}/ConcatPartitions/"):
                    whole = op("ConcatV2")(self._variable_list, self._partition_axes()[0], name="concat")
            with name_scope(None):
                return op("Identity")(whole, name=self._name)

    def _write(self, method: str, value: Any, use_locking: bool, name: str | None, read_value: bool) -> list[Any]:
        if isinstance(value, (list, tuple)):
            pieces = list(value)
        else:
            axis, values = self._partition_axes()[0], convert_to_tensor(value, dtype=self._dtype)
            sizes = [part.shape[axis] for part in self._variable_list]
            pieces = op("SplitV")(values, sizes, axis, num_split=len(sizes))
        written = []
        for i, (part, piece) in enumerate(zip(self._variable_list, pieces, strict=True)):
            part_name = name and f"{name}_part{i}" if len(pieces) > 1 else name
            written.append(getattr(part, method)(piece, use_locking, part_name, read_value))
        return written

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> list:
        """Assigns a whole, or a list of parts; gives what assigning to each part gives."""
        return self._write("assign", value, use_locking, name, read_value)

    def assign_add(
        self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> list[Any]:
        """Adds a whole, or a list of parts; gives what adding to each part gives."""
        return self._write("assign_add", value, use_locking, name, read_value)

    def assign_sub(
        self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> list[Any]:
        """Subtracts a whole, or a list of parts; gives what subtracting from each part gives."""
        return self._write("assign_sub", value, use_locking, name, read_value)


PartitionedVariable.__module__ = "tensorflow.python.ops.variables"


def _to_tensor(value: PartitionedVariable, dtype: Any = None, name: Any = None, as_ref: bool = False) -> Any:
    if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
        raise ValueError(f"a partitioned variable of {value.dtype.name} does not convert to {dtype}")
    return value.as_tensor()


register_tensor_conversion_function(PartitionedVariable, _to_tensor)
nest.register_atoms(PartitionedVariable)


def partitions_of(partitioner: Any, shape: TensorShape, dtype: Any) -> list[int]:
    """What a partitioner says; ValueError unless it divides along one axis at most."""
    if not shape.is_fully_defined():
        raise ValueError(f"Shape of a new partitioned variable must be fully defined, but instead was {shape}.")
    if shape.rank < 1:
        raise ValueError(f"a partitioned variable must have one dimension at least, but its shape is {shape}")
    partitions = partitioner(shape=shape, dtype=dtype)
    if not isinstance(partitions, Sequence):
        raise ValueError(f"Partitioner must return a sequence, but saw: {partitions}")
    if len(partitions) != shape.rank:
        raise ValueError(
            "Partitioner returned a partition list that does not match the Variable's rank: "
            f"{list(partitions)} vs. {shape}"
        )
    if any(p < 1 for p in partitions):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {list(partitions)}")
    if sum(p > 1 for p in partitions) > 1:
        raise ValueError(
            f"Can only slice a variable along one dimension: shape: {shape}, partitioning: {list(partitions)}"
        )
    return list(partitions)


def slices_of(shape: TensorShape, partitions: Sequence[int]) -> Iterator[tuple[list[int], list[int]]]:
    """Offset and shape of each part; the first parts are larger by one where the sizes cannot be equal."""
    axis = next((i for i, parts in enumerate(partitions) if parts > 1), 0)
    size, larger = divmod(shape[axis], partitions[axis])
    offset = 0
    for i in range(partitions[axis]):
        part = size + (i < larger)
        begin, sizes = [0] * len(partitions), shape.as_list()
        begin[axis], sizes[axis] = offset, part
        yield begin, sizes
        offset += part


def make(
    get_part: Callable[..., Any], name: str, shape: TensorShape, dtype: Any, initializer: Any, partitions: list[int]
) -> PartitionedVariable:
    """The variable of this full name, in parts that `get_part(name=, shape=, dtype=, initializer=)` makes."""
    parts = []
    for i, (offset, sizes) in enumerate(slices_of(shape, partitions)):
        full_name = f"{name}/part_{i}"
        info = PartitionInfo(shape.as_list(), offset)
        with name_scope(f"{full_name}/PartitionedInitializer/"):
            of_part, part_shape = _for_part(initializer, info, offset, sizes)
        part = get_part(name=full_name, shape=part_shape, dtype=dtype, initializer=of_part)
        part._set_save_slice_info(SaveSliceInfo(name, shape.as_list(), offset, sizes))
        parts.append(part)
    return PartitionedVariable(name, shape, dtype, parts, partitions)


def _for_part(initializer: Any, info: PartitionInfo, offset: list[int], sizes: list[int]) -> tuple[Any, Any]:
    """The initializer of one part, and the shape to give with it."""
    if initializer is None:
        return None, sizes
    if not callable(initializer):
        return op("Slice")(convert_to_tensor(initializer), offset, sizes), None
    if isinstance(initializer, type):
        initializer = initializer()
    if "partition_info" in inspect.signature(initializer).parameters:
        initializer = functools.partial(initializer, partition_info=info)
    return initializer, sizes
