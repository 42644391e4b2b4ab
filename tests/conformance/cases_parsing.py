"""`tf.io.parse_example` and its like: `tf.train.Example`s as tensors."""

from __future__ import annotations

from tfshim import protos

from .inputs import arr
from .runner import Case, Program, raised


def _feature(values):
    if isinstance(values[0] if values else 0.0, (bytes, str)):
        return protos.Feature(bytes_list=protos.BytesList(value=[v.encode() for v in values]))
    if isinstance(values[0] if values else 0.0, int):
        return protos.Feature(int64_list=protos.Int64List(value=values))
    return protos.Feature(float_list=protos.FloatList(value=values))


def _features(**values):
    return protos.Features(feature={k: _feature(v) for k, v in values.items()})


def _example(**values):
    return protos.Example(features=_features(**values)).SerializeToString(deterministic=True)


def _sequence(context, **lists):
    found = {k: protos.FeatureList(feature=[_feature(v) for v in steps]) for k, steps in lists.items()}
    message = protos.SequenceExample(
        context=_features(**context), feature_lists=protos.FeatureLists(feature_list=found)
    )
    return message.SerializeToString(deterministic=True)


EXAMPLES = [
    _example(age=[3], pair=[0.5, 1.5], words=["a", "bc"], ids=[3, 1], weights=[0.5, 0.7], steps=[1.0, 2.0, 3.0, 4.0]),
    _example(age=[4], words=[], ids=[2], weights=[0.25], steps=[]),
    _example(age=[5], pair=[2.5, 3.5], words=["d"], ids=[], weights=[], steps=[5.0, 6.0]),
]
PARTS = [
    _example(
        v=[1.0, 2.0, 3.0], lengths=[2, 1], splits=[0, 2, 3], starts=[0, 2], limits=[2, 3], ids=[0, 0, 2], out=[1, 1]
    ),
    _example(v=[], lengths=[], splits=[0], starts=[], limits=[], ids=[], out=[]),
    _example(v=[4.0], lengths=[0, 1], splits=[0, 0, 1], starts=[0, 0], limits=[0, 1], ids=[1], out=[0, 2]),
]
SEQUENCES = [
    _sequence({"n": [7], "c": ["x", "y"]}, f=[[1.0, 2.0], [3.0, 4.0]], w=[["a"], [], ["b", "c"]], r=[[1], [2, 3]]),
    _sequence({"n": [8]}, f=[[5.0, 6.0]], w=[["d"]]),
]


def _all_kinds(tf):
    io = tf.io
    return {
        "age": io.FixedLenFeature([], tf.int64),
        "pair": io.FixedLenFeature([2], tf.float32, default_value=[9.0, 8.0]),
        "words": io.VarLenFeature(tf.string),
        "steps": io.FixedLenSequenceFeature([2], tf.float32, allow_missing=True, default_value=-1.0),
        "missing": io.FixedLenFeature((), tf.string, "none"),
        "sparse": io.SparseFeature("ids", "weights", tf.float32, 10),
    }


def _ragged_kinds(tf):
    made = tf.io.RaggedFeature
    parts = {
        "lengths": made.RowLengths("lengths"),
        "splits": made.RowSplits("splits"),
        "starts": made.RowStarts("starts"),
        "limits": made.RowLimits("limits"),
        "row-ids": made.ValueRowIds("ids"),
        "uniform": made.UniformRowLength(1),
    }
    found = {name: made(tf.float32, "v", [part]) for name, part in parts.items()}
    found["uniform-rows"] = made(tf.float32, "v", [made.UniformRowLength(1), made.RowSplits("splits")])
    found["rows-uniform"] = made(tf.float32, "v", [made.RowSplits("splits"), made.UniformRowLength(1)])
    found["v"] = made(tf.float32, row_splits_dtype=tf.int32)
    found["two"] = made(tf.float32, "v", [made.RowLengths("out"), made.RowLengths("lengths")])
    return found


def _sequence_kinds(tf):
    io = tf.io
    context = {"n": io.FixedLenFeature([], tf.int64), "c": io.VarLenFeature(tf.string)}
    steps = {
        "f": io.FixedLenSequenceFeature([2], tf.float32),
        "w": io.VarLenFeature(tf.string),
        "r": io.RaggedFeature(tf.int64),
        "none": io.FixedLenSequenceFeature([], tf.int64, allow_missing=True),
    }
    return context, steps


def _ordered(tree):
    return [tree[k] for k in sorted(tree)] if isinstance(tree, dict) else [_ordered(t) for t in tree]


def _in_dataset(tf):
    data = tf.data.Dataset.from_tensor_slices(EXAMPLES)
    single = data.map(lambda s: _ordered(tf.io.parse_single_example(s, {"age": tf.io.FixedLenFeature([], tf.int64)})))
    kinds = {"age": tf.io.FixedLenFeature([1], tf.int64), "words": tf.io.VarLenFeature(tf.string)}
    batched = data.batch(2).map(lambda s: _ordered(tf.io.parse_example(s, kinds)))
    return [[v for (v,) in single], [[a, tf.sparse.to_dense(w)] for a, w in batched]]


