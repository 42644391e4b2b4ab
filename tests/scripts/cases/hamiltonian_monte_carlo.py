import numpy as np
import tensorflow as tf

cov = tf.constant([[1.0, 0.8], [0.8, 1.0]], tf.float64)
chol = tf.linalg.cholesky(cov)
mean = tf.constant([1.0, -1.0], tf.float64)


def log_prob(q):
    d = q - mean
    sol = tf.linalg.cholesky_solve(chol, d[..., None])[..., 0]
    return -0.5 * tf.reduce_sum(d * sol, -1)


def grad_log_prob(q):
    with tf.GradientTape() as tape:
        tape.watch(q)
        lp = log_prob(q)
    return tape.gradient(lp, q)


@tf.function
def leapfrog(q, p, eps, n):
    p = p + 0.5 * eps * grad_log_prob(q)
    for i in tf.range(n):
        q = q + eps * p
        if i < n - 1:
            p = p + eps * grad_log_prob(q)
    p = p + 0.5 * eps * grad_log_prob(q)
    return q, -p


@tf.function
def hmc_step(q, seed, eps, n):
    s1, s2 = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    p = tf.random.stateless_normal(tf.shape(q), s1, dtype=tf.float64)
    q_new, p_new = leapfrog(q, p, eps, n)
    h0 = -log_prob(q) + 0.5 * tf.reduce_sum(p**2, -1)
    h1 = -log_prob(q_new) + 0.5 * tf.reduce_sum(p_new**2, -1)
    u = tf.math.log(tf.random.stateless_uniform(tf.shape(h0), s2, dtype=tf.float64))
    accept = u < h0 - h1
    return tf.where(accept[:, None], q_new, q), accept


q = tf.zeros([50, 2], tf.float64)
samples, acc = [], []
for i in range(25):
    q, a = hmc_step(q, tf.constant([i, 42]), tf.constant(0.2, tf.float64), tf.constant(7))
    samples.append(q)
    acc.append(tf.reduce_mean(tf.cast(a, tf.float32)))
all_samples = tf.concat(samples[5:], 0)
print("accept", f"{tf.reduce_mean(acc):.4f}")
print("mean", tf.reduce_mean(all_samples, 0).numpy().round(4))
c = all_samples - tf.reduce_mean(all_samples, 0)
print("cov", np.round((tf.transpose(c) @ c / tf.cast(tf.shape(c)[0], tf.float64)).numpy(), 4))
print(tf.math.reduce_std(all_samples, axis=0))


# Metropolis in a while_loop with a TensorArray
@tf.function
def metropolis(n, scale=0.5):
    ta = tf.TensorArray(tf.float64, size=n)

    def body(i, x, lp, ta):
        s = tf.stack([i, 7])
        prop = x + scale * tf.random.stateless_normal([2], s, dtype=tf.float64)
        lpp = log_prob(prop)
        ok = tf.math.log(tf.random.stateless_uniform([], s + 1, dtype=tf.float64)) < lpp - lp
        x = tf.where(ok, prop, x)
        lp = tf.where(ok, lpp, lp)
        return i + 1, x, lp, ta.write(i, x)

    x0 = tf.zeros([2], tf.float64)
    i, x, lp, ta = tf.while_loop(lambda i, *_: i < n, body, [0, x0, log_prob(x0), ta])
    return ta.stack()


chain = metropolis(60)
print(chain.shape, chain[-1].numpy())
print(tf.reduce_mean(chain, 0))
