"""`tf.TensorArray`: a Python list of tensors in eager mode, a list value in a graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.data.structure import OpaqueSpec
from tfshim.dtypes import DType, as_dtype
from tfshim.errors import InvalidArgumentError, OutOfRangeError
from tfshim.export import export
from tfshim.ops import op, tensor_list
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import Tensor, opaque_tensor, opaque_value
from tfshim.type_spec import CompositeTensor
from tfshim.type_spec_base import register


@export("TensorArray")
class TensorArray(CompositeTensor):
    """Tensors of one dtype that are written and read one by one.

    In a graph, each write gives a new array: use what it returns (`ta = ta.write(i, x)`). Eagerly, a write changes the
    array and returns it.

    Args:
      dtype: of the elements.
      size: int32 scalar: number of elements.
      dynamic_size: writing past the end makes the array longer.
      clear_after_read: forget an element once it was read (eager only; default True).
      tensor_array_name: has no effect.
      handle: not supported.
      flow: the graph tensor of an existing array.
      infer_shape: require that all elements have one shape.
      element_shape: what is known of it.
      colocate_with_first_write_call: has no effect.
      name: of the node.
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ):
        if handle is not None:
            raise ValueError("TensorArray handles are not supported: pass the flow")
        self._dtype = as_dtype(dtype).base_dtype
        self._dynamic_size = dynamic_size
        # The number of elements as it was given in a graph; an array that does not grow says so forever.
        self._size: Any = None
        self._clear_after_read = True if clear_after_read is None else clear_after_read
        self._infer_shape = infer_shape
        self._element_shape = as_shape(element_shape)
        self._list: list[Any] | None = None
        self._flow: Any = None
        self._cleared: set[int] = set()
        if flow is not None:
            if size is not None:
                raise ValueError("Cannot provide both a flow and size in tensor_array_ops.TensorArray")
            self._flow = flow
        elif size is None:
            raise ValueError("Argument `size` must be provided if argument `flow` is not provided.")
        elif context.graph is None:
            self._list = [None] * _integer(size)
            self._dynamic_size = dynamic_size or False
        else:
            self._size = size = convert_to_tensor(size, hint=dtypes.int32)
            self._flow = op("TensorListReserve")(
                _shape_input(self._element_shape), size, element_dtype=self._dtype, name=name or "TensorArrayV2"
            )

    # What it is

    @property
    def dtype(self) -> DType:
        """Dtype of the elements."""
        return self._dtype

    @property
    def element_shape(self) -> TensorShape:
        """What is known of the elements' shape."""
        return self._element_shape

    @property
    def dynamic_size(self) -> bool | None:
        """True if writes past the end make the array longer (None in a graph if it was not said)."""
        return self._dynamic_size

    @property
    def flow(self) -> Any:
        """The tensor that stands for the array in a graph."""
        return convert_to_tensor(0.0) if self._flow is None else self._flow

    @property
    def handle(self) -> None:
        """None: the array is its flow."""
        return None

    def _with(self, flow: Any) -> TensorArray:
        made = TensorArray(
            self._dtype,
            dynamic_size=self._dynamic_size,
            flow=flow,
            infer_shape=self._infer_shape,
            element_shape=self._element_shape,
        )
        made._size = self._size
        return made

    def grad(self, source: Any, flow: Any = None, name: str | None = None) -> Any:
        """Not supported, as in TensorFlow 2: gradients of arrays are taken by tapes."""
        raise NotImplementedError("TensorArray.grad is not supported: take gradients with tf.GradientTape")

    def identity(self) -> TensorArray:
        """An array with the same elements that depends on the current control dependencies."""
        return self if self._list is not None else self._with(op("Identity")(self._flow))

    # One element

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """The element at `index`; OutOfRangeError (eager) or InvalidArgumentError (graph) if there is none."""
        if self._list is not None:
            return self._read_eagerly(_integer(index))
        return op("TensorListGetItem")(
            self._flow,
            index,
            _shape_input(self._element_shape),
            element_dtype=self._dtype,
            name=name or "TensorArrayV2Read/TensorListGetItem",
        )

    def _read_eagerly(self, index: int) -> Tensor:
        elements = self._elements()
        if index < 0:
            raise OutOfRangeError(None, None, f"Reading from negative indices (index {index}) is not allowed.")
        if index >= len(elements):
            raise OutOfRangeError(None, None, f"Tried to read from index {index} but array size is: {len(elements)} ")
        value = elements[index]
        if value is None:
            if index in self._cleared:
                raise InvalidArgumentError(
                    None,
                    None,
                    f"Could not read index {index} twice because it was cleared after a previous read (perhaps try "
                    "setting clear_after_read = false?)",
                )
            value = self._element(index)
        if self._clear_after_read:
            elements[index] = None
            self._cleared.add(index)
        return value

    def _element(self, index: int) -> Tensor:
        """An element of an eager array, which stays; zeros if none was written."""
        elements = self._elements()
        if elements[index] is None:
            if not self._element_shape.is_fully_defined():
                raise ValueError(
                    f"element {index} of the TensorArray has not been written, and the shape of its elements is not "
                    f"fully defined: {self._element_shape}"
                )
            elements[index] = op("Fill")(self._element_shape.as_list(), _blank(self._dtype))
        return elements[index]

    def _elements(self) -> list[Any]:
        assert self._list is not None
        return self._list

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with `value` at `index`."""
        if self._list is not None:
            return self._write_eagerly(_integer(index), value)
        value = _convert(value, self._dtype)
        if not value.dtype.is_compatible_with(self._dtype):
            raise InvalidArgumentError(None, None, _wrong_dtype(value, self._dtype))
        self._check_element_shape(value.shape)
        flow = op("TensorListSetItem")(
            self._flow,
            index,
            value,
            element_dtype=self._dtype,
            resize_if_index_out_of_bounds=bool(self._dynamic_size),
            name=name or "TensorArrayV2Write/TensorListSetItem",
        )
        return self._with(flow)

    def _write_eagerly(self, index: int, value: Any) -> TensorArray:
        elements = self._elements()
        if index < 0:
            raise OutOfRangeError(None, None, f"Writing to negative indices (index {index}) is not allowed.")
        if index >= len(elements):
            if not self._dynamic_size:
                raise OutOfRangeError(
                    None,
                    None,
                    f"Tried to write to index {index} but array is not resizeable and size is: {len(elements)} ",
                )
            elements.extend([None] * (index + 1 - len(elements)))
        value = _convert(value, self._dtype)
        if value.dtype != self._dtype:
            raise InvalidArgumentError(
                None,
                None,
                f"TensorArray dtype is {self._dtype.name} but Op is trying to write dtype {value.dtype.name} ",
            )
        self._check_element_shape(value.shape)
        elements[index] = value
        self._cleared.discard(index)
        return self

    def _check_element_shape(self, shape: TensorShape) -> None:
        if not self._element_shape.is_compatible_with(shape):
            raise ValueError(f"Incompatible shape for value ({shape}), expected ({self._element_shape})")
        if self._infer_shape:
            self._element_shape = self._element_shape.merge_with(shape)

    def _check_dtype(self, value: Tensor) -> None:
        if not value.dtype.is_compatible_with(self._dtype):
            raise ValueError(_wrong_dtype(value, self._dtype))

    # All elements

    def size(self, name: str | None = None) -> Tensor:
        """Number of elements, an int32 scalar."""
        if self._list is not None:
            return convert_to_tensor(len(self._list), dtypes.int32)
        if self._size is not None and not self._dynamic_size:
            return self._size
        return op("TensorListLength")(self._flow, name=name)

    def stack(self, name: str | None = None) -> Tensor:
        """All elements as one tensor with a leading axis."""
        if self._list is not None:
            if not self._list and self._element_shape.is_fully_defined():
                return op("Fill")([0, *self._element_shape.as_list()], _blank(self._dtype))
            return self._packed(range(len(self._list)))
        return op("TensorListStack")(
            self._flow,
            _shape_input(self._element_shape),
            element_dtype=self._dtype,
            num_elements=self._known_size(),
            name=name or "TensorArrayV2Stack/TensorListStack",
        )

    def _known_size(self) -> int:
        """The size if it was given as a constant, else -1."""
        size = None if self._dynamic_size or self._size is None else constant_value(self._size)
        return -1 if size is None else int(size)

    def _packed(self, indices: Iterable[Any]) -> Tensor:
        """Elements of an eager array as one tensor."""
        values = [self._element(i) for i in indices]
        # As in TensorFlow, what was unstacked or split into an eager array may be of another dtype until here.
        values = [v if v.dtype is self._dtype else op("Cast")(v, DstT=self._dtype) for v in values]
        return op("Pack")(values) if values else op("Fill")([0], _blank(self._dtype))

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """The elements at `indices`, stacked; in a graph, the indices may have any shape and count as a vector.

        In a graph, as in TensorFlow, an element that is gathered twice has the gradient of its last place alone.
        """
        if self._list is not None:
            return self._packed(indices.numpy() if isinstance(indices, Tensor) else indices)
        return op("TensorListGather")(
            self._flow,
            convert_to_tensor(indices, dtypes.int32),
            _shape_input(self._element_shape),
            element_dtype=self._dtype,
            name=name or "TensorArrayV2Gather/TensorListGather",
        )

    def concat(self, name: str | None = None) -> Tensor:
        """All elements joined along their first axis."""
        if self._list is not None:
            elements = [self._element(i) for i in range(len(self._list))]
            return op("Identity")(elements[0]) if len(elements) == 1 else op("ConcatV2")(elements, 0)
        # Scalars cannot be joined: the list refuses if it knows that it holds them, or else the run does.
        joined = TensorShape([None]) if self._element_shape.rank == 0 else self._element_shape
        values, _ = op("TensorListConcatV2")(
            self._flow,
            _shape_input(joined),
            np.zeros([0], np.int64),
            element_dtype=self._dtype,
            name=name or "TensorArrayV2Concat/TensorListConcatV2",
        )
        return values

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """The array whose elements are the slices of `value` along its first axis."""
        value = _convert_many(value, self._dtype)
        if self._list is not None:
            tensors = _slices(value)
            if len(tensors) > len(self._list) and not self._dynamic_size:
                raise ValueError(
                    f"Cannot unstack {len(tensors)} tensors into a TensorArray of static size {len(self._list)} "
                )
            self._list[:] = tensors
            return self
        self._check_dtype(value)
        if value.shape.rank is not None:
            self._check_element_shape(value.shape[1:])
        flow = op("TensorListFromTensor")(
            value,
            _shape_input(value.shape[1:] if value.shape.rank is not None else self._element_shape),
            name=name or "TensorArrayUnstack/TensorListFromTensor",
        )
        return self._with(flow)

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """The array with the slices of `value` at `indices`."""
        value = _convert_many(value, self._dtype)
        if self._list is not None:
            positions = np.asarray(indices)
            if positions.ndim != 1:
                raise TypeError(f"scatter needs a vector of indices, got {indices}")
            for i, item in zip(positions.tolist(), _slices(value), strict=False):
                self._write_eagerly(int(i), item)
            return self
        self._check_dtype(value)
        indices = convert_to_tensor(indices, dtypes.int32)
        if indices.shape.rank not in (1, None):
            raise ValueError(
                f"Shape must be rank 1 but is rank {indices.shape.rank}: scatter needs a vector of indices"
            )
        if value.shape.rank is not None:
            self._check_element_shape(value.shape[1:])
        flow = op("TensorListScatterIntoExistingList")(
            self._flow,
            value,
            indices,
            name=name or "TensorArrayScatter/TensorListScatterIntoExistingList",
        )
        return self._with(flow)

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """The array whose elements are pieces of `value` of the given lengths."""
        value = _convert(value, self._dtype)
        if self._list is not None:
            sizes = [int(n) for n in np.asarray(lengths).reshape(-1)]
            if value.shape.rank == 0 or np.ndim(lengths) != 1:
                raise InvalidArgumentError(None, None, _split_problem(value.shape, TensorShape(np.shape(lengths))))
            if sum(sizes) != value.shape[0]:
                raise InvalidArgumentError(
                    None,
                    None,
                    f"Expected sum of lengths to be equal to values.shape[0], but sum of lengths is {sum(sizes)} and "
                    f"value's shape is: {value.shape.as_list()} ",
                )
            if not self._dynamic_size and len(sizes) != len(self._list):
                raise InvalidArgumentError(
                    None,
                    None,
                    f"TensorArray's size is not equal to the size of lengths ({len(self._list)} vs. {len(sizes)}), and "
                    "the TensorArray is not marked as dynamically resizeable.",
                )
            self._list[:] = op("SplitV")(value, sizes, 0, num_split=len(sizes))
            return self
        self._check_dtype(value)
        lengths = convert_to_tensor(lengths)
        if value.shape.rank == 0 or lengths.shape.rank not in (1, None):
            raise ValueError(_split_problem(value.shape, lengths.shape))
        known = constant_value(lengths)
        if value.shape.rank is not None and known is not None and known.size and known.max() == known.min():
            self._check_element_shape(TensorShape([int(known[0])]).concatenate(value.shape[1:]))
        flow = op("TensorListSplit")(
            value,
            _shape_input(self._element_shape),
            op("Cast")(lengths, DstT=dtypes.int64),
            name=name or "TensorArraySplit/TensorListSplit",
        )
        return self._with(flow)

    def close(self, name: str | None = None) -> Any:
        """Forgets the elements."""
        if self._list is not None:
            del self._list[:]
            return None
        from tfshim.scopes import no_op

        return no_op(name)

    def mark_used(self) -> None:
        """Has no effect: unused arrays cost nothing."""

    def __tf_tracing_type__(self, tracing_context: Any) -> Any:
        return self._type_spec

    @property
    def _type_spec(self) -> TensorArraySpec:
        return TensorArraySpec(self._element_shape, self._dtype, bool(self._dynamic_size), self._infer_shape)

    def _shape_invariant_to_type_spec(self, shape: Any) -> TensorArraySpec:
        # The invariant of an array says nothing of its elements.
        return self._type_spec

    def _as_list_value(self) -> Tensor:
        """The array as a tensor of dtype variant."""
        if self._list is None:
            return self._flow
        parts = [None if v is None else v.operand() for v in self._list]
        return opaque_tensor(tensor_list.of(parts, self._element_shape._dims, self._dtype.as_numpy_dtype))


def _slices(value: Tensor) -> Sequence[Tensor]:
    """The slices of an eager tensor along its first axis."""
    if value.shape.rank == 0:
        raise ValueError("a scalar has no first axis: cannot unstack it")
    return op("Unpack")(value, num=value.shape[0], axis=0)


def _integer(index: Any) -> int:
    found = np.asarray(index.numpy() if isinstance(index, Tensor) else index)
    if found.dtype.kind not in "iu" or found.ndim:
        raise TypeError(f"a TensorArray's indices and size are integer scalars, got {index!r}")
    return int(found)


def _convert(value: Any, dtype: DType) -> Tensor:
    """`value` as a tensor, of this dtype if it is one that can be made so."""
    return convert_to_tensor(value, hint=dtype)


def _convert_many(value: Any, dtype: DType) -> Tensor:
    """The elements of several places as a tensor: eagerly of the dtype that they have by themselves."""
    return convert_to_tensor(value, hint=None if context.graph is None else dtype)


def _blank(dtype: DType) -> Tensor:
    return convert_to_tensor(b"" if dtype is dtypes.string else np.zeros((), dtype.as_numpy_dtype))


def _wrong_dtype(value: Tensor, dtype: DType) -> str:
    return f"Invalid data types; op elements {value.dtype.name} but list elements {dtype.name}"


def _split_problem(value: TensorShape, lengths: TensorShape) -> str:
    """What is wrong with these shapes of a value and of the lengths of its pieces."""
    if value.rank == 0:
        return (
            f"Expected value to be at least a vector, but received shape: {value.as_list()}. Shape must be at least "
            "rank 1 but is rank 0"
        )
    return f"Expected lengths to be a vector, received shape: {lengths.as_list()}"


def _shape_input(shape: TensorShape) -> np.ndarray:
    if shape.rank is None:
        return np.asarray(-1, np.int32)
    return np.array([-1 if d is None else d for d in shape._dims], np.int32)


@export("TensorArraySpec")
@register("tf.TensorArraySpec")
class TensorArraySpec(OpaqueSpec):
    """Describes a `tf.TensorArray`: dtype and what is known of the elements' shape."""

    __slots__ = ("_dtype", "_dynamic_size", "_element_shape", "_infer_shape")

    value_type = property(lambda self: TensorArray)

    def __init__(
        self,
        element_shape: Any = None,
        dtype: Any = dtypes.float32,
        dynamic_size: bool = False,
        infer_shape: bool = True,
    ):
        self._element_shape = as_shape(element_shape)
        self._dtype = as_dtype(dtype)
        self._dynamic_size = dynamic_size
        self._infer_shape = infer_shape

    @classmethod
    def from_value(cls, value: TensorArray) -> TensorArraySpec:
        """The spec of an array."""
        return value._type_spec  # type: ignore[return-value]

    def is_compatible_with(self, other: Any) -> bool:
        """True if `other`, a spec or an array, is described by this spec."""
        if isinstance(other, TensorArray):
            other = other._type_spec
        return (
            isinstance(other, TensorArraySpec)
            and self._dtype == other._dtype
            and self._dynamic_size == other._dynamic_size
            and self._element_shape.is_compatible_with(other._element_shape)
        )

    def most_specific_common_supertype(self, others: Sequence[Any]) -> Any:
        """The spec that describes what all of `others` and this one do, or None."""
        shape = self._element_shape
        for other in others:
            if not isinstance(other, TensorArraySpec) or other._dtype != self._dtype:
                return None
            if other._dynamic_size != self._dynamic_size:
                return None
            shape = shape.most_specific_compatible_shape(other._element_shape)
        return TensorArraySpec(shape, self._dtype, self._dynamic_size, self._infer_shape)

    def _serialize(self) -> tuple[Any, ...]:
        return self._element_shape, self._dtype, self._dynamic_size, self._infer_shape

    def _to_legacy_output_types(self) -> DType:
        return self._dtype

    def _to_legacy_output_shapes(self) -> TensorShape:
        # As TensorFlow packs it: two flags, then the elements' shape.
        return as_shape([self._dynamic_size or False, self._infer_shape]).concatenate(self._element_shape)

    def _to_legacy_output_classes(self) -> type:
        return TensorArray

    def _to_components(self, value: TensorArray) -> Any:
        return value._as_list_value()

    def _from_components(self, flow: Any) -> TensorArray:
        made = TensorArray(
            self._dtype,
            dynamic_size=self._dynamic_size,
            flow=flow,
            infer_shape=self._infer_shape,
            element_shape=self._element_shape,
        )
        if context.graph is None and isinstance(getattr(flow, "_host", None), np.ndarray):
            value = opaque_value(flow)
            if tensor_list.is_list(value):
                made._list = [None if p is None else convert_to_tensor(p) for p in tensor_list.parts_of(value)]
                made._flow = None
        return made
