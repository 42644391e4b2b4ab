"""Functions of matrices that take linear operators too: there the operator's own method answers."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from tfshim.tensor import EagerTensor


def is_operator(value: Any) -> bool:
    """Whether a value is a `tf.linalg.LinearOperator`."""
    return type(value) is not EagerTensor and getattr(type(value), "_is_linear_operator", False)


def takes_operators(act: Callable[[dict[str, Any]], Any]) -> Callable[[Any], Any]:
    """Gives a function over matrices a second meaning: `act(arguments)` if one of its arguments is an operator."""

    def decorate(fn: Any) -> Any:
        signature = inspect.signature(fn)

        @functools.wraps(fn)
        def call(*args, **kwargs):
            for value in (*args, *kwargs.values()):
                if type(value) is not EagerTensor and is_operator(value):
                    bound = signature.bind(*args, **kwargs)
                    bound.apply_defaults()
                    return act(bound.arguments)
            return fn(*args, **kwargs)

        return call

    return decorate


def method(name: str) -> Callable[[Any], Any]:
    """For functions of one matrix: the operator's method of this name."""
    return takes_operators(lambda arguments: getattr(next(iter(arguments.values())), name)())


def product(arguments: dict[str, Any]) -> Any:
    """`tf.matmul` where one or both are operators; a tensor times an operator by the adjoints of both."""
    a, b = arguments["a"], arguments["b"]
    flip_a = arguments["transpose_a"] or arguments["adjoint_a"]
    flip_b = arguments["transpose_b"] or arguments["adjoint_b"]
    if arguments["transpose_a"] or arguments["transpose_b"]:
        raise ValueError("Transposing not supported at this time: use adjoint_a and adjoint_b with a LinearOperator.")
    if is_operator(a):
        return a.matmul(b, adjoint=flip_a, adjoint_arg=flip_b)
    from tfshim.api.linalg import adjoint

    return adjoint(b.matmul(a, adjoint=not flip_b, adjoint_arg=not flip_a))


def matrix_times_vector(arguments: dict[str, Any]) -> Any:
    """`tf.linalg.matvec` of an operator."""
    if arguments["transpose_a"]:
        raise ValueError("Transposing not supported at this time: use adjoint_a with a LinearOperator.")
    return arguments["a"].matvec(arguments["b"], adjoint=arguments["adjoint_a"])


def solution(arguments: dict[str, Any]) -> Any:
    """`tf.linalg.solve` with an operator."""
    matrix, rhs = arguments["matrix"], arguments["rhs"]
    if not is_operator(matrix):
        raise ValueError("Passing in `matrix` as a Tensor and `rhs` as a LinearOperator is not supported.")
    return matrix.solve(rhs, adjoint=arguments["adjoint"])


def inverse(arguments: dict[str, Any]) -> Any:
    """`tf.linalg.inv` of an operator."""
    operator = arguments["input"]
    return (operator.adjoint() if arguments["adjoint"] else operator).inverse()


def log_determinant(arguments: dict[str, Any]) -> Any:
    """`tf.linalg.logdet` of an operator that is known to be self-adjoint and positive definite."""
    operator = arguments["matrix"]
    if not (operator.is_positive_definite and operator.is_self_adjoint):
        raise ValueError("Expected matrix to be self-adjoint positive definite.")
    return operator.log_abs_determinant()
