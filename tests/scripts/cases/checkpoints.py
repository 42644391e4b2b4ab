"""A network that is trained in two runs, each of which starts from the checkpoint that the one before left."""

import os
import tempfile

import tensorflow as tf


class Dense(tf.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size
        self.kernel = None

    def __call__(self, x):
        if self.kernel is None:
            self.kernel = tf.Variable(tf.ones([x.shape[-1], self.size]), name="kernel")
            self.bias = tf.Variable(tf.zeros([self.size]), name="bias")
        return x @ self.kernel + self.bias


class Net(tf.Module):
    def __init__(self):
        super().__init__()
        self.l1 = Dense(5)

    def __call__(self, x):
        return self.l1(x)


class Momentum(tf.Module):
    def __init__(self):
        super().__init__()
        self.moments = []
        self.iterations = tf.Variable(0, dtype=tf.int64)

    def apply(self, gradients, variables):
        if not self.moments:
            for v in variables:
                self.moments.append(tf.Variable(tf.zeros_like(v)))
        for g, v, m in zip(gradients, variables, self.moments, strict=True):
            m.assign(0.9 * m + g)
            v.assign_sub(0.01 * m)
        self.iterations.assign_add(1)


def toy_dataset():
    inputs = tf.range(10.0)[:, None]
    labels = inputs * 5.0 + tf.range(5.0)[None, :]
    return tf.data.Dataset.from_tensor_slices({"x": inputs, "y": labels}).repeat().batch(2)


def train_step(net, example, optimizer):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.abs(net(example["x"]) - example["y"]))
    variables = net.trainable_variables
    optimizer.apply(tape.gradient(loss, variables), variables)
    return loss


def train_and_checkpoint(steps):
    optimizer, net, iterator = Momentum(), Net(), iter(toy_dataset())
    checkpoint = tf.train.Checkpoint(step=tf.Variable(1), optimizer=optimizer, net=net, iterator=iterator)
    manager = tf.train.CheckpointManager(checkpoint, "./tf_ckpts", max_to_keep=3)
    checkpoint.restore(manager.latest_checkpoint)
    print("restored" if manager.latest_checkpoint else "initialised", manager.latest_checkpoint)
    for _ in range(steps):
        loss = train_step(net, next(iterator), optimizer)
        checkpoint.step.assign_add(1)
        if int(checkpoint.step) % 10 == 0:
            print("saved", int(checkpoint.step), manager.save(), f"{float(loss):.3f}")
    return manager


os.chdir(tempfile.mkdtemp())
train_and_checkpoint(30)
manager = train_and_checkpoint(25)
print(manager.checkpoints, sorted(os.listdir("tf_ckpts")))

# Parts of the checkpoint, into objects of another program.
bias = tf.Variable(tf.zeros([5]))
layer = tf.train.Checkpoint(bias=bias)
root = tf.train.Checkpoint(net=tf.train.Checkpoint(l1=layer))
status = root.restore(tf.train.latest_checkpoint("./tf_ckpts"))
print(bias.numpy())
status.assert_existing_objects_matched()
try:
    status.assert_consumed()
except AssertionError:
    print("not all of it was used")
status.expect_partial()
kernel = tf.Variable(tf.zeros([1, 5]))
layer.kernel = kernel
print(kernel.numpy())

reader = tf.train.load_checkpoint("./tf_ckpts/")
key = "net/l1/kernel/.ATTRIBUTES/VARIABLE_VALUE"
print(reader.get_variable_to_shape_map()[key], reader.get_variable_to_dtype_map()[key].name, reader.get_tensor(key))
for name, shape in tf.train.list_variables(manager.latest_checkpoint):
    if not name.startswith("iterator"):
        print(name, shape)
