"""What is imported when: the table of definitions is current, and a program loads what it asks for."""

from __future__ import annotations

import subprocess
import sys

import pytest


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_the_table_is_current():
    done = subprocess.run(
        [sys.executable, "-m", "tools.definitions", "--check"], capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stdout + done.stderr


def test_importing_the_package_leaves_the_rest_alone():
    loaded = _run("import sys, tfshim; print(*[m for m in sys.modules if m.startswith('tfshim.')])").split()
    for name in ("v1.session", "numpy_api.arrays", "linear_operators.base", "data.core", "sparse.tensor", "interop"):
        assert f"tfshim.{name}" not in loaded


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("tf.reduce_sum(tf.raw_ops.Cumprod(x=[1, 2, 3], axis=0)).numpy()", "9"),
        ("tf.compat.v1.Session.__name__", "Session"),
        ("tf.experimental.numpy.arange(3).numpy().tolist()", "[0, 1, 2]"),
        ("[int(i) for i in tf.data.Dataset.range(2)]", "[0, 1]"),
        ("tf.linalg.LinearOperatorIdentity(2).trace().numpy()", "2.0"),
        ("tf.ragged.constant([[1], []]).to_list()", "[[1], []]"),
        ("tf.sparse.to_dense(tf.sparse.from_dense([0, 3])).numpy().tolist()", "[0, 3]"),
        ("tf.to_jax.__name__", "to_jax"),
        ("tf.TypeSpec.__name__, 'bool' in dir(tf), hasattr(tf.dtypes, 'cast')", "TypeSpec True True"),
        ("tf.nest.flatten({'a': 1}), tf.errors.OpError.__name__", "[1] OpError"),
    ],
)
def test_what_is_asked_for_first_is_there(expression, expected):
    assert _run(f"import tfshim as tf; print({expression})") == expected


def test_threads_that_ask_for_the_same_kernel_at_once():
    code = """
import threading, tfshim as tf
results, start = [], threading.Barrier(8)
def ask():
    start.wait()
    results.append(tf.linalg.trace(tf.linalg.band_part(tf.eye(3), 0, -1)).numpy())
threads = [threading.Thread(target=ask) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
print(results == [3.0] * 8)
"""
    assert _run(code) == "True"
