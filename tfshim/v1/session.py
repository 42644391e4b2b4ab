"""`tf.compat.v1.Session`: runs parts of a graph, and holds the values of its variables."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfshim import context as context_module
from tfshim import device_config
from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.errors import InvalidArgumentError, NotFoundError, OpError
from tfshim.export import export
from tfshim.graph import Graph, Operation
from tfshim.graph_errors import in_session
from tfshim.lowering import CapturedCells, Plan, linearise
from tfshim.scopes import get_default_graph
from tfshim.seeds import node_state
from tfshim.tensor import EagerTensor, SymbolicTensor
from tfshim.v1.fetches import Fetches, feeds
from tfshim.v1.partial_runs import PartialRun
from tfshim.v1.pruning import Pruned, makes_cell
from tfshim.v1.run_metadata import Watch
from tfshim.v1.session_handles import TensorHandle

_FULL_NAME = "/job:localhost/replica:0/task:0"


class _Runner:
    """The compiled form of one combination of fetches and feeds."""

    def __init__(
        self,
        session: BaseSession,
        fed: Sequence[SymbolicTensor],
        fetches: Sequence[SymbolicTensor],
        operations: Sequence[Operation],
    ):
        pruned = Pruned(session.graph, fed, fetches, operations)
        for node, copy in pruned.nodes.items():
            if node.rng_cell is not None:
                copy.rng_cell = session._state_of(node)
        program = linearise(pruned.graph, pruned.graph.inputs, pruned.graph.outputs)
        program.pair_gradients()
        self._graph = session.graph
        self.graph = pruned.graph
        self._n_fetches = len(fetches)
        self._plan = Plan(program)
        # Reference variables: TensorFlow's executor hands out their memory, which is copied once the run has ended.
        self._references = [
            (i, session._cell_of(t.op.inputs[0].op)) for i, t in enumerate(fetches) if getattr(t, "_refers", False)
        ]
        # Resources follow the feeds; their values are those in the cells.
        self._rest = [None] * len(pruned.resources)
        self._cells = CapturedCells(
            (ref, session._cell_of(handle.op))
            for handle, ref in zip(pruned.resources, program.inputs[len(fed) :], strict=True)
        )

    def _original(self, copy: Operation | None) -> Operation | None:
        """The node of the session's graph behind one of the graph that runs; None for a node of a function."""
        return None if copy is None else self._graph._by_name.get(copy.name)

    def run(self, fed: Sequence[np.ndarray]) -> list[Any]:
        with context_module.scope(graph=None, tapes=(), accumulators=(), device=None):
            try:
                outputs, _ = self._plan.run([*map(_operand, fed), *self._rest], self._cells)
            except OpError as error:
                raise in_session(error, self._original(error._node)) from None
        results = [_result(o) for o in outputs[: self._n_fetches]]
        for i, cell in self._references:
            results[i] = _result(cell.read())
        return results


def _operand(array: np.ndarray) -> np.ndarray:
    """A fed array as kernels take it: strings are bytes."""
    if array.dtype != object or not array.size:
        return array
    return np.vectorize(lambda v: v if isinstance(v, bytes) else str(v).encode(), otypes=[object])(array)


def _result(output: Any) -> Any:
    if isinstance(output, EagerTensor):
        return output.numpy()
    # A copy: the caller may write to it, and a view would keep a variable's buffer from being reused.
    array = np.array(output)
    return array[()] if not array.ndim else array


class _DeviceAttributes(NamedTuple):
    """What `list_devices` tells of a device."""

    name: str
    device_type: str
    memory_limit_bytes: int
    incarnation: int


