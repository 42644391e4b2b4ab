"""Variables in parts: partitioners, `get_variable` with one, `create_partitioned_variables`."""

from __future__ import annotations

from .runner import Program, raised


def _graph(fn):
    """Runs `fn(tf, tf.compat.v1, session)` in a graph of its own."""

    def program(tf):
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            return fn(tf, tf.compat.v1, session)

    return program


def _partitioners(tf):
    v1, shape = tf.compat.v1, tf.TensorShape([5, 4])
    counts = [v1.fixed_size_partitioner(3)(shape), v1.fixed_size_partitioner(9, axis=1)(shape, dtype=tf.int32)]
    for size in (1, 16, 40, 80, 1000):
        for dtype in (tf.float32, tf.string, tf.float64):
            for partitioner in (
                v1.variable_axis_size_partitioner(size),
                v1.variable_axis_size_partitioner(size, max_shards=2),
                v1.variable_axis_size_partitioner(size, axis=1, bytes_per_string_element=3),
                v1.min_max_variable_partitioner(3, min_slice_size=size),
                v1.min_max_variable_partitioner(30, axis=1, min_slice_size=size, bytes_per_string_element=3),
            ):
                counts.append(partitioner(shape, dtype))
    by_size = v1.variable_axis_size_partitioner
    return counts, [
        raised(lambda: by_size(0)),
        raised(lambda: by_size(1, bytes_per_string_element=0)),
        raised(lambda: by_size(4)([5, 4], tf.float32)),
        raised(lambda: by_size(4)(tf.TensorShape([None, 4]), tf.float32)),
        raised(lambda: v1.min_max_variable_partitioner(2, axis=3)(shape, tf.float32)),
    ]


def _parts(tf, v1, session):
    partitioner = v1.fixed_size_partitioner(2)
    v = v1.get_variable("v", [5, 3], initializer=v1.ones_initializer(), partitioner=partitioner)
    w = v1.get_variable("w", initializer=tf.reshape(tf.range(10.0), [5, 2]), partitioner=v1.fixed_size_partitioner(3))
    with v1.variable_scope("a", partitioner=v1.fixed_size_partitioner(2, axis=1)):
        x = v1.get_variable("x", [2, 5], regularizer=tf.reduce_sum, initializer=v1.zeros_initializer)
        scalar = v1.get_variable("scalar", [], initializer=v1.zeros_initializer())
    with v1.variable_scope("a", reuse=True):
        same = v1.get_variable("x", [2, 5]) is x
    session.run(v1.global_variables_initializer())
    described = [
        (p.name, p.shape, p.dtype, [(i.name, i.shape, i._get_save_slice_info().spec) for i in p]) for p in (v, w, x)
    ]
    collections = [[i.name for i in v1.get_collection(c)] for c in ("variables", "regularization_losses")]
    return described, same, scalar.name, collections, session.run([w.as_tensor(), tf.convert_to_tensor(w) * 2.0])


def _updates(tf, v1, session):
    v = v1.get_variable("v", initializer=tf.range(5.0), partitioner=v1.fixed_size_partitioner(2))
    loss = tf.reduce_sum(v.as_tensor() ** 2.0)
    updates = [v.assign(tf.range(5.0) * 2.0), v.assign_add(tf.ones([5])), v.assign_sub([[1.0, 2.0, 3.0], [4.0, 5.0]])]
    updates.append(v1.train.GradientDescentOptimizer(0.1).minimize(loss))
    with tf.control_dependencies(updates[1]):
        whole = v.as_tensor()
    session.run(v1.global_variables_initializer())
    values = [session.run(tf.gradients(loss, list(v)))]
    values += [session.run(v1.nn.embedding_lookup(v, [0, 1, 4], partition_strategy="div")), session.run(loss)]
    for update in updates:
        session.run(update)
        values.append(session.run(whole))
    return values, len(updates[0]), whole.op.control_inputs


def _initializers(tf, v1, session):
    seen = []

    def initializer(shape, dtype=None, partition_info=None):
        seen.append((partition_info.full_shape, partition_info.var_offset, partition_info.single_offset(shape)))
        return tf.zeros(shape, dtype)

    v1.get_variable("v", [5, 2], initializer=initializer, partitioner=v1.fixed_size_partitioner(2))
    created = v1.create_partitioned_variables([4, 2], [2, 1], v1.ones_initializer(), name="c")
    created += v1.create_partitioned_variables([4, 2], [1, 2], tf.reshape(tf.range(8), [4, 2]))
    session.run(v1.global_variables_initializer())
    return seen, [i.name for i in created], session.run(created)


def _errors(tf, v1, session):
    def get(partitioner, shape=(4, 2), name="v", reuse=None):
        with v1.variable_scope("", reuse=reuse):
            v1.get_variable(name, shape, partitioner=partitioner)

    two = v1.fixed_size_partitioner(2)
    get(two)
    get(None, name="whole")
    return [
        raised(lambda: get(two)),
        raised(lambda: get(None)),
        raised(lambda: get(v1.fixed_size_partitioner(4), reuse=True)),
        raised(lambda: get(two, shape=[5, 2], reuse=True)),
        raised(lambda: get(None, reuse=True)),
        raised(lambda: get(two, name="whole", reuse=True)),
        raised(lambda: get(two, name="none", reuse=True)),
        *[raised(lambda p=p: get(lambda shape, dtype: p, name="n")) for p in ([2, 2], [2], [0, 1], 3)],
        raised(lambda: get(3, name="n")),
        raised(lambda: get(two, shape=[None, 2], name="n")),
        raised(lambda: v1.create_partitioned_variables([4, 2], [2], v1.ones_initializer())),
        raised(lambda: v1.create_partitioned_variables([4, 2], [8, 1], v1.ones_initializer())),
    ]


def _identity_in_parts(tf, v1, session):
    found = []
    for axis in (0, 1):
        partitioner = v1.fixed_size_partitioner(2, axis)
        eye = v1.initializers.identity(2.0)
        whole = v1.get_variable(f"eye{axis}", [3, 2], initializer=eye, partitioner=partitioner)
        session.run(v1.global_variables_initializer())
        found += [session.run([tf.convert_to_tensor(part) for part in whole]), session.run(tf.convert_to_tensor(whole))]
    return found


CASES = [
    Program("identity-in-parts", _graph(_identity_in_parts)),
    Program("partitioners", _partitioners),
    Program("parts", _graph(_parts)),
    Program("updates", _graph(_updates)),
    Program("initializers", _graph(_initializers)),
    Program("errors", _graph(_errors)),
]
