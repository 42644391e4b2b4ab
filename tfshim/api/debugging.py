"""Checks of values, shapes and types: `tf.debugging.assert_*`.

What is known when a check is called is checked at once; the rest of it becomes an assertion in the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.api.array import rank as rank_of
from tfshim.api.array import shape as shape_of
from tfshim.api.assertions import Assert
from tfshim.api.math_reduce import reduce_all
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import control_dependencies, group, name_scope, no_op
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor

_abs = op("Abs")
_check_numerics = op("CheckNumerics")
_complex_abs = op("ComplexAbs")
_equal = op("Equal")
_less = op("Less")


def _prefix(message: str | None) -> str:
    return f"{message}.  " if message else ""


def _label(x: Tensor) -> str:
    if context.graph is None:
        return f"shape={x.shape} dtype={x.dtype.name}"
    return _name(x)


def _name(x: Tensor) -> str:
    if context.graph is None:
        return ""
    return x.values.name if isinstance(x, CompositeTensor) else x.name  # type: ignore[attr-defined]


def _dense_or_sparse(x: Any, name: str | None = None) -> Any:
    """`x` as a tensor; sparse tensors, whose shapes can be checked too, as they are."""
    return x if isinstance(x, CompositeTensor) and hasattr(x, "dense_shape") else convert_to_tensor(x, name=name)


def _passed() -> Any:
    """What a check gives that needs nothing at run time: an operation in graphs."""
    return None if context.graph is None else no_op()


# Comparisons ---------------------------------------------------------------------------------------------


def _failure(data: Sequence[Any], limit: int) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, "\n".join(_shown(d, limit) for d in data))


def _shown(datum: Any, limit: int) -> str:
    if not isinstance(datum, Tensor):
        return str(datum)
    if context.graph is not None:
        known = constant_value(datum)
        return str(datum if known is None else known)
    if datum.shape.rank == 0:
        return str(datum.numpy())  # type: ignore[attr-defined]
    flat = datum.host_value().ravel()  # type: ignore[attr-defined]
    return str([str(v) for v in flat[:limit]] + ["..."] * (limit < flat.size))


def _differences(symbol: str, x: Any, y: Any, holds: Any, limit: int) -> list[Any]:
    """The parts of an eager comparison's message: where it fails, and the first elements."""
    data: list[Any] = [f"Condition x {symbol} y did not hold."]
    if not limit:
        return data
    a, b = x.host_value(), y.host_value()
    if a.shape == b.shape and a.ndim:
        wrong = ~holds.host_value()
        where = np.argwhere(wrong)[:limit]
        data += [f"Indices of first {len(where)} different values:", where]
        data += ["Corresponding x values:", a[wrong][:limit], "Corresponding y values:", b[wrong][:limit]]
    for label, values in (("x", a.ravel()[:limit]), ("y", b.ravel()[:limit])):
        data += [f"First {values.size} elements of {label}:", values]
    return data


_STATIC = {
    "Equal": np.equal,
    "NotEqual": np.not_equal,
    "Less": np.less,
    "LessEqual": np.less_equal,
    "Greater": np.greater,
    "GreaterEqual": np.greater_equal,
}


