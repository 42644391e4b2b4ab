"""GraphDefs made by tfshim run in real TensorFlow, with the functions, branches and loops that their nodes call."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as real

import tfshim as tf

X = np.arange(8, dtype=np.float32).reshape(2, 4)


@tf.function
def _product(x, y):
    tf.debugging.Assert(tf.reduce_all(x > -100.0), ["x too small:", x, "that is all"])
    return tf.matmul(x, y), tf.split(x, 2, 1)


@tf.function
def _loop(x):
    i = tf.constant(0)
    while i < 3:
        x = x * 0.5 if tf.reduce_sum(x) > 5.0 else x + 1.0
        i += 1
    return x


def _nested(x):
    w = tf.constant(np.ones((4, 3), np.float32))

    @tf.function
    def outer(x):
        product, (_, right) = _product(x, w)
        return tf.nn.relu(product) - tf.reduce_sum(right)

    return outer(x) + outer(x * 2.0)


def _control_flow(x):
    chosen = tf.cond(tf.reduce_sum(x) > 1.0, lambda: x * 2.0, lambda: x)
    switched = tf.switch_case(tf.cast(x[0, 1], tf.int32), [lambda: x, lambda: -x, lambda: x * 3.0])
    return _loop(chosen) + switched


def _several_outputs(x):
    values, indices = tf.nn.top_k(x, 2)
    unstacked = tf.function(lambda v: tf.unstack(v))(values)
    return unstacked[1] + tf.cast(indices[0], tf.float32)


PROGRAMS = [
    lambda x: tf.nn.softmax(x) @ tf.ones([4, 2]),
    _nested,
    _loop,
    _control_flow,
    _several_outputs,
]


def _graph_def(program):
    graph = tf.Graph()
    with graph.as_default():
        x = tf.compat.v1.placeholder(tf.float32, [2, 4], name="x")
        tf.identity(program(x), name="result")
    return graph, graph.as_graph_def().SerializeToString()


def _run_in_tensorflow(serialized, x):
    graph_def = real.compat.v1.GraphDef.FromString(serialized)
    with real.Graph().as_default():
        real.graph_util.import_graph_def(graph_def, name="")
        with real.compat.v1.Session() as session:
            return session.run("result:0", {"x:0": x})


@pytest.mark.parametrize("program", PROGRAMS, ids=["ops", "nested", "loop", "control-flow", "several-outputs"])
def test_runs_in_tensorflow(program):
    graph, serialized = _graph_def(program)
    with tf.compat.v1.Session(graph=graph) as session:
        expected = session.run("result:0", {"x:0": X})
    np.testing.assert_allclose(_run_in_tensorflow(serialized, X), expected, rtol=1e-6)


def test_an_assertion_keeps_its_texts():
    _, serialized = _graph_def(_nested)
    with pytest.raises(real.errors.InvalidArgumentError, match="(?s)x too small:.*-[12]000.*that is all"):
        _run_in_tensorflow(serialized, np.full((2, 4), -1000.0))


def test_a_function_is_in_the_library_once():
    graph, _ = _graph_def(lambda x: _loop(_loop(x)))
    names = [f.signature.name for f in graph.as_graph_def().library.function]
    assert len(names) == len(set(names))
    calls = [n for n in graph.as_graph_def().node if n.op.endswith("PartitionedCall")]
    assert len({n.attr["f"].func.name for n in calls}) == 1


def _named_arguments(module):
    variable = module.Variable(1.0)
    function = module.function(lambda r, x, x_1, d: r.flat_values + x + x_1 + d["k"] + variable)
    scalar = module.TensorSpec([])
    ragged = module.RaggedTensorSpec([None, None])
    graph = function.get_concrete_function(ragged, scalar, scalar, {"k": module.TensorSpec([], name="n")}).graph
    nodes = [n for n in graph.as_graph_def().node if n.op == "Placeholder"]
    first = graph.get_operations()[0].get_attr("_user_specified_name")
    return [(n.name, n.attr["_user_specified_name"].s) for n in nodes], first


def test_arguments_keep_the_names_that_were_asked_for():
    assert _named_arguments(tf) == _named_arguments(real)
