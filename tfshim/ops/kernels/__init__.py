"""The kernels by family. Importing this package registers them (see `tfshim.ops.registry`)."""

from tfshim.ops.kernels import (  # noqa: F401
    cast,
    comparison,
    complex,
    math_binary,
    math_unary,
    random,
    reductions,
    scans,
    state,
)