def _compare(
    run: Any, symbol: str, x: Any, y: Any, message: str | None, summarize: int | None, data: list[Any] | None = None
) -> Any:
    if x is y and symbol == "==":
        return _passed()
    x = convert_to_tensor(x, name="x")
    y = convert_to_tensor(y, name="y")
    holds = run(x, y)
    if context.graph is None:
        if holds.host_value().all():
            return None
        limit = 3 if summarize is None else 10**9 if summarize < 0 else summarize
        if data is None:
            data = _differences(symbol, x, y, holds, limit)
        raise _failure([*([] if message is None else [message]), *data], limit)
    if data is None:
        data = [f"Condition x {symbol} y did not hold element-wise:", f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
    if message is not None:
        data = [message, *data]
    a, b = constant_value(x), constant_value(y)
    if a is not None and b is not None and not _STATIC[run.name](a, b).all():
        raise _failure(data, 3)
    return Assert(reduce_all(holds), data, summarize=summarize)


def _ordering(name: str, kind: str, symbol: str, text: str, *aliases: str) -> None:
    run = op(kind)

    def check(x, y, message=None, summarize=None, name=None):
        with name_scope(name or f"assert_{name_of}"):
            return _compare(run, symbol, x, y, message, summarize)

    name_of = name
    check.__name__ = check.__qualname__ = f"assert_{name}"
    check.__doc__ = f"""Checks that `x {symbol} y` holds for every pair of (broadcast) elements.

    Args:
      x: tensor.
      y: tensor of the same dtype that {text} `x`.
      message: text in front of the message of the error.
      summarize: how many elements the message shows: 3 by default, -1 for all.
      name: of the scope of the nodes.

    Returns None in eager mode, in graphs the operation that checks.

    Raises:
      InvalidArgumentError: if it does not hold; when the graph is built, if both values are known then.
    """
    export(f"debugging.assert_{name}", *aliases)(check)


for _row in (
    ("equal", "Equal", "==", "equals", "assert_equal"),
    ("less", "Less", "<", "is above", "assert_less"),
    ("less_equal", "LessEqual", "<=", "is not below"),
    ("greater", "Greater", ">", "is below", "assert_greater"),
    ("greater_equal", "GreaterEqual", ">=", "is not above"),
):
    _ordering(*_row)

_not_equal = op("NotEqual")


@export("debugging.assert_none_equal")
def assert_none_equal(x, y, summarize=None, message=None, name=None):
    """Checks that no (broadcast) elements of `x` and `y` are equal; InvalidArgumentError otherwise."""
    with name_scope(name or "assert_none_equal"):
        return _compare(_not_equal, "!=", x, y, message, summarize)


def _sign(name: str, kind: str, symbol: str, zero_first: bool) -> None:
    run = op(kind)

    def check(x, message=None, summarize=None, name=None):
        with name_scope(name or f"assert_{name_of}"):
            x = convert_to_tensor(x, name="x")
            zero = convert_to_tensor(0, x.dtype)
            data = [
                _prefix(message),
                f"Condition x {symbol} 0 did not hold element-wise:",
                f"x ({_label(x)}) = ",
                x,
            ]
            return _compare(run, symbol, *((zero, x) if zero_first else (x, zero)), None, summarize, data)

    name_of = name
    check.__name__ = check.__qualname__ = f"assert_{name}"
    check.__doc__ = f"""Checks that `x {symbol} 0` holds for every element of `x`.

    Arguments, result and errors are those of `tf.debugging.assert_less`.
    """
    export(f"debugging.assert_{name}")(check)


for _sign_row in (
    ("negative", "Less", "<", False),
    ("positive", "Less", ">", True),
    ("non_negative", "LessEqual", ">=", True),
    ("non_positive", "LessEqual", "<=", False),
):
    _sign(*_sign_row)


@export("debugging.assert_near")
def assert_near(x, y, rtol=None, atol=None, message=None, summarize=None, name=None):
    """Checks that `|x - y| < atol + rtol * |y|` holds for every pair of (broadcast) elements.

    Args:
      x: floating-point or complex tensor.
      y: tensor of the same dtype.
      rtol: relative tolerance, 10 times the spacing of the dtype at 1 by default.
      atol: absolute tolerance, of the same default.
      message: text in front of the message of the error.
      summarize: how many elements the message shows.
      name: of the scope of the nodes.

    Raises:
      InvalidArgumentError: if it does not hold.
    """
    with name_scope(name or "assert_near"):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, x.dtype, name="y")
        real = x.dtype.real_dtype if x.dtype.is_complex else x.dtype
        default = 10 * float(_spacing(real))
        rtol = convert_to_tensor(default if rtol is None else rtol, real, name="rtol")
        atol = convert_to_tensor(default if atol is None else atol, real, name="atol")
        magnitude = (lambda v: _complex_abs(v, Tout=real)) if x.dtype.is_complex else _abs
        data = [
            _prefix(message),
            f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}",
            *(f"x ({_label(x)}) = ", x, f"y ({_label(y)}) = ", y),
        ]
        holds = _less(magnitude(x - y), atol + rtol * magnitude(y))
        return Assert(reduce_all(holds), data, summarize=summarize)


