"""GraphDefs of real TensorFlow run in tfshim, and go back: the same bytes, the same numbers, the same errors."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as real

import tfshim as tf

X = np.arange(8, dtype=np.float32).reshape(2, 4)


def _control_flow(x):
    chosen = real.cond(real.reduce_sum(x) > 3.0, lambda: x * 2.0, lambda: x - 1.0)
    _, looped = real.while_loop(lambda i, v: i < 5, lambda i, v: (i + 1, v * 1.1 + x), [0, chosen])
    return real.switch_case(real.constant(1), [lambda: looped, lambda: looped + 1.0])


@real.function
def _checked(a, b):
    real.debugging.Assert(real.reduce_all(a > -100.0), ["too small:", a])
    return a + b, real.split(a, 2)


def _functions(x):
    total, (first, second) = _checked(x, x)
    return total + real.concat([first, second], 0)


def _gradients(x):
    w = real.constant(np.linspace(-1, 1, 16, dtype=np.float32).reshape(4, 4))
    loss = real.reduce_mean(real.nn.softmax(real.nn.relu(x @ w)) ** 2)
    return real.gradients(loss, [w])[0]


def _convolution(x):
    image = real.reshape(real.tile(x, [1, 8]), [1, 8, 8, 1])
    kernel = real.constant(np.linspace(-1, 1, 18, dtype=np.float32).reshape(3, 3, 1, 2))
    h = real.nn.max_pool2d(real.nn.elu(real.nn.conv2d(image, kernel, 1, "SAME")), 2, 2, "VALID")
    return real.gradients(real.nn.avg_pool2d(h, 2, 2, "SAME"), [kernel, image])[0]


def _variables(x):
    w = real.compat.v1.get_variable("w", initializer=np.full((4, 4), 0.5, np.float32))
    step = w.assign_add(real.ones([4, 4]))
    with real.control_dependencies([step]):
        return x @ w.read_value()


PROGRAMS = {
    "softmax": lambda x: real.nn.softmax(real.transpose(x)[1:, :]),
    "control-flow": _control_flow,
    "functions": _functions,
    "gradients": _gradients,
    "convolution": _convolution,
    "variables": _variables,
    "strings": lambda x: real.strings.join([real.as_string(x, precision=1), "!"]),
}


def _graph_def(program):
    with real.Graph().as_default() as graph:
        x = real.compat.v1.placeholder(real.float32, [2, 4], name="x")
        real.identity(program(x), name="result")
        real.group(real.compat.v1.global_variables_initializer(), name="prepare")
    return graph.as_graph_def().SerializeToString()


def _run(module, serialized):
    graph_def = module.compat.v1.GraphDef.FromString(serialized)
    with module.Graph().as_default() as graph:
        module.graph_util.import_graph_def(graph_def, name="")
        with module.compat.v1.Session() as session:
            session.run("prepare")
            return session.run("result:0", {"x:0": X}), graph.as_graph_def().SerializeToString()


@pytest.mark.parametrize("name", PROGRAMS)
def test_there_and_back(name):
    serialized = _graph_def(PROGRAMS[name])
    expected, _ = _run(real, serialized)
    found, exported = _run(tf, serialized)
    again, _ = _run(real, exported)
    for value in (found, again):
        if expected.dtype == object:
            assert value.tolist() == expected.tolist()
        else:
            np.testing.assert_allclose(value, expected, rtol=2e-5, atol=1e-6)


def _small():
    """A small graph of each runtime's own: GraphDefs of both have the same nodes."""
    with real.Graph().as_default() as graph:
        x = real.compat.v1.placeholder(real.float32, [2], name="x")
        y = real.identity(x * 2.0, name="y")
        with real.control_dependencies([x]):
            real.split(y, 2, name="z")
    return graph.as_graph_def().SerializeToString()


def _described(element):
    return element.name, getattr(element, "type", None) or (element.dtype.name, element.shape.as_list())


