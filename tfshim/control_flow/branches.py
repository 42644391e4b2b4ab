"""`If` and `Case`: one of several graphs runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.control_flow import structure
from tfshim.control_flow.computation import ControlFlow
from tfshim.control_flow.structure import Traced
from tfshim.dtypes import DType
from tfshim.graph import FuncGraph
from tfshim.lowering.nested import Nested
from tfshim.ops import bounds
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor


class Branches(ControlFlow):
    """Runs graph number `index`; the last one if there is none of that number.

    Inputs: the index (a boolean for `If`, whose graphs are those for true and for false), then the inputs of the
    graphs, which all take the same ones.
    """

    __slots__ = ("boolean",)
    leading = 1

    def __init__(self, graphs: Sequence[FuncGraph], boolean: bool):
        kind = "If" if boolean else "Case"
        stateless = not any(n.stateful for g in graphs for n in g._nodes)
        super().__init__(f"Stateless{kind}" if stateless else kind, graphs)
        self.boolean = boolean

    def value_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        return tuple(t.dtype for t in self.graphs[0].outputs)

    def value_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        return [
            structure.common_shape([t.shape for t in alternatives])
            for alternatives in zip(*(g.outputs for g in self.graphs), strict=True)
        ]

    def choose(self, index: Any) -> int:
        """The number of the graph that runs for a known index."""
        if self.boolean:
            return 0 if bool(structure.predicate(index)) else 1
        return int(index) if 0 <= int(index) < len(self.graphs) else len(self.graphs) - 1

    def evaluate(self, nested: Nested, values: Sequence[Any], state: dict[int, Any], checks: list[Any]) -> list[Any]:
        index, operands = values[0], values[1:]
        if isinstance(index, np.ndarray):
            return nested.run(self.choose(index), operands, state, checks)
        if self.boolean:
            number = jnp.where(structure.predicate(index), 0, 1)
        else:
            index = jnp.reshape(index, ())
            number = jnp.where((index >= 0) & (index < len(self.graphs)), index, len(self.graphs) - 1)

        def branch(which: int) -> Traced:
            def run() -> Any:
                inner = dict(state)
                outputs, reports = structure.reporting(lambda c: nested.run(which, operands, inner, c))
                return outputs, {r: inner[r] for r in nested.writes}, reports

            return Traced(run)

        branches = [branch(i) for i in range(len(self.graphs))]
        outputs, states, reports = zip(*(b.abstract for b in branches), strict=True)
        common = [structure.unify(alternatives) for alternatives in zip(*outputs, strict=True)]
        common_state = {r: structure.unify([s[r] for s in states]) for r in nested.writes}

        def conformed(which: int) -> Callable[[], Any]:
            def run() -> Any:
                outs, new, own = branches[which]()
                outs = [structure.conform(o, c) for o, c in zip(outs, common, strict=True)]
                new = {r: structure.conform(v, common_state[r]) for r, v in new.items()}
                # Room for what the other branches report.
                return outs, new, [own if i == which else r.absent() for i, r in enumerate(reports)]

            return run

        outs, new, reported = jax.lax.switch(number, [conformed(i) for i in range(len(self.graphs))])
        state.update(new)
        for report in reported:
            checks.extend(report.checks)
            bounds.report(report.flags)
        return outs

    def drive(self, nested: Nested, values: Sequence[Any], run: Callable[[int, Sequence[Any]], list[Any]]) -> list[Any]:
        return run(self.choose(np.asarray(values[0])), values[1:])

    def connected(self, wrt: tuple[int, ...], of: tuple[int, ...]) -> tuple[int, ...]:
        reached: set[int] = set()
        for graph in self.graphs:
            reached |= structure.differentiable_sources(graph, [graph.outputs[i] for i in of])
        return tuple(i for i in wrt if i - 1 in reached)

    def given(self, wrt: tuple[int, ...], of: tuple[int, ...]) -> tuple[int, ...]:
        # In TensorFlow, outputs without a cotangent have zeros for one.
        reached: set[int] = set()
        for graph in self.graphs:
            reached |= structure.differentiable_sources(graph, graph.outputs, given=True)
        return tuple(i for i in wrt if i - 1 in reached)
