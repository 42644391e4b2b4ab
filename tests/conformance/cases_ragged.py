"""Ragged tensors: construction, components, indexing, conversions, and what public functions do with them.

Each program is a list of expressions over the names of `_names`; they are evaluated one by one eagerly, where an error
counts by its class, and all that succeed together in a function.
"""

from __future__ import annotations

import numpy as np

from .runner import Program


def _names(tf):
    matrix = tf.reshape(tf.range(12.0), [4, 3])
    return {
        "tf": tf,
        "np": np,
        "RT": tf.RaggedTensor,
        "rc": tf.ragged.constant,
        "r": tf.ragged.constant([[1, 2], [], [3]]),
        "f": tf.ragged.constant([[1.0, 2.0], [], [3.5]]),
        "q": tf.ragged.constant([[[1, 2], [3]], [], [[4], [], [5, 6]]]),
        "g": tf.ragged.constant([[[1.0, 2], [3]], [], [[4], [], [5, 6]]]),
        "b": tf.ragged.constant([[True, False], [], [True]]),
        "s": tf.ragged.constant([["a", "bc"], [], ["d"]]),
        "u": tf.RaggedTensor.from_uniform_row_length(
            tf.RaggedTensor.from_row_splits([1, 2, 3, 4, 5, 6], [0, 1, 3, 3, 6]), 2
        ),
        "w": tf.RaggedTensor.from_uniform_row_length([1, 2, 3, 4], 2),
        "x": tf.RaggedTensor.from_row_splits(matrix, [0, 1, 1, 4]),
        "t": tf.constant([[1, 2, 0], [0, 0, 0], [3, 0, 4]]),
    }


def _outcome(expression, names):
    try:
        return eval(expression, names)
    except Exception as error:
        return type(error).__name__


def _lines(text):
    return [line.strip() for line in text.strip().splitlines()]


def expressions(id, text, in_function=True, **options):
    """The programs of some expressions, one a line: each by itself, and all that do not fail in one function."""
    lines = _lines(text)

    def eagerly(tf):
        names = _names(tf)
        return {line: _outcome(line, names) for line in lines}

    def together(tf):
        names = _names(tf)
        good = [line for line in lines if not isinstance(_outcome(line, names), str)]

        @tf.function
        def run():
            inner = _names(tf)
            return {line: eval(line, inner) for line in good}

        return run()

    programs = [Program(f"{id}-eager", eagerly, **options)]
    if in_function:
        programs.append(Program(f"{id}-function", together, **options))
    return programs


