"""What code that makes variables by itself takes from `tf.__internal__.tracking`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.checkpoint import saveables
from tfshim.checkpoint.python_state import PYTHON_STATE, PythonState
from tfshim.checkpoint.restoring import CheckpointPosition
from tfshim.checkpoint.saveables import SaveableObject
from tfshim.checkpoint.status import NameBasedSaverStatus
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import string
from tfshim.export import export
from tfshim.shapes import TensorShape
from tfshim.tracking import VARIABLE_VALUE_KEY

# The name of the only factory of an object that gives its tensors itself.
_ITSELF = ".TENSORS"


@export("__internal__.tracking.CheckpointInitialValue")
class CheckpointInitialValue:
    """The value that a checkpoint has for a variable which is about to be made.

    Args:
      checkpoint_position: the node of the checkpoint.
      shape: shape of the variable.
      shard_info: the part of the value that is meant (with `offset` and `shape`), or None.
    """

    def __init__(self, checkpoint_position: CheckpointPosition, shape: Any = None, shard_info: Any = None):
        slices = {}
        if shard_info is not None:
            full = checkpoint_position.value_shape()
            parts = ":".join(f"{o},{s}" for o, s in zip(shard_info.offset, shard_info.shape, strict=True))
            slices = {VARIABLE_VALUE_KEY: f"{' '.join(map(str, full.as_list()))} {parts}"}  # type: ignore[union-attr]
            shape = shard_info.shape
        self.wrapped_value = checkpoint_position.value_tensors(slices)[VARIABLE_VALUE_KEY]
        if shape is not None:
            self.wrapped_value.set_shape(TensorShape(shape))
        self._checkpoint_position = checkpoint_position

    @property
    def checkpoint_position(self) -> CheckpointPosition:
        """The node of the checkpoint."""
        return self._checkpoint_position

    @property
    def dtype(self) -> Any:
        """The dtype of the value."""
        return self.wrapped_value.dtype

    @property
    def shape(self) -> TensorShape:
        """The shape of the value."""
        return self.wrapped_value.shape

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        return convert_to_tensor(self.wrapped_value, dtype=dtype, name=name)


@export("__internal__.tracking.CheckpointInitialValueCallable")
class CheckpointInitialValueCallable:
    """An initializer that gives the `CheckpointInitialValue` of a node."""

    def __init__(self, checkpoint_position: CheckpointPosition):
        self._checkpoint_position = checkpoint_position

    @property
    def checkpoint_position(self) -> CheckpointPosition:
        """The node of the checkpoint."""
        return self._checkpoint_position

    def __call__(self, shape: Any = None, dtype: Any = None, shard_info: Any = None) -> CheckpointInitialValue:
        # The dtype is that of the checkpoint.
        return CheckpointInitialValue(self._checkpoint_position, shape, shard_info)

    @property
    def restore_uid(self) -> int:
        """The number of the restoration."""
        return self._checkpoint_position.restore_uid


@export("__internal__.tracking.saveable_objects_from_trackable")
def saveable_objects_from_trackable(obj: Any, tf1_saver: bool = False) -> dict[str, Callable[..., Any]]:
    """By attribute, functions from a key (`name=`) to the `SaveableObject` of an object's value."""
    if isinstance(obj, PythonState):
        return {PYTHON_STATE: lambda name="": _StateSaveable(obj, name)}
    if not saveables.serializes_itself(obj) or tf1_saver and saveables.factories(obj):
        return saveables.factories(obj)
    return {_ITSELF: lambda name="": _ItselfSaveable(obj, name)}


class _StateSaveable(SaveableObject):
    """The state of a Python object."""

    def __init__(self, state: PythonState, name: str):
        super().__init__(state, [saveables.SaveSpec(self._value, "", name, string)], name)

    def _value(self) -> Any:
        return convert_to_tensor(self.op.serialize())

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> None:
        self.op.deserialize(restored_tensors[0].numpy())


class _ItselfSaveable(SaveableObject):
    """The tensors of an object that gives them itself."""

    def __init__(self, trackable: Any, name: str):
        self._saveable = saveables.of_table(trackable, name)
        super().__init__(trackable, self._saveable.specs, name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        return self._saveable.restore(restored_tensors)


@export("__internal__.tracking.streaming_restore")
def streaming_restore(status: Any, session: Any = None) -> None:
    """Restores in a session; in eager mode that is done.

    Raises:
      NotImplementedError: for a checkpoint of a `Saver`, in a graph.
    """
    if context.graph is None:
        return
    if isinstance(status, NameBasedSaverStatus):
        raise NotImplementedError("streaming_restore: a checkpoint by names is restored by run_restore_ops()")
    status.run_restore_ops(session=session)


for _cls in (CheckpointInitialValue, CheckpointInitialValueCallable):
    _cls.__module__ = "tensorflow.python.trackable.base"
