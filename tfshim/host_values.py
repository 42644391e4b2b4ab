"""NumPy arrays from Python and NumPy values, with the rules of TensorFlow's two converters.

Eager mode looks at the first element of a nested sequence and takes what fits its type; graph mode asks NumPy and
narrows 64 bits. The two disagree about mixed types, overflow and the classes of errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.dtypes import DType
from tfshim.shapes import Dimension

_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
_FLOAT32_MAX = float(np.finfo(np.float32).max)
_PLAIN = frozenset([int, float, bool])
_NESTED = frozenset([list, tuple])

# Which leaves the eager converter for a family of dtypes takes.
_TAKES = {
    "bool": frozenset(["bool", "numpy bool"]),
    "int": frozenset(["bool", "int"]),
    "float": frozenset(["bool", "int", "float", "double", "half"]),
    "complex": frozenset(["bool", "int", "float", "double", "half", "complex"]),
    "string": frozenset(["string"]),
}
# The dtypes that have an eager converter of their own; others are cast from what the value looks like.
_DIRECT = {
    dtypes.bool: "bool",
    dtypes.int32: "int",
    dtypes.int64: "int",
    dtypes.uint64: "int",
    dtypes.float16: "float",
    dtypes.float32: "float",
    dtypes.float64: "float",
    dtypes.complex128: "complex",
    dtypes.string: "string",
}
_RANGES = {
    dtypes.int32: (_INT32_MIN, _INT32_MAX),
    dtypes.int64: (-(2**63), 2**63 - 1),
    dtypes.uint64: (0, 2**64 - 1),
}


def host_array(value: Any, dtype: DType | None = None) -> np.ndarray:
    """A NumPy array that nobody else can write to, with the dtype that TensorFlow gives the value in this mode.

    Python integers become int32 (int64 where they do not fit), floats float32; NumPy values keep their dtype.

    Raises:
      TypeError, ValueError: for values of mixed types, ragged sequences, or another kind than `dtype`.
    """
    kind = type(value)
    if dtype is None:
        if kind is float and -_FLOAT32_MAX <= value <= _FLOAT32_MAX:
            return np.asarray(value, np.float32)
        if kind is int and _INT32_MIN <= value <= _INT32_MAX:
            return np.asarray(value, np.int32)
        if kind is bool:
            return np.asarray(value, np.bool_)
    if kind is list or kind is tuple:
        quick = plain_numbers(value, dtype)
        if quick is not None:
            return quick
    if value is None:
        raise ValueError(f"Attempt to convert a value ({value!r}) with an unsupported type ({kind}) to a Tensor.")
    try:
        return _eager_array(value, dtype) if context.graph is None else _graph_array(value, dtype)
    except (TypeError, ValueError) as error:
        # The traceback ends near the user's line, not somewhere down the nested value.
        error.__traceback__ = None
        raise


def leaf_types(value: Any) -> set[type]:
    """The types of the leaves of nested lists and tuples."""
    found: set[type] = set()
    _add_leaf_types(value, found)
    return found


def _add_leaf_types(value: Any, found: set[type]) -> None:
    here = set(map(type, value))
    if here <= _NESTED:
        for item in value:
            _add_leaf_types(item, found)
        return
    found |= here
    if not here <= _PLAIN:
        for item in value:
            if isinstance(item, (list, tuple)):
                found.discard(type(item))
                _add_leaf_types(item, found)


def plain_numbers(value: Any, dtype: DType | None) -> np.ndarray | None:
    """The array of nested lists of Python numbers of one type, at NumPy's speed; None for what needs a closer look."""
    types = leaf_types(value)
    if len(types) != 1 or not types <= _PLAIN:
        return None
    kind = types.pop()
    target = _OWN_DTYPE[kind] if dtype is None else dtype
    if target not in _QUICK[kind]:
        return None
    try:
        if kind is not float or target is dtypes.float64:
            return np.array(value, target.as_numpy_dtype)
        with np.errstate(over="ignore"):
            array = np.array(value, np.float32)
        # What overflows is for the general way to judge.
        return None if np.isinf(array).any() else array
    except (TypeError, ValueError, OverflowError):
        return None


