"""Game of life, mandelbrot, sudoku-ish, sorting, primes, tf.data counting, string things."""

import numpy as np
import tensorflow as tf


@tf.function
def life(board, n):
    k = tf.constant([[1, 1, 1], [1, 0, 1], [1, 1, 1]], tf.float32)[:, :, None, None]
    for _ in tf.range(n):
        x = tf.cast(board, tf.float32)[None, :, :, None]
        nb = tf.cast(tf.round(tf.nn.conv2d(x, k, 1, "SAME")[0, :, :, 0]), tf.int32)
        board = tf.cast((nb == 3) | ((board == 1) & (nb == 2)), tf.int32)
    return board


b = np.zeros((8, 8), np.int32)
b[1, 2] = b[2, 3] = b[3, 1] = b[3, 2] = b[3, 3] = 1
for row in life(tf.constant(b), tf.constant(4)).numpy():
    print("".join(".#"[v] for v in row))


@tf.function
def mandelbrot(re, im, iters=20):
    c = tf.complex(re, im)
    z = tf.zeros_like(c)
    ns = tf.zeros(tf.shape(c), tf.int32)
    for _ in range(iters):
        z = tf.where(tf.abs(z) < 4.0, z * z + c, z)
        ns += tf.cast(tf.abs(z) < 4.0, tf.int32)
    return ns


X, Y = tf.meshgrid(tf.linspace(-2.0, 0.5, 12), tf.linspace(-1.0, 1.0, 6))
print(mandelbrot(X, Y).numpy())


@tf.function
def sieve(n):
    flags = tf.ones([n], tf.bool)
    flags = tf.tensor_scatter_nd_update(flags, [[0], [1]], [False, False])
    i = tf.constant(2)
    while i * i < n:
        if flags[i]:
            idx = tf.range(i * i, n, i)
            flags = tf.tensor_scatter_nd_update(flags, idx[:, None], tf.zeros_like(idx, tf.bool))
        i += 1
    return tf.squeeze(tf.where(flags), -1)


print(sieve(tf.constant(50)).numpy())


@tf.function
def bubble(x):
    n = tf.size(x)
    swapped = True
    while swapped:
        swapped = False
        for i in tf.range(n - 1):
            if x[i] > x[i + 1]:
                x = tf.tensor_scatter_nd_update(x, [[i], [i + 1]], [x[i + 1], x[i]])
                swapped = True
    return x


print(bubble(tf.constant([5, 2, 9, 1, 7])).numpy())


@tf.function
def fizz(n):
    for i in tf.range(1, n + 1):
        if i % 15 == 0:
            tf.print("FizzBuzz", output_stream=tf_out)
        elif i % 3 == 0:
            tf.print("Fizz", end=" ", output_stream=tf_out)
        elif i % 5 == 0:
            tf.print("Buzz", end=" ", output_stream=tf_out)
        else:
            tf.print(i, end=" ", output_stream=tf_out)


import sys

tf_out = sys.stdout
fizz(tf.constant(16))


@tf.function
def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


print([collatz(tf.constant(k)).numpy() for k in (1, 7, 27)])


@tf.function
def fib(n):
    a, b = 0, 1
    for _ in tf.range(n):
        a, b = b, a + b
    return a


print(fib(tf.constant(20)).numpy(), fib(10) if isinstance(fib(10), int) else fib(10).numpy())


def fact(n):
    return 1 if n <= 1 else n * fact(n - 1)


print(tf.function(fact)(5).numpy())
text = tf.constant("the cat sat on the mat the end")
ds = tf.data.Dataset.from_tensor_slices(text.numpy().split())
table = {}
for wd in ds.as_numpy_iterator():
    table[wd] = table.get(wd, 0) + 1
print(sorted(table.items()))
vocab = tf.lookup.StaticVocabularyTable(
    tf.lookup.KeyValueTensorInitializer(["the", "cat", "sat"], tf.range(3, dtype=tf.int64)), num_oov_buckets=1
)
print(vocab.lookup(tf.constant(["the", "dog", "sat"])).numpy(), vocab.size().numpy())
print(
    list(
        ds.enumerate(start=1)
        .filter(lambda i, w: tf.strings.length(w) == 3)
        .map(lambda i, w: (i, tf.strings.upper(w)))
        .take(2)
        .as_numpy_iterator()
    )
)
d2 = tf.data.Dataset.range(10).window(3, shift=2, drop_remainder=True).flat_map(lambda w: w.batch(3))
print([x.tolist() for x in d2.as_numpy_iterator()])
print(tf.data.Dataset.range(5).reduce(np.int64(0), lambda a, x: a + x).numpy())
zipped = tf.data.Dataset.zip((tf.data.Dataset.range(3), ds.batch(2))).prefetch(1)
for i, (a, wds) in enumerate(zipped):
    tf.print(i, a, wds, summarize=1, output_stream=sys.stdout)
print(
    tf.data.Dataset.from_generator(
        lambda: iter([(1, [1.0]), (2, [2.0, 3.0])]),
        output_signature=(tf.TensorSpec([], tf.int32), tf.TensorSpec([None], tf.float32)),
    )
    .padded_batch(2, ([], [None]))
    .get_single_element()
)
