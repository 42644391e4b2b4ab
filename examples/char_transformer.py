"""Writes like the Python manual: a small transformer that predicts the next character of `pydoc_data.topics`.

Layers, attention and Adam are written out here. The training loop itself runs inside a tf.function: AutoGraph makes
graph code of its `for` and `if`. Sampling is a tf.while_loop that keeps the last characters as its state.
"""

# arguments: --steps 50
# tolerance: 1e-3

import argparse
import sys
import time
from pydoc_data.topics import topics

import numpy as np
import tensorflow as tf

CONTEXT = 64
WIDTH = 64
HEADS = 4
LAYERS = 2
BATCH = 16
RATE = 2e-3
LARGEST_NORM = 1.0
STEPS_PER_CALL = 5


class Dense(tf.Module):
    """x @ w + b over the last axis."""

    def __init__(self, rng, inputs, outputs, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(rng.normal(0.0, inputs**-0.5, (inputs, outputs)).astype(np.float32), name="w")
        self.b = tf.Variable(tf.zeros([outputs]), name="b")

    def __call__(self, x):
        return tf.tensordot(x, self.w, axes=1) + self.b


class LayerNorm(tf.Module):
    """Shifts and scales the last axis to mean 0 and variance 1, then by what is learnt."""

    def __init__(self, width, name=None):
        super().__init__(name=name)
        self.scale = tf.Variable(tf.ones([width]), name="scale")
        self.shift = tf.Variable(tf.zeros([width]), name="shift")

    def __call__(self, x):
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + 1e-5) * self.scale + self.shift


