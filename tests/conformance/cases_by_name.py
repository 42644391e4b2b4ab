"""One case each for symbols that other cases reach through tables of names only, or not at all."""

import os
import tempfile

import numpy as np

from .inputs import arr, f32
from .runner import Case, Program, raised

IMAGE, VOLUME = f32(1, 6, 6, 2), f32(1, 4, 4, 4, 2)


def _assertions(tf):
    d = tf.debugging
    x = tf.constant([1, 2])
    checks = [
        lambda y: d.assert_greater_equal(x, y),
        lambda y: d.assert_less_equal(x, y),
        lambda y: d.assert_negative(y),
        lambda y: d.assert_non_negative(y),
        lambda y: d.assert_non_positive(y),
        lambda y: d.assert_none_equal(x, y),
        lambda y: d.assert_rank_at_least(y, 1),
        lambda y: d.assert_rank_in(y, (0, 2)),
    ]
    return [raised(lambda c=c, v=v: c(tf.constant(v))) for c in checks for v in ([1, 2], [-3, 4], 5)]


def _files(tf):
    g = tf.io.gfile
    with tempfile.TemporaryDirectory() as folder:
        path = g.join(folder, "a", "b")
        g.makedirs(path)
        g.mkdir(g.join(folder, "c"))
        with g.GFile(g.join(path, "x.txt"), "w") as file:
            file.write("one\ntwo")
        g.copy(g.join(path, "x.txt"), g.join(folder, "y.txt"))
        g.rename(g.join(folder, "y.txt"), g.join(folder, "z.txt"))
        walked = [
            (os.path.relpath(at, folder), sorted(folders), sorted(files))
            for at, folders, files in sorted(g.walk(folder))
        ]
        found = [
            sorted(g.listdir(folder)),
            walked,
            [os.path.basename(p) for p in g.glob(g.join(folder, "*.txt"))],
            [g.exists(path), g.isdir(path), g.exists(path + "?"), g.stat(g.join(folder, "z.txt")).length],
            raised(lambda: g.copy(g.join(path, "x.txt"), g.join(folder, "z.txt"))),
            raised(lambda: g.remove(g.join(folder, "none"))),
        ]
        g.remove(g.join(folder, "z.txt"))
        g.rmtree(g.join(folder, "a"))
        return found, g.listdir(folder)


def _examples(tf):
    t = tf.train
    features = {
        "i": t.Feature(int64_list=t.Int64List(value=[1, -2])),
        "f": t.Feature(float_list=t.FloatList(value=[0.5])),
        "b": t.Feature(bytes_list=t.BytesList(value=[b"x", b""])),
    }
    example = t.Example(features=t.Features(feature=features))
    again = t.Example.FromString(example.SerializeToString())
    steps = t.FeatureLists(feature_list={"s": t.FeatureList(feature=[features["i"], features["f"]])})
    sequence = t.SequenceExample(context=t.Features(feature=features), feature_lists=steps)
    return [str(again.features.feature["b"]), again == example, len(sequence.SerializeToString()), str(sequence)]


def _of_version_2(tf):
    c = tf.compat
    shape = tf.TensorShape([2, None])
    return [
        [c.dimension_at_index(shape, 0) == 2, c.dimension_value(shape[1]), c.dimension_value(shape[0])],
        [c.path_to_str("a"), isinstance(1, c.integral_types), isinstance(1.0, c.real_types)],
        [isinstance(1j, c.complex_types), isinstance(b"", c.bytes_or_text_types)],
        c.forward_compatible(2019, 1, 1),
        [tf.version.GRAPH_DEF_VERSION_MIN_CONSUMER, tf.version.GRAPH_DEF_VERSION_MIN_PRODUCER],
        [d.name for d in (tf.qint16, tf.qint32, tf.quint16, tf.uint32)],
        sorted(d.name for d in tf.dtypes.QUANTIZED_DTYPES),
        [a.name for a in tf.random.Algorithm],
        [tf.data.experimental.AUTOTUNE, tf.data.experimental.INFINITE_CARDINALITY],
        [tf.data.experimental.UNKNOWN_CARDINALITY, tf.data.experimental.SHARD_HINT],
        [tf.__internal__.tf2.enabled(), isinstance(tf.constant(1), tf.__internal__.types.Tensor)],
        [tf.is_symbolic_tensor(tf.constant(1)), isinstance(tf.constant(1), tf.__internal__.EagerTensor)],
    ]


