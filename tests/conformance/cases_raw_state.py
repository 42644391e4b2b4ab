"""Raw ops on handles (variables, stacks, arrays) and on lists and maps of tensors."""

from __future__ import annotations

import numpy as np

from .inputs import f32
from .runner import Case, Program, raised


def _variable(tf):
    raw = tf.raw_ops
    handle = raw.VarHandleOp(dtype=tf.float32, shape=[2], shared_name="raw-state")
    found = [raw.VarIsInitializedOp(resource=handle)]
    raw.AssignVariableOp(resource=handle, value=[1.0, 2.0])
    raw.AssignAddVariableOp(resource=handle, value=[1.0, 2.0])
    raw.DisableCopyOnRead(resource=handle)
    same = raw.VarHandleOp(dtype=tf.float32, shape=[2], shared_name="raw-state")
    found += [raw.VarIsInitializedOp(resource=handle), raw.ReadVariableOp(resource=same, dtype=tf.float32)]
    raw.DestroyResourceOp(resource=handle)
    return [
        *found,
        raised(lambda: raw.ReadVariableOp(resource=same, dtype=tf.float32)),
        raised(lambda: raw.DestroyResourceOp(resource=handle, ignore_lookup_error=False)),
    ]


def _variable_in_graph(tf):
    raw = tf.raw_ops
    with tf.Graph().as_default():
        handle = raw.VarHandleOp(dtype=tf.float32, shape=[2])
        assign = raw.AssignVariableOp(resource=handle, value=[1.0, 2.0])
        value = raw.ReadVariableOp(resource=handle, dtype=tf.float32)
        with tf.compat.v1.Session() as session:
            return [handle.op.type, assign.type, value.shape, session.run(assign), session.run(value)]


def _variable_in_function(tf):
    @tf.function
    def count():
        handle = tf.raw_ops.VarHandleOp(dtype=tf.int32, shape=[], shared_name="raw-state-counter")
        tf.raw_ops.AssignAddVariableOp(resource=handle, value=1)
        return tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.int32)

    handle = tf.raw_ops.VarHandleOp(dtype=tf.int32, shape=[], shared_name="raw-state-counter")
    tf.raw_ops.AssignVariableOp(resource=handle, value=5)
    return [count(), count()]


def _references(tf):
    raw, v = tf.raw_ops, tf.Variable(1.0)
    return [
        raised(lambda: raw.Assign(ref=v, value=1.0)),
        raised(lambda: raw.VariableV2(shape=[], dtype=tf.float32)),
        raised(lambda: raw.CountUpTo(ref=1, limit=1)),
    ]


def _stack(tf, x):
    raw = tf.raw_ops
    stack = raw.StackV2(max_size=2, elem_type=tf.float32)
    raw.StackPushV2(handle=stack, elem=x)
    raw.StackPushV2(handle=stack, elem=x + 1.0)
    return [raw.StackPopV2(handle=stack, elem_type=tf.float32) for _ in range(2)]


def _stack_errors(tf):
    raw = tf.raw_ops
    stack = raw.StackV2(max_size=1, elem_type=tf.float32)
    empty = raised(lambda: raw.StackPopV2(handle=stack, elem_type=tf.float32))
    raw.StackPushV2(handle=stack, elem=1.0)
    return [
        empty,
        raised(lambda: raw.StackPushV2(handle=stack, elem=1.0)),
        raised(lambda: raw.StackPushV2(handle=stack, elem=1)),
        raw.StackCloseV2(handle=stack),
    ]


def _array(tf, x):
    raw = tf.raw_ops
    handle, flow = raw.TensorArrayV3(size=3, dtype=tf.float32, dynamic_size=True, clear_after_read=False)
    flow = raw.TensorArrayWriteV3(handle=handle, index=0, value=x[0], flow_in=flow)
    flow = raw.TensorArrayScatterV3(handle=handle, indices=[2, 1, 3], value=x, flow_in=flow)
    return [
        raw.TensorArrayReadV3(handle=handle, index=3, flow_in=flow, dtype=tf.float32),
        raw.TensorArrayGatherV3(handle=handle, indices=[3, 1], flow_in=flow, dtype=tf.float32),
        raw.TensorArrayConcatV3(handle=handle, flow_in=flow, dtype=tf.float32),
        raw.TensorArraySizeV3(handle=handle, flow_in=flow),
    ]


