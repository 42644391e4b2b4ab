"""Arithmetic, comparisons, logic and bits of two tensors, and sums of several."""

from __future__ import annotations

from typing import Any

from tfshim import dispatch, dtypes
from tfshim.api.casting import cast
from tfshim.api.naming import composed
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op, ordered_op
from tfshim.shapes import as_shape, unknown_shape
from tfshim.tensor import Tensor

_add = op("Add")
_add_v2 = op("AddV2")
_add_n = op("AddN")
_div_no_nan = op("DivNoNan")
_equal = ordered_op("Equal")
_floor_div = op("FloorDiv")
_floor_mod = op("FloorMod")
_identity = op("Identity")
_logical_and = op("LogicalAnd")
_logical_not = op("LogicalNot")
_logical_or = op("LogicalOr")
_maximum = op("Maximum")
_minimum = op("Minimum")
_mul = op("Mul")
_mul_no_nan = op("MulNoNan")
_not_equal = ordered_op("NotEqual")
_pow = op("Pow")
_ordered_pow = ordered_op("Pow")
_real_div = op("RealDiv")
_sub = op("Sub")

# Functions of two tensors that broadcast against each other: name, op, public paths, what it computes.
_TABLE = (
    ("atan2", "Atan2", "math.atan2 atan2", "The angle of the point (x, y), in [-pi, pi]"),
    ("floordiv", "FloorDiv", "math.floordiv", "x / y rounded to the integer below"),
    ("floormod", "FloorMod", "math.floormod math.mod", "x - y * floor(x / y), with the sign of y"),
    ("greater", "Greater", "math.greater greater", "x > y"),
    ("greater_equal", "GreaterEqual", "math.greater_equal greater_equal", "x >= y"),
    ("less", "Less", "math.less less", "x < y"),
    ("less_equal", "LessEqual", "math.less_equal less_equal", "x <= y"),
    ("logical_and", "LogicalAnd", "math.logical_and logical_and", "x and y, of booleans"),
    ("logical_or", "LogicalOr", "math.logical_or logical_or", "x or y, of booleans"),
    ("maximum", "Maximum", "math.maximum maximum", "The greater of x and y; nan if one is"),
    ("minimum", "Minimum", "math.minimum minimum", "The lesser of x and y; nan if one is"),
    ("multiply", "Mul", "math.multiply multiply", "x * y"),
    ("nextafter", "NextAfter", "math.nextafter", "The number after x1 on the way to x2"),
    ("squared_difference", "SquaredDifference", "math.squared_difference", "|x - y| squared"),
    ("subtract", "Sub", "math.subtract subtract", "x - y"),
    ("xdivy", "Xdivy", "math.xdivy", "x / y, and 0 where x is 0"),
    ("xlog1py", "Xlog1py", "math.xlog1py", "x * log(1 + y), and 0 where x is 0"),
    ("xlogy", "Xlogy", "math.xlogy", "x * log(y), and 0 where x is 0"),
    ("bitwise_and", "BitwiseAnd", "bitwise.bitwise_and", "The bits set in x and in y, of integers"),
    ("bitwise_or", "BitwiseOr", "bitwise.bitwise_or", "The bits set in x or in y, of integers"),
    ("bitwise_xor", "BitwiseXor", "bitwise.bitwise_xor", "The bits set in only one of x and y"),
    (
        "left_shift",
        "LeftShift",
        "bitwise.left_shift",
        "x with its bits moved up by y, taken into [0, bits - 1]",
    ),
    (
        "right_shift",
        "RightShift",
        "bitwise.right_shift",
        "x with its bits moved down by y; it keeps its sign",
    ),
)


