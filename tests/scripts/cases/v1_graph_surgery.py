"""Graphs as data in TensorFlow 1: collections, gradients of one's own, graph definitions taken apart and joined."""

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


@tf.RegisterGradient("Halved")
def halved(op, gradient):
    return 0.5 * gradient


with tf.Graph().as_default() as graph:
    x = v1.placeholder(tf.float32, [None, 3], name="x")
    with v1.variable_scope("layer"):
        w = v1.get_variable("w", initializer=np.arange(6, dtype=np.float32).reshape(3, 2))
    with graph.gradient_override_map({"Identity": "Halved"}):
        y = tf.identity(tf.matmul(x, w), name="y")
    z = tf.reduce_sum(tf.nn.relu(y), name="z")
    slope = v1.gradients(z, w)[0]
    v1.add_to_collection("answers", z)
    v1.add_to_collection("answers", slope)
    init = v1.global_variables_initializer()
    for tensor in v1.get_collection("answers"):
        print(tensor.dtype.name, tensor.shape)
    with v1.Session() as session:
        session.run(init)
        print(session.run(v1.get_collection("answers"), {x: [[1.0, -2.0, 3.0]]}))
    definition = graph.as_graph_def()

print([n.name for n in definition.node][:3], definition.versions.producer)

with tf.Graph().as_default() as joined:
    source = tf.constant([[1.0, 1.0, 1.0], [2.0, 0.0, 1.0]])
    (once,) = tf.import_graph_def(definition, {"x:0": source}, ["y:0"], name="first")
    again, reset = tf.import_graph_def(
        definition, {"x:0": once @ tf.ones([2, 3])}, ["z:0", "layer/w/Assign"], name="second"
    )
    print(once.name, again.name, reset.name)
    with v1.Session() as session:
        session.run([reset, "first/layer/w/Assign"])
        print(session.run(once), session.run(again))
        try:
            session.run("third/y:0")
        except ValueError as error:
            print(type(error).__name__)
    try:
        tf.import_graph_def(definition, {"nothing:0": source})
    except ValueError as error:
        print(str(error)[:40])
    joined.finalize()
    try:
        tf.constant(1.0)
    except RuntimeError as error:
        print(error)
