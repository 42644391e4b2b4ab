"""`tf.data`: iterators, optionals, options and specs; datasets in functions; long pipelines."""

import collections

import numpy as np

from .cases_data_sources import shown
from .runner import Program, raised

Point = collections.namedtuple("Point", "x y")


def _iterators(tf):
    D = tf.data.Dataset
    it = iter(D.range(3))
    first = [next(it), it.get_next(), it.next()]
    ended = [raised(lambda: next(it)), raised(it.get_next), raised(lambda: it.get_next())]
    return [
        first,
        ended,
        it.element_spec,
        repr(it._type_spec),
        isinstance(it, tf.data.Iterator),
        isinstance(it, collections.abc.Iterator),
        iter(it) is it,
        [type(x).__name__ for x in (it, D.range(1), D.range(1).as_numpy_iterator())],
        [x.numpy() for x in D.range(3)],
        next(iter(D.from_tensors({"a": 1, "b": (2, Point(3, 4))}))),
    ]


def _numpy_iterators(tf):
    D = tf.data.Dataset
    found = list(D.from_tensor_slices({"a": [1, 2], "b": [[1.0], [2.0]], "c": ["x", "y"]}).as_numpy_iterator())
    array = next(D.from_tensors([1, 2]).as_numpy_iterator())
    windows = D.range(3).window(2)
    return [
        found,
        [type(e["a"]).__name__ for e in found],
        array.flags.writeable,
        next(D.from_tensors(Point(1, "s")).as_numpy_iterator()),
        raised(lambda: windows.as_numpy_iterator()),
        next(iter(D.range(2).as_numpy_iterator())),
        raised(lambda: next(D.range(0).as_numpy_iterator())),
    ]


def _optionals(tf):
    Optional = tf.experimental.Optional
    spec = tf.TensorSpec([], tf.int32)
    some, none = Optional.from_value({"a": 1, "b": [1, 2]}), Optional.empty(spec)
    it = iter(tf.data.Dataset.range(1))
    taken = [it.get_next_as_optional(), it.get_next_as_optional()]

    @tf.function
    def unwrap(optional):
        if optional.has_value():
            return optional.get_value()
        return tf.constant(-1, tf.int64)

    return [
        some.has_value(),
        some.get_value(),
        some.element_spec,
        repr(some._type_spec),
        none.has_value(),
        none.element_spec,
        raised(none.get_value),
        [o.has_value() for o in taken],
        taken[0].get_value(),
        raised(taken[1].get_value),
        repr(tf.OptionalSpec.from_value(none)),
        [unwrap(o) for o in taken],
        unwrap.experimental_get_tracing_count(),
        tf.data.experimental.get_next_as_optional(iter(tf.data.Dataset.range(3))).get_value(),
    ]


def _options(tf):
    D = tf.data.Dataset
    options = tf.data.Options()
    options.deterministic = False
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    options.threading.private_threadpool_size = 4
    options.experimental_optimization.map_parallelization = True
    other = tf.data.Options()
    other.experimental_slack = True
    r = D.range(3).with_options(options)
    both = r.map(lambda x: x).with_options(other)

    def set_unknown():
        options.unheard_of = 1

    def set_wrong():
        options.deterministic = 3

    def change_fixed():
        r.options().deterministic = True

    return [
        shown(r),
        repr(both),
        both.options().deterministic,
        both.options().experimental_slack,
        both.options().experimental_distribute.auto_shard_policy,
        both.options().threading.private_threadpool_size,
        D.range(3).options().deterministic,
        D.zip((r, D.range(1))).options().deterministic,
        r.options() == options,
        r.options() == other,
        options.merge(other).experimental_slack,
        tf.data.Options().experimental_distribute.auto_shard_policy,
        tf.data.Options().autotune.enabled,
        options.experimental_deterministic,
        raised(set_unknown),
        raised(set_wrong),
        raised(change_fixed),
    ]


def _specs(tf):
    D = tf.data.Dataset
    spec = tf.data.DatasetSpec(tf.TensorSpec([], tf.int64))
    nested = D.range(4).window(2)
    return [
        repr(spec),
        spec == tf.data.DatasetSpec(tf.TensorSpec([], tf.int64)),
        spec == tf.data.DatasetSpec(tf.TensorSpec([1], tf.int64)),
        spec.is_compatible_with(D.range(3)),
        spec.is_compatible_with(D.range(3).batch(1)),
        tf.data.DatasetSpec.from_value(D.range(3)) == spec,
        repr(tf.type_spec_from_value(D.range(3))),
        repr(nested.element_spec),
        nested.element_spec.element_spec,
        repr(tf.data.IteratorSpec(tf.TensorSpec([], tf.int64))),
        tf.data.experimental.get_structure(D.from_tensors((1, "a"))),
        raised(lambda: tf.data.experimental.get_structure(3)),
        [c.__name__ for c in type(D.range(1)).__mro__ if c.__name__ == "DatasetV2"][0],
        "tensorflow.python.data" in tf.data.Dataset.__module__,
        isinstance(D.range(1), tf.data.Dataset),
        isinstance(D.range(1), collections.abc.Iterable),
    ]


