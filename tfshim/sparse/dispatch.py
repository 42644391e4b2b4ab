"""What public functions for dense tensors do with a SparseTensor (see `tfshim.dispatch`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import dtypes, namespaces
from tfshim.ops import op

# Functions that keep zero act on the values.
_ON_VALUES = """
    math.abs math.asin math.asinh math.atan math.atanh math.bessel_i0e math.bessel_i1e math.erf math.negative
    math.sign math.sin math.sqrt math.square math.tan math.tanh cast
""".split()


def _on_values(path: str) -> Callable[..., Any]:
    def handler(x, *args, **kwargs):
        return x.with_values(namespaces.resolve(path)(x.values, *args, **kwargs))

    return handler


def _shape(input, out_type=None, name=None):
    return op("Cast")(input.dense_shape, DstT=dtypes.int32 if out_type is None else out_type, name=name)


def _size(input, out_type=None, name=None):
    shape = op("Cast")(input.dense_shape, DstT=dtypes.int32 if out_type is None else out_type)
    return op("Prod")(shape, 0, name=name)


def _rank(input, name=None):
    return op("Size")(input.dense_shape, name=name)


def _bincount(*args, **kwargs):
    from tfshim.sparse.counts import bincount_of_sparse

    return bincount_of_sparse(*args, **kwargs)


HANDLERS: dict[str, Callable[..., Any]] = {
    "shape": _shape,
    "size": _size,
    "rank": _rank,
    "math.bincount": _bincount,
    **{path: _on_values(path) for path in _ON_VALUES},
}

# What is known of the shape of a SparseTensorValue needs no tensors.
OF_SHAPES: dict[str, Callable[..., Any]] = {path: HANDLERS[path] for path in ("shape", "size", "rank")}
