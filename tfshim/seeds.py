"""Seeds and generator states of the stateful random ops.

The global seed is a process-wide setting. An op gets two seeds (`get_seed`), by rules that differ between
eager code and graphs. Each eager op with the same attributes, and each node of a graph, owns a generator
state that its calls advance; `set_seed` starts all of them anew.
"""

from __future__ import annotations

import os
import random
import threading
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfshim import buffers, dtypes
from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.errors import InvalidArgumentError
from tfshim.shapes import TensorShape

DEFAULT_GRAPH_SEED = 87654321
_MODULUS = 2**31 - 1

# Under a global seed each eager op draws seeds of its own, so their states must not pile up for ever.
_MOST_EAGER_STATES = 16384

_lock = threading.RLock()
_STATE_SHAPE = TensorShape([3])


class _Global:
    """The process-wide seed and the sequence of op seeds that follows from it."""

    seed: Any = None
    draws = random.Random()
    deterministic = False


class _StateCell(Cell):
    """The state [key, counter low, counter high] of one op's generator; it knows how to start anew."""

    __slots__ = ("seeds",)

    def __init__(self, seeds: tuple[int, int]):
        super().__init__("rng_state", dtypes.uint64, _STATE_SHAPE)
        self.seeds = seeds
        self.reset()

    def reset(self) -> None:
        # Kept as a NumPy array: a state that is never used never goes to a device.
        self.array = initial_state(*self.seeds)
        self.exposed = True


_eager_states: OrderedDict[Any, _StateCell] = OrderedDict()
_all_states: weakref.WeakSet[_StateCell] = weakref.WeakSet()
_graph_counts: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()


def set_seed(seed: Any) -> None:
    """Sets the global seed (None: no seed) and starts all generator states anew."""
    graph = context.graph
    if graph is not None:
        graph.seed = seed
        return
    with _lock, buffers.lock:
        _Global.seed = seed
        try:
            _Global.draws = random.Random(seed)
        except TypeError:  # NumPy scalars and tensors
            _Global.draws = random.Random(int(np.asarray(seed)))
        _eager_states.clear()
        for state in list(_all_states):
            state.reset()


def global_seed() -> Any:
    """What `set_seed` set last in eager mode; a new FuncGraph takes it as its `seed`."""
    return _Global.seed


def set_determinism(enabled: bool) -> None:
    """Makes unseeded random ops an error."""
    _Global.deterministic = enabled


def is_deterministic() -> bool:
    """Whether `set_determinism` is on."""
    return _Global.deterministic


def draw_operation_seed() -> int:
    """The next op seed of the eager sequence."""
    with _lock:
        return _Global.draws.randint(0, _MODULUS)


def get_seed(op_seed: Any) -> tuple[Any, Any]:
    """The two seeds of a stateful random op, `(None, None)` if its numbers are not reproducible.

    Args:
      op_seed: the seed given to the op, or None.

    Raises:
      RuntimeError: determinism is enabled and there is no seed at all.
    """
    graph = context.graph
    seed = _Global.seed if graph is None else graph.seed
    if seed is None:
        if op_seed is None:
            if _Global.deterministic:
                raise RuntimeError(
                    "Random ops require a seed to be set when determinism is enabled. "
                    "Please set a seed before running the op, e.g. by calling tf.random.set_seed(1)."
                )
            return None, None
        seed = DEFAULT_GRAPH_SEED
    elif op_seed is None:
        if graph is None:
            op_seed = draw_operation_seed()
        else:
            with _lock:
                op_seed = _graph_counts.get(graph, 0)
                _graph_counts[graph] = op_seed + 1
    seeds = seed % _MODULUS, op_seed % _MODULUS
    # Both zero would mean "not reproducible" to the op.
    return seeds if seeds != (0, 0) else (0, _MODULUS)


def initial_state(seed: int, seed2: int) -> np.ndarray:
    """The generator state that an op starts with: from its seeds, or from the system if both are 0.

    Raises:
      InvalidArgumentError: both are 0 and determinism is enabled.
    """
    if seed == 0 and seed2 == 0:
        if _Global.deterministic:
            refusal = "Under determinism the attributes `seed` and `seed2` of a random op must not both be 0."
            raise InvalidArgumentError(None, None, refusal)
        return np.frombuffer(os.urandom(24), np.uint64).copy()
    return np.array([seed % 2**64, 0, seed2 % 2**64], np.uint64)


def _seeds_of(attrs: Mapping[str, Any]) -> tuple[int, int]:
    return int(attrs.get("seed") or 0), int(attrs.get("seed2") or 0)


def node_state(attrs: Mapping[str, Any]) -> Cell:
    """A cell with the generator state of one graph node with these attributes; its owner keeps it alive."""
    cell = _StateCell(_seeds_of(attrs))
    _all_states.add(cell)
    return cell


def eager_state(computation: Any, attrs: Mapping[str, Any]) -> Cell:
    """The generator state that all eager calls of an op with the same attributes share."""
    seeds = _seeds_of(attrs)
    key = (computation, seeds)
    with _lock:
        cell = _eager_states.get(key)
        if cell is None:
            cell = _eager_states[key] = _StateCell(seeds)
            if len(_eager_states) > _MOST_EAGER_STATES:
                _eager_states.popitem(last=False)
        else:
            _eager_states.move_to_end(key)
        return cell
