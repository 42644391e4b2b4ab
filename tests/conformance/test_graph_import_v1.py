"""Graphs with the control flow of TensorFlow 1, as real TensorFlow writes them, run in tfshim."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as real
from tensorflow.python.framework import function

import tfshim as tf

v1 = real.compat.v1
X = np.arange(8, dtype=np.float32).reshape(2, 4)


def _nested(x):
    s = real.reduce_sum(x)
    return v1.cond(s > 3.0, lambda: v1.cond(s > 9e3, lambda: x * 5.0, lambda: x * 7.0 + s), lambda: x - 1.0)


def _case(x):
    pairs = [(real.reduce_sum(x) > 100.0, lambda: x), (real.reduce_sum(x) > 3.0, lambda: x * 9.0)]
    return v1.case(pairs, default=lambda: x - 3.0)


def _loop(x):
    return v1.while_loop(lambda i, v: i < 5, lambda i, v: (i + 1, v * 1.1 + x), [0, x])[1]


def _loop_in_loop(x):
    def body(i, v):
        add = lambda j, w: (j + 1, w + real.cast(i * j, real.float32))
        return i + 1, v1.while_loop(lambda j, w: j < i, add, [0, v])[1]

    return v1.while_loop(lambda i, v: i < 5, body, [0, x])[1]


def _branch_in_loop(x):
    def body(i, v):
        return i + 1, v1.cond(real.equal(i % 2, 0), lambda: v * 2.0 + x, lambda: v - 1.0)

    return v1.while_loop(lambda i, v: i < 5, body, [0, x])[1]


def _gradient_of_branch(x):
    y = v1.cond(real.reduce_sum(x) > 3.0, lambda: real.sin(x) * x, lambda: x - 1.0)
    return real.gradients(y, x)[0]


def _guard(x):
    with real.control_dependencies([v1.Assert(real.reduce_sum(x) > 0.0, [x])]):
        return x + 1.0


def _effects(x):
    w = v1.get_variable("w", initializer=np.full((2, 4), 0.5, np.float32), use_resource=True)
    step = v1.cond(real.reduce_sum(x) > 3.0, lambda: w.assign_add(x).op, lambda: real.no_op())
    with real.control_dependencies([step]):
        return w.read_value() * 2.0


def _reference(x):
    w = v1.get_variable("w", initializer=np.full((2, 4), 0.5, np.float32), use_resource=False)
    step = v1.cond(real.reduce_sum(x) > 3.0, lambda: v1.assign_add(w, x), lambda: v1.assign_sub(w, x))
    with real.control_dependencies([step]):
        return w.read_value() * 2.0 + step


def _scattered_references(x):
    w = v1.get_variable("w", initializer=np.full((2, 4), 0.5, np.float32), use_resource=False)
    step = v1.scatter_nd_update(v1.scatter_add(w, [0], x[:1]), [[1]], x[:1])
    with real.control_dependencies([step]):
        return real.identity(w)


def _trained(optimizer):
    def program(x):
        w = v1.get_variable("w", initializer=np.full((2, 4), 0.5, np.float32), use_resource=False)
        step = optimizer().minimize(real.reduce_sum((real.gather(w, [0, 0]) * x - w) ** 2))
        with real.control_dependencies([step]):
            return w.read_value()

    return program


def _growing_array(x):
    array = v1.TensorArray(real.float32, size=0, dynamic_size=True, clear_after_read=False)
    _, array = v1.while_loop(lambda i, a: i < 4, lambda i, a: (i + 1, a.write(i, x[:, i] * 2.0)), [0, array])
    return real.stack([array.read(2), array.gather([1, 0])[1]]) + real.cast(array.size(), real.float32)


def _split_and_joined(x):
    array = v1.TensorArray(real.float32, size=2).split(x, [1, 1])
    out = v1.TensorArray(real.float32, size=2).scatter([1, 0], real.squeeze(array.stack(), 1))
    return out.concat()


def _in_function(program):
    """What `program` computes, as a function of the graph's library."""

    def made(x):
        @function.Defun(real.float32)
        def called(y):
            return program(real.ensure_shape(y, [2, 4]))

        return called(x)

    return made


PROGRAMS = {
    "reference": _reference,
    "scattered-references": _scattered_references,
    "trained-references": _trained(lambda: v1.train.AdamOptimizer(0.1)),
    "trained-by-momentum": _trained(lambda: v1.train.MomentumOptimizer(0.1, 0.9)),
    "growing-array": _growing_array,
    "split-and-joined": _split_and_joined,
    "map": lambda x: v1.map_fn(lambda row: row * 2.0 + 1.0, x),
    "scan": lambda x: v1.scan(lambda a, row: a + row, x),
    "gradient-of-map": lambda x: real.gradients(v1.map_fn(lambda row: row**2.0, x), x)[0],
    "gradient-of-loop": lambda x: real.gradients(_loop(x), x)[0],
    "branch-in-branch": _nested,
    "case": _case,
    "loop": _loop,
    "loop-in-loop": _loop_in_loop,
    "branch-in-loop": _branch_in_loop,
    "loop-in-branch": lambda x: v1.cond(real.reduce_sum(x) > 3.0, lambda: _loop(x), lambda: x),
    "gradient-of-branch": _gradient_of_branch,
    "assertion": _guard,
    "effects": _effects,
    "branch-in-branch-in-function": _in_function(_nested),
    "loop-in-loop-in-function": _in_function(_loop_in_loop),
    "branch-in-loop-in-function": _in_function(_branch_in_loop),
    "gradient-of-branch-in-function": _in_function(_gradient_of_branch),
    "function-in-branch": lambda x: v1.cond(x[0, 1] > 0.0, lambda: _in_function(_loop)(x), lambda: x),
    "assertion-in-function": _in_function(_guard),
    "map-in-function": _in_function(lambda x: v1.map_fn(lambda row: row * 2.0 + 1.0, x)),
}


