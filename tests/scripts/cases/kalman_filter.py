import numpy as np
import tensorflow as tf

np.random.seed(3)
dt = 0.1
F = tf.constant([[1, dt], [0, 1]], tf.float32)
H = tf.constant([[1.0, 0.0]])
T = 15
true = np.cumsum(np.ones(T) * 0.5 * dt) + 0.2 * np.sin(np.arange(T) * 0.3)
obs = tf.constant((true + np.random.randn(T) * 0.1).astype("float32"))
log_q = tf.Variable(-3.0)
log_r = tf.Variable(-2.0)


@tf.function
def kalman(obs):
    Q = tf.exp(log_q) * tf.eye(2)
    R = tf.exp(log_r) * tf.eye(1)

    def step(carry, y):
        m, P, _ = carry
        m = tf.linalg.matvec(F, m)
        P = F @ P @ tf.transpose(F) + Q
        S = H @ P @ tf.transpose(H) + R
        K = tf.transpose(tf.linalg.solve(S, H @ P))
        r = y[None] - tf.linalg.matvec(H, m)
        m = m + tf.linalg.matvec(K, r)
        P = P - K @ S @ tf.transpose(K)
        ll = -0.5 * (tf.linalg.logdet(S) + tf.reduce_sum(r**2 / S[0]) + tf.math.log(2 * np.pi))
        return m, P, ll

    m, P, ll = tf.scan(step, obs, initializer=(tf.zeros(2), tf.eye(2), tf.constant(0.0)))
    return m, P, tf.reduce_sum(ll)


m, P, ll = kalman(obs)
print(m.shape, P.shape, ll.numpy())
for i in range(6):
    with tf.GradientTape() as tape:
        m, P, ll = kalman(obs)
        loss = -ll
    g = tape.gradient(loss, [log_q, log_r])
    for v, gr in zip([log_q, log_r], g):
        v.assign_sub(0.005 * gr)
    if i % 2 == 0:
        print(i, f"{loss.numpy():.4f}", [f"{x.numpy():.4f}" for x in g])
print(f"q={tf.exp(log_q).numpy():.5f} r={tf.exp(log_r).numpy():.5f}")
print(m[-3:].numpy())
with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        _, _, ll = kalman(obs)
    g = t1.gradient(ll, log_q)
print("second", t2.gradient(g, log_q).numpy())
