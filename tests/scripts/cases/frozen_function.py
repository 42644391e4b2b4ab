"""A function whose variables become constants."""

import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import (
    convert_variables_to_constants_v2,
    convert_variables_to_constants_v2_as_graph,
)

v, b = tf.Variable([[1.0, 2.0], [3.0, 4.0]]), tf.Variable([1.0, 2.0])
table, large = tf.Variable(tf.reshape(tf.range(6.0), [3, 2])), tf.ones([200])


@tf.function
def inner(x):
    return tf.matmul(x, v) + b


@tf.function(input_signature=[tf.TensorSpec([None, 2], name="x"), tf.TensorSpec([2], tf.int32)])
def outer(x, i):
    y = inner(x)
    y = tf.cond(tf.reduce_sum(y) > 0, lambda: y * v[0], lambda: y)
    for _ in tf.range(2):
        y += b
    return {"y": y, "z": tf.gather(table, i) + tf.reduce_sum(large)}


frozen, graph_def = convert_variables_to_constants_v2_as_graph(outer.get_concrete_function())
again = convert_variables_to_constants_v2(outer.get_concrete_function())
v.assign(tf.zeros_like(v))
found = [[t.numpy().tolist() for t in f(tf.ones([1, 2]), tf.constant([0, 2]))] for f in (frozen, again)]
found.append(
    [
        [t.name for t in frozen.inputs],
        [t.name for t in frozen.outputs],
        len(frozen.variables),
        len(frozen.captured_inputs),
    ]
)
found.append([t.dtype.name for t in frozen.outputs])
found.append(
    sorted(
        {n.op for n in graph_def.node}
        & {"ReadVariableOp", "ResourceGather", "VarHandleOp", "PartitionedCall", "MatMul", "GatherV2"}
    )
)
with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    y, x, i = tf.import_graph_def(graph_def, return_elements=["Identity:0", "x:0", "i:0"])
    found.append(session.run(y, {x: [[1, 1]], i: [0, 1]}).tolist())
for part in found:
    print(part)
