"""Variables of TensorFlow 1: scopes and `get_variable`, collections, initialisers, custom getters, eager mode."""

from __future__ import annotations

import threading

from .runner import Program, raised


def _names(variables):
    return [v.name for v in variables]


def in_graph(build):
    """A program whose body gets a fresh graph as the default one."""

    def program(tf):
        with tf.Graph().as_default() as graph:
            return build(tf, tf.compat.v1, graph)

    return program


def _names_of_scopes(tf, v1, graph):
    seen = []

    def note(scope):
        variable = v1.get_variable(f"v{len(seen)}", [1])
        seen.append([scope.name, scope.original_name_scope, variable.name, tf.no_op().name, variable.op.name])

    with v1.variable_scope("a") as a:
        note(a)
        with v1.variable_scope("b") as b:
            note(b)
        with v1.variable_scope(a) as again:
            note(again)
    with v1.variable_scope("a") as second:
        note(second)
    with v1.variable_scope(b) as b_again:
        note(b_again)
    for _ in range(3):
        with v1.variable_scope(None, "default") as d:
            note(d)
            with v1.variable_scope(None, "inner") as inner:
                note(inner)
    with tf.name_scope("names"):
        with v1.variable_scope("inside") as inside:
            note(inside)
        note(v1.get_variable_scope())
        seen.append(tf.Variable(1.0, name="plain").name)
    with v1.variable_scope("bare", auxiliary_name_scope=False) as bare:
        note(bare)
    with v1.variable_scope(v1.get_variable_scope()) as root:
        note(root)
    return seen


def _reuse(tf, v1, graph):
    with v1.variable_scope("a") as a:
        w = v1.get_variable("w", [2, 3])
        twice = raised(lambda: v1.get_variable("w", [2, 3]))
    with v1.variable_scope("a", reuse=True):
        same = v1.get_variable("w", [2, 3]) is w, v1.get_variable("w") is w
        wrong = [
            raised(lambda: v1.get_variable("other", [1])),
            raised(lambda: v1.get_variable("w", [3])),
            raised(lambda: v1.get_variable("w", [2, 3], tf.int32)),
        ]
        with v1.variable_scope("b") as b:
            inherited = b.reuse
    with v1.variable_scope("a", reuse=v1.AUTO_REUSE) as auto:
        either = v1.get_variable("w") is w, v1.get_variable("z", [1]).name, auto.reuse == v1.AUTO_REUSE
    with v1.variable_scope(a):
        v1.get_variable_scope().reuse_variables()
        switched = v1.get_variable("w") is w, v1.get_variable_scope().reuse
    return twice, same, wrong, inherited, either, switched, a.reuse, v1.get_variable_scope().reuse


def _defaults(tf, v1, graph):
    with v1.variable_scope("s", dtype=tf.float64, initializer=v1.constant_initializer(2.0)) as s:
        a = v1.get_variable("a", [2])
        with v1.variable_scope("t"):
            b = v1.get_variable("b", [2], initializer=v1.ones_initializer())
    c = v1.get_variable("c", [2], tf.int32)
    d = v1.get_variable("d", initializer=[1.0, 2.0])
    e = v1.get_variable("e", initializer=lambda: tf.ones([3]))
    f = v1.get_variable("f", [], tf.bool)
    with v1.Session() as session:
        session.run(v1.global_variables_initializer())
        values = session.run([a, b, c, d, e, f])
    return s.dtype, values, [v.dtype for v in (a, b, c, d, e, f)], [v.shape for v in (a, b, c, d, e, f)]


def _errors(tf, v1, graph):
    return [
        raised(lambda: v1.variable_scope(None)),
        raised(lambda: v1.variable_scope("a", reuse=3)),
        raised(lambda: v1.variable_scope(3).__enter__()),
        raised(lambda: v1.variable_scope(None, "d", reuse=True).__enter__()),
        raised(lambda: v1.get_variable("a", [2], initializer=tf.constant([1, 2]))),
        raised(lambda: v1.get_variable("b", initializer=[1.0], dtype=tf.int32)),
        raised(lambda: v1.get_variable("c")),
        raised(lambda: v1.get_variable("d", [None, 2])),
        raised(lambda: v1.get_variable("e", [2], tf.complex64)),
        raised(lambda: v1.get_variable("f", [2], custom_getter=3)),
        raised(lambda: v1.variable_scope("a", auxiliary_name_scope=3)),
    ]


