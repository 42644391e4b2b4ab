"""A Python loop as a loop of the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import nest
from tfshim.autograph.operators import agreement
from tfshim.autograph.operators.kinds import is_tensor
from tfshim.autograph.operators.variables import Undefined, UndefinedReturnValue, is_missing
from tfshim.control_flow import while_loop
from tfshim.convert import convert_to_tensor
from tfshim.graph import FuncGraph
from tfshim.namespaces import resolve
from tfshim.ops import op
from tfshim.shapes import TensorShape
from tfshim.type_spec import CompositeTensor, type_spec_from_value


class While:
    """A loop whose variables may have no value before it.

    Such a variable starts as zeros of the kind that one iteration gives it, and the loop is then required to run at
    least once.

    Args:
      test: whether to go on.
      body: one iteration.
      get_state: values of the variables.
      set_state: sets them.
      names: of the variables.
      opts: options of `while_loop`, with `shape_invariants` a list of (value, shape).
      defaults: what variables start with that have no value, by their names.
    """

    def __init__(
        self,
        test: Callable[[], Any],
        body: Callable[[], None],
        get_state: Callable[[], tuple[Any, ...]],
        set_state: Callable[[Any], None],
        names: Sequence[str],
        opts: dict[str, Any],
        defaults: dict[Any, Any] | None = None,
    ):
        self.test = test
        self.body = body
        self.get_state = get_state
        self.set_state = set_state
        self.names = list(names)
        self.options = {k: v for k, v in opts.items() if k != "shape_invariants"}
        given = get_state()
        self.start = [
            (defaults or {}).get(n, v) if isinstance(v, Undefined) else v
            for n, v in zip(self.names, given, strict=True)
        ]
        by_value = {id(v): shape for v, shape in opts.get("shape_invariants", ())}
        self.invariants = [by_value.get(id(v)) for v in given]
        self.missing = [is_missing(v) for v in self.start]
        self.unset = list(self.start)

    def run(self) -> None:
        """Adds the loop to the graph; the variables then are its results."""
        must_run = any(self.missing)
        if must_run:
            self._make_up()
        # Whether the loop has run; also what a loop without variables carries.
        first = [False] if must_run or not self.start else []

        def test(*values: Any) -> Any:
            self.set_state(values[len(first) :])
            return agreement.condition(self.test(), "while loop")

        def body(*values: Any) -> Any:
            before = values[len(first) :]
            self.set_state(before)
            self.body()
            after = self.get_state()
            agreement.check_iteration(self.names, self.start, before, after, self.invariants)
            return (*[True for _ in first], *after)

        agreement.check_invariants(self.names, self.start, self.invariants)
        options = dict(self.options)
        if any(i is not None for i in self.invariants):
            options["shape_invariants"] = (
                *[TensorShape(()) for _ in first],
                *map(_allowed, self.start, self.invariants),
            )
        result = while_loop(test, body, (*first, *self.start), **options)
        if self.start:
            self.set_state(self._checked(result) if must_run else result)

    def _make_up(self) -> None:
        """Gives variables without a value one that the first iteration replaces."""
        after: Sequence[Any] = [None] * len(self.names)
        hint = ""
        try:
            after = self._one_iteration()
            for i, missing in enumerate(self.missing):
                if missing:
                    self.start[i], shape = _zeros_like(after[i], self.invariants[i], self.start[i])
                    if self.invariants[i] is None:
                        self.invariants[i] = shape
        except (UnboundLocalError, TypeError, ValueError, KeyError) as error:
            hint = f"Note: AutoGraph tried to define it automatically, but ran into a {type(error).__name__}: {error}"
        agreement.check_start(self.start, self.names, after, hint)

    def _one_iteration(self) -> tuple[Any, ...]:
        """The variables after an iteration in a graph that is thrown away."""
        graph = FuncGraph("tmp")

        def varying(value: Any) -> Any:
            # Inside the loop a number is a tensor, whose value is not known.
            if isinstance(value, (bool, int, float, str, np.ndarray, np.generic)):
                start = convert_to_tensor(value)
                return graph.placeholder(start.dtype, start.shape)
            return value

        with graph.as_default():
            # Not undone if it fails: an element of what is undefined cannot be set back either.
            self.set_state(nest.map_structure(varying, self.start))
            try:
                self.body()
                return self.get_state()
            finally:
                self.set_state(self.start)

    def _checked(self, result: Any) -> tuple[Any, ...]:
        ran, *values = result
        names = [
            "the function return value" if isinstance(value, UndefinedReturnValue) else name
            for name, value, missing in zip(self.names, self.unset, self.missing, strict=True)
            if missing
        ]
        message = f"loop must iterate at least once to initialize {', '.join(names)}"
        resolve("debugging.Assert")(ran, [message])  # type: ignore[operator]
        return tuple(nest.map_structure(lambda v: op("Identity")(v) if is_tensor(v) else v, values))


def _allowed(value: Any, invariant: Any) -> Any:
    """The shape that a loop variable has in all iterations."""
    if invariant is not None:
        return invariant

    def own(part: Any) -> Any:
        if is_tensor(part) or isinstance(part, CompositeTensor):
            return type_spec_from_value(part)
        return convert_to_tensor(part).shape

    return nest.map_structure(own, value)


def _zeros_like(value: Any, invariant: Any, otherwise: Any) -> tuple[Any, Any]:
    """(a value of the same kind, the shape that the loop must allow it to have or None).

    Raises:
      TypeError: there is none.
    """
    if is_missing(value):
        return otherwise, None
    if isinstance(value, (bool, int, float)):
        return type(value)(0), None
    if is_tensor(value):
        return _zero_tensor(value, invariant)
    if isinstance(value, (list, tuple, dict)):
        flat = nest.flatten(value)
        shapes = [None] * len(flat) if invariant is None else nest.flatten(invariant)
        pairs = [_zeros_like(v, s, v) for v, s in zip(flat, shapes, strict=True)]
        invariants = [i for _, i in pairs]
        packed = nest.pack_sequence_as(value, invariants) if any(i is not None for i in invariants) else None
        return nest.pack_sequence_as(value, [v for v, _ in pairs]), packed
    raise TypeError(
        f"Found an unsupported type '{type(value).__name__}' while creating placeholder for {value}. Supported types "
        "include Tensor, int, float, bool, list, tuple or dict."
    )


def _zero_tensor(value: Any, invariant: Any) -> tuple[Any, Any]:
    allowed = TensorShape(invariant) if invariant is not None else value.shape
    zero = np.zeros((), value.dtype.as_numpy_dtype) if value.dtype.name != "string" else ""
    if allowed.rank is None:
        return op("Fill")([], zero), allowed
    # A size that is not known starts as what the invariant says, or as 0.
    sizes = [a or 0 if s is None else s for s, a in zip(value.shape, allowed, strict=True)]
    return op("Fill")(sizes, zero), allowed if None in list(value.shape) else None
