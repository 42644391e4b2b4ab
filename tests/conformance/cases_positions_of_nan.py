"""`tf.argmax` and `tf.argmin` where nan, infinity and both zeros are among the numbers."""

from __future__ import annotations

import numpy as np

from .inputs import FLOATS, arr
from .runner import Case

NAN, INF = np.nan, np.inf
# Rows of three kinds of numbers, long enough for the search in two passes.
ROWS = np.resize([[1, NAN, -2], [NAN, 3, 3], [NAN, NAN, NAN], [-INF, NAN, -INF], [NAN, INF, 1], [-0.0, 0, NAN]], (6, 3))
LONG = np.repeat(ROWS, 40, axis=1)

CASES = [
    *(
        Case(f"{name}-{dtype}-{what}", name, [arr(values, dtype)], kwargs={"axis": axis})
        for name in ("argmax", "argmin")
        for dtype in FLOATS
        for what, values, axis in (
            ("rows", LONG, 1),
            ("columns", LONG.T, 0),
            ("one", np.array([[NAN]]), 0),
            ("many-short-rows", np.resize(ROWS, (1500, 3)), -1),
        )
    )
]
