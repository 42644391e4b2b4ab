"""Checks that branches and iterations agree on the variables that they change, by the variables' names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.autograph.operators.kinds import is_tensor, without_variables
from tfshim.autograph.operators.variables import Undefined, UndefinedReturnValue
from tfshim.convert import convert_to_tensor
from tfshim.ops import op
from tfshim.shapes import TensorShape

_CONVERTIBLE = (bool, int, float, str, np.ndarray)


def condition(value: Any, statement: str) -> Any:
    """A scalar boolean tensor.

    Raises:
      ValueError: the value is none.
    """
    tensor = convert_to_tensor(value)
    if tensor.dtype != dtypes.bool:
        raise ValueError(
            f"condition of {statement} expected to be `tf.bool` scalar, got {tensor}; to use as boolean Tensor, use "
            "`tf.cast`; to check for None, use `is not None`"
        )
    if tensor.shape.rank == 0:
        return tensor
    if tensor.shape.rank is not None and np.prod([d for d in tensor.shape if d is not None]) > 1:
        raise ValueError(
            f"condition of {statement} expected to be `tf.bool` scalar, got {tensor}; to check for None, use "
            "`is not None`"
        )
    return op("Reshape")(tensor, ())


def _as_tensor(value: Any) -> Any:
    return convert_to_tensor(value) if isinstance(value, _CONVERTIBLE) else value


def _same_structure(first: Any, second: Any) -> None:
    """Raises ValueError or TypeError where structures differ; a variable counts as its value."""
    try:
        nest.assert_same_structure(first, second, expand_composites=True)
    except (ValueError, TypeError):
        nest.assert_same_structure(without_variables(first), without_variables(second), expand_composites=True)


def _with_name(check: Callable[..., None], reason: str, *structures: Any) -> None:
    try:
        check(*structures)
    except (ValueError, TypeError) as error:
        raise TypeError(f"{reason}\n\n{error}") from None


# Branches ------------------------------------------------------------------------------------------------


def check_branch(values: Sequence[Any], names: Sequence[str], branch: str) -> None:
    """Raises ValueError if a variable has no value at the end of a branch."""
    for name, value in zip(names, values, strict=False):
        if isinstance(value, Undefined):
            raise ValueError(f"'{name}' must also be initialized in the {branch} branch")
        if isinstance(value, UndefinedReturnValue):
            raise ValueError(f"the {branch} branch must also have a return statement.")


def check_branches(names: Sequence[str], main: Sequence[Any], other: Sequence[Any]) -> None:
    """Raises TypeError or ValueError if two branches leave a variable with values of different kinds."""
    for name, a, b in zip(names, main, other, strict=False):
        reason = f"'{name}' must have the same nested structure in the main and else branches:"
        _with_name(_same_structure, reason, a, b)
        nest.map_structure(lambda x, y, name=name: check_alternatives(name, x, y), a, b)


def check_alternatives(name: str, main: Any, other: Any) -> None:
    """Raises TypeError or ValueError if one value cannot be either of the two."""
    for value, branch in ((main, "main"), (other, "else")):
        if value is None:
            raise ValueError(f"'{name}' is None at the end of the {branch} branch.")
    main, other = _as_tensor(main), _as_tensor(other)
    if is_tensor(main) and is_tensor(other) and main.dtype != other.dtype:
        raise TypeError(
            f"'{name}' has dtype {main.dtype.name} in the main branch, but dtype {other.dtype.name} in the else branch"
        )


# Loops ---------------------------------------------------------------------------------------------------


def check_start(values: Sequence[Any], names: Sequence[str], after: Sequence[Any], hint: str = "") -> None:
    """Raises ValueError if a loop cannot start with these values.

    Args:
      values: of the variables before the loop.
      names: of the variables.
      after: the values after one iteration, or None for each.
      hint: why a missing value could not be made up.
    """
    for name, value, later in zip(names, values, after, strict=True):
        if isinstance(value, UndefinedReturnValue):
            if later:
                raise ValueError(
                    "the return value from a TensorFlow loop may only be a Tensor, int, float, bool or a list, tuple "
                    f"or dict thereof; got {type(later)}"
                )
            raise NotImplementedError(
                "a return statement cannot be placed inside this TensorFlow loop; this may happen if a return "
                "statement depends on a static Python condition such as a hyperparameter"
            )
        if value is None:
            raise ValueError(f"'{name}' is not allowed to be None before the loop")
        if isinstance(value, Undefined):
            raise ValueError(f"'{name}' must be defined before the loop" + (f"\n{hint}" if hint else ""))


def check_iteration(
    names: Sequence[str],
    start: Sequence[Any],
    entry: Sequence[Any],
    end: Sequence[Any],
    invariants: Sequence[Any] | None = None,
    check_shapes: bool = True,
) -> None:
    """Raises TypeError or ValueError if an iteration changes the kind of a variable.

    Args:
      names: of the variables.
      start: values before the loop.
      entry: values before the iteration.
      end: values after it.
      invariants: for each variable, the shapes that it may have (None: that of `start`).
      check_shapes: False where shapes may change.
    """
    invariants = invariants or [None] * len(names)
    for name, first, before, after, invariant in zip(names, start, entry, end, invariants, strict=True):
        reason = f"'{name}' does not have the same nested structure after one iteration."
        _with_name(_same_structure, reason, first, before)
        _with_name(lambda a, b: nest.assert_same_structure(a, b, expand_composites=True), reason, before, after)
        shapes = [None] * len(nest.flatten(before)) if invariant is None else nest.flatten(invariant)
        for one, two, shape in zip(nest.flatten(before), nest.flatten(after), shapes, strict=True):
            _check_variable(name, one, two, shape, check_shapes)


def check_invariants(names: Sequence[str], start: Sequence[Any], invariants: Sequence[Any]) -> None:
    """Raises TypeError or ValueError if a variable starts with a shape that its invariant does not allow."""
    for name, value, invariant in zip(names, start, invariants, strict=True):
        if invariant is not None:
            reason = f"'{name}' does not have the same nested structure as its corresponding shape invariant."
            _with_name(nest.assert_same_structure, reason, value, invariant)
            for part, shape in zip(nest.flatten(value), nest.flatten(invariant), strict=True):
                _check_invariant(name, _as_tensor(part), shape, "before the loop")


def _check_invariant(name: str, value: Any, invariant: Any, moment: str) -> None:
    if invariant is not None and not is_subshape(value.shape, invariant):
        raise ValueError(
            f"'{name}' has shape {value.shape} {moment}, which does not conform with the shape invariant {invariant}."
        )


def _check_variable(name: str, entry: Any, end: Any, invariant: Any, check_shape: bool) -> None:
    if end is None:
        raise ValueError(f"'{name}' is None at the end of the iteration.")
    entry, end = _as_tensor(entry), _as_tensor(end)
    if not is_tensor(entry) or not is_tensor(end):
        return
    if entry.dtype != end.dtype:
        raise TypeError(
            f"'{name}' has dtype {entry.dtype.name} before the loop, but dtype {end.dtype.name} after one iteration"
        )
    if not check_shape:
        return
    if invariant is not None:
        _check_invariant(name, end, invariant, "after one iteration")
    elif not is_subshape(end.shape, entry.shape):
        raise ValueError(
            f"'{name}' has shape {entry.shape} before the loop, but shape {end.shape} after one iteration. Use "
            "tf.autograph.experimental.set_loop_options to set shape invariants."
        )


def is_subshape(shape: TensorShape, allowed: Any) -> bool:
    """True if every shape that `shape` stands for is one that `allowed` stands for."""
    allowed = TensorShape(allowed)
    if allowed.rank is None:
        return True
    return shape.rank == allowed.rank and all(a is None or a == s for s, a in zip(shape, allowed, strict=True))