def _custom_getters(tf, v1, graph):
    calls = []

    def outer(getter, name, *args, **kwargs):
        calls.append(("outer", name, sorted(kwargs)))
        return getter(name + "_o", *args, **kwargs)

    def inner(getter, name, shape=None, **kwargs):
        calls.append(("inner", name, shape))
        return getter(name + "_i", shape=shape, **kwargs) * 2.0

    with v1.variable_scope("s", custom_getter=outer):
        first = v1.get_variable("a", [1])
        with v1.variable_scope("t", custom_getter=inner):
            second = v1.get_variable("b", [1])
    return calls, first.name, second.op.type, _names(v1.global_variables())


def _collections(tf, v1, graph):
    with v1.variable_scope("s", regularizer=lambda v: 0.1 * tf.reduce_sum(v)) as s:
        a = v1.get_variable("a", [2], initializer=v1.ones_initializer())
        frozen = v1.get_variable("frozen", [2], trainable=False, collections=["mine", v1.GraphKeys.GLOBAL_VARIABLES])
    local = v1.get_local_variable("local", [1], initializer=v1.zeros_initializer())
    plain = v1.Variable(5, name="plain", trainable=False, collections=[v1.GraphKeys.LOCAL_VARIABLES])
    tf.Variable(1.0, name="s_not")
    v1.add_to_collection("mine", plain)
    v1.add_to_collections(["x", "y"], 3)
    v1.get_collection_ref("x").append(4)
    initializers = v1.global_variables_initializer(), v1.local_variables_initializer()
    with v1.Session() as session:
        missing = [list(session.run(v1.report_uninitialized_variables()))]
        for op in initializers:
            session.run(op)
            missing.append(list(session.run(v1.report_uninitialized_variables())))
        value = session.run(a)
    return [
        _names(v1.global_variables()),
        _names(v1.trainable_variables()),
        _names(v1.local_variables()),
        _names(v1.global_variables("s/")),
        _names(s.global_variables()),
        _names(s.trainable_variables()),
        _names(v1.get_collection("mine")),
        v1.get_collection("x"),
        v1.get_collection("y"),
        len(v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)),
        [op.name for op in initializers],
        missing,
        value,
        local.trainable,
        frozen.trainable,
        sorted(graph.get_all_collection_keys()),
    ]


def _eager(tf):
    v1 = tf.compat.v1
    with v1.variable_scope("eager_scope", reuse=v1.AUTO_REUSE):
        first = v1.get_variable("w", [2], initializer=v1.ones_initializer())
        second = v1.get_variable("w", [2], initializer=v1.ones_initializer())
    variable = v1.Variable([1.0, 2.0], name="q", collections=["c"])
    return [
        first.name,
        first is second,
        first,
        variable,
        isinstance(variable, tf.Variable),
        isinstance(variable, v1.Variable),
        issubclass(v1.Variable, tf.Variable),
        v1.global_variables_initializer(),
        any(v is first for v in v1.trainable_variables()),
        v1.is_variable_initialized(first),
        v1.assign(first, [3.0, 4.0]),
        v1.assign_add(first, [1.0, 1.0]),
        v1.assign_sub(first, [2.0, 2.0]),
        v1.scatter_update(first, [0], [9.0]),
        v1.scatter_add(first, [0, 1], [1.0, 1.0]),
        v1.scatter_nd_update(first, [[1]], [5.0]),
    ]


def _initializers(tf):
    v1 = tf.compat.v1
    tf.random.set_seed(0)  # draws of other cases with the same seeds must not count
    made = [
        v1.zeros_initializer(),
        v1.ones_initializer(tf.int32),
        v1.constant_initializer(3),
        v1.random_normal_initializer(seed=1),
        v1.random_uniform_initializer(-1, 1, seed=1),
        v1.truncated_normal_initializer(seed=1),
        v1.glorot_uniform_initializer(seed=3),
        v1.glorot_normal_initializer(seed=3),
        v1.variance_scaling_initializer(2.0, "fan_out", "uniform", seed=4),
        v1.variance_scaling_initializer(mode="fan_avg", distribution="untruncated_normal", seed=4),
        v1.initializers.he_uniform(seed=2),
        v1.initializers.lecun_normal(seed=2),
        v1.initializers.identity(2.0),
    ]
    values = [i([3, 2]) for i in made]
    configs = [i.get_config() for i in made]
    again = [type(i).from_config(c)([3, 2]) for i, c in zip(made[:3], configs[:3])]
    return values, configs, again, v1.glorot_uniform_initializer(seed=1)([4], dtype=tf.float64)


