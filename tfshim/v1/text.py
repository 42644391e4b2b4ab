"""`tf.compat`: text, bytes and numbers of several kinds as one kind."""

from __future__ import annotations

import contextlib
import datetime
import numbers
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfshim.export import export


def _both(name: str) -> tuple[str, str]:
    return f"compat.{name}", f"compat.v1.compat.{name}"


export(*_both("bytes_or_text_types"))((bytes, str))
export(*_both("complex_types"))((numbers.Complex, np.number))
export(*_both("integral_types"))((numbers.Integral, np.integer))
export(*_both("real_types"))((numbers.Real, np.integer, np.floating))


def _refusal(value: Any) -> TypeError:
    return TypeError(f"Expected binary or unicode string, got {value!r}")


@export(*_both("as_bytes"))
def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """`bytes` of bytes (as they are), a bytearray or a str; TypeError for anything else."""
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise _refusal(bytes_or_text)


@export(*_both("as_text"))
def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """`str` of a str (as it is) or of bytes; TypeError for anything else."""
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise _refusal(bytes_or_text)


@export(*_both("as_str"))
def as_str(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """As `tf.compat.as_text`."""
    return as_text(bytes_or_text, encoding)


@export(*_both("as_str_any"))
def as_str_any(value: Any, encoding: str = "utf-8") -> str:
    """`str(value)`; bytes are decoded."""
    return as_str(value, encoding) if isinstance(value, bytes) else str(value)


@export(*_both("path_to_str"))
def path_to_str(path: Any) -> Any:
    """The text of a path object, decoded if need be; anything else as it is."""
    return as_str_any(os.fspath(path)) if hasattr(path, "__fspath__") else path


# The day up to which graphs have to be readable by older programs, as TensorFlow 2.21 has it.
_HORIZON = [datetime.date(2026, 1, 16)]


@export(*_both("forward_compatible"))
def forward_compatible(year: int, month: int, day: int) -> bool:
    """True if the day lies before the horizon of forward compatibility."""
    return _HORIZON[-1] > datetime.date(year, month, day)


@export(*_both("forward_compatibility_horizon"))
@contextlib.contextmanager
def forward_compatibility_horizon(year: int, month: int, day: int) -> Iterator[None]:
    """Moves the horizon of forward compatibility within the scope."""
    _HORIZON.append(datetime.date(year, month, day))
    try:
        yield
    finally:
        _HORIZON.pop()
