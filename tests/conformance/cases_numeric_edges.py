"""Numbers at the edges: poles, infinities, overflow, and draws so large that they take another way."""

from __future__ import annotations

from .cases_random import SEED, ULPS
from .runner import Case

ONCE = {"modes": ("eager",), "reason": "millions of samples; the sampler is the same"}

random = [
    *(
        Case(
            f"truncated-normal-many-{dtype}",
            # Every so many samples: a prime number, so that they come from all places in their groups.
            lambda tf, seed, d=dtype: tf.random.stateless_truncated_normal([2**21 + 3], seed, dtype=d)[::1999],
            [SEED],
            rtol=ULPS[dtype],
            atol=0.0,
            **ONCE,
        )
        for dtype in ("bfloat16", "float32", "float64")
    ),
]

CASES = [*random]
