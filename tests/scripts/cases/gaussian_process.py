import numpy as np
import tensorflow as tf

tf.random.set_seed(1)
X = np.linspace(0, 1, 15)[:, None]
Y = np.sin(6 * X) + 0.1 * np.random.RandomState(0).randn(15, 1)
Xs = np.linspace(-0.1, 1.1, 5)[:, None]


class GP(tf.Module):
    def __init__(self, X, Y):
        super().__init__(name="gp")
        self.X, self.Y = tf.constant(X), tf.constant(Y)
        self.log_ls = tf.Variable(np.log(0.2), dtype=tf.float64, name="ls")
        self.log_var = tf.Variable(0.0, dtype=tf.float64, name="var")
        self.log_noise = tf.Variable(np.log(0.1), dtype=tf.float64, name="noise")

    def kernel(self, a, b):
        d2 = tf.reduce_sum((a[:, None, :] - b[None, :, :]) ** 2, -1)
        return tf.exp(self.log_var) * tf.exp(-0.5 * d2 / tf.exp(2 * self.log_ls))

    @tf.Module.with_name_scope
    def nll(self):
        n = self.X.shape[0]
        K = self.kernel(self.X, self.X) + tf.exp(2 * self.log_noise) * tf.eye(n, dtype=tf.float64)
        L = tf.linalg.cholesky(K)
        alpha = tf.linalg.triangular_solve(L, self.Y)
        return (
            0.5 * tf.reduce_sum(alpha**2)
            + tf.reduce_sum(tf.math.log(tf.linalg.diag_part(L)))
            + 0.5 * n * np.log(2 * np.pi)
        )

    @tf.function
    def predict(self, Xs):
        K = self.kernel(self.X, self.X) + tf.exp(2 * self.log_noise) * tf.eye(tf.shape(self.X)[0], dtype=tf.float64)
        L = tf.linalg.cholesky(K)
        Ks = self.kernel(self.X, Xs)
        A = tf.linalg.triangular_solve(L, Ks, lower=True)
        mean = tf.matmul(A, tf.linalg.triangular_solve(L, self.Y), transpose_a=True)
        var = tf.linalg.diag_part(self.kernel(Xs, Xs)) - tf.reduce_sum(A**2, 0)
        return mean[:, 0], var


gp = GP(X, Y)
opt_step = tf.function(lambda: None)


@tf.function
def step(lr):
    with tf.GradientTape() as tape:
        loss = gp.nll()
    grads = tape.gradient(loss, gp.trainable_variables)
    for g, v in zip(grads, gp.trainable_variables):
        v.assign_sub(lr * g)
    return loss


for i in range(12):
    loss = step(tf.constant(0.01, tf.float64))
    if i % 4 == 0:
        print(i, round(float(loss), 5))
print({v.name: float(np.exp(v.numpy())) for v in gp.trainable_variables})
mean, var = gp.predict(tf.constant(Xs))
print(mean.numpy(), var.numpy())
try:
    tf.linalg.cholesky(tf.constant([[1.0, 2.0], [2.0, 1.0]]))
except tf.errors.InvalidArgumentError as e:
    print("cholesky failed:", type(e).__name__)
with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        loss = gp.nll()
    g = t1.gradient(loss, gp.trainable_variables)
    gs = tf.stack(g)
print(t2.jacobian(gs, gp.trainable_variables)[0])
