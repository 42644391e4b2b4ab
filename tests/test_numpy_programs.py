"""Programs carried out by NumPy give what the compiled ones give, special values included."""

from __future__ import annotations

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import tfshim
from tfshim.ops.computation import HOT_CALLS
from tfshim.ops.numpy_programs import numpy_program, recipe, small_program, store

F = np.array([[0.0, -0.0, 1.5, -2.5], [np.inf, -np.inf, np.nan, 1e-40]], np.float32)
N = np.where(abs(F) < np.finfo(F.dtype).tiny, 0, F)  # versions of XLA differ about subnormal numbers
P = np.array([[0.1, 0.5, 1.5, 0.9], [2.0, 3.5, 0.25, 1.0]], np.float32)
I = np.array([[7, -7, 0, -(2**31)], [2**31 - 1, 5, -1, 3]], np.int32)
J = np.array([[2, 2, 0, -1], [-1, -3, 0, 40]], np.int32)
U = np.array([[0, 1, 2**32 - 1, 8]], np.uint32)
M = np.array([[4.0, 1.0], [2.0, 3.0]], np.float32)
V = np.array([3.0, 1.0, 2.0, 1.0, np.nan], np.float32)
C = np.array([1 + 2j, -1j], np.complex64)

EXACT = {
    "add": (lambda x: x + x, F),
    "mul denormals": (lambda x: x * np.float32(0.5), F),
    "sign": (jnp.sign, F),
    "round": (jnp.round, F),
    "max": (lambda x: jnp.maximum(x, 0), F),
    "clamp": (lambda x: lax.clamp(np.float32(-1), x, np.float32(1)), F),
    "comparisons": (lambda x: (x < 1, x >= 0, x == x, jnp.isfinite(x)), F),
    "total order": (lambda x: (lax.sort(x), jnp.argsort(x, stable=True)), F),
    "casts": (lambda x: (x.astype(np.int32), x.astype(np.uint8), x.astype(bool), x.astype(np.float64)), F),
    "bits": (lambda x: lax.bitcast_convert_type(x, np.int32), F),
    "narrow bits": (lambda x: lax.bitcast_convert_type(x, np.uint8), F),
    "integer division": (lambda x, y: (lax.div(x, y), lax.rem(x, y)), I, J),
    "unsigned division": (lambda x: (lax.div(x, x // 2), lax.rem(x, jnp.zeros_like(x))), U),
    "shifts": (
        lambda x, y: (lax.shift_left(x, y), lax.shift_right_logical(x, y), lax.shift_right_arithmetic(x, y)),
        I,
        J,
    ),
    "wrapping": (lambda x: (x + x, x * x, -x, abs(x)), I),
    "bit operations": (lambda x, y: (x & y, x | y, x ^ y, ~x, lax.population_count(x)), I, J),
    "integer power": (lambda x: (x**3, x**2), I),
    "integer extremes": (lambda x: (x.max(), x.min(0), x.sum(1), x.prod()), I),
    "arg extremes": (lambda x: (jnp.argmax(x), jnp.argmin(x), jnp.argmax(x[:3])), V),
    "top k": (lambda x: lax.top_k(x, 3), V),
    "sort by two keys": (lambda x, y: lax.sort((x[0], y[0], x[1]), num_keys=2), I, J),
    "cumulative": (lambda x: (jnp.cumsum(x), lax.cummax(x, reverse=True), lax.cumprod(x)), I[0]),
    "movement": (
        lambda x: (x.T, x.reshape(4, 2), x[:, ::-1], x[1:, ::2], jnp.tile(x, (2, 1)), jnp.stack([x, x], 1), x[None]),
        F,
    ),
    "pads": (lambda x: lax.pad(x, np.int32(9), ((1, -1, 0), (-1, 2, 1))), I),
    "splits": (lambda x: (*jnp.split(x, 2, 1), jnp.concatenate([x, x])), I),
    "iota": (lambda: lax.broadcasted_iota(np.int32, (2, 3), 1),),
    "selection": (lambda x: (jnp.where(x > 0, x, -x), lax.select_n(abs(x) % 3, x, x + 1, x + 2)), I),
    "gather": (
        lambda x: (x[:, jnp.array([3, 0])], x[jnp.array([0, 5]), jnp.array([1, 1])], x.at[7].get(mode="fill")),
        I,
    ),
    "dynamic slices": (lambda x: (lax.dynamic_slice(x, (1, 9), (1, 2)), lax.dynamic_update_slice(x, x[:1], (5, 0))), I),
    "batched gather": (lambda x: jnp.take_along_axis(x, jnp.array([[3, 1], [0, 2]]), 1), I),
    "scatter": (
        lambda x: (
            x.at[0, jnp.array([1, 1, 9])].add(1),
            x.at[1].set(0),
            x.at[:, jnp.array([0, 3])].min(2),
            x.at[jnp.array([0, 1]), jnp.array([2, 0])].multiply(3),
        ),
        I,
    ),
    "integer products": (lambda x, y: (x @ y.T, jnp.einsum("ij,ij->i", x, y), jnp.einsum("ij,kj->ki", x, y)), I, J),
    "conditional": (lambda x: lax.cond(x[0, 0] > 0, lambda y: y + 1, lambda y: y - 1, x), I),
    "loop": (lambda x: lax.while_loop(lambda s: s[0] < 5, lambda s: (s[0] + 1, s[1] * 2), (0, x)), I),
    "loops in a batch": (jax.vmap(lambda n: lax.while_loop(lambda s: s < 10, lambda s: s + n, n)), np.array([1, 3, 7])),
    "scan": (lambda x: lax.scan(lambda c, r: (c + r, c * r), x[0], x, reverse=True), I),
    "complex parts": (lambda z: (z.real, z.imag, jnp.conj(z), z * z, z - 1, lax.complex(z.imag, z.real)), C),
}
CLOSE = {
    name: (getattr(jnp, name), P)
    for name in (
        "exp exp2 log log1p expm1 sin cos tan arctan sinh cosh tanh arcsinh sqrt cbrt floor ceil mean std var"
    ).split()
} | {
    "special": (lambda x: (lax.erf(x), lax.erfc(x), lax.lgamma(x), lax.digamma(x), lax.bessel_i0e(x), lax.rsqrt(x)), P),
    "poles": (lambda x: (lax.lgamma(x), jnp.exp(x), jnp.log(x), lax.logistic(x), lax.erf(x)), N),
    "inverse": (lambda x: (lax.erf_inv(x / 4), jnp.arcsin(x / 4), jnp.arctanh(x / 4), lax.nextafter(x, -x)), P),
    "two arguments": (
        lambda x: (lax.igamma(x, 2 * x), lax.igammac(x, x), lax.zeta(x + 1, x), x**x, jnp.arctan2(x, -x)),
        P,
    ),
    "derivatives of digamma": (lambda x: lax.polygamma(jnp.round(x), x), P),
    "beta": (lambda x: lax.betainc(x, x, x / 4), P),
    "softmax": (jax.nn.softmax, P),
    "cumulative": (lambda x: (lax.cumlogsumexp(x, axis=1), lax.cumsum(x, axis=0, reverse=True)), P),
    "inverse of a matrix": (lambda x: (jnp.linalg.inv(x), jnp.linalg.det(x), jnp.linalg.solve(x, x)), M),
    "decompositions": (lambda x: (*jnp.linalg.qr(x), *jnp.linalg.eigh(x + x.T), *jnp.linalg.svd(x)), M),
    "cholesky": (lambda x: (jnp.linalg.cholesky(x @ x.T), jnp.linalg.cholesky(jnp.stack([-x, x @ x.T]))), M),
    "triangular": (
        lambda x: (
            lax.linalg.triangular_solve(x, x, left_side=True, lower=True),
            lax.linalg.triangular_solve(x, x, left_side=False, transpose_a=True, unit_diagonal=True),
        ),
        M,
    ),
    "fourier": (lambda x: (jnp.fft.fft(x), jnp.fft.rfft(x), jnp.fft.irfft(x, 6), jnp.fft.ifft2(x)), P),
    "gradient": (jax.grad(lambda x: jnp.sum(jnp.tanh(x @ x.T) ** 2)), M),
}


def _compare(entry, check):
    function, *operands = entry
    jitted = jax.jit(function)
    program = small_program(recipe(jitted, operands))
    assert program is not None, "not carried out by NumPy"
    ours, theirs = program.run(*operands), jitted(*operands)
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for one, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        other = np.asarray(other)
        assert type(one) is np.ndarray and one.dtype == other.dtype and one.shape == other.shape
        assert one.flags.c_contiguous
        check(one, other)


@pytest.mark.parametrize("name", EXACT)
def test_exact(name):
    def check(one, other):
        np.testing.assert_array_equal(one, other)
        if one.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(one)[~np.isnan(one)], np.signbit(other)[~np.isnan(other)])

    _compare(EXACT[name], check)


@pytest.mark.parametrize("name", CLOSE)
def test_close(name):
    _compare(CLOSE[name], lambda one, other: np.testing.assert_allclose(one, other, rtol=3e-5, atol=2e-6))


def test_what_has_no_rule_compiles():
    image = np.ones((1, 1, 1, 1), np.float32)
    convolve = jax.jit(
        lambda x: lax.conv_general_dilated(x, x[:, :, :1], (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"))
    )
    assert small_program(recipe(convolve, [image])) is None
    assert small_program(recipe(jax.jit(lambda x: x + x), [np.ones(2, jnp.bfloat16)])) is None
    assert small_program(recipe(jax.jit(lambda x: jnp.zeros(100_000) + x), [np.float32(1)])) is None


def test_only_what_the_outputs_need_is_computed():
    closed = jax.make_jaxpr(lambda x, y, z: (jnp.sin(x), y + 1)[1])(P, I, J)
    run, needed = numpy_program(closed, kinds="iub")
    assert needed == [1]
    np.testing.assert_array_equal(run(I)[0], I + 1)


def test_what_is_called_often_is_compiled_if_that_changes_no_bit():
    x, y = tfshim.constant([0.1, 0.7]), tfshim.constant([[0.3, 0.4]])
    for function, exact in (
        (lambda: x + y, True),
        (lambda: tfshim.nn.relu(x), True),
        (lambda: tfshim.gather(y, [1, 0], axis=1), True),
        (lambda: x * 3, True),
        (lambda: tfshim.exp(x), False),
        (lambda: tfshim.nn.softmax(y), False),
    ):
        results = [function() for _ in range(2 * HOT_CALLS)]
        assert {r.numpy().tobytes() for r in results} == {results[0].numpy().tobytes()}
        assert (results[-1]._value is not None) == exact


SCRIPT = """
import jax, tfshim as tf
from tfshim.ops import computation
made = []
computation.numpy_programs.recipe = lambda *a, make=computation.numpy_programs.recipe: made.append(1) or make(*a)
with tf.GradientTape() as tape:
    x = tf.constant([[1.0, 4.0], [2.0, 5.0]])
    tape.watch(x)
    y = tf.linalg.inv(x)[:, 1:] * tf.exp(x)
print(y.numpy().tolist(), tape.gradient(y, x).numpy().tolist(), tf.math.top_k([1, 3, 2], 2).indices.numpy().tolist())
print(len(made))
"""


def test_recipes_are_kept_for_the_next_process(tmp_path):
    def run():
        environment = {**os.environ, "TFSHIM_COMPILATION_CACHE": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    first, second = run(), run()
    assert first[0] == second[0]
    assert int(first[1]) >= 5
    assert int(second[1]) == 0
    (tmp_path / "numpy-programs.pickle").write_bytes(b"not a pickle")
    assert run() == first


def test_keys_name_plain_values_only():
    assert store.key_of("a", (1, tfshim.float32), None) == store.key_of("a", (1, tfshim.float32), None)
    assert store.key_of("a", 1) != store.key_of("a", True)
    assert store.key_of("a", (lambda: 0,)) is None