def _spacing(dtype: Any) -> Any:
    import ml_dtypes

    return ml_dtypes.finfo(dtype.as_numpy_dtype).eps


@export("debugging.assert_all_finite")
def assert_all_finite(x, message, name=None):
    """`x`, checked to hold neither infinities nor NaN: InvalidArgumentError, of this message, otherwise."""
    with name_scope(name or "VerifyFinite"):
        x = convert_to_tensor(x, name="x_input" if context.graph is not None else None)
        return _check_numerics(x, message=message)


# Ranks and shapes ----------------------------------------------------------------------------------------


def _check_rank(
    x: Any,
    given: Sequence[Any],
    must: str,
    shown: Callable[[list[int]], Any],
    holds: Callable[[int, list[int]], bool],
    test: Callable[[Tensor, list[Tensor]], Tensor],
    message: str | None,
) -> Any:
    x = _dense_or_sparse(x, "x")
    ranks = [convert_to_tensor(r, name="rank") for r in given]
    for rank in ranks:
        assert_type(rank, dtypes.int32)
    known = [constant_value(r) for r in ranks]
    if all(k is not None for k in known):
        if any(k.ndim for k in known):  # type: ignore[union-attr]
            raise ValueError("Rank must be a scalar.")
        values = [int(k) for k in known]  # type: ignore[arg-type]
        actual = x.shape.rank
        if actual is not None:
            if not holds(actual, values):
                raise ValueError(
                    f"{_prefix(message)}Tensor {_name(x)} must have rank {must}{shown(values)}.  "
                    f"Received rank {actual}, shape {x.shape}"
                )
            return _passed()
    data = [_prefix(message), f"Tensor {_name(x)} must have rank {must}".rstrip(), *ranks]
    scalars = [Assert(_equal(rank_of(r), 0), ["Rank must be a scalar.", r]) for r in ranks if r.shape.rank != 0]
    with control_dependencies([check for check in scalars if check is not None]):
        return Assert(test(rank_of(x), ranks), [*data, "Received shape: ", shape_of(x)])


@export("debugging.assert_rank", "assert_rank")
def assert_rank(x, rank, message=None, name=None):
    """Checks that `x` has a rank.

    Raises:
      ValueError: the rank is known when this is called and differs, or `rank` is not a scalar.
      InvalidArgumentError: it turns out to differ.
    """
    with name_scope(name or "assert_rank"):
        return _check_rank(x, [rank], "", lambda v: v[0], lambda a, v: a == v[0], lambda a, v: _equal(a, v[0]), message)


_greater_equal = op("GreaterEqual")
_logical_or = op("LogicalOr")


@export("debugging.assert_rank_at_least")
def assert_rank_at_least(x, rank, message=None, name=None):
    """Checks that `x` has at least a rank; errors as of `tf.debugging.assert_rank`."""
    with name_scope(name or "assert_rank_at_least"):
        return _check_rank(
            x,
            [rank],
            "at least ",
            lambda v: v[0],
            lambda a, v: a >= v[0],
            lambda a, v: _greater_equal(a, v[0]),
            message,
        )


def _any_equal(actual: Tensor, ranks: list[Tensor]) -> Tensor:
    result = convert_to_tensor(False)
    for rank in ranks:
        result = _logical_or(result, _equal(rank, actual))
    return result


@export("debugging.assert_rank_in")
def assert_rank_in(x, ranks, message=None, name=None):
    """Checks that `x` has one of several ranks; errors as of `tf.debugging.assert_rank`."""
    with name_scope(name or "assert_rank_in"):
        return _check_rank(x, list(ranks), "in ", tuple, lambda a, v: a in v, _any_equal, message)


