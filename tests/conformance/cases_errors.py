"""Bad input: the class of the error in each mode, what its message names, and `tf.errors` themselves."""

from __future__ import annotations

import pickle

import numpy as np

from .inputs import arr, bools, f32, f64, i64, ints, py, strs, variable
from .runner import Case, Program, raised

# id: (function path or lambda, inputs, text that the messages contain by mode)
WRONG_DTYPE = {
    "add-dtypes": (
        "add",
        [f32(2), ints(2)],
        {"eager": ["AddV2", "float", "int32"], "function": ["float32", "int32"]},
    ),
    "matmul-dtypes": ("matmul", [f32(2, 2), f64(2, 2)], {"eager": ["MatMul"]}),
    "concat-dtypes": (lambda tf, x, y: tf.concat([x, y], 0), [f32(2), ints(2)], {"eager": ["ConcatV2"]}),
    "stack-dtypes": (lambda tf, x, y: tf.stack([x, y]), [f32(2), ints(2)], {"eager": ["Pack"]}),
    "where-dtypes": (lambda tf, x, y: tf.where(x > 0, x, y), [f32(2), ints(2)], {"eager": ["SelectV2"]}),
    "sin-of-int": ("sin", [ints(2)], {"eager": ["int32"], "function": ["int32", "x"]}),
    "logical-and-of-float": ("logical_and", [f32(2), f32(2)], {"eager": ["LogicalAnd"]}),
    "gather-float-indices": ("gather", [f32(3), f32(2)], {"eager": ["float"]}),
    "reshape-float-shape": (lambda tf, x: tf.reshape(x, [1.0, 2.0]), [f32(2)], {}),
    "reduce-axis-float": (lambda tf, x: tf.reduce_sum(x, 0.5), [f32(2)], {}),
    "sum-of-strings": ("reduce_sum", [strs(2)], {}),
    "softmax-of-int": ("nn.softmax", [ints(2)], {}),
    "bitwise-of-float": ("bitwise.bitwise_and", [f32(2), f32(2)], {}),
    "sqrt-of-bool": ("sqrt", [bools(2)], {}),
    "one-hot-of-float": (lambda tf, x: tf.one_hot(x, 3), [f32(2)], {}),
    "range-dtypes": (lambda tf, x: tf.range(x, 3.5), [arr(1, "int32")], {}),
    "cast-unknown": (
        lambda tf, x: tf.cast(x, "float31"),
        [f32(2)],
        {"eager": ["float31"], "function": ["float31"]},
    ),
    "equal-dtypes": ("equal", [f32(2), ints(2)], {"eager": ["Equal"]}),
    "pow-dtypes": ("pow", [f32(2), ints(2)], {}),
    "conv-of-int": (
        lambda tf, x: tf.nn.conv2d(x, tf.ones([1, 1, 1, 1], tf.int64), 1, "SAME"),
        [i64(1, 2, 2, 1)],
        {},
    ),
    "complex-of-int": ("complex", [ints(2), ints(2)], {}),
    "maximum-of-complex": (lambda tf, x: tf.maximum(tf.complex(x, x), 0.0), [f32(2)], {}),
    "string-length-of-float": ("strings.length", [f32(2)], {}),
    "add-n-dtypes": (lambda tf, x, y: tf.add_n([x, y]), [f32(2), ints(2)], {}),
}

