"""Single operations on small tensors, run eagerly; the twins are raw jitted JAX calls of the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.registry import Task, workload

SIDE = 8
VALUES = np.linspace(-1.0, 1.0, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
ROWS = np.array([0, 5, 2], np.int32)


Step = Callable[[], Any]


def _operation(name: str, tensorflow: Callable[[Any], Step], jax_function: Callable[[Any], Callable]) -> None:
    """Registers `name`: `tensorflow(tf)` gives the call to time, `jax_function(jax)` what to jit."""

    def build(tf):
        step = tensorflow(tf)
        return Task(step, check=lambda: np.ravel(step().numpy()).tolist())

    def build_twin(jax):
        compiled = jax.jit(jax_function(jax))
        array = jax.device_put(VALUES)
        return Task(lambda: compiled(array), check=lambda: np.ravel(np.asarray(compiled(array))).tolist())

    workload(f"eager/{name}", group="eager")(build).twin(build_twin)


def _add(tf):
    a, b = tf.constant(VALUES), tf.constant(VALUES)
    return lambda: a + b


def _multiply(tf):
    a = tf.constant(VALUES)
    return lambda: a * 2.0


def _matmul(tf):
    a, b = tf.constant(VALUES), tf.constant(VALUES)
    return lambda: tf.matmul(a, b)


def _relu(tf):
    a = tf.constant(VALUES)
    return lambda: tf.nn.relu(a)


def _reshape(tf):
    a = tf.constant(VALUES)
    return lambda: tf.reshape(a, [4, 16])


def _slice(tf):
    a = tf.constant(VALUES)
    return lambda: a[1:3, 0]


def _gather(tf):
    a, rows = tf.constant(VALUES), tf.constant(ROWS)
    return lambda: tf.gather(a, rows)


_operation("a + b", _add, lambda jax: lambda x: x + x)
_operation("a * 2.0", _multiply, lambda jax: lambda x: x * 2.0)
_operation("tf.matmul", _matmul, lambda jax: lambda x: x @ x)
_operation("tf.nn.relu", _relu, lambda jax: jax.nn.relu)
_operation("tf.reshape", _reshape, lambda jax: lambda x: x.reshape(4, 16))
_operation("x[1:3, 0]", _slice, lambda jax: lambda x: x[1:3, 0])
_operation("tf.gather", _gather, lambda jax: lambda x: x[ROWS])


@workload("eager/v.assign_add", group="eager")
def assign_add(tf):
    variable, change = tf.Variable(VALUES), tf.constant(np.full((SIDE, SIDE), 1e-6, np.float32))

    def step():
        variable.assign_add(change)
        return variable

    return Task(step, check=lambda: np.ravel(step().numpy()).tolist())


@assign_add.twin
def _(jax):
    state = [jax.device_put(VALUES)]
    change = jax.device_put(np.full((SIDE, SIDE), 1e-6, np.float32))
    compiled = jax.jit(lambda value, change: value + change, donate_argnums=0)

    def step():
        state[0] = compiled(state[0], change)
        return state[0]

    return Task(step, check=lambda: np.ravel(np.asarray(step())).tolist())