def _errors(tf):
    io = tf.io

    def parse(**features):
        return raised(lambda: io.parse_example(EXAMPLES, features))

    fixed, sequence = io.FixedLenFeature, io.FixedLenSequenceFeature
    return [
        parse(),
        parse(age=fixed([2], tf.int64)),
        parse(age=fixed([1], tf.float32)),
        parse(age=fixed([1], tf.int32)),
        parse(age=fixed(None, tf.int64)),
        parse(age=fixed([1], None)),
        parse(age=fixed([None], tf.int64)),
        parse(none=fixed([1], tf.int64)),
        parse(age=fixed([1], tf.int64, [1, 2])),
        parse(steps=sequence([], tf.float32)),
        parse(steps=sequence([3], tf.float32, allow_missing=True)),
        parse(words=io.VarLenFeature(None)),
        parse(s=io.SparseFeature("", "weights", tf.float32, 10)),
        parse(s=io.SparseFeature("ids", "weights", tf.float32, 10), ids=fixed([2], tf.int64)),
        parse(age=3),
        raised(lambda: io.parse_example(EXAMPLES, {"age": fixed([1], tf.int64)}, example_names=["a"])),
        raised(lambda: io.parse_single_example(EXAMPLES, {"age": fixed([], tf.int64)})),
        raised(lambda: io.parse_sequence_example(SEQUENCES)),
        raised(lambda: io.parse_sequence_example(SEQUENCES, {"n": sequence([], tf.int64)})),
        raised(lambda: io.parse_sequence_example(SEQUENCES, None, {"n": fixed([], tf.int64)})),
        raised(lambda: io.parse_sequence_example(SEQUENCES, None, {"n": sequence([], tf.int64)})),
        raised(lambda: io.parse_sequence_example(SEQUENCES, None, {"f": sequence([3], tf.float32)})),
        raised(lambda: io.RaggedFeature(tf.int64, "v", [3])),
        raised(lambda: io.RaggedFeature(tf.int64, 3)),
        raised(lambda: io.RaggedFeature(tf.int64, row_splits_dtype=tf.float32)),
        raised(lambda: io.decode_json_example("{")),
    ]


JSON = '{"features": {"feature": {"age": {"int64List": {"value": ["7"]}}}}}'
BATCH, PART, SEQUENCE = arr(EXAMPLES, "string"), arr(PARTS, "string"), arr(SEQUENCES, "string")


def _refused_kinds(tf):
    """What is no string: one class of error in eager mode, another in graphs."""
    features = {"a": tf.io.FixedLenFeature([], tf.int64)}
    parse = tf.io.parse_example, tf.io.parse_sequence_example
    single = tf.io.parse_single_example, tf.io.parse_single_sequence_example
    return [
        (raised(lambda f=f, x=x: f(x, features)), raised(lambda f=f, x=x: tf.function(f)(tf.constant(x), features)))
        for fns, given in ((parse, ([1], [])), (single, (1, [1])))
        for f in fns
        for x in given
    ]


CASES = [
    Case("batch", lambda tf, x: _ordered(tf.io.parse_example(x, _all_kinds(tf))), [BATCH]),
    Case("single", lambda tf, x: _ordered(tf.io.parse_single_example(x[0], _all_kinds(tf))), [BATCH]),
    Case("ragged", lambda tf, x: _ordered(tf.io.parse_example(x, _ragged_kinds(tf))), [PART]),
    Case("ragged-single", lambda tf, x: _ordered(tf.io.parse_single_example(x[0], _ragged_kinds(tf))), [PART]),
    Case(
        "sparse-matrix",
        lambda tf, x: tf.io.parse_example(
            x, {"s": tf.io.SparseFeature(["ids", "ids"], "weights", tf.float32, [10, 5])}
        )["s"],
        [BATCH],
    ),
    Case(
        "v1",
        lambda tf, x: _ordered(tf.compat.v1.parse_example(x, {"age": tf.io.FixedLenFeature([1], tf.int64)}, "n")),
        [BATCH],
    ),
    Case("sequences", lambda tf, x: _ordered(tf.io.parse_sequence_example(x, *_sequence_kinds(tf))), [SEQUENCE]),
    Case(
        "sequence", lambda tf, x: _ordered(tf.io.parse_single_sequence_example(x[0], *_sequence_kinds(tf))), [SEQUENCE]
    ),
    Program("dataset", _in_dataset),
    Program("errors", _errors),
    Program("order", lambda tf: list(tf.io.parse_example(EXAMPLES, _all_kinds(tf)))),
    Program(
        "json",
        lambda tf: tf.io.parse_example(tf.io.decode_json_example([JSON]), {"age": tf.io.FixedLenFeature([], tf.int64)}),
    ),
    Program(
        "features",
        lambda tf: [
            repr(tf.io.FixedLenFeature([], tf.int64)),
            repr(tf.io.SparseFeature("a", "b", tf.int64, 3)),
            tf.io.VarLenFeature(tf.int64) == tf.io.VarLenFeature(tf.int64),
            tf.io.RaggedFeature(tf.int64).row_splits_dtype,
            tf.io.RaggedFeature.RowSplits("k").key,
        ],
    ),
    Program("refused-kinds", _refused_kinds),
]
