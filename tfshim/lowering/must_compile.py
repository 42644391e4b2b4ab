"""What `jit_compile=True` demands: that every op of a function compiles."""

from __future__ import annotations

from collections.abc import Iterator

from tfshim import dtypes
from tfshim.errors import InvalidArgumentError
from tfshim.graph import FuncGraph
from tfshim.lowering.program import Instruction, linearise
from tfshim.ops.computation import default_platform

# Ops that run on the host here, although TensorFlow's compiler has them (with shapes up to a bound).
_COMPILED_ELSEWHERE = frozenset(
    "DynamicPartition DynamicStitch ListDiff Unique UniqueV2 VarIsInitializedOp Where".split()
)


def check_compilable(graph: FuncGraph, name: str) -> None:
    """Raises InvalidArgumentError for the first op of a function that TensorFlow would not compile.

    Args:
      graph: of the function; functions and branches that it calls are looked into.
      name: of the function, for the message.
    """
    for argument in graph.inputs:
        if argument.dtype is dtypes.string and argument.consumers():
            _refuse("_Arg", argument.op.name, name)
    for instruction in _instructions(graph):
        computation = instruction.computation
        texts = any(t.dtype is dtypes.string for t in instruction.op._outputs) if instruction.op is not None else False
        if texts or (instruction.host and computation.name not in _COMPILED_ELSEWHERE):
            _refuse(computation.name, instruction.op.name if instruction.op is not None else computation.name, name)


def _instructions(graph: FuncGraph) -> Iterator[Instruction]:
    for instruction in linearise(graph, graph.inputs, graph.outputs).instructions:
        inner = getattr(instruction.computation, "graphs", ())
        if not inner:
            yield instruction
        for branch in inner:
            yield from _instructions(branch)


def _refuse(op: str, node: str, function: str) -> None:
    device = f"XLA_{default_platform().upper()}_JIT"
    raise InvalidArgumentError(
        None,
        None,
        f"Detected unsupported operations when trying to compile graph {function} on {device}: {op} (No registered "
        f"'{op}' OpKernel for {device} devices compatible with node {{{{node {node}}}}}). Without jit_compile=True, "
        "this op runs on the host, and the rest of the function is compiled.",
    )
