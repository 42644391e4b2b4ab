"""Python's builtin functions, on tensors and datasets."""

from __future__ import annotations

import builtins
import inspect
import types
from collections.abc import Callable
from typing import Any

from tfshim import dtypes, nest
from tfshim.autograph.operators import frames
from tfshim.autograph.operators.kinds import is_a, is_tensor
from tfshim.convert import convert_to_tensor
from tfshim.namespaces import resolve
from tfshim.ops import op

_UNSPECIFIED = object()
_BUILTIN_IDS = frozenset(id(v) for v in vars(builtins).values())


def is_builtin(f: Any) -> bool:
    """True for Python's builtin functions and classes, and for functions written in C."""
    return id(f) in _BUILTIN_IDS or isinstance(f, types.BuiltinFunctionType) or inspect.isbuiltin(f)


def call(f: Any, args: tuple[Any, ...], kwargs: dict[str, Any], scope: Any) -> Any:
    """Calls a builtin; `scope` is that of the calling function."""
    if isinstance(f, types.BuiltinFunctionType | type):
        if f in frames.LOOKING:
            return frames.LOOKING[f](args, scope)
        f = _OVERLOADS.get(f, f)
    return f(*args, **kwargs)


def _tf(path: str) -> Callable[..., Any]:
    return resolve(path)  # type: ignore[return-value]


def _is_dataset(value: Any) -> bool:
    return is_a(value, "data.Dataset")


# Numbers -------------------------------------------------------------------------------------------------


def _abs(x: Any) -> Any:
    if _is_dataset(x):
        return x.map(lambda *parts: nest.map_structure(op("Abs"), parts if len(parts) > 1 else parts[0]))
    return abs(x)


def _number(x: Any, dtype: Any) -> Any:
    return op("StringToNumber")(x, out_type=dtype) if x.dtype == dtypes.string else _tf("cast")(x, dtype)


def _float(x: Any = 0) -> Any:
    return _number(x, dtypes.float32) if is_tensor(x) else float(x)


def _int(x: Any = 0, base: Any = _UNSPECIFIED) -> Any:
    if not is_tensor(x):
        return int(x) if base is _UNSPECIFIED else int(x, base)
    if base not in (10, _UNSPECIFIED):
        raise NotImplementedError(f"base {base} not supported for int")
    return _number(x, dtypes.int32)


# Sequences -----------------------------------------------------------------------------------------------


def len_(s: Any) -> Any:
    """`len(s)`: of a tensor, a number where it is static."""
    if is_a(s, "TensorArray"):
        return s.size()
    if _is_dataset(s):
        return _definite_cardinality(s)
    if not is_tensor(s):
        return len(s)
    if s.dtype == dtypes.variant and s.shape.rank == 0:
        return op("TensorListLength")(s)
    if s.shape.rank and s.shape[0] is not None:
        return s.shape[0]
    if s.shape.rank == 0:
        raise ValueError(f"len requires a non-scalar tensor, got one of shape {op('Shape')(s)}")
    if s.shape.rank is None:
        _tf("debugging.assert_rank_at_least")(s, 1, message="len requires non-zero rank")
    return _tf("shape")(s)[0]


def _definite_cardinality(dataset: Any) -> Any:
    count = dataset.cardinality()
    message = op("StringJoin")(["len requires dataset with definitive cardinality, got ", op("AsString")(count)])
    _tf("debugging.Assert")(count >= 0, [message])
    return count


def _range(start_or_stop: Any, stop: Any = _UNSPECIFIED, step: Any = _UNSPECIFIED) -> Any:
    given = [a for a in (start_or_stop, stop, step) if a is not _UNSPECIFIED]
    if not any(map(is_tensor, given)):
        return range(*given)
    # An empty range in Python is one in TensorFlow, not an error.
    if step is _UNSPECIFIED:
        given[-1] = _tf("maximum")(given[0] if len(given) == 2 else 0, given[-1])
    return _tf("range")(*given)


