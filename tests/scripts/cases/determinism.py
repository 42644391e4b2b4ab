"""Under `enable_op_determinism` what draws numbers without a seed is refused."""

import tensorflow as tf

tf.config.experimental.enable_op_determinism()
raw = tf.raw_ops


def outcome(call):
    try:
        return tf.shape(call()).numpy().tolist()
    except Exception as e:
        return type(e).__name__


for label, call in {
    "uniform": lambda: tf.random.uniform([1]),
    "with seed": lambda: tf.random.uniform([1], seed=3),
    "shuffle": lambda: tf.random.shuffle([1, 2]),
    "gamma": lambda: tf.random.gamma([1], 1.0),
    "categorical": lambda: tf.random.categorical([[1.0, 2.0]], 1),
    "dropout": lambda: tf.nn.dropout(tf.ones([3]), 0.5),
    "function": lambda: tf.function(tf.random.normal)([2]),
    "data set": lambda: next(iter(tf.data.Dataset.range(3).shuffle(3))),
    "stateless": lambda: tf.random.stateless_uniform([1], [1, 2]),
    "generator": lambda: tf.random.Generator.from_seed(1).uniform([1]),
    "generator without seed": lambda: tf.random.Generator.from_non_deterministic_state().uniform([1]),
    "global generator": lambda: tf.random.get_global_generator().uniform([1]),
    "raw uniform": lambda: raw.RandomUniform(shape=[1], dtype=tf.float32),
    "raw with seed": lambda: raw.RandomUniform(shape=[1], dtype=tf.float32, seed2=1),
    "raw multinomial": lambda: raw.Multinomial(logits=[[1.0, 2.0]], num_samples=1),
    "raw shuffle": lambda: raw.RandomShuffle(value=[1, 2]),
    "raw in a function": lambda: tf.function(lambda: raw.RandomUniform(shape=[1], dtype=tf.float32))(),
    "pooling": lambda: tf.nn.fractional_max_pool(tf.ones([1, 4, 4, 1]), 1.5)[0],
}.items():
    print(label, outcome(call))
tf.random.set_seed(1)
print(tf.random.uniform([2]).shape, tf.function(tf.random.normal)([2]).shape)
