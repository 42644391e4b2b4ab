"""Tensors with NumPy behaviour: methods, indexing, promotion in operators, and the functions that need it."""

import numpy as np
import tensorflow as tf

tnp = tf.experimental.numpy
tnp.experimental_enable_numpy_behavior()


def show(label, fn):
    try:
        print(label, fn())
    except Exception as error:
        print(label, type(error).__name__)


SAMPLES = {
    "int8": tf.constant(3, tf.int8),
    "uint8": tf.constant(2, tf.uint8),
    "int32": tf.constant(3),
    "int64": tf.constant(2, tf.int64),
    "uint64": tf.constant(2, tf.uint64),
    "float16": tf.constant(1.5, tf.float16),
    "bfloat16": tf.constant(1.5, tf.bfloat16),
    "float32": tf.constant(1.5),
    "float64": tf.constant(2.5, tf.float64),
    "complex64": tf.constant(1 + 1j, tf.complex64),
    "bool": tf.constant(True),
    "integer": 2,
    "float": 2.5,
    "imaginary": 2j,
    "np.float32": np.float32(2),
    "np.int64": np.array([2]),
    "list": [1, 2],
    "variable": tf.Variable(2.0),
}
OPERATORS = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "//": lambda x, y: x // y,
    "%": lambda x, y: x % y,
    "**": lambda x, y: x**y,
    "<": lambda x, y: x < y,
    ">=": lambda x, y: x >= y,
    "==": lambda x, y: x == y,
    "!=": lambda x, y: x != y,
    "&": lambda x, y: x & y,
    "@": lambda x, y: tnp.atleast_1d(x) @ tnp.atleast_1d(y),
}


def outcome(fn, x, y):
    try:
        result = fn(x, y)
    except Exception as error:
        return type(error).__name__
    if not isinstance(result, tf.Tensor):
        return type(result).__name__
    parts = [tf.math.real(result), tf.math.imag(result)] if result.dtype.is_complex else [result]
    return result.dtype.name, [part.numpy() for part in parts]


REFUSED_DIFFERENTLY = {("//", "complex64"), ("%", "complex64"), ("//", "imaginary"), ("%", "imaginary")}
# TensorFlow cannot compare a tensor with a variable then, not even of the same type.
REFUSED_DIFFERENTLY |= {(symbol, "variable") for symbol in ("<", ">=", "==", "!=", "@")}
# TensorFlow multiplies no matrices of these.
REFUSED_DIFFERENTLY |= {("@", kind) for kind in ("int8", "uint8", "uint64", "bool")}

for symbol, fn in OPERATORS.items():
    for first, x in SAMPLES.items():
        if not isinstance(x, (tf.Tensor, tf.Variable)):
            continue
        for second, y in SAMPLES.items():
            if {(symbol, first), (symbol, second)} & REFUSED_DIFFERENTLY:
                continue
            print(first, symbol, second, outcome(fn, x, y))
            if second in ("integer", "float", "list", "np.int64"):
                print(second, symbol, first, outcome(fn, y, x))

x = tf.reshape(tf.range(24.0), (2, 3, 4))
print(x.T.shape, x.size, x.ndim, x[0].tolist(), (+x[0, 0]).numpy())
print(x.reshape(4, 6).shape, x.reshape((6, 4), order="F")[0].numpy(), x.ravel().shape, x.flatten().shape)
print(x.transpose().shape, x.transpose([1, 0, 2]).shape, x.clip(3, 5)[0, 1].numpy(), x.astype(tf.int32)[0, 0].numpy())
print(x.max().numpy(), x.min(axis=0)[0].numpy(), x.mean(axis=(0, 1)).numpy(), x.mean(keepdims=True).shape)
print(tf.constant([1, 2]).mean().numpy(), tf.constant([1, 2]).mean().dtype, round(tf.constant([1.5, 2.4])).numpy())
print(x.data is x)
show("reshape", lambda: x.reshape(4, 6, bad=1))

