"""What graphs of one op must agree on, and what they report besides their outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.backprop import is_trainable
from tfshim.graph import FuncGraph
from tfshim.ops import bounds, op_table, tensor_list
from tfshim.ops.bounds import NeedsValue
from tfshim.ops.computation import OpComputation
from tfshim.ops.shape_helpers import invalid
from tfshim.shapes import TensorShape, from_dims
from tfshim.tensor import SymbolicTensor


class Traced:
    """A function without arguments, traced once: its result is abstract until it is called under another trace."""

    def __init__(self, fn: Callable[[], Any]):
        self._closed, self.abstract = jax.make_jaxpr(lambda: _as_arrays(fn()), return_shape=True)()

    def __call__(self) -> Any:
        from jax.extend.core import jaxpr_as_fun  # not above: it brings Pallas with it, which takes long

        flat = jaxpr_as_fun(self._closed)()
        return jax.tree.unflatten(jax.tree.structure(self.abstract), flat)


def _as_arrays(result: Any) -> Any:
    return jax.tree.map(lambda x: jnp.asarray(x) if isinstance(x, (np.ndarray, np.generic)) else x, result)


def predicate(value: Any) -> Any:
    """What decides on a branch or another iteration, as a boolean scalar.

    Raises:
      InvalidArgumentError: no boolean, or not one element.
    """
    if value.dtype != bool:
        kind = "string" if value.dtype.hasobject else value.dtype.name
        raise invalid(f"A predicate must be a boolean, not {kind}")
    if value.size != 1:
        raise invalid(f"The predicate must be a scalar, but it has shape {list(value.shape)}")
    return value.reshape(())


@jax.tree_util.register_pytree_node_class
class Reports:
    """What a graph that ran has to say: checks on values, and flags of loops that were cut short."""

    def __init__(self, checks: list[Any], flags: list[Any]):
        self.checks = checks
        self.flags = flags

    def tree_flatten(self) -> Any:
        return (self.checks, self.flags), None

    @classmethod
    def tree_unflatten(cls, aux: Any, children: Any) -> Reports:
        return cls(*children)

    def __bool__(self) -> bool:
        return bool(self.checks or self.flags)

    def absent(self) -> Reports:
        """Reports of the same structure that say nothing is wrong."""
        checks = [
            c.of_values(jnp.ones((), bool), tuple(jnp.zeros(o.shape, o.dtype) for o in c.operands)) for c in self.checks
        ]
        return Reports(checks, [jnp.zeros((), bool) for _ in self.flags])

    def failed(self) -> Any:
        """True if some check failed; checks of arrays hold if all elements do."""
        return jnp.any(jnp.stack([jnp.logical_not(c.predicate) for c in self.checks]))


def reporting(fn: Callable[[list[Any]], Any]) -> tuple[Any, Reports]:
    """The result of `fn(checks)` and everything that was reported while it was traced."""
    checks: list[Any] = []
    result, flags = bounds.flagged(lambda: fn(checks))()
    return result, Reports(checks, flags)


# Agreement -----------------------------------------------------------------------------------------------


def common_shape(shapes: Iterable[TensorShape]) -> TensorShape:
    """The most that is known of a shape which may be any of `shapes`."""
    first, *rest = shapes
    for shape in rest:
        if first.rank is None or shape.rank != first.rank:
            return from_dims(None)
        first = from_dims(tuple(a if a == b else None for a, b in zip(first._dims, shape._dims, strict=True)))
    return first


def unify(values: Sequence[Any]) -> Any:
    """The one abstract value that stands for all of `values`, which are alternatives.

    Raises:
      NeedsValue: their shapes differ.
    """
    first = values[0]
    if first is None:  # a handle
        return None
    if tensor_list.is_list(first):
        return tensor_list.unify(values)
    if any(v.shape != first.shape or v.dtype != first.dtype for v in values):
        raise NeedsValue(f"branches give values of different shapes: {[v.shape for v in values]}")
    return first


def conform(value: Any, target: Any) -> Any:
    """`value` in the form of the abstract value `target` that `unify` gave."""
    return value.conform(target) if tensor_list.is_list(value) else value


# Gradients -----------------------------------------------------------------------------------------------


def differentiable_sources(graph: FuncGraph, outputs: Sequence[SymbolicTensor], given: bool = False) -> set[int]:
    """Positions of the graph's inputs from which a gradient can flow to `outputs`.

    `given`: with those that TensorFlow gives zeros.
    """
    wanted = {id(t) for t in outputs if is_trainable(t.dtype)}
    for node in reversed(graph._nodes):
        reached = [i for i, t in enumerate(node._outputs) if id(t) in wanted]
        if reached:
            wanted.update(id(node.inputs[i]) for i in gradient_inputs(node, tuple(reached), given))
    return {i for i, t in enumerate(graph.inputs) if id(t) in wanted}


def gradient_inputs(node: Any, of: tuple[int, ...], given: bool = False) -> Sequence[int]:
    """Positions of the inputs that get a gradient from a node's outputs `of`."""
    computation = node.computation
    every = tuple(i for i, t in enumerate(node.inputs) if is_trainable(t.dtype))
    if isinstance(computation, OpComputation):
        if op_table.op_def(node.type).grad == "none" or computation.kernel.writes or computation.kernel.rng:
            return ()
        skipped = computation.kernel.no_gradient if computation.lens is None else ()
        return [i for i in every if i not in skipped]
    connected = getattr(computation, "given" if given else "connected", None)
    return every if connected is None else connected(every, of)
