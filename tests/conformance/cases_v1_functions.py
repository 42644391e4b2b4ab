"""Names and signatures of TensorFlow 1: what differs from TensorFlow 2, what is the same object, mode switches."""

from __future__ import annotations

from .inputs import arr, f32, ints
from .runner import Case, Program, raised

X = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]

SAME = (
    "add multiply matmul concat stack float32 int64 string cast reshape tile exp math.exp math.maximum nn.relu nn.tanh "
    "nn.l2_loss Graph TensorShape errors.NotFoundError one_hot identity group no_op linalg.inv bitwise.bitwise_and"
).split()


def _same_objects(tf):
    def find(root, path):
        for name in path.split("."):
            root = getattr(root, name)
        return root

    return [find(tf.compat.v1, p) is find(tf, p) for p in SAME if not p.startswith(("math", "nn.tanh"))]


def _two_values(tf):
    v1 = tf.compat.v1
    return [
        raised(lambda: v1.reduce_sum(X, axis=0, reduction_indices=0)),
        raised(lambda: v1.squeeze([[1]], axis=0, squeeze_dims=0)),
        raised(lambda: v1.expand_dims([1], axis=0, dim=0)),
        raised(lambda: v1.nn.softmax(X, axis=0, dim=0)),
        raised(lambda: v1.nn.dropout(X)),
        raised(lambda: v1.where([True], [1])),
    ]


def _assertions(tf):
    v1 = tf.compat.v1
    return [
        raised(lambda: v1.assert_equal([1], [1], message="m")),
        raised(lambda: v1.assert_equal([1], [2], data=[1], message="m")),
        raised(lambda: v1.assert_less([1], [0])),
        raised(lambda: v1.assert_rank([1], 1)),
        raised(lambda: v1.assert_rank([1], 2)),
        raised(lambda: v1.assert_non_negative([-1])),
        raised(lambda: v1.assert_type(tf.constant(1), tf.float32)),
    ]


def _modes(tf):
    v1 = tf.compat.v1
    outside = v1.executing_eagerly(), v1.executing_eagerly_outside_functions()
    inside = []

    @tf.function
    def traced():
        inside.append((v1.executing_eagerly(), v1.executing_eagerly_outside_functions()))

    traced()
    with tf.Graph().as_default():
        graph = v1.executing_eagerly(), v1.executing_eagerly_outside_functions()
        nested = raised(v1.reset_default_graph)
        with v1.name_scope(None, "default", [1]) as scope, v1.name_scope("inner") as inner:
            names = scope, inner, tf.no_op().name
        bad = raised(lambda: v1.name_scope(None, None, [1]))
        plain = tf.constant(1)
        identity = hash(plain) == hash(plain), plain == plain
    return outside, inside, graph, nested, names, bad, identity, v1.resource_variables_enabled()


