"""Array ops at their edges: huge sizes, quantized numbers, lists of tensors, wrong arguments, half-known shapes."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32, py
from .runner import Case, Program, raised

GRAPH = {"modes": ("eager",), "reason": "a graph is built within"}
QUANTIZED = ("qint8", "quint8", "qint16", "quint16", "qint32")


def in_graph(build, *shapes, dtype="float32"):
    """What `build(tf, *placeholders)` gives in a graph of its own: the shape of a tensor, or the error's class."""

    def run(tf):
        with tf.Graph().as_default():
            inputs = [tf.compat.v1.placeholder(dtype, s) for s in shapes]
            return raised_or(lambda: build(tf, *inputs))

    return run


def raised_or(call):
    """What a call gives, tensors by their shapes; or the class of its error."""
    try:
        result = call()
    except Exception as error:
        return type(error).__name__
    results = result if isinstance(result, (list, tuple)) else [result]
    return [str(r.shape) if hasattr(r, "op") else r for r in results]


def _reshapes(tf):
    """The static shape, or the error, of many reshapes."""
    wanted = [[-1], [-1, -1], [-2, 1], [-1, 0], [2, 0], [2, 3], [-1, 3], [1, 1], [3, 4], [], [2, -1, 2]]
    have = [None, [4], [None], [7, 0, 5], [7, 5], [None, 5], [None, 0], [4, 0], [4, 4], [None, 3], [None, None], [2, 3]]
    return [in_graph(lambda tf, x, w=w: tf.reshape(x, w), h)(tf) for h in have for w in wanted]


def _blocks(tf, x, move):
    """Shapes or errors for good and bad blocks and margins."""
    arguments = [
        ([2, 2], [[0, 0], [0, 0]]),
        ([2, 2], [[0, 0]]),
        ([0, 2], [[0, 0], [0, 0]]),
        ([[2, 2]], [[0, 0], [0, 0]]),
        ([2, 2], [[0, -1], [0, 0]]),
        ([2, 2], [[3, 2], [0, 0]]),
        ([3, 2], [[0, 1], [0, 0]]),
        ([2, 2], [[0, 0, 0], [0, 0, 0]]),
        (tf.compat.v1.placeholder("int32", [2]), [[0, 0], [0, 0]]),
        (tf.compat.v1.placeholder("int32", [3]), tf.compat.v1.placeholder("int32", [2, 2])),
    ]
    return [str(raised_or(lambda b=block, p=pairs: move(x, b, p))) for block, pairs in arguments]


def _messages(tf, calls):
    """What is said, up to the node, of errors in a graph."""
    said = []
    for call in calls:
        try:
            with tf.Graph().as_default():
                call()
        except (TypeError, ValueError) as error:
            said.append(str(error).split(" for '{{node")[0])
    return said


def _index_types(tf):
    """The dtype in which a graph keeps an index or shape argument."""
    with tf.Graph().as_default():
        x = tf.zeros([2, 1])
        made = [
            (tf.reshape(x, np.array([1, 2])), "Tshape"),
            (tf.reshape(x, np.array([1, 2], np.int16)), "Tshape"),
            (tf.reshape(x, [1, 2]), "Tshape"),
            (tf.reshape(tf.zeros([0]), [2**33, 0]), "Tshape"),
            (tf.reduce_sum(x, np.int64(0)), "Tidx"),
            (tf.transpose(x, np.array([1, 0])), "Tperm"),
            (tf.expand_dims(x, np.array(0)), "Tdim"),
            (tf.pad(x, np.array([[0, 1], [0, 0]])), "Tpaddings"),
        ]
        return [t.op.get_attr(attr) for t, attr in made]


def _quantized(tf):
    results = []
    for name in QUANTIZED:
        x = tf.cast([1, 2, 3], name)
        moved = tf.stack([x, x]), tf.concat([x, x], 0), tf.reshape(x, [3, 1]), tf.identity(x)
        results.append([(t.dtype.name, t.numpy().tolist()) for t in moved])
        results.append(tf.function(lambda x=x: tf.cast(tf.concat([x, x], 0), "int32"))().numpy().tolist())
    return results