class BaseSession:
    """What `Session` and `InteractiveSession` have in common.

    Args:
      target: only the process itself can execute: must be empty.
      graph: the graph to run; the default graph if None.
      config: has no effect.
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None):
        if not isinstance(target, (str, bytes)) and target is not None:
            raise TypeError(f'Argument `target` must be a string, but got "{type(target).__name__}"')
        if target:
            name = target.decode() if isinstance(target, bytes) else target
            if not name.startswith("grpc://"):
                raise NotFoundError(None, None, f"No session factory registered for the target {name!r}")
            raise NotImplementedError(f"a session on the remote target {name!r}: only this process can run graphs")
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"Argument `graph` must be a tf.Graph, but got {type(graph).__name__}")
        self._graph = get_default_graph() if graph is None else graph
        self._config = config
        self._closed = False
        self._cells: dict[tuple[str, str], Cell] = {}
        self._states: dict[Operation, Cell] = {}
        self._runners: dict[Any, _Runner] = {}
        self._partial_runs: dict[str, PartialRun] = {}

    graph = property(lambda self: self._graph, doc="The graph that the session runs.")
    graph_def = property(lambda self: self._graph.as_graph_def(), doc="The graph as a `GraphDef`.")
    sess_str = property(lambda self: b"", doc="The target, empty for this process.")

    def close(self) -> None:
        """Drops the values of the variables; the session cannot run any more."""
        self._closed = True
        self._runners.clear()
        self._cells.clear()

    def run(self, fetches: Any, feed_dict: Any = None, options: Any = None, run_metadata: Any = None) -> Any:
        """Computes `fetches`, running nothing but what they need.

        Args:
          fetches: tensors, variables, operations, their names, or nested lists, tuples and dicts of these.
          feed_dict: values by tensor (or its name), which take the place of what the graph would compute.
          options: a `RunOptions`: its `trace_level` and `output_partition_graphs` say what `run_metadata` gets.
          run_metadata: a `RunMetadata`, which is filled.

        Returns:
          `fetches` with NumPy values in place of tensors, and None in place of operations.

        Raises:
          RuntimeError: the session is closed, or its graph is empty.
          TypeError, ValueError: for fetches and feeds that do not belong to the graph, or do not fit it.
          tf.errors.OpError: where running an operation fails.
        """
        self._check_open()
        if not self._graph.version:
            raise RuntimeError("The Session graph is empty. Add operations to the graph before calling run().")
        fed = feeds(self._graph, feed_dict)
        return self._run(Fetches(self._graph, fetches), fed, options, run_metadata)

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function that runs `fetches` for values of the tensors in `feed_list`, given in this order."""
        found = Fetches(self._graph, fetches)
        keys = list(feed_list or [])

        def call(*values: Any, options: Any = None, run_metadata: Any = None) -> Any:
            self._check_open()
            # What is missing is reported as a placeholder that is not fed.
            fed = feeds(self._graph, dict(zip(keys, values, strict=False)))
            return self._run(found, fed, options, run_metadata)

        return call

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> Any:
        """The handle of a run in several steps, which will compute `fetches` once and feed the tensors of the list."""
        self._check_open()
        run = PartialRun(self, fetches, feeds)
        self._partial_runs[run.handle] = run
        return run.handle

    def partial_run(self, handle: Any, fetches: Any, feed_dict: Any = None) -> Any:
        """Computes some more of what `partial_run_setup` named, with some more values fed.

        Raises:
          InvalidArgumentError: for what was not named, was fetched or fed before, or depends on what is not fed yet.
        """
        self._check_open()
        if handle not in self._partial_runs:
            raise InvalidArgumentError(None, None, f"Must run 'setup' before performing partial runs: {handle!r}")
        return self._partial_runs[handle].run(fetches, feed_dict)

    def as_default(self) -> contextlib.AbstractContextManager[Any]:
        """Makes this the session of `Tensor.eval()` and `Operation.run()` within the scope; does not close it."""
        return self._as_default()

    @contextlib.contextmanager
    def _as_default(self) -> Iterator[Any]:
        with context_module.scope(session=self):
            yield self
            if context.session is not self:
                raise AssertionError(f"Nesting violated for default stack of {type(self)} objects")

    def list_devices(self) -> list[_DeviceAttributes]:
        """The devices on which the session could run: name, type, and limit of memory in bytes (0 if not known)."""
        self._check_open()
        return [_DeviceAttributes(_FULL_NAME + d.name, d.device_type, 0, 0) for d in device_config.logical_devices()]

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")

    def _run(
        self, fetches: Fetches, fed: dict[SymbolicTensor, np.ndarray], options: Any = None, run_metadata: Any = None
    ) -> Any:
        watch = None if options is None and run_metadata is None else Watch(options, run_metadata)
        runner = None
        computed = [t for t in fetches.tensors if t not in fed]
        results: dict[SymbolicTensor, Any] = {t: a if a.ndim else a[()] for t, a in fed.items()}
        if computed or fetches.operations:
            key = (tuple(fed), tuple(computed), tuple(fetches.operations))
            runner = self._runners.get(key)
            if runner is None:
                runner = self._runners[key] = _Runner(self, list(fed), computed, fetches.operations)
            results.update(zip(computed, runner.run(list(fed.values())), strict=True))
        if watch is not None:
            watch.end([] if runner is None else [runner.graph])
        return fetches.pack([self._fetched(t, results[t]) for t in fetches.tensors])

    def _fetched(self, tensor: SymbolicTensor, result: Any) -> Any:
        """What the caller gets for a tensor: of a value that the session keeps, its handle."""
        if tensor.op.type == "GetSessionHandle":
            return TensorHandle(result, tensor.op.inputs[0].dtype, self)
        return result

    def _cell_of(self, handle: Operation) -> Cell:
        """Where the session keeps the value of the variable, table or queue behind a handle node."""
        name = handle.attrs.get("shared_name") or handle.name
        key = (handle.attrs.get("container", ""), name)
        found = self._cells.get(key)
        if found is not None:
            return found
        computation: Any = handle.computation
        if hasattr(computation, "make_cell"):
            made = computation.make_cell()
        elif makes_cell(handle):
            kernel = computation.kernel
            made = kernel.fn(**dict(zip(kernel.attr_names, computation.attrs, strict=True)))
        else:
            made = Cell(name, handle.attrs["dtype"], handle.outputs[0]._variable_shape)
        # Threads may ask for it at once: all get the same.
        return self._cells.setdefault(key, made)

    def _state_of(self, node: Operation) -> Cell:
        """The generator state of a random operation: each session draws the sequences from their beginning."""
        if node not in self._states:
            self._states.setdefault(node, node_state(node.attrs))
        return self._states[node]


