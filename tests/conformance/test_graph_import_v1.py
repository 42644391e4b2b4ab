"""Graphs with the control flow of TensorFlow 1, as real TensorFlow writes them, run in tfshim."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as real

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


PROGRAMS = {
    "branch-in-branch": _nested,
    "case": _case,
    "loop": _loop,
    "loop-in-loop": _loop_in_loop,
    "branch-in-loop": _branch_in_loop,
    "loop-in-branch": lambda x: v1.cond(real.reduce_sum(x) > 3.0, lambda: _loop(x), lambda: x),
    "gradient-of-branch": _gradient_of_branch,
    "assertion": _guard,
    "effects": _effects,
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
            np.testing.assert_allclose(found, expected, rtol=1e-5)
