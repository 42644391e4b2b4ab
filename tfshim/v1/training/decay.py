"""Learning rates of `tf.compat.v1.train` that change with the global step."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.control_flow import case
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import name_scope

# From the step as a float, and a function that makes tensors of the dtype of the rate, to the rate.
_Formula = Callable[[Any, Callable[[Any], Any]], Any]


def _decayed(rate: Any, step: Any, name: str, formula: _Formula) -> Any:
    """The rate at `step`; in eager mode a function that computes it, for the step may change."""
    if step is None:
        raise ValueError("None values not supported.")

    def compute() -> Any:
        with name_scope(name) as scope:
            initial = convert_to_tensor(rate, name="initial_learning_rate")
            dtype = initial.dtype

            def number(value: Any) -> Any:
                value = convert_to_tensor(value)
                return value if value.dtype is dtype else op("Cast")(value, DstT=dtype)

            return op("Mul")(initial, formula(number(step), number), name=scope or None)

    return compute() if context.graph is not None else functools.partial(compute)


def _periods(step: Any, number: Callable[[Any], Any], decay_steps: Any, staircase: bool) -> Any:
    p = op("RealDiv")(step, number(decay_steps))
    return op("Floor")(p) if staircase else p


@export("compat.v1.train.exponential_decay")
def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Any:
    """rate · decay_rate^(step / decay_steps); with `staircase`, the exponent is rounded down.

    In eager mode this, like the other schedules, is a function without arguments.
    """
    return _decayed(
        learning_rate,
        global_step,
        name or "ExponentialDecay",
        lambda s, n: op("Pow")(n(decay_rate), _periods(s, n, decay_steps, staircase)),
    )


@export("compat.v1.train.natural_exp_decay")
def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Any:
    """rate · exp(-decay_rate · step / decay_steps); with `staircase`, the quotient is rounded down."""
    return _decayed(
        learning_rate,
        global_step,
        name or "ExponentialDecay",
        lambda s, n: op("Exp")(op("Mul")(op("Neg")(n(decay_rate)), _periods(s, n, decay_steps, staircase))),
    )


@export("compat.v1.train.inverse_time_decay")
def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Any:
    """rate / (1 + decay_rate · step / decay_steps); with `staircase`, the quotient is rounded down."""

    def formula(s: Any, n: Callable[[Any], Any]) -> Any:
        slowed = op("Mul")(n(decay_rate), _periods(s, n, decay_steps, staircase))
        return op("Reciprocal")(op("AddV2")(n(1), slowed))

    return _decayed(learning_rate, global_step, name or "InverseTimeDecay", formula)


@export("compat.v1.train.polynomial_decay")
def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Any:
    """From the rate to `end_learning_rate` as (1 - step / decay_steps)^power.

    After `decay_steps` steps the rate stays; with `cycle`, `decay_steps` grows by multiples of itself.
    """
    if global_step is None:
        raise ValueError("None values not supported.")

    def compute() -> Any:
        with name_scope(name or "PolynomialDecay") as scope:
            initial = convert_to_tensor(learning_rate, name="initial_learning_rate")
            step, end, steps, exponent = (
                op("Cast")(convert_to_tensor(v), DstT=initial.dtype)
                for v in (global_step, end_learning_rate, decay_steps, power)
            )
            if cycle:
                one = op("OnesLike")(steps)
                rounds = op("Maximum")(op("Ceil")(op("RealDiv")(step, steps)), one)
                steps = op("Mul")(steps, rounds)
            else:
                step = op("Minimum")(step, steps)
            left = op("Sub")(op("OnesLike")(steps), op("RealDiv")(step, steps))
            share = op("Mul")(op("Sub")(initial, end), op("Pow")(left, exponent))
            return op("AddV2")(share, end, name=scope or None)

    return compute() if context.graph is not None else functools.partial(compute)


def _cosine(share: Any) -> Any:
    """From 1 to 0 as the share of the time goes from 0 to 1."""
    pi = convert_to_tensor(math.pi, dtype=share.dtype)
    return op("Mul")(0.5, op("AddV2")(1.0, op("Cos")(op("Mul")(pi, share))))


def _above(alpha: float, factor: Any) -> Any:
    return op("AddV2")(op("Mul")(1 - alpha, factor), alpha)


def _share(step: Any, n: Callable[[Any], Any], decay_steps: Any) -> Any:
    steps = n(decay_steps)
    return op("RealDiv")(op("Minimum")(step, steps), steps)


@export("compat.v1.train.cosine_decay")
def cosine_decay(
    learning_rate: Any, global_step: Any, decay_steps: Any, alpha: float = 0.0, name: str | None = None
) -> Any:
    """From the rate to `alpha` times the rate, along half a cosine."""
    return _decayed(
        learning_rate,
        global_step,
        name or "CosineDecay",
        lambda s, n: _above(alpha, _cosine(_share(s, n, decay_steps))),
    )


@export("compat.v1.train.cosine_decay_restarts")
def cosine_decay_restarts(
    learning_rate: Any,
    global_step: Any,
    first_decay_steps: Any,
    t_mul: float = 2.0,
    m_mul: float = 1.0,
    alpha: float = 0.0,
    name: str | None = None,
) -> Any:
    """`cosine_decay` again and again: each time for `t_mul` times as many steps, from `m_mul` times the rate."""

    def formula(s: Any, n: Callable[[Any], Any]) -> Any:
        done = op("RealDiv")(s, n(first_decay_steps))
        factor = n(t_mul)
        if t_mul == 1.0:
            restarts = op("Floor")(done)
            share = op("Sub")(done, restarts)
        else:
            grown = op("Sub")(1.0, op("Mul")(done, op("Sub")(1.0, factor)))
            restarts = op("Floor")(op("RealDiv")(op("Log")(grown), op("Log")(factor)))
            power = op("Pow")(factor, restarts)
            start = op("RealDiv")(op("Sub")(1.0, power), op("Sub")(1.0, factor))
            share = op("RealDiv")(op("Sub")(done, start), power)
        return _above(alpha, op("Mul")(op("Pow")(n(m_mul), restarts), _cosine(share)))

    return _decayed(learning_rate, global_step, name or "SGDRDecay", formula)


def _linear_cosine(share: Any, num_periods: float, alpha: float, beta: float, noise: Any = None) -> Any:
    linear = op("Sub")(1.0, share)
    if noise is not None:
        linear = op("AddV2")(linear, noise)
    return op("AddV2")(op("Mul")(op("AddV2")(alpha, linear), _cosine(op("Mul")(2.0 * num_periods, share))), beta)


@export("compat.v1.train.linear_cosine_decay")
def linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    num_periods: float = 0.5,
    alpha: float = 0.0,
    beta: float = 0.001,
    name: str | None = None,
) -> Any:
    """rate · ((alpha + linear) · cosine + beta), where both factors go from 1 to 0."""
    return _decayed(
        learning_rate,
        global_step,
        name or "LinearCosineDecay",
        lambda s, n: _linear_cosine(_share(s, n, decay_steps), num_periods, alpha, beta),
    )


@export("compat.v1.train.noisy_linear_cosine_decay")
def noisy_linear_cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    initial_variance: float = 1.0,
    variance_decay: float = 0.55,
    num_periods: float = 0.5,
    alpha: float = 0.0,
    beta: float = 0.001,
    name: str | None = None,
) -> Any:
    """`linear_cosine_decay` with noise of variance initial_variance / (1 + step)^variance_decay."""
    from tfshim.api import random

    def formula(s: Any, n: Callable[[Any], Any]) -> Any:
        clipped = op("Minimum")(s, n(decay_steps))
        variance = op("RealDiv")(n(initial_variance), op("Pow")(op("AddV2")(1.0, clipped), n(variance_decay)))
        noise = op("Mul")(random.normal(op("Shape")(s), dtype=s.dtype), op("Sqrt")(variance))
        return _linear_cosine(_share(s, n, decay_steps), num_periods, alpha, beta, noise)

    return _decayed(learning_rate, global_step, name or "NoisyLinearCosineDecay", formula)


@export("compat.v1.train.piecewise_constant", "compat.v1.train.piecewise_constant_decay")
def piecewise_constant(x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None) -> Any:
    """The first value up to (and with) the first boundary, the second up to the second, the last one beyond.

    Raises ValueError unless there is one value more than there are boundaries, of one dtype, and the boundaries have
    the dtype of `x`.
    """
    boundaries, values = ([convert_to_tensor(v) for v in vs] for vs in (boundaries, values))
    position = convert_to_tensor(x)
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    for i, boundary in enumerate(boundaries):
        if boundary.dtype != position.dtype:
            if position.dtype is dtypes.int64 and boundary.dtype is dtypes.int32:
                boundaries[i] = op("Cast")(boundary, DstT=dtypes.int64)
            else:
                raise ValueError(f"Boundaries ({boundary.dtype}) must have the same dtype as x ({position.dtype}).")
    for value in values[1:]:
        if value.dtype != values[0].dtype:
            raise ValueError(f"Values must have elements all with the same dtype ({values[0].dtype} vs {value.dtype}).")

    def compute() -> Any:
        with name_scope(name or "PiecewiseConstant"):
            now = convert_to_tensor(x)
            pairs = [
                (op("LessEqual")(now, boundary), functools.partial(lambda v: v, value))
                for boundary, value in zip(boundaries, values, strict=False)
            ]
            return case(pairs, default=lambda: op("Identity")(values[-1])) if pairs else values[0]

    return compute() if context.graph is not None else functools.partial(compute)
