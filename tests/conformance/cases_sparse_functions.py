"""Sparse tensors as values: of functions, loops, datasets, sessions; and their type."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised


def _matrix(tf, scale=1.0):
    return tf.SparseTensor([[0, 1], [2, 0]], [1.0 * scale, 2.0 * scale], [3, 4])


def _printed(tf):
    x = _matrix(tf)
    value = tf.compat.v1.SparseTensorValue([[0, 1]], [1.0], [2, 2])
    tf.print(x)
    print(x)
    return [repr(x), str(x), repr(value), repr(x.shape), x.dtype, x.get_shape()]


def _spec(tf):
    x = _matrix(tf)
    value = tf.compat.v1.SparseTensorValue([[0, 1]], [1.0], [2, 2])
    spec = tf.SparseTensorSpec([None, 2], tf.int32)
    same = tf.SparseTensorSpec([3, None], tf.float32)
    return {
        "printed": [repr(spec), repr(tf.type_spec_from_value(x)), repr(tf.SparseTensorSpec())],
        "of_value": [repr(tf.SparseTensorSpec.from_value(v)) for v in (x, value)],
        "of_else": raised(lambda: tf.SparseTensorSpec.from_value(3)),
        "fields": [spec.shape, spec.dtype, spec.value_type],
        "compatible": [same.is_compatible_with(v) for v in (x, spec, tf.SparseTensorSpec([3, 4]), value)],
        "subtype": [tf.SparseTensorSpec([3, 4]).is_subtype_of(same), same.is_subtype_of(spec)],
        "common": repr(tf.SparseTensorSpec([3, 4]).most_specific_common_supertype([tf.SparseTensorSpec([3, 5])])),
        "equal": [spec == tf.SparseTensorSpec([None, 2], tf.int32), hash(spec) == hash(spec), spec == same],
        "batch": [repr(spec._batch(5)), repr(spec._unbatch()), raised(lambda: tf.SparseTensorSpec([])._unbatch())],
        "flat": [len(tf.nest.flatten(x, expand_composites=True)), len(tf.nest.flatten(x))],
        "rebuilt": tf.nest.map_structure(lambda t: t, x, expand_composites=True),
        "is_tensor": [tf.is_tensor(x), tf.is_tensor(value)],
    }


def _members(tf):
    x = _matrix(tf)
    y = _matrix(tf)
    y.set_shape([3, None])
    value = tf.compat.v1.SparseTensorValue(np.array([[0, 1]]), np.array([1.0]), np.array([2, 2]))
    convert = tf.compat.v1.convert_to_tensor_or_sparse_tensor
    return {
        "from_value": [tf.SparseTensor.from_value(value), tf.SparseTensor.from_value(x)],
        "from_else": raised(lambda: tf.SparseTensor.from_value([1])),
        "set_shape": [y.shape, raised(lambda: y.set_shape([4, 4])), raised(lambda: y.set_shape([3]))],
        "eager": [raised(lambda: x.graph), raised(lambda: x.eval()), x.consumers(), raised(lambda: x.op)],
        "python": [raised(lambda: len(x)), raised(lambda: list(x)), raised(lambda: x[0]), bool(x), x == x],
        "convert": [convert(value), convert([1, 2]), raised(lambda: convert(x, tf.int32))],
        "reflected": raised(lambda: 2.0 * x),
        "numpy": raised(lambda: x.numpy()),
    }


def _functions(tf):
    traces = []

    @tf.function
    def double(x):
        traces.append(repr(x.shape))
        return {"twice": x * 2.0, "dense": tf.sparse.to_dense(x)}

    @tf.function(input_signature=[tf.SparseTensorSpec([None, 4], tf.float32), tf.TensorSpec([4])])
    def rows(x, v):
        traces.append(repr(x.shape))
        return tf.sparse.sparse_dense_matmul(x, v[:, None])

    outer = _matrix(tf, 3.0)

    @tf.function
    def captures():
        return tf.sparse.reduce_sum(outer), outer

    more = tf.SparseTensor([[0, 0], [0, 1], [1, 1]], [1.0, 2.0, 3.0], [3, 4])
    results = [
        double(_matrix(tf)),
        double(more),
        double(tf.sparse.reset_shape(more, [5, 4])),
        rows(_matrix(tf), tf.range(4.0)),
        captures(),
        raised(lambda: rows(tf.zeros([2, 4]), tf.range(4.0))),
        repr(rows.get_concrete_function().structured_input_signature[0][0]),
    ]
    return results, traces


def _gradients(tf):
    x = _matrix(tf)
    weights = tf.Variable(tf.reshape(tf.range(8.0), [4, 2]))

    @tf.function
    def loss(x):
        return tf.reduce_sum(tf.sparse.sparse_dense_matmul(x, weights) ** 2)

    with tf.GradientTape() as tape:
        tape.watch(x.values)
        y = loss(x)
    of_values, of_weights = tape.gradient(y, [x.values, weights])
    with tf.GradientTape(persistent=True) as tape:
        refused = raised(lambda: tape.watch(x)), raised(lambda: tape.gradient(y, [x]))
        z = x * 3.0
    refused += (raised(lambda: tape.gradient(z, x.values)),)
    return y, of_values, of_weights, refused


def _control_flow(tf):
    @tf.function
    def chosen(x, flag):
        return tf.cond(flag, lambda: x * 2.0, lambda: tf.sparse.reorder(x))

    @tf.function
    def repeated(x, n):
        _, y = tf.while_loop(lambda i, y: i < n, lambda i, y: (i + 1, y * 2.0), [0, x])
        return y

    @tf.function
    def growing(n):
        x = tf.sparse.from_dense([[1.0, 0.0]])
        for _ in tf.range(n):
            x = tf.sparse.concat(0, [x, x])
        return x

    @tf.function
    def branches(x):
        y = x
        if tf.reduce_sum(x.values) > 1.0:
            y = x * 2.0
        return y

    x = _matrix(tf)
    return [
        chosen(x, tf.constant(True)),
        chosen(x, tf.constant(False)),
        repeated(x, tf.constant(3)),
        branches(x),
        tf.cond(tf.constant(True), lambda: x, lambda: x * 2.0),
        tf.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, y * 2.0), [0, x])[1],
        raised(lambda: growing(tf.constant(2))),
    ]


def _map_fn(tf):
    x = tf.sparse.from_dense([[1, 0, 2], [0, 0, 0], [0, 3, 4]])
    return [
        tf.map_fn(lambda row: tf.sparse.reduce_sum(row), x, fn_output_signature=tf.int32),
        tf.map_fn(lambda row: row * 2, x, fn_output_signature=tf.SparseTensorSpec([3], tf.int32)),
        tf.map_fn(
            lambda v: tf.sparse.from_dense([v, 0, v]),
            tf.constant([1, 0, 3]),
            fn_output_signature=tf.SparseTensorSpec([None], tf.int32),
        ),
    ]


def _datasets(tf):
    x = tf.sparse.from_dense([[1, 0, 2], [0, 0, 0], [0, 3, 4]])
    rows = tf.data.Dataset.from_tensor_slices(x)
    pairs = tf.data.Dataset.from_tensor_slices((x, tf.range(3)))
    return {
        "rows": [repr(rows.element_spec), list(rows)],
        "whole": list(tf.data.Dataset.from_tensors(x)),
        "mapped": list(rows.map(lambda r: tf.sparse.to_dense(r))),
        "batched": [repr(rows.batch(2).element_spec), list(rows.batch(2))],
        "unbatched": list(rows.batch(2).unbatch()),
        "pairs": list(pairs.map(lambda r, i: (r * 2, i)).batch(3)),
        "made": list(tf.data.Dataset.range(2).map(lambda i: tf.sparse.eye(2))),
        "filtered": list(rows.filter(lambda r: tf.size(r.values) > 0)),
    }


def _sessions(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        x = v1.sparse_placeholder(tf.float32, name="x")
        y = v1.sparse_placeholder(tf.float32, shape=[None, 3])
        total = v1.sparse_reduce_sum(x)
        value = v1.SparseTensorValue([[0, 1], [1, 0]], [1.0, 2.0], [2, 3])
        parts = (np.array([[0, 1]]), np.array([3.0]), np.array([2, 3]))
        constant = tf.sparse.eye(2)
        return [
            session.run([total, x], {x: value}),
            session.run(total, {x: parts}),
            session.run(v1.sparse_tensor_to_dense(y), {y: value}),
            [x.shape, y.shape, x.values.name, x.indices.name, x.dense_shape.name, x.op.name],
            constant.eval(),
            session.run(tf.sparse.concat(0, [x, x]), {x: value}),
        ]


def _placeholder_shapes(tf):
    """The shape of a placeholder may be overridden by what is fed; of what is fed, the rank is known."""
    v1 = tf.compat.v1
    fed = v1.SparseTensorValue([[0, 1]], [2.0], [4, 5])

    def run(make):
        with tf.Graph().as_default(), v1.Session() as session:
            x = v1.sparse_placeholder(tf.float32, make())
            dense = tf.sparse.to_dense(x)
            known = [x.shape, dense.shape, x.indices.shape, x.dense_shape.op.type]
            return known, session.run([dense, tf.shape(dense), tf.sparse.reduce_sum(x)], {x: fed})

    shapes = (None, [2, 3], (None, 3), [-1, 3], tf.TensorShape([4, 5]))
    found = [run(lambda s=s: s) for s in shapes]
    found.append(run(lambda: v1.placeholder(tf.int64, [2])))
    found.append(run(lambda: tf.constant([2, 3], tf.int64)))
    return found, raised(lambda: run(lambda: tf.TensorShape(None)))


def _old_names(tf):
    v1 = tf.compat.v1
    x, y = tf.sparse.from_dense([[1, 0], [2, 5]]), tf.sparse.from_dense([[0, 3], [4, 5]])
    ids = tf.SparseTensor([[0, 0], [1, 0], [1, 1]], tf.constant([1, 0, 2], tf.int64), [2, 3])
    return [
        v1.sparse_add(x, y, thresh=6),
        v1.sparse_concat(1, [x, y]),
        v1.sparse.concat(0, [x, y]),
        v1.sparse_reduce_max(x, reduction_axes=0, keep_dims=True),
        v1.sparse_reduce_sum_sparse(x, axis=1),
        v1.sparse_split(sp_input=x, num_split=2, axis=1),
        raised(lambda: v1.sparse_split(x, 2, 1)),
        v1.sparse_merge(ids, tf.SparseTensor(ids.indices, [1.0, 2.0, 3.0], [2, 3]), 4),
        v1.sparse_to_dense([[0, 1]], [2, 2], [7], default_value=-1),
        v1.sparse_to_dense([1, 3], [5], 2),
        v1.sparse_matmul(tf.ones([2, 3]), tf.ones([3, 2]), a_is_sparse=True),
        v1.sparse.matmul(tf.sparse.eye(2), tf.ones([2, 3])),
        v1.sparse_segment_sum(tf.ones([3, 2]), [0, 1], [0, 2], num_segments=4),
        [
            v1.sparse_reorder is tf.sparse.reorder,
            v1.sparse.to_dense is tf.sparse.to_dense,
            v1.sparse.add is v1.sparse_add,
        ],
    ]


def _mapped_in_session(tf):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x, y = (tf.sparse.from_dense(v) for v in ([[0.0, 1.0], [2.0, 0.0]], [[1.0, 0.0], [2.0, 0.0]]))
        return raised(lambda: session.run(tf.sparse.map_values(tf.add, x, y)))


CASES = [
    Program("printed", _printed),
    Program("spec", _spec),
    Program("members", _members),
    Program("functions", _functions),
    Program("gradients", _gradients),
    Program("control-flow", _control_flow),
    Program("map-fn", _map_fn),
    Program("datasets", _datasets),
    Program("sessions", _sessions),
    Program("placeholder-shapes", _placeholder_shapes),
    Program("old-names", _old_names),
    Program("map-values-in-session", _mapped_in_session),
]
