"""How gradients of loops are exported: one loop that keeps what each iteration began with, and one that goes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfshim import dtypes
from tfshim.backprop import is_trainable
from tfshim.concrete_function import Call
from tfshim.control_flow.loops import BODY, COND, Loop
from tfshim.convert import convert_to_tensor
from tfshim.errors import UnimplementedError
from tfshim.graph import FuncGraph
from tfshim.ops import op
from tfshim.protos.gradient_export import Gradient, rule
from tfshim.protos.gradient_export_control import backward
from tfshim.shapes import TensorShape

_SCALAR = TensorShape([])


@rule("StatelessWhile", "While")
def _while(g: Gradient) -> list[Any]:
    return _LoopGradient(g).results()


class _LoopGradient:
    """The gradient of one loop: of its variables, and of what does not vary, which all iterations add to."""

    def __init__(self, g: Gradient):
        self.g = g
        self.loop: Loop = g.computation
        self.n = self.loop.n_vars
        self.variables, self.fixed = g.inputs[: self.n], g.inputs[self.n :]
        kinds = {t.dtype for t in g.inputs}
        if self.loop.stateful or dtypes.resource in kinds:
            raise UnimplementedError(
                None,
                None,
                "the gradient of a loop with effects cannot be exported: read and write variables outside of it",
            )
        self.carried = [i for i in range(2, self.n) if is_trainable(self.variables[i].dtype)]
        self.shared = [i for i in range(self.n, len(g.inputs)) if i in g.wanted]

    def results(self) -> list[Any]:
        """For each input of the loop its gradient, or None."""
        final, lists = self._kept()
        given = dict(enumerate(self.g.cotangents))
        cotangents = [given[i] if given.get(i) is not None else op("ZerosLike")(final[i]) for i in self.carried]
        sums = [op("ZerosLike")(self.g.inputs[i]) for i in self.shared]
        count = op("Sub")(final[0], self.variables[0])
        found = self._backwards(count, cotangents, sums, lists)
        by_position = dict(zip([*self.carried, *self.shared], found, strict=True))
        return [by_position.get(i) for i in range(len(self.g.inputs))]

    def _kept(self) -> tuple[list[Any], list[Any]]:
        """The loop once more: its results, and lists of what its variables were at the beginning of each iteration."""
        n, lists = self.n, [_empty_list(t.dtype) for t in self.variables]

        def cond(args: list[Any]) -> list[Any]:
            return _call(self.loop.graphs[COND], [*args[:n], *args[2 * n :]])

        def body(args: list[Any]) -> list[Any]:
            values, kept, fixed = args[:n], args[n : 2 * n], args[2 * n :]
            after = _call(self.loop.graphs[BODY], [*values, *fixed])
            return [*after, *(op("TensorListPushBack")(k, v) for k, v in zip(kept, values, strict=True))]

        inputs = [*self.variables, *lists, *self.fixed]
        found = _loop(cond, body, inputs, [*self.loop.shapes, *[_SCALAR] * n])
        return found[:n], found[n:]

    def _backwards(self, count: Any, cotangents: list[Any], sums: list[Any], lists: list[Any]) -> list[Any]:
        n, n_carried, n_sums = self.n, len(cotangents), len(sums)
        operands = [*self.g.inputs, *cotangents]
        # Positions are those of a branch, which has an index before its inputs.
        wanted = [i + 1 for i in (*self.carried, *self.shared)]
        step = backward(self.loop.graphs[BODY], operands, self.carried, wanted)
        end = 2 + n_carried + n_sums

        def cond(args: list[Any]) -> list[Any]:
            return [op("Less")(args[0], args[1])]

        def body(args: list[Any]) -> list[Any]:
            popped = [
                op("TensorListPopBack")(kept, convert_to_tensor(-1), element_dtype=t.dtype)
                for kept, t in zip(args[end : end + n], self.variables, strict=True)
            ]
            values = [value for _, value in popped]
            for value, shape in zip(values, self.loop.shapes, strict=True):
                value.set_shape(shape)
            found = _call(step, [*values, *args[end + n :], *args[2 : 2 + n_carried]])
            added = [op("AddN")([a, b]) for a, b in zip(args[2 + n_carried : end], found[n_carried:], strict=True)]
            return [op("AddV2")(args[0], 1), args[1], *found[:n_carried], *added, *(kept for kept, _ in popped)]

        shapes = [_SCALAR, _SCALAR, *(self.loop.shapes[i] for i in self.carried), *(s.shape for s in sums)]
        inputs = [convert_to_tensor(0), count, *cotangents, *sums, *lists, *self.fixed]
        return _loop(cond, body, inputs, [*shapes, *[_SCALAR] * n])[2:end]


def _empty_list(dtype: Any) -> Any:
    return op("EmptyTensorList")(convert_to_tensor(-1), convert_to_tensor(-1), element_dtype=dtype)


def _call(graph: FuncGraph, inputs: Sequence[Any]) -> list[Any]:
    """The outputs of a graph for tensors of the current one."""
    return list(inputs[0].graph.add_computation(Call(graph), list(inputs), {}, graph.name))


def _loop(
    cond: Callable[..., Any], body: Callable[..., Any], inputs: list[Any], shapes: list[TensorShape]
) -> list[Any]:
    """A loop over the inputs that have a shape; the others stay as they are."""
    known = [*shapes, *(t.shape for t in inputs[len(shapes) :])]
    graphs = []
    for name, build in (("while_cond", cond), ("while_body", body)):
        graph = FuncGraph(f"{name}_grad")
        graph.outer_graph = None
        with graph.as_default():
            graph.inputs = [graph.placeholder(t.dtype, s, "arg") for t, s in zip(inputs, known, strict=True)]
            graph.outputs = build(list(graph.inputs))
        graphs.append(graph)
    made = Loop(*graphs, shapes)
    return list(inputs[0].graph.add_computation(made, inputs, {}, made.name))


# Lists of tensors, of which TensorArrays are made ------------------------------------------------------------------


@rule("TensorListStack")
def _stack(g: Gradient) -> list[Any]:
    return [op("TensorListFromTensor")(g.dy, op("Shape")(g.dy)[1:]), None]


@rule("TensorListFromTensor")
def _from_tensor(g: Gradient) -> list[Any]:
    return [op("TensorListStack")(g.dy, g.inputs[1], element_dtype=g.inputs[0].dtype), None]


@rule("TensorListGetItem")
def _get_item(g: Gradient) -> list[Any]:
    handle, position, shape = g.inputs
    empty = op("TensorListReserve")(shape, op("TensorListLength")(handle), element_dtype=g.dy.dtype)
    return [op("TensorListSetItem")(empty, position, g.dy), None, None]


@rule("TensorListSetItem")
def _set_item(g: Gradient) -> list[Any]:
    _, position, item = g.inputs
    rest = op("TensorListSetItem")(g.dy, position, op("ZerosLike")(item))
    return [rest, None, op("TensorListGetItem")(g.dy, position, op("Shape")(item), element_dtype=item.dtype)]


@rule("TensorListPushBack")
def _push_back(g: Gradient) -> list[Any]:
    item = g.inputs[1]
    return list(op("TensorListPopBack")(g.dy, op("Shape")(item), element_dtype=item.dtype))
