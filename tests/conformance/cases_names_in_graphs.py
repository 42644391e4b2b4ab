"""What nodes of composed functions, of gradients and of optimizers are called in graphs: results are found by name."""

from __future__ import annotations

from .runner import Program

_COMPOSED = {
    "range": lambda tf, x: [tf.range(3.0), tf.range(1, 5, 2), tf.constant(1)],
    "zeros": lambda tf, x: [tf.zeros(tf.shape(tf.compat.v1.placeholder("int32", [None, 2]))), tf.fill([2], 3.0)],
    "random": lambda tf, x: [tf.random.uniform([2], 1.0, 2.0), tf.random.normal([2]), tf.random.truncated_normal([2])],
    "dropout": lambda tf, x: tf.nn.dropout(x, 0.5),
    "named": lambda tf, x: [tf.nn.dropout(x, 0.5, name="mine"), tf.einsum("ij->i", x, name="own")],
    "moments": lambda tf, x: tf.nn.moments(x, [0]),
    "clips": lambda tf, x: tf.clip_by_norm(x, 1.0),
    "global-norm": lambda tf, x: tf.linalg.global_norm([x, x]),
    "einsum": lambda tf, x: [tf.einsum("ij,jk->ik", x, x), tf.tensordot(x, x, 1), tf.norm(x)],
    "one-hot": lambda tf, x: tf.one_hot([0], 3),
    "masks": lambda tf, x: tf.sequence_mask([1, 2], 3),
    "losses": lambda tf, x: [
        tf.nn.sparse_softmax_cross_entropy_with_logits([0, 1], x),
        tf.nn.sigmoid_cross_entropy_with_logits(x, x),
    ],
    "lookups": lambda tf, x: [
        tf.nn.embedding_lookup(x, [0]),
        tf.compat.v1.nn.embedding_lookup(x, [0]),
        tf.math.in_top_k([1, 0], x, 1),
    ],
}


def _results(make):
    def program(tf):
        with tf.Graph().as_default():
            return [t.name for t in tf.nest.flatten(make(tf, tf.constant([[1.0, 2.0], [3.0, 4.0]], name="x")))]

    return program


def _gradients(tf):
    with tf.Graph().as_default() as g:
        x = tf.constant([1.0, 2.0], name="x")
        with tf.name_scope("s"):
            y = tf.multiply(x, 3.0, name="y")
        found = tf.gradients([tf.exp(y, name="e"), y], [x, y])
        again = tf.gradients(tf.exp(x, name="f"), x, name="again")
        seeds = [n.name for n in g.get_operations() if n.name.rpartition("/")[2].startswith("grad_ys_")]
        return [t.name for t in found], [t.name.rpartition("/")[0] for t in again], seeds


def _slots(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        v, w = tf.Variable(1.0, name="v"), v1.get_variable("w", [2])
        with v1.variable_scope("s"):
            loss = v * 2.0 + tf.reduce_sum(v1.get_variable("x", [2]) * w)
            v1.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
        v1.train.AdamOptimizer(0.1).minimize(loss)
        average = tf.train.ExponentialMovingAverage(0.9)
        with v1.variable_scope("later"):
            expected = average.average_name(w)
        average.apply([v, w])
        return [u.name for u in v1.global_variables()], expected, average.average_name(w), average.average_name(loss)


def _branches_and_loops(tf, p, i, x):
    """Results of control flow, alone, of several values, nested and in scopes."""
    ragged = tf.RaggedTensor.from_row_splits
    found = [
        tf.cond(p, lambda: x + 1, lambda: x),
        tf.cond(p, lambda: {"b": x, "a": (x, i)}, lambda: {"b": x, "a": (x, i)}, name="named"),
        tf.cond(p, lambda: tf.cond(x[0] > 0, lambda: x, lambda: -x), lambda: x),
        tf.switch_case(i, [lambda: (x, i), lambda: (x, i)]),
        tf.switch_case(i, [lambda: x, lambda: x], name="mine"),
        tf.case([(p, lambda: x), (x[0] > 1, lambda: x * 2)], default=lambda: -x),
        tf.cond(p, lambda: ragged(x, [0, 2], validate=False), lambda: ragged(x, [0, 1, 2], validate=False)),
        tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, tf.cond(p, lambda: x * 2, lambda: x)), (i, x)),
        tf.map_fn(lambda e: e * 2, x),
        tf.foldl(lambda a, e: a + e, x),
    ]
    with tf.name_scope("scope"):
        found.append(tf.cond(p, lambda: x + 1, lambda: x))
    return [t.name for t in tf.nest.flatten(found, expand_composites=True)]


def _control_flow_in_function(tf):
    names = []

    @tf.function(input_signature=[tf.TensorSpec([], "bool"), tf.TensorSpec([], "int32"), tf.TensorSpec([2])])
    def f(p, i, x):
        names.extend(_branches_and_loops(tf, p, i, x))
        for _ in tf.range(2):
            if p:
                x = -x
        names.append(x.name)
        return x

    graph = f.get_concrete_function().graph
    kinds = [[o.name, o.type] for o in graph.get_operations() if o.type.endswith(("If", "Case", "While"))]
    return names, kinds, [t.name for t in graph.outputs]


def _control_flow_in_graph(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        p, i, x = v1.placeholder("bool", []), v1.placeholder("int32", []), v1.placeholder("float32", [2])
        names = _branches_and_loops(tf, p, i, x)
        one = v1.while_loop(lambda x: x[0] < 5, lambda x: x + 1, [x])
        with v1.Session() as session:
            return names, one.name, session.run([one.name, names[0]], {p: True, x: [1, 2]})


def _tape_gradients(tf):
    """What a tape adds is in a scope of its own, by the scopes of what it differentiates."""
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def f(x):
        with tf.name_scope("scope"), tf.GradientTape() as tape:
            with tf.name_scope("inner"):
                y = tf.tanh(x * v)
        with tf.name_scope("after"):
            return tape.gradient(y, v), tf.gradients(tf.tanh(x), x)

    names = [o.name for o in f.get_concrete_function(tf.TensorSpec([2])).graph.get_operations()]
    scopes = {name.rpartition("/")[0] for name in names}
    return sorted(s for s in scopes if s.startswith("gradient_tape")), [n for n in names if "ones" in n]


CASES = [
    Program("tape-gradients", _tape_gradients),
    Program("control-flow-in-function", _control_flow_in_function),
    Program("control-flow-in-graph", _control_flow_in_graph),
    *[Program(f"results-{what}", _results(make)) for what, make in _COMPOSED.items()],
    Program("gradients", _gradients),
    Program("slots", _slots),
]
