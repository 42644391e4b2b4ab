"""Linear-chain CRF: forward algorithm, Viterbi, training."""

import numpy as np
import tensorflow as tf

tf.random.set_seed(0)
B, T, K = 3, 6, 4
logits = tf.Variable(tf.random.normal([B, T, K]))
trans = tf.Variable(tf.random.normal([K, K]) * 0.1)
tags = tf.constant(np.random.RandomState(0).randint(0, K, (B, T)), tf.int32)
lengths = tf.constant([6, 4, 2])


def sequence_score(inputs, tags, lengths, trans):
    mask = tf.sequence_mask(lengths, T, dtype=tf.float32)
    unary = tf.reduce_sum(tf.gather(inputs, tags, batch_dims=2) * mask, 1)
    flat = tags[:, :-1] * K + tags[:, 1:]
    pair = tf.gather(tf.reshape(trans, [-1]), flat)
    return unary + tf.reduce_sum(pair * mask[:, 1:], 1)


def log_norm(inputs, lengths, trans):
    alpha = inputs[:, 0]
    for t in tf.range(1, T):
        new = inputs[:, t] + tf.reduce_logsumexp(alpha[:, :, None] + trans[None], axis=1)
        alpha = tf.where((t < lengths)[:, None], new, alpha)
    return tf.reduce_logsumexp(alpha, -1)


def brute(inputs, length, trans):
    import itertools

    inputs, trans = inputs.numpy(), trans.numpy()
    tot = [
        sum(inputs[i, p[i]] for i in range(length)) + sum(trans[p[i], p[i + 1]] for i in range(length - 1))
        for p in itertools.product(range(K), repeat=length)
    ]
    return np.log(np.sum(np.exp(tot)))


@tf.function
def nll():
    return tf.reduce_mean(log_norm(logits, lengths, trans) - sequence_score(logits, tags, lengths, trans))


print(np.allclose(log_norm(logits, lengths, trans)[2], brute(logits[2], 2, trans), atol=1e-4))


@tf.function
def viterbi(score, trans):
    ta = tf.TensorArray(tf.int32, size=T - 1, element_shape=[K])
    v = score[0]
    for t in tf.range(1, T):
        s = v[:, None] + trans
        ta = ta.write(t - 1, tf.argmax(s, 0, output_type=tf.int32))
        v = tf.reduce_max(s, 0) + score[t]
    back = ta.stack()
    best = tf.argmax(v, output_type=tf.int32)
    path = tf.TensorArray(tf.int32, size=T)
    path = path.write(T - 1, best)
    for t in tf.range(T - 2, -1, -1):
        best = back[t, best]
        path = path.write(t, best)
    return path.stack(), tf.reduce_max(v)


for it in range(15):
    with tf.GradientTape() as tape:
        loss = nll()
    gl, gt = tape.gradient(loss, (logits, trans))
    logits.assign_sub(1.0 * gl)
    trans.assign_sub(1.0 * gt)
    if it % 5 == 0:
        tf.print("iter", it, "loss", loss, tf.norm(gl), tf.norm(gt))
        print(it, loss.numpy())
for b in range(B):
    path, s = viterbi(logits[b], trans)
    n = int(lengths[b])
    print(path.numpy()[:n], tags[b, :n].numpy(), float(s))
print(gt.numpy())