BaseSession.__module__ = "tensorflow.python.client.session"


@export("compat.v1.Session")
class Session(BaseSession):
    """Runs operations of a graph; `with` makes it the default session, and its graph the default one, and closes it."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None):
        super().__init__(target, graph, config)
        self._scopes: contextlib.ExitStack | None = None

    def __enter__(self) -> Session:
        if self._scopes is not None:
            raise RuntimeError(
                "Session context managers are not re-entrant. Use `Session.as_default()` if you want to enter a "
                "session multiple times."
            )
        self._scopes = contextlib.ExitStack()
        self._scopes.enter_context(self._graph.as_default())
        self._scopes.enter_context(self.as_default())
        return self

    def __exit__(self, *exc: Any) -> None:
        if self._scopes is not None:
            self._scopes.__exit__(*exc)
            self._scopes = None
        self.close()

    @staticmethod
    def reset(target: str, containers: Any = None, config: Any = None) -> None:
        """NotImplementedError: variables belong to sessions; close the session instead."""
        raise NotImplementedError("Session.reset: variables belong to their session, which close() drops")


@export("compat.v1.InteractiveSession")
class InteractiveSession(BaseSession):
    """A session that is the default one from its construction until `close()`, for use in a shell."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None):
        super().__init__(target, graph, config)
        self._scopes = contextlib.ExitStack()
        if graph is not None:
            self._scopes.enter_context(graph.as_default())
        self._scopes.enter_context(self.as_default())

    def close(self) -> None:
        """Closes the session and restores the default session before it."""
        super().close()
        self._scopes.close()


for _cls in (Session, InteractiveSession):
    _cls.__module__ = "tensorflow.python.client.session"


@export("compat.v1.get_default_session")
def get_default_session() -> Any:
    """The innermost default session of this thread, or None."""
    return context.session
