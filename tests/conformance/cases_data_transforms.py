"""`tf.data`: mapping, choosing, ordering, batching."""

import collections
import os
import tempfile

import numpy as np

from .cases_data_sources import shown
from .runner import Program, raised

Point = collections.namedtuple("Point", "x y")


def _map_structures(tf):
    D = tf.data.Dataset
    r = D.range(4)
    pairs = D.from_tensor_slices(([1, 2], [3.0, 4.0]))
    named = D.from_tensor_slices(Point([1, 2], [3, 4]))
    return [
        shown(r.map(lambda x: x * 2)),
        shown(r.map(lambda x: (x, tf.cast(x, tf.float32) / 2))),
        shown(r.map(lambda x: [x, x + 1])),
        shown(r.map(lambda x: {"a": x, "b": (x, [x, x])})),
        shown(r.map(lambda x: 1)),
        shown(r.map(lambda x: np.float64(2.5))),
        shown(r.map(lambda x: tf.strings.join(["a", "b"]))),
        shown(pairs.map(lambda a, b: tf.cast(a, tf.float32) + b)),
        shown(pairs.map(lambda *both: both[1])),
        shown(named.map(lambda p: p.x - p.y)),
        shown(D.from_tensor_slices({"a": [1, 2]}).map(lambda d: d["a"])),
        shown(D.from_tensor_slices(((1, 2), ((3, 4), (5, 6)))).map(lambda a, b: a + b[0] + b[1])),
        shown(r.map(lambda x: tf.reshape(tf.range(x), [-1]))),
        shown(r.map(tf.function(lambda x: x + 1))),
        shown(r.map(lambda x: x + 1, num_parallel_calls=2)),
        shown(r.map(lambda x: x + 1, num_parallel_calls=tf.data.AUTOTUNE)),
        shown(r.map(lambda x: tf.py_function(lambda v: v * 3, [x], tf.int64))),
        shown(r.map(lambda x: tf.numpy_function(lambda v: v * 3, [x], tf.int64), num_parallel_calls=2)),
    ]


def _map_traces(tf):
    D = tf.data.Dataset
    traced = []

    def noted(x):
        traced.append(x.shape.as_list())
        return x

    one = D.range(3).map(noted)
    list(one), list(one)
    D.from_tensor_slices([[1, 2]]).batch(2).map(noted)
    return traced


def _map_captures(tf):
    D = tf.data.Dataset
    v = tf.Variable(2, dtype=tf.int64)
    scale = tf.constant(10, tf.int64)
    ds = D.range(3).map(lambda x: x * v + scale)
    before = shown(ds)
    v.assign(5)
    counted = tf.Variable(0, dtype=tf.int64)

    def count(x):
        counted.assign_add(1)
        return x + counted

    return [before, shown(ds), shown(D.range(3).map(count)), counted]


def _map_autograph(tf):
    D = tf.data.Dataset

    def branch(x):
        if x > 1:
            return x * 10
        return x

    def collatz(x):
        n = tf.constant(0, tf.int64)
        while x > 1:
            x = x // 2
            n += 1
        return n

    def odd(x):
        result = False
        if x % 2 == 1:
            result = True
        return result

    return [
        shown(D.range(4).map(branch)),
        shown(D.range(6).map(collatz)),
        shown(D.range(6).filter(odd)),
        shown(D.range(4).map(lambda x: x if x > 2 else -x)),
    ]


def _map_random(tf):
    D = tf.data.Dataset
    tf.random.set_seed(3)
    seeded = D.range(3).map(lambda x: tf.random.uniform([]))
    op_seeded = D.range(3).map(lambda x: tf.random.uniform([2], seed=5))
    return [
        [shown(seeded)[2], shown(seeded)[2]],
        shown(op_seeded)[2],
        shown(op_seeded.repeat(2))[2],
        shown(D.range(3).map(lambda x: tf.random.stateless_uniform([2], seed=[x, 1])))[2],
    ]