@pytest.fixture
def old_control_flow():
    v1.disable_control_flow_v2()
    yield
    v1.enable_control_flow_v2()


def _run(module, serialized, value):
    graph_def = module.compat.v1.GraphDef.FromString(serialized)
    with module.Graph().as_default():
        module.graph_util.import_graph_def(graph_def, name="")
        with module.compat.v1.Session() as session:
            session.run("prepare")
            try:
                return session.run("result:0", {"x:0": value})
            except Exception as error:
                return type(error).__name__


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.usefixtures("old_control_flow")
def test_runs(name):
    with real.Graph().as_default() as graph:
        x = v1.placeholder(real.float32, [2, 4], name="x")
        real.identity(PROGRAMS[name](x), name="result")
        real.group(v1.global_variables_initializer(), name="prepare")
    serialized = graph.as_graph_def().SerializeToString()
    for value in (X, -X):  # each side of the conditions
        expected, found = _run(real, serialized, value), _run(tf, serialized, value)
        if isinstance(expected, str):
            assert found == expected
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


# Ops that graphs of today may not have any more: inputs by name, attributes.
REMOVED = {
    "BatchCholesky": (["a"], {}),
    "BatchMatrixDeterminant": (["a"], {}),
    "BatchMatrixInverse": (["a"], {"adjoint": True}),
    "BatchMatrixSolve": (["a", "x"], {}),
    "BatchMatrixTriangularSolve": (["a", "x"], {"lower": False}),
    "BatchMatrixDiag": (["x"], {}),
    "BatchMatrixDiagPart": (["x"], {}),
    "BatchMatrixSetDiag": (["x", "row"], {}),
    "SelfAdjointEig": (["matrix"], {}),
    "BatchNormWithGlobalNormalization": (
        ["image", "row", "row", "row", "row"],
        {"variance_epsilon": 0.1, "scale_after_normalization": True},
    ),
    "BatchNormWithGlobalNormalizationGrad": (
        ["image", "row", "row", "row", "image"],
        {"variance_epsilon": 0.1, "scale_after_normalization": True},
    ),
    "Conv3DBackpropInput": (["volume", "kernel", "volume"], {"strides": [1] * 5, "padding": "SAME"}),
    "Conv3DBackpropFilter": (["volume", "kernel", "volume"], {"strides": [1] * 5, "padding": "SAME"}),
}
RANDOM = np.random.default_rng(0)
SQUARE = RANDOM.uniform(-1, 1, (1, 3, 3)).astype(np.float32)
VALUES = {
    "a": SQUARE @ SQUARE.transpose(0, 2, 1) + np.eye(3, dtype=np.float32),
    "x": SQUARE,
    "matrix": (SQUARE @ SQUARE.transpose(0, 2, 1))[0],
    "row": np.array([[0.5, 1.0, 2.0]], np.float32)[0],
    "image": RANDOM.uniform(-1, 1, (2, 2, 2, 3)).astype(np.float32),
    "volume": RANDOM.uniform(-1, 1, (1, 2, 2, 2, 1)).astype(np.float32),
    "kernel": RANDOM.uniform(-1, 1, (2, 2, 2, 1, 1)).astype(np.float32),
}
VALUES["row-of-batch"] = VALUES["row"][None]


def _old_graph(name):
    inputs, attrs = REMOVED[name]
    graph_def = v1.GraphDef()
    graph_def.versions.producer = 8
    sources = [f"{i}-of-batch" if name == "BatchMatrixSetDiag" and i == "row" else i for i in inputs]
    for source in dict.fromkeys(sources):
        node = graph_def.node.add(name=source, op="Const")
        node.attr["dtype"].type = real.float32.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(real.make_tensor_proto(VALUES[source]))
    node = graph_def.node.add(name="result", op=name, input=sources)
    node.attr["T"].type = real.float32.as_datatype_enum
    for key, value in attrs.items():
        if isinstance(value, bool):
            node.attr[key].b = value
        elif isinstance(value, float):
            node.attr[key].f = value
        elif isinstance(value, str):
            node.attr[key].s = value.encode()
        else:
            node.attr[key].list.i.extend(value)
    return graph_def.SerializeToString()


@pytest.mark.parametrize("name", REMOVED)
def test_removed_ops_of_old_graphs(name):
    def run(module):
        with module.Graph().as_default():
            module.graph_util.import_graph_def(module.compat.v1.GraphDef.FromString(_old_graph(name)), name="")
            operation = module.compat.v1.get_default_graph().get_operation_by_name("result")
            with module.compat.v1.Session() as session:
                return session.run(operation.outputs)

    expected, found = run(real), run(tf)
    if name == "SelfAdjointEig":  # eigenvectors have no sign
        expected, found = ([np.abs(r) for r in results] for results in (expected, found))
    for value, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-4, atol=1e-5)
