"""`tf.compat.v1.Session` over plain graphs: fetches, feeds, pruning, variables of a session, random numbers, errors."""

from __future__ import annotations

import collections

import numpy as np

from .runner import Program, raised

Pair = collections.namedtuple("Pair", "first second")


def in_graph(build):
    """A program whose body gets a fresh graph, and a session of it."""

    def program(tf):
        graph = tf.Graph()
        with graph.as_default(), tf.compat.v1.Session() as session:
            return build(tf, session)

    return program


def _fetch_structures(tf, session):
    x = tf.compat.v1.placeholder(tf.float32, [None, 2], name="x")
    y = tf.add(x, 1.0, name="y")
    op = tf.no_op(name="nothing")
    feed = {x: [[1, 2]]}
    return [
        session.run(y, feed),
        session.run([y, (x, "y:0")], feed),
        session.run({"a": y, "b": [x, op]}, feed),
        session.run(Pair(y, op), feed),
        session.run(collections.OrderedDict([("z", y), ("a", x)]), feed),
        session.run("nothing"),
        session.run([]),
        session.run({}),
        session.run(y, {"x:0": [[3, 4]]}),
    ]


def _result_types(tf, session):
    fetches = [tf.constant(1.5), tf.constant([1, 2]), tf.constant("a"), tf.constant(["a", "b"]), tf.constant(True)]
    results = session.run(fetches)
    results[1][0] = 7  # what is returned belongs to the caller
    return [type(r).__name__ for r in results], results[:2], [r.decode() for r in results[3]]


def _feed_anything(tf, session):
    x = tf.compat.v1.placeholder_with_default([1.0, 2.0], [None], name="x")
    double = x * 2.0
    out = double + 1.0
    constant = tf.constant(3)
    return [
        session.run(out),
        session.run(out, {x: [5.0]}),
        session.run(out, {double: [10.0, 20.0]}),
        session.run([out, double], {double: [1.0]}),
        session.run(constant + 1, {constant: 10}),
        session.run(constant, {constant: 4}),
    ]


def _feed_strings(tf, session):
    s = tf.compat.v1.placeholder(tf.string)
    return [session.run(tf.reshape(s, [-1]), {s: ["x", "yz"]}), session.run(tf.reshape(s, [1]), {s: b"q"})]


def _errors(tf, session):
    x = tf.compat.v1.placeholder(tf.float32, [None, 2], name="x")
    y = x + 1.0
    n = tf.compat.v1.placeholder(tf.int8, [])
    with tf.Graph().as_default():
        other = tf.constant(1.0)
    return [
        raised(lambda: session.run(y)),
        raised(lambda: session.run(y, {x: [1, 2]})),
        raised(lambda: session.run(None)),
        raised(lambda: session.run(3)),
        raised(lambda: session.run("q")),
        raised(lambda: session.run("q:0")),
        raised(lambda: session.run(other)),
        raised(lambda: session.run(y, {"foo": 3})),
        raised(lambda: session.run(y, {3: 4})),
        raised(lambda: session.run(y, {x: "abc"})),
        raised(lambda: session.run(y, {x: y})),
        raised(lambda: session.run(n, {n: 1000})),
    ]


def _session_ends(tf):
    graph = tf.Graph()
    with graph.as_default():
        x = tf.constant(1.0)
    session = tf.compat.v1.Session(graph=graph)
    before = session.run(x)
    session.close()
    empty = tf.compat.v1.Session(graph=tf.Graph())
    return before, raised(lambda: session.run(x)), raised(lambda: empty.run(1)), session.graph is graph


