"""The functions of `tf.test` around test cases: running them, leaving some out, comparing graphs."""

from __future__ import annotations

import functools
import os
import platform
import re
import sys
import tempfile
import unittest.mock

from absl.testing import absltest

from tfshim.errors import UnimplementedError
from tfshim.export import export


@export("test.main")
def main(argv=None):
    """Runs all tests of the program's main module, or with `--benchmarks=PATTERN` its benchmarks.

    Args:
      argv: the program's arguments, `sys.argv` by default.
    """
    arguments = sys.argv if argv is None else list(argv)
    given = [a for a in arguments[1:] if re.match(r"--?benchmarks(=|$)", a)]
    if not given:
        return absltest.main(argv=arguments)
    from tfshim.testing.benchmark import Benchmark

    pattern = given[-1].partition("=")[2]
    for cls in Benchmark.classes:
        for name in dir(cls):
            if name.startswith("benchmark") and re.search(
                "" if pattern == "all" else pattern, f"{cls.__name__}.{name}"
            ):
                getattr(cls(), name)()
    return None


@export("test.assert_equal_graph_def")
def assert_equal_graph_def(expected, actual):
    """Raises AssertionError unless two GraphDefs have the same nodes, in whatever order.

    Raises:
      TypeError: if one of them is no GraphDef.
    """
    for label, graph in (("expected", expected), ("actual", actual)):
        if type(graph).__name__ != "GraphDef":
            raise TypeError(f"Expected tf.GraphDef for {label}, got {type(graph).__name__}")
    nodes, others = ({node.name: node for node in graph.node} for graph in (expected, actual))
    missing = sorted(nodes.keys() ^ others.keys())
    if missing:
        raise AssertionError(f"nodes of one graph only: {', '.join(missing)}")
    for name, node in nodes.items():
        if node != others[name]:
            raise AssertionError(f"the node {name} differs:\n{node}\n{others[name]}")


@export("compat.v1.test.assert_equal_graph_def")
def assert_equal_graph_def_v1(actual, expected, checkpoint_v2=False, hash_table_shared_name=False):
    """`tf.test.assert_equal_graph_def`; the last two have no effect, for nothing in our names is random."""
    assert_equal_graph_def(expected, actual)


@export("compat.v1.test.get_temp_dir")
@functools.cache
def get_temp_dir():
    """A folder for the tests of this process."""
    parent = absltest.TEST_TMPDIR.value if absltest.FLAGS.is_parsed() else absltest.get_default_test_tmpdir()
    os.makedirs(parent, exist_ok=True)
    return tempfile.mkdtemp(dir=parent)


@export("compat.v1.test.test_src_dir_path")
def test_src_dir_path(relative_path):
    """The path of a source file under the folder that the environment's TEST_SRCDIR names; KeyError without it."""
    return os.path.join(os.environ["TEST_SRCDIR"], "org_tensorflow/tensorflow", relative_path)


# pytest takes it for a test where it is imported.
test_src_dir_path.__test__ = False
export("compat.v1.test.mock")(unittest.mock)


@export("test.is_cpu_target_available")
def is_cpu_target_available(target):
    """Whether programs can be compiled for a kind of processor, "x86" say: True for this machine's."""
    machine = platform.machine().lower()
    names = {"x86": ("x86_64", "amd64"), "aarch64": ("aarch64", "arm64"), "arm": ("arm", "armv7l")}
    return machine in names.get(target, (target,))


@export("test.disable_with_predicate")
def disable_with_predicate(pred, skip_message):
    """A decorator of tests, which are skipped with a message if `pred()` is true."""

    def decorate(test):
        @functools.wraps(test)
        def run(self, *args, **kwargs):
            if pred():
                self.skipTest(skip_message)
            else:
                test(self, *args, **kwargs)

        return run

    return decorate


@export("test.with_eager_op_as_function")
def with_eager_op_as_function(cls=None, only_as_function=False):
    """A decorator of test classes, without effect: ops are always compiled functions here."""
    return (lambda decorated: decorated) if cls is None else cls


@export("test.experimental.sync_devices")
def sync_devices():
    """Waits until all work on accelerators is done."""
    import jax

    jax.effects_barrier()
    for array in jax.live_arrays():
        array.block_until_ready()


@export("test.create_local_cluster")
def create_local_cluster(num_workers, num_ps, protocol="grpc", worker_config=None, ps_config=None):
    """UnimplementedError: there are no TensorFlow servers here; several processes join by `jax.distributed`."""
    raise UnimplementedError(
        None,
        None,
        "tf.test.create_local_cluster: tfshim has no gRPC servers; start several processes and join them with "
        "jax.distributed.initialize, or use virtual devices (tf.config.set_logical_device_configuration)",
    )
