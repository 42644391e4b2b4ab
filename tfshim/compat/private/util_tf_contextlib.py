"""`tensorflow.python.util.tf_contextlib`: context managers made by TensorFlow's kind of decorator."""

import contextlib
from collections.abc import Callable
from typing import Any

from tfshim.compat.private.util_tf_decorator import make_decorator


def contextmanager(target: Callable[..., Any]) -> Callable[..., Any]:
    """As `contextlib.contextmanager`; `tf_decorator.unwrap` gives the generator function."""
    return make_decorator(target, contextlib.contextmanager(target), "contextmanager")
