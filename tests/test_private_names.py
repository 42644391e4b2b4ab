"""What libraries import from TensorFlow's private modules, used as they use it."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
    import functools, json, logging, sys, types
    import tensorflow as tf
    from tensorflow.python.eager import context
    from tensorflow.python.framework import config, ops, tensor_shape, tensor_spec, tensor_util, test_util
    from tensorflow.python.framework import type_spec, type_spec_registry
    from tensorflow.python.ops import control_flow_util, resource_variable_ops
    from tensorflow.python.ops.parallel_for import control_flow_ops
    from tensorflow.python.trackable.data_structures import ListWrapper, _DictWrapper
    from tensorflow.python.util import all_util, deprecation, nest, object_identity, tf_inspect, variable_utils

    said = []
    logging.getLogger("tensorflow").addHandler(type("H", (logging.Handler,), {
        "emit": lambda self, record: said.append(record.getMessage())})())
    found = []

    @tf.function
    def inside():
        found.append(context.executing_eagerly())
        with context.eager_mode():
            found.append(context.context().executing_eagerly())
        return tf.constant(1)

    inside()
    with context.graph_mode():
        found.append(context.executing_eagerly())
        x = tf.compat.v1.placeholder(tf.float32, [2, None])
        found.append(tensor_util.constant_value_as_shape(tf.shape(x)).as_list())
        found.append([tensor_util.constant_value(x) is None, tensor_util.constant_value(5)])
    found.append(tensor_util.constant_value_as_shape(tf.constant([3, -1])).as_list())

    @deprecation.deprecated(None, "Use new.")
    def old(a): return a
    @deprecation.deprecated_args(None, "Leave out b.", "b")
    def argument(a, b=1): return a
    @deprecation.deprecated_arg_values(None, "Not 2.", b=2)
    def value(a, b=1): return a
    with deprecation.silence():
        old(1)
    old(1), old(1), value(1), value(1, 2)
    found.append(len(said))

    @functools.wraps(lambda a: a)
    def foreign(*args): return args
    @functools.wraps(old)
    def around(*args): return old(*args)
    @tf.function
    def compiled(a, *, b=1): return a
    found.append([tf_inspect.getfullargspec(f)[:3] for f in (argument, foreign, around, compiled, tf.Module.__init__)])
    found.append([tf_inspect.getargspec(compiled)._asdict(), tf_inspect.getcallargs(argument, 1, c=2)])
    found.append([tf_inspect.isfunction(f) for f in (compiled, foreign, tf.Module)])
    found.append([list(nest._yield_sorted_items(x)) for x in ({"b": 1, "a": 2}, (3, 4))])
    found.append(nest.flatten_with_joined_string_paths({"a": [1, 2]}))
    found.append(variable_utils.convert_variables_to_tensors([tf.Variable(1), 2])[0].numpy().item())
    found.append(control_flow_ops.pfor(lambda i: i * i, 4).numpy().tolist())
    found.append(control_flow_util.GraphOrParentsInXlaContext(tf.Graph()))
    module = tf.Module()
    module.items, module.table = [1], {"a": 2}
    found.append([type(module.items) is ListWrapper, type(module.table) is _DictWrapper])
    found.append(type_spec_registry.get_name(tf.TensorSpec) == "tf.TensorSpec")
    found.append(issubclass(tf.TensorSpec, (tensor_spec.DenseSpec, type_spec.BatchableTypeSpec)))
    found.append(isinstance(tf.Variable(1), resource_variable_ops.ResourceVariable))
    found.append(ops.convert_to_tensor_or_composite(tf.sparse.from_dense([1])).dtype == tf.int32)
    found.append(tensor_shape.as_shape([1, None]).as_list())

    from tensorflow.python.ops import random_ops
    from tensorflow.python.ops.linalg import linear_operator_addition
    tf.random.set_seed(1)
    found.append(random_ops.parameterized_truncated_normal([3], 1.0, 2.0, -1.0, 3.0, seed=5).numpy().round(4).tolist())
    diagonal, identity = tf.linalg.LinearOperatorDiag([1.0, 2.0]), tf.linalg.LinearOperatorIdentity(2)
    lower = tf.linalg.LinearOperatorLowerTriangular([[1.0, 0.0], [3.0, 4.0]])
    dense = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    for several in ([diagonal, identity], [diagonal, lower], [lower, dense, identity]):
        (total,) = linear_operator_addition.add_operators(several)
        found.append([type(total).__name__, total.to_dense().numpy().tolist()])
    found.append(config.is_op_determinism_enabled())

    from tensorflow.python.autograph.converters import break_statements
    from tensorflow.python.autograph.core import converter
    from tensorflow.python.autograph.pyct import anno, naming, parser
    from tensorflow.python.autograph.pyct.static_analysis import activity
    found.append([callable(break_statements.transform), callable(anno.getanno), callable(activity.resolve)])
    found.append([naming.Namer({}).new_symbol("a", ()), converter.ProgramContext.__name__])

    reference = object_identity.Reference(found)
    found.append([isinstance(tf.constant(1).ref(), object_identity.Reference), reference.deref() is found])
    module = sys.modules["documented"] = types.ModuleType("documented", "One:\\n@@listed\\n @@indented\\n@@a.b")
    module.listed = module.indented = module.a = module._private = module.allowed = 1
    found.append(all_util.make_all("documented"))
    all_util.remove_undocumented("documented", ["allowed", "absent"])
    found.append([name for name in dir(module) if name[:2] != "__"])

    @test_util.run_all_in_graph_and_eager_modes
    class Case(tf.test.TestCase):
        def test(self):
            found.append(tf.executing_eagerly())
            self.assertAllEqual(self.evaluate(tf.constant([1]) + 1), [2])

    Case("test").debug()
    print(json.dumps(found))
"""

