"""`tf.test`: what its assertions accept and refuse, next to TensorFlow's own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

import tfshim

from .runner import load_real

# (assertion, arguments as a function of tf): whether it holds is for TensorFlow to say.
CASES = [
    ("assertAllClose", lambda tf: ([1.0, 2.0], [1.0, 2.1])),
    ("assertAllClose", lambda tf: ([1.0, 2.0], [1.0, 2.0 + 1e-6])),
    ("assertAllClose", lambda tf: ([1.0, 2.0], [1.0, 2.0, 3.0])),
    ("assertAllClose", lambda tf: ([1.0, np.nan], [1.0, np.nan])),
    ("assertAllClose", lambda tf: ({"a": [1.0, 2.0]}, {"a": tf.constant([1.0, 2.0])})),
    ("assertAllClose", lambda tf: ({"a": 1.0}, {"b": 1.0})),
    ("assertAllClose", lambda tf: ([[1.0, 2.0], [3.0]], [[1.0, 2.0], [3.0]])),
    ("assertAllClose", lambda tf: ([tf.ones(2), tf.ones(3)], [np.ones(2), np.ones(3)])),
    ("assertAllClose", lambda tf: (tf.cast([1.0], tf.bfloat16), [1.005])),
    ("assertAllClose", lambda tf: (tf.ragged.constant([[1.0], [2.0, 3.0]]), [[1.0], [2.0, 3.0]])),
    ("assertNotAllClose", lambda tf: ([1.0], [1.0])),
    ("assertNotAllClose", lambda tf: ([1.0], [2.0])),
    ("assertAllEqual", lambda tf: ([1, 2], tf.constant([1, 2]))),
    ("assertAllEqual", lambda tf: ([[[1]], 1, [1]], [[[1]], 1, [1]])),
    ("assertAllEqual", lambda tf: ([[[1]], 1, [1]], [[[1]], 2, [1]])),
    ("assertAllEqual", lambda tf: ([1, 2], [1, 3])),
    ("assertAllEqual", lambda tf: ([1, 2], [1])),
    ("assertAllEqual", lambda tf: ([np.nan], tf.constant([np.nan]))),
    ("assertAllEqual", lambda tf: (tf.constant("a"), b"a")),
    ("assertAllEqual", lambda tf: (tf.constant(["a", "bc"]), [b"a", b"b"])),
    ("assertAllEqual", lambda tf: (tf.constant(["a", "é"]), ["a", "é"])),
    ("assertAllEqual", lambda tf: (np.array(["a", b"b"], object), [b"a", b"b"])),
    ("assertAllEqual", lambda tf: (np.array(["a"], object), np.array([b"a"], object))),
    ("assertAllEqual", lambda tf: (tf.constant("a"), "b")),
    ("assertAllEqual", lambda tf: (tf.ragged.constant([[1], [2, 3]]), [[1], [2, 3]])),
    ("assertAllEqual", lambda tf: (tf.ragged.constant([[1], [2, 3]]), [[1], [2, 4]])),
    ("assertNotAllEqual", lambda tf: ([1.0], [1.0])),
    ("assertAllCloseAccordingToType", lambda tf: (np.float16([1.0]), np.float16([1.0009]))),
    ("assertAllCloseAccordingToType", lambda tf: (np.float32([1.0]), np.float32([1.0009]))),
    ("assertAllGreater", lambda tf: (tf.constant([1, 2]), 1)),
    ("assertAllGreaterEqual", lambda tf: ([1, 2], 1)),
    ("assertAllLess", lambda tf: ([1, 2], 3)),
    ("assertAllLessEqual", lambda tf: ([1, 4], 3)),
    ("assertAllInRange", lambda tf: ([1, 2, 5], 1, 4)),
    ("assertAllInRange", lambda tf: ([1.0, 2.0], 1, 2)),
    ("assertAllInRange", lambda tf: ([1.0, 2.0], 1, 2, True)),
    ("assertAllInRange", lambda tf: ([np.nan], 1, 2)),
    ("assertAllInSet", lambda tf: ([1, 2, 5], {1, 2})),
    ("assertAllInSet", lambda tf: ([1, 2, 1], {1, 2})),
    ("assertNear", lambda tf: (1.0, 1.1, 0.01)),
    ("assertNear", lambda tf: (1.0, 1.005, 0.01)),
    ("assertArrayNear", lambda tf: ([1.0], [1.1], 0.01)),
    ("assertNDArrayNear", lambda tf: (np.ones(2), np.zeros(2), 0.01)),
    ("assertDTypeEqual", lambda tf: (tf.constant(1.0), np.float32)),
    ("assertDTypeEqual", lambda tf: (tf.constant(1.0), tf.int32)),
    ("assertShapeEqual", lambda tf: (np.ones((2,)), tf.ones((3,)))),
    ("assertShapeEqual", lambda tf: (np.ones((2, 3)), tf.ones((2, 3)))),
    ("assertDeviceEqual", lambda tf: ("/cpu:0", "/device:CPU:0")),
    ("assertDeviceEqual", lambda tf: ("/cpu:0", "/device:CPU:1")),
    ("evaluate", lambda tf: ({"a": tf.constant([1]), "b": [tf.Variable("x")]},)),
    ("evaluate", lambda tf: (3,)),
    ("evaluate", lambda tf: (tf.sparse.from_dense([1, 0]),)),
    ("evaluate", lambda tf: (lambda: tf.constant(2),)),
]


def _outcome(tf, name, arguments):
    # Without `setUp`, which resets all of TensorFlow: behind tests of threads and sessions, it was seen to abort there.
    case = tf.test.TestCase()
    try:
        return "holds", repr(getattr(case, name)(*arguments(tf)))
    except Exception as error:
        return type(error).__name__, ""


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=[f"{n}-{i}" for i, (n, _) in enumerate(CASES)])
def test_assertion(name, arguments):
    assert _outcome(tfshim, name, arguments) == _outcome(load_real(), name, arguments)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda tf: lambda x: x * x, [np.float32([1.0, 2.0])]),
        (lambda tf: lambda x, y: x @ y, [np.ones((1, 2)), np.ones((2, 1))]),
        (lambda tf: lambda z: z * z, [np.complex64([1 + 2j])]),
        (lambda tf: tf.abs, [np.complex64([3 + 4j])]),
        (lambda tf: lambda x: tf.gather(x, [0]), [np.float32([[1.0, 2.0]])]),
        (lambda tf: lambda x: tf.constant(1.0), [np.float32([1.0])]),
        (lambda tf: lambda x: x * x, [np.ones((0,), np.float32)]),
        (lambda tf: lambda x, y: x * y, [np.float16([1.5, 2.0]), np.float16([3.0, 0.5])]),
        (
            lambda tf: lambda x, y: tf.tanh(x) * y,
            [
                np.array([0.5, 1.0], tfshim.bfloat16.as_numpy_dtype),
                np.array([3.0, 0.5], tfshim.bfloat16.as_numpy_dtype),
            ],
        ),
    ],
)
def test_compute_gradient(f, x):
    ours = tfshim.test.compute_gradient(f(tfshim), x)
    real = load_real()
    theirs = real.test.compute_gradient(f(real), x)
    # Differences of neighbouring values have three digits; derivatives have all.
    for one, other, tolerance in zip(ours, theirs, (1e-6, 1e-3), strict=True):
        for a, b in zip(one, other, strict=True):
            assert a.dtype == b.dtype and a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def test_a_program_of_tests(tmp_path):
    program = tmp_path / "program_test.py"
    program.write_text(
        textwrap.dedent(
            """
            import tensorflow as tf

            class Squares(tf.test.TestCase):
                def setUp(self):
                    super().setUp()
                    self.x = tf.Variable([1.0, 2.0])

                def test_right(self):
                    self.assertAllClose(self.x ** 2, [1.0, 4.0])

                def test_wrong(self):
                    self.assertAllEqual(self.x, [1.0, 3.0])

                def test_graph(self):
                    with tf.Graph().as_default(), self.session() as session:
                        x = tf.compat.v1.placeholder(tf.float32, [])
                        self.assertEqual(session.run(x + 1, {x: 2.0}), 3.0)
                        self.assertAllClose(tf.constant(2.0) * 2, 4.0)
                        rows = tf.ragged.constant([[1], [2, 3]])
                        self.assertAllEqual(rows, [[1], [2, 3]])
                        self.assertAllEqual(rows + 1, tf.ragged.constant([[2], [3, 4]]))

                def test_errors(self):
                    with self.assertRaisesOpError("Incompatible|must be equal"):
                        tf.ones(2) + tf.ones(3)
                    thread = self.checkedThread(lambda: self.x.assign_add([1.0, 1.0]))
                    thread.start()
                    thread.join()
                    self.assertAllEqual(self.x, [2.0, 3.0])

            class Times(tf.test.Benchmark):
                def benchmark_nothing(self):
                    self.report_benchmark(iters=3, wall_time=0.5, extras={"batch": 2})

            if __name__ == "__main__":
                tf.test.main()
            """
        )
    )
    command = [sys.executable, "-m", "tfshim", str(program)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=400)
    assert ran.returncode == 1 and "Ran 5 tests" in ran.stderr, ran.stderr  # the session test of the base class too
    assert "FAIL: test_wrong" in ran.stderr and "failures=1" in ran.stderr, ran.stderr
    ran = subprocess.run([*command, "--benchmarks=all"], capture_output=True, text=True, timeout=400)
    assert 'name: "Times.benchmark_nothing"' in ran.stdout and "wall_time: 0.5" in ran.stdout, ran.stdout + ran.stderr


def test_protos():
    # Real TensorFlow's fails with the protobuf of today: only ours is tried.
    case = tfshim.test.TestCase()
    node = tfshim.compat.v1.NodeDef(name="x")
    case.assertProtoEquals('name: "x"', node)
    case.assertProtoEquals(tfshim.compat.v1.NodeDef(name="x"), node)
    with pytest.raises(AssertionError):
        case.assertProtoEquals('name: "y"', node)
    near, far = (tfshim.compat.v1.AttrValue(f=f) for f in (1.001, 1.1))
    case.assertProtoEquals("f: 1.0", near, relative_tolerance=0.01)
    with pytest.raises(AssertionError):
        case.assertProtoEquals("f: 1.0", far, relative_tolerance=0.01)


def test_captured_output(tmp_path):
    case = tfshim.test.TestCase()
    with open(tmp_path / "stream", "w") as stream, case.captureWritesToStream(stream) as captured:
        stream.write("hello")
        stream.flush()
        assert captured.contents() == "hello"
