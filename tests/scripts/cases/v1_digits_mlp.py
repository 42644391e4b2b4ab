"""A network of TensorFlow 1: get_variable with regularizers, losses, a decaying rate, metrics, moving averages."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def dense(x, units, name, activation=None):
    with tf.variable_scope(name, reuse=tf.AUTO_REUSE):
        w = tf.get_variable("w", [x.shape[1], units], initializer=tf.glorot_uniform_initializer(seed=1))
        b = tf.get_variable("b", [units], initializer=tf.zeros_initializer(), regularizer=None)
        y = tf.nn.xw_plus_b(x, w, b)
        return y if activation is None else activation(y)


def model(x):
    with tf.variable_scope("net", regularizer=lambda w: 1e-3 * tf.nn.l2_loss(w)):
        return dense(dense(x, 16, "hidden", tf.nn.relu), 4, "logits")


def data(rng, n):
    labels = rng.randint(0, 4, n)
    centres = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 1, 1]], np.float32)
    return (centres[labels] + 0.3 * rng.randn(n, 4)).astype(np.float32), labels


tf.set_random_seed(7)
rng = np.random.RandomState(0)
x = tf.placeholder(tf.float32, [None, 4], name="x")
y = tf.placeholder(tf.int64, [None], name="y")
keep = tf.placeholder_with_default(1.0, [], name="keep")
logits = model(x)
tf.losses.sparse_softmax_cross_entropy(y, logits * keep)
loss = tf.losses.get_total_loss()
step = tf.train.get_or_create_global_step()
rate = tf.train.exponential_decay(0.5, step, 20, 0.5, staircase=True)
optimizer = tf.train.MomentumOptimizer(rate, 0.9)
gradients = optimizer.compute_gradients(loss)
clipped = [(tf.clip_by_norm(g, 1.0), v) for g, v in gradients if g is not None]
train = optimizer.apply_gradients(clipped, global_step=step)
average = tf.train.ExponentialMovingAverage(0.9, step)
with tf.control_dependencies([train]):
    train = average.apply(tf.trainable_variables())
accuracy, update = tf.metrics.accuracy(y, tf.argmax(logits, 1))

print([v.op.name for v in tf.trainable_variables()])
print([v.op.name for v in tf.global_variables() if "Average" in v.op.name])
print(len(tf.losses.get_regularization_losses()), tf.losses.get_losses()[0].op.name)

config = tf.ConfigProto(allow_soft_placement=True, gpu_options=tf.GPUOptions(allow_growth=True))
with tf.Session(config=config) as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    for i in range(60):
        images, labels = data(rng, 32)
        _, value, now = sess.run([train, loss, rate], feed_dict={x: images, y: labels})
        if i % 20 == 0:
            print(i, f"loss {value:.4f} rate {now:.4f}")
    images, labels = data(rng, 200)
    sess.run(update, {x: images, y: labels})
    print(f"accuracy {sess.run(accuracy):.3f}", tf.train.global_step(sess, step))
    print(f"half {sess.run(loss, {x: images, y: labels, keep: 0.5}):.4f}")
    shadow = sess.run([average.average(v) for v in tf.trainable_variables()])
    print(np.round([s.mean() for s in shadow], 4))
    print(sorted(average.variables_to_restore()))