OF_TESTS = """
    import json, unittest
    import tensorflow as tf
    from absl.testing import parameterized
    from tensorflow.python.framework import test_util

    found = []

    @test_util.with_eager_op_as_function
    @test_util.run_all_without_tensor_float_32("none")
    class Case(tf.test.TestCase, parameterized.TestCase):
        @test_util.run_v1_only("old")
        def test_old(self):
            found.append("ran")

        @test_util.run_gpu_only
        def test_gpu(self):
            found.append("gpu")

        @test_util.disable_xla("why")
        @test_util.disable_control_flow_v2("why")
        @test_util.run_v2_only
        def test_plain(self):
            found.append(test_util.is_gpu_available())
            with self.assertRaises(ValueError), test_util.skip_if_error(self, ValueError, "other"):
                raise ValueError("this")
            with test_util.skip_if_error(self, ValueError, ["that", "this"]):
                raise ValueError("this")

        @test_util.skip_if(lambda: True)
        def test_left_out(self):
            found.append("left out")

        @test_util.also_run_as_tf_function
        def test_twice(self):
            found.append(tf.executing_eagerly())

        @test_util.build_as_function_and_v1_graph
        def test_both(self):
            found.append([tf.executing_eagerly(), tf.constant(1).graph.building_function])

        @test_util.assert_no_new_tensors
        def test_tidy(self):
            tf.constant(1) + 1

        @test_util.assert_no_new_pyobjects_executing_eagerly()
        def test_tidy_again(self):
            tf.constant(1) + 1

        @test_util.deprecated_graph_mode_only
        def test_graph(self):
            x = tf.identity(tf.ones([2, 3, 4, 5]), name="x")
            nodes = test_util.assert_ops_in_graph({"x": "Identity"}, tf.compat.v1.get_default_graph())
            found.append([sorted(nodes), test_util.NHWCToNCHW(x).shape.as_list(), test_util.NCHWToNHWC([1, 2, 3, 4])])
            found.append(test_util.get_node_def_from_graph("x", x.graph.as_graph_def()).op)

    result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(Case))
    found.append([result.testsRun, len(result.failures), len(result.errors), len(result.skipped)])
    with test_util.run_functions_eagerly(True):
        found.append(tf.config.functions_run_eagerly())
    found.append(tf.config.functions_run_eagerly())
    with test_util.device(use_gpu=True), test_util.force_cpu():
        found.append(test_util.matmul_without_tf32(tf.ones([1, 2]), tf.ones([2, 1])).numpy().tolist())
    named = test_util.generate_combinations_with_testcase_name(mode=["graph", "eager"], n=[1])
    found.append([dict(values) for values in named])
    print(json.dumps(found))
"""


def _printed(*command: str) -> list:
    ran = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=400)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.parametrize("text", [PROGRAM, OF_TESTS], ids=["modules", "test_util"])
def test_as_in_tensorflow(tmp_path, text):
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(text))
    assert _printed("-m", "tfshim", str(program)) == _printed(str(program))
