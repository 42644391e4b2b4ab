"""Members of `tf.Graph` and `tf.Operation`: marks on nodes, making nodes by type, registered gradients."""

from __future__ import annotations

from .runner import Program, raised


def _colocation(tf):
    with tf.Graph().as_default() as g:
        a = tf.constant(1.0, name="a")
        with g.colocate_with(a):
            c = tf.constant(2.0, name="c")
            with g.colocate_with(c):
                d = tf.constant(2.0, name="d")
            with tf.compat.v1.colocate_with(d, ignore_existing=True):
                e = tf.constant(2.0, name="e")
            with g.colocate_with(None, True):
                f = tf.constant(2.0, name="f")
        groups = [t.op.colocation_groups() for t in (a, c, d, e, f)]
        return groups, c.op.get_attr("_class"), raised(lambda: g.colocate_with(None).__enter__())


def _containers(tf):
    with tf.Graph().as_default() as g:
        with g.container("one") as name:
            v = tf.compat.v1.get_variable("v", initializer=1.0)
        w = tf.compat.v1.get_variable("w", initializer=2.0)
        return name, [x.op.get_attr("container") for x in (v, w)]


def _collections(tf):
    with tf.Graph().as_default() as g:
        g.add_to_collection("x", 1)
        tf.compat.v1.add_to_collections(["x", "y"], 2)
        return sorted(g.collections), sorted(g.get_all_collection_keys()), g.get_collection("x")


def _marks(tf):
    with tf.Graph().as_default() as g, tf.compat.v1.Session() as session:
        p = tf.compat.v1.placeholder(tf.float32, [], name="p")
        b = p + 1.0
        c = b * 2.0
        g.prevent_feeding(p)
        g.prevent_fetching(b.op)
        flags = [g.is_feedable(p), g.is_feedable(c), g.is_fetchable(b), g.is_fetchable(b.op), g.is_fetchable(c)]
        return flags, [raised(lambda: session.run(c, {p: 1.0})), raised(lambda: session.run(b))]


def _create_op(tf):
    with tf.Graph().as_default() as g:
        a, b = tf.constant([[1.0, 2.0]], name="a"), tf.constant([[1.0], [4.0]], name="b")
        product = g.create_op("MatMul", [a, b], name="product")
        again = g.create_op("MatMul", [a, a], name="product", attrs={"transpose_b": _bool(tf)})
        joined = g.create_op("ConcatV2", [a, a, tf.constant(0)], attrs={"N": _int(tf, 2)})
        with tf.compat.v1.Session() as session:
            values = session.run([product.outputs[0], again.outputs[0], joined.outputs[0]])
        errors = [
            raised(lambda: g.create_op("MatMul", [a, a])),
            raised(lambda: g.create_op("AddV2", [a, 1.0])),
            raised(lambda: g.create_op("NoSuchOp", [a])),
            raised(lambda: g.op_def_for_type("NoSuchOp")),
        ]
        return again.name, product.get_attr("T"), values, errors, g.op_def_for_type("MatMul").name, g.num_operations()


def _bool(tf):
    value = tf.compat.v1.AttrValue()
    value.b = True
    return value


def _int(tf, i):
    return tf.compat.v1.AttrValue(i=i)


def _from_node_def(tf):
    with tf.Graph().as_default() as g:
        a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
        node = tf.compat.v1.NodeDef(name="sum", op="AddV2", input=["a", "b"])
        node.attr["T"].type = 1
        made = tf.Operation.from_node_def(node, g, [b, b], control_inputs=[a.op])
        return made.name, made.type, [t.name for t in made.inputs], [c.name for c in made.control_inputs]


def _traceback(tf):
    with tf.Graph().as_default():
        frames = list(tf.constant(1.0).op.traceback)
        return [f.name for f in frames if f.filename == __file__], all(f.lineno > 0 for f in frames)