def _default_session(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph:
        x = tf.constant(2.0)
        op = tf.no_op()
        none = v1.get_default_session(), raised(x.eval), raised(op.run)
        session = v1.Session()
        with session.as_default():
            inside = v1.get_default_session() is session, x.eval(), op.run()
        with v1.Session() as other:
            nested = v1.get_default_session() is other, v1.get_default_graph() is graph, x.eval(session=session)
        still = session.run(x)
        interactive = v1.InteractiveSession()
        third = x.eval(), v1.get_default_session() is interactive
        interactive.close()
        return none, inside, nested, still, third, v1.get_default_session()


def _control_order(tf, session):
    v = tf.Variable(1.0)
    session.run(v.initializer)
    add = v.assign_add(10.0)
    with tf.control_dependencies([add]):
        after = tf.identity(v)
        group = tf.group(v.assign(after * 2.0))
    return [
        session.run(v),
        session.run(after),
        session.run(v),
        session.run(group),
        session.run(v),
        session.run(add),
        session.run([add.op]),
        session.run(v),
    ]


def _only_what_is_needed(tf, session):
    x = tf.compat.v1.placeholder(tf.float32, [2])
    v = tf.Variable([0.0, 0.0])
    session.run(v.initializer)
    count = v.assign_add(x)
    with tf.control_dependencies([tf.debugging.check_numerics(x, "bad")]):
        checked = tf.no_op()
    return [
        session.run(v * 2.0),
        session.run(count, {x: [1, 2]}),
        session.run(v),
        session.run(checked, {x: [1, 2]}),
        raised(lambda: session.run(checked, {x: [np.nan, 2]})),
        session.run(v),
    ]


def _variables_of_sessions(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        v = tf.Variable(1.0, name="v")
        w = tf.Variable(v * 2.0, name="w")
        one, two = v1.Session(), v1.Session()
        one.run(v.initializer)
        one.run(w.initializer)
        one.run(v.assign_add(5.0))
        before = raised(lambda: two.run(v))
        report = two.run(v1.report_uninitialized_variables()), one.run(v1.report_uninitialized_variables())
        two.run(v1.variables_initializer([v]))
        flags = two.run([v1.is_variable_initialized(v), w.is_initialized()])
        v.load(7.0, two)
        return (
            before,
            report,
            flags,
            one.run([v, w]),
            two.run(v),
            v.eval(one),
            raised(v.eval),
            raised(lambda: v.load(1.0)),
        )


def _variable_attributes(tf, session):
    v = tf.Variable([1.0, 2.0], name="v", trainable=False)
    graph = v.graph
    names = [o.name for o in graph.get_operations()]
    types = [o.type for o in graph.get_operations()]
    return [
        names,
        types,
        repr(v),
        v.op.name,
        v.initializer.name,
        v.initial_value.name,
        v.shape,
        v.dtype,
        v.trainable,
        hash(v) == hash(v),
        v == v,
        {v: 1}[v],
        raised(v.numpy),
        repr(v.assign([3.0, 4.0])),
        v.assign_add([1.0, 1.0]).op.type,
        v.value().name,
        v.read_value().name,
        graph.get_collection("variables") == [v],
        graph.get_collection("trainable_variables"),
    ]


def _random(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        v1.set_random_seed(7)
        a, b = tf.random.uniform([2]), tf.random.normal([2], seed=3)
        results = []
        for _ in range(2):
            with v1.Session() as session:
                results.append([session.run(a), session.run(a), session.run([a, b])])
        return results


def _make_callable(tf, session):
    x = tf.compat.v1.placeholder(tf.float32)
    call = session.make_callable([x + 1.0, {"y": x}], [x])
    plain = session.make_callable(tf.constant(3))
    return call(2.0), plain(), raised(lambda: call())


def _function_in_graph(tf, session):
    v = tf.Variable(2.0)

    @tf.function
    def scaled(x):
        return x * v, x + v

    session.run(v.initializer)
    x = tf.compat.v1.placeholder(tf.float32)
    product, total = scaled(x)
    return session.run([product, total], {x: 3.0})


def _gradients(tf, session):
    x = tf.compat.v1.placeholder(tf.float32, [None, 2])
    w = tf.Variable([[1.0], [2.0]])
    unused = tf.Variable(1.0)
    loss = tf.reduce_sum(tf.square(tf.matmul(x, w)))
    session.run([w.initializer, unused.initializer])
    first = tf.gradients(loss, [w, x, unused])
    second = tf.gradients(first[0], x)
    feed = {x: [[1.0, 2.0], [3.0, 4.0]]}
    return first[2], session.run([first[:2], second], feed)


def _references(tf, session):
    # A reference variable is fetched as it is after the run, whatever else the run does.
    v = tf.compat.v1.Variable([1, 2], use_resource=False)
    session.run(v.initializer)
    constants = tf.gradients(tf.cast(v, tf.float32) ** 2, [0.5, [1.0, 2.0]])
    return [session.run([v, v.assign_add([1, 1])])[0] for _ in range(2)] + [constants]


def _partial_runs(tf, session):
    a, b, c = (tf.compat.v1.placeholder(tf.float32, []) for _ in range(3))
    total = a + b
    product, noise = total * c, tf.random.uniform([])
    first, second = noise + a, noise + b
    handle = session.partial_run_setup([total, product], [a, b, c])
    found = [
        session.partial_run(handle, total, {a: 1.0, b: 2.0}),
        session.partial_run(handle, {"p": product}, {c: 4.0}),
        raised(lambda: session.partial_run(handle, product, {c: 4.0})),
        raised(lambda: session.partial_run("other", product)),
    ]
    handle = session.partial_run_setup([first, second], [a, b])
    drawn = session.partial_run(handle, first, {a: 0.0}), session.partial_run(handle, second, {b: 0.0})
    handle = session.partial_run_setup([total], [a, b])
    return [*found, drawn[0] == drawn[1], raised(lambda: session.partial_run(handle, product, {a: 1.0, b: 1.0}))]


def _scopes_and_names(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        c = tf.constant(1.0, name="c")
        x = v1.placeholder_with_default(c, [], name="x")
        printed = v1.Print(x, [x], message="x: ", summarize=2)
        v = v1.get_variable("v", initializer=tf.zeros([2, 3]))
        scattered = v1.batch_scatter_update(v, [[0], [1]], [[5.0], [6.0]])
        initializer = v1.initializers.global_variables()
        session, other = v1.Session(), v1.Session()
        outer = session.as_default()
        outer.__enter__()
        other.as_default().__enter__()
        nested = raised(lambda: outer.__exit__(None, None, None))
        with session:
            again = raised(session.__enter__)
            by_name = [session.run(b"c:0"), session.run("x:0", {b"x:0": 3.0}), session.run(printed), printed.name]
            session.run(initializer)
            rows = [session.run(scattered), session.run(v)]
            first = session.list_devices()[0]
            devices = first.name, first.device_type
            errors = [raised(lambda: session.run(c, 3)), raised(lambda: session.run("no"))]
        return nested, again, by_name, rows, devices, errors, v1.app.flags.FLAGS is v1.flags.FLAGS


def _fed_control_inputs(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x, ready = v1.placeholder(tf.float32, [None]), v1.placeholder(tf.bool)
        made = tf.add(1.0, v1.placeholder(tf.float32, []))
        with tf.control_dependencies([ready, made]):
            results = [x * 2.0, tf.scan(lambda a, e: a * e, x)]
        given = {x: [1.0, 3.0, 3.0], ready: True}
        waiting = lambda: session.run(results, {**given, made: 1.0})
        return session.run(results, {**given, made.op.inputs[1]: 1.0}), raised(waiting)


CASES = [
    Program("fed-control-inputs", _fed_control_inputs),
    Program("scopes-and-names", _scopes_and_names),
    Program("references", in_graph(_references)),
    Program("partial-runs", in_graph(_partial_runs)),
    Program("fetch-structures", in_graph(_fetch_structures)),
    Program("result-types", in_graph(_result_types)),
    Program("feed-anything", in_graph(_feed_anything)),
    Program("feed-strings", in_graph(_feed_strings)),
    Program("errors", in_graph(_errors)),
    Program("session-ends", _session_ends),
    Program("default-session", _default_session),
    Program("control-order", in_graph(_control_order)),
    Program("only-what-is-needed", in_graph(_only_what_is_needed)),
    Program("variables-of-sessions", _variables_of_sessions),
    Program("variable-attributes", in_graph(_variable_attributes)),
    Program("random-numbers", _random),
    Program("make-callable", in_graph(_make_callable)),
    Program("function-in-graph", in_graph(_function_in_graph)),
    Program("gradients", in_graph(_gradients)),
]