def _declare(python_name: str, op_name: str, paths: str, text: str) -> Any:
    run = ordered_op(op_name)
    names = paths.split()
    first, second = "x", "y"

    # The names of the parameters are part of TensorFlow's API, and they differ.
    if op_name == "Atan2":
        first, second = "y", "x"

        def fn(y, x, name=None):
            return run(y, x, name=name)

    elif op_name == "NextAfter":
        first, second = "x1", "x2"

        def fn(x1, x2, name=None):
            return run(x1, x2, name=name)

    else:

        def fn(x, y, name=None):
            try:
                return run(x, y, name=name)
            except Exception:
                handler = dispatch.find(names[0], (x, y))
                if handler is None:
                    raise
            return handler(x, y, name=name)

        fn._dispatches = True  # type: ignore[attr-defined]

    fn.__name__ = fn.__qualname__ = python_name
    fn.__doc__ = f"""{text}, elementwise.

    Args:
      {first}: a tensor of a type that the op `{op_name}` takes.
      {second}: a tensor of the same type, of a shape that broadcasts against that of `{first}`.
      name: name of the op in a graph.

    Returns:
      A tensor of the broadcast shape.

    Raises:
      InvalidArgumentError: if types or shapes do not fit; in graphs `TypeError` and `ValueError`.
    """
    return export(*names)(fn)


_functions = {entry[0]: _declare(*entry) for entry in _TABLE}

# The ones that other modules are made of.
greater_equal = _functions["greater_equal"]
multiply = _functions["multiply"]
subtract = _functions["subtract"]


@export("math.add", "add")
def add(x, y, name=None):
    """x + y, elementwise, with broadcasting; strings are concatenated.

    `x` decides the type if it is no tensor: `tf.add(1, tf.constant(2.0))` is an error, as in TensorFlow.
    """
    return _add_as(x, y, name or "Add")


def _add_as(x, y, name):
    if isinstance(x, Tensor) and x.dtype is not dtypes.string:
        try:
            return _add_v2(x, y, name=name)
        except TypeError:
            if isinstance(y, Tensor):
                raise
    x = convert_to_tensor(x, name="x")
    y = convert_to_tensor(y, name="y", hint=x.dtype)
    return (_add if x.dtype is dtypes.string else _add_v2)(x, y, name=name)


@export("math.equal", "equal")
def equal(x, y, name=None):
    """x == y, elementwise, with broadcasting, for tensors of any one type."""
    return _equal(x, y, name=name)


@export("math.not_equal", "not_equal")
def not_equal(x, y, name=None):
    """x != y, elementwise, with broadcasting, for tensors of any one type."""
    return _not_equal(x, y, name=name)


@export("math.pow", "pow")
def pow(x, y, name=None):
    """x to the power of y, elementwise, with broadcasting.

    Integers wrap around on overflow. The gradient by `y` is 0 where a real `x` is not positive.

    Raises:
      InvalidArgumentError: for an integer to a negative integer power.
    """
    return _ordered_pow(x, y, name=name)


# Division ------------------------------------------------------------------------------------------------

# What each type is converted to before a true division; None: it divides as it is.
_QUOTIENT_TYPES = {
    dtypes.uint8: dtypes.float32,
    dtypes.int8: dtypes.float32,
    dtypes.uint16: dtypes.float32,
    dtypes.int16: dtypes.float32,
    dtypes.uint32: dtypes.float64,
    dtypes.int32: dtypes.float64,
    dtypes.uint64: dtypes.float64,
    dtypes.int64: dtypes.float64,
    dtypes.bfloat16: None,
    dtypes.float16: None,
    dtypes.float32: None,
    dtypes.float64: None,
    dtypes.complex64: None,
    dtypes.complex128: None,
}


def _same_type(x: Tensor, y: Tensor) -> None:
    if x.dtype is not y.dtype:
        raise TypeError(f"`x` and `y` must have the same dtype, got {x.dtype!r} != {y.dtype!r}.")