def _versions(tf):
    g = tf.Graph()
    with g.as_default():
        tf.no_op()
        square = tf.square(tf.constant(1.0))
    return g.graph_def_versions.producer, len(g.operations), g.seed, square.op.colocation_groups()


_REGISTERED = set()


def _register(tf, name, fn):
    """Registers once: the programs run in several modes of one process."""
    if (id(tf), name) not in _REGISTERED:
        _REGISTERED.add((id(tf), name))
        tf.RegisterGradient(name)(fn)


def _overridden(tf):
    _register(tf, "TimesHundred", lambda op, dy: 100.0 * dy * op.inputs[0])
    _register(tf, "TwoOfThem", lambda op, dy: (dy, dy))
    with tf.Graph().as_default() as g, tf.compat.v1.Session() as session:
        x = tf.constant(3.0)
        with g.gradient_override_map({"Square": "TimesHundred"}):
            y = tf.square(x)
        with g.gradient_override_map({"Square": "TwoOfThem"}):
            wrong = tf.square(x)
        with g.gradient_override_map({"Square": "Unregistered"}):
            missing = tf.square(x)
        values = session.run([tf.gradients(y, x), tf.gradients(tf.square(x), x)])
        errors = [
            raised(lambda: tf.gradients(wrong, x)),
            raised(lambda: tf.gradients(missing, x)),
            raised(lambda: g.gradient_override_map(3).__enter__()),
            raised(lambda: g.gradient_override_map({"Square": 3}).__enter__()),
        ]
        return values, errors, y.op.get_attr("_gradient_op_type")


def _overridden_in_function(tf):
    _register(tf, "Negated", lambda op, dy: -dy)

    @tf.function
    def f(x):
        with tf.compat.v1.get_default_graph().gradient_override_map({"Identity": "Negated"}):
            return tf.identity(x) * 2.0

    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = f(x)
    return tape.gradient(y, x), tape.jacobian(f(x), x)


def _registration_errors(tf):
    _register(tf, "RegisteredTwice", lambda op, dy: dy)
    return [
        raised(lambda: tf.RegisterGradient("RegisteredTwice")(lambda op, dy: dy)),
        raised(lambda: tf.RegisterGradient("Square")(lambda op, dy: dy)),
        raised(lambda: tf.RegisterGradient(3)),
        raised(lambda: tf.no_gradient(3)),
        raised(lambda: tf.no_gradient("Square")),
    ]


def _frozen(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as g, v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 2], name="x")
        w = v1.get_variable("w", initializer=[[1.0], [2.0]])
        table = v1.get_variable("table", initializer=[[1.0], [3.0], [5.0]])
        tf.add(tf.matmul(x, w), tf.nn.embedding_lookup(table, tf.constant([2])), name="y")
        tf.square(x, name="unused")
        session.run(v1.global_variables_initializer())
        session.run(w.assign_add([[1.0], [1.0]]))
        frozen = v1.graph_util.convert_variables_to_constants(session, g.as_graph_def(), ["y"])
    part = v1.graph_util.extract_sub_graph(g.as_graph_def(), ["unused"])
    lean = v1.graph_util.remove_training_nodes(frozen, protected_nodes=["y"])
    results = []
    for graph_def in (frozen, lean):
        with tf.Graph().as_default(), v1.Session() as session:
            tf.import_graph_def(graph_def, name="")
            results.append(session.run("y:0", {"x:0": [[1.0, 1.0]]}))
    errors = [
        raised(lambda: v1.graph_util.extract_sub_graph(g.as_graph_def(), "y")),
        raised(lambda: v1.graph_util.extract_sub_graph("graph", ["y"])),
    ]
    shape = v1.graph_util.tensor_shape_from_node_def_name(g, "y")
    return results, [n.name for n in part.node], any(n.op == "VarHandleOp" for n in frozen.node), errors, shape


