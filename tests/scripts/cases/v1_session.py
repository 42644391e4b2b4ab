"""What programs of TensorFlow 1 do around a session: scopes, reuse, feeds of several kinds, gradients, errors."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

graph = tf.Graph()
with graph.as_default():
    tf.set_random_seed(1)
    with tf.variable_scope("outer", initializer=tf.random_uniform_initializer(-1, 1, seed=2)) as scope:
        a = tf.get_variable("a", [2, 2])
        with tf.variable_scope("inner"):
            b = tf.get_variable("b", [2])
    with tf.variable_scope(scope, reuse=True):
        again = tf.get_variable("a", [2, 2])
    print(a is again, a.name, b.name, scope.name, scope.original_name_scope)
    count = tf.get_local_variable("count", [], initializer=tf.zeros_initializer())
    print([v.name for v in tf.local_variables()], tf.report_uninitialized_variables().dtype)
    x = tf.placeholder(tf.float32, [None, 2])
    sparse = tf.sparse_placeholder(tf.float32)
    y = tf.matmul(x, a) + b
    chosen = tf.cond(tf.reduce_sum(y) > 0, lambda: y * 2, lambda: y - 1)
    with tf.control_dependencies([tf.assign_add(count, 1.0)]):
        out = tf.identity(chosen)
    mean, variance = tf.nn.moments(y, [0])
    normal = tf.nn.batch_normalization(y, mean, variance, None, None, 1e-3)
    top = tf.nn.in_top_k(y, [0, 1], 1)
    total = tf.reduce_logsumexp(y, keep_dims=True)
    slopes = tf.gradients(tf.reduce_sum(normal**2), [a, b, x], stop_gradients=[mean])
    (hessian,) = tf.hessians(tf.reduce_sum(y**3), b)
    init = tf.global_variables_initializer()
    init_local = tf.local_variables_initializer()

feed = {x: np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)}
with tf.Session(graph=graph) as session:
    try:
        session.run(out, feed)
    except tf.errors.FailedPreconditionError as error:
        print(type(error).__name__)
    session.run([init, init_local])
    print(session.run({"out": out, "others": [top, (total,)]}, feed))
    print([np.round(s, 4) for s in session.run(slopes, feed)])
    print(np.round(session.run(hessian, feed), 3), session.run(count))
    call = session.make_callable([out, mean], [x])
    print(call(np.zeros((1, 2))), session.run(count))
    value = tf.SparseTensorValue(np.array([[0, 1]]), np.array([5.0], np.float32), (2, 3))
    print(session.run(sparse, {sparse: value}))
    for wrong in (lambda: session.run(out), lambda: session.run("nothing:0"), lambda: session.run(out, {x: [1.0]})):
        try:
            wrong()
        except (tf.errors.InvalidArgumentError, ValueError) as error:
            print(type(error).__name__)
    a.load(np.eye(2), session)
    print(a.eval(session))