_CONSTRUCTION = """
    RT.from_value_rowids([1, 2, 3], [0, 0, 2], nrows=5)
    RT.from_value_rowids([1, 2, 3], [0, 2, 1])
    RT.from_value_rowids([1, 2, 3], [0, 2])
    RT.from_value_rowids(tf.zeros([0]), tf.zeros([0], tf.int64))
    RT.from_row_splits([1, 2, 3], [0, 2])
    RT.from_row_splits([1, 2, 3], [1, 3])
    RT.from_row_splits([1, 2, 3], [0, 2, 1, 3])
    RT.from_row_splits([1, 2, 3], [])
    RT.from_row_splits([1, 2, 3], [0.0, 3.0])
    RT.from_row_splits([1, 2, 3], [0, 3], validate=False)
    RT.from_row_splits([1, 2, 3], np.array([0, 3], np.int32))
    RT.from_row_lengths([1, 2, 3], [1, 0, 2])
    RT.from_row_lengths([1, 2, 3], [1, 0, 1])
    RT.from_row_lengths([1, 2, 3], [4, -1])
    RT.from_row_starts([1, 2, 3], [0, 1, 1])
    RT.from_row_limits([1, 2, 3], [0, 1, 3])
    RT.from_uniform_row_length([1, 2, 3, 4], 2)
    RT.from_uniform_row_length(tf.zeros([0]), 0, nrows=3)
    RT.from_uniform_row_length([1, 2, 3], 2)
    RT.from_nested_row_splits([1, 2, 3], [[0, 1, 2], [0, 1, 3]])
    RT.from_nested_row_lengths([1, 2, 3], [[1, 1], [1, 2]])
    RT.from_nested_value_rowids([1, 2, 3], [[0, 1], [0, 1, 1]], [2, 2])
    RT.from_tensor(t)
    RT.from_tensor(t, padding=0)
    RT.from_tensor(t, lengths=[1, 0, 5])
    RT.from_tensor(tf.reshape(tf.range(12), [2, 3, 2]), ragged_rank=2)
    RT.from_tensor(tf.reshape(tf.range(12) % 2, [2, 3, 2]), padding=0, ragged_rank=2)
    RT.from_tensor(tf.reshape(tf.range(12) % 4, [2, 3, 2]), padding=[2, 3])
    RT.from_tensor([1, 2])
    RT.from_tensor(t, row_splits_dtype=tf.int32)
    RT.from_sparse(r.to_sparse())
    rc([])
    rc([[], []])
    rc(1)
    rc([1, 2], ragged_rank=0)
    rc([[[1, 2], [3, 4]], [[5, 6]]], ragged_rank=1)
    rc([[[1, 2], [3, 4]], [[5, 6]]], inner_shape=(2,))
    rc([[1], 2])
    rc([[1], [[]]])
    rc([[1, 2], [3]], dtype=tf.float64, row_splits_dtype=tf.int32)
    rc([[[1], [2, 3]]], ragged_rank=1)
    rc(np.ones([2, 3]))
    rc((1, 2), ragged_rank=1)
    tf.ragged.range([3, 0, 2])
    tf.ragged.range([0, 5, 8], [3, 3, 12], 2)
    tf.ragged.range([3, 1], 0, -1)
    tf.ragged.range([0, 1], [3, 4], 0)
    tf.ragged.range([0.0, 1.0], [2.5, 2.0], row_splits_dtype=tf.int32)
    tf.ragged.stack([r, rc([[7]])])
    tf.ragged.stack([r, r], axis=1)
    tf.ragged.stack([r, r], axis=2)
    tf.ragged.stack([tf.constant([1, 2]), tf.constant([3])])
    tf.ragged.stack([tf.ones([2, 2]), tf.ones([1, 2])])
    tf.ragged.boolean_mask(r, b)
    tf.ragged.boolean_mask(r, [True, False, True])
    tf.ragged.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]])
    tf.ragged.row_splits_to_segment_ids([0, 3, 3, 5], out_type=tf.int32)
    tf.ragged.segment_ids_to_row_splits([0, 0, 0, 2, 2], 5, tf.int32)
    tf.ragged.stack_dynamic_partitions(["a", "b", "c", "d"], [3, 0, 3, 1], 5)
    tf.ragged.stack_dynamic_partitions(r, [1, 0, 1], 2)
    tf.ragged.map_flat_values(tf.add, r, r)
    tf.ragged.map_flat_values(tf.reduce_sum, r)
    tf.ragged.map_flat_values(tf.add, r, rc([[1], [2], [3]]))
"""

_KEYS = (
    "0",
    "-1",
    "5",
    "1:",
    "::2",
    "::-1",
    "-2:",
    "0, 0",
    ":, 1:",
    ":, :1",
    ":, ::-1",
    ":, ::2",
    ":, -1:",
    "...",
    "..., 0:1",
    "None",
    ":, None",
    "None, :, 0",
    ":, 0",
    "0, 1:",
    "0, 0, 0, 0",
    "1:3, 0:1, 0:1",
    "..., None",
    "'a'",
    ":, -1:0:-1",
    ":, 2::-1",
    "tf.constant(1)",
    "tf.constant(1):",
)


