"""Backward passes of eager tapes that recur, each as one compiled program.

Op by op, a backward pass of small tensors is mostly the cost of its calls. When the same pass (the same computations
on tensors of the same shapes, connected in the same way) has come often enough, what it runs is listed once more and
compiled together. Each computation stays a function of its own in the program, which the compiler optimises alone, so
that no bit differs from running one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.experimental.xla_metadata import set_xla_metadata

from tfshim import backprop
from tfshim.backprop import Record
from tfshim.context import context
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops.computation import Computation, OpComputation, Vjp, default_platform
from tfshim.tensor import SMALL, EagerTensor, Tensor

# A pass is compiled when it has come so often, or as often as it has records if these are more: compiling takes
# about as long as a thousand passes save.
RECURRENCES = 16
# Longer passes, and those of larger tensors, would gain little for what compiling them costs.
MOST_RECORDS = 256
MOST_ELEMENTS = 2**15
_MOST_KNOWN = 1024

# Rules that do nothing but run computations, the same ones for the same shapes.
_PLAIN_RULES = frozenset([*backprop.WHOLE_READS, "AddV2", "Add", "Identity", "GatherV2", "ResourceGather"])


class Pass(NamedTuple):
    """A compiled backward pass."""

    program: Callable[..., tuple]
    # Which of the pass's tensors it takes, by their numbers, and what follows them: constants.
    taken: tuple[int, ...]
    constants: tuple[Any, ...]
    # From the pass's tensors and the program's outputs to the gradients.
    results: Sequence[Callable[[Sequence[Tensor], Sequence[EagerTensor]], Any]]


class _Unfit(Exception):
    """A pass cannot be one program."""


# By the structure of a pass: how often it came, or its program, or None if it has none.
_known: dict[Any, int | Pass | None] = {}


def gradients(
    records: Sequence[Record],
    targets: Sequence[Tensor],
    seeds: Sequence[Any],
    sources: Sequence[Tensor],
    run: Callable[[], list[Any]],
) -> list[Any]:
    """What `run`, the backward pass, gives for these arguments of `backpropagate`: by its program if there is one."""
    if not records or len(records) > MOST_RECORDS:
        return run()
    structure = _structure(records, targets, seeds, sources)
    if structure is None:
        return run()
    key, tensors = structure
    known = _known.get(key, 0)
    if known is None:
        return run()
    if type(known) is Pass:
        try:
            arrays = [t._value if t._value is not None else t.operand() for t in [tensors[i] for i in known.taken]]
            outputs = [EagerTensor(array) for array in known.program(*arrays, *known.constants)]
        except Exception:
            return run()  # which says what is wrong
        return [result(tensors, outputs) for result in known.results]
    if known < _enough(records):
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[key] = known + 1
        return run()
    with _Listing() as listing:
        found = run()
    try:
        _check_worth(records, tensors)
        _known[key] = _Assembler(listing.records, tensors).assemble(found)
    except Exception:  # a pass without a program runs as before
        _known[key] = None
    return found


def _enough(records: Sequence[Record]) -> int:
    """After how many calls a pass is compiled."""
    return max(RECURRENCES, len(records))


def _check_worth(records: Sequence[Record], tensors: Sequence[Tensor]) -> None:
    """Raises _Unfit for passes with rules that may look at values, and for those of large tensors on the CPU."""
    for record in records:
        name = record.computation.name
        if backprop.has_rule(name) and name not in _PLAIN_RULES:
            raise _Unfit(name)
    # Of products of complex numbers the compiler makes other sums if two operands are one tensor.
    if any(t._value is not None and t._value.dtype.kind == "c" for t in tensors):  # type: ignore[attr-defined]
        raise _Unfit("complex numbers")
    elements = sum(t._value.size for t in tensors if t._value is not None)  # type: ignore[attr-defined]
    if default_platform() == "cpu" and elements > MOST_ELEMENTS * len(records):
        raise _Unfit("its tensors are large")


def _structure(
    records: Sequence[Record], targets: Sequence[Tensor], seeds: Sequence[Any], sources: Sequence[Tensor]
) -> tuple[Any, list[Tensor]] | None:
    """What decides which computations a pass runs, and its tensors in the order in which the structure meets them.

    None if a pass may depend on more than that. Only tensors from outside are described: the shapes of the others
    follow.
    """
    numbers: dict[int, int] = {}
    tensors: list[Tensor] = []
    key: list[Any] = []
    for computation, inputs, outputs in records:
        is_op = isinstance(computation, OpComputation)
        if not is_op and type(computation) is not Vjp:
            return None
        key.append(computation)
        for tensor in inputs:
            number = numbers.get(id(tensor))
            if number is None:
                number = numbers[id(tensor)] = len(tensors)
                tensors.append(tensor)
                if type(tensor) is not EagerTensor:
                    return None
                described = _described(tensor)
                if described is None:
                    return None
                key.append(described)
            key.append(number)
        for position in computation.static_positions:
            if inputs[position]._value is not None:  # type: ignore[attr-defined]
                return None
        # The shape of what is read does not follow from the handle.
        outside = is_op and computation.resource_positions
        for tensor in outputs:
            numbers[id(tensor)] = len(tensors)
            tensors.append(tensor)
            if outside:
                described = _described(tensor)  # type: ignore[arg-type]
                if described is None:
                    return None
                key.append(described)
    for group in (targets, seeds, sources):
        for tensor in group:
            if tensor is None:
                key.append(None)
                continue
            if type(tensor) is not EagerTensor:
                return None
            number = numbers.get(id(tensor))
            if number is None:
                number = numbers[id(tensor)] = len(tensors)
                tensors.append(tensor)
                described = _described(tensor)
                if described is None:
                    return None
                key.append(described)
            key.append(number)
    return tuple(key), tensors


def _described(tensor: EagerTensor) -> Any:
    """What decides about a tensor from outside: shape and dtype, and the value if it is a small integer on the host."""
    value = tensor._value
    if value is not None:
        return value.shape, value.dtype
    host = tensor._host
    if host is None:
        return "handle" if tensor._cell is not None else None
    kind = host.dtype.kind
    if kind in "iub":
        return (host.dtype, host.shape, host.tobytes()) if host.size <= SMALL else None
    return ("host", host.dtype, host.shape) if kind in "fc" or host.dtype.name == "bfloat16" else None


class _Listing:
    """A tape that lists all that runs while it is open."""

    watch_accessed = False

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.watched = _Everything()

    def append(self, computation: Any, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> None:
        self.records.append(Record(computation, inputs, outputs))

    def append_record(self, record: Record) -> None:
        self.records.append(record)

    def __enter__(self) -> _Listing:
        self._before = context.tapes
        context.tapes = (self,)
        return self

    def __exit__(self, *_: Any) -> None:
        context.tapes = self._before


class _Everything:
    """A set that holds whatever one asks for."""

    def __contains__(self, _: Any) -> bool:
        return True


class _Assembler:
    """Makes one program of what a pass ran: from the pass's tensors to the gradients that it found."""

    def __init__(self, listed: Sequence[Record], tensors: Sequence[Tensor]):
        self._listed = listed
        self._tensors = tensors
        self._numbers = {id(t): i for i, t in enumerate(tensors)}
        # Where each tensor was made: the record and the output.
        self._made = {id(t): (i, j) for i, r in enumerate(listed) for j, t in enumerate(r.outputs)}
        # The numbers of the tensors that the program takes, and the constants after them, with their positions.
        self._taken: dict[int, int] = {}
        self._constants: dict[int, tuple[int, Any]] = {}

    def assemble(self, found: Sequence[Any]) -> Pass:
        """The program that gives `found`. Raises _Unfit if there is none."""
        wanted = [t for t in _parts(found) if id(t) in self._made and _on_device(t)]
        steps = [(i, *self._step(self._listed[i])) for i in self._needed(wanted)]
        outputs = list(dict.fromkeys(self._made[id(t)] for t in wanted))
        results = [self._result(gradient, outputs) for gradient in found]
        program = jax.jit(self._function(steps, outputs))
        arguments = [self._tensors[number].operand() for number in self._taken]  # type: ignore[attr-defined]
        constants = tuple([array for _, array in self._constants.values()])
        # XLA rearranges convolutions in the main function of a program only: elsewhere they are slow.
        if "conv_general_dilated" in str(program.trace(*arguments, *constants).jaxpr):
            raise _Unfit("a convolution")
        program(*arguments, *constants)
        return Pass(program, tuple(self._taken), constants, results)

    def _needed(self, wanted: Sequence[Tensor]) -> list[int]:
        """The records on which these tensors depend, in order."""
        needed: set[int] = set()
        pending = list(wanted)
        while pending:
            place = self._made.get(id(pending.pop()))
            if place is None or place[0] in needed:
                continue
            needed.add(place[0])
            record = self._listed[place[0]]
            _check_fit(record)
            # What is on the host was made of shapes and small integers, which the structure holds.
            pending += [t for t in record.inputs if _on_device(t)]
        return sorted(needed)

    def _step(self, record: Record) -> tuple[Callable[..., Any], list[tuple[str, Any]]]:
        """The function that a record runs, and where its operands come from."""
        computation, inputs, _ = record
        positions = computation.static_positions
        for position in positions:
            self._check_constant(inputs[position])
        statics = [inputs[p].host_value() for p in positions]  # type: ignore[attr-defined]
        operands = [self._reference(t) for p, t in enumerate(inputs) if p not in positions]
        return _apart(computation, statics, default_platform()), operands

    def _reference(self, tensor: Any) -> tuple[str, Any]:
        if id(tensor) in self._made:
            if _on_device(tensor):
                return "made", self._made[id(tensor)]
            self._check_constant(tensor)
        number = self._numbers.get(id(tensor))
        if number is not None:
            return "taken", self._taken.setdefault(number, len(self._taken))
        self._constants.setdefault(id(tensor), (len(self._constants), jax.device_put(tensor.operand())))
        return "constant", self._constants[id(tensor)][0]

    def _check_constant(self, tensor: Any) -> None:
        """Raises _Unfit unless a host value that the pass made follows from the structure."""
        place = self._made.get(id(tensor))
        if place is None:
            if id(tensor) in self._numbers and tensor._host.dtype.kind not in "iub":
                raise _Unfit("a value on the host")
            return
        computation, inputs, _ = self._listed[place[0]]
        if computation.host or not isinstance(computation, OpComputation):
            raise _Unfit(computation.name)
        if not computation.kernel.shapes_only:
            for given in inputs:
                self._check_constant(given)

    def _function(self, steps: Sequence[Any], outputs: Sequence[Any]) -> Callable[..., tuple]:
        n_taken = len(self._taken)

        def backward_pass(*arguments: Any) -> tuple:
            values: dict[Any, Any] = {}

            def value(kind: str, which: Any) -> Any:
                if kind == "made":
                    return values[which]
                return arguments[which if kind == "taken" else n_taken + which]

            for i, step, operands in steps:
                results = step(*[value(*o) for o in operands])
                if type(results) is list:
                    raise _Unfit("it may fail on values")
                for j, result in enumerate(results if type(results) is tuple else (results,)):
                    values[i, j] = result
            return tuple([values[o] for o in outputs])

        return backward_pass

    def _result(self, gradient: Any, outputs: Sequence[Any]) -> Callable[..., Any]:
        """From the pass's tensors and the program's outputs to a gradient."""
        if gradient is None:
            return lambda tensors, outputs: None
        if isinstance(gradient, IndexedSlices):
            fields = (gradient.values, gradient.indices, gradient.dense_shape)
            parts = [self._result(field, outputs) for field in fields]
            return lambda tensors, outputs: IndexedSlices(*[part(tensors, outputs) for part in parts])
        if id(gradient) in self._made and _on_device(gradient):
            position = outputs.index(self._made[id(gradient)])
            return lambda tensors, outputs: outputs[position]
        number = self._numbers.get(id(gradient))
        if number is not None:
            return lambda tensors, outputs: tensors[number]
        self._check_constant(gradient)
        return lambda tensors, outputs: gradient