@export("debugging.assert_scalar")
def assert_scalar(tensor, message=None, name=None):
    """Checks that `tensor` is a scalar when this is called: ValueError otherwise, also for an unknown rank."""
    checked_scalar(tensor, message, name)


def checked_scalar(tensor, message=None, name=None):
    """`tensor`, checked by `assert_scalar`."""
    with name_scope(name or "assert_scalar"):
        tensor = convert_to_tensor(tensor)
        if tensor.shape.rank != 0:
            of = "" if context.graph is None else f" for {tensor.name}"
            raise ValueError(f"{_prefix(message)}Expected scalar shape{of}, saw shape: {tensor.shape}.")
        return tensor


_ANY_SIZE = (None, ".")


@export("debugging.assert_shapes")
def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):
    """Checks the shapes of several tensors against each other.

    Args:
      shapes: pairs `(tensor, shape)` or a dictionary. A shape is a sequence (a string, too) of sizes and symbols:
        a symbol stands for one size wherever it is used, None and `"."` for any; a leading `...` or `"*"` for any
        number of dimensions.
      data: what the message of the error shows, by default the shape.
      summarize: how many elements of each the message shows.
      message: text in front of the message.
      name: of the scope of the nodes.

    Raises:
      ValueError: shapes that are known when this is called contradict, or a shape is malformed.
      InvalidArgumentError: they turn out to contradict.
    """
    shapes_checked(shapes, data, summarize, message, name)


def shapes_checked(shapes, data=None, summarize=None, message=None, name=None):
    """What `assert_shapes` does; in a graph, the operation that does it."""
    pairs = shapes.items() if isinstance(shapes, dict) else shapes
    prefix = _prefix(message)
    with name_scope(name or "assert_shapes"):
        constraints = [
            (x, *_symbols(x, s, prefix)) for x, s in ((_dense_or_sparse(x), s) for x, s in pairs if s is not None)
        ]
        checks = []
        for x, symbols, open_ended in constraints:
            count = len(symbols)
            if open_ended:
                if count > 1:
                    checks.append(assert_rank_at_least(x, count, message))
            elif count <= 1:
                checks.append(assert_rank_in(x, [0, 1], message))
            else:
                checks.append(assert_rank(x, count, message))
        seen: dict[Any, tuple[Any, str]] = {}
        for x, symbols, open_ended in constraints:
            for i, symbol in enumerate(symbols):
                if symbol in _ANY_SIZE:
                    continue
                axis = i - len(symbols) if open_ended else i
                actual = _size(x, axis)
                explicit = _as_size(symbol)
                if explicit is None and symbol not in seen:
                    seen[symbol] = (actual, f"Specified by tensor {_label(x)} dimension {axis}")
                    continue
                size, origin = seen[symbol] if explicit is None else (explicit, "Specified explicitly")
                if isinstance(size, int) and isinstance(actual, int):
                    if size != actual:
                        raise ValueError(
                            f"{prefix}{origin}.  Tensor {_label(x)} dimension {axis} must have size {size}.  "
                            f"Received size {actual}, shape {x.shape}"
                        )
                    continue
                shown = [prefix, origin, f"Tensor {_label(x)} dimension", axis, "must have size", size]
                shown = [*shown, "Received shape: ", shape_of(x)] if data is None else data
                checks.append(Assert(_equal(actual, size), shown, summarize=summarize))
        return None if context.graph is None else group(*checks)