def _indexing(names):
    # An integer along a uniform dimension is refused by TensorFlow in a function, for its test of a tensor.
    return "\n".join(f"{n}[{key}]" for n in names for key in _KEYS if n != "u" or key not in ("None, :, 0", ":, 0"))


_PARTS = "\n".join(
    f"{name}.{part}"
    for name in "rqux"
    for part in (
        "flat_values",
        "values",
        "nested_row_splits",
        "uniform_row_length",
        "nested_value_rowids()",
        "nrows(tf.int32)",
        "row_starts()",
        "row_limits()",
        "row_lengths()",
        "row_lengths(2)",
        "nested_row_lengths()",
        "bounding_shape()",
        "bounding_shape(axis=[0, 1], out_type=tf.int32)",
        "to_tensor()",
        "merge_dims(0, 1)",
        "merge_dims(1, 2)",
        "merge_dims(0, 2)",
        "with_row_splits_dtype(tf.int32)",
    )
)

_CONVERSIONS = """
    r.to_tensor(-1)
    r.to_tensor(-1, shape=[None, 3])
    r.to_tensor(shape=[2, 1])
    r.to_tensor(shape=[5, None])
    q.to_tensor(9, shape=[None, 2, None])
    x.to_tensor([7.0, 8.0, 9.0])
    s.to_tensor("x")
    b.to_tensor()
    r.to_tensor(shape=[1, 2, 3])
    r.to_tensor([1, 2])
    q.to_sparse()
    r.with_values([4.0, 5.0, 6.0])
    r.with_values([4.0, 5.0])
    q.with_flat_values(["a"] * 6)
"""

_ELEMENTWISE = """
    tf.abs(r)
    tf.cast(x=r, dtype=tf.float32)
    tf.nn.relu(f)
    tf.zeros_like(r)
    tf.ones_like(f, dtype=tf.int32)
    tf.clip_by_value(f, 1.5, 3.0)
    tf.strings.upper(s)
    tf.strings.length(s)
    tf.strings.as_string(r)
    tf.strings.substr(s, 0, 1)
    tf.logical_not(b)
    tf.identity(r)
    tf.nn.gelu(f)
    tf.bitcast(f, tf.int32)
    1 + r
    r - 2
    r * r
    r / 2
    7 // rc([[1, 2], [], [3]])
    5 % r
    r ** 2
    -r
    f * 2.5
    r > 1
    r == 1
    r == r
    r != None
    ~b
    b & b
    b ^ b
    r & 1
    tf.constant(1) + r
    r + tf.constant([[10], [20], [30]])
    q + u
    x + tf.constant([1.0, 2.0, 3.0])
    x + tf.ones([3, 1, 3])
    r + rc([[1], [2], [3]])
    r + 1.5
    f + r
    tf.maximum(r, 2)
    tf.where(b, r, 0)
    tf.where(b)
    tf.where(b, 1, 2)
    tf.add_n([r, r, r])
    tf.math.scalar_mul(2, r)
    s + "x"
    tf.strings.join(["x", s], separator="-")
    tf.nn.sigmoid_cross_entropy_with_logits(f, f)
    u + tf.constant([[[1]], [[2]]])
    tf.ones([3, 2]) * f
    tf.math.multiply(x=r, y=2)
    tf.debugging.assert_less(r, 1)
"""

_REDUCTIONS = (
    "\n".join(
        f"tf.{name}({rt}, axis={axis}, keepdims={keepdims})"
        for rt in ("f", "g", "x")
        for axis in ("None", "0", "1", "-1", "[0, 1]")
        for name, keepdims in (("reduce_sum", True), ("reduce_mean", axis != "0"), ("reduce_max", False))
    )
    + """
    tf.reduce_prod(r, 1)
    tf.reduce_min(r, 1)
    tf.reduce_sum(u, 0)
    tf.reduce_max(u, 2)
    tf.reduce_sum(r, 5)
    tf.reduce_all(b, 1)
    tf.reduce_any(b, 0)
    tf.math.reduce_variance(g, 1)
    tf.math.reduce_std(f)
    tf.strings.reduce_join(s, axis=-1, separator=",")
    tf.math.unsorted_segment_sum(r, [0, 1, 0], 2)
    tf.math.unsorted_segment_mean(f, [0, 1, 0], 2)
    tf.math.unsorted_segment_max(r, rc([[0, 1], [], [1]]), 2)
    tf.cumsum(f, axis=1, exclusive=True)
    tf.cumsum(r, axis=0)
    tf.cumsum(q, axis=1, reverse=True)
    tf.cumsum(x, axis=2)
    tf.nn.softmax(x)
    tf.nn.softmax(f, axis=1)
"""
)

