"""Compiled training steps: one `tf.function` with tape and update, against `jax.jit` with donated state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.registry import Task, workload

from . import models

RATE, MOMENTUM = 0.01, 0.9
ADAM_RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-7
CHECKED_STEPS = 5


def _tf_update(tf, optimizer: str, parameters) -> Callable[[list[Any]], None]:
    """Creates the optimizer's variables and gives the function that applies gradients."""
    first = [tf.Variable(tf.zeros_like(p)) for p in parameters]
    if optimizer == "momentum":

        def momentum(gradients):
            for parameter, velocity, gradient in zip(parameters, first, gradients):
                velocity.assign(MOMENTUM * velocity + gradient)
                parameter.assign_sub(RATE * velocity)

        return momentum

    second = [tf.Variable(tf.zeros_like(p)) for p in parameters]
    count = tf.Variable(0.0)

    def adam(gradients):
        count.assign_add(1.0)
        rate = ADAM_RATE * tf.sqrt(1.0 - tf.pow(BETA2, count)) / (1.0 - tf.pow(BETA1, count))
        for parameter, m, v, gradient in zip(parameters, first, second, gradients):
            gradient = tf.convert_to_tensor(gradient)
            m.assign(BETA1 * m + (1.0 - BETA1) * gradient)
            v.assign(BETA2 * v + (1.0 - BETA2) * tf.square(gradient))
            parameter.assign_sub(rate * m / (tf.sqrt(v) + EPSILON))

    return adam


def _build_tf(model: models.Model) -> Callable[[Any], Task]:
    def build(tf):
        parameters = [tf.Variable(value) for value in model.initial()]
        x, y = (tf.constant(array) for array in model.data())
        update = _tf_update(tf, model.optimizer, parameters)

        @tf.function
        def train(x, y):
            with tf.GradientTape() as tape:
                loss = model.tf_loss(tf, parameters, x, y)
            update(tape.gradient(loss, parameters))
            return loss

        return Task(lambda: train(x, y), check=lambda: [train(x, y).numpy() for _ in range(CHECKED_STEPS)])

    return build


def _jax_update(jax, optimizer: str):
    """The twin of `_tf_update`, over a state of (parameters, first moments, second moments, count)."""
    jnp = jax.numpy

    def momentum(state, gradients):
        parameters, velocity = state
        velocity = [MOMENTUM * v + g for v, g in zip(velocity, gradients)]
        return [p - RATE * v for p, v in zip(parameters, velocity)], velocity

    def adam(state, gradients):
        parameters, first, second, count = state
        count = count + 1.0
        rate = ADAM_RATE * jnp.sqrt(1.0 - jnp.power(BETA2, count)) / (1.0 - jnp.power(BETA1, count))
        first = [BETA1 * m + (1.0 - BETA1) * g for m, g in zip(first, gradients)]
        second = [BETA2 * v + (1.0 - BETA2) * jnp.square(g) for v, g in zip(second, gradients)]
        parameters = [p - rate * m / (jnp.sqrt(v) + EPSILON) for p, m, v in zip(parameters, first, second)]
        return parameters, first, second, count

    return momentum if optimizer == "momentum" else adam


def _build_jax(model: models.Model) -> Callable[[Any], Task]:
    def build(jax):
        jnp = jax.numpy
        parameters = [jnp.array(value) for value in model.initial()]
        x, y = (jax.device_put(array) for array in model.data())
        update = _jax_update(jax, model.optimizer)
        zeros = [[jnp.zeros_like(p) for p in parameters] for _ in range(2)]
        # Each buffer is donated: the moments must not share one.
        rest = zeros[:1] if model.optimizer == "momentum" else [*zeros, jnp.zeros((), jnp.float32)]
        state = (parameters, *rest)

        def train(state, x, y):
            loss, gradients = jax.value_and_grad(lambda p: model.jax_loss(jax, p, x, y))(state[0])
            return update(state, gradients), loss

        compiled = jax.jit(train, donate_argnums=0)

        def step():
            nonlocal state
            state, loss = compiled(state, x, y)
            return loss

        return Task(step, check=lambda: [float(step()) for _ in range(CHECKED_STEPS)])

    return build


def _training(name: str, model: models.Model, **options: Any) -> None:
    registered = workload(f"train/{name}", group="train", batch_seconds=0.25, **options)(_build_tf(model))
    registered.twin(_build_jax(model))


_training("mlp", models.mlp(128, 784, 256, 128, 10), note="batch 128, 784-256-128-10, momentum")
_training("mlp small", models.mlp(64, 64, 128, 10), note="batch 64, 64-128-10: mostly the cost of the call")
_training("cnn", models.cnn(), note="32 images of 28x28, conv 32, pool, conv 64, pool, dense 128")
_training(
    "cnn reduce_window",
    models.cnn_with_reduce_window(),
    only=("jax",),
    note="the JAX twin with the pooling that most JAX code uses",
)
_training("rnn", models.rnn(), tolerance=1e-4, note="`for t in tf.range(32)`, 32 sequences, 64-128-10")
_training("transformer", models.transformer(), tolerance=1e-3, note="8 x 64 words, width 128, 4 heads, Adam")
