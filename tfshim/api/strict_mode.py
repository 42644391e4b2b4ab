"""`tf.experimental.enable_strict_mode`."""

from __future__ import annotations

from tfshim.export import export

_enabled = False


def is_enabled() -> bool:
    """Whether what is deprecated raises instead of warning."""
    return _enabled


@export("experimental.enable_strict_mode")
def enable_strict_mode():
    """From here on, what is marked as deprecated raises RuntimeError where it would warn; this cannot be undone.

    That is code with TensorFlow's decorators for it (`tensorflow.python.util.deprecation`). TensorFlow has them on
    functions of its own, too; here, these do not warn, and so do not raise.
    """
    global _enabled
    _enabled = True
