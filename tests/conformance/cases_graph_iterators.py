"""Datasets in graphs of TensorFlow 1: their iterators in sessions, and the datasets of `tf.compat.v1.data`."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised


def in_graph(body):
    """The results of `body(tf, v1, session)` in a graph of its own."""

    def program(tf):
        v1 = tf.compat.v1
        with tf.Graph().as_default(), v1.Session() as session:
            return body(tf, v1, session)

    return program


def _all(tf, session, fetches):
    found = []
    while len(found) < 50:
        try:
            found.append(session.run(fetches))
        except tf.errors.OutOfRangeError:
            break
    return found


def _initializable(tf, v1, session):
    n = v1.placeholder(tf.int64, [])
    squares = tf.data.Dataset.range(n).map(lambda x: x * x).batch(2)
    iterator = v1.data.make_initializable_iterator(squares)
    x = iterator.get_next()
    found = [raised(lambda: session.run(x)), x.shape, x.op.type, iterator.initializer.type, iterator.output_types]
    for size in (3, 5):
        session.run(iterator.initializer, {n: size})
        found.append(_all(tf, session, x))
    return found


def _one_shot(tf, v1, session):
    w = v1.get_variable("w", [2], initializer=v1.ones_initializer())
    rows = np.arange(6, dtype="f").reshape(3, 2)
    dataset = tf.data.Dataset.from_tensor_slices((rows, np.arange(3))).repeat(2).shuffle(10, seed=1)
    iterator = v1.data.make_one_shot_iterator(dataset)
    a, b = iterator.get_next()
    session.run(v1.global_variables_initializer())
    kinds = type(iterator).__name__, iterator._iterator_resource.op.type, raised(lambda: iterator.initializer)
    first = session.run([tf.reduce_sum(a * w), b])
    with v1.Session() as other:
        afresh = other.run(b)
    return kinds, first, session.run([a, b]), afresh, len(_all(tf, session, a))


def _one_shot_refused(tf, v1, session):
    size = v1.placeholder(tf.int64, [])
    w = v1.get_variable("w", [], tf.int64)
    plain = tf.data.Dataset.range(3)
    return [
        raised(lambda: v1.data.make_one_shot_iterator(tf.data.Dataset.range(size))),
        raised(lambda: v1.data.make_one_shot_iterator(plain.map(lambda x: x + w))),
        raised(lambda: iter(plain)),
    ]


def _of_composites(tf, v1, session):
    parts = {"a": tf.sparse.from_dense([[1, 0]]), "b": (tf.ragged.constant([[1], [2, 3]]), "s")}
    element = v1.data.make_one_shot_iterator(tf.data.Dataset.from_tensors(parts)).get_next()
    found = session.run(element)
    return list(found["a"]), found["b"][0].to_list(), found["b"][1]


def _by_handle(tf, v1, session):
    dataset = tf.data.Dataset.range(5)
    own = v1.data.make_one_shot_iterator(dataset)
    text = v1.placeholder(tf.string, [])
    given = v1.data.Iterator.from_string_handle(
        text, v1.data.get_output_types(dataset), v1.data.get_output_shapes(dataset)
    )
    x = given.get_next()
    handle = session.run(own.string_handle())
    found = [session.run(x, {text: handle}), session.run(own.get_next()), session.run(x, {text: handle})]
    return found, type(handle).__name__, x.shape, raised(lambda: session.run(x, {text: b"none"}))


def _by_structure(tf, v1, session):
    iterator = v1.data.Iterator.from_structure(tf.int64, tf.TensorShape([]))
    x = iterator.get_next()
    some, others = tf.data.Dataset.range(2), tf.data.Dataset.range(5, 8)
    starts = [iterator.make_initializer(some), iterator.make_initializer(others, name="others")]
    found = [raised(lambda: session.run(x)), starts[1].name, raised(lambda: iterator.initializer)]
    for start in starts:
        session.run(start)
        found.append(_all(tf, session, x))
    wrong = [tf.data.Dataset.from_tensors(v) for v in (1.0, np.ones(2, "i8"), (1, 2))]
    return found, [raised(lambda d=d: iterator.make_initializer(d)) for d in wrong]


def _sparse_structure(tf, v1, session):
    dataset = tf.data.Dataset.from_tensors(tf.sparse.from_dense([[1, 0]]))
    kinds = [f(dataset) for f in (v1.data.get_output_types, v1.data.get_output_shapes, v1.data.get_output_classes)]
    iterator = v1.data.Iterator.from_structure(kinds[0], kinds[1], output_classes=kinds[2])
    session.run(iterator.make_initializer(dataset))
    return list(session.run(iterator.get_next())), iterator.output_shapes, iterator.output_classes.__name__


def _optional(tf, v1, session):
    iterator = v1.data.make_initializable_iterator(tf.data.Dataset.range(2), shared_name="shared")
    element = iterator.get_next_as_optional()
    has, value = element.has_value(), element.get_value()
    session.run(iterator.initializer)
    return session.run([has, value]), session.run(value), session.run(has), raised(lambda: session.run(value))


def _several(tf, v1, session):
    x = v1.data.make_one_shot_iterator(tf.data.Dataset.range(6))
    pairs = session.run([x.get_next(), x.get_next()])
    again = v1.data.make_initializable_iterator(tf.data.Dataset.range(5).shuffle(5, seed=3))
    y = again.get_next()
    orders = []
    for _ in range(2):
        session.run(again.initializer)
        orders.append(_all(tf, session, y))
    return sorted(pairs), session.run(x.get_next()), orders


def _training(tf, v1, session):
    rows = np.linspace(-1, 1, 24, dtype="f").reshape(12, 2)
    dataset = v1.data.Dataset.from_tensor_slices((rows, rows @ [1.0, 2.0])).repeat().batch(4)
    x, y = dataset.make_one_shot_iterator().get_next()
    w = v1.get_variable("w", [2], initializer=v1.zeros_initializer())
    loss = tf.reduce_mean((tf.linalg.matvec(x, w) - tf.cast(y, tf.float32)) ** 2)
    step = v1.train.GradientDescentOptimizer(0.3).minimize(loss)
    session.run(v1.global_variables_initializer())
    return [session.run([loss, step])[0] for _ in range(7)], session.run(w)


def _datasets_of_version_1(tf):
    v1 = tf.compat.v1.data
    d = v1.Dataset.range(3)
    kinds = [
        type(x).__name__ for x in (d, d.map(lambda x: x), d.batch(2), v1.Dataset.zip((d, d)), d.apply(lambda x: x))
    ]
    sparse = tf.sparse.from_dense([[1, 0], [0, 2]])
    return [
        kinds,
        isinstance(d, tf.data.Dataset),
        repr(d),
        [d.output_types, d.output_shapes, d.output_classes.__name__],
        list(d.map_with_legacy_function(lambda x: x + 1).filter_with_legacy_function(lambda x: x > 1)),
        d.make_one_shot_iterator().get_next(),
        list(v1.Dataset.from_sparse_tensor_slices(sparse)),
        raised(lambda: v1.Dataset.from_sparse_tensor_slices(1)),
        raised(lambda: d.make_initializable_iterator()),
        [type(v1.TextLineDataset("x")).__name__, isinstance(v1.TFRecordDataset("x"), v1.Dataset)],
    ]


def _tables(tf, v1, session):
    init = v1.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([0, 1], tf.int64))
    table, words = v1.lookup.StaticHashTable(init, -1), v1.lookup.StaticVocabularyTable(init, 2)
    hashed = v1.lookup.StaticVocabularyTable(None, 2)
    ids = table.lookup(tf.constant(["b", "q"]))
    found = [raised(lambda: session.run(ids)), isinstance(table, tf.lookup.StaticHashTable)]
    session.run([table.initializer, words.initializer, hashed.initializer])
    return found, session.run([ids, words.lookup(tf.constant(["b", "q"])), hashed.lookup(tf.constant(["b", "q"]))])


CASES = [
    *(
        Program(f.__name__.strip("_").replace("_", "-"), in_graph(f))
        for f in (
            _initializable,
            _one_shot,
            _one_shot_refused,
            _of_composites,
            _by_handle,
            _by_structure,
            _sparse_structure,
            _optional,
            _several,
            _training,
            _tables,
        )
    ),
    Program("datasets-of-version-1", _datasets_of_version_1),
]
