"""`tensorflow.python.eager.tape`: whether somebody records what is computed."""

from tfshim.compat.private.eager_record import could_possibly_record, should_record_backprop, stop_recording
from tfshim.gradient_tape import variable_accessed

__all__ = ["could_possibly_record", "should_record_backprop", "stop_recording", "variable_accessed"]
