"""`tensorflow.python.ops.list_ops`: lists of tensors as values, by positional arguments."""

from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import as_dtype
from tfshim.ops import op
from tfshim.shapes import as_shape
from tfshim.tensor import Tensor


def _shape(element_shape: Any) -> Any:
    if element_shape is None:
        return -1
    if isinstance(element_shape, Tensor):
        return element_shape
    dims = as_shape(element_shape)._dims
    return -1 if dims is None else convert_to_tensor([-1 if d is None else d for d in dims], dtypes.int32)


def empty_tensor_list(element_shape, element_dtype, max_num_elements=None, name=None) -> Any:
    """A list without elements."""
    limit = -1 if max_num_elements is None else max_num_elements
    return op("EmptyTensorList")(_shape(element_shape), limit, element_dtype=as_dtype(element_dtype), name=name)


def tensor_list_reserve(element_shape, num_elements, element_dtype, name=None) -> Any:
    """A list of elements that are to be set."""
    dtype = as_dtype(element_dtype)
    return op("TensorListReserve")(_shape(element_shape), num_elements, element_dtype=dtype, name=name)


def tensor_list_from_tensor(tensor, element_shape, name=None) -> Any:
    """The list of a tensor's rows."""
    return op("TensorListFromTensor")(tensor, _shape(element_shape), name=name)


def tensor_list_get_item(input_handle, index, element_dtype, element_shape=None, name=None) -> Any:
    """One element."""
    dtype = as_dtype(element_dtype)
    return op("TensorListGetItem")(input_handle, index, _shape(element_shape), element_dtype=dtype, name=name)


def tensor_list_set_item(input_handle, index, item, resize_if_index_out_of_bounds=False, name=None) -> Any:
    """The list with another element in one place."""
    resize = resize_if_index_out_of_bounds
    return op("TensorListSetItem")(input_handle, index, item, resize_if_index_out_of_bounds=resize, name=name)


def tensor_list_push_back(input_handle, tensor, name=None) -> Any:
    """The list with one element more."""
    return op("TensorListPushBack")(input_handle, tensor, name=name)


def tensor_list_pop_back(input_handle, element_dtype, name=None) -> Any:
    """The list without its last element, and that element."""
    return op("TensorListPopBack")(input_handle, -1, element_dtype=as_dtype(element_dtype), name=name)


def tensor_list_length(input_handle, name=None) -> Any:
    """The number of elements."""
    return op("TensorListLength")(input_handle, name=name)


def tensor_list_gather(input_handle, indices, element_dtype, element_shape=None, name=None) -> Any:
    """The elements in some places, stacked."""
    dtype = as_dtype(element_dtype)
    return op("TensorListGather")(input_handle, indices, _shape(element_shape), element_dtype=dtype, name=name)


def tensor_list_scatter(tensor, indices, element_shape=None, input_handle=None, name=None) -> Any:
    """The list that has a tensor's rows in some places, on top of another list's elements if one is given."""
    if input_handle is not None:
        return op("TensorListScatterIntoExistingList")(input_handle, tensor, indices, name=name)
    return op("TensorListScatterV2")(tensor, indices, _shape(element_shape), -1, name=name)


def tensor_list_stack(input_handle, element_dtype, num_elements=-1, element_shape=None, name=None) -> Any:
    """All elements, stacked."""
    dtype = as_dtype(element_dtype)
    shape = _shape(element_shape)
    return op("TensorListStack")(input_handle, shape, element_dtype=dtype, num_elements=num_elements, name=name)


def tensor_list_concat(input_handle, element_dtype, element_shape=None, name=None) -> Any:
    """All elements, joined along their first dimension."""
    dims = None if element_shape is None else as_shape(element_shape)._dims
    shape = -1 if dims is None else convert_to_tensor([-1 if d is None else d for d in dims], dtypes.int32)
    return op("TensorListConcatV2")(
        input_handle, shape, convert_to_tensor([], dtypes.int64), element_dtype=as_dtype(element_dtype), name=name
    )[0]
