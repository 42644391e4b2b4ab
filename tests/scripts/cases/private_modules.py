"""What libraries import from private modules of TensorFlow."""

import functools
import gc
import json

import tensorflow as tf

v1 = tf.compat.v1


def note(what, *values):
    print(what, *values)


def error(call):
    try:
        call()
    except Exception as e:
        return type(e).__name__
    return "no error"


from tensorflow.python.util import object_identity as oi

a, b = [1], [1]
some = oi.ObjectIdentitySet([a, b, a])
table = oi.ObjectIdentityDictionary()
table[a], table[b] = 1, 2
some.discard(b)
note("identity", len(some), a in some, b in some, [list(x) for x in some], table[b], len(table), [1] in table)


class Thing:
    pass


things = [Thing(), Thing()]
weak, weak_table = oi.ObjectIdentityWeakSet(things), oi.ObjectIdentityWeakKeyDictionary()
weak_table[things[0]] = 1
note("weak", len(weak), len(weak_table), things[0] in weak)
del things[0]
gc.collect()
note("after", len(list(weak)))
note(
    "sets", len(some.difference(oi.ObjectIdentitySet([a]))), len(oi.ObjectIdentitySet([a]) | oi.ObjectIdentitySet([b]))
)

from tensorflow.python.util import function_utils, serialization, tf_contextlib, tf_decorator, tf_export, tf_inspect


def plain(x, y=1):
    """Doc."""
    return x + y


def doubled(f):
    def wrapper(*args, **kwargs):
        return 2 * f(*args, **kwargs)

    return tf_decorator.make_decorator(f, wrapper, "doubled")


made = doubled(doubled(plain))
decorators, inner = tf_decorator.unwrap(made)
note("decorators", made(1), made.__name__, made.__doc__, len(decorators), inner is plain, decorators[0].decorator_name)
note("spec", tf_inspect.getfullargspec(made).args, tf_decorator.unwrap(tf.function(plain))[1] is plain)


@tf_contextlib.contextmanager
def scope(x):
    """Scope."""
    yield x + 1


with scope(1) as given:
    note("scope", given, scope.__doc__)


class Callable:
    def __call__(self, a, b, **kw):
        pass

    def method(self, c, *, d=1):
        pass


note(
    "fn_args",
    function_utils.fn_args(plain),
    function_utils.fn_args(Callable()),
    function_utils.fn_args(Callable().method),
    function_utils.fn_args(functools.partial(plain, 1)),
    function_utils.fn_args(functools.partial(plain, y=1)),
)
note(
    "kwargs",
    function_utils.has_kwargs(Callable()),
    function_utils.has_kwargs(plain),
    function_utils.get_func_name(plain),
    error(lambda: function_utils.has_kwargs(1)),
)
note(
    "json",
    [
        json.loads(json.dumps(x, default=serialization.get_json_type))
        for x in (tf.TensorShape([1, None]), tf.float32, plain, __import__("numpy").float32(1.5))
    ],
)
note(
    "names",
    tf_export.get_canonical_name_for_symbol(tf.add),
    tf_export.get_canonical_name_for_symbol(tf.reduce_sum),
    tf_export.get_canonical_name_for_symbol(plain),
    tf_export.get_symbol_from_name("nn.relu") is tf.nn.relu,
    tf_export.get_canonical_name_for_symbol(v1.placeholder, add_prefix_to_v1_names=True),
)


@tf_export.keras_export("keras.mine.Thing", v1=[])
class Mine:
    pass


note("keras", tf_export.get_canonical_name_for_symbol(Mine, api_name="keras"))

from tensorflow.python.framework import common_shapes, device, op_def_registry, ops, registry, smart_cond, tensor_spec

note("uid", ops.uid() < ops.uid())
with ops.name_scope("a", "b"), ops.NullContextmanager():
    note("eager scope", ops.get_name_scope())
with tf.Graph().as_default():
    with ops.name_scope(None, "b", [1.0]) as name:
        note("scope", name, ops.get_name_scope(), ops.name_from_scope_name(name), ops.has_default_graph())
    t = tf.constant(1.0)
    with ops.colocate_with(t.op):
        note("colocated", tf.constant(2.0).op.colocation_groups())
