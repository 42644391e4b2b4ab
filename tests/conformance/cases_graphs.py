"""`tf.Graph`, operations, placeholders, names, scopes, `tf.init_scope`, graph definitions."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised


def in_graph(name, body):
    """A program: `body(tf, graph)` inside of a new graph."""

    def program(tf):
        graph = tf.Graph()
        with graph.as_default():
            return body(tf, graph)

    return Program(name, program)


def _operations(tf, g):
    a = tf.constant([1.0, 2.0], name="a")
    b = tf.compat.v1.placeholder(tf.float32, [None], name="b")
    c = tf.add(a, b, name="sum")
    d = tf.reduce_sum(c)
    return [
        [[op.name, op.type] for op in g.get_operations()],
        c.name,
        c.op.name,
        c.shape,
        d.shape,
        [i.name for i in c.op.inputs],
        [o.name for o in c.op.outputs],
        [o.name for o in a.consumers()],
        c.graph is g,
        c.op.graph is g,
        c.op.node_def.op,
        list(c.op.node_def.input),
        c.op.get_attr("T"),
        c.op.device,
        c.value_index,
        repr(c),
        str(c),
        repr(c.op)[:30],
        [x.name for x in c.op.control_inputs],
    ]


def _lookup(tf, g):
    a = tf.constant(1, name="a")
    return [
        g.get_tensor_by_name("a:0") is a,
        g.get_operation_by_name("a") is a.op,
        g.as_graph_element("a:0") is a,
        g.as_graph_element(a.op) is a.op,
        raised(lambda: g.get_tensor_by_name("a")),
        raised(lambda: g.get_tensor_by_name("nothing:0")),
        raised(lambda: g.get_tensor_by_name("a:1")),
        raised(lambda: g.get_operation_by_name("nothing")),
        raised(lambda: g.get_operation_by_name("a:0")),
        raised(lambda: g.as_graph_element("zzz")),
        raised(lambda: g.as_graph_element(3)),
    ]


def _unique_names(tf, g):
    names = [tf.constant(1, name="a").op.name for _ in range(3)]
    names.append(tf.constant(1).op.name)
    names.append(tf.add(1, 2).op.name)
    names.append(tf.add(1, 2).op.name)
    with tf.name_scope("s"):
        names.append(tf.constant(1, name="a").op.name)
        names.append(tf.add(1, 2).op.name)
        with tf.name_scope("t") as scope:
            names.append(tf.constant(1, name="a").op.name)
            names.append(scope)
    with tf.name_scope("s"):
        names.append(tf.constant(1, name="a").op.name)
    with tf.name_scope("s/"):
        names.append(tf.constant(1, name="b").op.name)
    with tf.name_scope(""):
        names.append(tf.constant(1, name="root").op.name)
    names.extend(
        [
            g.unique_name("a"),
            g.unique_name("fresh"),
            g.unique_name("fresh", mark_as_used=False),
            g.unique_name("fresh"),
        ]
    )
    return names


def _operator_names(tf, g):
    x = tf.compat.v1.placeholder(tf.float32, [2, 2], name="x")
    made = [
        x + 1.0,
        1.0 - x,
        x * x,
        x / 2.0,
        x // 2.0,
        x % 2.0,
        x**2.0,
        -x,
        abs(x),
        x @ x,
        x > 0.0,
        x[0],
        x[..., 1],
        tf.nn.relu(x),
        tf.reduce_mean(x),
        tf.cast(x, tf.int32),
        tf.reshape(x, [4]),
        tf.transpose(x),
        tf.concat([x, x], 0),
        tf.stack([x, x]),
        tf.matmul(x, x, transpose_a=True),
        tf.shape(x),
        tf.zeros_like(x),
        tf.square(x),
        tf.gather(x, [0]),
        tf.where(x > 0.0, x, 0.0),
        tf.nn.softmax(x),
        tf.tanh(x),
    ]
    return [[t.op.name, t.op.type] for t in made]


def _node_definitions(tf, g):
    x = tf.compat.v1.placeholder(tf.float32, [None, 3], name="x")
    y = tf.matmul(x, tf.ones([3, 2]), name="y")
    z = tf.reduce_sum(y, axis=[1], keepdims=True, name="z")
    tf.cast(z, tf.int32, name="w")
    nodes = g.as_graph_def().node
    return [[n.name, n.op, list(n.input), sorted(n.attr), n.device] for n in nodes]


def _attributes(tf, g):
    x = tf.compat.v1.placeholder(tf.float32, [None, 3], name="x")
    y = tf.matmul(x, tf.ones([3, 2]), transpose_b=False)
    s = tf.reduce_sum(x, 1, keepdims=True)
    c = tf.cast(x, tf.int32)
    v = tf.strided_slice(x, [0, 0], [1, 2])
    return [
        y.op.get_attr("transpose_a"),
        y.op.get_attr("T"),
        s.op.get_attr("keep_dims"),
        s.op.get_attr("Tidx"),
        c.op.get_attr("DstT"),
        v.op.get_attr("begin_mask"),
        str(x.op.get_attr("shape")),
        raised(lambda: y.op.get_attr("nothing")),
    ]


def _placeholders(tf, g):
    make = tf.compat.v1.placeholder
    shapes = [
        make(tf.float32).shape,
        make(tf.float32, []).shape,
        make(tf.float32, [None, 2]).shape,
        make("int32", (3,)).shape,
    ]
    default = tf.compat.v1.placeholder_with_default(tf.constant([1, 2]), [None])
    return [
        shapes,
        make(tf.float32).name,
        make(tf.float32).name,
        default.shape,
        default.op.type,
        raised(lambda: make()),
    ]


def _control(tf, g):
    a = tf.constant(1, name="a")
    with tf.control_dependencies([a]):
        b = tf.constant(2, name="b")
        with tf.control_dependencies(None):
            c = tf.constant(3, name="c")
        with tf.control_dependencies([b]):
            d = tf.add(a, c, name="d")
    n = tf.no_op(name="n")
    grouped = tf.group(a, b, name="g")
    return [
        [[x.name for x in op.control_inputs] for op in (b.op, c.op, d.op)],
        n.type,
        n.outputs,
        grouped.type,
        grouped.name,
        [list(x.input) for x in g.as_graph_def().node],
    ]


def _collections(tf, g):
    g.add_to_collection("mine", 1)
    g.add_to_collection("mine", 2)
    return [g.get_collection("mine"), g.get_collection("none"), g.get_all_collection_keys()]


def _refused(tf, g):
    x = tf.compat.v1.placeholder(tf.float32, [2])
    return [
        raised(lambda: x.numpy()),
        raised(lambda: bool(x)),
        raised(lambda: list(x)),
        raised(lambda: len(x)),
        raised(lambda: int(x[0])),
        raised(lambda: np.asarray(x)),
        raised(lambda: hash(x)),
        raised(lambda: x == x),
        raised(lambda: x.set_shape([3])),
        raised(lambda: tf.matmul(x, x)),
        raised(lambda: tf.add(x, tf.constant(1))),
        raised(lambda: x[5]),
    ]


def _shapes(tf, g):
    x = tf.compat.v1.placeholder(tf.float32)
    before = x.shape
    x.set_shape([None, 3])
    middle = x.shape
    x.set_shape([2, None])
    return [
        before,
        middle,
        x.shape,
        x.get_shape().as_list(),
        raised(lambda: x.set_shape([4, 3])),
        (x + 1.0).shape,
    ]


def _mode(tf, g):
    inside = [tf.executing_eagerly(), tf.compat.v1.get_default_graph() is g]
    with tf.init_scope():
        inside.append(tf.executing_eagerly())
    return inside


def _partial_values(tf, g):
    x = tf.compat.v1.placeholder(tf.float32, [None, 2, None])
    n = tf.compat.v1.placeholder(tf.int32, [])
    s = tf.shape(x)
    return [
        tf.reshape(x, [s[0], -1]).shape,
        tf.reshape(x, [s[0], s[1] * 3, -1]).shape,
        tf.reshape(x, tf.concat([s[:1], [2, 4]], 0)).shape,
        tf.zeros([n, 3]).shape,
        tf.zeros(tf.stack([n, 4])).shape,
        tf.zeros(s).shape,
        tf.fill(s[1:2], 0.0).shape,
        tf.broadcast_to(x[:1, :, :1], [5, 2, 7]).shape,
        tf.range(n).shape,
        tf.range(3).shape,
        tf.expand_dims(x, 1).shape,
        tf.tile(x, [2, 3, 1]).shape,
        tf.transpose(x, [1, 0, 2]).shape,
        tf.one_hot(tf.zeros([n], tf.int32), 4).shape,
        tf.eye(n).shape,
        tf.ones_like(x).shape,
        tf.random.uniform([n, 2]).shape,
        x[0].shape,
        x[:, 0].shape,
        x[..., :1].shape,
        x[:n].shape,
        tf.strided_slice(x, [0], [1]).shape,
        tf.reduce_sum(x, [0, 2]).shape,
        tf.reduce_sum(x, n).shape,
        tf.split(x, 2, 1)[0].shape,
        tf.unstack(x, axis=1)[0].shape,
        tf.boolean_mask(x, tf.constant([True, False]), axis=1).shape,
        tf.where(x > 0.0).shape,
        tf.unique(tf.reshape(x, [-1]))[0].shape,
        tf.pad(x, [[0, 0], [1, 1], [0, n]]).shape,
        tf.concat([x, x], 1).shape,
        tf.concat([x, x], 0).shape,
        tf.matmul(x, x, transpose_a=True).shape,
        tf.squeeze(x).shape,
        tf.squeeze(x[:1], [0]).shape,
        tf.get_static_value(s[1]),
        tf.get_static_value(s),
    ]


def _freed(tf, g):
    g.finalize()
    return [g.finalized, raised(lambda: tf.constant(1))]


GRAPHS = [
    in_graph("operations", _operations),
    in_graph("lookup", _lookup),
    in_graph("unique-names", _unique_names),
    in_graph("operator-names", _operator_names),
    in_graph("node-definitions", _node_definitions),
    in_graph("attributes", _attributes),
    in_graph("placeholders", _placeholders),
    in_graph("control-dependencies", _control),
    in_graph("collections", _collections),
    in_graph("refused", _refused),
    in_graph("shapes", _shapes),
    in_graph("mode", _mode),
    in_graph("partial-values", _partial_values),
    in_graph("finalized", _freed),
]


def _two_graphs(tf):
    first, second = tf.Graph(), tf.Graph()
    with first.as_default():
        a = tf.constant(1.0)
        with second.as_default():
            b = tf.constant(2.0)
        c = a + 1.0
    return [
        a.graph is first,
        b.graph is second,
        c.graph is first,
        tf.executing_eagerly(),
        raised(lambda: _mix(tf, first, b)),
    ]


def _mix(tf, graph, other):
    with graph.as_default():
        return tf.add(tf.constant(1.0), other)


def _eager_tensor_in_graph(tf):
    x = tf.constant([1.0, 2.0])
    with tf.Graph().as_default() as g:
        y = x + 1.0
        return [tf.is_tensor(y), y.shape, [op.type for op in g.get_operations()]]


def _name_scopes(tf):
    out = []
    with tf.name_scope("a") as a:
        out.append(a)
        with tf.name_scope("b") as b:
            out.append(b)
    with tf.name_scope("a") as again:
        out.append(again)
    scope = tf.name_scope("obj")
    with scope as first:
        out.append([first, scope.name])

    @tf.function
    def f(x):
        with tf.name_scope("inner"):
            y = x + 1
        with tf.name_scope("inner"):
            z = x + 1
        out.append([y.name, z.name])
        return y

    with tf.name_scope("outer"):
        f(tf.constant(1))
    return [
        *out,
        raised(lambda: tf.name_scope(3).__enter__()),
    ]


def _devices(tf):
    with tf.device("/CPU:0"):
        x = tf.constant(1.0)
    with tf.device("cpu:0"):
        y = x + 1.0
    with tf.device(None):
        z = y + 1.0
    return [
        x.device,
        y.device,
        z.device,
        raised(lambda: _on(tf, "/GPU:9")),
        raised(lambda: _on(tf, "nonsense")),
        raised(lambda: _on(tf, "/CPU:7")),
    ]


def _on(tf, name):
    with tf.device(name):
        return tf.constant(1.0) + 1.0


def _device_in_function(tf):
    seen = []

    @tf.function
    def f(x):
        with tf.device("/CPU:0"):
            y = x + 1
        seen.append([y.device, (x + 2).device])
        return y

    f(tf.constant(1))
    return seen


def _func_graph(tf):
    seen = []

    @tf.function
    def f(x):
        g = tf.compat.v1.get_default_graph()
        seen.append([tf.executing_eagerly(), g.building_function, x.graph is g, type(g).__name__])
        return x

    f(tf.constant(1))
    return seen


def _of_another_graph(tf):
    """Ops on tensors of a graph that is not the default one are added to that graph, tensors of two graphs to none."""
    v1 = tf.compat.v1
    home = tf.Graph()
    with home.as_default():
        x = v1.placeholder(tf.float32, [None, 2])
        v = v1.get_variable("v", [2], initializer=v1.ones_initializer())
        y = x * x
    with tf.Graph().as_default():
        own = tf.constant([1.0, 2.0])
        made = [
            tf.convert_to_tensor(x),
            x + 1,
            1 - x,
            v * 2.0,
            v.read_value(),
            x[:, 0],
            tf.reduce_sum(x, 1),
            tf.concat([x, [[1.0, 2.0]]], 0),
            tf.stack([x, x]),
            tf.cast(x, tf.int32),
            tf.nn.softmax(x),
            *tf.gradients(y, x),
            *tf.split(x, 2, 1),
        ]
        refused = [raised(lambda: x + own), raised(lambda: own * v), raised(lambda: tf.convert_to_tensor(x, tf.int32))]
    with v1.Session(graph=home) as session:
        session.run(v.initializer)
        values = session.run(made, {x: [[1.0, 2.0], [3.0, 4.0]]})
    return [t.graph is home for t in made], [t.shape for t in made], refused, values


def _wrap_and_prune(tf):
    @tf.function
    def f(x):
        y = tf.multiply(x, 2.0, name="doubled")
        return tf.add(y, 1.0, name="result")

    c = f.get_concrete_function(tf.TensorSpec([None], tf.float32))
    pruned = c.prune(c.inputs[0], c.graph.get_tensor_by_name("doubled:0")) if hasattr(c, "prune") else None
    return [
        c(tf.constant([1.0])),
        [op.name for op in c.graph.get_operations()],
        pruned is None or raised(lambda: pruned(tf.constant([1.0]))),
    ]


def _make_ndarray(tf):
    proto = tf.make_tensor_proto([[1.0, 2.0]], shape=[1, 2])
    return [
        tf.make_ndarray(proto),
        proto.dtype,
        tf.make_ndarray(tf.make_tensor_proto("a")),
        tf.make_ndarray(tf.make_tensor_proto([1, 2], tf.int64)),
        raised(lambda: tf.make_tensor_proto([[1], [2, 3]])),
    ]


OTHERS = [
    Program("two-graphs", _two_graphs),
    Program("of-another-graph", _of_another_graph),
    Program("eager-tensor-in-graph", _eager_tensor_in_graph),
    Program("name-scopes", _name_scopes),
    Program("devices", _devices),
    Program("device-in-function", _device_in_function),
    Program("function-graph", _func_graph),
    Program("pruned-function", _wrap_and_prune),
    Program("tensor-protos", _make_ndarray),
    Program(
        "eagerly",
        lambda tf: [
            tf.executing_eagerly(),
            raised(lambda: tf.compat.v1.placeholder(tf.float32)),
            tf.no_op() is None,
            tf.group(tf.constant(1)) is None,
        ],
    ),
    Program(
        "config",
        lambda tf: [
            [d.device_type for d in tf.config.list_physical_devices("CPU")],
            [d.name for d in tf.config.list_physical_devices("CPU")],
            [d.name for d in tf.config.list_logical_devices("CPU")],
            tf.config.get_soft_device_placement(),
            tf.config.experimental.list_physical_devices("TPU"),
            tf.test.is_gpu_available() if hasattr(tf.test, "is_gpu_available") else None,
            tf.test.is_built_with_cuda() in (True, False),
        ],
    ),
]

CASES = [*GRAPHS, *OTHERS]
