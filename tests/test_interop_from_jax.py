"""`tfshim.from_jax`: values, gradients, shapes and dtypes are those of the JAX function."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tfshim as tf

X = np.linspace(-1.0, 2.0, 12, dtype=np.float32).reshape(3, 4)
Y = np.linspace(0.5, 1.5, 8, dtype=np.float32).reshape(4, 2)


def product(x, y):
    return jnp.sin(x) @ (y * y)


def close(got, expected):
    np.testing.assert_allclose(np.asarray(got), np.asarray(expected), rtol=2e-6, atol=1e-6)
    assert np.asarray(got).dtype == np.asarray(expected).dtype


def counted(f):
    """`f`, and a list that grows with each run of its Python code."""
    runs = []

    def run(*args, **kwargs):
        runs.append(1)
        return f(*args, **kwargs)

    return run, runs


@pytest.fixture(params=[False, True], ids=["eager", "function"])
def mode(request):
    return tf.function if request.param else (lambda f: f)


def test_value_and_gradient(mode):
    f = tf.from_jax(product)

    @mode
    def run(x, y):
        with tf.GradientTape() as tape:
            tape.watch([x, y])
            z = f(x, y)
        return z, tape.gradient(z, [x, y])

    value, gradients = run(tf.constant(X), tf.constant(Y))
    expected, pull = jax.vjp(product, X, Y)
    close(value, expected)
    for got, gradient in zip(gradients, pull(jnp.ones_like(expected)), strict=True):
        close(got, gradient)


def test_second_order_and_forward_mode(mode):
    f = tf.from_jax(lambda x: jnp.sum(jnp.tanh(x) ** 3))
    x = tf.constant(X)

    @mode
    def hessian_row(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = f(x)
            g = inner.gradient(y, x)
        return outer.gradient(g, x)

    gradient = jax.grad(lambda x: jnp.sum(jnp.tanh(x) ** 3))
    close(hessian_row(x), jax.grad(lambda x: gradient(x).sum())(X))
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        y = f(x)
    close(accumulator.jvp(y), jax.jvp(lambda x: jnp.sum(jnp.tanh(x) ** 3), (X,), (np.ones_like(X),))[1])


def test_jacobian():
    f = tf.from_jax(product)
    y = tf.Variable(Y)
    with tf.GradientTape() as tape:
        z = f(X, y)
    close(tape.jacobian(z, y), jax.jacrev(product, argnums=1)(X, Y))


def test_custom_rules_of_jax_hold():
    @jax.custom_vjp
    def clipped(x):
        return x * x

    clipped.defvjp(lambda x: (x * x, x), lambda x, g: (jnp.clip(g * 2 * x, -1, 1),))
    x = tf.constant([0.1, 5.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.from_jax(clipped)(x)
    close(tape.gradient(y, x), np.array([0.2, 1.0], np.float32))


def test_pytrees_in_and_out(mode):
    def f(tree, *, scale):
        return {"sum": tree["a"][0] + tree["b"], "rest": (scale * tree["a"][1], None)}

    tree = {"a": (tf.constant(1.0), tf.Variable([2.0, 3.0])), "b": np.float32(4)}
    result = mode(lambda: tf.from_jax(f)(tree, scale=2))()
    assert sorted(result) == ["rest", "sum"] and result["rest"][1] is None
    close(result["sum"], np.float32(5))
    close(result["rest"][0], np.array([4, 6], np.float32))


def test_containers_that_a_module_tracks():
    module = tf.Module()
    module.layers = [{"w": tf.Variable(2.0)}, {"w": tf.Variable(3.0)}]
    kinds = []

    @tf.from_jax
    def f(layers):
        kinds.append((type(layers), type(layers[0])))
        return layers[0]["w"] * layers[1]["w"]

    close(f(module.layers), np.float32(6))
    assert kinds == [(list, dict)]


def test_python_values_are_part_of_the_signature():
    run, runs = counted(lambda x, axis, scale: scale * jnp.sum(x, axis=axis))
    f = tf.from_jax(run)
    for axis, scale in [(0, 1.0), (0, 1.0), (1, 1.0), (1, 1), (1, True), (None, -0.0), (None, 0.0)]:
        close(f(X, axis=axis, scale=scale), scale * X.sum(axis))
    assert len(runs) == 6


def test_traced_once_for_value_gradient_and_batch():
    run, runs = counted(product)
    f = tf.from_jax(run)
    y = tf.Variable(Y)
    for _ in range(2):
        with tf.GradientTape(persistent=True) as outer:
            with tf.GradientTape() as tape:
                z = f(X, y)
            g = tape.gradient(z, y)
        outer.jacobian(g, y)
    assert len(runs) == 1
    f(X[:2], y)
    assert len(runs) == 2


def test_dtypes(mode):
    def f(x):
        return 1.0, 2, jnp.zeros(2, jnp.bfloat16), x > 0, jnp.where(x > 0, 1.0, 0.0), jnp.argmax(x).astype(jnp.uint8)

    dtypes = [t.dtype.name for t in mode(tf.from_jax(f))(tf.constant(X))]
    assert dtypes == ["float32", "int32", "bfloat16", "bool", "float32", "uint8"]


def test_integers_and_unused_arguments_have_no_gradient():
    f = tf.from_jax(lambda x, i, unused: x[i] * 2)
    x, i, unused = tf.constant([1.0, 2.0]), tf.constant(1), tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch([x, unused])
        y = f(x, i, unused)
    gradients = tape.gradient(y, [x, i, unused])
    close(gradients[0], np.array([0, 2], np.float32))
    assert gradients[1] is None and gradients[2] is None


def test_complex_gradient_is_tensorflows():
    x = tf.constant([1 + 2j, 3 - 1j], tf.complex64)
    gradients = []
    for square in (tf.from_jax(lambda x: x * x), lambda x: x * x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = square(x)
        gradients.append(tape.gradient(y, x))
    close(*gradients)


def test_static_shapes_in_a_function():
    run, runs = counted(lambda x, y: (x @ y, x.sum(axis=0), x.reshape(-1)))
    f = tf.from_jax(run)
    seen = []

    @tf.function(input_signature=[tf.TensorSpec([None, 4])])
    def g(x):
        out = f(x, Y)
        seen.append([t.shape.as_list() for t in out])
        return out

    for rows in (3, 5, 3):
        x = np.ones((rows, 4), np.float32)
        for got, expected in zip(g(x), (x @ Y, x.sum(0), x.reshape(-1)), strict=True):
            close(got, expected)
    assert seen == [[[None, 2], [4], [None]]]
    assert len(runs) == 4  # two trials, two shapes


def test_output_signature():
    signature = tf.TensorSpec([None, 7])
    f = tf.from_jax(output_signature=signature)(lambda x: x.reshape(-1, 7))

    @tf.function(input_signature=[tf.TensorSpec([None])])
    def g(x):
        y = f(x)
        assert y.shape.as_list() == [None, 7]
        return y

    close(g(np.ones(14, np.float32)), np.ones((2, 7), np.float32))
    with pytest.raises(ValueError, match="output_signature"):
        tf.from_jax(lambda x: x, output_signature=signature)(np.ones(3, np.float32))
    with pytest.raises(ValueError, match="output_signature"):
        tf.function(tf.from_jax(lambda x: x.reshape(-1, 7)), input_signature=[tf.TensorSpec([None])])(np.ones(14, "f"))


def test_keys():
    f = tf.from_jax(lambda key: jax.random.normal(key, (3,), jnp.float32))
    key = jax.random.key(7)
    close(f(key), jax.random.normal(key, (3,), jnp.float32))
    close(tf.function(lambda: f(key))(), jax.random.normal(key, (3,), jnp.float32))
    with pytest.raises(TypeError, match="key_data"):
        tf.from_jax(lambda key: jax.random.split(key))(key)


def test_errors_name_the_function_and_the_argument():
    f = tf.from_jax(product)
    with pytest.raises(TypeError, match="product is a JAX function.*string"):
        f(tf.constant("a"), Y)
    with pytest.raises(TypeError, match=r"neither a tensor nor hashable.*\{1\}"):
        f(X, {1})
    with pytest.raises(TypeError, match="not 3"):
        tf.from_jax(3)
    # The function's own errors are what they are.
    with pytest.raises(TypeError, match="dot_general"):
        f(X, X)
    with pytest.raises(ZeroDivisionError):
        tf.from_jax(lambda x: 1 / 0)(X)


def test_decorates_methods_and_keeps_the_name():
    class Scaled:
        factor = 3.0

        @tf.from_jax
        def scaled(self, x):
            """Scales."""
            return self.factor * x

    close(Scaled().scaled(X), 3 * X)
    assert Scaled.scaled.__name__ == "scaled" and Scaled.scaled.__doc__ == "Scales."
    close(tf.from_jax(jax.jit(product))(X, Y), product(X, Y))