_OWN_DTYPE = {int: dtypes.int32, float: dtypes.float32, bool: dtypes.bool}
_QUICK = {
    int: frozenset([dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64]),
    float: frozenset([dtypes.float32, dtypes.float64]),
    bool: frozenset([dtypes.bool]),
}


# Eager mode ----------------------------------------------------------------------------------------------


def _eager_array(value: Any, dtype: DType | None) -> np.ndarray:
    if isinstance(value, np.generic) or _is_array_like(value):
        if isinstance(value, type):
            raise TypeError(f"{value} is a type: only its instances convert to tensors")
        value = np.asarray(value)
    if isinstance(value, np.ndarray):
        return _eager_from_numpy(value, dtype)
    shape = _first_shape(value)
    if 0 in shape:
        return np.empty(shape, (dtype or dtypes.float32).as_numpy_dtype)
    leaves: list[Any] = []
    _collect(value, shape, leaves)
    return _from_leaves(leaves, value, dtype).reshape(shape)


def _eager_from_numpy(array: np.ndarray, dtype: DType | None) -> np.ndarray:
    if dtype is not None and dtype is not dtypes.string:
        # Forced, as NumPy casts: objects and strings too, whose refusals are NumPy's.
        with np.errstate(over="ignore", invalid="ignore"):
            return np.array(array.astype(dtype.as_numpy_dtype), order="C", subok=False)
    if array.dtype.kind in "USO":
        for item in array.ravel().tolist():
            if not isinstance(item, (str, bytes)):
                raise _unsupported_object(item)
        return _bytes_array(array)
    if dtype is dtypes.string:
        raise _unsupported_object(array.ravel()[0].item() if array.size else 0)
    return _own(array, ValueError)


def _unsupported_object(item: Any) -> ValueError:
    return ValueError(f"Failed to convert a NumPy array to a Tensor (Unsupported object type {type(item).__name__}).")


def _own(array: np.ndarray, refusal: type[Exception]) -> np.ndarray:
    """A copy, if TensorFlow has the dtype."""
    try:
        own = dtypes.of(array.dtype)
    except TypeError:
        raise refusal(f"Failed to convert a NumPy array to a Tensor (Unsupported numpy type {array.dtype}).") from None
    # In the machine's byte order, which the array's need not be.
    return np.array(array, own.as_numpy_dtype, copy=True, order="C", subok=False)


def _is_array_like(value: Any) -> bool:
    """Whether a value says itself which array it is: rows of a table, say, whatever they give as a sequence."""
    return hasattr(value, "__array__") or hasattr(value, "__array_interface__")


def _is_sequence(value: Any) -> bool:
    kind = type(value)
    if kind is list or kind is tuple:
        return True
    if isinstance(value, (str, bytes, np.generic, Mapping)):
        return False
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    # Not hasattr: an enumeration's class has both by its metaclass.
    defined = {name for base in kind.__mro__ for name in ("__getitem__", "__len__") if name in base.__dict__}
    return isinstance(value, Sequence) or len(defined) == 2


def _first_shape(value: Any) -> tuple[int, ...]:
    """The shape that the first elements suggest."""
    dims = []
    while _is_sequence(value):
        dims.append(len(value))
        if not dims[-1]:
            break
        value = next(iter(value))
    return tuple(dims)


def _collect(value: Any, shape: tuple[int, ...], leaves: list[Any]) -> None:
    if not shape:
        if _is_sequence(value):
            raise ValueError("Can't convert Python sequence with mixed types to Tensor.")
        leaves.append(value)
        return
    if not _is_sequence(value) or len(value) != shape[0]:
        raise _ragged()
    for item in value:
        _collect(item, shape[1:], leaves)


def _ragged() -> ValueError:
    return ValueError("Can't convert non-rectangular Python sequence to Tensor.")


class _Refusal:
    """The message about a value that is no tensor, written when it is read.

    Dispatch catches most of them unread, and the text of a ragged tensor of a thousand rows takes a fifth of a second.
    """

    def __init__(self, value: Any):
        self._value = value

    def __str__(self) -> str:
        value = self._value
        return f"Attempt to convert a value ({value!r}) with an unsupported type ({type(value)}) to a Tensor."

    __repr__ = __str__


