"""L-BFGS with backtracking inside tf.while_loop."""

import numpy as np
import tensorflow as tf

M = 5


def rosen(x):
    return tf.reduce_sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def value_and_grad(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return y, tape.gradient(y, x)


@tf.function
def lbfgs(x0, max_iter=60):
    n = x0.shape[0]
    f0, g0 = value_and_grad(rosen, x0)
    S = tf.zeros([M, n], x0.dtype)
    Y = tf.zeros([M, n], x0.dtype)

    def direction(g, S, Y, k):
        q = g
        alphas = tf.zeros([M], q.dtype)
        for i in range(M - 1, -1, -1):
            ys = tf.tensordot(Y[i], S[i], 1)
            a = tf.math.divide_no_nan(tf.tensordot(S[i], q, 1), ys)
            q = q - a * Y[i]
            alphas = tf.tensor_scatter_nd_update(alphas, [[i]], [a])
        gamma = tf.math.divide_no_nan(tf.tensordot(S[-1], Y[-1], 1), tf.tensordot(Y[-1], Y[-1], 1))
        r = q * tf.where(k > 0, gamma, tf.ones([], q.dtype))
        for i in range(M):
            ys = tf.tensordot(Y[i], S[i], 1)
            b = tf.math.divide_no_nan(tf.tensordot(Y[i], r, 1), ys)
            r = r + S[i] * (alphas[i] - b)
        return -r

    def cond(k, x, f, g, S, Y):
        return tf.logical_and(k < max_iter, tf.norm(g) > 1e-8)

    def body(k, x, f, g, S, Y):
        d = direction(g, S, Y, k)
        slope = tf.tensordot(g, d, 1)
        t = tf.constant(1.0, x.dtype)
        fn = rosen(x + t * d)
        while fn > f + 1e-4 * t * slope and t > 1e-10:
            t = t * 0.5
            fn = rosen(x + t * d)
        xn = x + t * d
        fn, gn = value_and_grad(rosen, xn)
        S = tf.concat([S[1:], (xn - x)[None]], 0)
        Y = tf.concat([Y[1:], (gn - g)[None]], 0)
        return k + 1, xn, fn, gn, S, Y

    return tf.while_loop(cond, body, [tf.constant(0), x0, f0, g0, S, Y])


k, x, f, g, *_ = lbfgs(tf.constant([-1.2, 1.0, 0.5, -0.3], tf.float64))
print("converged", k.numpy() < 60, "f<1e-12", float(f) < 1e-12)
print(np.round(x.numpy(), 5))


# Newton with hessian
x = tf.constant([0.8, 0.7], tf.float64)
for i in range(8):
    with tf.GradientTape() as t2:
        t2.watch(x)
        with tf.GradientTape() as t1:
            t1.watch(x)
            y = rosen(x)
        g = t1.gradient(y, x)
    h = t2.jacobian(g, x)
    x = x - tf.linalg.solve(h, g[:, None])[:, 0]
    print(i, f"{y:.3e}" if y > 1e-9 else "small", x.numpy().round(6))


# conjugate gradients
A = tf.constant([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]])
b = tf.constant([1.0, 2.0, 3.0])
CG = tf.nest.map_structure(lambda t: t, (A, b))


@tf.function(jit_compile=True)
def cg(A, b, n):
    x = tf.zeros_like(b)
    r = b - tf.linalg.matvec(A, x)
    p = r
    rs = tf.reduce_sum(r * r)
    for _ in range(n):
        Ap = tf.linalg.matvec(A, p)
        a = rs / tf.reduce_sum(p * Ap)
        x += a * p
        r -= a * Ap
        new = tf.reduce_sum(r * r)
        p = r + new / rs * p
        rs = new
    return x


print(cg(A, b, 3).numpy(), tf.linalg.solve(A, b[:, None])[:, 0].numpy())
