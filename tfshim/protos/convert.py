"""Between protocol buffers and NumPy arrays, shapes and attribute values."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tfshim import dtypes, protos
from tfshim.export import export

# Written as raw bytes when there is more than one element. The types narrower than a byte are not, since
# their layout in memory is not fixed; complex numbers, uint16, booleans and strings are not by convention.
_RAW = frozenset(
    dtypes.as_dtype(name)
    for name in (
        *("float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64"),
        *("uint8", "uint32", "uint64", "qint8", "quint8", "qint16", "quint16", "qint32"),
        *("float8_e5m2", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e4m3b11fnuz", "float8_e5m2fnuz"),
        "float4_e2m1fn",
    )
)

# The repeated field that holds the elements one by one.
_FIELD = {
    **dict.fromkeys(("float32",), "float_val"),
    **dict.fromkeys(("float64",), "double_val"),
    **dict.fromkeys(("float16", "bfloat16"), "half_val"),
    **dict.fromkeys(
        ("int8", "int16", "int32", "uint8", "uint16", "int4", "uint4", "int2", "uint2")
        + ("qint8", "quint8", "qint16", "quint16", "qint32"),
        "int_val",
    ),
    "int64": "int64_val",
    "uint32": "uint32_val",
    "uint64": "uint64_val",
    "bool": "bool_val",
    "string": "string_val",
    "complex64": "scomplex_val",
    "complex128": "dcomplex_val",
    "resource": "resource_handle_val",
    "variant": "variant_val",
}

_PYTHON_INTEGERS = (int, np.integer)
_PYTHON_REALS = (int, float, np.integer, np.floating)
_PYTHON_COMPLEX = (int, float, complex, np.number)


def _field_of(dtype: dtypes.DType) -> str:
    return "float8_val" if dtype.name.startswith("float8") else _FIELD[dtype.name]


def _bytes_of(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def append_elements(proto: Any, flat: np.ndarray, dtype: dtypes.DType) -> None:
    """Appends elements to the field of a `TensorProto` that is for their dtype."""
    field = _field_of(dtype)
    if field == "float8_val":
        proto.float8_val += flat.tobytes()
        return
    values = getattr(proto, field)
    if field == "string_val":
        values.extend(_bytes_of(v) for v in flat)
    elif field == "half_val":
        values.extend(flat.view(np.uint16).tolist())
    elif field in ("scomplex_val", "dcomplex_val"):
        values.extend(part for v in flat.tolist() for part in (v.real, v.imag))
    elif dtype.is_quantized:
        values.extend(int(v[0]) for v in flat)
    elif field == "int_val":
        values.extend(flat.astype(np.int32).tolist())
    else:
        values.extend(flat.tolist())


def array_to_proto(array: np.ndarray, dtype: Any = None) -> Any:
    """The `TensorProto` of an array, whose dtype is kept.

    Strings are object arrays of `bytes` or `str`. `dtype` is needed only where NumPy's does not say it.
    """
    array = np.asarray(array)
    dtype = dtypes.as_dtype(array.dtype) if dtype is None else dtypes.as_dtype(dtype)
    proto = protos.TensorProto(dtype=dtype.as_datatype_enum, tensor_shape=shape_to_proto(array.shape))
    if array.size > 1 and dtype in _RAW:
        proto.tensor_content = _little_endian(array).tobytes()
    else:
        append_elements(proto, array.ravel(), dtype)
    return proto


def _little_endian(array: np.ndarray) -> np.ndarray:
    if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and not np.little_endian):
        return array.astype(array.dtype.newbyteorder("<"))
    return array


def _dense_shape(values: Any) -> list[int]:
    """The shape of nested lists, going by the first element of each."""
    shape = []
    while isinstance(values, (list, tuple)):
        shape.append(len(values))
        if not values:
            break
        values = values[0]
    return shape


def _leaves(values: Any):
    if isinstance(values, (list, tuple)):
        for value in values:
            yield from _leaves(value)
    else:
        yield values


def _check_kind(values: Any, dtype: dtypes.DType) -> None:
    """Raises TypeError if a Python value would have to be cast to become `dtype`."""
    if dtype.is_quantized:
        return
    if dtype.is_bool:
        allowed: tuple[type, ...] = (bool, np.bool_)
    elif dtype == dtypes.string:
        allowed = (bytes, str)
    elif dtype.is_integer:
        allowed = _PYTHON_INTEGERS
    elif dtype.is_floating:
        allowed = _PYTHON_REALS
    elif dtype.is_complex:
        allowed = _PYTHON_COMPLEX
    else:
        return
    for leaf in _leaves(values):
        if isinstance(leaf, np.ndarray) and issubclass(leaf.dtype.type, allowed):
            continue
        if not isinstance(leaf, allowed) and not (dtype.is_integer and hasattr(leaf, "__index__")):
            raise TypeError(f"Expected {dtype.name}, but got {leaf!r} of type {type(leaf).__name__!r}.")


def _is_array_like(values: Any) -> bool:
    if isinstance(values, (np.ndarray, np.generic)):
        return True
    if callable(getattr(values, "__array__", None)) or isinstance(getattr(values, "__array_interface__", None), dict):
        return True
    return isinstance(values, (bytearray, memoryview))


def _to_array(values: Any, dtype: dtypes.DType | None, shape: Any) -> np.ndarray:
    numpy_type = dtype.as_numpy_dtype if dtype is not None and dtype.is_numpy_compatible else None
    if _is_array_like(values):
        array = np.asarray(values)
        return array if numpy_type is None else array.astype(numpy_type)
    if values is None:
        raise ValueError("None values not supported.")
    if shape is not None and 0 in tuple(shape):
        array = np.empty(tuple(shape), numpy_type)
    else:
        if dtype is not None:
            _check_kind(values, dtype)
        # NumPy's own strings would lose trailing zero bytes.
        text = numpy_type is None and isinstance(next(_leaves(values), None), (str, bytes))
        array = np.array(values, np.object_ if text else numpy_type)
        if dtype is None and not text and array.dtype.kind in "OUS":
            raise TypeError(f"Failed to convert elements of {values} to Tensor: not all are of one supported type.")
        if list(array.shape) != _dense_shape(values) and not (dtype is not None and dtype.is_quantized):
            raise ValueError(
                f"Expected values {values} to be a dense tensor with shape {_dense_shape(values)}, "
                f"but got shape {list(array.shape)}."
            )
    if dtype is None and array.dtype == np.float64:
        return array.astype(np.float32)
    if dtype is None and array.dtype == np.int64:
        narrow = array.astype(np.int32)
        return narrow if np.array_equal(narrow, array) else array
    return array


@export("make_tensor_proto")
def make_tensor_proto(values, dtype=None, shape=None, verify_shape=False, allow_broadcast=False):
    """Returns a `TensorProto` that holds `values`.

    Args:
      values: Python number, string or nested lists, NumPy array, eager tensor, or a `TensorProto`, which is
        returned as it is. Python floats become float32 and integers int32 (int64 if they do not fit).
      dtype: the dtype; Python values must be of its kind, arrays are cast.
      shape: static shape of the result; fewer values than it has are repeated from the last one.
      verify_shape: whether `values` must have exactly `shape`.
      allow_broadcast: whether only a single value or as many as `shape` has are accepted.

    Raises:
      TypeError: the values do not have the dtype or the shape asked for.
      ValueError: ragged lists, None, more values than `shape` has, or both flags set.
    """
    if allow_broadcast and verify_shape:
        raise ValueError("allow_broadcast and verify_shape are not both allowed.")
    if isinstance(values, protos.TensorProto):
        return values
    dtype = dtypes.as_dtype(dtype) if dtype else None
    array = _to_array(values, dtype, shape)
    actual = dtype if dtype is not None and dtype.is_quantized else dtypes.as_dtype(array.dtype)
    if dtype is not None and dtype.base_dtype != actual.base_dtype:
        raise TypeError(f"`dtype` {dtype!r} is not compatible with {values} of dtype {array.dtype}.")
    sizes = array.shape if shape is None else tuple(int(s) for s in shape)
    count = int(np.prod(sizes, dtype=np.int64))
    mismatch = f"Expected Tensor's shape: {sizes}, but got {array.shape}."
    if shape is not None:
        if allow_broadcast and array.shape not in ((), (1,)) and array.size != count:
            raise TypeError(mismatch)
        if verify_shape and array.shape != sizes:
            raise TypeError(mismatch)
        if array.size > count:
            raise ValueError(f"Too many elements provided. Takes at most {count}, but got {array.size}.")
    proto = protos.TensorProto(dtype=actual.as_datatype_enum, tensor_shape=shape_to_proto(sizes))
    if array.size == count and count > 1 and actual in _RAW:
        proto.tensor_content = _little_endian(array).tobytes()
    else:
        append_elements(proto, array.ravel(), actual)
    return proto


def _elements(proto: Any, dtype: dtypes.DType) -> np.ndarray:
    """The elements that the proto lists one by one, which may be fewer than its shape has."""
    field = _field_of(dtype)
    values = getattr(proto, field)
    if field == "float8_val":
        return np.frombuffer(values, dtype.as_numpy_dtype)
    if field == "string_val":
        array = np.empty(len(values), np.object_)
        array[:] = list(values)
        return array
    if field == "half_val":
        return np.fromiter(values, np.uint16, len(values)).view(dtype.as_numpy_dtype)
    if field in ("scomplex_val", "dcomplex_val"):
        parts = np.fromiter(values, np.dtype(dtype.as_numpy_dtype).type(0).real.dtype, len(values))
        return parts.view(dtype.as_numpy_dtype)
    if dtype.is_quantized:
        return np.array([(v,) for v in values], dtype.np_dtype)
    if field == "int_val":
        return np.fromiter(values, np.int64, len(values)).astype(dtype.as_numpy_dtype)
    return np.fromiter(values, dtype.as_numpy_dtype, len(values))


@export("make_ndarray")
def make_ndarray(tensor):
    """Returns the NumPy array that a `TensorProto` holds; strings as an object array of `bytes`.

    Raises:
      TypeError: the dtype has no NumPy counterpart (resource, variant).
    """
    dtype = dtypes.as_dtype(tensor.dtype)
    if not dtype.is_numpy_compatible:
        raise TypeError(f"Unsupported tensor type: {tensor.dtype}.")
    shape = tuple(d.size for d in tensor.tensor_shape.dim)
    count = int(np.prod(shape, dtype=np.int64))
    if tensor.tensor_content:
        # Through a copy, since an array over the bytes of the message cannot be written to.
        stored = np.frombuffer(tensor.tensor_content, dtype.np_dtype)
        return _little_endian(stored).copy().reshape(shape)
    values = _elements(tensor, dtype)
    if len(values) == 0:
        if dtype == dtypes.string:
            values = np.array([b""], np.object_)
        else:
            return np.zeros(shape, dtype.np_dtype)
    if len(values) < count:
        values = np.concatenate([values, np.repeat(values[-1:], count - len(values))])
    return values.copy()[:count].reshape(shape) if count else np.empty(shape, dtype.np_dtype)


# Shapes --------------------------------------------------------------------------------------------------


def shape_to_proto(shape: Any) -> Any:
    """The `TensorShapeProto` of a sequence of sizes (None or -1: unknown) or of None (unknown rank)."""
    sizes = getattr(shape, "dims", shape)
    if sizes is None:
        return protos.TensorShapeProto(unknown_rank=True)
    proto = protos.TensorShapeProto()
    for size in sizes:
        size = getattr(size, "value", size)
        proto.dim.add(size=-1 if size is None else int(size))
    return proto


def shape_from_proto(proto: Any) -> tuple[int | None, ...] | None:
    """Sizes with None for unknown ones; None if the rank is unknown."""
    if proto.unknown_rank:
        return None
    return tuple(None if d.size == -1 else d.size for d in proto.dim)


# Attributes ----------------------------------------------------------------------------------------------


class FunctionRef(NamedTuple):
    """An attribute that names a function of the library, with the attributes given to it."""

    name: str
    attrs: tuple[tuple[str, Any], ...] = ()


_LIST_FIELDS = {
    "string": "s",
    "int": "i",
    "float": "f",
    "bool": "b",
    "type": "type",
    "shape": "shape",
    "tensor": "tensor",
    "func": "func",
}
_KINDS = {field: kind for kind, field in _LIST_FIELDS.items()}


def _function_to_proto(value: Any) -> Any:
    proto = protos.NameAttrList(
        name=value if isinstance(value, str) else getattr(value, "function_name", None) or value.name
    )
    for name, attr in getattr(value, "attrs", ()) or ():
        proto.attr[name].CopyFrom(attr if isinstance(attr, protos.AttrValue) else guess_attr_to_proto(attr))
    return proto


def _one_to_proto(kind: str, value: Any) -> Any:
    if kind == "string":
        return _bytes_of(value)
    if kind == "type":
        return dtypes.as_dtype(value).as_datatype_enum
    if kind == "shape":
        return shape_to_proto(value)
    if kind == "tensor":
        return value if isinstance(value, protos.TensorProto) else array_to_proto(np.asarray(value))
    if kind == "func":
        return _function_to_proto(value)
    return value


def attr_to_proto(kind: str, value: Any) -> Any:
    """The `AttrValue` of an attribute in canonical form.

    Args:
      kind: the type of the attribute in the op table: `"int"`, `"list(shape)"`, ...
      value: as kernels see it; a function is its name, a `FunctionRef` or anything with a `name`.
    """
    proto = protos.AttrValue()
    if kind.startswith("list("):
        inner = kind[5:-1]
        proto.list.SetInParent()
        getattr(proto.list, _LIST_FIELDS[inner]).extend(_one_to_proto(inner, v) for v in value)
        return proto
    field = _LIST_FIELDS[kind]
    converted = _one_to_proto(kind, value)
    if kind in ("shape", "tensor", "func"):
        getattr(proto, field).CopyFrom(converted)
    else:
        setattr(proto, field, converted)
    return proto


def guess_attr_to_proto(value: Any) -> Any:
    """The `AttrValue` of a value whose kind no op table tells (attributes of functions, `_private` ones)."""
    return attr_to_proto(_guess_kind(value), value)


def _guess_kind(value: Any) -> str:
    if isinstance(value, (list, tuple)) and not isinstance(value, FunctionRef):
        return f"list({_guess_kind(value[0]) if value else 'int'})"
    if isinstance(value, (bool, np.bool_)):
        return "bool"
    for types, kind in (
        ((int, np.integer), "int"),
        ((float, np.floating), "float"),
        ((str, bytes), "string"),
    ):
        if isinstance(value, types):
            return kind
    if isinstance(value, dtypes.DType):
        return "type"
    if isinstance(value, (np.ndarray, protos.TensorProto)):
        return "tensor"
    return "shape" if hasattr(value, "dims") else "func"


def _string(value: bytes) -> str | bytes:
    return value.decode() if value.isascii() else value


def _one_from_proto(kind: str, value: Any) -> Any:
    if kind == "string":
        return _string(value)
    if kind == "type":
        return dtypes.as_dtype(value)
    if kind == "shape":
        return shape_from_proto(value)
    if kind == "tensor":
        return make_ndarray(value)
    if kind == "func":
        return FunctionRef(value.name, tuple((k, attr_from_proto(value.attr[k])) for k in sorted(value.attr)))
    return value


def attr_from_proto(proto: Any) -> Any:
    """The canonical value of an `AttrValue`: dtypes as `DType`, shapes and lists as tuples.

    A function becomes a `FunctionRef`, a tensor an array, a placeholder (in the body of a function that is
    generic in the attribute) and an unset value None.
    """
    field = proto.WhichOneof("value")
    if field is None or field == "placeholder":
        return None
    if field == "list":
        for descriptor, values in proto.list.ListFields():
            kind = _KINDS[descriptor.name]
            return tuple(_one_from_proto(kind, v) for v in values)
        return ()
    return _one_from_proto(_KINDS[field], getattr(proto, field))


def plain_attr(proto: Any) -> Any:
    """The value of an `AttrValue` as programs get it: dtypes as `DType`, texts as bytes, other protos as they are."""
    field = proto.WhichOneof("value")
    if field == "list":
        found = [(descriptor.name, list(values)) for descriptor, values in proto.list.ListFields()]
        kind, values = found[0] if found else ("i", [])
        return [_dtype(v) for v in values] if kind == "type" else values
    value = getattr(proto, field)
    return _dtype(value) if field == "type" else value


def _dtype(number: int) -> dtypes.DType:
    return dtypes.as_dtype(number) if number else dtypes.snapshot
