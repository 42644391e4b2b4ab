"""Arguments of the numeric functions that are not plain tensors: lists of tensors, arrays, composites, None."""

from __future__ import annotations

import numpy as np

from .inputs import arr, f32
from .runner import Case, Program, raised

A, B = f32(2, 3), f32(3, 2)
KNOWN = "constant axes are looked into"


def outcome(name, *args, **kwargs):
    """A case that calls a function with values as they are, without tensors."""
    return Case(name, lambda tf: getattr_path(tf, name.split(" ")[0])(*args, **kwargs))


def getattr_path(tf, path):
    for name in path.split("."):
        tf = getattr(tf, name)
    return tf


tensordot = [
    Case("tensordot-array", lambda tf, a, b: tf.tensordot(a, b, np.array([[1], [0]])), [A, B], finer_shapes=KNOWN),
    Case("tensordot-tensor", lambda tf, a, b: tf.tensordot(a, b, tf.constant([[1], [0]])), [A, B], finer_shapes=KNOWN),
    Case("tensordot-int64", lambda tf, a, b: tf.tensordot(a, b, tf.constant([[1], [0]], tf.int64)), [A, B]),
    Case("tensordot-scalar", lambda tf, a, b: tf.tensordot(a, b, tf.constant(1)), [A, B]),
    Case("tensordot-none", lambda tf, a, b: tf.tensordot(a, b, None), [A, B]),
    Case("tensordot-text", lambda tf, a, b: tf.tensordot(a, b, "x"), [A, B]),
    outcome("tensordot mixed dtypes", np.ones((2, 3), np.float32), np.ones((3, 2)), 1),
]

constants = [
    Case("constant-of-tensors", lambda tf, x: tf.constant([x, x]), [arr(1.0)]),
    Case("constant-of-tensor-and-number", lambda tf, x: tf.constant([[x, 2.0]]), [arr(1.0)]),
    Case("constant-of-kinds", lambda tf, x, y: tf.constant([x, y]), [arr(1.0), arr(4)]),
    Case("convert-tensors", lambda tf, x: tf.convert_to_tensor([[x, 2.0], [3.0, x]]), [arr(1.0)]),
]

composites = [
    *(
        Case(f"{name}-sparse", lambda tf, x, n=name: getattr_path(tf, n)(tf.sparse.from_dense(x)), [arr([1.0, 0.0])])
        for name in ("zeros_like", "ones_like", "clip_by_value", "identity", "square", "shape")
    ),
    Case("global-norm-sparse", lambda tf, x: tf.linalg.global_norm([tf.sparse.from_dense(x)]), [arr([1.0, 0.0])]),
    Case(
        "clip-ragged",
        lambda tf, x: tf.clip_by_value(tf.RaggedTensor.from_row_lengths(x, [1, 2]), 0.0, 1.0),
        [arr([0.5, 2.0, -1.0])],
    ),
]

losses = [
    Case(f"softmax-scalars-{i}", lambda tf, x, y: tf.nn.softmax_cross_entropy_with_logits(x, y), [x, y])
    for i, (x, y) in enumerate(((arr(1.0), arr([1.0, 2.0])), (arr([1.0, 2.0]), arr(1.0)), (arr(1.0), arr(1.0))))
]

others = [
    Case("ensure-any-shape", lambda tf, x: tf.ensure_shape(x, None), [f32(2)], rank=True),
    *(outcome(f"reduce_all {i}", value) for i, value in enumerate(([1, 0], [1.0], 1, ["a"], [True], []))),
    outcome("math.nextafter arrays", np.ones(2), np.zeros(2)),
    outcome("math.nextafter integers", 1, 2),
    *(
        outcome(f"nn.max_pool {kind}", np.ones((1, 4, 4, 1), kind), 2, 2, "SAME")
        for kind in ("float64", "float32", "int32")
    ),
    outcome("nn.leaky_relu array", np.ones(2)),
]


def _number_and_variable(tf, name):
    variable = tf.Variable([[1.0, 0.5]])
    fn = getattr_path(tf, name)
    results = []
    for call in (lambda: fn(2, variable), lambda: fn(variable, 2), lambda: tf.function(lambda: fn(2, variable))()):
        results.append(call().numpy().tolist() if raised(call) == "no error" else raised(call))
    return results


def _sparse_quotients(tf):
    sparse = tf.sparse.from_dense([1.0, 0.0, 4.0])
    slices = tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([0]), tf.constant([2, 2]))
    quotients = [tf.divide(sparse, 2.0), tf.divide(sparse, tf.constant([2.0, 1.0, 4.0]))]
    return [tf.sparse.to_dense(q) for q in quotients], raised(lambda: tf.divide(slices, 2.0))


def _ragged_order(tf):
    ragged = tf.ragged.constant([[1], [2, 3]])
    return [fn(ragged) for fn in (tf.math.is_non_decreasing, tf.math.is_strictly_increasing)]


programs = [
    *(
        Program(f"number-and-variable-{name}", lambda tf, n=name: _number_and_variable(tf, n))
        for name in ("divide", "math.divide_no_nan", "subtract", "maximum", "math.igamma", "less")
    ),
    Program("sparse-quotients", _sparse_quotients),
    Program("ragged-order", _ragged_order),
]

# Declared, but without a kernel.
missing = [
    *(Case(f"realdiv-{t}", "realdiv", [arr([7], t), arr([2], t)]) for t in ("uint8", "int32", "int64", "bfloat16")),
    *(Case(f"reciprocal-{t}", "math.reciprocal", [arr([2], t)]) for t in ("int8", "int64", "float16")),
    Case("square-root-half", "linalg.sqrtm", [arr(np.eye(2), "float16")]),
]

empties = [
    Program("no-gradients", lambda tf: [tf.clip_by_global_norm(x, 1.0) for x in ([], [None])]),
    Program("global-norm-of-nothing", lambda tf: [tf.linalg.global_norm([])]),
    Case("identity-of-nothing", lambda tf: tf.identity_n([])),
    Case("unravel-nothing", lambda tf, x: tf.unravel_index(x, [2, 3]), [arr(np.zeros(0), "int32")]),
    Case("reverse-scalar", lambda tf, x: tf.reverse(x, [0]), [f32()]),
]

lists = [
    *(
        Case(f"tensor-as-list-{name}", lambda tf, x, n=name, a=key: getattr(tf.raw_ops, n)(**{a: x}), [f32(2, 2)])
        for name, key in (("IdentityN", "input"), ("Pack", "values"), ("AddN", "inputs"))
    ),
    Program("array-as-list", lambda tf: [tf.identity_n(np.ones(2, np.int16)), tf.identity_n("ab")]),
]

lu = [
    *(
        Case(f"{name}-{i}", lambda tf, x, p, n=name: getattr_path(tf, f"linalg.{n}")(x, p), [x, arr(perm, "int32")])
        for name in ("lu_reconstruct", "lu_matrix_inverse")
        for i, (x, perm) in enumerate(
            ((f32(2, 2), [[0, 1], [1, 0]]), (f32(2, 2), 1), (f32(2), [0]), (f32(2, 3), [1, 0]))
        )
    ),
    Case("lu-solve-vector", lambda tf, x, y: tf.linalg.lu_solve(x, [0, 1], y), [f32(2, 2), f32(2)]),
]

CASES = [*lists, *empties, *missing, *lu, *programs, *tensordot, *constants, *composites, *losses, *others]