def _array_of_gradients(tf, x):
    raw = tf.raw_ops
    handle, flow = raw.TensorArrayV3(size=3, dtype=tf.float32, element_shape=[2])
    flow = raw.TensorArraySplitV3(handle=handle, value=tf.reshape(x, [-1]), lengths=[2, 2, 2], flow_in=flow)
    other, flow = raw.TensorArrayGradV3(handle=handle, flow_in=flow, source="g")
    flow = raw.TensorArrayWriteV3(handle=other, index=1, value=x[0], flow_in=flow)
    flow = raw.TensorArrayWriteV3(handle=other, index=1, value=x[1], flow_in=flow)
    read = [raw.TensorArrayReadV3(handle=other, index=i, flow_in=flow, dtype=tf.float32) for i in (0, 1)]
    return [tf.ensure_shape(value, [2]) for value in read]


def _array_errors(tf):
    raw = tf.raw_ops
    handle, flow = raw.TensorArrayV3(size=2, dtype=tf.float32)
    write = lambda i, v: raw.TensorArrayWriteV3(handle=handle, index=i, value=v, flow_in=flow)
    read = lambda i: raw.TensorArrayReadV3(handle=handle, index=i, flow_in=flow, dtype=tf.float32)
    write(0, 1.0)
    found = [raised(lambda: write(0, 1.0)), raised(lambda: write(2, 1.0)), raised(lambda: write(1, 1)), read(0)]
    found += [raised(lambda: read(0)), raised(lambda: write(0, 1.0)), raised(lambda: read(1)), raised(lambda: read(2))]
    raw.TensorArrayCloseV3(handle=handle)
    return [*found, raised(lambda: raw.TensorArraySizeV3(handle=handle, flow_in=flow))]


def _map(tf):
    raw = tf.raw_ops
    one = raw.TensorMapInsert(input_handle=raw.EmptyTensorMap(), key=1.0, value=2.0)
    two = raw.TensorMapInsert(input_handle=one, key=["a", "b"], value=[4])
    less = raw.TensorMapErase(input_handle=two, key=1.0, value_dtype=tf.float32)
    return [
        *(raw.TensorMapSize(input_handle=m) for m in (one, two, less)),
        *(raw.TensorMapHasKey(input_handle=m, key=1.0) for m in (two, less)),
        raw.TensorMapLookup(input_handle=two, key=["a", "b"], value_dtype=tf.int32),
        raw.TensorMapStackKeys(input_handle=less, key_dtype=tf.string),
        raised(lambda: raw.TensorMapLookup(input_handle=less, key=1.0, value_dtype=tf.float32)),
        raised(lambda: raw.TensorMapErase(input_handle=less, key=1.0, value_dtype=tf.float32)),
        raised(lambda: raw.TensorMapStackKeys(input_handle=raw.EmptyTensorMap(), key_dtype=tf.float32)),
    ]


def _lists(tf, x):
    raw = tf.raw_ops
    values = raw.TensorListFromTensor(tensor=x, element_shape=[2])
    joined = raw.TensorListConcatLists(input_a=values, input_b=values, element_dtype=tf.float32)
    scattered = raw.TensorListScatter(tensor=x, indices=[3, 0, 1], element_shape=[2])
    return [
        tf.ensure_shape(raw.TensorListElementShape(input_handle=values, shape_type=tf.int64), [1]),
        raw.TensorListStack(input_handle=joined, element_shape=[2], element_dtype=tf.float32),
        raw.TensorListStack(input_handle=scattered, element_shape=[2], element_dtype=tf.float32),
        raw.TensorListConcat(input_handle=joined, element_dtype=tf.float32, element_shape=[2]),
    ]


CASES = [
    Program("variable", _variable),
    Program("variable-in-graph", _variable_in_graph),
    Program("variable-in-function", _variable_in_function),
    Program("references", _references),
    Case("stack", _stack, [f32(2)]),
    Program("stack-errors", _stack_errors),
    Case("array", _array, [f32(3, 2)]),
    Case("array-of-gradients", _array_of_gradients, [f32(3, 2)]),
    Program("array-errors", _array_errors),
    Program("map", _map),
    Case(
        "map-of-tensors",
        lambda tf, x: tf.raw_ops.TensorMapSize(
            input_handle=tf.raw_ops.TensorMapInsert(input_handle=tf.raw_ops.EmptyTensorMap(), key=x, value=np.int32(1))
        ),
        [f32(2)],
    ),
    Case("lists", _lists, [f32(3, 2)]),
]
