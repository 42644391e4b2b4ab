"""The public API by family. Importing this package registers every public name (see `tfshim.export`)."""

from tfshim.ops import kernels  # noqa: F401

# isort: split
from tfshim import dtypes, errors, shapes, trace_type, type_spec  # noqa: F401
from tfshim.api import nest  # noqa: F401
from tfshim.api import casting, math, math_reduce, math_unary, random, version  # noqa: F401
from tfshim.api import array, creation, gather, slicing, sorting  # noqa: F401
