"""`tf.GradientTape`: records computations and differentiates them backwards, Jacobians included."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import backprop, backward_programs, dtypes, jacobians, nest
from tfshim.backprop import Record, is_trainable
from tfshim.composite_gradients import parts, rebuilt
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.indexed_slices import IndexedSlices, add_up, dense
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.tensor import EagerTensor, Tensor
from tfshim.type_spec import CompositeTensor

_log = logging.getLogger("tensorflow")


@export("UnconnectedGradients")
class UnconnectedGradients:
    """What a gradient is where target and source are not connected: None, or zeros."""

    NONE = "none"
    ZERO = "zero"

    def __new__(cls, value: Any) -> Any:
        if value not in (cls.NONE, cls.ZERO):
            raise ValueError(f"Unknown value for unconnected_gradients: {value!r}")
        return value


class Tape:
    """What one recording session of a GradientTape holds."""

    __slots__ = ("kept", "persistent", "records", "variables", "watch_accessed", "watched")

    def __init__(self, watch_accessed: bool, persistent: bool):
        self.watch_accessed = watch_accessed
        self.persistent = persistent
        # Ids stay valid because `kept` and the records hold the tensors.
        self.watched: set[int] = set()
        self.kept: list[Tensor] = []
        self.records: list[Record] = []
        self.variables: dict[int, Any] = {}

    def append(self, computation: Any, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> None:
        """Records a computation of which an input is watched."""
        if computation.name != "StopGradient":  # nothing behind it is watched
            self.append_record(Record(computation, inputs, outputs))

    def append_record(self, record: Record) -> None:
        """Keeps a record and watches its outputs."""
        self.records.append(record)
        watched = self.watched
        for output in record.outputs:
            # As `backprop.carries_gradient` says; the common case without a call.
            if type(output) is EagerTensor and output._value is not None:
                if output._value.dtype.kind in "fcV":
                    watched.add(id(output))
            elif backprop.carries_gradient(output):
                watched.add(id(output))

    def watch(self, tensor: Tensor) -> None:
        """Watches a tensor or a variable's handle."""
        if id(tensor) not in self.watched:
            self.watched.add(id(tensor))
            self.kept.append(tensor)

    def watch_variable(self, variable: Any) -> None:
        """Watches a variable and remembers it in order of first use."""
        if id(variable) not in self.variables:
            self.variables[id(variable)] = variable
        self.watch(_source(variable))


def variable_accessed(variable: Any) -> None:
    """Tells the tapes of this thread, and the function being traced, that a variable is used."""
    for tape in context.tapes:
        if tape.watch_accessed and variable.trainable:
            tape.watch_variable(variable)
    graph = context.graph
    if graph is not None and graph.building_function and graph.as_argument(variable.handle) is variable.handle:
        graph.note_variable(variable)
        if variable.trainable:
            graph.watch_variable(variable)
    for watcher in context.variable_watchers:
        watcher(variable)


@contextlib.contextmanager
def stop_recording() -> Iterator[None]:
    """No tape of this thread records within the scope."""
    old = context.tapes
    context.tapes = ()
    try:
        yield
    finally:
        context.tapes = old


