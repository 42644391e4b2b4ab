"""Lists and subscripts, with the feature LISTS: an empty list becomes a tensor list, which loops can carry."""

from __future__ import annotations

import operator
from collections import namedtuple
from typing import Any

from tfshim import dtypes
from tfshim.autograph.operators.kinds import is_a, is_tensor
from tfshim.control_flow import cond
from tfshim.convert import convert_to_tensor
from tfshim.ops import op

ListPopOpts = namedtuple("ListPopOpts", ("element_dtype", "element_shape"))
ListStackOpts = namedtuple("ListStackOpts", ("element_dtype", "original_call"))
GetItemOpts = namedtuple("GetItemOpts", ("element_dtype",))

_UPDATES = {
    "add": operator.add,
    "sub": operator.sub,
    "mult": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}


def _is_tensor_list(value: Any) -> bool:
    return is_tensor(value) and value.dtype == dtypes.variant


def _check_tensor_list(value: Any) -> None:
    if not _is_tensor_list(value):
        raise ValueError(f"tensor lists are expected to be Tensors with dtype=tf.variant, instead found {value}")


def _require(known: Any, what: str, action: str) -> None:
    if known is None:
        raise ValueError(
            f"cannot {action} a list without knowing its element {what}; use set_element_type to annotate it"
        )


def new_list(iterable: Any = None) -> Any:
    """A list of these elements: a Python list, unless it is empty."""
    elements = list(iterable or ())
    if elements:
        return elements
    return op("EmptyTensorList")(-1, -1, element_dtype=dtypes.variant)


def list_append(list_: Any, x: Any) -> Any:
    """The list after `list_.append(x)`."""
    if is_a(list_, "TensorArray"):
        return list_.write(list_.size(), x)
    if not is_tensor(list_):
        list_.append(x)
        return list_
    _check_tensor_list(list_)
    element = convert_to_tensor(x)

    def of_elements_like_this() -> Any:
        return op("EmptyTensorList")(op("Shape")(element), -1, element_dtype=element.dtype)

    list_ = cond(op("TensorListLength")(list_) > 0, lambda: list_, of_elements_like_this)
    return op("TensorListPushBack")(list_, element)


def list_pop(list_: Any, i: Any, opts: ListPopOpts) -> Any:
    """`(list_ afterwards, list_.pop(i))`."""
    if is_a(list_, "TensorArray"):
        raise ValueError("TensorArray does not support item removal")
    if not is_tensor(list_):
        element = list_.pop() if i is None else list_.pop(i)
        return list_, element
    _check_tensor_list(list_)
    if i is not None:
        raise NotImplementedError("tensor lists only support removing from the end")
    _require(opts.element_dtype, "type", "pop from")
    _require(opts.element_shape, "shape", "pop from")
    rest, element = op("TensorListPopBack")(list_, -1, element_dtype=opts.element_dtype)
    element.set_shape(opts.element_shape)
    return rest, element


def list_stack(list_: Any, opts: ListStackOpts) -> Any:
    """The elements of a tensor list or TensorArray as one tensor; of anything else, what the user's function gives."""
    if is_a(list_, "TensorArray"):
        return list_.stack()
    if not is_tensor(list_):
        return opts.original_call(list_)
    if not _is_tensor_list(list_):
        return list_
    _require(opts.element_dtype, "type", "stack")
    return op("TensorListStack")(list_, -1, element_dtype=opts.element_dtype)


def get_item(target: Any, i: Any, opts: GetItemOpts) -> Any:
    """`target[i]`."""
    if is_a(target, "TensorArray"):
        return target.read(i)
    if _is_tensor_list(target):
        _require(opts.element_dtype, "type", "retrieve from")
        return op("TensorListGetItem")(target, i, -1, element_dtype=opts.element_dtype)
    if is_tensor(target) and target.dtype == dtypes.string and target.shape.rank == 0:
        return op("Substr")(target, i, 1)
    return target[i]


def set_item(target: Any, i: Any, x: Any) -> Any:
    """The target after `target[i] = x`."""
    if is_a(target, "TensorArray"):
        return target.write(i, x)
    if _is_tensor_list(target):
        return op("TensorListSetItem")(target, i, x)
    if is_tensor(target):
        return op("TensorScatterUpdate")(target, [[i]], [x])
    target[i] = x
    return target


def update_item_with_op(target: Any, i: Any, x: Any, update: str) -> Any:
    """The target after `target[i] += x` and its like."""
    return set_item(target, i, _UPDATES[update](target[i], x))