def _tuple(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        v = tf.Variable(1.0)
        session.run(v.initializer)
        add = v.assign_add(1.0)
        one, none, two = v1.tuple([tf.constant(1), None, tf.constant(2)], control_inputs=[add.op])
        return session.run([one, two]), none, session.run(v), raised(lambda: v1.tuple([]))


def _filled_constant(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        filled = session.run([v1.constant([1, 2], shape=[5]), v1.constant(3.0, shape=[2, 2])])
        return filled, raised(lambda: v1.constant([1, 2], shape=[3], verify_shape=True))


def _effects_in_branches_and_loops(tf):
    """A session runs the effects on which results depend, those of nodes outside too; a function runs all."""
    v1 = tf.compat.v1

    def run(build):
        with tf.Graph().as_default(), v1.Session() as session:
            counts = [v1.Variable(0, use_resource=True) for _ in range(4)]
            outside = counts[3].assign_add(5)

            def body(i=10):
                counts[0].assign_add(1)
                with tf.control_dependencies([counts[1].assign_add(1), outside]):
                    return tf.identity(i) + 1

            def test(i):
                counts[2].assign_add(1)
                return i < 13

            session.run(v1.global_variables_initializer())
            return session.run(build(body, test)), session.run(counts)

    yes = tf.constant(True).numpy()
    branch = lambda body, _: tf.cond(tf.constant(yes), body, lambda: 0)
    return [
        run(branch),
        run(lambda body, test: tf.cond(tf.constant(yes), lambda: branch(body, test), lambda: 0)),
        run(lambda body, test: tf.while_loop(test, body, [10])),
        run(lambda body, test: tf.function(lambda: branch(body, test))()),
        run(lambda body, test: tf.function(lambda: tf.while_loop(test, body, [10]))()),
        run(lambda body, test: tf.function(body)()),
    ]


CASES = [
    Program("effects-in-branches-and-loops", _effects_in_branches_and_loops),
    *(
        Case(
            f"reduce-{name}",
            lambda tf, x, n=name: getattr(tf.compat.v1, f"reduce_{n}")(x, 1, keep_dims=True),
            [f32(2, 3)],
        )
        for name in ("sum", "mean", "max", "min", "prod", "logsumexp")
    ),
    Case("reduction-indices", lambda tf, x: tf.compat.v1.reduce_sum(x, reduction_indices=[0]), [f32(2, 3)], grad=True),
    Case("reduce-any", lambda tf, x: tf.compat.v1.reduce_any(x > 0, 0, keepdims=True), [f32(2, 3)]),
    Case("count-nonzero", lambda tf, x: tf.compat.v1.count_nonzero(x, reduction_indices=1), [ints(2, 3)]),
    Case("argmax", lambda tf, x: tf.compat.v1.argmax(x, dimension=1), [f32(2, 3)]),
    Case("argmin", lambda tf, x: tf.compat.v1.argmin(x), [f32(2, 3)]),
    Case("arg-max", lambda tf, x: tf.compat.v1.arg_max(x, 1), [f32(2, 3)]),
    Case("expand-dims", lambda tf, x: tf.compat.v1.expand_dims(x, dim=1), [f32(2, 3)]),
    Case("squeeze", lambda tf, x: tf.compat.v1.squeeze(x, squeeze_dims=[0]), [f32(1, 3)]),
    Case("shape", lambda tf, x: tf.compat.v1.shape(x, "name", tf.int64), [f32(2, 3)]),
    Case("gather", lambda tf, x: tf.compat.v1.gather(x, [1], None, "name", 1), [f32(2, 3)], grad=True),
    Case("zeros-like", lambda tf, x: tf.compat.v1.zeros_like(x, optimize=False), [f32(2, 3)]),
    Case("ones-like", lambda tf, x: tf.compat.v1.ones_like(tensor=x, dtype=tf.int32), [f32(2, 3)]),
    Case("pad", lambda tf, x: tf.compat.v1.pad(x, [[1, 0], [0, 1]], "CONSTANT", None, 7), [f32(2, 3)]),
    Case("transpose", lambda tf, x: tf.compat.v1.transpose(x, None, "name"), [f32(2, 3)]),
    Case("boolean-mask", lambda tf, x: tf.compat.v1.boolean_mask(x, [True, False], "name"), [f32(2, 3)]),
    Case("where-rows", lambda tf, x, y: tf.compat.v1.where([True, False], x, y), [f32(2, 3), f32(2, 3)]),
    Case("where-elements", lambda tf, x, y: tf.compat.v1.where(x > y, x, y), [f32(2, 3), f32(2, 3)], grad=True),
    Case("where-positions", lambda tf, x: tf.compat.v1.where(x > 0), [f32(2, 3)]),
    Case("div-integers", lambda tf, x: tf.compat.v1.div(x, 2), [arr([-3, 3, 4])]),
    Case("div-floats", lambda tf, x: tf.compat.v1.div(x, 2), [f32(3)]),
    Case("floor-div", lambda tf, x: tf.compat.v1.floor_div(x, 2), [arr([-3, 3, 4])]),
    *(
        Case(f"to-{name}", lambda tf, x, n=name: getattr(tf.compat.v1, f"to_{n}")(x), [f32(3)])
        for name in ("float", "double", "int32", "int64", "bfloat16", "complex64", "complex128")
    ),
    Case("norm", lambda tf, x: tf.compat.v1.norm(x, axis=1, keep_dims=True), [f32(2, 3)]),
    Case("softmax", lambda tf, x: tf.compat.v1.nn.softmax(x, dim=0), [f32(2, 3)], grad=True),
    Case("log-softmax", lambda tf, x: tf.compat.v1.nn.log_softmax(x, -1), [f32(2, 3)]),
    Case(
        "softmax-cross-entropy",
        lambda tf, x, y: tf.compat.v1.nn.softmax_cross_entropy_with_logits(labels=tf.nn.softmax(x), logits=y),
        [f32(2, 3), f32(2, 3)],
        grad=True,
    ),
    Case(
        "softmax-cross-entropy-v2",
        lambda tf, x, y: tf.compat.v1.nn.softmax_cross_entropy_with_logits_v2(tf.nn.softmax(x), y),
        [f32(2, 3), f32(2, 3)],
        grad=True,
    ),
    Case(
        "weighted-cross-entropy",
        lambda tf, x, y: tf.compat.v1.nn.weighted_cross_entropy_with_logits(targets=x, logits=y, pos_weight=2.0),
        [f32(2, 3), f32(2, 3)],
    ),
    Case(
        "conv2d",
        lambda tf, x, w: tf.compat.v1.nn.conv2d(x, w, [1, 1, 1, 1], "SAME"),
        [f32(1, 4, 4, 2), f32(3, 3, 2, 3)],
    ),
    Case(
        "conv2d-filters",
        lambda tf, x, w: tf.compat.v1.nn.conv2d(x, filters=w, strides=2, padding="VALID"),
        [f32(1, 4, 4, 2), f32(3, 3, 2, 3)],
    ),
    Case("max-pool", lambda tf, x: tf.compat.v1.nn.max_pool(x, 2, 2, "VALID"), [f32(1, 4, 4, 2)]),
    Case(
        "avg-pool",
        lambda tf, x: tf.compat.v1.nn.avg_pool(value=x, ksize=2, strides=1, padding="SAME"),
        [f32(1, 4, 4, 2)],
    ),
    Case("moments", lambda tf, x: tf.compat.v1.nn.moments(x, [0], keep_dims=True), [f32(3, 2)]),
    Case("embedding-lookup", lambda tf, x: tf.compat.v1.nn.embedding_lookup(x, [2, 0]), [f32(3, 2)], grad=True),
    Case(
        "xw-plus-b", lambda tf, x, w, b: tf.compat.v1.nn.xw_plus_b(x, w, b), [f32(2, 3), f32(3, 4), f32(4)], grad=True
    ),
    Case("relu-layer", lambda tf, x, w, b: tf.compat.v1.nn.relu_layer(x, w, b), [f32(2, 3), f32(3, 4), f32(4)]),
    Case("dropout", lambda tf, x: tf.compat.v1.nn.dropout(x, keep_prob=1.0), [f32(2, 3)]),
    Program("same-objects", _same_objects),
    Program("two-values", _two_values),
    Program("assertions", _assertions),
    Program("modes", _modes),
    Program("tuple", _tuple),
    Program("filled-constant", _filled_constant),
]
