"""Flax modules and optax optimizers in checkpoints: saved, read by TensorFlow, and restored to go on as before."""

from __future__ import annotations

import numpy as np
import optax
import pytest
import tensorflow as real
from flax import linen, nnx

import tfshim as tf
from tfshim.interop import LinenModule, NnxModule, Optimizer

X = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)


class Net(linen.Module):
    @linen.compact
    def __call__(self, x, train=False):
        x = linen.BatchNorm(use_running_average=not train)(linen.Dense(4)(x))
        return linen.Dense(1)(linen.Dropout(0.5, deterministic=not train)(x))


class Block(nnx.Module):
    def __init__(self, rngs):
        self.linear = nnx.Linear(3, 4, rngs=rngs)
        self.norm = nnx.BatchNorm(4, rngs=rngs)
        self.drop = nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x):
        return self.drop(self.norm(self.linear(x)))


class Training(tf.Module):
    def __init__(self, kind, seed):
        super().__init__()
        if kind == "linen":
            self.model = LinenModule(Net(), tf.TensorSpec([1, 3]), seed=seed)
            self.call = lambda x: self.model(x, train=True, mutable="batch_stats", rngs="dropout")
        else:
            self.model = NnxModule(Block(nnx.Rngs(seed)))
            self.call = self.model
        self.optimizer = Optimizer(optax.adamw(1e-2), self.model.trainable_variables)

    @tf.function
    def step(self):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self.call(X) - 1.0))
        variables = self.model.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss


@pytest.mark.parametrize("kind", ["linen", "nnx"])
def test_training_goes_on_as_before(kind, tmp_path):
    training = Training(kind, 0)
    for _ in range(3):
        training.step()
    path = tf.train.Checkpoint(model=training.model, optimizer=training.optimizer).save(tmp_path / "saved")
    expected = [float(training.step()) for _ in range(3)]

    other = Training(kind, 1)
    other.step()
    tf.train.Checkpoint(model=other.model, optimizer=other.optimizer).restore(path).assert_consumed()
    np.testing.assert_array_equal([float(other.step()) for _ in range(3)], expected)


@pytest.mark.parametrize("kind", ["linen", "nnx"])
def test_tensorflow_reads_the_state(kind, tmp_path):
    training = Training(kind, 0)
    training.step()
    path = tf.train.Checkpoint(model=training.model, optimizer=training.optimizer).save(tmp_path / "saved")
    reader = real.train.load_checkpoint(path)
    saved = [reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "VARIABLE_VALUE" in name]
    variables = [*training.model.variables, *training.optimizer.variables]
    for variable in {id(v): v for v in variables}.values():
        assert any(np.array_equal(variable.numpy(), value) for value in saved), variable.name