def _arguments_of_functions(tf):
    D = tf.data.Dataset

    @tf.function
    def take(it):
        return next(it)

    @tf.function
    def total(ds):
        s = tf.constant(0, tf.int64)
        for x in ds:
            s += x
        return s

    it = iter(D.range(3))
    return [
        [take(it), take(it), next(it)],
        raised(lambda: take(it)),
        take.experimental_get_tracing_count(),
        [total(D.range(5)), total(D.range(7).map(lambda x: x * 2))],
        total.experimental_get_tracing_count(),
        total(D.range(4).concatenate(D.range(4))),
        raised(lambda: total(D.from_tensors("a"))),
    ]


def _captures_of_functions(tf):
    D = tf.data.Dataset
    it = iter(D.range(10))
    ds = D.range(5).batch(2)

    @tf.function
    def three():
        s = tf.constant(0, tf.int64)
        for _ in tf.range(3):
            s += next(it)
        return s

    @tf.function
    def total():
        s = tf.constant(0, tf.int64)
        for x in ds:
            s += tf.reduce_sum(x)
        return s

    @tf.function
    def chosen(p):
        if p:  # noqa: SIM108
            x = next(it)
        else:
            x = tf.constant(-1, tf.int64)
        return x

    return [three(), three(), total(), total(), [chosen(tf.constant(p)) for p in (True, False, True)]]


def _datasets_made_in_functions(tf):
    D = tf.data.Dataset

    @tf.function
    def squares(n):
        ds = D.range(n).map(lambda x: x * n).batch(2)
        return ds.reduce(tf.constant(0, tf.int64), lambda s, x: s + tf.reduce_sum(x))

    @tf.function
    def by_hand():
        it = iter(D.range(3))
        a = next(it)
        b = it.get_next_as_optional()
        return a, b.has_value(), b.get_value()

    @tf.function
    def rows(x):
        s = tf.zeros([2])
        for row in D.from_tensor_slices(x):
            s += row
        return s

    @tf.function
    def mapped(ds):
        return ds.map(lambda x: x + 1)

    @tf.function
    def order():
        return D.range(6).shuffle(6, seed=1).reduce(np.int64(0), lambda s, x: s * 10 + x)

    @tf.function
    def single(x):
        ds = D.from_tensors(x).map(lambda y: y * 2)
        return ds.get_single_element(), ds.cardinality()

    @tf.function
    def length(ds):
        return len(ds)

    @tf.function
    def bad(n):
        return D.range(4).batch(n).cardinality()

    return [
        [squares(tf.constant(n, tf.int64)) for n in (5, 6)],
        [by_hand(), by_hand()],
        [rows(tf.ones([4, 2])), rows(tf.ones([3, 2]))],
        shown(mapped(D.range(3))),
        [order(), order()],
        single(tf.constant([1, 2])),
        length(D.range(4)),
        raised(lambda: bad(tf.constant(0, tf.int64))),
    ]


def _optional_loop(tf):
    @tf.function
    def total(ds):
        it = iter(ds)
        optional = it.get_next_as_optional()
        s = tf.constant(0, tf.int64)
        while optional.has_value():
            s += optional.get_value()
            optional = it.get_next_as_optional()
        return s

    @tf.function
    def of_pairs(it):
        optional = it.get_next_as_optional()
        n = 0
        while optional.has_value():
            n += tf.size(optional.get_value()[0])
            optional = it.get_next_as_optional()
        return n

    pairs = tf.data.Dataset.range(5).map(lambda x: (x, x * x)).batch(2)
    kept = tf.identity(tf.experimental.Optional.from_value((1, 2.0))._variant_tensor)
    has = tf.raw_ops.OptionalHasValue(optional=kept)
    return [total(tf.data.Dataset.range(5)), total(tf.data.Dataset.range(0)), of_pairs(iter(pairs)), has]


