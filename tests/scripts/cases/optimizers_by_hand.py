"""Optimisers by hand, schedules, clipping, style-transfer-like image optimisation."""

import math

import numpy as np
import tensorflow as tf

tf.random.set_seed(5)


class SGD:
    def __init__(self, lr=0.1, momentum=0.0, nesterov=False, decay=0.0):
        self.lr, self.momentum, self.nesterov, self.decay = lr, momentum, nesterov, decay
        self.slots = {}
        self.iterations = tf.Variable(0, dtype=tf.int64, trainable=False)

    def apply_gradients(self, pairs):
        self.iterations.assign_add(1)
        lr = self.lr(self.iterations) if callable(self.lr) else self.lr
        for g, v in pairs:
            if g is None:
                continue
            if isinstance(g, tf.IndexedSlices):
                v.scatter_sub(tf.IndexedSlices(g.values * lr, g.indices))
                continue
            if self.momentum:
                m = self.slots.get(v.ref())
                if m is None:
                    m = self.slots[v.ref()] = tf.Variable(
                        tf.zeros_like(v), trainable=False, name=v.name.split(":")[0] + "_m"
                    )
                m.assign(self.momentum * m - lr * g)
                v.assign_add(self.momentum * m - lr * g if self.nesterov else m)
            else:
                v.assign_sub(lr * g)


def cosine(step, total=20.0, base=0.2):
    p = tf.minimum(tf.cast(step, tf.float32), total) / total
    return base * 0.5 * (1 + tf.cos(math.pi * p))


def piecewise(step):
    return tf.case([(step < 3, lambda: 0.1), (step < 6, lambda: 0.01)], default=lambda: 0.001)


print([round(float(cosine(s)), 4) for s in range(0, 25, 5)], [float(piecewise(tf.constant(s))) for s in (0, 4, 9)])
emb = tf.Variable(tf.random.uniform([6, 3], seed=1), name="emb")
w = tf.Variable([[1.0], [2.0], [3.0]], name="w")
unused = tf.Variable(1.0, name="unused")
opt = SGD(cosine, momentum=0.9, nesterov=True)
for i in range(5):
    with tf.GradientTape() as tape:
        rows = tf.nn.embedding_lookup(emb, [0, 2, 2])
        loss = tf.reduce_sum((rows @ w - 1.0) ** 2)
    grads = tape.gradient(loss, [emb, w, unused])
    if i == 0:
        print(type(grads[0]).__name__, grads[0].indices.numpy(), grads[2], grads[0].values.shape)
    clipped, norm = tf.clip_by_global_norm(grads, 1.0)
    opt.apply_gradients(zip(clipped, [emb, w, unused]))
    print(i, f"{loss.numpy():.5f} {norm.numpy():.5f}", int(opt.iterations))
print(w.numpy().ravel(), list(opt.slots.values())[0].name)

# image optimisation: gram matrices + total variation
filters = tf.constant(np.random.RandomState(0).randn(3, 3, 3, 4) * 0.3, tf.float32)
style = tf.constant(np.random.RandomState(1).rand(1, 12, 12, 3), tf.float32)
content = tf.constant(np.random.RandomState(2).rand(1, 12, 12, 3), tf.float32)


def features(img):
    f1 = tf.nn.relu(tf.nn.conv2d(img, filters, strides=1, padding="SAME"))
    return f1, tf.nn.avg_pool2d(f1, 2, 2, "VALID")


def gram(t):
    r = tf.linalg.einsum("bijc,bijd->bcd", t, t)
    s = tf.shape(t)
    return r / tf.cast(s[1] * s[2], tf.float32)


def total_variation(x):
    return tf.reduce_sum(tf.abs(x[:, 1:] - x[:, :-1])) + tf.reduce_sum(tf.abs(x[:, :, 1:] - x[:, :, :-1]))


targets = [gram(f) for f in features(style)]
target_c = features(content)[1]
image = tf.Variable(content)


@tf.function()
def train_step(image):
    with tf.GradientTape() as tape:
        outs = features(image)
        loss = tf.add_n([tf.reduce_mean((gram(o) - t) ** 2) for o, t in zip(outs, targets)])
        loss += 0.5 * tf.reduce_mean((outs[1] - target_c) ** 2) + 1e-4 * total_variation(image)
    grad = tape.gradient(loss, image)
    image.assign(tf.clip_by_value(image - 0.5 * grad, clip_value_min=0.0, clip_value_max=1.0))
    return loss


for i in range(6):
    print(i, f"{train_step(image):.6f}")
arr = np.array(image * 255, dtype=np.uint8)
print(arr.shape, arr.dtype)

# fgsm
with tf.GradientTape() as tape:
    tape.watch(content)
    loss = tf.nn.softmax_cross_entropy_with_logits(tf.one_hot([1], 4), tf.reduce_mean(features(content)[0], [1, 2]))
signed = tf.sign(tape.gradient(loss, content))
print(tf.size(tf.unique(tf.reshape(signed, [-1]))[0]).numpy() <= 3, loss.numpy())
