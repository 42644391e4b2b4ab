"""The correction of quotients that accelerators need, over quotients that are off as theirs are."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from tfshim.ops import exact


@pytest.mark.parametrize("units_off", [-2, -1, 0, 1, 2])
def test_correction_rounds_properly(units_off):
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=10_000) * np.exp(rng.normal(size=10_000) * 10) for _ in range(2))
    x, y = x.astype(np.float32), y.astype(np.float32)
    expected = x / y
    quotient = expected
    for _ in range(abs(units_off)):
        quotient = np.nextafter(quotient, np.float32(np.copysign(np.inf, units_off)))
    ordinary = (abs(expected) > 1e-30) & (abs(expected) < 1e30)
    assert ordinary.sum() > 9_000
    corrected = np.asarray(jax.jit(exact._corrected)(quotient, x, y))
    np.testing.assert_array_equal(corrected[ordinary], expected[ordinary])


def test_correction_leaves_what_no_remainder_tells():
    x = np.float32([1, -1, 0, -0.0, np.inf, np.nan, 1, 3e38])
    y = np.float32([0, 0, 5, 5, 2, 1, np.inf, 1e-10])
    with np.errstate(all="ignore"):
        quotient = x / y
        corrected = exact._corrected(quotient, x, y)
    np.testing.assert_array_equal(corrected, quotient)
    assert np.signbit(corrected[3])