def _tag(leaf: Any, check: bool = True) -> str | None:
    if isinstance(leaf, np.ndarray) and leaf.ndim == 0:
        leaf = leaf[()]
    for types, tag in _TAGS:
        if isinstance(leaf, types):
            return tag
    if check:
        raise ValueError(_Refusal(leaf))
    return None


_TAGS: tuple[tuple[Any, str], ...] = (
    (np.bool_, "numpy bool"),
    (bool, "bool"),
    ((int, np.integer, Dimension), "int"),
    (np.float64, "double"),
    (np.float16, "half"),
    ((float, np.floating), "float"),
    ((complex, np.complexfloating), "complex"),
    ((str, bytes), "string"),
)


def _from_leaves(leaves: list[Any], value: Any, dtype: DType | None) -> np.ndarray:
    tags = {_tag(v) for v in leaves}
    if dtype is not None:
        family = _DIRECT.get(dtype)
        if family is not None and tags <= _TAKES[family] and (family != "int" or _in_range(leaves, dtype)):
            return _build(leaves, dtype)
    inferred = _inferred(leaves, tags, dtype is None)
    array = _build(leaves, inferred)
    if dtype is None or dtype is inferred:
        return array
    if not _casts(inferred, dtype):
        raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {dtype.name}")
    with np.errstate(over="ignore"):
        return array.astype(dtype.as_numpy_dtype)


def _build(leaves: list[Any], dtype: DType) -> np.ndarray:
    if dtype is dtypes.string:
        return _bytes_array(np.array(leaves, object))
    if dtype.is_integer:
        return np.array([int(v) for v in leaves], dtype.as_numpy_dtype)
    try:
        with np.errstate(over="ignore"):
            return np.array(leaves, dtype.as_numpy_dtype)
    except OverflowError:
        raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.") from None


def _in_range(leaves: list[Any], dtype: DType) -> bool:
    low, high = _RANGES[dtype]
    return all(low <= int(v) <= high for v in leaves)  # a Dimension does not compare with negative numbers


def _inferred(leaves: list[Any], tags: set[str | None], final: bool) -> DType:
    """The dtype that the first leaf asks for; `final` if no cast to a requested dtype follows."""
    first = _tag(leaves[0])
    mixed = ValueError("Can't convert Python sequence with mixed types to Tensor.")
    if first == "int" and tags <= _TAKES["int"]:
        if final and _in_range(leaves, dtypes.int32):
            return dtypes.int32
        if _in_range(leaves, dtypes.int64):
            return dtypes.int64
        raise ValueError("Can't convert Python sequence with out-of-range integer to Tensor.")
    if first in ("int", "float", "double", "half"):
        if not tags <= _TAKES["float"] or any(isinstance(v, Dimension) for v in leaves):
            raise mixed
        if first == "half":
            return dtypes.float16
        if first == "double" or not final:
            return dtypes.float64
        if any(abs(v) > _FLOAT32_MAX and not np.isinf(v) for v in leaves):
            raise ValueError("Can't convert Python sequence with out-of-range value to Tensor.")
        return dtypes.float32
    family = {"complex": "complex", "string": "string"}.get(str(first), "bool")
    if not tags <= _TAKES[family]:
        raise mixed
    return {"complex": dtypes.complex128, "string": dtypes.string, "bool": dtypes.bool}[family]


def taken_as(value: Any, hint: DType) -> Any:
    """A NumPy array as the dtype that an op takes by default, where that is possible: in eager calls it is."""
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != hint.as_numpy_dtype:
        try:
            source = dtypes.as_dtype(value.dtype)
        except TypeError:
            return value
        if _casts(source, hint):
            return value.astype(hint.as_numpy_dtype)
    return value


def _casts(source: DType, target: DType) -> bool:
    if target.is_integer or target.is_quantized:
        return source.is_integer
    if target.is_floating:
        return source.is_floating or source.is_integer
    return target.is_complex and (source.is_floating or source.is_integer or source.is_complex)