INDICES = [
    0,
    (slice(None), 1),
    [1, 0],
    np.array([0, 1]),
    tf.constant([1, 1, 0]),
    tf.constant([[0, 1], [1, 0]]),
    (0, [0, 2]),
    ([0, 1], [0, 2]),
    ([0, 1], slice(None), [0, 3]),
    (slice(None), [0, 1], [2, 3]),
    (Ellipsis, [0, -1]),
    ([0, 1], Ellipsis, [0, -1]),
    (None, [1], Ellipsis),
    (slice(None), None, [0, 2]),
    (Ellipsis, [0, 1], 1),
    (Ellipsis, 1, [0, 1]),
    ([True, False],),
    (slice(None), [True, False, True]),
    (0, [True, False, True], [0, 1]),
    ([[0], [1]], [[0, 1]]),
    (tf.constant(1), [0, 2], slice(1, 3)),
    (1, slice(tf.constant(0), 2), [0]),
    np.int64(1),
    tf.constant(1, tf.int8),
    [-1],
    ([0, 1], 1, slice(None, None, -1)),
    x > 20,
    True,
    "text",
    1.5,
    [5],
    ([0], [1], [2], [3]),
    ([0, 1], [0, 1, 2]),
    [slice(0, 1), [0]],
]
for number, index in enumerate(INDICES):
    show(
        f"index {number}:",
        lambda index=index: (x[index].shape, tf.reduce_sum(x[index]).numpy(), x[index].numpy().ravel()[:5]),
    )


@tf.function(input_signature=[tf.TensorSpec([None, None], tf.float32), tf.TensorSpec([None], tf.int32)])
def pick(matrix, rows):
    return matrix[rows], matrix[:, rows], matrix[rows, rows], matrix + rows[0], matrix.T, matrix.mean(), matrix[-1]


for part in pick(x[0], tf.constant([0, 2, 1])):
    print(part.shape, part.dtype.name, tf.reduce_sum(part).numpy())

with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.reduce_sum(x[[0, 1], :, [1, 3]] ** 2) + x[:, [0, 0]].mean() * 2
print(tape.gradient(y, x).numpy())

EXACT = [tf.constant([1, 2, 3], tf.int8), tf.constant([1, 2, 3]), tf.constant([True, False, True]), [1, 2, 3]]
for name in (
    "exp log sqrt sin cbrt ceil floor fix isnan isfinite deg2rad sinc tanh log2 log10 log1p exp2 expm1 angle "
    "signbit abs positive iscomplex isreal round nansum nanprod nanmean average mean std var sum prod"
).split():
    for value in EXACT:
        show(name, lambda name=name, value=value: (lambda r: (r.dtype.name, r.numpy()))(getattr(tnp, name)(value)))
for name in "log2 log10 sinc cbrt exp2 logaddexp2 logaddexp hypot heaviside".split():
    arguments = 2 if name in ("logaddexp2", "logaddexp", "hypot", "heaviside") else 1
    show(
        name,
        lambda name=name, n=arguments: (lambda r: (r.dtype.name, r.numpy()))(
            getattr(tnp, name)(*[tf.constant([0.5, 2.0])] * n)
        ),
    )
show("hypot", lambda: tnp.hypot(tf.constant(3), 4.0))
show("linspace", lambda: tnp.linspace(tf.constant(1), tf.constant(4), 4))
show("meshgrid", lambda: [g.dtype.name for g in tnp.meshgrid([1, 2], [3.0, 4.0])])
show("average", lambda: tnp.average([[1, 2], [3, 4]], axis=1, returned=True))
show("take_along_axis", lambda: tnp.take_along_axis(tf.constant([[1, 2], [3, 4]]), [0, 3], None))
show("var", lambda: tnp.var([1.0, 2.0, 4.0], ddof=1, dtype=np.float32))
show("float add", lambda: tf.constant(1.0) + tf.constant([1, 2], tf.int16))
show("none", lambda: (tf.constant(1) == None, tf.constant(1) != None))
show("strings", lambda: tf.constant("a") + tf.constant("b"))
