"""The models of the training workloads: initial values and data from NumPy, the forward pass for either API.

A model is written twice on purpose: the TensorFlow text is what a user would write, the JAX text what an
expert would write by hand. Both start from the same numbers, so that their losses can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class Model:
    """`initial()` gives parameters, `data()` a batch; a loss takes (module, parameters, inputs, labels)."""

    initial: Any
    data: Any
    tf_loss: Any
    jax_loss: Any
    optimizer: str = "momentum"


def _normal(seed: int, *shapes: tuple[int, ...]) -> Arrays:
    """He-scaled matrices and kernels; zeros for vectors."""
    random = np.random.default_rng(seed)
    arrays = []
    for shape in shapes:
        scale = np.sqrt(2.0 / np.prod(shape[:-1])) if len(shape) > 1 else 0.0
        arrays.append((random.normal(size=shape) * scale).astype(np.float32))
    return arrays


def _batch(shape: tuple[int, ...], classes: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(7)
    inputs = random.normal(size=shape).astype(np.float32)
    return inputs, random.integers(0, classes, shape[0]).astype(np.int32)


def _tf_cross_entropy(tf, logits, labels):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))


def _jax_cross_entropy(jax, logits, labels):
    picked = jax.numpy.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], axis=-1)
    return -picked.mean()


# Perceptron


def _mlp_tf(tf, parameters, x, y):
    for w, b in zip(parameters[:-2:2], parameters[1:-2:2]):
        x = tf.nn.relu(tf.matmul(x, w) + b)
    return _tf_cross_entropy(tf, tf.matmul(x, parameters[-2]) + parameters[-1], y)


def _mlp_jax(jax, parameters, x, y):
    for w, b in zip(parameters[:-2:2], parameters[1:-2:2]):
        x = jax.nn.relu(x @ w + b)
    return _jax_cross_entropy(jax, x @ parameters[-2] + parameters[-1], y)


def mlp(batch: int, *sizes: int) -> Model:
    """Dense layers with relu between them."""
    shapes = [shape for a, b in zip(sizes, sizes[1:]) for shape in ((a, b), (b,))]
    return Model(lambda: _normal(2, *shapes), lambda: _batch((batch, sizes[0]), sizes[-1]), _mlp_tf, _mlp_jax)


# Convolutional network


def _cnn_tf(tf, parameters, x, y):
    k1, b1, k2, b2, w3, b3, w4, b4 = parameters
    x = tf.nn.relu(tf.nn.conv2d(x, k1, strides=1, padding="SAME") + b1)
    x = tf.nn.max_pool2d(x, 2, 2, "VALID")
    x = tf.nn.relu(tf.nn.conv2d(x, k2, strides=1, padding="SAME") + b2)
    x = tf.nn.max_pool2d(x, 2, 2, "VALID")
    x = tf.reshape(x, [-1, 7 * 7 * 64])
    x = tf.nn.relu(tf.matmul(x, w3) + b3)
    return _tf_cross_entropy(tf, tf.matmul(x, w4) + b4, y)


def _windows(x):
    return [x[:, row::2, column::2, :] for row in (0, 1) for column in (0, 1)]


def _sliced_max_pool(jax):
    """2x2 max pooling from strided slices: fast on a CPU, where the gradient of `reduce_window` is slow."""
    jnp = jax.numpy

    @jax.custom_jvp
    def pool(x):
        a, b, c, d = _windows(x)
        return jnp.maximum(jnp.maximum(a, b), jnp.maximum(c, d))

    @pool.defjvp
    def _(primals, tangents):
        y = pool(*primals)
        a, b, c, _ = (window == y for window in _windows(*primals))
        da, db, dc, dd = _windows(*tangents)
        return y, jnp.where(a, da, jnp.where(b, db, jnp.where(c, dc, dd)))

    return pool


def _window_max_pool(jax):
    return lambda x: jax.lax.reduce_window(x, -np.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def _cnn_jax(pooling):
    def loss(jax, parameters, x, y):
        pool = pooling(jax)

        def convolve(x, kernel):
            layout = ("NHWC", "HWIO", "NHWC")
            return jax.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=layout)

        k1, b1, k2, b2, w3, b3, w4, b4 = parameters
        x = pool(jax.nn.relu(convolve(x, k1) + b1))
        x = pool(jax.nn.relu(convolve(x, k2) + b2))
        x = jax.nn.relu(x.reshape(-1, 7 * 7 * 64) @ w3 + b3)
        return _jax_cross_entropy(jax, x @ w4 + b4, y)

    return loss


def cnn(pooling=_sliced_max_pool) -> Model:
    """Two convolutions with max pooling, two dense layers, on 32 images of 28x28."""
    shapes = ((3, 3, 1, 32), (32,), (3, 3, 32, 64), (64,), (7 * 7 * 64, 128), (128,), (128, 10), (10,))
    return Model(lambda: _normal(3, *shapes), lambda: _batch((32, 28, 28, 1), 10), _cnn_tf, _cnn_jax(pooling))


def cnn_with_reduce_window() -> Model:
    return cnn(_window_max_pool)


# Recurrent network

STEPS, FEATURES, UNITS = 32, 64, 128


def _rnn_tf(tf, parameters, x, y):
    w_in, w, b, w_out, b_out = parameters
    x = tf.transpose(x, [1, 0, 2])
    h = tf.zeros([tf.shape(x)[1], UNITS])
    for t in tf.range(STEPS):
        h = tf.tanh(tf.matmul(x[t], w_in) + tf.matmul(h, w) + b)
    return _tf_cross_entropy(tf, tf.matmul(h, w_out) + b_out, y)


def _rnn_jax(jax, parameters, x, y):
    w_in, w, b, w_out, b_out = parameters

    def step(h, x):
        return jax.numpy.tanh(x @ w_in + h @ w + b), None

    h, _ = jax.lax.scan(step, jax.numpy.zeros((x.shape[0], UNITS)), x.transpose(1, 0, 2))
    return _jax_cross_entropy(jax, h @ w_out + b_out, y)


def rnn() -> Model:
    """A loop over 32 steps, on 32 sequences."""
    shapes = ((FEATURES, UNITS), (UNITS, UNITS), (UNITS,), (UNITS, 10), (10,))
    return Model(lambda: _normal(5, *shapes), lambda: _batch((32, STEPS, FEATURES), 10), _rnn_tf, _rnn_jax)


# Transformer block

WORDS, LENGTH, WIDTH, HEADS, HIDDEN, SENTENCES = 1000, 64, 128, 4, 512, 8


def _transformer_initial() -> Arrays:
    shapes = [(WORDS, WIDTH), (LENGTH, WIDTH), (WIDTH, 3 * WIDTH), (WIDTH, WIDTH)]
    shapes += [(WIDTH, HIDDEN), (HIDDEN,), (HIDDEN, WIDTH), (WIDTH,), (WIDTH, WORDS)]
    scales = [np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)]
    return _normal(4, *shapes) + scales + scales


def _transformer_data() -> tuple[np.ndarray, np.ndarray]:
    words = np.random.default_rng(8).integers(0, WORDS, (SENTENCES, LENGTH + 1)).astype(np.int32)
    return words[:, :-1].copy(), words[:, 1:].copy()


def _transformer_tf(tf, parameters, words, targets):
    table, positions, w_qkv, w_out, w1, b1, w2, b2, w_words, g1, o1, g2, o2 = parameters

    def normalize(x, gain, offset):
        mean, variance = tf.nn.moments(x, axes=[-1], keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + 1e-5) * gain + offset

    def by_head(x):
        return tf.transpose(tf.reshape(x, [-1, LENGTH, HEADS, WIDTH // HEADS]), [0, 2, 1, 3])

    x = tf.gather(table, words) + positions
    query, key, value = tf.split(tf.matmul(normalize(x, g1, o1), w_qkv), 3, axis=-1)
    scores = tf.matmul(by_head(query), by_head(key), transpose_b=True) / (WIDTH // HEADS) ** 0.5
    future = tf.constant(np.triu(np.full((LENGTH, LENGTH), -1e9, np.float32), 1))
    mixed = tf.matmul(tf.nn.softmax(scores + future), by_head(value))
    x = x + tf.matmul(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, LENGTH, WIDTH]), w_out)
    x = x + tf.matmul(tf.nn.gelu(tf.matmul(normalize(x, g2, o2), w1) + b1), w2) + b2
    return _tf_cross_entropy(tf, tf.matmul(x, w_words), targets)


def _transformer_jax(jax, parameters, words, targets):
    jnp = jax.numpy
    table, positions, w_qkv, w_out, w1, b1, w2, b2, w_words, g1, o1, g2, o2 = parameters

    def normalize(x, gain, offset):
        mean = x.mean(-1, keepdims=True)
        variance = jnp.square(x - mean).mean(-1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * gain + offset

    def by_head(x):
        return x.reshape(-1, LENGTH, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

    x = table[words] + positions
    query, key, value = map(by_head, jnp.split(normalize(x, g1, o1) @ w_qkv, 3, axis=-1))
    scores = query @ key.swapaxes(-1, -2) / (WIDTH // HEADS) ** 0.5
    future = np.triu(np.full((LENGTH, LENGTH), -1e9, np.float32), 1)
    mixed = jax.nn.softmax(scores + future) @ value
    x = x + mixed.transpose(0, 2, 1, 3).reshape(-1, LENGTH, WIDTH) @ w_out
    hidden = normalize(x, g2, o2) @ w1 + b1
    x = x + (0.5 * hidden * (1 + jax.lax.erf(hidden * np.float32(0.5**0.5)))) @ w2 + b2
    return _jax_cross_entropy(jax, x @ w_words, targets)


def transformer() -> Model:
    """Embedding, one block of causal self-attention and feed-forward, a softmax over the words; Adam."""
    return Model(_transformer_initial, _transformer_data, _transformer_tf, _transformer_jax, optimizer="adam")
