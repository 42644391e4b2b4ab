"""`DType`: the element types of tensors, one object each."""

import builtins
from typing import Any, Self

import ml_dtypes
import numpy as np

from tfshim.export import export
from tfshim.static_type import StaticType

_REF_OFFSET = 100

_BY_ENUM: dict[int, "DType"] = {}
_BY_NAME: dict[str, "DType"] = {}

_IMAGE_RANGES: dict[Any, tuple[Any, Any]] = {
    np.bool_: (False, True),
    np.float32: (-1, 1),
    np.float64: (-1, 1),
    **{
        t: (int(np.iinfo(t).min), int(np.iinfo(t).max))
        for t in (np.uint8, np.uint16, np.uint32, np.uint64, np.int8, np.int16, np.int32, np.int64)
    },
}


@export("dtypes.DType", "DType")
class DType(StaticType):
    """The type of the elements of a tensor, such as `tf.float32`.

    There is one object for each type, so `is` compares them as well as `==`. `==` also accepts whatever
    `tf.as_dtype` accepts. `DType(type_enum)` returns the existing object; it raises `TypeError` for an
    unknown enum. Unlike TensorFlow's, the objects cannot be given new attributes.
    """

    __slots__ = (
        "_type_enum",
        "name",
        "size",
        "as_numpy_dtype",
        "np_dtype",
        "is_floating",
        "is_integer",
        "is_unsigned",
        "is_bool",
        "is_complex",
        "is_quantized",
        "is_numeric",
        "is_numpy_compatible",
        "_is_ref_dtype",
        "base_dtype",
        "real_dtype",
    )

    name: str
    size: int
    as_numpy_dtype: Any
    np_dtype: np.dtype
    base_dtype: "DType"
    real_dtype: "DType"

    def __new__(cls, type_enum: Any, handle_data: None = None) -> Self:
        if handle_data is not None:
            raise TypeError("handle_data must be None: handle data is not kept on data types.")
        try:
            return _BY_ENUM[int(type_enum)]
        except KeyError:
            raise TypeError(f"{type_enum} does not correspond to a valid tensorflow::DataType") from None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"DType objects are immutable; cannot set {name!r}.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"DType objects are immutable; cannot delete {name!r}.")

    def __getattr__(self, name: str) -> Any:
        # Only reached by resource and variant, whose NumPy slots are never filled.
        if name in ("as_numpy_dtype", "np_dtype"):
            raise KeyError(self._type_enum)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def as_datatype_enum(self) -> int:
        """The number of this type in TensorFlow's `DataType` enum."""
        return self._type_enum

    @property
    def _as_ref(self) -> "DType":
        return self if self._is_ref_dtype else _BY_ENUM[self._type_enum + _REF_OFFSET]

    @property
    def min(self) -> Any:
        """The smallest finite value of the type; `TypeError` if it has none."""
        return self._limit("min", "minimum")

    @property
    def max(self) -> Any:
        """The largest finite value of the type; `TypeError` if it has none."""
        return self._limit("max", "maximum")

    def _limit(self, which: str, word: str) -> Any:
        if self.is_floating:
            return getattr(ml_dtypes.finfo(self.as_numpy_dtype), which)
        if self.is_integer:
            return getattr(ml_dtypes.iinfo(self.as_numpy_dtype), which)
        if self.is_numpy_compatible:
            kind = "quantized type" if self.is_quantized else "type"
            raise TypeError(f"Cannot find {word} value of {self} with {kind} {self.base_dtype}.")
        raise TypeError(f"Cannot find {word} value of {self}.")

    @property
    def limits(self) -> tuple[Any, Any]:
        """The range of intensities `(0, max)` of an image of this type; `ValueError` if it has none."""
        numpy_type = self.as_numpy_dtype
        try:
            return 0, _IMAGE_RANGES[numpy_type][1]
        except KeyError:
            raise ValueError(f"{self} does not have defined limits.") from None

    def is_compatible_with(self, other: Any) -> bool:
        """Whether `other`, or the type that it refers to, is this type."""
        other = as_dtype(other)
        return self is other or self is other.base_dtype

    def is_subtype_of(self, other: Any) -> bool:
        return self == other

    def most_specific_common_supertype(self, types: Any) -> "DType | None":
        return self if all(self == other for other in types) else None

    @classmethod
    def experimental_type_proto(cls) -> Any:
        """The `SerializedDType` message class."""
        from tfshim import protos

        return protos.SerializedDType

    @classmethod
    def experimental_from_proto(cls, proto: Any) -> "DType":
        return DType(proto.datatype)

    def experimental_as_proto(self) -> Any:
        return self.experimental_type_proto()(datatype=self._type_enum)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is DType or other is None:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __ne__(self, other: object) -> bool:
        return not self.__eq__(other)

    # There is one object a type, so the identity hash agrees with equality; it is the fastest there is.
    __hash__ = object.__hash__

    def __int__(self) -> int:
        return self._type_enum

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return as_dtype, (self.name,)