def _enumerate(iterable: Any, start: Any = 0) -> Any:
    return iterable.enumerate(start) if _is_dataset(iterable) else enumerate(iterable, start)


def _zip(*iterables: Any, strict: bool = False) -> Any:
    if not iterables or not all(map(_is_dataset, iterables)):
        return zip(*iterables, strict=strict)
    if strict:
        raise ValueError("strict zip not supported by Dataset")
    return _tf("data.Dataset.zip")(iterables)


def _map(fn: Any, *iterables: Any) -> Any:
    if not iterables or not all(map(_is_dataset, iterables)):
        return map(fn, *iterables)
    return _tf("data.Dataset.zip")(iterables).map(fn)


def _filter(function: Any, iterable: Any) -> Any:
    return iterable.filter(function) if _is_dataset(iterable) else filter(function, iterable)


def _any(iterable: Any) -> Any:
    return _first_of(iterable, True, "any") if _is_dataset(iterable) else any(iterable)


def _all(iterable: Any) -> Any:
    return _first_of(iterable, False, "all") if _is_dataset(iterable) else all(iterable)


def _first_of(dataset: Any, wanted: bool, name: str) -> Any:
    """`wanted` if it is an element of the dataset, else its opposite."""
    specs = nest.flatten(dataset.element_spec)
    if len(specs) != 1 or specs[0].dtype != dtypes.bool:
        raise ValueError(
            f'in graph mode, the "{name}" builtin only supports datasets that return bool scalars; got: '
            f"{dataset.element_spec}"
        )
    found = dataset.filter((lambda x: x) if wanted else op("LogicalNot")).take(1)
    return found.reduce(convert_to_tensor(not wanted), lambda _, x: x)


def _sorted(iterable: Any, key: Any = _UNSPECIFIED, reverse: Any = _UNSPECIFIED) -> Any:
    if not is_tensor(iterable):
        options = {"key": key, "reverse": reverse}
        return sorted(iterable, **{n: v for n, v in options.items() if v is not _UNSPECIFIED})
    direction = "ASCENDING" if reverse is _UNSPECIFIED else "DESCENDING"
    keys = iterable if key is _UNSPECIFIED else _tf("vectorized_map")(key, iterable)
    if keys.shape.rank is None:
        _tf("debugging.assert_rank")(keys, 1, "sort only supports only 1D tensors")
    elif keys.shape.rank != 1:
        raise ValueError("sort only supports only 1D tensors")
    if key is _UNSPECIFIED:
        return _tf("sort")(iterable, direction=direction)
    return _tf("gather")(iterable, _tf("argsort")(keys, direction=direction))


# Printing ------------------------------------------------------------------------------------------------


def _print(*objects: Any, **options: Any) -> Any:
    """`print`: with a tensor among the objects, when the graph runs, to Python's standard output."""
    unknown = tuple(set(options) - {"sep", "end", "file", "flush"})
    if unknown:
        raise ValueError(f"invalid keyword arguments: {unknown}")
    positions = [i for i, x in enumerate(objects) if is_tensor(x)]
    if not positions:
        return print(*objects, **options)
    options.setdefault("flush", True)

    def show(*values: Any) -> Any:
        shown = list(objects)
        for i, value in zip(positions, values, strict=True):
            array = value.numpy()
            shown[i] = array.decode("utf-8") if isinstance(array, bytes) else array
        print(*shown, **options)
        return 1

    return _tf("py_function")(show, [objects[i] for i in positions], dtypes.int32)


_OVERLOADS: dict[Any, Callable[..., Any]] = {
    abs: _abs,
    all: _all,
    any: _any,
    enumerate: _enumerate,
    filter: _filter,
    float: _float,
    int: _int,
    len: len_,
    map: _map,
    print: _print,
    range: _range,
    sorted: _sorted,
    zip: _zip,
}