def _uncountable(tf):
    """Shapes whose number of elements no integer holds."""
    huge = [2**31 - 1] * 3
    return [
        raised(lambda: tf.tile([[[1.0]]], huge)),
        raised(lambda: tf.broadcast_to(1.0, huge)),
        raised(lambda: tf.fill(huge, 1.0)),
        raised(lambda: tf.scatter_nd([[0, 0, 0]], [1.0], huge)),
        raised(tf.function(lambda: tf.tile([[[1.0]]], huge))),
    ]


CASES = [
    Program("uncountable", _uncountable),
    Program("reshape-static", _reshapes),
    Program("index-types", _index_types),
    Program("quantized", _quantized),
    Program(
        "quantized-casts",
        lambda tf: [tf.cast(tf.cast([1.5, 300.0, -5.0], q), "int32").numpy().tolist() for q in QUANTIZED],
    ),
    Program("quantized-no-kernel", lambda tf: [raised(lambda: tf.nn.relu(tf.cast([1, 2], "qint8")))]),
    Program(
        "huge-sizes",
        lambda tf: [
            tf.reshape(tf.zeros([0]), [2**33, 0]).shape,
            tf.broadcast_to(tf.zeros([1, 0]), [2**33, 0]).shape,
            tf.tile(tf.zeros([1, 0]), [2**33, 0]).shape,
            tf.fill([2**33, 0], 1.0).shape,
            raised(lambda: tf.reshape(tf.zeros([1]), [2**40, 2**40])),
            [raised(lambda p=p: tf.pad([1.0, 2.0], p)) for p in ([[10**14, 0]], [[0, 2**40]], [[2**62, 2**62]])],
            raised(lambda: tf.shape(tf.zeros([2**33, 0]))),
            raised(lambda: tf.convert_to_tensor(tf.TensorShape([2**31]), dtype=tf.int32)),
        ],
    ),
    Case(
        "reshape-too-many",
        lambda tf: tf.reshape(tf.zeros([1]), [2**40, 2**40]),
        message={"eager": ["too many elements"]},
    ),
    Case("reshape-indivisible", "reshape", [f32(35), py([17, -1])], message={"function": ["evenly divisible by 17"]}),
    Program(
        "unfit-dtypes",
        lambda tf: _messages(
            tf,
            [
                lambda: tf.constant(1) + tf.constant(2.0),
                lambda: tf.stack([tf.constant(1), tf.constant(2.0)]),
                lambda: tf.where(tf.constant(1), 1, 2),
                lambda: tf.strings.length(tf.constant(1)),
                lambda: tf.strings.join([tf.constant(1), "a"]),
                lambda: tf.raw_ops.LogicalAnd(x=1, y=True),
            ],
        ),
    ),
    Case("unfit-string", lambda tf, x, s: tf.matmul(x, s), [f32(1, 1), py([["a"]])], message=["string"]),
    # Lists that hold tensors: to a dtype that is asked for, all are cast.
    *(
        Case(f"list-{name}", fn)
        for name, fn in {
            "cast": lambda tf: tf.convert_to_tensor([tf.constant(1.5), 2], dtype=tf.int32),
            "cast-nested": lambda tf: tf.convert_to_tensor(
                [[tf.constant(1), 2.5], [3, tf.constant(2.5)]], dtype=tf.float32
            ),
            "hint": lambda tf: tf.convert_to_tensor([tf.constant(1.5), tf.constant(2)], dtype_hint=tf.float64),
            "mixed": lambda tf: tf.convert_to_tensor([tf.constant(1), tf.constant(2.0)]),
            "operand": lambda tf: tf.add([1.0, 2.0], [tf.constant(3), 4]),
            "shape": lambda tf: tf.fill([tf.constant(2.5), 1], 3),
            "small-shape": lambda tf: tf.reshape([1.0, 2.0], [tf.constant(1, tf.int16), 2]),
        }.items()
    ),
    *(
        Case(
            f"concat-offset-{name}",
            lambda tf, axis=axis, shapes=shapes: tf.raw_ops.ConcatOffset(concat_dim=axis, shape=shapes),
        )
        for name, axis, shapes in [
            ("negative", -2, [[2, 3, 5], [2, 7, 5], [2, 20, 5]]),
            ("no-axis", 4, [[2, 3, 5], [2, 7, 5]]),
            ("differ", 1, [[2, 3, 5], [2, 7, 6]]),
            ("no-vector", 0, [[[2, 3]], [[2, 7]]]),
        ]
    ),
    *(
        Program(
            f"parallel-concat-{i}",
            in_graph(lambda tf, x, s=s: tf.raw_ops.ParallelConcat(values=[x, x], shape=s), given),
        )
        for i, (given, s) in enumerate(
            [([1], [2]), ([1], []), (None, [2]), ([2], [2]), ([1, 4], [2, 5]), ([None], [2])]
        )
    ),
    Case("parallel-concat-empty", lambda tf: tf.raw_ops.ParallelConcat(values=[[0], [1]], shape=[0])),
    Case("parallel-concat-differ", lambda tf: tf.raw_ops.ParallelConcat(values=[[0], [1]], shape=[2, 2])),
    *(
        Program(
            f"scatter-scalar-{name}",
            lambda tf, name=name: getattr(tf.Variable([1.0, 2.0, 3.0]), name)(
                tf.IndexedSlices(tf.constant(5.0), tf.constant(1))
            ),
        )
        for name in ("scatter_add", "scatter_update", "scatter_max", "scatter_div")
    ),
    Case("constant-shape", lambda tf: tf.constant([1, 2, 3], shape=[4]), message={"function": ["(4,)", "(3,)"]}),
    Program("placeholder-default", in_graph(lambda tf, x: tf.compat.v1.placeholder_with_default(x, None), [2])),
    *(
        Program(f"select-static-{i}", in_graph(lambda tf, c, x: tf.raw_ops.Select(condition=c > 0, x=x, y=x), *shapes))
        for i, shapes in enumerate(
            [([2], [8, 3]), ([2, 1], [8, 3]), ([1], [8, 3]), ([2], []), ([], [2]), ([2], [None, 3])]
        )
    ),
    Program("reduce-axes-matrix", in_graph(lambda tf, x: tf.reduce_sum(x, [[0], [1]]), [2, 2])),
    *(
        Case(
            f"{name}-{source}-{target}",
            lambda tf, x, name=name, source=source, target=target: getattr(tf.raw_ops, name)(
                x=x, src_format=source, dst_format=target
            ),
            [arr(x, "int32")],
        )
        for name, source, target, x in [
            ("DataFormatDimMap", "NHWC", "NCHW", [0, 1, -1, -4, 5]),
            ("DataFormatDimMap", "NDHWC", "NCDHW", 1),
            ("DataFormatDimMap", "NHWC", "NXHW", [1]),
            ("DataFormatVecPermute", "NHWC", "NCHW", [7, 4, 9, 3]),
            ("DataFormatVecPermute", "NCHW", "NHWC", [[7, 4], [1, 2]]),
            ("DataFormatVecPermute", "1234", "4312", [[7, 4], [1, 2], [3, 4], [5, 6]]),
            ("DataFormatVecPermute", "NDHWC", "NCDHW", [7, 4, 1]),
            ("DataFormatVecPermute", "NHWC", "HWCN", [7, 4, 9]),
            ("DataFormatVecPermute", "HW", "WH", [7, 4]),
        ]
    ),
    *(
        Program(f"{name}-static", in_graph(lambda tf, x, name=name: _blocks(tf, x, getattr(tf, name)), [4, 2, 2, 1]))
        for name in ("space_to_batch", "batch_to_space")
    ),
    Program("space-to-batch-rank", in_graph(lambda tf, x: tf.space_to_batch(x, [2, 2], [[0, 0], [0, 0]]), [1, 2])),
    Program(
        "space-to-batch-unknown",
        in_graph(
            lambda tf, x, p: [
                tf.space_to_batch(x, [2, 2], tf.cast(p, "int32")),
                tf.raw_ops.SpaceToBatch(input=x, paddings=tf.cast(p, "int32"), block_size=2),
            ],
            [3, 2, 2, 5],
            [2, 2],
        ),
    ),
    Program(
        "space-to-batch-v1",
        lambda tf: [
            tf.compat.v1.space_to_batch(tf.ones([1, 2, 2, 1]), [[1, 1], [0, 0]], 2),
            tf.compat.v1.batch_to_space(tf.ones([4, 1, 2, 1]), [[0, 0], [0, 1]], block_size=2),
            raised(lambda: tf.compat.v1.batch_to_space(tf.ones([4, 1, 2, 1]), [[0, 0], [0, 1]], 2, block_shape=2)),
            raised(lambda: tf.raw_ops.SpaceToBatch(input=tf.ones([1, 2, 2]), paddings=[[0, 0], [0, 0]], block_size=2)),
        ],
    ),
    Program(
        "bincount-sparse",
        lambda tf: [
            tf.math.bincount(tf.sparse.from_dense([[1, 0, 2], [2, 3, 0]])),
            tf.math.bincount(tf.sparse.from_dense([[1, 0, 2], [2, 3, 0]]), axis=-1, maxlength=3),
            raised(lambda: tf.math.bincount([1, 2], weights=tf.sparse.from_dense([1.0, 2.0]))),
        ],
    ),
    *(
        Program(f"{name}-static", in_graph(build, *shapes))
        for name, build, *shapes in [
            ("tile-open", lambda tf, x: tf.tile(x, [2, -1]), [1, 2]),
            ("tile-part", lambda tf, x, n: tf.tile(x, [tf.cast(n, "int32"), 7]), [1, 1], None),
            ("pad-part", lambda tf, x, row: tf.pad(x, [[1, 2], tf.cast(row, "int32")]), [4, 4], None),
            ("split-count", lambda tf, x: tf.split(x, [1, 3], num=3), [4, 6]),
            ("split-count-unknown", lambda tf, x: tf.split(x, [1, 3], num=3), None),
            ("tile-rank", lambda tf, x: tf.tile(x, [1, 2]), [1, 2, 3]),
            ("pad-rows", lambda tf, x, p: tf.pad(x, tf.cast(p, "int32")), [3, 4], [3, 2]),
            ("pad-columns", lambda tf, x, p: tf.pad(x, tf.cast(p, "int32")), [3, 4], [2, 3]),
            ("roll-differ", lambda tf, x: tf.roll(x, [1, 2], [0]), [3, 4]),
            ("broadcast-open", lambda tf, x: tf.broadcast_to(x, [2, -1]), [1]),
            ("unique-matrix", lambda tf, x: tf.unique(x), [2, 3]),
            ("unique-unknown", lambda tf, x: tf.unique(x), None),
            ("unique-counts-matrix", lambda tf, x: tf.unique_with_counts(x), [2, 3]),
            ("unique-far-axis", lambda tf, x: tf.raw_ops.UniqueV2(x=x, axis=[2]), [2, 3]),
            ("unique-two-axes", lambda tf, x: tf.raw_ops.UniqueV2(x=x, axis=[0, 1]), [2, 3]),
            ("unique-scalar-axis", lambda tf, x: tf.raw_ops.UniqueV2(x=x, axis=0), [2, 3]),
            ("unique-no-axis-matrix", lambda tf, x: tf.raw_ops.UniqueV2(x=x, axis=np.zeros(0, np.int64)), [2, 3]),
            ("unique-of-scalar", lambda tf, x: tf.raw_ops.UniqueV2(x=x, axis=[0]), []),
        ]
    ),
    *(
        Program(
            f"linspace-unknown-rank-{axis}-{num}",
            lambda tf, axis=axis, num=num: tf.function(
                lambda x, n: tf.linspace(x, x + 1.0, num or n, axis=axis),
                input_signature=[tf.TensorSpec(None), tf.TensorSpec([], tf.int32)],
            )(tf.constant([1.0, 2.0]), 3),
        )
        for axis, num in [(0, 4), (-1, None), (1, 1)]
    ),
    Case(
        "split-indivisible",
        "split",
        [f32(4, 6), py(3)],
        message={"eager": ["should evenly divide"], "function": ["should evenly divide", "by 3 but is 4"]},
    ),
    Case("split-axis-vector", "split", [f32(4, 6), py(2), py([0])], message={"eager": ["must be a scalar"]}),
    Case("reverse-sequence-axis", "reverse_sequence", [f32(2, 3), py([1, 2]), py(2)], message=["seq_dim must be <"]),
    Case("broadcast-refused", "broadcast_to", [f32(2), py([2, 1])], message={"eager": ["[2]", "[2,1]"]}),
    Case("unravel-overflow", "unravel_index", [py([1]), arr([2**20, 2**20], "int32")], message={"eager": ["overflow"]}),
    *(
        Case(f"{name}-refused", fn, message=said)
        for name, fn, said in [
            ("segment-scalar", lambda tf: tf.math.segment_sum(1.0, [0]), ["at least rank 1"]),
            ("segment-negative", lambda tf: tf.math.segment_sum([1.0], [-1]), {"eager": ["must be >= 0"]}),
            ("diag-part-scalar", lambda tf: tf.linalg.diag_part(1.0), {"function": ["at least rank 2 but is rank 0"]}),
            ("set-diag-scalar", lambda tf: tf.linalg.set_diag([[1.0]], 1.0), {"function": ["at least rank 1"]}),
            ("sobol-vector", lambda tf: tf.math.sobol_sample([3], 4), {"eager": ["dim must be a scalar"]}),
            ("approx-top-k-few", lambda tf: tf.math.approx_max_k([1.0, 2.0], 3), {"eager": ["Had 2, needed 3"]}),
        ]
    ),
    Case("expint-edges", "math.special.expint", [arr([0.0, -0.0, -1.0, np.inf, 1e-30, 2.0])]),
    Program(
        "not-one-type",
        lambda tf: [
            raised(lambda: tf.make_tensor_proto([1, "2"])),
            raised(lambda: tf.make_tensor_proto([None])),
            raised(lambda: tf.raw_ops.Add(1.0, 1.0)),
        ],
    ),
    Program("dropout-noise-shape", in_graph(lambda tf, x, n: tf.nn.dropout(x, 0.5, tf.cast(n, "int32")), [4, 3], None)),
    Program("dropout-keep-prob", lambda tf: [raised(lambda: tf.compat.v1.nn.dropout(tf.ones([2]), keep_prob=[0.5]))]),
    Case(
        "sampled-addmm-int32",
        lambda tf, x, y: tf.sparse.sampled_addmm([[0, 0], [1, 1]], [1.0, 2.0], [2, 2], x, y),
        [f32(2, 2), f32(2, 2)],
        modes=("eager", "function"),
        reason="TensorFlow fails with unknown sizes",
    ),
    Case(
        "matmul-vector",
        "matmul",
        [f32(2), f32(2, 1)],
        message={"eager": ["different ndims: [2] vs. [2,1]"], "function": ["Shape must be rank 2 but is rank 1"]},
    ),
    Program(
        "half-power-overflow",
        # Where the derivative overflows, a cotangent of zero stays zero.
        lambda tf: tf.function(lambda x, y: tf.gradients(tf.pow(x, y), y, tf.zeros_like(y))[0])(
            tf.constant([6.0], "float16"), tf.constant([6.0], "float16")
        ),
    ),
    Program("constant-v1", in_graph(lambda tf: tf.compat.v1.constant([1, 2, 3], shape=[2]))),
    Case("float8-slice", lambda tf, x: tf.cast(x, tf.dtypes.experimental.float8_e5m2)[1:], [arr([1.0, 2.0, 3.0])]),
]