def _symbols(x: Tensor, shape: Any, prefix: str) -> tuple[tuple[Any, ...], bool]:
    """The symbols of a shape, and whether more dimensions may precede them."""
    if not hasattr(shape, "__iter__") and not hasattr(shape, "__getitem__"):
        raise ValueError(
            f"{prefix}Tensor {_label(x)}.  Specified shape must be an iterable: it has neither the "
            f"attribute `__iter__` nor `__getitem__`.  Received specified shape: {shape}"
        )
    symbols = tuple(shape)
    for i, symbol in enumerate(symbols):
        if i and (symbol is Ellipsis or symbol == "*"):
            raise ValueError(
                f"{prefix}Tensor {_label(x)} specified shape index {i}.  Symbol `...` or `*` for a variable number of "
                "unspecified dimensions is only allowed as the first entry"
            )
    open_ended = bool(symbols) and (symbols[0] is Ellipsis or symbols[0] == "*")
    # A scalar counts as a vector of one element.
    return (symbols[1:] if open_ended else symbols) or (1,), open_ended


def _as_size(symbol: Any) -> int | None:
    try:
        return int(symbol)
    except (TypeError, ValueError):
        return None


def _size(x: Tensor, axis: int) -> Any:
    dims = x.shape.as_list() if x.shape.rank is not None else None
    if dims == []:
        return 1
    if dims is not None and dims[axis] is not None:
        return dims[axis]
    # A vector of one size, or of none where the rank is too low: that is for the check of the rank to report.
    return shape_of(x)[axis:] if axis == -1 else shape_of(x)[axis : axis + 1]


# Types ---------------------------------------------------------------------------------------------------


@export("debugging.assert_integer")
def assert_integer(x, message=None, name=None):
    """Checks that `x` is of an integer dtype: TypeError otherwise."""
    with name_scope(name or "assert_integer"):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            shown = "tensor" if context.graph is None else x.name
            raise TypeError(f'{_prefix(message)}Expected "x" to be integer type.  Found: {shown} of dtype {x.dtype}')


@export("debugging.assert_type")
def assert_type(tensor, tf_type, message=None, name=None):
    """Checks that `tensor` is of dtype `tf_type`: TypeError otherwise."""
    wanted = dtypes.as_dtype(tf_type)
    with name_scope(name or "assert_type"):
        if not isinstance(tensor, CompositeTensor):
            tensor = convert_to_tensor(tensor, name="tensor")
        if tensor.dtype != wanted:
            shown = "tensor" if context.graph is None or isinstance(tensor, CompositeTensor) else tensor.name
            raise TypeError(f"{_prefix(message)}{shown} must be of type {wanted!r}; got {tensor.dtype!r}")


@export("debugging.assert_same_float_dtype")
def assert_same_float_dtype(tensors=None, dtype=None):
    """The one floating-point dtype of `tensors` (Nones are ignored) and `dtype`; float32 if none is given.

    Raises:
      ValueError: they differ, or the dtype is not a floating-point one.
    """
    found = None if dtype is None else dtypes.as_dtype(dtype)
    for tensor in tensors or ():
        if tensor is None:
            continue
        if found is None:
            found = tensor.dtype
        elif tensor.dtype != found:
            raise ValueError(f"{tensor}, type={tensor.dtype!r}, must be of the same type ({found!r}).")
    if found is None:
        return dtypes.float32
    if not found.is_floating:
        raise ValueError(f"Expected floating point type, got {found!r}.")
    return found


@export("debugging.assert_proper_iterable")
def assert_proper_iterable(values):
    """Checks that `values` is an iterable of values, not one value: TypeError for tensors, arrays and strings."""
    from tfshim.type_spec import CompositeTensor

    if isinstance(values, (Tensor, CompositeTensor, np.ndarray, bytes, str)):
        raise TypeError(f"Expected argument 'values' to be a 'proper' iterable.  Found: {type(values)}")
    if not isinstance(values, Iterable):
        raise TypeError(f"Expected argument 'values' to be iterable.  Found: {type(values)}")


@export("debugging.is_numeric_tensor")
def is_numeric_tensor(tensor):
    """True for a tensor of integers, floating-point or complex numbers; False for all else, and for booleans."""
    return isinstance(tensor, Tensor) and (
        tensor.dtype.is_floating or tensor.dtype.is_integer or tensor.dtype.is_complex or tensor.dtype.is_quantized
    )