def _initializer_errors(tf):
    v1 = tf.compat.v1
    return [
        raised(lambda: v1.variance_scaling_initializer(-1.0)),
        raised(lambda: v1.variance_scaling_initializer(mode="x")),
        raised(lambda: v1.variance_scaling_initializer(distribution="x")),
        raised(lambda: v1.random_normal_initializer(dtype=tf.int32)),
        raised(lambda: v1.constant_initializer(object())),
        raised(lambda: v1.constant_initializer([1, 2], verify_shape=True)([3])),
        raised(lambda: v1.orthogonal_initializer()([3])),
        raised(lambda: v1.initializers.identity()([3])),
    ]


def _writes_in_a_row(tf):
    v, w = tf.Variable(1.0), tf.Variable([1.0, 2.0])
    slices = tf.IndexedSlices(indices=[1], values=[2.0])
    with tf.compat.v1.Session() as session:
        session.run(tf.compat.v1.global_variables_initializer())
        return [
            session.run(v.assign_add(1.0).assign_add(1.0)),
            session.run(v.assign(5.0).assign_sub(1.0)),
            session.run(w.scatter_mul(slices).scatter_add(slices).scatter_nd_sub([[0]], [3.0])),
            session.run([v, w]),
        ]


def _left_in_the_wrong_order(tf):
    v1 = tf.compat.v1
    outer = v1.variable_scope("a")
    outer.__enter__()
    with v1.variable_scope("b"):
        early = raised(lambda: outer.__exit__(None, None, None))
        inside = v1.get_variable("v", []).name
    outer.__exit__(None, None, None)
    return early, inside, v1.get_variable("v", []).name


def _scopes_of_threads(tf):
    """Each thread has its own scope in a graph, and all have the same variables."""
    v1, graph, names = tf.compat.v1, tf.compat.v1.get_default_graph(), []

    def get():
        with graph.as_default(), v1.variable_scope("a"):
            names.append(raised(lambda: names.append(v1.get_variable("v", []).name)))

    with v1.variable_scope("a"):
        for _ in range(2):
            thread = threading.Thread(target=get)
            thread.start()
            thread.join()
        return names, v1.get_variable("w", []).name


def _templates(tf):
    v1 = tf.compat.v1

    def layer(name, trainable=True):
        v = v1.get_variable(name, [], initializer=v1.ones_initializer(), trainable=trainable)
        return (v + 1.0).name if v1.get_default_graph() is not None and not tf.executing_eagerly() else v.name

    def called():
        first, other = v1.make_template("t", layer), v1.make_template("t", layer, create_scope_now_=True)
        names = [first("a"), other("a"), first("a"), other("a")]
        found = [v.name for v in (*first.global_variables, *other.trainable_variables)]
        errors = [raised(lambda: first("b")), raised(lambda: v1.make_template(None, layer))]
        refused = raised(lambda: first("c", trainable=False))
        return names, found, errors, refused, first.variable_scope_name, first.var_scope is first.variable_scope

    with tf.Graph().as_default():
        in_graph = called()
    return in_graph, called()


CASES = [
    Program("templates", _templates),
    Program("writes-in-a-row", in_graph(_writes_in_a_row)),
    Program("names-of-scopes", in_graph(_names_of_scopes)),
    Program("reuse", in_graph(_reuse)),
    Program("defaults", in_graph(_defaults)),
    Program("left-in-the-wrong-order", in_graph(_left_in_the_wrong_order)),
    Program("scopes-of-threads", in_graph(_scopes_of_threads)),
    Program("errors", in_graph(_errors)),
    Program("custom-getters", in_graph(_custom_getters)),
    Program("collections", in_graph(_collections)),
    Program("eager", _eager),
    Program("initializers", _initializers),
    Program("initializer-errors", _initializer_errors),
]
