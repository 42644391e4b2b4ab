"""Static shapes of graph nodes: registered shape functions, and a generic rule for the other kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from tfshim.dtypes import DType
from tfshim.errors import OpError
from tfshim.ops import registry
from tfshim.ops.computation import Computation, Jvp, OpComputation, Vjp, static_key
from tfshim.shapes import TensorShape, from_dims

UNKNOWN = from_dims(None)
# Unknown sizes are tried with two values: a dimension of the result that differs is unknown, one that does not is
# known. Both have many divisors, so that splits, strides and blocks divide them.
_TRIALS = (240, 480)


class ShapeContext:
    """What a shape function may ask about the node being added."""

    __slots__ = ("_attrs", "_inputs")

    def __init__(self, inputs: Sequence[Any], attrs: dict[str, Any]):
        self._inputs = inputs
        self._attrs = attrs

    def __len__(self) -> int:
        return len(self._inputs)

    def shape(self, i: int) -> TensorShape:
        """Static shape of flat input `i`."""
        return self._inputs[i].shape

    def variable_shape(self, i: int) -> TensorShape:
        """Static shape of the variable to which the resource input `i` refers."""
        from tfshim.graph import shape_behind

        return shape_behind(self._inputs[i])

    def dtype(self, i: int) -> DType:
        """Dtype of flat input `i`."""
        return self._inputs[i].dtype

    def static(self, i: int) -> np.ndarray | None:
        """Value of flat input `i` if it is known."""
        from tfshim.convert import constant_value

        return constant_value(self._inputs[i])

    def partial(self, i: int) -> Any:
        """What is known of an integer input: a list of `int | None` for a vector, `int | None` for a scalar."""
        tensor = self._inputs[i]
        return tensor.graph.partial_value(tensor)

    def attr(self, name: str) -> Any:
        """Canonical value of an attribute; None for a shape of unknown rank."""
        return self._attrs.get(name)


def infer(computation: Computation, inputs: Sequence[Any], attrs: dict[str, Any], count: int) -> list[TensorShape]:
    """Static shapes of the `count` outputs of a node.

    Raises:
      OpError: the shapes that are known contradict the op.
    """
    if isinstance(computation, Vjp):
        return [inputs[i].shape for i in computation.wrt]
    if isinstance(computation, Jvp):
        primals = inputs[: computation.n_inputs]
        shapes = infer(computation.forward, primals, attrs, max(computation.of) + 1)
        return [shapes[i] for i in computation.of]
    own = getattr(computation, "output_shapes", None)
    if own is not None:
        return own(inputs)
    fn = registry.find_shape_function(computation.name)
    if fn is not None:
        shapes = fn(ShapeContext(inputs, attrs))
        shapes = [shapes] if isinstance(shapes, TensorShape) else list(shapes)
        return shapes + [UNKNOWN] * (count - len(shapes))
    if isinstance(computation, OpComputation) and (
        computation.host or computation.resource_positions or computation.kernel.rng
    ):
        return [UNKNOWN] * count
    return _by_trial(computation, inputs, count)


_trial_cache: dict[Any, list[TensorShape]] = {}


def _by_trial(computation: Computation, inputs: Sequence[Any], count: int) -> list[TensorShape]:
    from tfshim.convert import constant_value

    statics = []
    for i in computation.static_positions:
        value = constant_value(inputs[i])
        if value is None:
            return [UNKNOWN] * count
        statics.append(value)
    operands = [t for i, t in enumerate(inputs) if i not in computation.static_positions]
    if any(t.shape.rank is None or t.dtype.name == "string" for t in operands):
        return [UNKNOWN] * count
    dims = tuple(t.shape._dims for t in operands)
    kinds = tuple(t.dtype for t in operands)
    key = (computation, dims, kinds, tuple(map(static_key, statics)))
    found = _trial_cache.get(key)
    if found is not None:
        return found
    run = computation.build(statics, jax.default_backend())
    known = all(None not in d for d in dims)
    results = []
    for size in _TRIALS[: 1 if known else 2]:
        abstract = [
            jax.ShapeDtypeStruct(tuple(size if s is None else s for s in d), k.as_numpy_dtype)
            for d, k in zip(dims, kinds, strict=True)
        ]
        try:
            results.append([o.shape for o in jax.eval_shape(run, *abstract)])
        except OpError:
            if known:
                raise
            return [UNKNOWN] * count
        except (TypeError, ValueError) as error:
            if known:
                raise ValueError(str(error).split("\n\n")[0]) from None
            return [UNKNOWN] * count
    shapes = [_merge(shape, results[-1][i]) for i, shape in enumerate(results[0])]
    _trial_cache[key] = shapes
    return shapes


def _merge(first: tuple[int, ...], second: tuple[int, ...]) -> TensorShape:
    if len(first) != len(second):
        return UNKNOWN
    return from_dims(tuple(a if a == b else None for a, b in zip(first, second, strict=True)))
