"""`tensorflow.python.ops.parallel_for.control_flow_ops`: loops whose iterations do not depend on each other."""

from typing import Any

from tfshim.namespaces import resolve
from tfshim.ops import op

vectorized_map = resolve("vectorized_map")


def pfor(loop_fn, iters, fallback_to_while_loop=True, parallel_iterations=None, warn=False) -> Any:
    """The results of `loop_fn(i)` for all `i` below `iters`, stacked; computed together where that is possible."""
    indices = op("Range")(0, iters, 1)
    return vectorized_map(loop_fn, indices, fallback_to_while_loop, warn)  # type: ignore[operator]


def for_loop(loop_fn, loop_fn_dtypes, iters, parallel_iterations=None) -> Any:
    """The results of `loop_fn(i)` for all `i` below `iters`, stacked; computed one after the other."""
    return resolve("map_fn")(loop_fn, op("Range")(0, iters, 1), fn_output_signature=loop_fn_dtypes)  # type: ignore[operator]
