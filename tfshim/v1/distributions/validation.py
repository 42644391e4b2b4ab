"""What distributions check of their parameters and arguments, and how they take them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, namespaces
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.scopes import control_dependencies
from tfshim.v1.distributions.distribution import graph_scope

tf: Any = namespaces.root()
v1: Any = namespaces.resolve("compat.v1")

_INTEGERS = {dtypes.float16: dtypes.int16, dtypes.float32: dtypes.int32, dtypes.float64: dtypes.int64}


def after(checks: Sequence[Any], value: Any) -> Any:
    """The value, once the checks have run."""
    with control_dependencies([check for check in checks if check is not None]):
        return tf.identity(value)


def kept(*values: tuple[str, Any], checks: Sequence[Any] = ()) -> list[Any]:
    """The parameters, given with their names, as tensors; they must have one floating type."""
    with control_dependencies([check for check in checks if check is not None]):
        tensors = [tf.identity(value, name=name) for name, value in values]
    tf.debugging.assert_same_float_dtype(tensors)
    return tensors


def new_seed(seed: Any, salt: str) -> int | None:
    """Another seed, made of a seed and a word."""
    if seed is None:
        return None
    return int(hashlib.md5(f"{seed}{salt}".encode(), usedforsecurity=False).hexdigest()[:8], 16) & 0x7FFFFFFF


def logits_and_probs(logits: Any, probs: Any, vector: bool, validate: bool, name: str | None) -> tuple[Any, Any]:
    """Both, from the one that is given: of Booleans or, with `vector`, of as many classes as the last axis is long.

    Raises:
      ValueError: unless exactly one is given.
      TypeError: if it has no floating type.
    """
    with graph_scope(name):
        if (probs is None) == (logits is None):
            raise ValueError("Must pass probs or logits, but not both.")
        if probs is None:
            logits = _floating(logits, "logits")
            if not vector:
                return logits, tf.sigmoid(logits, name="probs")
            logits = categorical(logits) if validate else logits
            return logits, tf.nn.softmax(logits, name="probs")
        probs = _floating(probs, "probs")
        if validate:
            probs = _valid_probabilities(probs, vector)
        with graph_scope("logits"):
            log = tf.math.log(probs)
            return (log if vector else log - tf.math.log1p(-1.0 * probs)), probs


def _floating(value: Any, name: str) -> Any:
    tensor = convert_to_tensor(value, name=name)
    if not tensor.dtype.is_floating:
        raise TypeError(f"{name} must having floating type.")
    return tensor


def _valid_probabilities(probs: Any, vector: bool) -> Any:
    one = tf.constant(1.0, probs.dtype)
    checks = [v1.assert_non_negative(probs)]
    if vector:
        probs = categorical(probs)
        checks.append(v1.assert_near(tf.reduce_sum(probs, -1), one, message="probs does not sum to 1."))
    else:
        checks.append(v1.assert_less_equal(probs, one, message="probs has components greater than 1."))
    return after(checks, probs)


def categorical(value: Any) -> Any:
    """A parameter with one element a class, of which there are two or more, and no more than the type can count."""
    value = convert_to_tensor(value, name="categorical_param")
    if not value.dtype.is_floating:
        raise TypeError(f"Unable to validate size of unrecognized dtype ({value.dtype.name}).")
    most = int(2 ** (np.finfo(value.dtype.as_numpy_dtype).nmant + 1))
    if value.shape.rank == 0:
        raise ValueError("A categorical-distribution parameter must have at least 1 dimension.")
    few = "A categorical-distribution parameter must have at least 2 events."
    many = f"Number of classes exceeds `dtype` precision, i.e., {value.dtype.name} counts to {most}."
    size = value.shape[-1] if value.shape.rank is not None else None
    if size is not None:
        if not 2 <= size <= most:
            raise ValueError(few if size < 2 else many)
        return value
    size = tf.shape(value)[-1]
    return after([v1.assert_greater_equal(size, 2, message=few), v1.assert_less_equal(size, most, message=many)], value)


def counts(value: Any) -> Any:
    """Numbers that must be whole and not negative."""
    value = convert_to_tensor(value, name="x")
    checks = [v1.assert_non_negative(value, message=f"'{value}' must be non-negative.")]
    if not value.dtype.is_integer:
        checks.append(_whole(value, _INTEGERS[value.dtype], f"'{value}' cannot contain fractional components."))
    return after(checks, value)


def event(value: Any, target: DType, most: int) -> Any:
    """A discrete outcome: not negative, whole, and no more than `most`, the largest value of the type `target`."""
    value = convert_to_tensor(value, name="x")
    if not value.dtype.is_integer and not value.dtype.is_floating and not value.dtype.is_bool:
        raise TypeError(f"{value.dtype.name}.dtype must be floating- or integer-type.")
    checks = [v1.assert_non_negative(value, message="Elements must be non-negative.")]
    if value.dtype.is_floating:
        checks.append(_whole(value, target, f"Elements must be {target.name}-equivalent."))
    elif not value.dtype.is_bool and np.iinfo(value.dtype.as_numpy_dtype).max > most:
        checks.append(v1.assert_less_equal(value, most, message=f"Elements cannot exceed {most}."))
    return after(checks, value)


def _whole(value: Any, integer: DType, message: str) -> Any:
    return v1.assert_equal(value, tf.cast(tf.cast(value, integer), value.dtype), message=message)


def log_combinations(total: Any, parts: Any) -> Any:
    """The logarithm of the multinomial coefficients; the parts lie on the last axis."""
    with graph_scope("log_combinations"):
        total, parts = convert_to_tensor(total, name="n"), convert_to_tensor(parts, name="counts")
        return tf.math.lgamma(total + 1) - tf.reduce_sum(tf.math.lgamma(parts + 1), axis=[-1])