def _quotient_operands(x: Tensor, y: Tensor, what: str) -> tuple[Tensor, Tensor]:
    """Two tensors of one type as operands of a true division; TypeError if they are none."""
    _same_type(x, y)
    try:
        dtype = _QUOTIENT_TYPES[x.dtype]
    except KeyError:
        allowed = ", ".join(map(repr, _QUOTIENT_TYPES))
        raise TypeError(f"Invalid dtype {x.dtype!r} in {what}. Expected one of {{{allowed}}}.") from None
    return (x, y) if dtype is None else (cast(x, dtype), cast(y, dtype))


@export("math.truediv", "truediv")
def truediv(x, y, name=None):
    """x / y, elementwise, with broadcasting.

    Integers of 8 and 16 bits are divided as float32, wider ones as float64.

    Raises:
      TypeError: if the types differ or do not divide.
    """
    if isinstance(x, Tensor) and _QUOTIENT_TYPES.get(x.dtype, x) is None:
        kind = type(y)
        if kind is float or kind is int or (isinstance(y, Tensor) and y.dtype is x.dtype):
            return _real_div(x, y, name=name or "truediv")
    with composed(name or "truediv") as name:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", hint=x.dtype)
        x, y = _quotient_operands(x, y, "__truediv__")
        return _real_div(x, y, name=name)


@export("math.divide", "divide")
def divide(x, y, name=None):
    """Python's x / y, elementwise, with broadcasting: see `tf.math.truediv`."""
    if name is not None:
        return truediv(x, y, name)
    if not isinstance(x, Tensor):
        x = _beside(x, y)
    return x / y


def _beside(x, y):
    """`x`, if it is no tensor of any kind, as a tensor of the dtype of `y`, if that is one."""
    from tfshim.api.core import is_tensor

    return x if is_tensor(x) else convert_to_tensor(x, y.dtype if is_tensor(y) else None, name="x")


@export("math.divide_no_nan")
def divide_no_nan(x, y, name=None):
    """x / y, and 0 where y is 0, elementwise, with broadcasting; integers are divided as in `truediv`.

    Raises:
      TypeError: if the types differ or do not divide.
    """
    with composed(name or "div_no_nan") as name:
        x = convert_to_tensor(_beside(x, y), name="x")
        y = convert_to_tensor(y, name="y", hint=x.dtype)
        x, y = _quotient_operands(x, y, "tf.math.divide_no_nan")
        return _div_no_nan(x, y, name=name)


@export("math.multiply_no_nan")
def multiply_no_nan(x, y, name=None):
    """x * y, and 0 where y is 0 even if x is infinite or nan, elementwise, with broadcasting.

    Raises:
      TypeError: if the types differ.
    """
    with composed(name or "multiply_no_nan") as name:
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, x.dtype, name="y")
        _same_type(x, y)
        return _mul_no_nan(x, y, name=name)


@export("math.logical_xor")
def logical_xor(x, y, name="LogicalXor"):
    """Where exactly one of the booleans x and y holds, elementwise, with broadcasting."""
    return _logical_and(_logical_or(x, y), _logical_not(_logical_and(x, y)), name=name)


@export("math.scalar_mul", "scalar_mul")
def scalar_mul(scalar, x, name=None):
    """A scalar times a tensor or `IndexedSlices`, whose type the scalar takes.

    Raises:
      ValueError: if `scalar` is not 0-D.
    """
    with composed(name or "scalar_mul") as name:
        scalar = convert_to_tensor(scalar, dtypes.as_dtype(x.dtype).base_dtype, name="scalar")
        if scalar.shape.rank != 0:
            raise ValueError(f"The input scalar must be a 0-D value. Received shape {scalar.shape}.")
        if isinstance(x, IndexedSlices):
            return IndexedSlices(_mul(scalar, x.values, name=name), x.indices, x.dense_shape)
        return _mul(scalar, x, name=name)