_ARRAYS = """
    tf.concat([r, r], 0)
    tf.concat([r, r], 1)
    tf.concat([q, q], 2)
    tf.concat([f, tf.ones([3, 2])], 1)
    tf.concat([r, q], 0)
    tf.concat([x, x], 2)
    tf.stack([r, r])
    tf.gather(r, [[2, 0], [1, 1]])
    tf.gather([10, 20, 30, 40], r)
    tf.gather(r, rc([[2], [0, 1]]))
    tf.gather(q, [0, 0], axis=1)
    tf.gather(r, rc([[1, 0], [], [0]]), batch_dims=1)
    tf.gather(q, rc([[1], [], [2, 0]]), batch_dims=1)
    tf.gather(r, 2)
    tf.gather(r, [5])
    tf.gather_nd(q, [[0, 1], [2, 2]])
    tf.gather_nd(x, [[0, 0, 1], [2, 2, 0]])
    tf.expand_dims(r, 0)
    tf.expand_dims(r, 1)
    tf.expand_dims(r, -1)
    tf.squeeze(tf.expand_dims(r, 1), 1)
    tf.squeeze(r)
    tf.reverse(r, [1])
    tf.reverse(q, [0, 2])
    tf.tile(r, [2, 3])
    tf.tile(q, [1, 2, 1])
    tf.tile(x, [1, 1, 2])
    tf.split(r, [1, 2])
    tf.split(r, 2)
    tf.one_hot(r, 5)
    tf.one_hot(r, 5, axis=1)
    tf.size(r, out_type=tf.int64)
    tf.rank(q)
    tf.matmul(x, tf.ones([3, 3, 2]))
    tf.matmul(x, x, transpose_b=True)
    tf.matmul(x, tf.ones([3, 2]))
    tf.nn.dropout(f, 0.0)
    tf.nn.experimental.stateless_dropout(f, 0.5, [1, 2])
    tf.nn.embedding_lookup(tf.reshape(tf.range(8.0), [4, 2]), r)
    tf.convert_to_tensor(r)
"""

CASES = [
    *expressions("construct", _CONSTRUCTION, symbols=("RaggedTensor", "ragged.constant", "ragged.range")),
    *expressions("index", _indexing("qx"), symbols=("__operators__.ragged_getitem",)),
    *expressions("index-more", _indexing("ru") + "\nu[:, 0]", in_function=False),
    *expressions("parts", _PARTS),
    *expressions("convert", _CONVERSIONS),
    *expressions("elementwise", _ELEMENTWISE, symbols=("ragged.map_flat_values",)),
    *expressions("reduce", _REDUCTIONS, rtol=1e-5, atol=1e-5),
    *expressions("arrays", _ARRAYS, symbols=("ragged.stack", "ragged.boolean_mask")),
    Program("text", lambda tf: [[repr(v), str(v)] for k, v in _names(tf).items() if k in "rfqgbsuwx"]),
    Program(
        "host",
        lambda tf: [[repr(v.to_list()), repr(v.numpy()), repr(v._type_spec)] for v in map(_names(tf).get, "rfqgbsuwx")],
    ),
    Program("errors", lambda tf: [_outcome(e, _names(tf)) for e in ("bool(r)", "len(r)", "hash(r)")]),
]