def _parts(gradients: Sequence[Any]) -> list[Tensor]:
    parts: list[Tensor] = []
    for gradient in gradients:
        if isinstance(gradient, IndexedSlices):
            parts += [t for t in (gradient.values, gradient.indices, gradient.dense_shape) if t is not None]
        elif gradient is not None:
            parts.append(gradient)
    return parts


def _on_device(tensor: Any) -> bool:
    return tensor._value is not None


def _check_fit(record: Record) -> None:
    """Raises _Unfit unless the computation is a pure one of arrays."""
    computation, inputs, outputs = record
    if isinstance(computation, OpComputation) and not (computation.simple or computation.static_positions):
        raise _Unfit(computation.name)
    if not all(type(t) is EagerTensor for t in (*inputs, *outputs)):
        raise _Unfit(computation.name)
    if any(not _on_device(t) and t._host is None for t in inputs):  # type: ignore[attr-defined]
        raise _Unfit(computation.name)
    if any(_on_device(inputs[p]) for p in computation.static_positions):
        raise _Unfit(computation.name)


def _apart(computation: Computation, statics: Sequence[np.ndarray], platform: str) -> Callable[..., Any]:
    """The computation as a function that the compiler neither inlines nor fuses with what is around it."""
    traceable = computation.traceable(statics, platform)

    @jax.jit
    def function(*operands: Any) -> Any:
        with set_xla_metadata(inlineable="true"):  # of what it calls itself
            return traceable(*operands)

    def call(*operands: Any) -> Any:
        with set_xla_metadata(inlineable="false"):
            return function(*operands)

    return call
