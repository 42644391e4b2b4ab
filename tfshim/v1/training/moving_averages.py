"""`tf.train.ExponentialMovingAverage`: shadow variables that follow others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import control_dependencies, get_default_graph, group, init_scope, name_scope
from tfshim.v1.collections import (
    GraphKeys,
    add_to_collection,
    get_collection,
    moving_average_variables,
    trainable_variables,
)
from tfshim.v1.training.slots import create_slot, create_zeros_slot
from tfshim.v1.variable_creation import create_variable
from tfshim.variable import Variable

_DTYPES = ("float16", "bfloat16", "float32", "float64")


@export("train.ExponentialMovingAverage", "compat.v1.train.ExponentialMovingAverage")
class ExponentialMovingAverage:
    """Keeps averages of variables that decay exponentially: shadow ← decay · shadow + (1 - decay) · variable.

    Args:
      decay: the share of the old average.
      num_updates: a count of the updates so far; the decay is at most (1 + num_updates) / (10 + num_updates).
      zero_debias: corrects averages of tensors (not of variables) for their start at zero.
      name: put behind the names of the variables.
    """

    def __init__(
        self, decay: Any, num_updates: Any = None, zero_debias: bool = False, name: str = "ExponentialMovingAverage"
    ):
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        # By the identity of what is followed, which is kept alive.
        self._averages: dict[int, tuple[Any, Any]] = {}
        self._debias: dict[int, tuple[Any, Any]] = {}

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    def apply(self, var_list: Sequence[Any] | None = None) -> Any:
        """Makes the averages of variables (by default, the trainable ones) on first use, and updates them.

        Args:
          var_list: variables; in a graph tensors too, whose averages start at zero.

        Returns:
          The operation that updates; None in eager mode.

        Raises:
          TypeError: for values that are not floating, and for tensors in eager mode.
        """
        var_list = trainable_variables() if var_list is None else list(var_list)
        for variable in var_list:
            if variable.dtype.name not in _DTYPES:
                raise TypeError(f"The variables must be half, float, or double: {variable.name}")
            if context.graph is None and not isinstance(variable, Variable):
                raise TypeError(
                    "tf.train.ExponentialMovingAverage does not support non-Variable tensors when eager execution is "
                    "enabled."
                )
            if id(variable) not in self._averages:
                self._averages[id(variable)] = (variable, self._make(variable))
        with name_scope(self._name) as scope:
            decay = convert_to_tensor(self._decay, dtype=dtypes.float32, name="decay")
            if self._num_updates is not None:
                updates = op("Cast")(convert_to_tensor(self._num_updates), DstT=dtypes.float32, name="num_updates")
                grown = op("RealDiv")(op("AddV2")(1.0, updates), op("AddV2")(10.0, updates))
                decay = op("Minimum")(decay, grown)
            done = [self._update(v, self._averages[id(v)][1], decay) for v in var_list]
            return group(*done, name=scope or None)

    def _make(self, variable: Any) -> Any:
        with init_scope():
            if not isinstance(variable, Variable):
                average = create_zeros_slot(variable, self._name)
                if self._zero_debias:
                    self._debias[id(variable)] = _debias_state(average)
                return average
            initial = variable.initial_value if context.graph is not None else variable.read_value()
            average = create_slot(variable, initial, self._name)
            if context.graph is not None:
                add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, variable)
            return average

    def _update(self, variable: Any, average: Any, decay: Any) -> Any:
        with name_scope("AssignMovingAvg") as scope:
            rate = op("Sub")(1.0, decay)
            if rate.dtype != average.dtype:
                rate = op("Cast")(rate, DstT=average.dtype)
            return _moved(average, convert_to_tensor(variable), rate, self._debias.get(id(variable)), scope)

    def average(self, var: Any) -> Any:
        """The variable that holds the average of `var`, or None."""
        found = self._averages.get(id(var))
        return None if found is None else found[1]

    def average_name(self, var: Any) -> str:
        """The name of that variable, whether it exists or not."""
        found = self._averages.get(id(var))
        if found is not None:
            return found[1].name.partition(":")[0]
        # As a new variable would be called here.
        name = f"{var.op.name if context.graph is not None else var.name.partition(':')[0]}/{self._name}"
        return get_default_graph().unique_name(name, mark_as_used=False)

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict[str, Any]:
        """By the name under which its value is to be looked up, each variable: averages in place of values.

        Args:
          moving_avg_variables: those for which the average counts; by default the trainable ones, and those that are
            followed.
        """
        names: dict[str, Any] = {}
        if moving_avg_variables is None:
            moving_avg_variables = [*trainable_variables(), *moving_average_variables()]
        known = {id(v): v for v in moving_avg_variables}
        for variable in known.values():
            names[self.average_name(variable)] = variable
        others = get_collection(GraphKeys.GLOBAL_VARIABLES) if context.graph is not None else []
        taken = {v.name.partition(":")[0] for v in known.values()}
        for variable in others:
            name = variable.name.partition(":")[0]
            if name not in taken and name not in names:
                names[name] = variable
        return names


def _debias_state(average: Any) -> tuple[Any, Any]:
    """The average from zero, and how often it was updated."""
    name = average.name.partition(":")[0]
    biased = create_variable(op("ZerosLike")(average), name=f"{name}/biased", trainable=False)
    steps = create_variable(convert_to_tensor(0.0, dtype=average.dtype), name=f"{name}/local_step", trainable=False)
    return biased, steps


def _moved(average: Any, value: Any, rate: Any, debias: tuple[Any, Any] | None, name: str) -> Any:
    """Moves a variable towards a value; with `debias` as if it had begun nowhere and not at zero."""
    if debias is None:
        return average.assign_sub(op("Mul")(op("Sub")(average, value), rate), name=name)
    biased, steps = debias
    moved = [
        biased.assign_sub(op("Mul")(op("Sub")(biased, value), rate)),
        steps.assign_add(convert_to_tensor(1.0, dtype=steps.dtype)),
    ]
    with control_dependencies(moved):
        bias = op("Sub")(1.0, op("Pow")(op("Sub")(1.0, rate), steps.read_value()))
        return average.assign(op("RealDiv")(biased.read_value(), bias), name=name)


@export("__internal__.train.assign_moving_average")
def assign_moving_average(variable, value, decay, zero_debias=True, name=None):
    """`variable -= (variable - value) * (1 - decay)`.

    Args:
      variable: moves towards `value`.
      value: a tensor of the same shape.
      decay: a number less than 1.
      zero_debias: corrects for a variable that began at zero; two more variables are made for it.
      name: of the operations.
    """
    debias = _debias_state(variable) if zero_debias else None
    with name_scope(name or "AssignMovingAvg") as scope:
        rate = op("Sub")(1.0, convert_to_tensor(decay, dtype=dtypes.float32, name="decay"))
        if rate.dtype != variable.dtype:
            rate = op("Cast")(rate, DstT=variable.dtype)
        return _moved(variable, convert_to_tensor(value, dtype=variable.dtype), rate, debias, scope)
