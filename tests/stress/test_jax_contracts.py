"""What the design leans on in JAX, on the platform at hand; when an upgrade breaks one, this says which."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import tfshim  # noqa: F401  (the JAX settings that tfshim runs with)

SIZE = 1000

on_cpu = pytest.mark.skipif(
    jax.default_backend() != "cpu", reason="buffers of another device are not shared with NumPy"
)


def fresh(value=0.0):
    """An array that owns a buffer of its own."""
    return jnp.full(SIZE, value, jnp.float32) + np.float32(0)


def address(array):
    return array.unsafe_buffer_pointer()


increment = jax.jit(lambda x: x + 1, donate_argnums=0)


class TestDonation:
    def test_a_donated_buffer_is_reused_and_its_array_deleted(self):
        x = fresh()
        before = address(x)
        y = increment(x)
        assert address(y) == before
        assert x.is_deleted()
        with pytest.raises(RuntimeError, match="deleted"):
            np.asarray(x)

    @on_cpu
    def test_a_numpy_view_blocks_reuse(self):
        x = fresh()
        view = np.asarray(x)
        before = address(x)
        y = increment(x)
        assert address(y) != before
        assert view[0] == 0.0 and float(y[0]) == 1.0

    def test_reuse_is_possible_again_without_the_view(self):
        x = fresh()
        view = np.array(x, copy=True)
        before = address(x)
        assert address(increment(x)) == before
        assert view[0] == 0.0

    def test_one_buffer_cannot_be_donated_twice(self):
        x = fresh()
        with pytest.raises(jax.errors.JaxRuntimeError, match="donate the same buffer twice"):
            jax.jit(lambda a, b: (a + 1, b + 1), donate_argnums=(0, 1))(x, x)

    def test_one_buffer_cannot_be_donated_and_passed(self):
        x = fresh()
        with pytest.raises(jax.errors.JaxRuntimeError, match="previously donated"):
            jax.jit(lambda a, b: (a + 1, b + 1), donate_argnums=(0,))(x, x)

    def test_an_argument_that_is_returned_gives_a_buffer_of_its_own(self):
        x = fresh(3.0)
        same, more = jax.jit(lambda x: (x, x + 1))(x)
        assert address(same) != address(x)
        assert not x.is_deleted() and float(same[0]) == 3.0 and float(more[0]) == 4.0

    def test_one_value_returned_twice_gives_two_buffers(self):
        def twice(x):
            y = x + 1
            return y, y

        a, b = jax.jit(twice)(fresh())
        assert address(a) != address(b)
        increment(a)
        assert float(b[0]) == 1.0

    def test_donated_arguments_may_be_swapped(self):
        a, b = jax.jit(lambda a, b: (b, a), donate_argnums=(0, 1))(fresh(1.0), fresh(2.0))
        assert float(a[0]) == 2.0 and float(b[0]) == 1.0

    def test_a_failed_trace_donates_nothing(self):
        def fails(x):
            raise ValueError("while tracing")

        x = fresh()
        with pytest.raises(ValueError, match="while tracing"):
            jax.jit(fails, donate_argnums=0)(x)
        assert not x.is_deleted()

    def test_an_unused_donated_argument_stays(self):
        x = fresh()
        jax.jit(lambda x: jnp.ones(3, jnp.float32), donate_argnums=0)(x)
        assert not x.is_deleted()


class TestNumpyMemory:
    @on_cpu
    def test_device_put_may_share_numpy_memory(self):
        # Therefore what a user can reach is copied first. Memory aligned to 64 bytes is shared.
        memory = np.zeros(SIZE + 64, np.float32)
        start = -(memory.ctypes.data // 4) % 16
        memory = memory[start : start + SIZE]
        shared = jax.device_put(memory)
        assert address(shared) == memory.ctypes.data

    @on_cpu
    def test_donating_shared_memory_does_not_write_into_it(self):
        memory = np.zeros(SIZE + 64, np.float32)
        start = -(memory.ctypes.data // 4) % 16
        memory = memory[start : start + SIZE]
        result = increment(jax.device_put(memory))
        assert float(result[0]) == 1.0
        assert (memory == 0.0).all()

    @on_cpu
    def test_a_view_is_read_only(self):
        with pytest.raises(ValueError, match="read-only"):
            np.asarray(fresh())[0] = 1.0


class TestTypes:
    multiply = staticmethod(jax.jit(lambda a, b: a * b))

    @pytest.mark.parametrize("scalar", [np.float32(2), np.asarray(2, np.float32)])
    def test_numpy_scalars_are_strong(self, scalar):
        result = self.multiply(jnp.ones(3, jnp.float32), scalar)
        assert result.dtype == np.float32 and not result.weak_type
        assert not jax.jit(lambda x: x + 1)(scalar).weak_type

    def test_a_strong_float64_scalar_widens(self):
        # Why scalars must have the tensor's dtype before they reach a kernel.
        assert self.multiply(jnp.ones(3, jnp.float32), np.float64(2)).dtype == np.float64

    def test_python_scalars_are_weak(self):
        assert jax.jit(lambda x: x + 1)(2.0).weak_type

    @pytest.mark.parametrize("dtype", ["int64", "float64", "uint64", "complex128"])
    def test_64_bit_types_are_kept(self, dtype):
        assert jax.jit(lambda x: x)(np.ones(3, dtype)).dtype == dtype


class TestTracing:
    def test_a_failed_trace_is_not_cached(self):
        traces = []

        @jax.jit
        def fails(x):
            traces.append(1)
            raise ValueError("again")

        for _ in range(3):
            with pytest.raises(ValueError, match="again"):
                fails(np.float32(1))
        assert len(traces) == 3

    def test_an_inlined_function_is_traced_once_for_many_callers(self):
        traces = []

        def layer(x):
            traces.append(1)
            return x * 2

        inlined = jax.jit(layer, inline=True)
        x = fresh(1.0)
        assert float(jax.jit(lambda x: inlined(inlined(x)))(x)[0]) == 4.0
        assert float(jax.jit(lambda x: inlined(x) + 1)(x)[0]) == 3.0
        assert len(traces) == 1

    def test_a_compiled_function_may_return_a_pullback(self):
        traces = []
        forward = jax.jit(lambda x: jax.vjp(lambda x: jnp.sin(x) ** 2, x))

        @jax.jit
        def backward(pullback, cotangent):
            traces.append(1)
            return pullback(cotangent)[0]

        for value in (0.5, 1.0, 2.0):
            x = np.full(3, value, np.float32)
            y, pullback = forward(x)
            gradient = backward(pullback, np.ones(3, np.float32))
            np.testing.assert_allclose(y, np.sin(x) ** 2, rtol=1e-6)
            np.testing.assert_allclose(gradient, 2 * np.sin(x) * np.cos(x), rtol=1e-6)
        assert len(traces) == 1

    def test_a_pullback_survives_inlining(self):
        inner = jax.jit(lambda x: jax.vjp(lambda x: x**3, x), inline=True)

        @jax.jit
        def whole(x):
            y, pullback = inner(x)
            return y, pullback(jnp.ones_like(y))[0]

        y, gradient = whole(np.float32(2))
        assert float(y) == 8.0 and float(gradient) == 12.0
