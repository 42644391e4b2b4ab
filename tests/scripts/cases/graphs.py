"""Graphs by hand: operations, names, placeholders, static shapes, conversion to GraphDef."""

import tensorflow as tf

g = tf.Graph()
with g.as_default():
    x = tf.compat.v1.placeholder(tf.float32, [None, 3], name="x")
    w = tf.constant([[1.0], [2.0], [3.0]], name="w")
    with tf.name_scope("layer"):
        y = tf.matmul(x, w, name="product")
        z = tf.nn.relu(y + 1.0)
    print(x.shape, y.shape, z.shape, z.dtype, tf.reshape(x, [-1]).shape, tf.shape(x).shape)
    print(x.name, y.name, y.op.name, y.op.type, [t.name for t in y.op.inputs], z.graph is g)
    print(y.op.get_attr("transpose_a"), y.op.get_attr("T"))
    try:
        bool(x[0, 0] > 0)
    except TypeError as error:
        print(type(error).__name__)
print([(op.name, op.type) for op in g.get_operations()][:6])
print(g.get_operation_by_name("layer/product").type, g.get_tensor_by_name("layer/product:0") is y)
print([(n.name, n.op, list(n.input)) for n in g.as_graph_def().node][:6])
print(tf.executing_eagerly(), len(g.get_operations()) > 5)


@tf.function
def affine(x, y):
    return tf.nn.tanh(x * 2.0 + y, name="bounded")


concrete = affine.get_concrete_function(tf.TensorSpec([None, 4]), tf.TensorSpec([4]))
print([op.type for op in concrete.graph.get_operations()])
print([t.shape for t in concrete.inputs], [t.shape for t in concrete.outputs], concrete.graph.inputs[0].dtype)
print("Tanh" in [node.op for node in concrete.graph.as_graph_def().node])


@tf.function
def inside(x):
    print("eager?", tf.executing_eagerly(), type(x.graph).__name__, isinstance(x, tf.Tensor), x.shape)
    with tf.init_scope():
        print("lifted:", tf.executing_eagerly())
    return x


inside(tf.constant([1, 2]))
