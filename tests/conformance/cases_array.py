"""Shapes and rearrangement: reshape, transpose, concat, stack, split, pad, tile, slices, creation."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from .inputs import (
    EVERYTHING,
    NUMBERS,
    arr,
    c64,
    f32,
    ints,
    strs,
)
from .properties import property_case
from .runner import Case, Program, over, raised

MOVES = {
    "reshape": lambda tf, x: tf.reshape(x, [3, -1]),
    "expand": lambda tf, x: tf.expand_dims(x, 1),
    "squeeze": lambda tf, x: tf.squeeze(tf.expand_dims(x, 0)),
    "transpose": lambda tf, x: tf.transpose(x),
    "concat": lambda tf, x: tf.concat([x, x], 1),
    "stack": lambda tf, x: tf.stack([x, x], 1),
    "unstack": lambda tf, x: tf.unstack(x, axis=1),
    "split": lambda tf, x: tf.split(x, 3, axis=1),
    "slice": lambda tf, x: tf.slice(x, [0, 1], [2, -1]),
    "index": lambda tf, x: [x[1], x[:, ::-2], x[..., 0, None]],
    "tile": lambda tf, x: tf.tile(x, [2, 1]),
    "pad": lambda tf, x: tf.pad(x, [[1, 0], [0, 2]]),
    "reflect": lambda tf, x: tf.pad(x, [[1, 0], [0, 2]], "REFLECT"),
    "symmetric": lambda tf, x: tf.pad(x, [[2, 0], [0, 3]], "SYMMETRIC"),
    "reverse": lambda tf, x: tf.reverse(x, [1]),
    "roll": lambda tf, x: tf.roll(x, [1, -1], [0, 1]),
    "broadcast": lambda tf, x: tf.broadcast_to(x, [2, 2, 3]),
    "repeat": lambda tf, x: tf.repeat(x, 2, axis=1),
    "identity": lambda tf, x: [tf.identity(x), tf.stop_gradient(x), *tf.identity_n([x, 1])],
    "zeros-like": lambda tf, x: tf.zeros_like(x),
    "fill": lambda tf, x: tf.fill([2, 2], x[0, 0]),
    "shape": lambda tf, x: [tf.shape(x), tf.size(x), tf.rank(x), tf.shape(x, tf.int64)],
}

RESHAPES = {
    "flat": [-1],
    "same": [2, 3, 4],
    "inferred": [4, -1],
    "ones": [1, 24, 1, -1],
    "scalar-shape": 24,
    "two-open": [-1, -1],
    "wrong": [5, 5],
    "indivisible": [5, -1],
    "negative": [-2, -12],
    "matrix": [[24]],
    "float": [24.0],
    "empty": [],
}

SPLITS = {
    "count": (3, 1),
    "negative-axis": (2, -1),
    "sizes": ([1, 2], 1),
    "open": ([1, -1], 2),
    "zero": ([0, 3], 1),
    "uneven": (2, 1),
    "too-large": ([2, 2], 1),
    "too-small": ([1, 1], 1),
    "two-open": ([-1, -1], 1),
    "bad-axis": (2, 5),
    "float": (2.0, 0),
}

SLICES = {
    "plain": ([0, 1, 0], [2, 2, 3]),
    "rest": ([1, 0, 2], [-1, -1, -1]),
    "empty": ([2, 0, 0], [0, 3, 4]),
    "begin-out": ([3, 0, 0], [1, 1, 1]),
    "size-out": ([0, 0, 0], [3, 1, 1]),
    "negative-begin": ([-1, 0, 0], [1, 1, 1]),
    "short": ([0], [1]),
}

STRIDED = {
    "plain": dict(begin=[0, 1], end=[2, 3], strides=[1, 1]),
    "begin-mask": dict(begin=[1, 1], end=[2, 3], strides=[1, 1], begin_mask=1),
    "end-mask": dict(begin=[0, 0], end=[1, 1], strides=[1, 1], end_mask=2),
    "shrink": dict(begin=[1, 0], end=[2, 2], strides=[1, 1], shrink_axis_mask=1),
    "shrink-masked": dict(begin=[1, 0], end=[0, 2], strides=[1, 1], shrink_axis_mask=1, begin_mask=1, end_mask=1),
    "new": dict(begin=[0, 0], end=[1, 2], strides=[1, 1], new_axis_mask=1),
    "new-and-shrink": dict(begin=[0, 0], end=[1, 2], strides=[1, 1], new_axis_mask=1, shrink_axis_mask=1),
    "ellipsis": dict(begin=[0, 1], end=[0, 2], strides=[1, 1], ellipsis_mask=1),
    "ellipsis-shrink": dict(begin=[0, -1], end=[0, 0], strides=[1, 1], ellipsis_mask=1, shrink_axis_mask=2),
    "negative": dict(begin=[-1, -1], end=[-3, -3], strides=[-1, -2]),
    "negative-masked": dict(begin=[0, 0], end=[0, 0], strides=[-1, -2], begin_mask=3, end_mask=3),
    "zero-stride": dict(begin=[0, 0], end=[1, 1], strides=[0, 1]),
    "shrink-negative": dict(begin=[1], end=[0], strides=[-1], shrink_axis_mask=1),
    "default-strides": dict(begin=[0, 0], end=[1, 2]),
    "too-long": dict(begin=[0] * 4, end=[1] * 4, strides=[1] * 4),
    "unequal": dict(begin=[0, 0], end=[1], strides=[1]),
}

RANGES = {
    "limit": (5,),
    "limits": (2, 7),
    "delta": (1, 10, 3),
    "down": (10, 1, -4),
    "empty": (3, 3),
    "float": (0.0, 1.0, 0.1),
    "float-down": (1.0, -1.0, -0.3),
    "mixed": (0, 2.5),
    "big": (2**40, 2**40 + 3),
    "zero-delta": (0, 5, 0),
    "wrong-way": (5, 1),
    "wrong-way-down": (1, 5, -1),
}


def _broken_shapes(tf):
    x, y = tf.zeros([2, 3]), tf.zeros([4, 5])
    return [
        raised(lambda: tf.concat([x, y], 0)),
        raised(lambda: tf.concat([x, x], 2)),
        raised(lambda: tf.concat([x, y[0]], 0)),
        raised(lambda: tf.concat([1, 2], 0)),
        raised(lambda: tf.concat([x], [0])),
        raised(lambda: tf.stack([x, y])),
        raised(lambda: tf.stack([x, x], axis=4)),
        raised(lambda: tf.unstack(x, axis=2)),
        raised(lambda: tf.unstack(x, num=5)),
        raised(lambda: tf.expand_dims(x, 4)),
        raised(lambda: tf.expand_dims(x, [0, 1])),
        raised(lambda: tf.squeeze(x, 0)),
        raised(lambda: tf.squeeze(x, 7)),
        raised(lambda: tf.transpose(x, [0])),
        raised(lambda: tf.transpose(x, [0, 0])),
        raised(lambda: tf.transpose(x, [0, 2])),
        raised(lambda: tf.tile(x, [2])),
        raised(lambda: tf.tile(x, [2, -1])),
        raised(lambda: tf.pad(x, [[1, 1]])),
        raised(lambda: tf.pad(x, [[-1, 1], [0, 0]])),
        raised(lambda: tf.pad(x, [[2, 0], [0, 0]], "REFLECT")),
        raised(lambda: tf.pad(x, [[3, 0], [0, 0]], "SYMMETRIC")),
        raised(lambda: tf.pad(x, [[1, 1], [0, 0]], "WRAP")),
        raised(lambda: tf.reverse(x, [2])),
        raised(lambda: tf.reverse(x, [0, 0])),
        raised(lambda: tf.reverse(x, 0)),
        raised(lambda: tf.roll(x, 1, 2)),
        raised(lambda: tf.roll(tf.constant(1.0), 1, 0)),
        raised(lambda: tf.broadcast_to(x, [3, 3])),
        raised(lambda: tf.broadcast_to(x, [3])),
        raised(lambda: tf.broadcast_to(x, [2, -1])),
        raised(lambda: tf.ensure_shape(x, [2, 4])),
        raised(lambda: tf.math.invert_permutation([0, 0])),
        raised(lambda: tf.math.invert_permutation([0, 2])),
        raised(lambda: tf.fill([2, -1], 0)),
        raised(lambda: tf.fill([2], [1, 2])),
        raised(lambda: tf.zeros([None])),
        raised(lambda: tf.zeros([2.5])),
        raised(lambda: tf.ones([2], tf.string)),
        raised(lambda: tf.eye(2.0)),
        raised(lambda: tf.eye(-1)),
        raised(lambda: tf.repeat([1, 2], [1, 2, 3])),
        raised(lambda: tf.repeat([1, 2], [1.0, 2.0])),
        raised(lambda: tf.repeat([1, 2], [[1, 2]])),
        raised(lambda: tf.meshgrid([1], indexing="x")),
        raised(lambda: tf.meshgrid([1], foo=1)),
        raised(lambda: tf.parallel_stack([1])),
        raised(lambda: tf.broadcast_static_shape(tf.TensorShape([2]), tf.TensorShape([3]))),
        raised(lambda: tf.broadcast_dynamic_shape([2], [3])),
        raised(lambda: tf.space_to_batch(tf.zeros([1, 3, 1, 1]), [2, 2], [[0, 0], [0, 0]])),
        raised(lambda: tf.batch_to_space(tf.zeros([3, 1, 1, 1]), [2, 2], [[0, 0], [0, 0]])),
        raised(lambda: tf.bitcast(tf.zeros([3], tf.int32), tf.int64)),
        raised(lambda: tf.reverse_sequence(x, [9, 1], seq_axis=1)),
        raised(lambda: tf.reverse_sequence(x, [1], seq_axis=1)),
        raised(lambda: tf.unravel_index([9], [2, 3])),
    ]


def _static_shapes(tf):
    """What a graph knows of shapes that are computed from shapes."""
    seen = []

    @tf.function(input_signature=[tf.TensorSpec([None, 3, 4])])
    def f(x):
        n = tf.shape(x)[0]
        results = [
            tf.reshape(x, tf.concat([[n], [12]], 0)),
            tf.reshape(x, [n, -1]),
            tf.reshape(x, [n, 3 * tf.shape(x)[2]]),
            tf.reshape(x, [-1, 12]),
            tf.reshape(x, tf.stack([n, 2, 6])),
            tf.zeros([n, 4]),
            tf.fill(tf.shape(x), 1.0),
            tf.broadcast_to(x[:, :1], [n, 5, 4]),
            tf.tile(x, [1, 2, 1]),
            tf.ones(tf.shape(x)[1:]),
            tf.reshape(x, tf.concat([tf.shape(x)[:1], tf.shape(x)[1:]], 0)),
            tf.transpose(x, [2, 0, 1]),
            tf.concat([x, x], 0),
            tf.concat([x, x], 2),
            tf.range(n),
            tf.one_hot(tf.range(n), 5),
            x[1:],
            x[:, 1:],
            x[0],
            x[..., tf.newaxis],
            x[:, ::-1],
            tf.pad(x, [[1, 1], [0, 2], [0, 0]]),
            tf.split(x, 2, axis=2)[0],
            tf.split(x, [1, 2], axis=1)[1],
            tf.slice(x, [0, 0, 1], [-1, 2, -1]),
            tf.where(x > 0),
            tf.boolean_mask(x, x[:, 0, 0] > 0),
            tf.gather(x, [0, 0], axis=1),
            tf.expand_dims(x, -1),
            tf.squeeze(x[:, :1], 1),
            tf.eye(3, batch_shape=[n]),
        ]
        seen.extend(str(r.shape) for r in results)
        return tf.constant(0)

    f(tf.zeros([2, 3, 4]))
    return seen


CASES = [
    *(
        case
        for name, fn in MOVES.items()
        for case in over(
            name, fn, dtypes=("float32", "int64", "bool", "string", "complex64"), shapes=[(4, 6)], grad=True
        )
        if name not in ("broadcast", "reflect")
    ),
    *over("broadcast", MOVES["broadcast"], dtypes=("float32", "string"), shapes=[(2, 3), (1, 3)], grad=True),
    *over("reflect", MOVES["reflect"], dtypes=("float32", "int8", "string"), shapes=[(2, 3)], grad=True),
    *over("transpose", MOVES["transpose"], dtypes=EVERYTHING, shapes=[(2, 3)]),
    *over("concat", MOVES["concat"], dtypes=EVERYTHING, shapes=[(2, 3), (0, 3)]),
    *(
        Case(
            f"reshape-{name}",
            lambda tf, x, s=s: tf.reshape(x, s),
            [f32(2, 3, 4)],
            grad=True,
            accept={"ValueError": "TensorFlow fails inside its own Python code"} if name == "two-open" else {},
        )
        for name, s in RESHAPES.items()
    ),
    Case(
        "reshape-empty-inferred",
        lambda tf, x: [tf.reshape(x, [-1, 0]), tf.reshape(x, [0, -1])],
        [f32(0, 3)],
        finer_shapes="TensorFlow does not infer a size beside a zero",
    ),
    Case("reshape-by-tensor", lambda tf, x, s: tf.reshape(x, s), [f32(2, 6), arr([3, 4], "int32")], grad=True),
    Case("reshape-by-int64", lambda tf, x, s: tf.reshape(x, s), [f32(2, 6), arr([3, -1], "int64")]),
    Case("reshape-flatten", lambda tf, x: tf.reshape(x, [tf.shape(x)[0], -1]), [f32(2, 3, 4)], grad=2),
    Case(
        "squeeze-axes",
        lambda tf, x: [tf.squeeze(x), tf.squeeze(x, [0]), tf.squeeze(x, -1)],
        [f32(1, 3, 1)],
        grad=True,
    ),
    Case("expand-axes", lambda tf, x: [tf.expand_dims(x, i) for i in (0, 2, -1, -3)], [f32(2, 3)], grad=True),
    Case("transpose-perm", lambda tf, x: tf.transpose(x, [2, 0, 1]), [f32(2, 3, 4)], grad=True, rank=True),
    Case("transpose-negative", lambda tf, x: tf.transpose(x, [0, -1, 1]), [f32(2, 3, 4)]),
    Case("transpose-default", lambda tf, x: tf.transpose(x), [f32(2, 3, 4)], grad=True, rank=True),
    Case("transpose-conjugate", lambda tf, x: tf.transpose(x, conjugate=True), [c64(2, 3)], grad=True),
    Case("transpose-by-tensor", lambda tf, x, p: tf.transpose(x, p), [f32(2, 3), arr([1, 0], "int32")]),
    Case("concat-axis", lambda tf, x, y: tf.concat([x, y], -1), [f32(2, 3), f32(2, 1)], grad=True),
    Case("concat-one", lambda tf, x: tf.concat([x], 0), [f32(2, 3)], grad=True),
    Case("concat-tensor", lambda tf, x: tf.concat(x, 0), [f32(2, 3)]),
    Case("concat-mixed", lambda tf, x: tf.concat([x, [[1, 2, 3]]], 0), [f32(2, 3)]),
    Case("concat-dtypes", lambda tf, x, y: tf.concat([x, y], 0), [f32(3), ints(3)]),
    Case(
        "stack-axis",
        lambda tf, x, y: [tf.stack([x, y], i) for i in (0, 1, 2, -1, -3)],
        [f32(2, 3), f32(2, 3)],
        grad=True,
    ),
    Case("stack-scalars", lambda tf, x, y: tf.stack([x, y, 3.0]), [f32(), f32()], grad=True),
    Case("stack-dtypes", lambda tf, x, y: tf.stack([x, y]), [f32(3), ints(3)]),
    Case("unstack-axis", lambda tf, x: tf.unstack(x, num=3, axis=-1), [f32(2, 3)], grad=True, rank=True),
    *(
        Case(f"split-{name}", lambda tf, x, s=s, a=a: tf.split(x, s, axis=a), [f32(2, 3, 6)], grad=True)
        for name, (s, a) in SPLITS.items()
    ),
    Case("split-by-tensor", lambda tf, x, s: tf.split(x, s, num=2), [f32(5, 2), arr([2, 3], "int32")]),
    *(
        Case(f"slice-{name}", lambda tf, x, b=b, s=s: tf.slice(x, b, s), [f32(2, 3, 4)], grad=True)
        for name, (b, s) in SLICES.items()
    ),
    Case(
        "slice-by-tensors",
        lambda tf, x, b, s: tf.slice(x, b, s),
        [f32(4, 4), arr([1, 0], "int32"), arr([2, -1], "int32")],
    ),
    Case(
        "slice-by-begin",
        lambda tf, x, b: tf.slice(x, b, [2, 3]),
        [f32(4, 4), arr([1, 1], "int64")],
        grad=True,
    ),
    *(
        Case(f"strided-{name}", lambda tf, x, k=k: tf.strided_slice(x, **k), [f32(3, 4, 2)], grad=True)
        for name, k in STRIDED.items()
    ),
    Case("tile-by-tensor", lambda tf, x, m: tf.tile(x, m), [f32(2, 3), arr([2, 2], "int64")], grad=True),
    Case("tile-zero", lambda tf, x: tf.tile(x, [0, 2]), [f32(2, 3)]),
    Case(
        "pad-value",
        lambda tf, x, v: tf.pad(x, [[1, 1], [0, 2]], constant_values=v),
        [f32(2, 3), f32()],
        grad=True,
    ),
    Case("pad-number", lambda tf, x: tf.pad(x, [[1, 1]], constant_values=7), [ints(3)]),
    Case("pad-by-tensor", lambda tf, x, p: tf.pad(x, p), [f32(2, 3), arr([[1, 0], [0, 1]], "int32")], grad=True),
    Case("pad-float-to-int", lambda tf, x: tf.pad(x, [[1, 1]], constant_values=1.5), [ints(3)]),
    Case("pad-rank-0", lambda tf, x: tf.pad(x, np.zeros((0, 2), np.int32)), [f32()]),
    Case("mirror-grad-2", lambda tf, x: tf.pad(x, [[2, 1]], "REFLECT") ** 2, [f32(4)], grad=2),
    Case("repeat-flat", lambda tf, x: tf.repeat(x, 2), [f32(2, 3)], grad=True),
    Case(
        "repeat-each",
        lambda tf, x: tf.repeat(x, [1, 0, 2], axis=1),
        [f32(2, 3)],
        grad=True,
        finer_shapes="constant repeats give a known size",
    ),
    Case(
        "repeat-by-tensor",
        lambda tf, x, r: tf.repeat(x, r, axis=0),
        [f32(3, 2), arr([2, 0, 1], "int32")],
        grad=True,
    ),
    Case("repeat-scalar-tensor", lambda tf, x, r: tf.repeat(x, r, axis=0), [f32(3, 2), arr(2, "int32")]),
    Case("repeat-scalar", lambda tf, x: tf.repeat(x, 4), [f32()], grad=True),
    Case(
        "reverse-axes",
        lambda tf, x: [tf.reverse(x, [0, -1]), tf.reverse(x, np.zeros(0, np.int32))],
        [f32(2, 3)],
        grad=True,
    ),
    Case(
        "reverse-sequence",
        lambda tf, x: [
            tf.reverse_sequence(x, [1, 3], seq_axis=1),
            tf.reverse_sequence(x, [0, 1, 2], seq_axis=0, batch_axis=1),
        ],
        [f32(2, 3, 2)],
        grad=True,
    ),
    Case("roll-by-tensor", lambda tf, x, n: tf.roll(x, n, 0), [f32(5), arr(-7, "int32")], grad=True),
    Case("invert-permutation", "math.invert_permutation", [arr([3, 0, 2, 1], "int32")]),
    Case("bitcast", lambda tf, x: [tf.bitcast(x, t) for t in ("int32", "uint8", "int16")], [f32(2, 3)]),
    Case(
        "bitcast-wider",
        lambda tf, x: [tf.bitcast(x, t) for t in ("int64", "float64", "complex64")],
        [f32(3, 2)],
    ),
    Case("bitcast-complex", lambda tf, x: [tf.bitcast(x, t) for t in ("float32", "int64", "uint8")], [c64(3)]),
    Case("ensure-shape", lambda tf, x: tf.ensure_shape(x, [None, 3]), [f32(2, 3)], grad=True, rank=True),
    Case("ensure-shape-wrong", lambda tf, x: tf.ensure_shape(x, [None, 4]), [f32(2, 3)]),
    Case("check-numerics", lambda tf, x: tf.debugging.check_numerics(x, "bad"), [f32(3)], grad=True),
    *(
        Case(
            f"check-numerics-{name}",
            lambda tf, x: tf.debugging.check_numerics(x, "bad"),
            [arr(v)],
            message=["bad : Tensor had"],
        )
        for name, v in {"nan": [1, np.nan], "inf": [np.inf], "both": [np.nan, -np.inf]}.items()
    ),
    Case("broadcast-dynamic", lambda tf: tf.broadcast_dynamic_shape([2, 1, 3], [4, 1])),
    Program(
        "broadcast-static",
        lambda tf: [
            str(tf.broadcast_static_shape(tf.TensorShape(a), tf.TensorShape(b)))
            for a, b in (([2, 1], [3]), ([None, 1], [3]), ([None], [1]), (None, [2]), ([2, None], [1, 3]))
        ],
    ),
    Case(
        "space-to-batch",
        lambda tf, x: tf.space_to_batch(x, [2, 3], [[0, 1], [1, 0]]),
        [f32(2, 3, 5, 2)],
        grad=True,
    ),
    Case(
        "batch-to-space",
        lambda tf, x: tf.batch_to_space(x, [2, 2], [[1, 0], [0, 1]]),
        [f32(8, 2, 3, 1)],
        grad=True,
    ),
    Case(
        "space-to-batch-paddings",
        lambda tf: tf.required_space_to_batch_paddings([5, 7], [2, 3], [[1, 0], [0, 0]]),
    ),
    Case(
        "unravel",
        lambda tf, x: [tf.unravel_index(x, [2, 3, 4]), tf.unravel_index(5, [2, 3])],
        [arr([3, 23, 0], "int32")],
    ),
    # Creation
    Case(
        "zeros-ones",
        lambda tf: [
            make(s, d)
            for make in (tf.zeros, tf.ones)
            for s in ([2, 3], (), 4, [0, 2])
            for d in ("float32", "int8", "bool", "complex64", "bfloat16")
        ],
    ),
    Case("zeros-large", lambda tf: [tf.zeros([300, 300]), tf.ones([300, 300], "int32"), tf.eye(200)]),
    Case("zeros-string", lambda tf: [tf.zeros([2], tf.string), tf.zeros_like(["a"])]),
    Case(
        "zeros-by-tensor",
        lambda tf, s, n: [tf.zeros(s), tf.ones([n, 2])],
        [arr([2, 3], "int32"), arr(3, "int32")],
    ),
    Case(
        "zeros-like-dtype",
        lambda tf, x: [tf.zeros_like(x, "int32"), tf.ones_like(x, "bool"), tf.ones_like(x)],
        [f32(2, 3)],
    ),
    Case("ones-like-string", lambda tf, x: tf.ones_like(x), [strs(2)]),
    Case("fill-by-tensor", lambda tf, v: tf.fill([2, 3], v), [f32()], grad=True),
    *(Case(f"range-{name}", lambda tf, a=a: tf.range(*a), exact=True) for name, a in RANGES.items()),
    Case(
        "range-dtypes",
        lambda tf: [tf.range(3, dtype=d) for d in ("int64", "float16", "bfloat16", "float64")],
        accept={"value": "TensorFlow's shape inference does not know float16"},
    ),
    Case("range-by-tensor", lambda tf, n: [tf.range(n), tf.range(1, n, 2)], [arr(7, "int32")]),
    Case("range-by-float", lambda tf, n: tf.range(0.0, n, 0.25), [arr(1.3)]),
    Case("range-no-dtype", lambda tf: tf.range(np.int8(3))),
    Case("linspace", lambda tf: [tf.linspace(0.0, 1.0, n) for n in (0, 1, 2, 5)] + [tf.linspace(3, -1, 4)]),
    Case(
        "linspace-axis",
        lambda tf, a, b: [tf.linspace(a, b, 4, axis=i) for i in (0, 1, -1)],
        [f32(3), f32(3)],
        grad=True,
    ),
    Case("linspace-broadcast", lambda tf, a, b: tf.linspace(a, b, 3), [f32(2, 3), f32(3)], grad=True),
    Case("linspace-by-tensor", lambda tf, n: tf.linspace(0.0, 1.0, n), [arr(5, "int32")]),
    Case("linspace-negative", lambda tf: tf.linspace(0.0, 1.0, -2)),
    Case("eye", lambda tf: [tf.eye(3), tf.eye(2, 4, dtype="int32"), tf.eye(4, 2, [3], "bool"), tf.eye(0)]),
    Case(
        "eye-by-tensor",
        lambda tf, n: [tf.eye(n), tf.eye(n, 2), tf.eye(2, batch_shape=[n])],
        [arr(3, "int32")],
    ),
    Case("meshgrid", lambda tf, x, y: tf.meshgrid(x, y), [f32(3), f32(2)], grad=True),
    Case(
        "meshgrid-ij",
        lambda tf, x, y, z: tf.meshgrid(x, y, z, indexing="ij"),
        [f32(3), f32(2), f32(2)],
        grad=True,
    ),
    Case("meshgrid-scalar", lambda tf: tf.meshgrid(1, [2, 3]) + tf.meshgrid([1, 2]) + tf.meshgrid()),
    Case(
        "sequence-mask",
        lambda tf, n: [tf.sequence_mask(n, 4), tf.sequence_mask(n, 2, tf.float32)],
        [arr([1, 3, 0], "int32")],
    ),
    Case("sequence-mask-open", lambda tf, n: tf.sequence_mask(n), [arr([[1], [3]], "int64")]),
    Case("sequence-mask-bad", lambda tf, n: tf.sequence_mask(n, [3]), [arr([1, 3], "int32")]),
    Program("array-errors", _broken_shapes),
    Program("array-static-shapes", _static_shapes),
    property_case(
        "moves",
        [
            lambda tf, x, k: tf.reshape(x, [-1]),
            lambda tf, x, k: tf.transpose(x),
            lambda tf, x, k: tf.stack([x, x], axis=k),
            lambda tf, x, k: tf.expand_dims(x, k),
            lambda tf, x, k: tf.concat([x, x], k),
            lambda tf, x, k: tf.reverse(x, [k]),
            lambda tf, x, k: tf.roll(x, 2, k),
        ],
        dtypes=NUMBERS + ("bool", "string"),
        extra=lambda shape: st.integers(-len(shape) - 1, len(shape)),
        grad=True,
    ),
]
