"""Graphs with gradients, exported: real TensorFlow imports them and computes the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as real

import tfshim as tf

SHAPES = {"x": (2, 4), "y": (4,), "image": (2, 6, 6, 2)}
RNG = np.random.default_rng(7)
VALUES = {name: RNG.uniform(0.2, 0.9, shape).astype(np.float32) for name, shape in SHAPES.items()}


def _unary(x, y, image):
    """All ops of one argument; each result has weights of its own."""
    return _flat([getattr(tf.raw_ops, name)(**{_argument(name): x}) for name in UNARY])


def _binary(x, y, image):
    """All ops of two arguments that are broadcast, either way."""
    ops = [getattr(tf.raw_ops, name) for name in BINARY]
    return _flat([op(x=a, y=b) for op in ops for a, b in ((x, y), (y + 0.1, x))])


def _flat(results):
    return tf.concat([tf.reshape(r, [-1]) for r in results], 0)


def _argument(name):
    if name in ("Softmax", "LogSoftmax"):
        return "logits"
    if name in ("Relu", "Relu6", "Elu", "Selu", "LeakyRelu", "Softplus", "Softsign"):
        return "features"
    return "t" if name == "L2Loss" else "input" if name in ("Identity", "Conj") else "x"


def _positive(image):
    """Positive definite matrices, [2, 3, 3]."""
    part = image[:, :3, :4, 0]
    return tf.matmul(part, part, transpose_b=True) + tf.linalg.diag([1.0, 2.0, 4.0])


def _skew():
    return tf.constant([[0.0, 0.3, 0.1], [-0.2, 0.0, 0.4], [0.2, -0.1, 0.0]])


def _matrices(image):
    """Square, tall and wide ones with singular values that differ."""
    wide = tf.ensure_shape(image[:, :3, :5, 0], [2, 3, 5]) + tf.constant([[3.0], [2.0], [1.0]])
    return wide[:, :, :3] + tf.linalg.diag([3.0, 2.0, 1.0]), tf.transpose(wide, [0, 2, 1]), wide


def _special(x, y, image):
    """Special functions; each result has weights of its own."""
    unary = [getattr(tf.raw_ops, name)(x=x) for name in SPECIAL]
    pairs = [(tf.math.igamma, x), (tf.math.igammac, x), (tf.math.zeta, x + 1.0), (tf.math.polygamma, 2.0 + 0.0 * x)]
    binary = [f(first, y) for f, first in pairs] + [f(x, y) for f in (tf.math.xlogy, tf.math.xdivy, tf.math.xlog1py)]
    return _flat([*unary, *binary, tf.math.betainc(x, x + 1.0, x), tf.fill([2], y[0]), tf.reverse(x, [1])])


def _complex(image):
    """Complex matrices, [2, 3, 3]."""
    return tf.complex(image[:, :3, :3, 0] + tf.linalg.diag([3.0, 2.0, 1.0]), image[:, 1:4, :3, 1])


def _parts(z):
    return [tf.math.real(z), tf.math.imag(z)]


def _complex_parts(x, y, image):
    z = _complex(image)
    return _flat([tf.abs(z), tf.math.angle(z), *_parts(z * z), *_parts(tf.complex(x, y))])


def _fourier(x, y, image):
    z, real = _complex(image), image[:, :, :, 0]
    both = [f(z) for f in (tf.signal.fft, tf.signal.ifft, tf.signal.fft2d, tf.signal.ifft2d)]
    both += [tf.signal.fft3d(z), tf.signal.rfft(real), tf.signal.rfft(real, [5]), tf.signal.rfft2d(real, [8, 5])]
    back = [tf.signal.irfft(z), tf.signal.irfft(z, [5]), tf.signal.irfft2d(z), tf.signal.irfft2d(z, [4, 7])]
    return _flat([part**2 for r in both for part in _parts(r)] + [r**2 for r in back])


def _complex_decompositions(x, y, image):
    z = _complex(image)
    values, vectors = tf.linalg.eigh(tf.matmul(z, z, adjoint_b=True))
    q, r = tf.linalg.qr(z)
    found = [tf.math.real(values), tf.abs(vectors), *_parts(q), *_parts(r), tf.linalg.svd(z, compute_uv=False)]
    for matrix in (z, z[:, :2], z[:, :, :2]):
        s, u, v = tf.linalg.svd(matrix)
        found += [s**2, tf.abs(u), tf.abs(v)]
    return _flat(found)


SPECIAL = (
    *("Digamma", "Erfinv", "Ndtri", "Dawsn", "Expint", "FresnelCos", "FresnelSin", "Spence", "BesselI0", "BesselI0e"),
    *("BesselI1", "BesselI1e", "BesselK0", "BesselK0e", "BesselK1", "BesselK1e", "BesselJ0", "BesselJ1", "BesselY0"),
    "BesselY1",
)
UNARY = (
    *("Exp", "Expm1", "Log", "Log1p", "Square", "Abs", "Sin", "Cos", "Tan", "Sinh", "Cosh", "Asin", "Acos", "Atan"),
    *("Erf", "Erfc", "Lgamma", "Sqrt", "Rsqrt", "Tanh", "Sigmoid", "Reciprocal", "Neg", "Identity", "L2Loss"),
    *("Relu", "Relu6", "Elu", "Selu", "LeakyRelu", "Softplus", "Softsign", "Softmax", "LogSoftmax"),
)
BINARY = ("AddV2", "Sub", "Mul", "RealDiv", "DivNoNan", "Maximum", "Minimum", "SquaredDifference", "Pow", "Atan2")

PROGRAMS = {
    "special": _special,
    "complex-parts": _complex_parts,
    "fourier": _fourier,
    "complex-decompositions": _complex_decompositions,
    "others": lambda x, y, image: _flat(
        [
            tf.linalg.cross(x[:, :3], x[:, 1:]),
            tf.linalg.tensor_diag(y),
            tf.linalg.tensor_diag_part(image[0, :, :, 0]) ** 2,
            tf.math.reduce_euclidean_norm(x, 1),
            tf.math.reduce_euclidean_norm(x, 0, keepdims=True),
        ]
    ),
    "unary": _unary,
    "binary": _binary,
    "matmul": lambda x, y, image: tf.matmul(x, x, transpose_b=True) @ (x @ x[:, :, None][0] * y),
    "matmul-transposed": lambda x, y, image: (
        tf.matmul(x, x, True, False)[:2] + tf.matmul(x[:, :2], x[:, :2], True, True)[0, 1]
    ),
    "batch-matmul": lambda x, y, image: tf.matmul(image, image[:1, :, :, :], adjoint_b=True),
    "sums": lambda x, y, image: tf.reduce_sum(image, [1, -1]) * tf.reduce_mean(image, 2)[:, :, 0],
    "extremes": lambda x, y, image: tf.reduce_max(x, 1) - tf.reduce_min(x, -1, keepdims=True),
    "cumsum": lambda x, y, image: tf.cumsum(x, 1, exclusive=True) * x,
    "shapes": lambda x, y, image: tf.transpose(tf.reshape(x, [4, 2])) * tf.expand_dims(y, 0)[:, ::2][0, 1],
    "joins": lambda x, y, image: tf.concat([x, x[:1] * 2.0, tf.stack([y, y * y])], -2) ** 2,
    "parts": lambda x, y, image: tf.unstack(x, 4, axis=1)[2] * tf.split(x, [1, 3], 1)[0][:, 0] + tf.split(y, 2)[1],
    "padding": lambda x, y, image: tf.pad(x, [[1, 2], [0, 1]], constant_values=3.0) ** 2,
    "mirror-padding": lambda x, y, image: tf.pad(x, [[1, 1], [2, 1]], "REFLECT") ** 2,
    "tile": lambda x, y, image: tf.tile(x, [2, 3]) ** 2,
    "gather": lambda x, y, image: tf.gather(image, [[1, 0], [1, 1]], axis=2) ** 2,
    "gather-nd": lambda x, y, image: tf.gather_nd(x, [[0, 1], [1, 2], [0, 1]]) ** 2,
    "slices": lambda x, y, image: tf.slice(x, [0, 1], [2, 2]) * x[1, 1:3],
    "where": lambda x, y, image: tf.where(x > 0.5, x * 2.0, y),
    "cast": lambda x, y, image: tf.cast(tf.cast(x, tf.float64) ** 2, tf.float32),
    "cross-entropy": lambda x, y, image: tf.nn.softmax_cross_entropy_with_logits(tf.nn.softmax(x * y), x),
    "sparse-cross-entropy": lambda x, y, image: tf.nn.sparse_softmax_cross_entropy_with_logits([1, 3], x),
    "convolution": lambda x, y, image: tf.nn.conv2d(image, image[:2, :3, :2, :], 2, "SAME"),
    "depthwise": lambda x, y, image: tf.nn.depthwise_conv2d(image, image[0, :2, :2, :, None], [1] * 4, "VALID"),
    "transposed-convolution": lambda x, y, image: tf.nn.conv2d_transpose(image, image[:2, :2], [2, 12, 12, 6], 2),
    "convolution-3d": lambda x, y, image: tf.nn.conv3d(image[None], image[:, :2, :2, :, None], [1] * 5, "SAME"),
    "max-pool": lambda x, y, image: tf.nn.max_pool2d(image, 2, 2, "SAME") ** 2,
    "avg-pool": lambda x, y, image: tf.nn.avg_pool2d(image, 3, 2, "SAME") ** 2,
    "lrn": lambda x, y, image: tf.nn.lrn(image, 2),
    "bias": lambda x, y, image: tf.nn.bias_add(x, y) ** 2,
    "batch-norm": lambda x, y, image: (
        tf.raw_ops.FusedBatchNormV3(
            x=image, scale=y[:2], offset=y[2:], mean=[0.0, 0.0], variance=[0.0, 0.0], is_training=True
        )[0]
        ** 2
    ),
    "function": lambda x, y, image: tf.function(lambda a, b: tf.nn.relu(a - b) * tf.function(tf.sin)(b))(x, y),
    "branches": lambda x, y, image: tf.cond(tf.reduce_sum(x) > 0.0, lambda: x * y, lambda: tf.exp(x)),
    "switch": lambda x, y, image: tf.switch_case(tf.constant(1), [lambda: x * y, lambda: tf.exp(x)]),
    "loop": lambda x, y, image: tf.while_loop(
        lambda i, h, n: i < 5, lambda i, h, n: (i + 1, tf.tanh(h * y + tf.cast(n, tf.float32)), n + 2), [0, x, 1]
    )[1],
    "loop-of-unknown-length": lambda x, y, image: _flat(
        tf.while_loop(
            lambda h, s: tf.reduce_sum(h) < 40.0,
            lambda h, s: (h * 1.5 + y, s + tf.reduce_sum(h, 1)),
            [x, tf.zeros_like(x[:, 0])],
            maximum_iterations=6,
        )
    ),
    "nested-loops": lambda x, y, image: tf.while_loop(
        lambda i, h: i < 3,
        lambda i, h: (
            i + 1,
            tf.while_loop(lambda j, k: j < i, lambda j, k: (j + 1, tf.sin(k) * y), [0, h])[1],
        ),
        [0, x],
    )[1],
    "scan": lambda x, y, image: tf.scan(lambda a, e: tf.tanh(a * e + y), x, tf.ones_like(x[0])),
    "map": lambda x, y, image: tf.map_fn(lambda e: tf.reduce_sum(e * y) * e[:2], x),
    "growing-loop": lambda x, y, image: tf.while_loop(
        lambda i, h: i < 3,
        lambda i, h: (i + 1, tf.concat([h, h[:1] * y], 0)),
        [0, x],
        shape_invariants=[tf.TensorShape([]), tf.TensorShape([None, x.shape[1]])],
    )[1],
    "cholesky": lambda x, y, image: tf.linalg.cholesky(_positive(image)),
    "inverse": lambda x, y, image: _flat(
        [tf.linalg.inv(_positive(image)), tf.raw_ops.MatrixInverse(input=_positive(image), adjoint=True)]
    ),
    "determinant": lambda x, y, image: tf.linalg.logdet(_positive(image)) * tf.linalg.det(_positive(image)),
    "solve": lambda x, y, image: _flat(
        [tf.linalg.solve(_positive(image) + _skew(), image[:, :3, 0], adjoint=a) for a in (False, True)]
    ),
    "triangular-solve": lambda x, y, image: _flat(
        [
            tf.linalg.triangular_solve(_positive(image)[i:], image[:, :3, 0], lower=low, adjoint=adjoint)
            for i, low, adjoint in ((0, True, False), (1, False, True))
        ]
    ),
    "eigenvalues": lambda x, y, image: _flat(
        [tf.linalg.eigvalsh(_positive(image)), *(v**2 for v in tf.linalg.eigh(_positive(image)))]
    ),
    "qr": lambda x, y, image: _flat([v for m in _matrices(image) for v in tf.linalg.qr(m)]),
    "svd": lambda x, y, image: _flat(
        [v**2 for m in _matrices(image) for v in (*tf.linalg.svd(m), tf.linalg.svd(m, compute_uv=False))]
    ),
    "matrix-parts": lambda x, y, image: _flat(
        [
            tf.linalg.band_part(image[0], 1, 2) ** 2,
            tf.linalg.diag(x) ** 2,
            tf.linalg.diag(tf.ensure_shape(x, [2, 4])[:, :3], k=1) ** 2,
            tf.linalg.diag_part(image[:, :, :, 0]) ** 2,
            tf.linalg.diag_part(tf.ensure_shape(image[:, :, :, 0], [2, 6, 6]), k=(-1, 1)) ** 2,
            tf.linalg.set_diag(image[:1, :4, :4, 0], x[:1]) ** 2,
        ]
    ),
    "einsum": lambda x, y, image: _flat(
        [
            tf.einsum("ab,cb->ca", x, x),
            tf.einsum("ab,b->a", x, y) ** 2,
            tf.einsum("ijkl,ijkm->ilm", image, image[:, :, :, :1]),
            tf.einsum("...i,...i->...", image, image[0, 0, 0]),
            tf.einsum("ab,c->ac", x, y),
            tf.einsum("ijjk->ik", image) ** 2,
            tf.einsum("ab->ba", x) ** 2,
        ]
    ),
    "segments": lambda x, y, image: _flat(
        [
            getattr(tf.math, f"unsorted_segment_{kind}")(tf.concat([image[0], image[1]], 0), ids, 4) ** 2
            for kind in ("sum", "max", "min", "prod", "mean", "sqrt_n")
            for ids in ([0, 1, 0, 3, -1, 1, 3, 3, 0, 0, 1, 3],)
        ]
        + [tf.math.unsorted_segment_prod(tf.reshape([x[0] * 0.0, y, y], [3, 4]), [0, 0, 1], 2)]
    ),
    "sorted-segments": lambda x, y, image: _flat(
        [
            getattr(tf.math, f"segment_{kind}")(image[0], [0, 0, 1, 1, 1, 3]) ** 2
            for kind in ("sum", "max", "min", "mean")
        ]
    ),
    "batched-gather": lambda x, y, image: _flat(
        [
            tf.gather(image, [[1, 0, 1], [5, 5, 2]], batch_dims=1) ** 2,
            tf.gather(image, [[1, 0], [1, 1]], batch_dims=1, axis=3) ** 2,
            tf.gather(x, [[0, 3], [2, 2]], axis=1, batch_dims=1) ** 2,
        ]
    ),
    "scatters": lambda x, y, image: _flat(
        [
            tf.scatter_nd([[1], [3]], x, [5, 4]) ** 2,
            tf.tensor_scatter_nd_update(image[0, 0], [[1, 0], [2, 1]], x[0, :2]) ** 2,
            tf.tensor_scatter_nd_add(image[0, 0], [[1, 0], [1, 0]], x[0, :2]) ** 2,
            tf.tensor_scatter_nd_sub(image[0, 0], [[1, 0], [2, 1]], x[0, :2]) ** 2,
        ]
    ),
    "orders": lambda x, y, image: _flat(
        [
            tf.math.top_k(image, 1)[0] ** 2,
            tf.math.top_k(x, 3)[0] ** 2,
            tf.reverse(x, [1]) ** 2,
            tf.roll(x, [1, 2], [0, 1]) ** 2,
            tf.reverse_sequence(x, [2, 3], 1) ** 2,
            tf.ensure_shape(x, [2, 4]) ** 2,
            tf.sort(x, direction="DESCENDING") ** 2,
            tf.nn.space_to_depth(image, 2) ** 2,
            tf.nn.depth_to_space(tf.concat([image, image], -1), 2) ** 2,
            tf.space_to_batch(image, [2, 3], [[0, 0], [0, 0]]) ** 2,
        ]
    ),
    "products": lambda x, y, image: _flat(
        [tf.reduce_prod(image, [1, -1]), tf.reduce_prod(y * [1.0, 0.0, 1.0, 1.0]), tf.clip_by_value(x, 0.3, y)]
    ),
    "inverse-hyperbolic": lambda x, y, image: tf.acosh(x + 1.0) + tf.asinh(x) + tf.atanh(x),
}


def _export(program, unknown):
    """Names of the gradients, and the graph."""
    with tf.Graph().as_default() as graph:
        inputs = [
            tf.compat.v1.placeholder(tf.float32, [None] * len(shape) if unknown else shape, name=name)
            for name, shape in SHAPES.items()
        ]
        result = program(*inputs)
        weights = tf.cos(tf.reshape(tf.range(tf.cast(tf.size(result), tf.float32)), tf.shape(result)))
        gradients = [g for g in tf.gradients(result * weights, inputs) if g is not None]
        names = [tf.identity(g, name=f"gradient_{i}").name for i, g in enumerate(gradients)]
        assert names
        return names, graph


def _feeds():
    return {f"{name}:0": value for name, value in VALUES.items()}


def _in_tensorflow(names, graph):
    graph_def = real.compat.v1.GraphDef.FromString(graph.as_graph_def().SerializeToString())
    with real.Graph().as_default():
        real.graph_util.import_graph_def(graph_def, name="")
        with real.compat.v1.Session() as session:
            return session.run(names, _feeds())


@pytest.mark.parametrize("unknown", [False, True], ids=["known", "unknown"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients(name, unknown):
    names, graph = _export(PROGRAMS[name], unknown)
    with tf.compat.v1.Session(graph=graph) as session:
        expected = session.run(names, _feeds())
    for found, wanted in zip(_in_tensorflow(names, graph), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-5)


# Training steps: variables, effects in order, the library of functions ------------------------------------


def _example(name):
    """The names that an example defines, with tfshim as TensorFlow."""
    path = Path(__file__).parents[2] / "examples" / name
    scope = {"__name__": "example"}
    exec(compile(path.read_text().replace("import tensorflow as tf", "import tfshim as tf"), path, "exec"), scope)
    return scope


def _perceptron():
    """The training step of examples/digits_mlp.py."""
    example = _example("digits_mlp.py")
    rng = np.random.default_rng(0)
    layers = [example["Dense"](rng, 64, 16, tf.nn.relu), example["Dense"](rng, 16, 10)]
    model = example["Sequential"](layers)
    optimizer = example["Momentum"](model.trainable_variables, 0.05, 0.9)

    @tf.function
    def train_step(images, labels):
        with tf.GradientTape() as tape:
            loss = example["loss_of"](model(images), labels)
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    return train_step, [*model.trainable_variables, *optimizer.directions]


def _convolutional():
    rng = np.random.default_rng(1)
    weights = [
        tf.Variable(rng.normal(0.0, 0.2, shape).astype(np.float32), name=f"w{i}")
        for i, shape in enumerate([(3, 3, 1, 4), (4,), (4,), (64, 10), (10,)])
    ]

    @tf.function
    def train_step(images, labels):
        kernel, scale, offset, dense, bias = weights
        with tf.GradientTape() as tape:
            h = tf.nn.conv2d(tf.reshape(images, [-1, 8, 8, 1]), kernel, 1, "SAME")
            h = tf.compat.v1.nn.fused_batch_norm(h, scale, offset)[0]
            h = tf.nn.max_pool2d(tf.nn.relu(h), 2, 2, "VALID")
            logits = tf.nn.bias_add(tf.reshape(h, [-1, 64]) @ dense, bias)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
            loss += 1e-3 * tf.add_n([tf.nn.l2_loss(w) for w in weights])
        for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
            weight.assign_sub(0.1 * gradient)
        return loss

    return train_step, weights


def _three_steps(module, graph_def, variables):
    images = RNG_IMAGES.uniform(0.0, 1.0, (3, 20, 64)).astype(np.float32)
    labels = RNG_IMAGES.integers(0, 10, (3, 20))
    RNG_IMAGES.bit_generator.state = START
    shown = []
    with module.Graph().as_default():
        module.graph_util.import_graph_def(graph_def, name="")
        with module.compat.v1.Session() as session:
            session.run("prepare")
            for i in range(3):
                shown.append(session.run("loss:0", {"images:0": images[i], "labels:0": labels[i]}))
            return [*shown, *session.run(variables)]


RNG_IMAGES = np.random.default_rng(3)
START = RNG_IMAGES.bit_generator.state


@pytest.mark.parametrize("make", [_perceptron, _convolutional])
def test_training_steps(make):
    with tf.Graph().as_default() as graph:
        step, variables = make()
        images = tf.compat.v1.placeholder(tf.float32, [None, 64], name="images")
        labels = tf.compat.v1.placeholder(tf.int64, [None], name="labels")
        tf.identity(step(images, labels), name="loss")
        tf.group(tf.compat.v1.global_variables_initializer(), name="prepare")
        reads = [v.value().name for v in variables]
        serialized = graph.as_graph_def().SerializeToString()
    assert graph.as_graph_def().library.function
    expected = _three_steps(real, real.compat.v1.GraphDef.FromString(serialized), reads)
    again = _three_steps(tf, tf.compat.v1.GraphDef.FromString(serialized), reads)
    with tf.compat.v1.Session(graph=graph) as session:
        session.run("prepare")
        images = RNG_IMAGES.uniform(0.0, 1.0, (3, 20, 64)).astype(np.float32)
        labels = RNG_IMAGES.integers(0, 10, (3, 20))
        RNG_IMAGES.bit_generator.state = START
        found = [session.run("loss:0", {"images:0": images[i], "labels:0": labels[i]}) for i in range(3)]
        found += session.run(reads)
    for one, other, wanted in zip(found, again, expected, strict=True):
        np.testing.assert_allclose(one, wanted, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(other, wanted, rtol=1e-4, atol=1e-5)


def test_second_derivatives():
    with tf.Graph().as_default() as graph:
        x, y = (tf.compat.v1.placeholder(tf.float32, SHAPES[n], name=n) for n in ("x", "y"))
        tf.compat.v1.placeholder(tf.float32, SHAPES["image"], name="image")
        h = tf.tanh(tf.matmul(x, x, transpose_b=True)) + tf.sqrt(tf.sigmoid(x * y))[:, :2] + tf.exp(x / y)[:, 2:]
        (first,) = tf.gradients(tf.nn.relu(h) * tf.reduce_mean(x**3), x)
        second = tf.gradients(first**2, [x, y])
        names = [g.name for g in (first, *second)]
        with tf.compat.v1.Session() as session:
            expected = session.run(names, _feeds())
    for found, wanted in zip(_in_tensorflow(names, graph), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-5)


def test_what_has_no_rule_is_named():
    with tf.Graph().as_default() as graph:
        x = tf.constant([[2.0, 0.0], [0.0, 3.0]])
        tf.gradients(tf.linalg.sqrtm(x), x)
        with pytest.raises(tf.errors.UnimplementedError, match="MatrixSquareRoot"):
            graph.as_graph_def()