@export("clip_by_value")
def clip_by_value(t, clip_value_min, clip_value_max, name=None):
    """`t` with its elements taken into [clip_value_min, clip_value_max], which broadcast to its shape.

    nan stays nan, also a limit that is nan gives nan. Where the limits cross, the lower one wins.

    Raises:
      ValueError: if a limit has a shape that would enlarge `t`.
    """
    with composed(name or "clip_by_value") as name:
        values = convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name="t")
        lowered = _minimum(values, clip_value_max)
        values.shape.assert_is_compatible_with(lowered.shape)
        clipped = _maximum(lowered, clip_value_min, name=name)
        values.shape.assert_is_compatible_with(clipped.shape)
        return IndexedSlices(clipped, t.indices, t.dense_shape) if isinstance(t, IndexedSlices) else clipped


# Several tensors -----------------------------------------------------------------------------------------


def _tensor_list(inputs: Any) -> list[Tensor]:
    return [convert_to_tensor(x) for x in inputs]


@export("math.add_n", "add_n")
def add_n(inputs, name=None):
    """The sum of a list of tensors of one type and shape; a single tensor is returned as it is.

    Raises:
      TypeError: if `inputs` is no iterable.
      ValueError: if it is empty.
    """
    tensors = _tensor_list(inputs)
    if not tensors:
        raise ValueError(
            "Inputs must be an iterable of at least one Tensor/IndexedSlices with the same dtype and shape."
        )
    if len(tensors) == 1:
        return _identity(tensors[0], name=name) if name else tensors[0]
    return _add_n(tensors, name=name)


@export("math.accumulate_n")
def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    """The sum of a list of tensors of one type and shape, which may be given too.

    Raises:
      ValueError: if `inputs` is not a list of such tensors.
      TypeError: if `tensor_dtype` is not their type.
    """
    problem = ValueError("inputs must be a list of at least one Tensor with the same dtype and shape")
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise problem
    tensors = _tensor_list(inputs)
    if any(t.dtype is not tensors[0].dtype for t in tensors):
        raise problem
    merged = unknown_shape() if shape is None else as_shape(shape)
    for tensor in tensors:
        merged = merged.merge_with(tensor.shape)
    if tensor_dtype is not None and tensor_dtype != tensors[0].dtype:
        raise TypeError(
            f"The `tensor_dtype` argument is {tensor_dtype}, but `input` is of type {tensors[0].dtype}. "
            "These must be equal. Try casting the input to the desired type."
        )
    if len(tensors) == 1:
        return tensors[0] if name is None else _identity(tensors[0], name=name)
    return _add_n(tensors, name=name)