note(
    "scopes",
    ops.prepend_name_scope("^x", "s"),
    ops.prepend_name_scope("loc:@x", "s"),
    ops.strip_name_scope("s/x", "s"),
    ops.strip_name_scope("^s/x", "s"),
    ops.strip_name_scope("x", None),
)
known = registry.Registry("things")
known.register(1, "one")
note(
    "registry",
    known.lookup("one"),
    list(known.list()),
    error(lambda: known.register(2, "one")),
    error(lambda: known.lookup("two")),
)
note("device", device.canonical_name("/gpu:0"), device.canonical_name(None), device.is_device_spec(tf.DeviceSpec()))
note(
    "shapes",
    common_shapes.broadcast_shape(tf.TensorShape([2, 1]), tf.TensorShape([None, 3])).as_list(),
    common_shapes.is_broadcast_compatible(tf.TensorShape([2]), tf.TensorShape([3])),
)
note("op_def", op_def_registry.get("AddV2").name, op_def_registry.get("Nothing"))
note(
    "smart",
    bool(smart_cond.smart_constant_value(tf.constant(True))),
    smart_cond.smart_constant_value(0),
    smart_cond.smart_case([(False, lambda: 1), (True, lambda: 2)], default=lambda: 3),
    error(lambda: smart_cond.smart_constant_value(2)),
)
spec = tensor_spec.BoundedTensorSpec([2], tf.int32, 0, 5)
note("bounded", spec.minimum, spec.maximum, str(spec))

from tensorflow.python.ops import control_flow_case


@tf.function
def case(x):
    return control_flow_case._case_helper(
        tf.cond, [(x > 1, lambda: x), (x > 0, lambda: -x)], lambda: x * 3, False, "case"
    )


note("case", [case(tf.constant(v)).numpy().item() for v in (2, 1, 0)])

from tensorflow.python.eager import backprop, context, monitoring, record

w = tf.Variable(3.0)
f = lambda x: w * x * x
value, grads = backprop.implicit_val_and_grad(f)(tf.constant(2.0))
note(
    "implicit",
    value,
    grads[0][0],
    grads[0][1] is w,
    error(lambda: backprop.implicit_grad(lambda x: x)(tf.constant(1.0))),
)
note(
    "of arguments",
    backprop.gradients_function(lambda x, y: x * y, [1])(2.0, 3.0),
    backprop.val_and_grad_function(lambda x, y: x * y)(2.0, 3.0),
)
y, pull = backprop.make_vjp(lambda x: x * x)(tf.constant(3.0))
note("vjp", y, pull(tf.constant(2.0)))
with tf.GradientTape() as tape:
    tape.watch(y)
    note("recorded", record.should_record_backprop([y]), record.could_possibly_record())
    with record.stop_recording():
        note("stopped", record.could_possibly_record())
counter = monitoring.Counter("tests/counter", "Of tests.", "label")
counter.get_cell("a").increase_by(2)
counter.get_cell("a").increase_by(1)
gauge = monitoring.BoolGauge("tests/gauge", "Of tests.")
gauge.get_cell().set(True)
sampler = monitoring.Sampler("tests/sampler", monitoring.ExponentialBuckets(1.0, 2.0, 3), "Of tests.")
sampler.get_cell().add(3.0)
note("counted", counter.get_cell("a").value(), gauge.get_cell().value(), sampler.get_cell().value().bucket)
context.set_global_seed(7)
note("seed", context.global_seed(), context.in_eager_mode() if hasattr(context, "in_eager_mode") else True)

from tensorflow.python.client import device_lib

note("devices", [d.device_type for d in device_lib.list_local_devices()][:1], device_lib.list_local_devices()[0].name)

from tensorflow.python.ops import list_ops, resources
from tensorflow.python.ops.ragged import ragged_math_ops, ragged_tensor