def _bytes_array(array: np.ndarray) -> np.ndarray:
    result = np.empty(array.shape, object)
    flat = result.reshape(-1)
    for i, item in enumerate(array.ravel().tolist()):
        flat[i] = item.encode() if isinstance(item, str) else bytes(item)
    return result


# Graph mode ----------------------------------------------------------------------------------------------

_GRAPH_KINDS: dict[str, Any] = {
    "bool": bool,
    "int": (int, np.integer, Dimension),
    "float": (int, float, np.integer, np.floating),
    "complex": (int, float, complex, np.number),
    "string": (str, bytes),
    "quantized": tuple,
}


def _graph_array(value: Any, dtype: DType | None) -> np.ndarray:
    if isinstance(value, (np.ndarray, np.generic)) or _is_array_like(value):
        array = value = np.asarray(value)
        if dtype is not None:
            with np.errstate(over="ignore", invalid="ignore"):
                array = array.astype(object if dtype is dtypes.string else dtype.as_numpy_dtype)
    elif dtype is not None and dtype.is_quantized:
        _check_leaves(value, dtype)
        array = np.array(value, dtype.np_dtype)
    else:
        if dtype is not None:
            _check_leaves(value, dtype)
        with np.errstate(over="ignore"):
            array = _by_numpy(value, None if dtype is None else dtype.as_numpy_dtype)
        if list(array.shape) != _dense_shape(value):
            raise ValueError(f"Argument must be a dense tensor: {value!r} - got shape {list(array.shape)}.")
        if dtype is None and array.dtype == np.float64:
            with np.errstate(over="ignore"):
                array = array.astype(np.float32)
        elif dtype is None and array.dtype == np.int64:
            narrow = array.astype(np.int32)
            array = narrow if np.array_equal(narrow, array) else array
    if array.dtype.kind in "USO":
        leaves = list(_flat(value)) if not isinstance(value, (np.ndarray, np.generic)) else array.ravel().tolist()
        for leaf in leaves:
            if not isinstance(leaf, (str, bytes)):
                raise TypeError(
                    f"Failed to convert elements of {value!r} to Tensor. Consider casting elements to a supported type."
                )
        if dtype not in (None, dtypes.string):
            raise TypeError(f"{dtype} is not compatible with {value!r} of dtype {array.dtype}")
        # Of the leaves, for NumPy's own strings lose zeros at their ends.
        return _bytes_array(np.fromiter(leaves, object, len(leaves)).reshape(array.shape))
    return _own(array, TypeError)


def _by_numpy(value: Any, numpy_dtype: Any) -> np.ndarray:
    if numpy_dtype is None or np.dtype(numpy_dtype).kind not in "iu":
        return np.array(value, numpy_dtype)
    # Through 64 bits, for NumPy itself refuses what TensorFlow wraps.
    try:
        return np.array(value, np.int64).astype(numpy_dtype)
    except OverflowError:
        return np.array(value, np.uint64).astype(numpy_dtype)


def _flat(value: Any, nesting: Any = (list, tuple, range)) -> Any:
    if isinstance(value, nesting):
        for item in value:
            yield from _flat(item, nesting)
    else:
        yield value


def _check_leaves(value: Any, dtype: DType) -> None:
    family = (
        "bool"
        if dtype is dtypes.bool
        else "int"
        if dtype.is_integer
        else "quantized"
        if dtype.is_quantized
        else "float"
        if dtype.is_floating
        else "complex"
        if dtype.is_complex
        else "string"
    )
    accepted = _GRAPH_KINDS[family]
    # A quantised number is a tuple of one integer, as NumPy has it.
    for leaf in _flat(value, list) if family == "quantized" else _flat(value):
        if isinstance(leaf, accepted):
            continue
        if isinstance(leaf, np.ndarray) and issubclass(leaf.dtype.type, accepted):
            continue
        raise TypeError(f"Expected {dtype.name}, but got {leaf!r} of type '{type(leaf).__name__}'.")


def _dense_shape(value: Any) -> list[int]:
    if not isinstance(value, (list, tuple)):
        return [len(value)] if isinstance(value, (bytearray, memoryview)) else []
    return [len(value)] + (_dense_shape(value[0]) if value else [])