@export("math.polyval")
def polyval(coeffs, x, name=None):
    """The polynomial with the list `coeffs` of coefficients (highest power first) at each element of `x`.

    Raises:
      ValueError: if `coeffs` is not a list.
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"Argument coeffs must be list type. Received type {type(coeffs)}.")
    with composed(name or "polyval") as name:
        x = convert_to_tensor(x, name="x")
        if not coeffs:
            return op("ZerosLike")(x, name=name)
        total, *rest = [convert_to_tensor(c, name=f"coeff_{i}") for i, c in enumerate(coeffs)]
        for coefficient in rest:
            total = coefficient + total * x
        return total


# Operators -----------------------------------------------------------------------------------------------


def _operator_multiply(x, y, name):
    if any(isinstance(operand, Tensor) and operand.dtype is dtypes.bool for operand in (x, y)):
        return cast(_mul(cast(x, dtypes.int32), cast(y, dtypes.int32), name=name), dtypes.bool)
    return _mul(x, y, name=name)


def operator_and(x, y, name=None):
    """`x & y` of tensors: logical for booleans, bitwise for integers."""
    return (_logical_and if x.dtype is dtypes.bool else op("BitwiseAnd"))(x, y, name=name)


def operator_or(x, y, name=None):
    """`x | y` of tensors: logical for booleans, bitwise for integers."""
    return (_logical_or if x.dtype is dtypes.bool else op("BitwiseOr"))(x, y, name=name)


def operator_xor(x, y, name=None):
    """`x ^ y` of tensors: logical for booleans, bitwise for integers."""
    if x.dtype is dtypes.bool:
        return logical_xor(x, y, name)
    return op("BitwiseXor")(x, y, name=name)


def operator_invert(x, name=None):
    """`~x` of tensors: logical for booleans, bitwise for integers."""
    return (_logical_not if x.dtype is dtypes.bool else op("Invert"))(x, name=name)


def _equality(name: str, run: Any, of_none: bool) -> Any:
    """The method `__name__`; a ragged tensor on the right compares itself."""

    def method(x, y):
        if y is None:
            return of_none
        try:
            return run(x, y, incompatible_shape_error=False)
        except (TypeError, ValueError):
            from tfshim.ragged.tensor import RaggedTensor

            if isinstance(y, RaggedTensor):
                return NotImplemented
            raise

    method.__name__ = method.__qualname__ = f"__{name}__"
    return method


def _forward(name: str, fn: Any) -> Any:
    """The method `__name__`. If the operands do not fit, the right one may know how to take part."""
    reflected = f"__r{name}__"

    def method(x, y):
        try:
            return fn(x, y, name)
        except (TypeError, ValueError) as error:
            other = getattr(type(y), reflected, None)
            if other is None or isinstance(y, Tensor):
                raise
            try:
                result = other(y, x)
            except (TypeError, ValueError):
                raise error from None
            if result is NotImplemented:
                raise
            return result

    method.__name__ = method.__qualname__ = f"__{name}__"
    return method


def _reflected(name: str, fn: Any, run: Any) -> Any:
    """The method `__rname__`: the other operand takes the tensor's type. `run`: the op for numbers and floats."""

    def method(y, x):
        kind = type(x)
        if (kind is float or kind is int) and run is not None and y.dtype.is_floating:
            return run(x, y, name=name)
        if not isinstance(x, Tensor):
            x = convert_to_tensor(x, y.dtype, name="x")
        return fn(x, y, name)

    method.__name__ = method.__qualname__ = f"__r{name}__"
    return method


def _named(run: Any) -> Any:
    return lambda x, y, name: run(x, y, name=name)


def _python2_div(x: Tensor, y: Tensor, name: str | None) -> Tensor:
    """What `/` was in Python 2: integers are divided to integers."""
    return (_floor_div if x.dtype.is_integer else _real_div)(x, y, name=name)


# The function of two tensors, and the op that it is for floats.
_BINARY_OPERATORS = {
    "div": (_python2_div, _real_div),
    "add": (_add_as, _add_v2),
    "sub": (_named(_sub), _sub),
    "mul": (_operator_multiply, _mul),
    "truediv": (truediv, _real_div),
    "floordiv": (_named(_floor_div), _floor_div),
    "mod": (_named(_floor_mod), _floor_mod),
    "pow": (_named(_pow), _pow),
    "and": (operator_and, None),
    "or": (operator_or, None),
    "xor": (operator_xor, None),
}


def _operators() -> dict[str, Any]:
    from tfshim.api import math_unary

    table = {
        "__neg__": math_unary.negative,
        "__abs__": math_unary.abs,
        "__invert__": operator_invert,
        "__lt__": _functions["less"],
        "__le__": _functions["less_equal"],
        "__gt__": _functions["greater"],
        "__ge__": _functions["greater_equal"],
        "__eq__": _equality("eq", _equal, False),
        "__ne__": _equality("ne", _not_equal, True),
    }
    for name, (fn, run) in _BINARY_OPERATORS.items():
        table[f"__{name}__"] = _forward(name, fn)
        table[f"__r{name}__"] = _reflected(name, fn, run)
    return table


# Methods of tensors and variables by name; `@` is bound where matrices are.
TENSOR_OPERATORS = _operators()
