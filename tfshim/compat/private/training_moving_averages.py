"""`tensorflow.python.training.moving_averages`: averages of tensors that are no variables."""

from typing import Any

from tfshim.ops import op
from tfshim.v1.initializers import Zeros
from tfshim.v1.training.moving_averages import ExponentialMovingAverage, assign_moving_average
from tfshim.v1.variable_scope import get_variable, variable_scope

__all__ = ["ExponentialMovingAverage", "assign_moving_average", "weighted_moving_average"]


def weighted_moving_average(value, decay, weight, truediv=True, collections=None, name=None) -> Any:
    """The moving average of `value * weight`, divided by that of `weight`; both are variables, made here."""
    with variable_scope(name, "WeightedMovingAvg", [value, weight, decay]):
        averages = []
        for part, tensor in (("value_x_weight", op("Mul")(value, weight)), ("weight", weight)):
            shape, dtype = tensor.shape, tensor.dtype
            options = {"initializer": Zeros(), "trainable": False, "collections": collections}
            variable = get_variable(part, shape=shape, dtype=dtype, **options)
            averages.append(assign_moving_average(variable, tensor, decay, zero_debias=False))
        return op("RealDiv" if truediv else "Div")(*averages)
