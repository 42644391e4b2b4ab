"""`tensorflow.python.framework.tensor_shape`: conversions under their older names."""

from tfshim.shapes import as_shape  # noqa: F401
