"""Adjoint method with tf.custom_gradient."""

import tensorflow as tf

tf.random.set_seed(2)
W1 = tf.Variable(tf.random.normal([2, 8]) * 0.5, name="W1")
W2 = tf.Variable(tf.random.normal([8, 2]) * 0.5, name="W2")
N, h = 10, 0.1


def f(y):
    return tf.tanh(y @ W1) @ W2


def odeint(y0):
    @tf.custom_gradient
    def solve(y0):
        y = y0
        for _ in range(N):
            y = y + h * f(y)

        def grad(dy, variables=None):
            a = dy
            yy = y
            acc = [tf.zeros_like(v) for v in variables]
            for _ in range(N):
                # invert Euler by fixed point
                prev = yy
                for _ in range(6):
                    prev = yy - h * f(prev)
                with tf.GradientTape() as tape:
                    tape.watch(prev)
                    out = f(prev)
                gs = tape.gradient(out, [prev, *variables], output_gradients=a)
                a = a + h * gs[0]
                acc = [p + h * g for p, g in zip(acc, gs[1:])]
                yy = prev
            return a, acc

        return y, grad

    return solve(y0)


def plain(y0):
    y = y0
    for _ in range(N):
        y = y + h * f(y)
    return y


y0 = tf.constant([[1.0, 0.0], [0.0, 1.0], [0.5, -0.5]])
target = tf.constant([[0.5, 0.5], [-0.5, 0.5], [0.0, 0.0]])
for fn in (odeint, plain, tf.function(odeint), tf.function(plain)):
    with tf.GradientTape() as tape:
        tape.watch(y0)
        loss = tf.reduce_mean((fn(y0) - target) ** 2)
    g = tape.gradient(loss, [y0, W1, W2])
    print(f"{loss.numpy():.5f}", [f"{tf.norm(x).numpy():.4f}" for x in g])


@tf.function
def train():
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((odeint(y0) - target) ** 2)
    g1, g2 = tape.gradient(loss, [W1, W2])
    W1.assign_sub(0.5 * g1)
    W2.assign_sub(0.5 * g2)
    return loss


for i in range(10):
    l = train()
    if i % 3 == 0:
        print(i, f"{l.numpy():.4f}")


@tf.custom_gradient
def clip_grad(x):
    return tf.identity(x), lambda dy: tf.clip_by_value(dy, -0.1, 0.1)


@tf.custom_gradient
def ste_round(x):
    def grad(upstream):
        return upstream

    return tf.round(x), grad


x = tf.Variable([0.2, 1.7, -2.6])
with tf.GradientTape(persistent=True) as tape:
    a = tf.reduce_sum(clip_grad(x) ** 2)
    b = tf.reduce_sum(ste_round(x) * [1.0, 2.0, 3.0])
print(tape.gradient(a, x), tape.gradient(b, x))


@tf.custom_gradient
def log1pexp(x):
    e = tf.exp(x)

    def grad(upstream):
        return upstream * (1 - 1 / (1 + e))

    return tf.math.log(1 + e), grad


v = tf.constant([0.0, 100.0])
with tf.GradientTape() as t:
    t.watch(v)
    y = log1pexp(v)
print(y.numpy(), t.gradient(y, v).numpy())
print(tf.recompute_grad(lambda t: t**3)(tf.constant(2.0)).numpy())
