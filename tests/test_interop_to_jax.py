"""`tfshim.to_jax`: values, effects and gradients are TensorFlow's, in a pure function for all of JAX."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import AxisType, PartitionSpec

import tfshim as tf

RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 4)).astype(np.float32)
W = RNG.normal(size=(4, 3)).astype(np.float32)


def close(got, expected):
    if isinstance(expected, tf.IndexedSlices):
        expected = tf.convert_to_tensor(expected)
    np.testing.assert_allclose(np.asarray(got), np.asarray(expected), rtol=2e-6, atol=1e-6)


class Layer(tf.Module):
    def __init__(self):
        super().__init__()
        self.w = tf.Variable(W, name="w")
        self.b = tf.Variable(np.zeros(3, np.float32), name="b")

    def __call__(self, x):
        return tf.nn.relu(x @ self.w + self.b)


class Compiled:
    """An object that is no module and whose call is a tf.function."""

    def __init__(self, layer):
        self.layer = layer

    @tf.function
    def __call__(self, x):
        return self.layer(x)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda layer: layer,
        lambda layer: layer.__call__,
        lambda layer: lambda x: layer(x),
        lambda layer: tf.function(layer),
        lambda layer: tf.function(lambda x: layer(x), input_signature=[tf.TensorSpec([None, 4])]),
        lambda layer: functools.partial(lambda scale, x: scale * layer(x), 1.0),
        lambda layer: Compiled(layer),
    ],
    ids=["module", "method", "lambda", "function", "signature", "partial", "object"],
)
@pytest.mark.parametrize(
    "spec", [tf.TensorSpec([None, 4]), X, tf.constant(X), jnp.asarray(X)], ids=lambda s: type(s).__name__
)
def test_what_it_takes(wrap, spec):
    layer = Layer()
    fn, params = tf.to_jax(wrap(layer), spec)
    assert sorted(params) == ["b", "w"] and sorted(fn.trainable) == ["b", "w"] and fn.written == ()
    assert all(isinstance(v, jax.Array) for v in params.values())
    close(jax.jit(fn)(params, X), layer(X))
    close(fn({**params, "w": 2 * params["w"]}, X), 2 * layer(X))


def test_concrete_function_and_sizes_left_open():
    layer = Layer()
    traced = tf.function(layer.__call__)
    fn, params = tf.to_jax(traced.get_concrete_function(tf.TensorSpec([None, 4])))
    for rows in (1, 5):
        close(fn(params, X[:rows]), layer(X[:rows]))
    assert traced.experimental_get_tracing_count() == 1
    with pytest.raises(TypeError, match="no specs"):
        tf.to_jax(traced.get_concrete_function(tf.TensorSpec([None, 4])), X)


def test_later_training_does_not_change_the_parameters():
    layer = Layer()
    fn, params = tf.to_jax(layer, X)
    before = fn(params, X)
    train = tf.function(lambda: layer.w.assign_add(tf.ones_like(layer.w)))
    for _ in range(3):
        train()
    close(fn(params, X), before)


def test_nests_and_python_values():
    @tf.function
    def f(pair, scale, *, options):
        return {"sum": pair[0] + pair[1]["b"], "rest": (scale * options["x"], None)}

    specs = (tf.TensorSpec([2]), {"b": tf.TensorSpec([])})
    fn, params = tf.to_jax(f, specs, 3, options={"x": tf.TensorSpec([], tf.int32), "mode": "fast"})
    one, two = np.ones(2, np.float32), np.float32(2)
    result = fn(params, (one, {"b": two}), 3, options={"x": 5, "mode": "fast"})
    close(result["sum"], [3, 3])
    assert result["rest"] == (15, None) and result["rest"][0].dtype == np.int32
    with pytest.raises(TypeError, match="traced with 'fast' in 'options', and cannot take 'slow'"):
        fn(params, (one, {"b": two}), 3, options={"x": 5, "mode": "slow"})


def test_two_variables_of_one_name():
    a, b = tf.Variable(1.0, name="v"), tf.Variable(2.0, name="v")
    fn, params = tf.to_jax(lambda: a + 10.0 * b)
    assert {n: float(v) for n, v in params.items()} == {"v": 1, "v_1": 2}
    close(fn(params), 21)


# Gradients


def tape_gradient(f, variables, *args):
    with tf.GradientTape() as tape:
        y = f(*args)
    return tape.gradient(y, variables)


@tf.custom_gradient
def reversed_gradient(x):
    return x * x, lambda upstream: -upstream * tf.cos(x)


GRADIENTS = {
    "dense": lambda w, e: tf.reduce_sum(tf.nn.softmax(X @ w) ** 2),
    "custom_gradient": lambda w, e: tf.reduce_sum(reversed_gradient(1.0 * w) * 3.0),
    "ties": lambda w, e: tf.reduce_sum(tf.maximum(w, w * 1.0)) + tf.reduce_max(tf.stack([e, e])),
    "norm at zero": lambda w, e: tf.norm(0.0 * w) + tf.reduce_sum(tf.math.xdivy(w, w)),
    "embedding": lambda w, e: tf.reduce_sum(tf.gather(e, [1, 1, 3]) @ w),
    "stop_gradient": lambda w, e: tf.reduce_sum(tf.stop_gradient(w) * w) + tf.reduce_sum(tf.round(e)),
    "unused": lambda w, e: tf.reduce_sum(w),
    "after assignment": lambda w, e: tf.reduce_sum(w.assign(2.0 * w) * 3.0) + tf.reduce_sum(w * w),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_are_those_of_the_tape(name):
    w, e = tf.Variable(W, name="w"), tf.Variable(X, name="e")
    f = tf.function(lambda: GRADIENTS[name](w, e))
    # Before the function runs, for it may write.
    fn, params = tf.to_jax(f)
    value = (lambda p: fn(p)[0]) if fn.written else fn
    gradients = jax.jit(jax.grad(value))(params)
    expected = tape_gradient(f, {"w": w, "e": e})
    for key in params:
        close(gradients[key], np.zeros(params[key].shape) if expected[key] is None else expected[key])


def test_gradients_of_arguments_and_second_order():
    layer = Layer()
    fn, params = tf.to_jax(lambda x, i: tf.reduce_sum(tf.tanh(layer(x))[i] ** 2), X, tf.TensorSpec([], tf.int32))

    def by_tape():
        x = tf.constant(X)
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(tf.tanh(layer(x))[2] ** 2)
            g = inner.gradient(y, x)
            loss = tf.reduce_sum(g**2)
        return g, outer.gradient(loss, layer.w)

    first, second = by_tape()
    close(jax.grad(fn, argnums=1)(params, X, 2), first)
    close(jax.grad(lambda p: jnp.sum(jax.grad(fn, argnums=1)(p, X, 2) ** 2))(params)["w"], second)


def test_complex_gradient_follows_jax():
    fn, params = tf.to_jax(lambda z: tf.math.real(z * z * z), tf.TensorSpec([], tf.complex64))
    z = np.complex64(1 + 2j)
    close(jax.grad(fn, argnums=1)(params, z), jax.grad(lambda z: (z**3).real)(z))


# Control flow


def test_loops_and_branches():
    w = tf.Variable(0.5 * np.eye(4, dtype=np.float32), name="w")

    @tf.function
    def f(x):
        h = tf.zeros([4])
        for t in tf.range(5):
            h = tf.tanh(tf.linalg.matvec(w, h) + x[t])
            if tf.reduce_sum(h) > 1.0:
                h = 0.9 * h
        return tf.reduce_sum(h)

    fn, params = tf.to_jax(f, X)
    close(jax.jit(fn)(params, X), f(X))
    close(jax.jit(jax.grad(fn))(params, X)["w"], tape_gradient(f, w, X))


def test_loops_of_unknown_length():
    @tf.function
    def f(x):
        while tf.reduce_sum(x) < 100.0:
            x = x * x
        return tf.reduce_sum(x)

    fn, params = tf.to_jax(f, tf.TensorSpec([2]))
    x = np.array([1.5, 2.0], np.float32)
    close(jax.jit(fn)(params, x), f(x))
    with pytest.raises(tf.errors.UnimplementedError, match=r"bounded\(n\)"):
        jax.grad(fn, argnums=1)(params, x)
    tensor = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        y = f(tensor)
    gradient = jax.jit(jax.grad(fn.bounded(8), argnums=1))(params, x)
    close(gradient, tape.gradient(y, tensor))
    assert np.isnan(jax.grad(fn.bounded(2), argnums=1)(params, x)).all()


def test_forward_mode():
    w = tf.Variable([1.0, 2.0], name="w")

    @tf.function
    def f(x):
        while tf.reduce_sum(x) < 100.0:
            x = x * x * w
            if tf.reduce_sum(x) > 20.0:
                w.assign_add(x)
        return tf.reduce_sum(tf.gather(x, [0, 0]) * w)

    fn, params = tf.to_jax(f, tf.TensorSpec([2]))
    x, direction = jnp.float32([1.5, 1.25]), jnp.float32([0.5, -1.0])
    run = jax.jit(lambda x: fn.forward(params, x))
    (value, new), (tangent, written) = jax.jvp(run, (x,), (direction,))
    tensor = tf.constant(np.asarray(x))
    with tf.autodiff.ForwardAccumulator(tensor, tf.constant(np.asarray(direction))) as accumulator:
        y = f(tensor)
    close(value, y)
    close(tangent, accumulator.jvp(y))
    close(new["w"], w)
    # Nothing flows through an assignment.
    close(written["w"], np.zeros(2))
    reverse = jax.grad(lambda x: fn.bounded(8)(params, x)[0])
    close(jax.jacfwd(lambda x: run(x)[0])(x), reverse(x))
    # The function itself needs a bound in reverse mode only.
    close(jax.jacfwd(lambda x: fn(params, x)[0])(x), reverse(x))
    close(jax.jacfwd(lambda x: fn.bounded(8)(params, x)[0])(x), reverse(x))
    assert np.isnan(jax.jacfwd(lambda x: fn.bounded(1)(params, x)[0])(x)).all()


def test_no_forward_mode_of_a_custom_gradient():
    @tf.custom_gradient
    def custom(x):
        return x * x, lambda dy: dy * 100.0

    fn, params = tf.to_jax(tf.function(lambda x: tf.cond(x > 0.0, lambda: custom(x), lambda: x)), tf.TensorSpec([]))
    close(jax.grad(fn, argnums=1)(params, jnp.float32(2.0)), 100.0)
    with pytest.raises(tf.errors.UnimplementedError, match="custom_gradient"):
        jax.jvp(lambda x: fn.forward(params, x), (jnp.float32(2.0),), (jnp.float32(1.0),))


def test_both_modes_of_one_function():
    w = tf.Variable(np.float32([[0.5, -1.0, 0.25], [1.5, 0.5, -0.5], [0.25, 1.0, 0.75]]), name="w")

    @tf.custom_gradient
    def custom(x):
        return tf.sin(x), lambda dy: dy * 100.0

    @tf.function
    def f(x, n):
        for t in tf.range(n):
            x = tf.tanh(tf.linalg.matvec(w, x)) + tf.cast(t, tf.float32)
        return {"x": custom(x), "n": n + 1, "best": tf.reduce_max(x)}

    fn, params = tf.to_jax(f, tf.TensorSpec([3]), 3)
    x, direction = jnp.float32([0.5, -1.0, 2.0]), jnp.float32([1.0, 0.25, -0.5])
    run = jax.jit(lambda p, x: {k: v for k, v in fn(p, x, 3).items() if k != "n"})
    reverse = jax.jacrev(run, argnums=(0, 1))(params, x)
    for got, expected in zip(jax.tree.leaves(jax.jacfwd(run, argnums=(0, 1))(params, x)), jax.tree.leaves(reverse)):
        close(got, expected)
    values, pushed = jax.jvp(lambda x: fn(params, x, 3), (x,), (direction,))
    assert pushed["n"].dtype == jax.dtypes.float0
    close(values["x"], f(tf.constant(np.asarray(x)), 3)["x"])
    close(pushed["x"], reverse["x"][1] @ direction)
    _, linear = jax.linearize(lambda x: run(params, x)["best"], x)
    close(linear(direction), reverse["best"][1] @ direction)
    hessian = jax.hessian(lambda x: run(params, x)["best"])(x)
    close(hessian, jax.jacrev(jax.jacrev(lambda x: run(params, x)["best"]))(x))
    close(hessian, jax.jacfwd(jax.jacfwd(lambda x: run(params, x)["best"]))(x))


def test_effects_in_loops():
    w = tf.Variable(np.zeros(3, np.float32), name="w")

    @tf.function
    def f(n):
        for _ in tf.range(n):
            w.assign(0.5 * w + tf.random.normal([3], seed=1))
        return tf.reduce_sum(w)

    fn, params = tf.to_jax(f, tf.TensorSpec([], tf.int32))
    for n in (3, 2):
        value, params = jax.jit(fn)(params, np.int32(n))
        close(value, f(tf.constant(n)))
    close(params["w"], w)


# Effects


def test_written_variables_are_results():
    w, n = tf.Variable(W, name="w"), tf.Variable(0, trainable=False, name="n")

    @tf.function
    def f(x):
        n.assign_add(1)
        w.assign(0.5 * w)
        return tf.reduce_sum(x @ w)

    fn, params = tf.to_jax(f, tf.TensorSpec([None, 4]))
    assert sorted(fn.written) == ["n", "w"] and fn.trainable == ("w",)
    for _ in range(2):
        value, params = jax.jit(fn)(params, X)
        close(value, f(X))
    close(params["w"], w)
    assert params["n"] == 2 == n.numpy()


def test_generators_are_parameters():
    @tf.function
    def f():
        return tf.random.normal([3], seed=1), tf.random.uniform([], seed=2)

    generator = tf.random.Generator.from_seed(5)
    fn, params = tf.to_jax(f)
    assert len(params) == 2 == len(fn.written) and all(n.endswith("/state") for n in params)
    for _ in range(3):
        results, params = jax.jit(fn)(params)
        for got, expected in zip(results, f(), strict=True):
            close(got, expected)
    stateful, params = tf.to_jax(lambda: generator.normal([3]))
    first, params = stateful(params)
    second, _ = stateful(params)
    close(first, generator.normal([3]))
    close(second, generator.normal([3]))


# Under JAX


def test_transformations():
    layer = Layer()
    fn, params = tf.to_jax(lambda x: tf.reduce_sum(layer(x) ** 2), tf.TensorSpec([None, 4]))
    rows = jax.vmap(fn, in_axes=(None, 0))(params, X[:, None])
    close(rows, [fn(params, x[None]) for x in X])
    per_row = jax.jit(jax.vmap(jax.grad(fn), in_axes=(None, 0)))(params, X[:, None])
    close(per_row["w"].sum(0), jax.grad(fn)(params, X)["w"])

    mesh = jax.make_mesh((1,), ("data",), axis_types=(AxisType.Auto,))

    def step(params, x):
        loss, gradients = jax.value_and_grad(fn)(params, x)
        return jax.lax.psum(loss, "data"), gradients

    specs = dict(in_specs=(PartitionSpec(), PartitionSpec("data")), out_specs=PartitionSpec())
    loss, gradients = jax.jit(jax.shard_map(step, mesh=mesh, **specs))(params, X)
    close(loss, fn(params, X))
    close(gradients["w"], jax.grad(fn)(params, X)["w"])

    exported = jax.export.export(jax.jit(jax.grad(fn)))(params, jax.ShapeDtypeStruct((5, 4), np.float32))
    again = jax.export.deserialize(exported.serialize())
    close(again.call(params, X)["w"], gradients["w"])


def test_traced_once():
    runs = []

    @tf.function
    def f(x):
        runs.append(1)
        return x * x

    fn, params = tf.to_jax(f, tf.TensorSpec([None]))
    jax.jit(jax.vmap(jax.grad(lambda x: fn(params, x[None])[0])))(jnp.ones(3, jnp.float32))
    assert len(runs) == 1


def test_round_trip():
    layer = Layer()
    fn, params = tf.to_jax(layer, tf.TensorSpec([None, 4]))
    back = tf.from_jax(fn)
    variables = {name: tf.Variable(value) for name, value in params.items()}
    close(back(variables, X), layer(X))
    expected = tape_gradient(lambda: tf.reduce_sum(layer(X) ** 2), [layer.w, layer.b])
    got = tape_gradient(lambda: tf.reduce_sum(back(variables, X) ** 2), [variables["w"], variables["b"]])
    for a, b in zip(got, expected, strict=True):
        close(a, b)


# Errors


def printing(x):
    tf.print(x)
    return x


@pytest.mark.parametrize(
    ("fn", "spec", "op"),
    [
        (lambda x: tf.boolean_mask(x, x > 0), tf.TensorSpec([3]), "Where"),
        (lambda x: tf.unique(x)[0], tf.TensorSpec([3]), "Unique"),
        (lambda s: tf.strings.length(s), tf.TensorSpec([], tf.string), "StringLength"),
        (printing, tf.TensorSpec([3]), "String"),
    ],
    ids=["shape by data", "unique", "strings", "print"],
)
def test_what_runs_on_the_host_is_named(fn, spec, op):
    with pytest.raises(tf.errors.UnimplementedError, match=f"{op}.* on the host"):
        tf.to_jax(fn, spec)


def test_wrong_arguments():
    layer = Layer()
    fn, params = tf.to_jax(layer, tf.TensorSpec([None, 4], name="x"))
    with pytest.raises(TypeError, match="argument 'x' must be float32, not float64"):
        fn(params, X.astype(np.float64))
    with pytest.raises(ValueError, match=r"argument 'x' must have the shape \(None, 4\)"):
        fn(params, X.T)
    with pytest.raises(TypeError, match="misses its argument 'x'"):
        fn(params)
    with pytest.raises(TypeError, match="1 arguments"):
        fn(params, X, X)
    with pytest.raises(ValueError, match=r"missing \['w'\], unknown \['v'\]"):
        fn({"b": params["b"], "v": 1}, X)
    with pytest.raises(ValueError, match="parameter 'w' must have the shape"):
        fn({**params, "w": params["b"]}, X)
    with pytest.raises(TypeError, match="not 3"):
        tf.to_jax(3)
    with pytest.raises(TypeError, match="dense"):
        tf.to_jax(lambda x: tf.IndexedSlices(x, [0, 1]), tf.TensorSpec([2, 3]))
    with pytest.raises(TypeError, match="not passed to it"):
        tf.to_jax(lambda v: v + 1.0, layer.w)