WRONG_SHAPE = {
    "add-shapes": ("add", [f32(2), f32(3)], {"eager": ["[2]", "[3]", "AddV2"], "function": ["2", "3"]}),
    "add-inner": ("add", [f32(2, 3), f32(2, 4)], {"eager": ["[2,3]", "[2,4]"], "function": ["3", "4"]}),
    "matmul-inner": (
        "matmul",
        [f32(2, 3), f32(2, 3)],
        {"eager": ["[2,3]", "MatMul"], "function": ["3", "2"]},
    ),
    "matmul-rank": ("matmul", [f32(3), f32(3)], {}),
    "matmul-batch": ("matmul", [f32(2, 2, 2), f32(3, 2, 2)], {}),
    "concat-ranks": (lambda tf, x, y: tf.concat([x, y], 0), [f32(2), f32(2, 2)], {}),
    "concat-sizes": (lambda tf, x, y: tf.concat([x, y], 0), [f32(2, 3), f32(2, 2)], {"eager": ["ConcatOp"]}),
    "concat-scalars": (lambda tf, x, y: tf.concat([x, y], 0), [f32(), f32()], {}),
    "stack-shapes": (lambda tf, x, y: tf.stack([x, y]), [f32(2), f32(3)], {}),
    "reshape-size": (lambda tf, x: tf.reshape(x, [4]), [f32(2, 3)], {"eager": ["6 values", "4"]}),
    "reshape-indivisible": (lambda tf, x: tf.reshape(x, [4, -1]), [f32(2, 3)], {"eager": ["6"]}),
    "reshape-negative": (lambda tf, x: tf.reshape(x, [-2]), [f32(2, 3)], {}),
    "broadcast-to": (lambda tf, x: tf.broadcast_to(x, [2, 4]), [f32(2, 3)], {}),
    "transpose-perm": (lambda tf, x: tf.transpose(x, [0]), [f32(2, 3)], {}),
    "transpose-repeated": (lambda tf, x: tf.transpose(x, [0, 0]), [f32(2, 3)], {}),
    "split-indivisible": (lambda tf, x: tf.split(x, 2), [f32(3)], {}),
    "split-sizes": (lambda tf, x: tf.split(x, [1, 1]), [f32(3)], {}),
    "tile-multiples": (lambda tf, x: tf.tile(x, [1]), [f32(2, 3)], {}),
    "pad-rank": (lambda tf, x: tf.pad(x, [[1, 1]]), [f32(2, 3)], {}),
    "slice-past-the-end": (lambda tf, x: tf.slice(x, [1], [4]), [f32(3)], {}),
    "slice-rank": (lambda tf, x: tf.slice(x, [0], [1]), [f32(2, 3)], {}),
    "squeeze-not-one": (lambda tf, x: tf.squeeze(x, [0]), [f32(2, 3)], {"eager": ["2"], "function": ["2"]}),
    "unstack-count": (lambda tf, x: tf.unstack(x, 5), [f32(3)], {}),
    "where-shapes": (lambda tf, c, x, y: tf.where(c, x, y), [bools(2), f32(3), f32(3)], {}),
    "bias-add": ("nn.bias_add", [f32(2, 3), f32(2)], {}),
    "conv-channels": (lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME"), [f32(1, 4, 4, 2), f32(3, 3, 3, 1)], {}),
    "conv-rank": (lambda tf, x, k: tf.nn.conv2d(x, k, 1, "SAME"), [f32(4, 4, 2), f32(3, 3, 2, 1)], {}),
    "cross-entropy-shapes": (
        lambda tf, x, y: tf.nn.softmax_cross_entropy_with_logits(x, y),
        [f32(2, 3), f32(2, 4)],
        {},
    ),
    "sparse-cross-entropy": (
        lambda tf, x, y: tf.nn.sparse_softmax_cross_entropy_with_logits(x, y),
        [ints(3, low=0, high=2), f32(2, 3)],
        {},
    ),
    "gather-nd-depth": (lambda tf, x: tf.gather_nd(x, [[0, 0, 0]]), [f32(2, 3)], {}),
    "tensordot-axes": (lambda tf, x, y: tf.tensordot(x, y, 1), [f32(2, 3), f32(2, 3)], {}),
    "einsum-rank": (lambda tf, x: tf.einsum("ijk->i", x), [f32(2, 3)], {}),
    "add-n-shapes": (lambda tf, x, y: tf.add_n([x, y]), [f32(2), f32(3)], {}),
    "scatter-nd": (lambda tf, x: tf.scatter_nd([[0], [1]], x, [4]), [f32(3)], {}),
    "eye-negative": (lambda tf, x: tf.eye(-1), [f32()], {}),
    "zeros-negative": (lambda tf, x: tf.zeros([-1]), [f32()], {}),
    "fill-negative": (lambda tf, x: tf.fill([-1], x), [f32()], {}),
    "fill-of-vector": (lambda tf, x: tf.fill([2], x), [f32(2)], {}),
    "range-zero-step": (lambda tf, x: tf.range(0, 3, x), [arr(0, "int32")], {}),
    "cumsum-of-scalar": ("cumsum", [f32()], {}),
    "dense-add-variable": ("add", [variable(f32(2)), f32(3)], {}),
    "meshgrid": (lambda tf, x: tf.meshgrid(x, indexing="no"), [f32(2)], {}),
}

WRONG_AXIS = {
    "reduce-axis": (lambda tf, x: tf.reduce_sum(x, 2), [f32(2, 3)], {"eager": ["2"], "function": ["2"]}),
    "reduce-axis-negative": (lambda tf, x: tf.reduce_max(x, -3), [f32(2, 3)], {}),
    "reduce-axis-repeated": (lambda tf, x: tf.reduce_sum(x, [0, 0]), [f32(2, 3)], {}),
    "reduce-axis-repeated-negative": (lambda tf, x: tf.reduce_sum(x, [1, -1]), [f32(2, 3)], {}),
    "reduce-axis-of-scalar": (lambda tf, x: tf.reduce_sum(x, 0), [f32()], {}),
    "argmax-axis": (lambda tf, x: tf.argmax(x, 3), [f32(2, 3)], {}),
    "concat-axis": (lambda tf, x: tf.concat([x, x], 2), [f32(2, 3)], {}),
    "concat-axis-negative": (lambda tf, x: tf.concat([x, x], -3), [f32(2, 3)], {}),
    "stack-axis": (lambda tf, x: tf.stack([x, x], 4), [f32(2, 3)], {}),
    "unstack-axis": (lambda tf, x: tf.unstack(x, axis=2), [f32(2, 3)], {}),
    "expand-dims-axis": (lambda tf, x: tf.expand_dims(x, 4), [f32(2, 3)], {}),
    "squeeze-axis": (lambda tf, x: tf.squeeze(x, [5]), [f32(1, 3)], {}),
    "softmax-axis": (lambda tf, x: tf.nn.softmax(x, 2), [f32(2, 3)], {}),
    "cumsum-axis": (lambda tf, x: tf.cumsum(x, 2), [f32(2, 3)], {}),
    "gather-axis": (lambda tf, x: tf.gather(x, [0], axis=2), [f32(2, 3)], {}),
    "split-axis": (lambda tf, x: tf.split(x, 1, axis=2), [f32(2, 3)], {}),
    "reverse-axis": (lambda tf, x: tf.reverse(x, [2]), [f32(2, 3)], {}),
    "roll-axis": (lambda tf, x: tf.roll(x, 1, 2), [f32(2, 3)], {}),
    "transpose-axis": (lambda tf, x: tf.transpose(x, [0, 2]), [f32(2, 3)], {}),
    "sort-axis": (lambda tf, x: tf.sort(x, axis=2), [f32(2, 3)], {}),
    "norm-axis": (lambda tf, x: tf.norm(x, axis=3), [f32(2, 3)], {}),
    "repeat-axis": (lambda tf, x: tf.repeat(x, 2, axis=3), [f32(2, 3)], {}),
}

WRONG_VALUE = {
    "gather-range": ("gather", [f32(3), arr([0, 3], "int32")], {"eager": ["3"], "function": ["3"]}),
    "gather-negative": ("gather", [f32(3), arr([-1], "int32")], {"eager": ["-1"]}),
    "gather-nd-range": ("gather_nd", [f32(3), arr([[5]], "int32")], {}),
    "scatter-nd-range": (lambda tf, i, x: tf.scatter_nd(i, x, [4]), [arr([[9]], "int32"), f32(1)], {}),
    "tensor-scatter-range": (
        lambda tf, x, i: tf.tensor_scatter_nd_add(x, i, [1.0]),
        [f32(3), arr([[7]], "int32")],
        {},
    ),
    "divide-by-zero": (lambda tf, x: x // 0, [ints(3)], {}),
    "mod-by-zero": (lambda tf, x: tf.math.floormod(x, 0), [ints(3)], {}),
    "negative-power": (lambda tf, x, y: x**y, [ints(3), arr([-1, 0, 1], "int32")], {}),
    "embedding-range": ("nn.embedding_lookup", [f32(3, 2), arr([3], "int32")], {}),
    "labels-range": (
        lambda tf, y, x: tf.nn.sparse_softmax_cross_entropy_with_logits(y, x),
        [arr([0, 7], "int32"), f32(2, 3)],
        {},
    ),
    "segment-sum-unsorted": ("math.segment_sum", [f32(3), arr([1, 0, 1], "int32")], {}),
    "segment-sum-negative": ("math.segment_sum", [f32(2), arr([-1, 0], "int32")], {}),
    "top-k-too-many": (lambda tf, x: tf.math.top_k(x, 5), [f32(3)], {}),
    "one-hot-negative-depth": (lambda tf, i: tf.one_hot(i, -1), [ints(2)], {}),
    "bincount-negative": ("math.bincount", [arr([-1, 1], "int32")], {}),
    "pad-negative": (lambda tf, x: tf.pad(x, [[-1, 0]]), [f32(3)], {}),
    "tile-negative": (lambda tf, x: tf.tile(x, [-1]), [f32(3)], {}),
    "check-numerics": (
        lambda tf, x: tf.debugging.check_numerics(x, "my message"),
        [arr([np.nan, 1.0])],
        {"eager": ["my message"], "function": ["my message"]},
    ),
    "assert-equal": (
        lambda tf, x: [tf.debugging.assert_equal(x, 3, "equal please"), x][1],
        [ints(2)],
        {"eager": ["equal please"]},
    ),
    "assert-positive": (lambda tf, x: [tf.debugging.assert_positive(x), x][1], [arr([1.0, -1.0])], {}),
    "assert-rank": (lambda tf, x: [tf.debugging.assert_rank(x, 3), x][1], [f32(2)], {}),
    "assert-shapes": (lambda tf, x: [tf.debugging.assert_shapes([(x, ("N", 2))]), x][1], [f32(3, 3)], {}),
    "assert-type": (lambda tf, x: [tf.debugging.assert_type(x, tf.int32), x][1], [f32(2)], {}),
    "assert": (lambda tf, x: [tf.debugging.Assert(tf.reduce_all(x > 100.0), [x]), x][1], [f32(2)], {}),
    "parse-number": (lambda tf, x: tf.strings.to_number(x), [arr(["nope"], "string")], {"eager": ["nope"]}),
    "inverse-singular": ("linalg.inv", [arr([[1.0, 1.0], [1.0, 1.0]])], {}),
    "ensure-shape": (lambda tf, x: tf.ensure_shape(x, [4]), [f32(3)], {"eager": ["3", "4"]}),
}

NOT_CONVERTIBLE = {
    "add-none": (lambda tf, x: tf.add(x, None), [f32(2)], {"eager": ["None"]}),
    "add-object": (lambda tf, x: tf.add(x, object()), [f32(2)], {}),
    "add-dict": (lambda tf, x: tf.add(x, {"a": 1}), [f32(2)], {}),
    "add-ragged": (lambda tf, x: tf.add(x, [[1.0], [1.0, 2.0]]), [f32(2)], {}),
    "add-string": (lambda tf, x: tf.add(x, "a"), [f32(2)], {}),
    "add-function": (lambda tf, x: tf.add(x, len), [f32(2)], {}),
    "add-type": (lambda tf, x: tf.add(x, int), [f32(2)], {}),
    "sum-none": (lambda tf, x: tf.reduce_sum(None), [f32(2)], {}),
    "sum-ragged": (lambda tf, x: tf.reduce_sum([[1.0], [1.0, 2.0]]), [f32(2)], {}),
    "matmul-list": (lambda tf, x: tf.matmul([[1, 2], [3]], x), [f32(2, 2)], {}),
    "reshape-none": (lambda tf, x: tf.reshape(x, None), [f32(2)], {}),
    "reshape-string": (lambda tf, x: tf.reshape(x, "a"), [f32(2)], {}),
    "stack-none": (lambda tf, x: tf.stack([x, None]), [f32(2)], {}),
    "stack-empty": (lambda tf, x: tf.stack([]), [f32(2)], {}),
    "concat-empty": (lambda tf, x: tf.concat([], 0), [f32(2)], {}),
    "concat-not-a-list": (lambda tf, x: tf.concat(x, 0), [f32(2)], {}),
    "add-n-empty": (lambda tf, x: tf.add_n([]), [f32(2)], {}),
    "stack-of-tensor": (lambda tf, x: tf.stack(x), [f32(2)], {}),
    "fill-none": (lambda tf, x: tf.fill([2], None), [f32(2)], {}),
    "float-for-int": (lambda tf, x: tf.range(3, dtype=tf.int32) + 1.5, [f32(2)], {}),
    "bad-dtype-argument": (lambda tf, x: tf.zeros([2], dtype=3.5), [f32(2)], {}),
    "bad-dtype-name": (lambda tf, x: tf.ones([2], dtype="floaty"), [f32(2)], {}),
    "shape-of-strings": (lambda tf, x: tf.zeros(["a"]), [f32(2)], {}),
}

WRONG_CALL = {
    "unknown-keyword": (
        lambda tf, x: tf.add(x, x, nothing=1),
        [f32(2)],
        {"eager": ["nothing"], "function": ["nothing"]},
    ),
    "too-many-arguments": (lambda tf, x: tf.add(x, x, "n", 1), [f32(2)], {}),
    "too-few-arguments": (lambda tf, x: tf.add(x), [f32(2)], {}),
    "argument-twice": (lambda tf, x: tf.add(x, x, x=x), [f32(2)], {}),
    "no-arguments": (lambda tf, x: tf.reduce_sum(), [f32(2)], {}),
    "unknown-function": (
        lambda tf, x: tf.nothing(x),
        [f32(2)],
        {"eager": ["nothing"], "function": ["nothing"]},
    ),
    "unknown-submodule": (lambda tf, x: tf.math.nothing(x), [f32(2)], {"eager": ["nothing"]}),
    "module-called": (lambda tf, x: tf.math(x), [f32(2)], {}),
    "bad-padding": (
        lambda tf, x: tf.nn.max_pool2d(x, 2, 2, "MAYBE"),
        [f32(1, 4, 4, 1)],
        {"eager": ["MAYBE"]},
    ),
    "bad-mode": (lambda tf, x: tf.pad(x, [[1, 1]], mode="NO"), [f32(3)], {}),
    "bad-direction": (lambda tf, x: tf.sort(x, direction="UP"), [f32(3)], {}),
    "bad-einsum": (lambda tf, x: tf.einsum("i->ij", x), [f32(3)], {}),
    "raw-positional": (lambda tf, x: tf.raw_ops.AddV2(x, x), [f32(2)], {}),
    "raw-missing": (lambda tf, x: tf.raw_ops.AddV2(x=x), [f32(2)], {}),
    "raw-unknown": (lambda tf, x: tf.raw_ops.AddV2(x=x, y=x, z=x), [f32(2)], {}),
    "raw-attribute-type": (
        lambda tf, x: tf.raw_ops.MatMul(a=x, b=x, transpose_a="yes please"),
        [f32(2, 2)],
        {},
    ),
    "raw-attribute-value": (lambda tf, x: tf.raw_ops.Cast(x=x, DstT="nothing"), [f32(2)], {}),
    "bad-name": (lambda tf, x: tf.add(x, x, name="not a name!"), [f32(2)], {}),
    "bad-name-type": (lambda tf, x: tf.add(x, x, name=3), [f32(2)], {}),
    "depth-missing": (lambda tf, x: tf.one_hot(x), [ints(2)], {}),
    "where-one-branch": (lambda tf, x: tf.where(x > 0, x), [f32(2)], {}),
    "clip-order": (lambda tf, x: tf.clip_by_value(x, 2.0, 1.0), [f32(2)], {}),
    "assign-to-tensor": (lambda tf, x: x.assign(1.0), [f32(2)], {"eager": ["assign"]}),
}


# TensorFlow's shape functions do not look at these; the error comes when the graph runs.
FOUND_WHILE_TRACING = {
    "shape-transpose-repeated",
    "shape-slice-past-the-end",
    "axis-reduce-axis-repeated",
    "axis-reduce-axis-repeated-negative",
}


# What real TensorFlow does not survive in eager mode, now and then.
CRASHING = {"shape-conv-rank": "TensorFlow's kernel reads past the shape of an input of wrong rank"}


def cases(table, prefix):
    made = []
    for name, (fn, inputs, message) in table.items():
        id = f"{prefix}-{name}"
        accept = {"ValueError": "found while tracing"} if id in FOUND_WHILE_TRACING else {}
        crashes = {"modes": ("function", "unknown"), "reason": CRASHING[id]} if id in CRASHING else {}
        made.append(Case(id, fn, inputs, message=message, accept=accept, **crashes))
    return made


# ---------------------------------------------------------------- tf.errors

CLASSES = [
    "AbortedError",
    "AlreadyExistsError",
    "CancelledError",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "OpError",
    "OperatorNotAllowedInGraphError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
]
CODES = [
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED",
    "UNAUTHENTICATED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL",
    "UNAVAILABLE DATA_LOSS",
]


def _made(tf, name):
    cls = getattr(tf.errors, name)
    bases = [b.__name__ for b in cls.__mro__]
    if name == "OperatorNotAllowedInGraphError":
        return [bases, str(cls("text"))]
    error = cls(None, None, "text", 3) if name in ("OpError", "UnknownError") else cls(None, None, "text")
    return [
        bases,
        error.message,
        error.op,
        error.node_def,
        error.error_code,
        str(error),
        repr(error),
        error.args,
    ]


def _caught(tf):
    try:
        tf.matmul(tf.ones([2, 3]), tf.ones([2, 3]))
    except tf.errors.InvalidArgumentError as error:
        return [
            isinstance(error, tf.errors.OpError),
            error.error_code,
            error.op,
            "MatMul" in error.message,
            str(error) == error.message,
        ]


def _pickled(tf):
    error = pickle.loads(pickle.dumps(tf.errors.NotFoundError(None, None, "text")))
    return [type(error).__name__, error.message]


def _state_after_errors(tf):
    """A failed call leaves tapes, graphs and name scopes as they were."""
    x = tf.constant([1.0, 2.0])
    out = []
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        out.append(raised(lambda: tf.matmul(x, x)))
        z = tf.reduce_sum(y)
    out.append(tape.gradient(z, x))

    @tf.function
    def f(x):
        with tf.name_scope("a"):
            raised(lambda: tf.matmul(x, tf.ones([7, 7])))
            y = tf.add(x, 1.0, name="n")
        return y, tf.constant(y.name)

    out.append(f(tf.ones([2, 2])))
    out.append(tf.executing_eagerly())
    return out


def _errors_in_scopes(tf):
    def broken():
        with tf.name_scope("x"), tf.device("/CPU:0"), tf.Graph().as_default():
            raise KeyError("k")

    return [raised(broken), tf.executing_eagerly(), tf.Variable(1.0, name="v").name]


ERROR_CLASSES = [
    *(Program(f"class-{name}", lambda tf, name=name: _made(tf, name), symbols=(f"errors.{name}",)) for name in CLASSES),
    Program(
        "codes",
        lambda tf: [[c, getattr(tf.errors, c)] for line in CODES for c in line.split()],
        symbols=[f"errors.{c}" for line in CODES for c in line.split()],
    ),
    Program("caught", _caught),
    Program("pickled", _pickled),
    Program("state-after-errors", _state_after_errors),
    Program("errors-in-scopes", _errors_in_scopes),
    Program(
        "errors-from-python",
        lambda tf: [
            raised(lambda: tf.errors.InvalidArgumentError()),
            raised(lambda: tf.errors.InvalidArgumentError("a")),
            issubclass(tf.errors.InvalidArgumentError, ValueError),
        ],
    ),
    Program(
        "experimental-payloads",
        lambda tf: tf.errors.InvalidArgumentError(None, None, "t").experimental_payloads,
    ),
    Case(
        "same-error-again",
        lambda tf, x: [
            raised(lambda: tf.matmul(x, x)),
            raised(lambda: tf.matmul(x, x)),
            tf.matmul(x, x, transpose_b=True),
        ],
        [f32(2, 3)],
        modes=("eager",),
        reason="strings come back as bytes from functions",
    ),
    Case(
        "shape-reshape-two-unknown",
        lambda tf, x: tf.reshape(x, [-1, -1]),
        [f32(2, 3)],
        modes=("eager",),
        reason="TensorFlow's graph optimizer removes the reshape, and with it the error",
    ),
    Case("error-then-good", lambda tf, x, n: tf.reshape(x, [n]), [f32(4), py(4)]),
]

CASES = [
    *cases(WRONG_DTYPE, "dtype"),
    *cases(WRONG_SHAPE, "shape"),
    *cases(WRONG_AXIS, "axis"),
    *cases(WRONG_VALUE, "value"),
    *cases(NOT_CONVERTIBLE, "convert"),
    *cases(WRONG_CALL, "call"),
    *ERROR_CLASSES,
]
