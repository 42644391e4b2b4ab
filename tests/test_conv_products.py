"""Convolutions by products agree with XLA's and with what it derives, by columns and by rows, phases and planes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tfshim
from tfshim.ops.kernels import nn_conv, nn_conv_products
from tfshim.ops.windows import Layout, windows

SHAPES = {
    "2-D": ((2, 9, 8, 3), (3, 3, 3, 4), (1, 1), "SAME", None),
    "strided": ((2, 9, 8, 6), (3, 2, 6, 4), (2, 3), "VALID", None),
    "dilated": ((2, 9, 8, 9), (3, 3, 9, 4), (1, 1), "SAME", (2, 1)),
    "gaps": ((2, 9, 8, 2), (2, 2, 2, 4), (3, 3), "SAME", None),
    "1-D": ((2, 9, 3), (4, 3, 5), (2,), "SAME", None),
    "3-D": ((2, 5, 6, 7, 3), (2, 3, 2, 3, 4), (1, 2, 1), "SAME", None),
    "3-D strided": ((2, 7, 8, 6, 3), (3, 3, 3, 3, 2), (2, 2, 2), "SAME", None),
    "3-D dilated": ((1, 7, 8, 6, 3), (2, 3, 2, 3, 2), (1, 1, 1), "VALID", (3, 1, 2)),
    "3-D deep only": ((1, 7, 4, 3, 3), (3, 1, 1, 3, 2), (1, 1, 1), "SAME", None),
    "padding before phases": ((2, 11, 10, 2), (7, 6, 2, 3), (3, 4), "SAME", None),
    "many taps": ((1, 12, 20, 2), (9, 8, 2, 3), (2, 1), "SAME", None),
}


LIMITS = {
    "columns": {},
    "rows and phases": {"MOST_BYTES": 100, "THIN": 0},
    "in parallel": {"MOST_BYTES": 100, "THIN": 0, "DTYPE_OF_YNN": jnp.float64},
    "volumes": {"MOST_BYTES": 100, "THIN": 0, "MOST_BYTES_OF_PLANES": 100},
}


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("name", SHAPES)
def test_derivatives(name, limits, monkeypatch):
    for limit, most in LIMITS[limits].items():
        monkeypatch.setattr(nn_conv_products, limit, most)
    x_shape, w_shape, strides, padding, dilations = SHAPES[name]
    n = len(x_shape) - 2
    layout = Layout(n + 1, tuple(range(1, n + 1)))
    spot = windows("Conv", x_shape[1:-1], w_shape[:-2], strides, padding, (), dilations)
    random = np.random.default_rng(0)
    x, w, dx, dw = (jnp.asarray(random.normal(size=s)) for s in (x_shape, w_shape) * 2)

    def loss(convolution):
        return lambda x, w: jnp.sum(jnp.sin(convolution.apply(x, w)))

    def all_of(convolution):
        f = loss(convolution)
        return {
            "value": f(x, w),
            "gradients": jax.grad(f, (0, 1))(x, w),
            "of the input": jax.grad(f)(x, w),
            "of the filter": jax.grad(f, 1)(x, w),
            "tangent": jax.jvp(f, (x, w), (dx, dw)),
            "Hessian product": jax.jvp(jax.grad(f, (0, 1)), (x, w), (dx, dw)),
            "batched": jax.vmap(jax.grad(f, 1), (0, None))(jnp.stack([x, dx]), w),
        }

    expected = all_of(nn_conv._by_library(layout, spot, 1))
    found = all_of(nn_conv._by_products(layout, spot, 1))
    jax.tree.map(lambda e, f: np.testing.assert_allclose(f, e, rtol=1e-9, atol=1e-9), expected, found)


def test_groups():
    layout, spot = Layout(3, (1, 2)), windows("Conv", (9, 8), (3, 2), (2, 1), "SAME")
    rng = np.random.default_rng(0)
    x, w = (jnp.asarray(rng.normal(size=s)) for s in ((2, 9, 8, 6), (3, 2, 2, 9)))

    def gradients(way):
        return jax.grad(lambda x, w: jnp.sum(jnp.sin(way(layout, spot, 3).apply(x, w))), (0, 1))(x, w)

    expected, found = gradients(nn_conv._by_library), gradients(nn_conv._by_products)
    jax.tree.map(lambda e, f: np.testing.assert_allclose(f, e, rtol=1e-9, atol=1e-9), expected, found)


@pytest.mark.parametrize(
    ("name", "like", "sizes"), [("Input", "input", "input_sizes"), ("Filter", "filter", "filter_sizes")]
)
def test_second_versions_take_shapes_from_tensors(name, like, sizes):
    """TensorFlow has no kernels of them on the CPU: the first versions are what they are compared with."""
    rng = np.random.default_rng(0)
    shapes = {"input": (2, 5, 6, 3), "filter": (2, 3, 3, 4), "out_backprop": (2, 5, 6, 4)}
    given = {n: tfshim.constant(rng.normal(size=s).astype("float32")) for n, s in shapes.items()}
    how = {"strides": [1, 1, 1, 1], "padding": "SAME"}
    found = getattr(tfshim.raw_ops, f"Conv2DBackprop{name}V2")(**given, **how)
    given[sizes] = list(given.pop(like).shape)
    expected = getattr(tfshim.raw_ops, f"Conv2DBackprop{name}")(**given, **how)
    assert found.shape == shapes[like]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