handle = list_ops.tensor_list_from_tensor(tf.constant([[1, 2], [3, 4]]), element_shape=[2])
handle = list_ops.tensor_list_push_back(handle, tf.constant([5, 6]))
handle = list_ops.tensor_list_set_item(handle, 0, tf.constant([7, 8]))
note(
    "list",
    list_ops.tensor_list_stack(handle, tf.int32).numpy().tolist(),
    list_ops.tensor_list_gather(handle, [2, 0], tf.int32).numpy().tolist(),
    list_ops.tensor_list_get_item(handle, 1, tf.int32).numpy().tolist(),
)
ragged = tf.ragged.constant([[1], [2, 3]])
short = ragged.with_row_splits_dtype(tf.int32)
note(
    "ragged",
    ragged_tensor.is_ragged(ragged),
    ragged_tensor.convert_to_tensor_or_ragged_tensor([1, 2]).numpy().tolist(),
    error(lambda: ragged_tensor.match_row_splits_dtypes(ragged, short)),
    ragged_tensor.match_row_splits_dtypes(short, return_dtype=True)[0].name,
    ragged_math_ops.reduce_sum(ragged, axis=1).numpy().tolist(),
    error(lambda: ragged_tensor.convert_to_tensor_or_ragged_tensor(ragged, tf.float32)),
)
with tf.Graph().as_default(), v1.Session() as session:
    with v1.variable_scope("v"):
        initialised = v1.get_variable("x", initializer=1.0)
    resources.register_resource(initialised.handle, initialised.initializer, initialised.is_initialized())
    report = resources.report_uninitialized_resources()
    note("before", len(session.run(report)))
    session.run(resources.initialize_resources(resources.shared_resources()))
    note("after", len(session.run(report)))

from tensorflow.python.data.util import nest as data_nest
from tensorflow.python.data.util import structure as data_structure

note(
    "data",
    data_nest.flatten(({"b": [1, 2], "a": 3}, 4)),
    data_nest.is_nested([1]),
    data_nest.map_structure(lambda x: x + 1, (1, {"k": 2})),
    error(lambda: data_nest.assert_same_structure((1, 2), (1,))),
)
element = (tf.TensorSpec([2], tf.int32), tf.TensorSpec([], tf.string))
note("specs", data_structure.get_flat_tensor_types(element), data_structure.get_flat_tensor_shapes(element))
from tensorflow.python.data.ops import iterator_ops

note("iterator", isinstance(iter(tf.data.Dataset.range(2)), iterator_ops.OwnedIterator))

from tensorflow.python.training import optimizer as training_optimizer

note("filtered", training_optimizer.get_filtered_grad_fn(lambda: [(None, 1), (2, 3)])())
from tensorflow.core.framework import graph_pb2, tensor_shape_pb2, types_pb2
from tensorflow.core.protobuf import rewriter_config_pb2

note(
    "protos",
    types_pb2.DT_HALF,
    graph_pb2.GraphDef is v1.GraphDef,
    tensor_shape_pb2.TensorShapeProto().unknown_rank,
    rewriter_config_pb2.RewriterConfig.AGGRESSIVE,
)

from tensorflow.python import tf2
from tensorflow.python.training import moving_averages

average = tf.Variable(1.0)
moving_averages.assign_moving_average(average, tf.constant(3.0), 0.9, zero_debias=False)
note("average", average.numpy(), tf2.enabled())
with tf.Graph().as_default(), v1.Session() as session:
    average = v1.get_variable("average", initializer=0.0)
    update = moving_averages.assign_moving_average(average, tf.constant(3.0), 0.9)
    weighted = moving_averages.weighted_moving_average(tf.constant(2.0), 0.9, tf.constant(0.5))
    session.run(v1.global_variables_initializer())
    note("in graphs", session.run(update), session.run(update), session.run(weighted), update.op.name)
    note("variables", [v.name for v in v1.global_variables()])

from tensorflow.python.platform import resource_loader

note("data file", resource_loader.get_path_to_datafile("data").split("/")[-1])
note("folder", resource_loader.get_data_files_path() in resource_loader.get_path_to_datafile("data"))
