"""What libraries import from TensorFlow's private modules, used as they use it."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

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
        found.append(tensor_util.constant_value(x) is None)
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


def _printed(*command: str) -> list:
    ran = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_as_in_tensorflow(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    assert _printed("-m", "tfshim", str(program)) == _printed(str(program))
