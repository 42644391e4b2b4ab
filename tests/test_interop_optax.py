"""`interop.Optimizer`: the steps are those of optax in a JAX training loop."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import tfshim as tf
from tfshim.interop import Optimizer

RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 3)).astype(np.float32)
Y = RNG.normal(size=(16, 1)).astype(np.float32)
START = {"w": RNG.normal(size=(3, 1)).astype(np.float32), "b": np.zeros(1, np.float32)}

TRANSFORMATIONS = {
    "adamw": lambda: optax.adamw(1e-1),
    "chain": lambda: optax.chain(
        optax.clip_by_global_norm(1.0), optax.sgd(optax.linear_schedule(0.1, 0.01, 5), momentum=0.9)
    ),
    "hyperparameters": lambda: optax.inject_hyperparams(optax.adam)(learning_rate=0.1),
    "noise": lambda: optax.noisy_sgd(0.1, key=jax.random.key(3)),
    "masked": lambda: optax.chain(optax.sgd(0.1), optax.masked(optax.ema(0.9), {"w": True, "b": False})),
    "extra-argument": lambda: optax.chain(optax.sgd(0.1), optax.contrib.reduce_on_plateau(0.5, patience=1)),
    "without-state": lambda: optax.scale(-0.1),
}


def in_jax(transformation, steps):
    parameters = {k: jnp.asarray(v) for k, v in START.items()}
    state = transformation.init(parameters)
    transformation = optax.with_extra_args_support(transformation)

    @jax.jit
    def step(parameters, state):
        loss, gradients = jax.value_and_grad(lambda p: jnp.mean((X @ p["w"] + p["b"] - Y) ** 2))(parameters)
        updates, state = transformation.update(gradients, state, parameters, value=loss)
        return optax.apply_updates(parameters, updates), state, loss

    losses = []
    for _ in range(steps):
        parameters, state, loss = step(parameters, state)
        losses.append(float(loss))
    return losses, parameters, state


def variables():
    return {name: tf.Variable(value, name=name) for name, value in START.items()}


def training_step(optimizer, parameters, extra=lambda loss: {}):
    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((X @ parameters["w"] + parameters["b"] - Y) ** 2)
        gradients = tape.gradient(loss, parameters)
        optimizer.apply_gradients([(gradients[n], parameters[n]) for n in parameters], **extra(loss))
        return loss

    return step


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "function"])
@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_same_steps_as_in_jax(name, compiled):
    parameters = variables()
    optimizer = Optimizer(TRANSFORMATIONS[name](), parameters)
    step = training_step(optimizer, parameters, lambda loss: {"value": loss} if name == "extra-argument" else {})
    step = tf.function(step) if compiled else step
    losses, expected, state = in_jax(TRANSFORMATIONS[name](), 6)
    np.testing.assert_allclose([float(step()) for _ in range(6)], losses, rtol=1e-5)
    for key, value in expected.items():
        np.testing.assert_allclose(parameters[key].numpy(), value, rtol=1e-5, atol=1e-7)
    own = optimizer.to_optax()
    assert jax.tree.structure(own) == jax.tree.structure(state)
    for got, value in zip(jax.tree.leaves(own), jax.tree.leaves(state), strict=True):
        assert got.dtype == value.dtype
        if not jax.dtypes.issubdtype(got.dtype, jax.dtypes.prng_key):
            np.testing.assert_allclose(got, value, rtol=1e-5, atol=1e-7)


def test_state_is_tracked_and_named():
    parameters = variables()
    optimizer = Optimizer(optax.adam(0.1), parameters, name="adam")
    assert [v.name for v in optimizer.variables] == [
        f"adam/0/{name}:0" for name in ("count", "mu/b", "mu/w", "nu/b", "nu/w")
    ]
    assert optimizer.trainable_variables == ()
    names = {"/".join(name for name, _ in path) for _, path in tf.train.TrackableView(optimizer)._walk()}
    assert {"state/0/mu/w", "state/0/count"} <= names


def test_hyperparameters_can_be_assigned():
    parameters = variables()
    optimizer = Optimizer(optax.inject_hyperparams(optax.sgd)(learning_rate=0.1), parameters)
    step = tf.function(training_step(optimizer, parameters))
    step()
    optimizer.state["hyperparams"]["learning_rate"].assign(0.0)
    before = parameters["w"].numpy()
    step()
    np.testing.assert_array_equal(parameters["w"].numpy(), before)


def test_sparse_gradients_are_made_dense():
    table = tf.Variable(np.ones((5, 2), np.float32))
    optimizer = Optimizer(optax.sgd(1.0), [table])
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.gather(table, [1, 1, 3]))
    gradient = tape.gradient(loss, table)
    assert isinstance(gradient, tf.IndexedSlices)
    optimizer.apply_gradients([(gradient, table)])
    np.testing.assert_array_equal(table.numpy()[:, 0], [1, -1, 1, 0, 1])


def test_constraints_hold():
    v = tf.Variable([1.0, 3.0], constraint=lambda x: tf.clip_by_value(x, 0.0, 2.0))
    Optimizer(optax.sgd(1.0), [v]).apply_gradients([(tf.constant([2.0, 0.0]), v)])
    np.testing.assert_array_equal(v.numpy(), [0, 2])


def test_errors():
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    optimizer = Optimizer(optax.sgd(0.1), [a, b])
    one = tf.constant(1.0)
    with pytest.raises(ValueError, match="no gradient for b:0"):
        optimizer.apply_gradients([(one, a), (None, b)])
    with pytest.raises(ValueError, match="not among"):
        optimizer.apply_gradients([(one, tf.Variable(1.0))])
    with pytest.raises(ValueError, match="two gradients"):
        optimizer.apply_gradients([(one, a), (one, a)])
    with pytest.raises(ValueError, match="twice"):
        Optimizer(optax.sgd(0.1), [a, a])
    with pytest.raises(TypeError, match="pytree of tf.Variables"):
        Optimizer(optax.sgd(0.1), [one])


def test_a_step_compiles_once():
    parameters = variables()
    optimizer = Optimizer(optax.adam(0.1), parameters)
    step = training_step(optimizer, parameters)
    for _ in range(3):
        step()
    assert optimizer._compiled.experimental_get_tracing_count() == 1