class Attention(tf.Module):
    """Each position gathers from those before it, in several heads."""

    def __init__(self, rng, width, heads, name=None):
        super().__init__(name=name)
        self.heads = heads
        self.inputs = Dense(rng, width, 3 * width, name="inputs")
        self.output = Dense(rng, width, width, name="output")

    def __call__(self, x):
        batch, length, width = tf.shape(x)[0], x.shape[1], x.shape[2]
        split = tf.reshape(self.inputs(x), [batch, length, 3, self.heads, width // self.heads])
        query, key, value = tf.unstack(tf.transpose(split, [2, 0, 3, 1, 4]))
        scores = tf.einsum("bhqd,bhkd->bhqk", query, key) / (width // self.heads) ** 0.5
        past = tf.linalg.band_part(tf.ones([length, length], tf.bool), -1, 0)
        weights = tf.nn.softmax(tf.where(past, scores, -1e9))
        gathered = tf.transpose(tf.einsum("bhqk,bhkd->bhqd", weights, value), [0, 2, 1, 3])
        return self.output(tf.reshape(gathered, [batch, length, width]))


class Block(tf.Module):
    """Attention, then two dense layers; both add to what came in."""

    def __init__(self, rng, width, heads, name=None):
        super().__init__(name=name)
        self.attention_norm = LayerNorm(width)
        self.attention = Attention(rng, width, heads)
        self.dense_norm = LayerNorm(width)
        self.wide = Dense(rng, width, 4 * width, name="wide")
        self.narrow = Dense(rng, 4 * width, width, name="narrow")

    def __call__(self, x):
        x += self.attention(self.attention_norm(x))
        return x + self.narrow(tf.nn.gelu(self.wide(self.dense_norm(x))))


class Transformer(tf.Module):
    """Logits for the next character at each position."""

    def __init__(self, rng, characters, name=None):
        super().__init__(name=name)
        self.characters = tf.Variable(rng.normal(0.0, 0.1, (characters, WIDTH)).astype(np.float32), name="characters")
        self.positions = tf.Variable(rng.normal(0.0, 0.1, (CONTEXT, WIDTH)).astype(np.float32), name="positions")
        self.blocks = [Block(rng, WIDTH, HEADS, name=f"block_{i}") for i in range(LAYERS)]
        self.norm = LayerNorm(WIDTH)
        self.logits = Dense(rng, WIDTH, characters, name="logits")

    def __call__(self, tokens):
        x = tf.gather(self.characters, tokens) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.logits(self.norm(x))


class Adam(tf.Module):
    """Adam as its paper states it."""

    def __init__(self, variables, rate, beta1=0.9, beta2=0.99, epsilon=1e-8, name=None):
        super().__init__(name=name)
        self.rate, self.beta1, self.beta2, self.epsilon = rate, beta1, beta2, epsilon
        self.step = tf.Variable(0.0, trainable=False)
        self.means = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]
        self.squares = [tf.Variable(tf.zeros_like(v), trainable=False) for v in variables]

    def apply(self, gradients, variables):
        self.step.assign_add(1.0)
        rate = self.rate * tf.sqrt(1.0 - self.beta2**self.step) / (1.0 - self.beta1**self.step)
        for gradient, variable, mean, square in zip(gradients, variables, self.means, self.squares):
            mean.assign(self.beta1 * mean + (1.0 - self.beta1) * gradient)
            square.assign(self.beta2 * square + (1.0 - self.beta2) * gradient**2)
            variable.assign_sub(rate * mean / (tf.sqrt(square) + self.epsilon))


def clipped(gradients):
    """The gradients, scaled down if they are longer than LARGEST_NORM together."""
    gradients = [tf.convert_to_tensor(g) for g in gradients]
    norm = tf.linalg.global_norm(gradients)
    if norm > LARGEST_NORM:
        gradients = [g * (LARGEST_NORM / norm) for g in gradients]
    return gradients


def trainer(model, optimizer):
    """A function that trains on batches `[steps, BATCH, CONTEXT + 1]` and returns the loss of each step."""

    @tf.function
    def train(batches):
        losses = tf.TensorArray(tf.float32, size=0, dynamic_size=True)
        for i in tf.range(tf.shape(batches)[0]):
            tokens = batches[i]
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(
                    tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tokens[:, 1:], logits=model(tokens[:, :-1]))
                )
            variables = model.trainable_variables
            optimizer.apply(clipped(tape.gradient(loss, variables)), variables)
            losses = losses.write(i, loss)
        return losses.stack()

    return train


def sampler(model):
    """A function that continues a text of CONTEXT characters by `length` more, drawn with a seed."""

    @tf.function
    def sample(start, length, seed):
        drawn = tf.TensorArray(tf.int32, size=length)

        def body(i, window, drawn):
            logits = model(window[None])[0, -1:]
            token = tf.random.stateless_categorical(logits / 0.7, 1, seed=tf.stack([seed, i]), dtype=tf.int32)[0]
            return i + 1, tf.concat([window[1:], token], axis=0), drawn.write(i, token[0])

        _, _, drawn = tf.while_loop(lambda i, window, drawn: i < length, body, [0, start, drawn])
        return drawn.stack()

    return sample


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=400, help="steps of training")
    steps = parser.parse_args().steps

    text = "\n".join(topics[name] for name in sorted(topics))
    alphabet = sorted(set(text))
    text = np.array([alphabet.index(c) for c in text], np.int32)
    print(len(text), "characters,", len(alphabet), "different ones")

    rng = np.random.default_rng(0)
    model = Transformer(rng, len(alphabet))
    optimizer = Adam(model.trainable_variables, RATE)
    train, sample = trainer(model, optimizer), sampler(model)
    print(sum(int(tf.size(v)) for v in model.trainable_variables), "parameters")

    begun = time.perf_counter()
    for step in range(0, steps, STEPS_PER_CALL):
        starts = rng.integers(0, len(text) - CONTEXT, (STEPS_PER_CALL, BATCH))
        losses = train(tf.constant(text[starts[..., None] + np.arange(CONTEXT + 1)])).numpy()
        if step % 50 == 0 or step < 50:
            print(f"step {step:4}: loss {losses[0]:.5f}")
    print(f"step {steps - 1:4}: loss {losses[-1]:.5f}")
    print(f"{steps / (time.perf_counter() - begun):.1f} steps a second", file=sys.stderr)

    begun = time.perf_counter()
    continued = sample(tf.constant(text[:CONTEXT]), tf.constant(200), tf.constant(1)).numpy()
    print(f"{len(continued) / (time.perf_counter() - begun):.0f} characters a second", file=sys.stderr)
    print("".join(alphabet[i] for i in continued))


if __name__ == "__main__":
    main()