@export("GradientTape", "autodiff.GradientTape")
class GradientTape:
    """Records operations for automatic differentiation.

    Args:
      persistent: allow several calls of `gradient` and the like.
      watch_accessed_variables: watch each trainable variable that is used.
    """

    def __init__(self, persistent: bool = False, watch_accessed_variables: bool = True):
        self._persistent = persistent
        self._watch_accessed_variables = watch_accessed_variables
        self._tape: Tape | None = None
        self._recording = False
        self._watched_variables: tuple[Any, ...] = ()

    def __enter__(self) -> GradientTape:
        if self._recording:
            raise ValueError("Tape is still recording, This can happen if you try to re-enter an already-active tape.")
        if self._tape is None:
            self._tape = Tape(self._watch_accessed_variables, self._persistent)
        context.tapes = (*context.tapes, self._tape)
        self._recording = True
        return self

    def __exit__(self, typ: Any, value: Any, traceback: Any) -> None:
        if self._recording:
            self._pop()

    def _pop(self) -> None:
        tape = self._tape
        context.tapes = tuple([t for t in context.tapes if t is not tape])
        self._recording = False

    def _finish(self) -> None:
        """After a gradient was computed: a tape that is not persistent lets go of everything but its variables."""
        if not self._persistent:
            self._watched_variables = self.watched_variables()
            self._tape = None

    def _active(self, doing: str) -> Tape:
        if self._tape is None:
            raise RuntimeError(doing)
        return self._tape

    def watch(self, tensor: Any) -> None:
        """Watches tensors, variables, or structures of them.

        Raises:
          ValueError: for anything else.
          RuntimeError: outside the tape's `with` block, after its gradient was computed.
        """
        for value in nest.flatten(tensor, expand_composites=True):
            if not (isinstance(value, Tensor) or hasattr(value, "handle")):
                raise ValueError(
                    f"Passed in object {value} of type {type(value).__name__!r}, not tf.Tensor or tf.Variable or "
                    "ExtensionType."
                )
            tape = self._active("A non-persistent GradientTape can only be used to compute one set of gradients")
            if not is_trainable(value.dtype):
                _log.warning("The dtype of the watched tensor must be floating (e.g. tf.float32), got %r", value.dtype)
                continue
            if hasattr(value, "handle"):
                tape.watch_variable(value)
            else:
                tape.watch(value)

    @contextlib.contextmanager
    def stop_recording(self) -> Iterator[None]:
        """Pauses this tape within the scope."""
        if self._tape is None:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
            )
        if not self._recording:
            raise ValueError("Tape is not recording.")
        self._pop()
        try:
            yield
        finally:
            context.tapes = (*context.tapes, self._tape)
            self._recording = True

    def reset(self) -> None:
        """Forgets everything recorded and watched."""
        recording = self._recording
        if recording:
            self._pop()
        self._tape = None
        if recording:
            self.__enter__()

    def watched_variables(self) -> tuple[Any, ...]:
        """The variables watched so far, in order of creation."""
        if self._tape is None:
            return self._watched_variables
        return tuple(sorted(self._tape.variables.values(), key=lambda v: getattr(v, "_order", 0)))

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
    ) -> Any:
        """Gradient of the sum of `target` with respect to `sources`.

        Args:
          target: tensor, variable or structure of them; non-scalars are summed, weighted by `output_gradients`.
          sources: tensor, variable or structure; the result has the same structure.
          output_gradients: cotangents, one per flat target; those that are missing are ones.
          unconnected_gradients: `UnconnectedGradients.NONE` or `ZERO`.

        Returns:
          A structure like `sources` of tensors, IndexedSlices (for gathers) or None.

        Raises:
          RuntimeError: if a tape that is not persistent has been used before.
          TypeError: if `target` is None.
          ValueError: if `unconnected_gradients` is unknown.
        """
        tape = self._active(
            "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
        )
        if target is None:
            raise TypeError(
                "Argument `target` should be a list or nested structure of Tensors, Variables or CompositeTensors to "
                "be differentiated, but received None."
            )
        if self._recording and not self._persistent:
            self._pop()
        unconnected = UnconnectedGradients(unconnected_gradients)
        atoms = [part for value in nest.flatten(target) for part in parts(value)]
        leaves = nest.flatten(atoms, expand_composites=True)
        flat_targets = [self._target(t, tape) for t in leaves]
        flat_sources = nest.flatten(sources, expand_composites=False)
        source_parts = [part for source in flat_sources for part in parts(source)]
        handles = [_source_on(tape, part) for part in source_parts]
        if output_gradients is None:
            given: list[Any] = [None] * len(flat_targets)
        else:
            flat = [part for g in nest.flatten(output_gradients) for part in parts(g)]
            given = [g if isinstance(g, IndexedSlices) else convert_to_tensor(g) for g in flat]
            given += [None] * (len(flat_targets) - len(given))  # TensorFlow takes lists of any length
        targets, seeds = [], []
        for tensor, seed in zip(flat_targets, given, strict=False):
            targets.append(tensor)
            seeds.append(_shaped_seed(seed, tensor, "ones") if is_trainable(tensor.dtype) else None)

        def differentiate() -> list[Any]:
            return backprop.backpropagate(
                tape.records, targets, seeds, handles, step=backprop.own_gradients, watched=tape.watched
            )

        if context.bare:
            gradients = backward_programs.gradients(tape.records, targets, seeds, handles, differentiate)
        else:
            graph = context.graph
            with contextlib.nullcontext() if graph is None else graph.name_scope(f"{backprop.TAPE_SCOPE}/"):
                gradients = differentiate()
        result = []
        for part, handle, gradient in zip(source_parts, handles, gradients, strict=True):
            if id(handle) not in tape.watched:
                gradient = _own_gradient(handle, flat_targets, given, tape)
                if handle.dtype is dtypes.resource:
                    # A variable among the targets is itself, whether it is watched or not.
                    of = [i for i, leaf in enumerate(leaves) if _handle(leaf) is handle]
                    gradient = add_up([_shaped_seed(given[i], flat_targets[i]) for i in of]) if of else None
            if gradient is None and unconnected == UnconnectedGradients.ZERO:
                gradient = op("ZerosLike")(part)
            result.append(gradient)
        self._finish()
        remaining = iter(result)
        return nest.pack_sequence_as(sources, [rebuilt(source, remaining) for source in flat_sources])

    def _target(self, target: Any, tape: Tape) -> Tensor:
        if type(target) is EagerTensor:
            return target
        if hasattr(target, "handle"):
            # A variable as target: what a read under this tape gives.
            if not self._recording:
                with self._resume():
                    return convert_to_tensor(target)
            return convert_to_tensor(target)
        if isinstance(target, IndexedSlices):
            with self._resume():
                return dense(target)
        if not isinstance(target, Tensor):
            raise AttributeError(f"{type(target).__name__!r} object has no attribute 'dtype'")
        return target

    @contextlib.contextmanager
    def _resume(self) -> Iterator[None]:
        context.tapes = (*context.tapes, self._tape)
        try:
            yield
        finally:
            context.tapes = context.tapes[:-1]

    def jacobian(
        self,
        target: Any,
        sources: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """Jacobian of one tensor with respect to `sources`: shape `target.shape + source.shape` each.

        All rows are computed at once; `experimental_use_pfor=False` computes them one after another, as it also is
        where a gradient is defined by Python code. `parallel_iterations` has no meaning here.
        """
        tape = self._active(
            "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
        )
        unconnected = UnconnectedGradients(unconnected_gradients)
        self._check_rows("jacobian", experimental_use_pfor, parallel_iterations)
        flat_sources = nest.flatten(sources)
        handles = [_source_on(tape, s) for s in flat_sources]
        if self._recording and not self._persistent:
            self._pop()
        target = self._target(target, tape)
        rows = jacobians.jacobian(tape.records, target, flat_sources, handles, experimental_use_pfor)
        result = []
        for source, handle, row in zip(flat_sources, handles, rows, strict=True):
            if row is None or id(handle) not in tape.watched:
                row = None
                if unconnected == UnconnectedGradients.ZERO:
                    dims = jacobians.joined(jacobians.dims_of(target), jacobians.dims_of(source))
                    row = op("Fill")(dims, op("Cast")(0, DstT=source.dtype))
            result.append(row)
        self._finish()
        return nest.pack_sequence_as(sources, result)

    def _check_rows(self, what: str, vectorised: bool, parallel: int | None) -> None:
        """TensorFlow computes rows one after another, or a few at a time, by calling `gradient` for each."""
        if self._persistent:
            return
        if context.graph is None and not vectorised:
            raise RuntimeError(
                f"GradientTape must be created with persistent=True to compute the {what} with eager execution enabled "
                "and with experimental_use_pfor set to False."
            )
        if vectorised and parallel is not None:
            refusal = RuntimeError if what == "batch_jacobian" else ValueError
            raise refusal(
                f"GradientTape must be created with persistent=True to compute the {what} with parallel_iterations."
            )

    def batch_jacobian(
        self,
        target: Any,
        source: Any,
        unconnected_gradients: Any = UnconnectedGradients.NONE,
        parallel_iterations: int | None = None,
        experimental_use_pfor: bool = True,
    ) -> Any:
        """Jacobian of each row of `target` (`[b, ...]`) with respect to the same row of `source` (`[b, ...]`).

        Returns a tensor of shape `[b] + target.shape[1:] + source.shape[1:]`. Rows must not depend on each other.
        """
        tape = self._active(
            "A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)"
        )
        UnconnectedGradients(unconnected_gradients)
        first = None if target.shape.rank is None else target.shape.dims[0]  # IndexError of a scalar, as in TensorFlow
        shapes = [tensor.shape.with_rank_at_least(2) for tensor in (target, source)]
        if any(s.rank is None for s in shapes) or not first.is_compatible_with(shapes[1].dims[0]):
            raise ValueError(
                f"Need first dimension of target shape ({target.shape}) and source shape ({source.shape}) to match."
            )
        self._check_rows("batch_jacobian", experimental_use_pfor, parallel_iterations)
        if self._recording and not self._persistent:
            self._pop()
        if shapes[0][0] is None or shapes[1][0] is None:
            sizes = [op("Shape")(t)[0] for t in (target, source)]
            _assert(op("Equal")(*sizes), ["The first dimensions of target and source must match:", *sizes])
        handle = _source_on(tape, source)
        result = None
        if id(handle) in tape.watched:
            result = jacobians.batch_jacobian(tape.records, target, source, handle, experimental_use_pfor)
        self._finish()
        if result is None:
            # As in TensorFlow, which gives zeros here whatever `unconnected_gradients` says.
            dims = jacobians.joined(jacobians.dims_of(target), jacobians.dims_of(source)[1:])
            return op("Fill")(dims, op("Cast")(0, DstT=target.dtype))
        return result


def _assert(condition: Any, data: Any) -> None:
    resolve("debugging.Assert")(condition, data)  # type: ignore[operator]


def _source(source: Any) -> Tensor:
    """The tensor that stands for a source on the tape: a variable's handle, or the tensor itself."""
    if type(source) is EagerTensor:
        return source
    handle = getattr(source, "handle", None)
    if handle is not None:
        graph = context.graph
        return handle if graph is None or not graph.building_function else graph.as_argument(handle)
    if isinstance(source, Tensor):
        return source
    if isinstance(source, IndexedSlices):
        return source.values
    composite = getattr(source, "__composite_gradient__", None)
    if composite is not None:
        return composite.get_gradient_components(source)
    if isinstance(source, CompositeTensor):
        kind = type(source).__name__
        raise ValueError(f"Type {kind} is not supported as a gradient source or gradient target.")
    raise TypeError(f"Cannot convert the argument `type_value`: {source!r} to a TensorFlow DType.")


def _source_on(tape: Any, source: Any) -> Tensor:
    """The tensor that stands for a source on one tape, which may have recorded outside the function being traced."""
    found = _source(source)
    handle = getattr(source, "handle", None)
    outer = context.graph
    while found is not handle and id(found) not in tape.watched and handle is not None:
        # An argument of this function: around it the variable is itself, or an argument of another function.
        outer = getattr(outer, "outer_graph", None)
        found = handle if outer is None or not outer.building_function else outer.as_argument(handle)
    return found


def _handle(value: Any) -> Tensor | None:
    """The handle of a variable; None for other values."""
    return _source(value) if hasattr(value, "handle") else None


def _node_source(source: Any) -> Tensor:
    """What stands for a source among the inputs of a graph's nodes."""
    tensor, graph = _source(source), context.graph
    return graph.admit(tensor) if graph is not None and graph.building_function else tensor


def _as_source(part: Any) -> Any:
    """A source of `tf.gradients`: numbers are taken for constants, on which nothing depends."""
    plain = (bool, int, float, complex, str, bytes, list, np.generic, np.ndarray)
    return convert_to_tensor(part) if isinstance(part, plain) else part


def _own_gradient(source: Tensor, targets: list[Tensor], given: list[Any], tape: Tape) -> Any:
    """The gradient of a source that is not watched: of itself, where it is a target and no other depends on it."""
    if source.dtype is dtypes.string:
        return None
    seeds = [_shaped_seed(seed, target) for target, seed in zip(targets, given, strict=False) if target is source]
    needed = {id(target) for target in targets}
    for record in reversed(tape.records) if seeds else ():
        if any(id(output) in needed for output in record.outputs):
            if any(tensor is source for tensor in record.inputs):
                return None
            needed.update(map(id, record.inputs))
    return add_up(seeds) if seeds else None


def _shaped_seed(seed: Any, target: Tensor, name: str | None = None) -> Tensor:
    if seed is None:
        return backprop.ones_like(target, name)
    if seed.shape.is_compatible_with(target.shape):
        return seed
    # Seeds of other sizes may broadcast: the gradient of the target finds out.
    if seed.shape.num_elements() == target.shape.num_elements():
        return op("Reshape")(seed, op("Shape")(target))
    return seed


@export("gradients")
def gradients(
    ys: Any,
    xs: Any,
    grad_ys: Any = None,
    name: str = "gradients",
    gate_gradients: bool = False,
    aggregation_method: Any = None,
    stop_gradients: Any = None,
    unconnected_gradients: Any = UnconnectedGradients.NONE,
) -> list[Any]:
    """Symbolic gradients of the sum of `ys` with respect to each of `xs`, in the current graph.

    `gate_gradients` and `aggregation_method` have no effect. Raises RuntimeError in eager mode (use GradientTape).
    """
    graph = context.graph
    if graph is None:
        raise RuntimeError(
            "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape instead."
        )
    ys = list(ys) if isinstance(ys, (list, tuple)) else [ys]
    if (home := graph.home_of(ys)) is not graph:
        with home.as_default():
            return gradients(
                ys, xs, grad_ys, name, gate_gradients, aggregation_method, stop_gradients, unconnected_gradients
            )
    unconnected = UnconnectedGradients(unconnected_gradients)
    xs = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    grad_ys = list(grad_ys) if isinstance(grad_ys, (list, tuple)) else [grad_ys] * len(ys)
    stop = [] if stop_gradients is None else nest.flatten(stop_gradients)
    targets, grad_ys = _plain_targets(ys, grad_ys)
    for target, given in zip(targets, grad_ys, strict=True):
        if given is None and target.dtype.is_complex:
            raise TypeError(f"Gradients of complex tensors ({target}) must set grad_ys (y.dtype = {target.dtype.name})")
    stopped = [_node_source(part) for s in stop for part in parts(s)]
    source_parts = [_as_source(part) for x in xs for part in parts(x)]
    sources = [_node_source(part) for part in source_parts]
    records, known = backprop.records_around(graph)
    with graph.name_scope(name):
        seeds = [
            _shaped_seed(g if g is None or isinstance(g, IndexedSlices) else convert_to_tensor(g), y, f"grad_ys_{i}")
            if is_trainable(y.dtype)
            else None
            for i, (g, y) in enumerate(zip(grad_ys, targets, strict=True))
        ]
        results = backprop.backpropagate(
            records,
            list(map(known, targets)),
            seeds,
            list(map(known, sources)),
            stop=frozenset(id(known(s)) for s in stopped),
        )
    if unconnected == UnconnectedGradients.ZERO:
        pairs = zip(source_parts, results, strict=True)
        results = [op("ZerosLike")(part) if gradient is None else gradient for part, gradient in pairs]
    remaining = iter(results)
    return [rebuilt(x, remaining) for x in xs]


def _plain_targets(ys: Sequence[Any], grad_ys: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Tensors for what is differentiated, and their gradients: of composite tensors, those of their parts."""
    targets: list[Any] = []
    seeds: list[Any] = []
    for y, given in zip(ys, grad_ys, strict=True):
        if getattr(y, "__composite_gradient__", None) is not None:
            found = parts(y)
            seeds += [None] * len(found) if given is None else parts(given)
            targets += found
        else:
            targets.append(convert_to_tensor(y))
            seeds.append(given)
    return targets, seeds


@export("hessians")
def hessians(
    ys: Any, xs: Any, gate_gradients: bool = False, aggregation_method: Any = None, name: str = "hessians"
) -> list[Any]:
    """Second derivatives of the sum of `ys` with respect to each of `xs`, of shape `x.shape + x.shape`, in a graph.

    `gate_gradients` and `aggregation_method` have no effect. Raises RuntimeError in eager mode (use GradientTape), and
    ValueError where a first or second derivative does not exist.
    """
    xs = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    firsts = gradients(ys, xs, name=f"{name}/gradients")
    results = []
    for x, first in zip(xs, firsts, strict=True):
        second = None
        if first is not None:
            source = _node_source(x)
            records, known = backprop.records_around(context.graph)
            (second,) = jacobians.jacobian(records, known(convert_to_tensor(first)), [x], [known(source)])
        if second is None:
            raise ValueError(f"None values not supported: there is no second derivative with respect to {x!r}.")
        results.append(second)
    return results
