"""`tensorflow.python.util.object_identity`: what `tensor.ref()` returns, hashed by identity."""

from tfshim.tensor import Reference

__all__ = ["Reference"]
