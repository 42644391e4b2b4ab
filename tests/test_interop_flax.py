"""Flax modules as tf.Modules give what they give in JAX, and their state is in variables."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen, nnx

import tfshim as tf
from tfshim.interop import LinenModule, NnxModule, Optimizer

X = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)


class Net(linen.Module):
    @linen.compact
    def __call__(self, x, train=False):
        x = linen.Dense(8)(x)
        x = linen.BatchNorm(use_running_average=not train)(x)
        x = linen.Dropout(0.5, deterministic=not train)(x)
        self.sow("intermediates", "hidden", x)
        return linen.Dense(2, name="out")(x)

    def doubled(self, x):
        return 2 * x


class Block(nnx.Module):
    def __init__(self, rngs):
        self.linear = nnx.Linear(3, 4, rngs=rngs)
        self.norm = nnx.BatchNorm(4, rngs=rngs)
        self.drop = nnx.Dropout(0.5, rngs=rngs)
        self.heads = nnx.List([nnx.Linear(4, 4, rngs=rngs)])
        self.calls = nnx.Variable(jnp.array(0))

    def __call__(self, x):
        self.calls[...] += 1
        return self.heads[0](self.drop(self.norm(self.linear(x))))

    def encode(self, x):
        return self.linear(x)

    def grow(self, x):
        self.extra = nnx.Param(x)
        return x


def close(got, expected):
    np.testing.assert_allclose(np.asarray(got), np.asarray(expected), rtol=1e-5, atol=1e-6)


def modes(f):
    return [f, tf.function(f)]


def test_linen_variables():
    model = LinenModule(Net(), tf.TensorSpec([1, 3]), seed=1)
    expected = Net().init({"params": jax.random.split(jax.random.key(1), 3)[0]}, X[:1])
    assert jax.tree.structure(model.to_linen()) == jax.tree.structure(expected)
    jax.tree.map(close, model.to_linen(), expected)
    assert [v.name for v in model.trainable_variables][-2:] == ["net/params/out/bias:0", "net/params/out/kernel:0"]
    assert {v.name for v in model.non_trainable_variables} == {
        "net/rng:0",
        "net/batch_stats/BatchNorm_0/mean:0",
        "net/batch_stats/BatchNorm_0/var:0",
    }
    assert model.params["out"]["kernel"].shape == (8, 2)
    names = {"/".join(name for name, _ in path) for _, path in tf.train.TrackableView(model)._walk()}
    assert {"params/out/kernel", "state/batch_stats/BatchNorm_0/mean", "rng"} <= names
    again = LinenModule(Net(), variables=model.to_linen())
    close(again(X), model(X))


def test_linen_call_and_gradient():
    model = LinenModule(Net(), X)
    collections = model.to_linen()

    def gradient():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(X) ** 2)
        return tape.gradient(loss, model.params)

    def loss(parameters):
        return jnp.sum(Net().apply({**collections, "params": parameters}, X) ** 2)

    for run in modes(gradient):
        expected = jax.grad(loss)(collections["params"])
        for got, gradient in zip(jax.tree.leaves(run()), jax.tree.leaves(expected), strict=True):
            close(got, gradient)
    close(model(X, method="doubled"), 2 * X)


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "function"])
def test_linen_collections_change_as_asked(wrap):
    model = LinenModule(Net(), X)
    before = model.to_linen()
    key = jax.random.key(5)
    got = wrap(lambda: model(X, train=True, mutable="batch_stats", rngs={"dropout": key}))()
    expected, changed = Net().apply(before, X, train=True, mutable=["batch_stats"], rngs={"dropout": key})
    close(got, expected)
    jax.tree.map(close, model.to_linen()["batch_stats"], changed["batch_stats"])
    model(X)
    jax.tree.map(close, model.to_linen()["batch_stats"], changed["batch_stats"])
    with pytest.raises(Exception, match="mutable"):
        model(X, train=True, rngs={"dropout": key})
    output, made = model(X, mutable="intermediates")
    close(output, model(X))
    assert made["intermediates"]["hidden"][0].shape == (6, 8)


def test_linen_streams_are_a_variable():
    results = []
    for _ in range(2):
        model = LinenModule(Net(), X, seed=3)
        draws = [
            run() for run in modes(lambda m=model: m(X, train=True, mutable=True, rngs="dropout")) for _ in range(2)
        ]
        assert all(not np.allclose(a, b) for i, a in enumerate(draws) for b in draws[:i])
        results.append(draws)
    for first, second in zip(*results, strict=True):
        close(first, second)
    state = model.rng.numpy()
    model(X)
    np.testing.assert_array_equal(model.rng.numpy(), state)


def test_nnx_training_is_that_of_nnx():
    plain = Block(nnx.Rngs(0))
    model = NnxModule(plain)
    # The gradient of a bias before a normalisation is rounding alone, which Adam with its usual epsilon makes a step.
    adam = optax.adam(0.1, eps=0.1)
    optimizer = Optimizer(adam, model.params)
    own = nnx.Optimizer(plain, adam, wrt=nnx.Param)

    @nnx.jit
    def step_in_jax(plain, own):
        loss, gradients = nnx.value_and_grad(lambda m: jnp.mean(m(X) ** 2))(plain)
        own.update(plain, gradients)
        return loss

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(X) ** 2)
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    for run in (*modes(step), step):
        close(run(), step_in_jax(plain, own))
    assert model.state["calls"].numpy() == 3
    close(model.state["norm"]["mean"], plain.norm.mean[...])
    model.eval()
    plain.eval()
    mean = model.state["norm"]["mean"].numpy()
    for run in modes(lambda: model(X)):
        close(run(), plain(X))
    np.testing.assert_array_equal(model.state["norm"]["mean"].numpy(), mean)
    close(model.to_nnx()(X), plain(X))
    model.train()
    assert not np.allclose(model(X), plain(X))


def test_nnx_variables():
    plain = Block(nnx.Rngs(0))
    model = NnxModule(plain, name="block")
    assert {v.name for v in model.trainable_variables} == {
        f"block/{n}:0"
        for n in (
            "heads/0/bias",
            "heads/0/kernel",
            "linear/bias",
            "linear/kernel",
            "norm/bias",
            "norm/scale",
        )
    }
    assert model.state["drop"]["rngs"]["key"].dtype == tf.uint32
    close(model(X, method="encode"), plain.encode(X))
    with pytest.raises(ValueError, match="Block.grow changed the structure"):
        model(X, method="grow")
    names = {"/".join(name for name, _ in path) for _, path in tf.train.TrackableView(model)._walk()}
    assert {"params/heads/0/kernel", "state/norm/mean"} <= names
