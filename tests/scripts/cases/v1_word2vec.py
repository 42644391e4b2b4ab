"""Word vectors as of TensorFlow 1: an embedding matrix, noise-contrastive estimation, nearest neighbours."""

import collections

import numpy as np
import tensorflow as tf

tf.compat.v1.disable_eager_execution()

TEXT = "the quick brown fox jumps over the lazy dog while the slow brown dog sleeps under the old tree".split() * 8


def pairs(words, window=1):
    for i, word in enumerate(words):
        for j in range(max(0, i - window), min(len(words), i + window + 1)):
            if i != j:
                yield word, words[j]


words = [w for w, _ in collections.Counter(TEXT).most_common()]
index = {w: i for i, w in enumerate(words)}
centres, contexts = (np.array([index[w] for w in side], np.int64) for side in zip(*pairs(TEXT)))
size, width = len(words), 8
print(size, len(centres), words[:3])

graph = tf.Graph()
with graph.as_default():
    tf.compat.v1.set_random_seed(3)
    inputs = tf.compat.v1.placeholder(tf.int64, shape=[None])
    labels = tf.compat.v1.placeholder(tf.int64, shape=[None, 1])
    with tf.name_scope("embeddings"):
        table = tf.Variable(tf.random.uniform([size, width], -1.0, 1.0, seed=5))
        vectors = tf.nn.embedding_lookup(params=table, ids=inputs)
    with tf.name_scope("weights"):
        weights = tf.Variable(tf.random.truncated_normal([size, width], stddev=1.0 / np.sqrt(width), seed=6))
    with tf.name_scope("biases"):
        biases = tf.Variable(tf.zeros([size]))
    sampled = tf.random.log_uniform_candidate_sampler(labels, 1, 6, True, size, seed=9)
    loss = tf.reduce_mean(
        tf.compat.v1.nn.nce_loss(
            weights=weights,
            biases=biases,
            labels=labels,
            inputs=vectors,
            num_sampled=6,
            num_classes=size,
            sampled_values=sampled,
        )
    )
    train = tf.compat.v1.train.GradientDescentOptimizer(0.5).minimize(loss)
    gradient = tf.compat.v1.gradients(loss, [table])[0]
    norm = tf.sqrt(tf.reduce_sum(tf.square(table), 1, keepdims=True))
    similarity = tf.matmul(table / norm, table / norm, transpose_b=True)
    init = tf.compat.v1.global_variables_initializer()

print(type(gradient).__name__, table.name, loss.shape)
with tf.compat.v1.Session(graph=graph) as session:
    session.run(init)
    for step in range(40):
        start = step * 16 % (len(centres) - 16)
        feed = {inputs: centres[start : start + 16], labels: contexts[start : start + 16, None]}
        _, value = session.run([train, loss], feed_dict=feed)
        if step % 10 == 0:
            print(step, value)
    found = session.run(similarity)
print(np.round(found[0, :4], 3), found.shape)