def _map_errors(tf):
    D = tf.data.Dataset
    r = D.range(4)

    def prefix(dataset):
        seen = []

        def run():
            for x in dataset:
                seen.append(x)

        return [raised(run), seen]

    def fails(x):
        raise ZeroDivisionError("no")

    def stops(x):
        raise StopIteration

    return [
        raised(lambda: r.map(1)),
        raised(lambda: r.map(lambda x, y: x)),
        raised(lambda: r.enumerate().map(lambda x: x)),
        raised(lambda: r.map(lambda x: x.numpy())),
        raised(lambda: r.map(lambda x: 1 / 0)),
        raised(lambda: r.map(lambda x: object())),
        raised(lambda: r.map(lambda x: None)),
        raised(lambda: r.map(lambda x: tf.Variable(1.0))),
        raised(lambda: r.map(lambda x: x, num_parallel_calls=0)),
        prefix(r.map(lambda x: 6 // (2 - x))),
        prefix(r.map(lambda x: tf.numpy_function(fails, [x], tf.int64))),
        prefix(r.map(lambda x: tf.numpy_function(stops, [x], tf.int64))),
        prefix(r.map(lambda x: tf.debugging.check_numerics(1 / tf.cast(2 - x, tf.float32), "bad"))),
        prefix(r.map(lambda x: 6 // (2 - x)).ignore_errors()),
        prefix(r.map(lambda x: 6 // (2 - x), num_parallel_calls=2).prefetch(1)),
        prefix(r.filter(lambda x: 6 // (2 - x) > 0)),
    ]


def _after_an_error(tf):
    it = iter(tf.data.Dataset.range(4).map(lambda x: 6 // (1 - x)))
    return [next(it), raised(lambda: next(it)), next(it), next(it), raised(lambda: next(it)), raised(it.get_next)]


def _filters(tf):
    D = tf.data.Dataset
    r = D.range(6)
    return [
        shown(r.filter(lambda x: x % 2 == 0)),
        shown(r.enumerate().filter(lambda i, x: i > 3)),
        shown(r.take_while(lambda x: x < 3)),
        shown(r.take_while(lambda x: x > 3)),
        shown(D.from_tensor_slices([1, 1, 3, 2, 3]).unique()),
        shown(D.from_tensor_slices(["b", "a", "b"]).unique()),
        raised(lambda: r.filter(lambda x: x)),
        raised(lambda: r.take_while(lambda x: x)),
        raised(lambda: D.from_tensor_slices([1.0]).unique()),
    ]


def _choices(tf):
    D = tf.data.Dataset
    r = D.range(6)
    return [
        *[shown(r.take(n)) for n in (0, 2, 9, -1)],
        *[shown(r.skip(n)) for n in (0, 2, 9, -1)],
        *[shown(r.shard(n, i)) for n, i in ((2, 0), (2, 1), (4, 3), (9, 8))],
        *[shown(r.take(2).repeat(n), 7) for n in (0, 1, 3, -1, None)],
        shown(r.take(0).repeat()),
        shown(r.take(2).concatenate(r.skip(4))),
        shown(D.from_tensors(1).concatenate(D.from_tensors([1]))),
        shown(r.take(tf.constant(3))),
        raised(lambda: r.take("a")),
        raised(lambda: r.repeat(1.5)),
        raised(lambda: r.shard(2, 2)),
        raised(lambda: r.shard(0, 0)),
        raised(lambda: r.concatenate(D.from_tensors("a"))),
        raised(lambda: r.concatenate(D.zip((r, r)))),
        shown(r.apply(lambda d: d.take(1))),
        raised(lambda: r.apply(lambda d: 1)),
    ]


def _shuffles(tf):
    D = tf.data.Dataset
    r = D.range(20)
    passes = r.shuffle(6, seed=5)
    fixed = r.shuffle(6, seed=5, reshuffle_each_iteration=False)
    tf.random.set_seed(11)
    first, second = r.shuffle(30), r.shuffle(4)
    both = r.shuffle(4, seed=2)
    results = [
        [shown(passes), shown(passes)],
        [shown(fixed), shown(fixed)],
        [shown(first), shown(second), shown(first)],
        shown(both),
        shown(D.range(5).shuffle(3, seed=1).repeat(3)),
        shown(D.range(5).shuffle(10, seed=1).repeat(3).batch(4)),
        shown(D.range(5).repeat(3).shuffle(7, seed=1)),
        shown(D.range(5).shuffle(5, seed=1, reshuffle_each_iteration=False).repeat(2)),
        shown(D.range(5).shuffle(1, seed=1)),
        shown(D.range(5).shuffle(tf.data.UNKNOWN_CARDINALITY, seed=1)),
        shown(D.range(40).shuffle(8, seed=4).shuffle(8, seed=5).map(lambda x: x), 40),
        raised(lambda: r.shuffle(0)),
        raised(lambda: r.shuffle(-1)),
        raised(lambda: r.shuffle("a")),
    ]
    tf.random.set_seed(None)
    return results


def _batches(tf):
    D = tf.data.Dataset
    r = D.range(5)
    return [
        shown(r.batch(2)),
        shown(r.batch(2, drop_remainder=True)),
        shown(r.batch(5, drop_remainder=True)),
        shown(r.batch(9)),
        shown(r.batch(9, drop_remainder=True)),
        shown(r.batch(2, num_parallel_calls=2, deterministic=True)),
        shown(r.batch(2).batch(2)),
        shown(r.batch(2).batch(2, drop_remainder=True)),
        shown(D.from_tensor_slices({"a": [1, 2, 3], "b": ["x", "y", "z"]}).batch(2)),
        shown(D.from_tensor_slices(np.arange(24.0).reshape(4, 3, 2)).batch(3)),
        shown(D.from_tensors((1, None)).repeat(3).batch(2).map(lambda x, y: x)),
        shown(r.map(lambda x: tf.cast(x, tf.bfloat16)).batch(3)),
        shown(r.batch(2).unbatch()),
        shown(D.from_tensors(([1, 2], ["a", "b"])).unbatch()),
        shown(r.batch(4).rebatch(3)),
        shown(r.batch(4).rebatch(2, drop_remainder=True)),
        shown(r.batch(2).rebatch([1, 3])),
        raised(lambda: r.batch(0)),
        raised(lambda: r.batch("a")),
        raised(lambda: r.batch(2.5)),
        raised(lambda: r.unbatch()),
        raised(lambda: r.rebatch(2)),
        raised(lambda: list(r.map(lambda x: tf.range(x)).batch(2))),
        raised(lambda: list(D.from_tensors(([1, 2], [1])).unbatch())),
    ]


def _padded(tf):
    D = tf.data.Dataset
    ragged = D.range(1, 5).map(lambda x: tf.fill([x], x))
    pair = ragged.map(lambda x: (x, tf.cast(x, tf.float32)))
    return [
        shown(ragged.padded_batch(2)),
        shown(ragged.padded_batch(2, padded_shapes=[None])),
        shown(ragged.padded_batch(2, padded_shapes=[5], padding_values=tf.constant(-1, tf.int64))),
        shown(ragged.padded_batch(3, padded_shapes=[-1], drop_remainder=True)),
        shown(pair.padded_batch(2, padded_shapes=([None], [6]), padding_values=(np.int64(7), 0.5))),
        shown(pair.padded_batch(2)),
        shown(D.from_tensor_slices(["a", "b"]).map(lambda s: tf.fill([2], s)).padded_batch(2, [3])),
        shown(D.range(4).padded_batch(3)),
        raised(lambda: D.range(3).padded_batch(2, padded_shapes=[3])),
        raised(lambda: D.from_tensor_slices([[1, 2]]).padded_batch(2, padded_shapes=[1])),
        raised(lambda: list(ragged.padded_batch(2, padded_shapes=[1]))),
        raised(lambda: ragged.padded_batch(2, padding_values=1.5)),
        raised(lambda: ragged.padded_batch(2, padding_values=tf.constant([1], tf.int64))),
    ]


def _windows(tf):
    r = tf.data.Dataset.range(7)
    pairs = tf.data.Dataset.zip((r, r))
    flat = r.window(3, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(3))
    return [
        *[
            [repr(w), int(w.cardinality()), [[int(x) for x in part] for part in w]]
            for w in (
                r.window(3),
                r.window(3, drop_remainder=True),
                r.window(3, shift=2),
                r.window(3, shift=2, stride=2),
                r.window(2, shift=4),
                r.window(3, 1, 2, True),
                r.window(9),
            )
        ],
        shown(flat),
        shown(pairs.window(3).flat_map(lambda a, b: tf.data.Dataset.zip((a, b.skip(1))))),
        raised(lambda: r.window(0)),
        raised(lambda: r.window(2, shift=0)),
    ]


def _nested(tf):
    D = tf.data.Dataset
    r = D.range(4)
    return [
        shown(r.flat_map(lambda x: D.range(x))),
        shown(r.flat_map(lambda x: D.from_tensor_slices([x, x * 10]).map(lambda y: y + x))),
        shown(r.interleave(lambda x: D.range(x * 10, x * 10 + 3), cycle_length=2)),
        shown(r.interleave(lambda x: D.range(x * 10, x * 10 + 3), cycle_length=3, block_length=2)),
        shown(r.interleave(lambda x: D.range(x), cycle_length=1)),
        shown(r.interleave(lambda x: D.from_tensors(x).repeat(2), cycle_length=2, num_parallel_calls=2)),
        shown(
            D.range(10)
            .group_by_window(lambda x: x % 3, lambda key, group: group.batch(4), window_size=4)
            .map(lambda b: b)
        ),
        shown(
            D.range(6).group_by_window(
                lambda x: x % 2,
                lambda key, group: group.map(lambda x: x * 10 + key),
                window_size_func=lambda key: key + 1,
            )
        ),
        shown(
            D.range(1, 8)
            .map(lambda x: tf.fill([x], x))
            .bucket_by_sequence_length(lambda x: tf.shape(x)[0], [3, 5], [2, 2, 2])
        ),
        shown(
            D.range(1, 8)
            .map(lambda x: tf.fill([x], x))
            .bucket_by_sequence_length(
                lambda x: tf.size(x), [3, 9], [2, 3, 2], pad_to_bucket_boundary=True, drop_remainder=True
            )
        ),
        raised(lambda: r.interleave(lambda x: D.range(x), cycle_length=0)),
        raised(lambda: r.group_by_window(lambda x: x, lambda k, d: d)),
    ]


def _states(tf):
    D = tf.data.Dataset
    r = D.range(1, 5)
    zero = np.int64(0)
    return [
        r.reduce(zero, lambda total, x: total + x),
        r.reduce((zero, 1.0), lambda state, x: (state[0] + x, state[1] / 2)),
        r.reduce({"n": 0}, lambda state, _: {"n": state["n"] + 1}),
        D.zip((r, r)).reduce(zero, lambda total, pair: total + pair[0] * pair[1]),
        r.reduce(tf.constant([], tf.int64), lambda seen, x: tf.concat([seen, [x]], 0)),
        D.range(0).reduce(7, lambda total, x: total),
        shown(r.scan(zero, lambda total, x: (total + x, total * 10))),
        shown(D.zip((r, r)).scan(zero, lambda total, pair: (total + pair[1], (total, pair[0])))),
        shown(r.scan((zero, 1), lambda s, x: ((s[0] + x, s[1] + 1), s))),
        raised(lambda: r.reduce(0, lambda total, x: total + x)),
        raised(lambda: r.reduce(0, lambda total, x: "a")),
        raised(lambda: r.reduce(zero, lambda total, x: (total, x))),
        raised(lambda: r.scan(0, lambda total, x: total)),
    ]


def _file_cache(D):
    calls = []

    def generate():
        calls.append("pass")
        yield from [(1, "a"), (2, "b")]

    prefix = os.path.join(tempfile.mkdtemp(), "cache")
    source = D.from_generator(generate, ("int32", "string"), ((), ()))
    cached = source.cache(prefix)
    return [shown(cached), shown(cached), shown(source.cache(prefix)), calls]


def _working_ahead(tf):
    D = tf.data.Dataset
    started = []

    def generate():
        for i in range(5):
            started.append(i)
            yield i

    source = D.from_generator(generate, output_signature=tf.TensorSpec([], tf.int32))
    cached = source.cache()
    results = [
        shown(D.range(50).prefetch(1), 50),
        shown(D.range(50).prefetch(tf.data.AUTOTUNE).batch(7).prefetch(2)),
        shown(D.range(5).prefetch(0)),
        [shown(cached), shown(cached), len(started)],
        shown(D.range(4).cache().shuffle(4, seed=1).repeat(2)),
        raised(lambda: D.range(3).prefetch(-2)),
        _file_cache(D),
    ]
    for _ in source.prefetch(2).take(1):
        pass
    return results


def _assertions(tf):
    D = tf.data.Dataset
    expect = tf.data.experimental.assert_cardinality
    return [
        shown(D.range(5).filter(lambda x: True).apply(expect(5))),
        len(D.range(5).filter(lambda x: True).apply(expect(7))),
        raised(lambda: list(D.range(5).apply(expect(7)))),
        raised(lambda: list(D.range(5).apply(expect(3)))),
        D.from_tensors((1, "a")).get_single_element(),
        tf.data.experimental.get_single_element(D.range(1)),
        raised(lambda: D.range(2).get_single_element()),
        raised(lambda: D.range(0).get_single_element()),
        len(D.range(5)),
        bool(D.range(0)),
        raised(lambda: len(D.range(5).repeat())),
        raised(lambda: len(D.range(5).filter(lambda x: True))),
        tf.data.experimental.cardinality(D.range(5)),
        [tf.data.AUTOTUNE, tf.data.INFINITE_CARDINALITY, tf.data.UNKNOWN_CARDINALITY],
    ]


def _flat_map_of_no_dataset(tf):
    return tf.data.Dataset.range(2).flat_map(lambda x: x)


CASES = [
    *(
        Program(f.__name__.strip("_").replace("_", "-"), f)
        for f in (
            _map_structures,
            _map_traces,
            _map_captures,
            _map_autograph,
            _map_random,
            _map_errors,
            _after_an_error,
            _filters,
            _choices,
            _shuffles,
            _batches,
            _padded,
            _windows,
            _nested,
            _states,
            _working_ahead,
            _assertions,
        )
    ),
    Program(
        "flat-map-of-no-dataset",
        _flat_map_of_no_dataset,
        accept={"TypeError": "TensorFlow's own check of the result fails with an AttributeError"},
    ),
]