CALLS = {
    "plain": lambda m, d, c: m.import_graph_def(d),
    "elements": lambda m, d, c: m.import_graph_def(d, return_elements=["y:0", "y", "z:1"]),
    "named": lambda m, d, c: m.import_graph_def(d, name="a/b", return_elements=["y"]),
    "twice": lambda m, d, c: [m.import_graph_def(d), m.import_graph_def(d, return_elements=["z:0"])][1],
    "at-root-twice": lambda m, d, c: [m.import_graph_def(d, name=""), m.import_graph_def(d, None, ["y"], "")][1],
    "mapped": lambda m, d, c: m.import_graph_def(d, {"x": c}, ["y:0", "x"]),
    "mapped-number": lambda m, d, c: m.import_graph_def(d, {"x:0": [3.0, 4.0]}, ["y:0"], name="q"),
    "returned-mapped": lambda m, d, c: m.import_graph_def(d, {"x:0": c}, ["x:0"]),
    "in-scope": lambda m, d, c: _in_scope(m, d),
    "unused-map": lambda m, d, c: m.import_graph_def(d, {"nope:0": c}),
    "no-tensor": lambda m, d, c: m.import_graph_def(d, return_elements=["nope:0"]),
    "no-node": lambda m, d, c: m.import_graph_def(d, return_elements=["nope"]),
    "no-output": lambda m, d, c: m.import_graph_def(d, return_elements=["y:5"]),
    "elements-type": lambda m, d, c: m.import_graph_def(d, return_elements=[3]),
    "proto-type": lambda m, d, c: m.import_graph_def("x"),
    "map-type": lambda m, d, c: m.import_graph_def(d, [1]),
    "map-dtype": lambda m, d, c: m.import_graph_def(d, {"x:0": m.constant([1, 2])}),
    "map-shape": lambda m, d, c: m.import_graph_def(d, {"x:0": m.constant([1.0, 2.0, 3.0])}),
    "map-at-root": lambda m, d, c: m.import_graph_def(d, {"x:0": [1.0, 2.0]}, name=""),
}


def _in_scope(module, graph_def):
    with module.name_scope("around"):
        return module.import_graph_def(graph_def, return_elements=["y"])


def _outcome(module, call, serialized):
    graph_def = module.compat.v1.GraphDef.FromString(serialized)
    with module.Graph().as_default() as graph:
        c = module.constant([1.0, 2.0], name="c")
        try:
            result = call(module, graph_def, c)
        except Exception as error:
            return type(error).__name__
        wiring = [(o.name, [t.name for t in o.inputs], [i.name for i in o.control_inputs]) for o in graph.operations]
        return None if result is None else [_described(e) for e in result], sorted(wiring)


@pytest.mark.parametrize("name", CALLS)
def test_arguments(name):
    serialized = _small()
    assert _outcome(tf, CALLS[name], serialized) == _outcome(real, CALLS[name], serialized)


def _node(module, graph_def, name, op, *inputs, **types):
    node = graph_def.node.add(name=name, op=op, input=inputs)
    for key, value in types.items():
        node.attr[key].type = value


MALFORMED = {
    "unknown-op": [("a", "NoSuchOp", [], {})],
    "unknown-input": [("a", "Neg", ["m"], {"T": 1})],
    "same-name": [("a", "NoOp", [], {}), ("a", "NoOp", [], {})],
    "no-dtype": [("a", "Placeholder", [], {})],
    "wrong-dtype": [("a", "Placeholder", [], {"dtype": 1}), ("b", "Neg", ["a"], {"T": 3})],
    "too-few-inputs": [("a", "Placeholder", [], {"dtype": 1}), ("b", "AddV2", ["a"], {"T": 1})],
    "too-many-inputs": [("a", "Placeholder", [], {"dtype": 1}), ("b", "Neg", ["a", "a"], {"T": 1})],
    "no-such-output": [("a", "Placeholder", [], {"dtype": 1}), ("b", "Neg", ["a:1"], {"T": 1})],
    "backwards": [("b", "Neg", ["a"], {"T": 1}), ("a", "Placeholder", [], {"dtype": 1})],
    "unknown-attribute": [("a", "Placeholder", [], {"dtype": 1, "bogus": 1})],
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(name):
    graph_def = real.compat.v1.GraphDef()
    for node, op, inputs, types in MALFORMED[name]:
        _node(real, graph_def, node, op, *inputs, **types)
    call = CALLS["plain"]
    serialized = graph_def.SerializeToString()
    assert _outcome(tf, call, serialized) == _outcome(real, call, serialized)


def test_loops_without_a_condition_are_refused():
    graph_def = tf.compat.v1.GraphDef()
    for name, op, inputs in [
        ("enter", "Enter", []),
        ("merge", "Merge", ["enter", "next"]),
        ("next", "NextIteration", ["merge"]),
    ]:
        graph_def.node.add(name=name, op=op, input=inputs)
    with tf.Graph().as_default(), pytest.raises(tf.errors.UnimplementedError, match="condition"):
        tf.import_graph_def(graph_def)