def _training(tf):
    w = tf.Variable(1.0)
    ds = tf.data.Dataset.from_tensor_slices(np.arange(12, dtype=np.float32)).shuffle(12, seed=3).batch(3)
    steps = []

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((w * x - 3 * x) ** 2)
        w.assign_sub(0.01 * tape.gradient(loss, w))
        return loss

    @tf.function
    def epoch(ds):
        for x in ds:
            step(x)

    for x in ds:
        steps.append(step(x))
    epoch(ds)
    for x in ds.repeat(2).prefetch(1):
        steps.append(step(x))
    return [steps, w]


def _many_elements(tf):
    D = tf.data.Dataset
    r = D.range(500)
    offset = tf.constant(3, tf.int64)

    def prefix(dataset):
        seen = []

        def run():
            for x in dataset:
                seen.append(int(x))

        return [raised(run), len(seen), sum(seen)]

    matrix = np.arange(24, dtype=np.float32).reshape(4, 6) / 7
    vectors = D.from_tensor_slices(np.arange(1200, dtype=np.float32).reshape(200, 6) / 100)
    mixed = r.map(lambda x: (x, tf.cast(x, tf.float32) / 3, x % 3 == 0))
    return [
        [int(x) for x in r.map(lambda x: x * x + offset)][::50],
        [int(x) for x in r.filter(lambda x: x % 7 == 0)],
        list(vectors.map(lambda v: tf.linalg.matvec(matrix, v)).batch(64)),
        list(mixed.batch(200)),
        prefix(r.map(lambda x: 1000 // (300 - x))),
        prefix(r.map(lambda x: 1000 // (300 - x)).map(lambda x: x + 1)),
        prefix(r.map(lambda x: 1000 // (300 - x)).ignore_errors()),
        [int(x) for x in r.shuffle(100, seed=1).map(lambda x: x + 1).repeat(2).batch(10).take(3).unbatch()],
        [[int(x) for x in d] for d in [D.range(40).shuffle(40, seed=1).repeat().map(lambda x: x * 2).take(60)] * 2],
        list(r.map(lambda x: tf.where(x > 250, x, -x)).skip(240).take(20).batch(20)),
        list(r.map(lambda x: tf.fill([x % 3], x)).skip(30).take(6)),
    ]


def _control_flow(tf):
    D = tf.data.Dataset
    w = tf.Variable(2.0)
    it = iter(D.range(6))

    @tf.function
    def branch(p, n):
        if p:
            return D.range(n).reduce(np.int64(0), lambda a, b: a + b)
        return n

    @tf.function
    def nested(n):
        s = tf.constant(0, tf.int64)
        for i in tf.range(n):
            for x in D.range(i):
                s += x
        return s

    @tf.function
    def inner():
        return next(it)

    @tf.function
    def outer():
        return inner() + inner()

    @tf.function
    def skipping(ds):
        n = tf.constant(0)
        for _, (x, y) in enumerate(ds):
            if tf.reduce_sum(y) > 5.0:
                continue
            n += tf.shape(x)[0]
        return n

    @tf.function
    def scaled():
        s = 0.0
        for x in D.from_tensor_slices([1.0, 2.0, 3.0]):
            s += x
        return w * s

    @tf.function
    def steps(iterator, n):
        for _ in tf.range(n):
            w.assign_add(tf.reduce_sum(next(iterator)))
        return w.read_value()

    with tf.GradientTape() as tape:
        loss = scaled()
    gradient = tape.gradient(loss, w)
    batches = iter(D.from_tensor_slices(np.arange(8, dtype=np.float32)).batch(2).repeat(3))
    pairs = D.from_tensor_slices((np.ones((7, 2), np.float32), np.arange(7, dtype=np.float32))).batch(2)
    four = tf.constant(4, tf.int64)
    return [
        [branch(tf.constant(p), four) for p in (True, False)],
        nested(four),
        [outer(), outer()],
        skipping(pairs),
        [loss, gradient],
        [steps(batches, tf.constant(3)), steps(batches, tf.constant(5))],
    ]


def _names_of_version_1(tf):
    v1 = tf.compat.v1.data
    ds = tf.data.Dataset.from_tensors({"a": 1, "b": [1.0, 2.0]}).batch(2)
    return [
        v1.get_output_types(ds),
        v1.get_output_shapes(ds),
        [c.__name__ for c in v1.get_output_classes(ds).values()],
        v1.make_one_shot_iterator(ds).get_next(),
    ]


CASES = [
    Program(f.__name__.strip("_").replace("_", "-"), f)
    for f in (
        _iterators,
        _numpy_iterators,
        _optionals,
        _options,
        _specs,
        _arguments_of_functions,
        _captures_of_functions,
        _datasets_made_in_functions,
        _optional_loop,
        _training,
        _many_elements,
        _control_flow,
        _names_of_version_1,
    )
]