def _make(enum: int, name: str, numpy_type: Any, kind: str, size: int, base: DType | None = None) -> DType:
    """Creates one type.

    `kind`: (f)loat, (i)nt, (u)nsigned, (c)omplex, (b)ool, (q)uantized, (s)tring, (h)andle. `enum` 0: a type that no
    look-up finds.
    """
    dtype = object.__new__(DType)
    narrow = name.startswith(("float8", "float4", "int4", "uint4", "int2", "uint2"))
    values = {
        "_type_enum": enum,
        "name": name,
        "size": size,
        "is_floating": kind == "f",
        "is_integer": kind in "iu",
        "is_unsigned": kind == "u",
        "is_bool": kind == "b",
        "is_complex": kind == "c",
        "is_quantized": kind == "q",
        # TensorFlow does not count its narrowest types as numeric.
        "is_numeric": kind in "fiucq" and not narrow,
        "is_numpy_compatible": kind != "h",
        "_is_ref_dtype": enum > _REF_OFFSET,
        "base_dtype": dtype if base is None else base,
        "real_dtype": dtype,
    }
    if kind != "h":
        values["as_numpy_dtype"] = numpy_type
        values["np_dtype"] = np.dtype(numpy_type)
    for attribute, value in values.items():
        object.__setattr__(dtype, attribute, value)
    if enum:
        _BY_ENUM[enum] = dtype
        _BY_NAME[name] = dtype
    return dtype


# The public paths of a type; TensorFlow keeps the narrow ones below "experimental".
_PUBLIC = ("{}", "dtypes.{}")
_EXPERIMENTAL = ("experimental.{}", "dtypes.experimental.{}")


def _declare(enum: int, name: str, numpy_type: Any, kind: str, size: int, paths: tuple[str, ...] = _PUBLIC) -> DType:
    dtype = _make(enum, name, numpy_type, kind, size)
    _make(enum + _REF_OFFSET, name + "_ref", numpy_type, kind, size, base=dtype)
    export(*(path.format(name) for path in paths))(dtype)
    return dtype


float32 = _declare(1, "float32", np.float32, "f", 4)
float64 = _declare(2, "float64", np.float64, "f", 8)
int32 = _declare(3, "int32", np.int32, "i", 4)
uint8 = _declare(4, "uint8", np.uint8, "u", 1)
int16 = _declare(5, "int16", np.int16, "i", 2)
int8 = _declare(6, "int8", np.int8, "i", 1)
string = _declare(7, "string", np.object_, "s", 0)
complex64 = _declare(8, "complex64", np.complex64, "c", 8)
int64 = _declare(9, "int64", np.int64, "i", 8)
bool = _declare(10, "bool", np.bool_, "b", 1)
qint8 = _declare(11, "qint8", np.dtype([("qint8", np.int8)]), "q", 1)
quint8 = _declare(12, "quint8", np.dtype([("quint8", np.uint8)]), "q", 1)
qint32 = _declare(13, "qint32", np.dtype([("qint32", np.int32)]), "q", 4)
bfloat16 = _declare(14, "bfloat16", ml_dtypes.bfloat16, "f", 2)
qint16 = _declare(15, "qint16", np.dtype([("qint16", np.int16)]), "q", 2)
quint16 = _declare(16, "quint16", np.dtype([("quint16", np.uint16)]), "q", 2)
uint16 = _declare(17, "uint16", np.uint16, "u", 2)
complex128 = _declare(18, "complex128", np.complex128, "c", 16)
float16 = _declare(19, "float16", np.float16, "f", 2)
resource = _declare(20, "resource", None, "h", 0)
variant = _declare(21, "variant", None, "h", 0)
uint32 = _declare(22, "uint32", np.uint32, "u", 4)
uint64 = _declare(23, "uint64", np.uint64, "u", 8)
float8_e5m2 = _declare(24, "float8_e5m2", ml_dtypes.float8_e5m2, "f", 1, _EXPERIMENTAL)
float8_e4m3fn = _declare(25, "float8_e4m3fn", ml_dtypes.float8_e4m3fn, "f", 1, _EXPERIMENTAL)
float8_e4m3fnuz = _declare(26, "float8_e4m3fnuz", ml_dtypes.float8_e4m3fnuz, "f", 1, _EXPERIMENTAL)
float8_e4m3b11fnuz = _declare(27, "float8_e4m3b11fnuz", ml_dtypes.float8_e4m3b11fnuz, "f", 1, _EXPERIMENTAL)
float8_e5m2fnuz = _declare(28, "float8_e5m2fnuz", ml_dtypes.float8_e5m2fnuz, "f", 1, _EXPERIMENTAL)
int4 = _declare(29, "int4", ml_dtypes.int4, "i", 1, _EXPERIMENTAL)
uint4 = _declare(30, "uint4", ml_dtypes.uint4, "u", 1, _EXPERIMENTAL)
int2 = _declare(31, "int2", ml_dtypes.int2, "i", 1, _EXPERIMENTAL)
uint2 = _declare(32, "uint2", ml_dtypes.uint2, "u", 1, _EXPERIMENTAL)
float4_e2m1fn = _declare(33, "float4_e2m1fn", ml_dtypes.float4_e2m1fn, "f", 1, _EXPERIMENTAL)

