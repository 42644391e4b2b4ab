"""`tf.train.experimental.PythonState`: state that Python code turns into bytes."""

from __future__ import annotations

import abc

from tfshim.export import export
from tfshim.tracking import Trackable

# The attribute under which it is saved.
PYTHON_STATE = "py_state"


@export("train.experimental.PythonState", "compat.v1.train.experimental.PythonState")
class PythonState(Trackable, metaclass=abc.ABCMeta):
    """Something with state that is no tensor; it is read and written when a checkpoint is saved and restored."""

    @abc.abstractmethod
    def serialize(self):
        """The state, as a string or bytes."""

    @abc.abstractmethod
    def deserialize(self, string_value):
        """Takes on a state, given as bytes."""


PythonState.__module__ = "tensorflow.python.trackable.python_state"
