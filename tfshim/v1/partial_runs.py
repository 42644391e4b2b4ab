"""`Session.partial_run`: a run in several steps, each of which feeds some more and computes some more."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tfshim.errors import InvalidArgumentError
from tfshim.tensor import SymbolicTensor
from tfshim.v1.fetches import Fetches, feeds
from tfshim.v1.pruning import needed

_serial = itertools.count()


class PartialRun:
    """What may be fetched and fed, and all that is known so far: no operation runs twice."""

    def __init__(self, session: Any, fetches: Any, feed_list: Any):
        self.session = session
        self.handle = f"partial_run_{next(_serial)}"
        found = Fetches(session.graph, fetches)
        self.remaining = list(found.tensors)
        self.to_feed = [session.graph.as_graph_element(f, allow_operation=False) for f in feed_list or []]
        self._named = {"fetch": list(self.remaining), "feed": list(self.to_feed)}
        self.known: dict[SymbolicTensor, Any] = {}

    def run(self, fetches: Any, feed_dict: Any) -> Any:
        """One step."""
        graph = self.session.graph
        found = Fetches(graph, fetches)
        if found.operations:
            raise RuntimeError(
                f"partial_run() requires empty `target_list`. Received: target_list={found.operations} (non-empty)"
            )
        fed = feeds(graph, feed_dict)
        self._take(list(fed), self.to_feed, "feed")
        self._take(found.tensors, self.remaining, "fetch")
        self.known.update(fed)
        missing = [t for t in self.to_feed if t.op in set(self._ops(found.tensors))]
        if missing:
            raise _refused(f"You must feed {missing[0].name!r} before fetching what depends on it")
        later = set(self._ops(self.remaining))
        shared = [t for op in self._ops(found.tensors) if op in later for t in op.outputs if _has_value(t)]
        every = [t for t in dict.fromkeys([*found.tensors, *shared]) if t not in self.known]
        if every:
            values = self.session._run(Fetches(graph, every), self.known)
            self.known.update((t, _as_fed(v)) for t, v in zip(every, values, strict=True))
        return found.pack([_as_result(self.known[t]) for t in found.tensors])

    def _ops(self, tensors: list[SymbolicTensor]) -> list[Any]:
        given = {id(t): t for t in self.known}
        return needed(self.session.graph, [t.op for t in tensors if t not in self.known], given)

    def _take(self, tensors: list[SymbolicTensor], allowed: list[SymbolicTensor], verb: str) -> None:
        for tensor in tensors:
            if not any(tensor is named for named in self._named[verb]):
                raise _refused(f"The {verb} {tensor.name} was not specified in partial_run_setup.")
            if not any(tensor is other for other in allowed):
                raise _refused(f"The {verb} {tensor.name} has already been {'fed' if verb == 'feed' else 'fetched'}.")
        allowed[:] = [t for t in allowed if not any(t is other for other in tensors)]


def _refused(problem: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, problem)


def _has_value(tensor: SymbolicTensor) -> bool:
    return tensor.dtype.name not in ("resource", "variant")


def _as_fed(value: Any) -> Any:
    return np.asarray(value)


def _as_result(value: Any) -> Any:
    return value if value.ndim else value[()]
