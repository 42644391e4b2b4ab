"""`tensorflow.python.eager.record`: whether somebody records what is computed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfshim.context import context
from tfshim.gradient_tape import stop_recording

__all__ = ["could_possibly_record", "should_record_backprop", "stop_recording"]


def could_possibly_record() -> bool:
    """Whether a tape or an accumulator is there."""
    return bool(context.tapes or context.accumulators)


def should_record_backprop(tensors: Iterable[Any]) -> bool:
    """Whether a tape watches one of the tensors."""
    return any(id(tensor) in tape.watched for tensor in tensors for tape in context.tapes)
