"""The kernel of Sobol sequences."""

from __future__ import annotations

import warnings

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import exactly_rank, invalid
from tfshim.shapes import from_dims

_MAX_DIMENSIONS = 21200
_BITS = 30
_LARGEST = 2**31 - 1


@kernel("SobolSample", host=True)
def sobol_sample(dim, num_results, skip, *, dtype):
    from scipy.stats import qmc

    for name, value in (("dim", dim), ("num_results", num_results), ("skip", skip)):
        if value.ndim:
            raise invalid(f"{name} must be a scalar")
    dim, count, skip = int(dim), int(num_results), int(skip)
    if dim < 1:
        raise invalid("dim must be at least one")
    if dim > _MAX_DIMENSIONS:
        raise invalid(f"dim must be at most {_MAX_DIMENSIONS}")
    if count < 1:
        raise invalid("num_results must be at least one")
    if skip < 0:
        raise invalid("skip must be non-negative")
    for what, number in (("num_results*dim", count * dim), ("num_results+skip", count + skip)):
        if number >= _LARGEST:
            raise invalid(f"{what} must be less than {_LARGEST}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that numbers other than powers of two lose the balance
        sampler = qmc.Sobol(dim, scramble=False, bits=_BITS)
        # TensorFlow leaves out the first point, which is zero.
        sampler.fast_forward(skip + 1)
        return sampler.random(count).astype(dtype.as_numpy_dtype)


@shape_function("SobolSample")
def _(op):
    for i in range(3):
        exactly_rank(op.shape(i), 0)
    values = [op.static(i) for i in (1, 0)]
    return from_dims(tuple(None if v is None else int(v) for v in values))
