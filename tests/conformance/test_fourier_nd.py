"""The transforms over chosen axes, for which TensorFlow has no CPU kernel: NumPy is the oracle."""

import numpy as np
import pytest

import tfshim as tf

INVERSE_REAL = "irfftnd"


def _signal(name):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(3, 4, 5))
    return x if name == "rfftnd" else x + 1j * rng.normal(size=x.shape)


@pytest.mark.parametrize("name", ["fftnd", "ifftnd", "rfftnd", "irfftnd"])
@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize(
    ("lengths", "axes"), [(None, None), (None, [0]), (None, [-1, 1]), ([4, 6], [0, 2]), ([2, 3], [1, 2]), ([6], None)]
)
def test_agrees_with_numpy(name, norm, lengths, axes):
    x = _signal(name)
    if lengths is not None and axes is None:
        axes = list(range(x.ndim - len(lengths), x.ndim))
        expected = getattr(np.fft, name[:-1])(x, s=lengths, axes=axes, norm=norm)
        found = getattr(tf.signal, name)(tf.constant(x), fft_length=lengths, norm=norm)
    else:
        expected = getattr(np.fft, name[:-1])(x, s=lengths, axes=axes, norm=norm)
        found = getattr(tf.signal, name)(tf.constant(x), fft_length=lengths, axes=axes, norm=norm)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-10, atol=1e-10)


def test_shapes_are_known_in_a_function():
    @tf.function(input_signature=[tf.TensorSpec([3, None, 5], tf.float32)])
    def run(x):
        result = tf.signal.rfftnd(x, [4, 7], axes=[0, 2])
        assert result.shape.as_list() == [4, None, 4]
        return result

    assert run(tf.zeros([3, 2, 5])).shape == [4, 2, 4]


def test_the_plain_ops_take_their_arguments_by_position():
    x = tf.constant(_signal("fftnd"))
    np.testing.assert_array_equal(tf.fftnd(x, [4, 5], [1, 2]), tf.signal.fftnd(x, [4, 5], [1, 2]))
    back = tf.irfftnd(tf.rfftnd(tf.math.real(x), [4, 5], [1, 2], tf.complex128), [4, 5], [1, 2], tf.float64)
    np.testing.assert_allclose(back, tf.math.real(x), atol=1e-12)
