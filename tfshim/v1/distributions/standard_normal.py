"""The distribution function of the standard normal distribution, and its logarithm."""

from __future__ import annotations

import math
from typing import Any

from tfshim import dtypes, namespaces

tf: Any = namespaces.root()

# Below the first of these the logarithm comes from an asymptotic series, above the second from the other tail.
_LIMITS = {dtypes.float64: (-20.0, 8.0), dtypes.float32: (-10.0, 5.0)}
# (2n - 1)!! for the terms of the series.
_ODD_FACTORIALS = (1.0, 3.0, 15.0)


def _limits(x: Any) -> tuple[float, float]:
    try:
        return _LIMITS[x.dtype]
    except KeyError:
        raise TypeError(f"x.dtype={x.dtype!r} is not handled, see docstring for supported types.") from None


def ndtr(x: Any) -> Any:
    """The probability of no more than `x`, float32 or float64."""
    _limits(x)
    half = 0.5 * math.sqrt(2.0)
    w = x * half
    tail = tf.math.erfc(tf.abs(w))
    # The error function is exact near 0, its complement far from it.
    return 0.5 * tf.where(tf.abs(w) < half, 1.0 + tf.math.erf(w), tf.where(w > 0.0, 2.0 - tail, tail))


def log_ndtr(x: Any) -> Any:
    """The logarithm of `ndtr`, also where that is too small for the type."""
    lower, upper = _limits(x)
    # Each branch sees only its part of the line: elsewhere its gradient would be nan or infinite.
    middle = tf.math.log(ndtr(tf.maximum(x, lower)))
    return tf.where(x > upper, -ndtr(-x), tf.where(x > lower, middle, _far_below(tf.minimum(x, lower))))


def _far_below(x: Any) -> Any:
    square = tf.square(x)
    series = 1.0
    power = square
    for n, factor in enumerate(_ODD_FACTORIALS):
        series = series + (-factor if n % 2 == 0 else factor) / power
        power = power * square
    return -0.5 * square - tf.math.log(-x) - 0.5 * math.log(2.0 * math.pi) + tf.math.log(series)