def _missing_node(tf):
    return raised(lambda: tf.compat.v1.graph_util.extract_sub_graph(tf.Graph().as_graph_def(), ["nope"]))


def _collections_after_run(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph, v1.Session() as session:
        v1.get_variable("v", initializer=1.0)
        session.run(v1.global_variables_initializer())
    return sorted(graph.get_all_collection_keys())


def _facts(node):
    """Everything that can be asked of an operation."""
    attrs = {name: node.get_attr(name) for name in node.node_def.attr}
    protos = node.op_def.name, node.node_def.op, len(str(node))
    return protos, attrs, node.type, list(node.inputs), node.outputs, node.control_inputs, node.device


def _walked(tf):
    v, rows = tf.Variable(tf.ones([3, 3])), tf.Variable(tf.ones([5, 3]))

    def body(x):
        y = tf.nn.relu(x @ v) + tf.nn.embedding_lookup(rows, [0, 1, 2])
        y = tf.cond(y[0, 0] > 0.0, lambda: tf.sin(y) * tf.random.normal([]), lambda: y)
        y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, tf.tanh(y)), (0, y))[1]
        y = tf.switch_case(tf.constant(1), [lambda: y, lambda: y * v])
        return tf.reduce_sum(tf.map_fn(lambda row: row * 2.0, y)) + tf.py_function(lambda: 1.0, [], tf.float32)

    called = tf.function(body, autograph=False)

    @tf.function(autograph=False)
    def step(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = body(x) + called(x)
            gradients = inner.gradient(y, [x, v])
        return gradients, outer.gradient(gradients[0], x)

    graph = step.get_concrete_function(tf.TensorSpec([3, 3])).graph
    return [raised(lambda node=node: _facts(node)) for node in graph.get_operations()].count("no error") > 50, {
        raised(lambda node=node: _facts(node)) for node in graph.get_operations()
    }


def _attributes_of_calls(tf):
    v = tf.Variable([1.0])

    @tf.function(autograph=False)
    def fn(x):
        y = tf.cond(x[0] > 0.0, lambda: x * 2.0, lambda: x)
        y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2.0), (0, y))[1]
        y = tf.switch_case(tf.constant(1), [lambda: y, lambda: y + 1.0])
        return tf.function(lambda y: y * v, autograph=False)(y), tf.function(lambda y: y * 2.0, autograph=False)(y)

    found = []
    for node in fn.get_concrete_function(tf.TensorSpec([2])).graph.get_operations():
        if "If" in node.type or "While" in node.type or "Case" in node.type or "Call" in node.type:
            for name in (
                "Tcond",
                "Tin",
                "Tout",
                "T",
                "then_branch",
                "body",
                "f",
                "branches",
                "output_shapes",
                "config",
            ):
                found.append([name, *_described(node, name)])
    return found


def _described(node, name):
    try:
        value = node.get_attr(name)
    except ValueError:
        return ["no attribute"]
    if isinstance(value, (list, bytes)):
        plain = [v.name if hasattr(v, "as_numpy_dtype") else type(v).__name__ for v in value]
        return [type(value).__name__, len(value), *plain]
    return [type(value).__name__]


CASES = [
    Program("walked", _walked),
    Program("attributes-of-calls", _attributes_of_calls),
    Program("colocation", _colocation, symbols=["Graph"]),
    Program("containers", _containers),
    Program("collections", _collections),
    Program("collections-after-run", _collections_after_run),
    Program("feeding-and-fetching", _marks),
    Program("create-op", _create_op),
    Program("from-node-def", _from_node_def, symbols=["Operation"]),
    Program("traceback", _traceback),
    Program("versions", _versions),
    Program("gradient-override", _overridden, symbols=["RegisterGradient"]),
    Program("gradient-override-in-function", _overridden_in_function),
    Program("frozen", _frozen),
    Program("missing-node", _missing_node),
    Program("registration-errors", _registration_errors, symbols=["no_gradient"]),
]
