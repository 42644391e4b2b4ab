"""What AutoGraph does beyond TensorFlow's: places in tracebacks, lambdas that share a line, malt left as it is."""

from __future__ import annotations

import logging
import subprocess
import sys
import traceback

import pytest

import tfshim as tf

# isort: split
from tfshim.autograph import calls, convert_for_call, transpiler
from tfshim.autograph.operators import unrolling
from tfshim.autograph.options import STANDARD


def failing(x):
    for _ in tf.range(3):
        if tf.reduce_sum(x) > 0:
            x = tf.reshape(x, [7])  # the user's line
    return x


def test_traceback_shows_the_lines_of_the_user():
    with pytest.raises(ValueError, match="in user code:") as raised:
        tf.function(failing)(tf.ones([2]))
    own = [f for f in traceback.extract_tb(raised.value.__traceback__) if f.filename == __file__]
    assert [f.name for f in own[-3:]] == ["failing"] * 3
    assert own[-3].line == "for _ in tf.range(3):"
    assert own[-1].line == "x = tf.reshape(x, [7])  # the user's line"
    assert f'File "{__file__}", line {own[-1].lineno}, in failing  *' in str(raised.value)


def test_lambdas_of_one_line_and_one_signature():
    first, second = tf.function(lambda x: x if x > 0 else -x), tf.function(lambda x: -x if x > 0 else x)
    assert [int(f(tf.constant(3))) for f in (first, second)] == [3, -3]


def test_code_is_converted_once():
    def make(k):
        def inner(x):
            return x + k

        return inner

    one, two = (transpiler.convert(make(k), STANDARD) for k in (1, 2))
    assert one.__code__ is two.__code__
    assert (one(1), two(1)) == (2, 3)


def test_libraries_are_called_as_they_are(monkeypatch):
    converted = []
    convert = transpiler.convert
    monkeypatch.setattr(transpiler, "convert", lambda f, options: converted.append(f.__name__) or convert(f, options))

    def user(x):
        return tf.nn.relu(tf.add(x, len([1])))

    tf.function(user)(tf.constant(1.0))
    assert converted == ["user"]


def test_functions_of_the_api_convert_what_they_are_given():
    def user(x):
        return -x if x < 0 else x

    with calls.ControlStatusCtx(calls.Status.DISABLED), pytest.raises(tf.errors.OperatorNotAllowedInGraphError):
        tf.function(lambda x: convert_for_call(user)(x), autograph=False)(tf.constant(-1))
    assert int(tf.function(lambda x: tf.map_fn(user, x))(tf.constant([-1]))[0]) == 1


def test_bound_functions_convert_the_method():
    class Counter:
        @tf.function
        def up(self, x):
            if x > 0:
                x = x + 1
            return x

    assert int(Counter().up(tf.constant(1))) == 2


def test_functions_without_source_run_as_they_are(caplog, monkeypatch):
    # TensorFlow's own logger does not propagate once TensorFlow is loaded.
    monkeypatch.setattr(calls, "logger", logging.getLogger("autograph-test"))
    space = {}
    exec(compile("def f(x):\n    return x + 1\n", "<nowhere>", "exec"), space)
    assert int(tf.function(space["f"])(tf.constant(1))) == 2
    assert "could not transform" in caplog.text


_MALT_SCRIPT = """
import sys
import tfshim as tf

assert "malt" not in sys.modules
import importlib.util
import malt

before = {n: {k: id(v) for k, v in vars(m).items()} for n, m in sys.modules.items() if n.split(".")[0] == "malt"}

def f(x):
    if x > 0:
        x = x + 1
    return x

assert int(tf.function(f)(tf.constant(1))) == 2
for name, members in before.items():
    now = {k: id(v) for k, v in vars(sys.modules[name]).items()}
    assert {k: now[k] for k in members} == members, name
assert malt.to_graph(f)(1) == 2
"""


def test_malt_is_loaded_late_and_left_alone(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(_MALT_SCRIPT)
    result = subprocess.run([sys.executable, script], text=True, capture_output=True, check=False)
    assert result.returncode == 0, result.stderr


def test_long_loops_that_python_unrolls_are_reported(monkeypatch, caplog):
    monkeypatch.setattr(unrolling, "_SUSPICIOUS", 5)

    @tf.function
    def unrolled(n, makes_ops):
        total = tf.constant(0)
        for i in range(n):
            if makes_ops:
                total += i
        while n > 0:
            n -= 1
        return total

    monkeypatch.setattr(unrolling, "logger", logging.getLogger("autograph-test"))
    for n, makes_ops, reported in ((5, True, 0), (9, True, 1), (9, False, 0)):
        caplog.clear()
        unrolled(n, makes_ops)
        assert len([r for r in caplog.records if "Large unrolled loop detected" in r.getMessage()]) == reported