def _old_transformations(tf):
    e, ds = tf.data.experimental, tf.data.Dataset
    r = ds.range(6)
    applied = [
        r.apply(e.map_and_batch(lambda x: x + 1, 4)),
        r.apply(e.unique()),
        r.batch(4).apply(e.unbatch()),
        r.apply(e.scan(tf.constant(0, tf.int64), lambda s, x: (s + x, s * x))),
        r.apply(e.take_while(lambda x: x < 3)),
        r.apply(e.enumerate_dataset(3)),
        r.apply(e.parallel_interleave(lambda x: ds.from_tensors(x).repeat(2), 2)),
        r.apply(e.group_by_window(lambda x: x % 2, lambda k, d: d.batch(4), window_size=4)),
        r.apply(e.bucket_by_sequence_length(lambda x: tf.cast(x, tf.int32), [3], [2, 2])),
        r.apply(e.shuffle_and_repeat(10, 2, seed=4)).reduce(tf.constant(0, tf.int64), lambda a, x: a + x),
        e.choose_from_datasets([r, ds.range(10, 13)], ds.from_tensor_slices(np.array([1, 0, 1]))),
        e.sample_from_datasets([r.take(0), r], [0.0, 1.0]),
        ds.from_tensor_slices([1.0, 0.0, 4.0]).map(lambda x: tf.debugging.check_numerics(1 / x, "x")),
        e.Counter(3, 2).take(3),
    ]
    applied[-2] = applied[-2].apply(e.ignore_errors())
    variant = e.from_variant(e.to_variant(r), r.element_spec)
    return [list(d) if isinstance(d, ds) else d for d in (*applied, variant)]


def _samplers(tf):
    r = tf.random
    true = [[1, 2]]
    return [
        r.all_candidate_sampler(true, 2, 5, True),
        r.fixed_unigram_candidate_sampler(true, 2, 3, False, 4, unigrams=[1.0, 2.0, 3.0, 4.0], seed=5),
    ]


def _elementwise_dispatch(tf):
    e = tf.experimental

    class Masked(e.ExtensionType):
        values: tf.Tensor
        mask: tf.Tensor

    @e.dispatch_for_unary_elementwise_apis(Masked)
    def _unary(api, x):
        return Masked(api(x.values), x.mask)

    @e.dispatch_for_binary_elementwise_apis(Masked, Masked)
    def _binary(api, x, y):
        return Masked(api(x.values, y.values), x.mask & y.mask)

    m = Masked([1.0, 4.0], [True, False])
    try:
        found = tf.sqrt(m) + m
        return found.values, found.mask
    finally:
        for target in (_unary, _binary):
            e.unregister_dispatch_for(target)


CASES = [
    Case("avg-pool", lambda tf, x: tf.nn.avg_pool(x, 2, 2, "SAME"), [IMAGE], grad=True),
    Case("avg-pool1d", lambda tf, x: tf.nn.avg_pool1d(x, 2, 1, "VALID"), [f32(2, 5, 3)], grad=True),
    Case("max-pool1d", lambda tf, x: tf.nn.max_pool1d(x, 3, 2, "SAME"), [f32(2, 5, 3)], grad=True),
    Case("avg-pool3d", lambda tf, x: tf.nn.avg_pool3d(x, 2, 2, "VALID"), [VOLUME], grad=True),
    Case(
        "erosion2d",
        lambda tf, x, k: tf.nn.erosion2d(x, k, [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]),
        [IMAGE, f32(2, 2, 2)],
        grad=True,
    ),
    Case(
        "global-normalization",
        lambda tf, x, m, v, b, g: tf.nn.batch_norm_with_global_normalization(x, m, tf.abs(v), b, g, 1e-3, True),
        [IMAGE, f32(2), f32(2), f32(2), f32(2)],
        grad=True,
        rtol=1e-4,
    ),
    Case("space-to-batch", lambda tf, x: tf.space_to_batch_nd(x, [2, 3], [[0, 0], [0, 0]]), [IMAGE], grad=True),
    Case("foldr", lambda tf, x: tf.foldr(lambda a, v: a * 0.5 + v, x), [f32(4)], grad=True),
    Case("guarantee-const", lambda tf, x: tf.guarantee_const(x), [f32(3)]),
    Case("shape-n", lambda tf, x, y: tf.shape_n([x, y]), [f32(3, 2), f32(0)]),
    Case("segment-ids", lambda tf, s: tf.ragged.row_splits_to_segment_ids(s), [arr([0, 3, 3, 5], "int64")]),
    Case("sparse-segment-sum", lambda tf, x: tf.sparse.segment_sum(x, [0, 2, 1], [0, 0, 2]), [f32(3, 2)], grad=True),
    Case("sparse-root", lambda tf, x: tf.sparse.segment_sqrt_n(x, [0, 2, 1], [0, 0, 2]), [f32(3, 2)], grad=True),
    Case("sets-intersection", lambda tf, a, b: tf.sets.intersection(a, b), [arr([[1, 2, 2]]), arr([[2, 3, 1]])]),
    Case("sets-difference", lambda tf, a, b: tf.sets.difference(a, b), [arr([[1, 2, 4]]), arr([[2, 3, 1]])]),
    Case("sets-union", lambda tf, a, b: tf.sets.union(a, b), [arr([[1, 2, 4]]), arr([[2, 3, 1]])]),
    *(
        Program(f.__name__.strip("_").replace("_", "-"), f)
        for f in (
            _assertions,
            _files,
            _examples,
            _of_version_2,
            _old_transformations,
            _samplers,
            _elementwise_dispatch,
        )
    ),
]
