"""Ops of `tf.raw_ops` that run functions: branches, loops and calls, and the control-flow nodes of TensorFlow 1.

Functions are `tf.function`s traced for one signature. What they capture is part of their inputs, as in TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import concrete_function, dtypes
from tfshim.api import assertions
from tfshim.concrete_function import Call
from tfshim.context import context
from tfshim.control_flow.branches import Branches
from tfshim.control_flow.loops import Loop
from tfshim.control_flow.while_loop import while_loop
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import InternalError, InvalidArgumentError, NotFoundError
from tfshim.execute import execute
from tfshim.gradient_tape import GradientTape, UnconnectedGradients
from tfshim.graph import FuncGraph
from tfshim.ops import op
from tfshim.ops.registry import composite
from tfshim.scopes import name_scope
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor


def _named(function: Any) -> Any:
    """The function of a name; what is no name is a function itself."""
    name = function.decode() if isinstance(function, bytes) else function
    return concrete_function.by_name.get(name, name) if isinstance(name, str) else name


def name_of(function: Any) -> Any:
    """The name of a traced function; None for what has none."""
    return getattr(function, "function_name", None) or getattr(function, "name", None)


def _graph_of(function: Any) -> FuncGraph:
    graph = getattr(_named(function), "graph", None)
    if not isinstance(graph, FuncGraph):
        name = name_of(function) or getattr(function, "__name__", function)
        raise NotFoundError(
            None, None, f"Function {name} is not defined: pass what get_concrete_function() returns, or its name"
        )
    return graph


def _arguments(values: Sequence[Any], graph: FuncGraph) -> list[Tensor]:
    """The inputs of a function as tensors; its own dtypes say what Python numbers are."""
    if len(values) != len(graph.inputs):
        raise InvalidArgumentError(
            None, None, f"Expects {len(graph.inputs)} arguments, but {len(values)} is provided (function {graph.name})"
        )
    return [
        v if isinstance(v, Tensor) else convert_to_tensor(getattr(v, "handle", v), own.dtype)
        for v, own in zip(values, graph.inputs, strict=True)
    ]


def _check_outputs(graph: FuncGraph, declared: Sequence[Any]) -> None:
    expected = [dtypes.as_dtype(d) for d in declared]
    if len(expected) != len(graph.outputs):
        raise InvalidArgumentError(
            None, None, f"The function {graph.name} returns {len(graph.outputs)} values, but Tout has {len(expected)}"
        )
    for i, (dtype, tensor) in enumerate(zip(expected, graph.outputs, strict=True)):
        if dtype != tensor.dtype:
            raise InternalError(None, None, f"Expect {i}-th output is of type {dtype.name} but get {tensor.dtype.name}")


def _run(function: Any, inputs: list[Tensor]) -> list[Tensor]:
    """The outputs of a function, called eagerly on all of its inputs."""
    graph = _graph_of(function)
    alone = concrete_function.ConcreteFunction(graph, name_of(function))
    return alone.call_all(inputs)


def _in_graph(computation: Any, inputs: Sequence[Tensor], name: str | None) -> list[Tensor]:
    outputs = execute(computation, inputs, {}, name)
    return list(outputs[0].op.outputs) if outputs else []


# Branches --------------------------------------------------------------------------------------------------


@composite("If", "StatelessIf")
def _if(cond, input, *, Tout, then_branch, else_branch, output_shapes=(), name=None):
    return _branch(cond, None, input, Tout, [then_branch, else_branch], output_shapes, name)


@composite("Case", "StatelessCase")
def _case(branch_index, input, *, Tout, branches, output_shapes=(), name=None):
    return _branch(branch_index, dtypes.int32, input, Tout, branches, output_shapes, name)


def _branch(
    index: Any,
    dtype: DType | None,
    values: Sequence[Any],
    Tout: Sequence[Any],
    functions: Sequence[Any],
    output_shapes: Sequence[Any],
    name: str | None,
) -> list[Tensor]:
    graphs = [_graph_of(f) for f in functions]
    inputs = _arguments(values, graphs[0])
    chooser = convert_to_tensor(index, dtype)
    if dtype is None:
        chooser = op("ToBool")(chooser)
    computation = Branches(graphs, boolean=dtype is None)
    for graph in graphs:
        _check_outputs(graph, Tout)
    if context.graph is None:
        return _run(functions[computation.choose(chooser.host_value())], inputs)  # type: ignore[attr-defined]
    outputs = _in_graph(computation, [chooser, *inputs], name)
    for tensor, shape in zip(outputs, output_shapes or (), strict=False):
        tensor.set_shape(shape)  # type: ignore[attr-defined]
    return outputs


# Loops -----------------------------------------------------------------------------------------------------


@composite("While", "StatelessWhile")
def _while(input, *, cond, body, output_shapes=(), parallel_iterations=10, name=None):
    condition, step = _graph_of(cond), _graph_of(body)
    values = _arguments(input, step)
    if context.graph is None:
        while op("ToBool")(_run(cond, values)[0]):
            values = _run(body, values)
        return values
    shapes = [TensorShape(s) for s in output_shapes] if output_shapes else [t.shape for t in step.inputs]
    return _in_graph(Loop(condition, step, shapes), values, name)


@composite("For")
def _for(start, limit, delta, input, *, body, name=None):
    values = _arguments([start, *input], _graph_of(body))
    first, last, step = (convert_to_tensor(v, dtypes.int32) for v in (values[0], limit, delta))
    if context.graph is None:
        counts = [int(t.host_value()) for t in (first, last, step)]  # type: ignore[attr-defined]
        if (counts[2] == 0 and counts[0] != counts[1]) or (counts[1] - counts[0]) * counts[2] < 0:
            raise InvalidArgumentError(
                None, None, "Invalid start/limit/delta: {} {} {} [Op:For] name: ".format(*counts)
            )
        for i in range(*counts) if counts[2] else ():
            values = [values[0], *_run(body, [convert_to_tensor(i, dtypes.int32), *values[1:]])]
        return values[1:]

    def goes_on(i: Any, *_: Any) -> Any:
        return op("Select")(op("Greater")(step, 0), op("Less")(i, last), op("Greater")(i, last))

    def advance(i: Any, *state: Any) -> Any:
        return [op("AddV2")(i, step), *_call([i, *state], body)]

    with name_scope(name or "For"):
        return list(while_loop(goes_on, advance, [first, *values[1:]])[1:])


# Calls -----------------------------------------------------------------------------------------------------


@composite("PartitionedCall", "StatefulPartitionedCall")
def _partitioned_call(args, *, Tout, f, config="", config_proto="", executor_type="", name=None):
    _check_outputs(_graph_of(f), Tout)
    return _call(args, f, name)


@composite("RemoteCall")
def _remote_call(target, args, *, Tout, f, name=None):
    _check_outputs(_graph_of(f), Tout)
    return _call(args, f, name)


@composite("SymbolicGradient")
def _symbolic_gradient(input, *, Tout, f, name=None):
    if context.graph is None:
        raise NotFoundError(None, None, "SymbolicGradient has no kernel for eager execution: call it in a function")
    graph = _graph_of(f)
    count, outputs = len(graph.inputs), graph.outputs
    if len(input) != count + len(outputs) or len(Tout) != count:
        raise ValueError(
            f"The gradient of {graph.name} takes its {count} inputs and gradients of its {len(outputs)} outputs, and "
            f"has {count} outputs; got {len(input)} inputs and {len(Tout)} types"
        )
    values = _arguments(input[:count], graph)
    seeds = [convert_to_tensor(seed, out.dtype) for seed, out in zip(input[count:], outputs, strict=True)]
    with GradientTape() as tape:
        tape.watch(values)
        results = _call(values, f, name)
    return tape.gradient(results, values, seeds, unconnected_gradients=UnconnectedGradients.ZERO)


def _call(values: Sequence[Any], function: Any, name: str | None = None) -> list[Tensor]:
    graph = _graph_of(function)
    inputs = _arguments(values, graph)
    if context.graph is None:
        return _run(function, inputs)
    call = Call(graph)
    return _in_graph(call, inputs, name)[: call.n_outputs]


# Assertions, and nodes of TensorFlow 1 by themselves ---------------------------------------------------------


@composite("Assert")
def _assert(condition, data, *, summarize=3, name=None):
    tensors = [convert_to_tensor(d) for d in data]
    condition = convert_to_tensor(condition, dtypes.bool)
    computation, operands = assertions.assertion(tensors, summarize)
    if context.graph is not None:
        _in_graph(computation, [condition, *operands], name)
        return context.graph.get_operations()[-1]
    computation.call_host([t.host_value() for t in (condition, *operands)])
    return None


def _no_operation(*, name: str | None = None) -> Any:
    if context.graph is None:
        return None
    from tfshim.operation import NO_OP

    return context.graph.add_node(NO_OP, (), {}, (), (), name)


composite("NoOp", "ControlTrigger")(_no_operation)


@composite("Placeholder", "PlaceholderV2")
def _placeholder(*, dtype, shape=None, name=None):
    if context.graph is None:
        kind = dtypes.as_dtype(dtype).name
        raise InvalidArgumentError(
            None, None, f"You must feed a value for placeholder tensor '{name or 'Placeholder'}' with dtype {kind}"
        )
    return context.graph.placeholder(dtypes.as_dtype(dtype), TensorShape(shape), name)


@composite("FakeParam")
def _fake_param(*, dtype, shape, name=None):
    return op("Fill")(np.asarray(TensorShape(shape).as_list(), np.int64), _zero(dtypes.as_dtype(dtype)), name=name)


def _zero(dtype: DType) -> Tensor:
    return convert_to_tensor(b"" if dtype is dtypes.string else 0, dtype)


def _passing(value: Any, name: str | None = None, **attrs: Any) -> Tensor:
    """Outside of a loop's frame, its nodes pass their inputs on."""
    return op("Identity")(value, name=name)


composite("Enter", "Exit", "NextIteration", "LoopCond")(_passing)


@composite("Switch")
def _switch(data, pred, *, name=None):
    if context.graph is not None:
        raise NotImplementedError("tf.raw_ops.Switch in a graph: only imported graphs may have it; use tf.cond")
    data = convert_to_tensor(data)
    absent = op("Fill")([0], _zero(data.dtype))
    return (absent, data) if convert_to_tensor(pred, dtypes.bool) else (data, absent)


@composite("Merge")
def _merge(inputs, *, name=None):
    if context.graph is not None:
        raise NotImplementedError("tf.raw_ops.Merge in a graph: only imported graphs may have it; use tf.cond")
    return convert_to_tensor(inputs[0]), convert_to_tensor(0, dtypes.int32)