# What branches and loops with effects leave for their gradients (`lowering.nested.Snapshot`): no user sees it.
snapshot = _make(0, "snapshot", None, "h", 0)

half = export("half", "dtypes.half")(float16)
double = export("double", "dtypes.double")(float64)

for _complex, _real in ((complex64, float32), (complex128, float64)):
    object.__setattr__(_complex, "real_dtype", _real)
    object.__setattr__(_complex._as_ref, "real_dtype", _real)

for _alias, _dtype in (("half", float16), ("float", float32), ("double", float64)):
    _BY_NAME[_alias] = _dtype
    _BY_NAME[_alias + "_ref"] = _dtype._as_ref

QUANTIZED_DTYPES = export("dtypes.QUANTIZED_DTYPES")(
    frozenset(dtype for dtype in _BY_ENUM.values() if dtype.is_quantized)
)

# The dtypes that JAX has no arrays of: their tensors stay NumPy arrays on the host.
HOST_ONLY = frozenset(dtype for dtype in _BY_ENUM.values() if dtype is string or dtype.is_quantized)


def stays_on_host(array: Any) -> builtins.bool:
    """Whether a NumPy or JAX array holds strings or quantised numbers, which no device takes."""
    dtype = array.dtype
    return dtype.names is not None or dtype.hasobject


# The types of NumPy scalars. The quantized types are structured in NumPy, so their np.dtype is the key.
_BY_NUMPY_TYPE: dict[Any, DType] = {
    dtype.as_numpy_dtype: dtype for dtype in _BY_ENUM.values() if dtype.is_numpy_compatible and not dtype._is_ref_dtype
}
_BY_NUMPY_TYPE[np.bytes_] = _BY_NUMPY_TYPE[np.str_] = string
for _platform_type in (np.intc, np.uintc, np.int_, np.uint, np.longlong, np.ulonglong):
    _BY_NUMPY_TYPE.setdefault(_platform_type, _BY_NUMPY_TYPE[np.dtype(np.dtype(_platform_type).str).type])
_BY_NUMPY_TYPE[np.dtypes.StringDType()] = string

_BY_ANYTHING: dict[Any, DType] = {
    **_BY_ENUM,
    **_BY_NAME,
    **_BY_NUMPY_TYPE,
    builtins.float: float32,
    builtins.bool: bool,
    builtins.object: string,
}


@export("dtypes.as_dtype", "as_dtype")
def as_dtype(type_value: Any) -> DType:
    """Returns the `tf.DType` that `type_value` stands for.

    Accepts a `DType`, the name of one, a NumPy dtype or scalar type, an object with a `dtype`, a number of
    TensorFlow's `DataType` enum, and the Python types `float`, `bool` and `object` (not `int`, `str` or
    `complex`). Raises `TypeError` for anything else.
    """
    if type(type_value) is DType:
        return type_value
    if isinstance(type_value, np.dtype):
        found = _BY_NUMPY_TYPE.get(type_value.type)
        if found is not None:
            return found
    try:
        return _BY_ANYTHING[type_value]
    except (KeyError, TypeError):  # TypeError: it cannot be hashed
        pass
    if hasattr(type_value, "dtype"):
        try:
            return _BY_NUMPY_TYPE[np.dtype(type_value.dtype).type]
        except (KeyError, TypeError):
            pass
    raise TypeError(f"Cannot convert the argument `type_value`: {type_value!r} to a TensorFlow DType.")


class _ByNumpyDtype(dict):
    """np.dtype -> DType, filled with what is not there at the first look-up (byte orders, string lengths)."""

    def __missing__(self, key: Any) -> DType:
        dtype = as_dtype(np.dtype(key))
        if len(self) < 1000:  # string lengths make keys without end
            self[key] = dtype
        return dtype


# `of(array.dtype)`: the DType of an np.dtype, in one dictionary look-up. Raises `TypeError` if there is none.
of = _ByNumpyDtype(
    {dtype.np_dtype: dtype for dtype in _BY_ENUM.values() if dtype.is_numpy_compatible and not dtype._is_ref_dtype}
).__getitem__
