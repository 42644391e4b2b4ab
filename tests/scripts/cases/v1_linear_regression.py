"""Code of TensorFlow 1 in graph mode: placeholders, a session, an optimizer, variable scopes, a metric by hand."""

# tolerance: 1e-3
import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

print(
    tf.executing_eagerly(), tf.executing_eagerly_outside_functions(), tf.get_default_graph() is tf.get_default_graph()
)
rng = np.random.RandomState(0)
data = rng.randn(64, 3).astype(np.float32)
labels = data @ np.array([[1.0], [-2.0], [0.5]], np.float32) + 0.25


def dense(x, units, name):
    with tf.variable_scope(name, reuse=tf.AUTO_REUSE):
        kernel = tf.get_variable("kernel", [x.shape[1].value, units], initializer=tf.glorot_uniform_initializer(seed=1))
        bias = tf.get_variable("bias", [units], initializer=tf.zeros_initializer())
        return tf.nn.xw_plus_b(x, kernel, bias)


x = tf.placeholder(tf.float32, shape=[None, 3], name="x")
y = tf.placeholder(tf.float32, shape=[None, 1], name="y")
keep_prob = tf.placeholder_with_default(1.0, shape=[], name="keep_prob")
hidden = tf.nn.relu(dense(x, 8, "hidden"))
output = dense(tf.nn.dropout(hidden, keep_prob=keep_prob), 1, "output")
loss = tf.reduce_mean(tf.squared_difference(output, y), name="loss")
global_step = tf.train.get_or_create_global_step()
train_op = tf.train.AdamOptimizer(0.05).minimize(loss, global_step=global_step)
print([v.name for v in tf.trainable_variables()])
print(x, x.shape, x.shape[1], type(x.shape[1]).__name__, output.op.type)
size = x.shape[1]  # a Dimension: converts to a tensor, by itself and beside tensors
print(tf.convert_to_tensor(size), tf.range(size), tf.cast(size, tf.float32).dtype, tf.stack([tf.constant(1), size]))
print(tf.scan(lambda a, b: a + b, x).shape, tf.map_fn(lambda row: row * 2.0, tf.transpose(x)).shape)

with tf.Session() as sess:
    print(sorted(sess.run(tf.report_uninitialized_variables()))[:2])
    sess.run(tf.global_variables_initializer())
    print(list(sess.run(tf.report_uninitialized_variables())))
    for step in range(60):
        value, _ = sess.run([loss, train_op], feed_dict={x: data, y: labels})
        if step % 20 == 0:
            print(step, value)
    print(sess.run(global_step), tf.train.global_step(sess, global_step))
    print(sess.run("loss:0", {"x:0": data[:4], "y:0": labels[:4]}))
    print(loss.eval({x: data, y: labels}), tf.get_default_session() is sess)
    print({name: value.shape for name, value in sess.run({v.name: v for v in tf.trainable_variables()}).items()})

with tf.Session() as sess:
    try:
        sess.run(loss, {x: data, y: labels})
    except tf.errors.FailedPreconditionError as error:
        print(type(error).__name__)
tf.reset_default_graph()
print(len(tf.global_variables()), len(tf.get_default_graph().get_operations()))
