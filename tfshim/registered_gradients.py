"""Gradients that programs register by name: `tf.RegisterGradient`, `tf.no_gradient`.

A name is a type of op that TensorFlow cannot differentiate, or one that `tf.Graph.gradient_override_map` puts in
place of another op's gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tfshim import indexed_slices
from tfshim.backprop import Record, gradient_rule, has_rule, named_rules
from tfshim.export import export
from tfshim.ops import op, op_table
from tfshim.tensor import SymbolicTensor


class _EagerOperation:
    """What a gradient function sees of an op that ran eagerly."""

    graph = None

    def __init__(self, record: Record):
        self.type = self.name = record.computation.name
        self.inputs = record.inputs
        self.outputs = list(record.outputs)
        self._computation = record.computation

    def get_attr(self, name: str) -> Any:
        """Value of an attribute; ValueError for one that the kernel does not take."""
        return self._computation.attr(name)


def _check_free(name: Any) -> None:
    if not isinstance(name, str):
        raise TypeError("op_type must be a string")
    known = op_table.is_known(name) and (op_table.op_def(name).grad is not None or has_rule(name))
    if name in named_rules or known:
        raise KeyError(f"Registering two gradient with name {name!r}!")


def _register(name: str, rule: Any) -> None:
    named_rules[name] = rule
    if op_table.is_known(name):
        gradient_rule(name)(rule)


@export("RegisterGradient")
class RegisterGradient:
    """Decorates the gradient function of a type of op, or one for `tf.Graph.gradient_override_map`.

    The function is called with the `tf.Operation` and one gradient for each of its outputs, zeros where there is none;
    it returns one gradient (or None) for each input.

    Args:
      op_type: the name.

    Raises:
      TypeError: for a name that is no string.
      KeyError: when the decorated function is registered and there is a gradient of this name already.
    """

    __slots__ = ("_op_type",)

    def __init__(self, op_type: str):
        if not isinstance(op_type, str):
            raise TypeError("op_type must be a string")
        self._op_type = op_type

    def __call__(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """Registers `f`, and returns it."""
        _check_free(self._op_type)

        def rule(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
            return _call(f, record, cotangents)

        _register(self._op_type, rule)
        return f


def _call(f: Callable[..., Any], record: Record, cotangents: Sequence[Any]) -> Sequence[Any]:
    source = record.outputs[0]
    operation = source.op if isinstance(source, SymbolicTensor) else _EagerOperation(record)
    given = [
        op("ZerosLike")(o) if c is None else indexed_slices.dense(c)
        for o, c in zip(record.outputs, cotangents, strict=True)
    ]
    found = f(operation, *given)
    gradients = list(found) if isinstance(found, (list, tuple)) else [found]
    if len(gradients) != len(record.inputs):
        raise ValueError(
            f"Num gradients {len(gradients)} generated for op {operation.name!r} of type {operation.type} do not match "
            f"num inputs {len(record.inputs)}"
        )
    return gradients


@export("no_gradient")
def no_gradient(op_type: str) -> None:
    """Says that ops of a type have no gradient: None flows through them.

    Raises TypeError for a name that is no string, and KeyError if there is a gradient of this name already.
    """
    _check_free(op_type)
    _register(op_type, lambda record, cotangents, wanted: [None] * len(record.inputs))
