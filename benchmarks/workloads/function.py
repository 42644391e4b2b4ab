"""What a call of a compiled function costs beside its work."""

from __future__ import annotations

import numpy as np

from benchmarks.registry import Task, workload


@workload("function/small call", group="function")
def small_call(tf):
    t = tf.ones((8, 8))
    f = tf.function(lambda x: x + 1.0)
    return Task(lambda: f(t), check=lambda: np.ravel(f(t).numpy()).tolist())


@small_call.twin
def _(jax):
    t = jax.device_put(np.ones((8, 8), np.float32))
    f = jax.jit(lambda x: x + 1.0)
    return Task(lambda: f(t), check=lambda: np.ravel(np.asarray(f(t))).tolist())


def _values(count: int) -> list[np.ndarray]:
    return [np.full(8, i, np.float32) for i in range(count)]


def _variables_read(count: int) -> None:
    @workload(f"function/{count} variables read", group="function")
    def variables_read(tf):
        variables = [tf.Variable(value) for value in _values(count)]
        t = tf.ones((8,))

        @tf.function
        def f(x):
            for variable in variables:
                x = x + variable
            return x

        return Task(lambda: f(t), check=lambda: f(t).numpy().tolist())

    @variables_read.twin
    def _(jax):
        arrays = [jax.device_put(value) for value in _values(count)]
        t = jax.device_put(np.ones(8, np.float32))

        @jax.jit
        def f(x, *arrays):
            for array in arrays:
                x = x + array
            return x

        return Task(lambda: f(t, *arrays), check=lambda: np.asarray(f(t, *arrays)).tolist())


def _variables_written(count: int) -> None:
    @workload(f"function/{count} variables written", group="function")
    def variables_written(tf):
        variables = [tf.Variable(value) for value in _values(count)]
        t = tf.fill((8,), 1e-3)

        @tf.function
        def f(x):
            for variable in variables:
                variable.assign_add(x)

        def step():
            f(t)
            return variables[-1]

        return Task(step, check=lambda: step().numpy().tolist())

    @variables_written.twin
    def _(jax):
        state = [[jax.device_put(value) for value in _values(count)]]
        t = jax.device_put(np.full(8, 1e-3, np.float32))
        f = jax.jit(lambda arrays, x: [array + x for array in arrays], donate_argnums=0)

        def step():
            state[0] = f(state[0], t)
            return state[0][-1]

        return Task(step, check=lambda: np.asarray(step()).tolist())


for _count in (200, 500):
    _variables_read(_count)
    _variables_written(_count)
