"""State outside of datasets that their functions depend on: it is no part of a checkpoint of an iterator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tfshim.ops.computation import OpComputation

if TYPE_CHECKING:
    from tfshim.data.functions import ElementFunction
    from tfshim.data.stages import Stage

# What they read or do counts for nothing.
_HARMLESS = frozenset(
    ["Assert", "LookupTableFindV2", "LookupTableSizeV2", "Print", "PrintV2", "PyFuncStateless", "Timestamp"]
)


def external_state(stage: Stage) -> str | None:
    """The name of an op that reads or changes state outside of the dataset; None if there is none, or nobody minds."""
    return None if _ignored(stage) else _of_stage(stage)


def _ignored(stage: Stage) -> bool | None:
    if stage.ignores_external_state is not None:
        return stage.ignores_external_state
    return next((said for said in map(_ignored, reversed(stage.inputs)) if said is not None), None)


def _of_stage(stage: Stage) -> str | None:
    return stage.external or _first(map(_of_stage, stage.inputs)) or _of_functions(stage.functions)


def _of_functions(functions: Sequence[ElementFunction]) -> str | None:
    return _first(_of_graph(f._concrete.graph) for f in functions)


def _of_graph(graph: Any) -> str | None:
    return _first(map(_of_node, graph._nodes))


def _of_node(node: Any) -> str | None:
    computation = node.computation
    if hasattr(computation, "graphs"):
        return _first(map(_of_graph, computation.graphs))
    if hasattr(computation, "graph"):
        return node.type if _of_graph(computation.graph) else None
    if hasattr(computation, "functions"):  # it makes a dataset
        orders = "DummySeedGenerator" if node.type == "ShuffleDataset" else None
        return computation.external or orders or _of_functions(computation.functions)
    counts = isinstance(computation, OpComputation) or node.type.endswith("PyFunc")
    return node.type if counts and node.stateful and node.type not in _HARMLESS else None


def _first(found: Iterable[str | None]) -> str | None:
    return next((name for name in found if name is not None), None)
