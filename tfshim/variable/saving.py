"""How variables take part in checkpoints, and as slices of larger ones."""

from __future__ import annotations

from typing import Any

from tfshim.tracking import VARIABLE_VALUE_KEY, TensorCallable, Trackable


class SaveSliceInfo:
    """Where a variable lies in a larger one of which it is a part."""

    def __init__(
        self,
        full_name: str | None = None,
        full_shape: Any = None,
        var_offset: Any = None,
        var_shape: Any = None,
        save_slice_info_def: Any = None,
        import_scope: str | None = None,
    ):
        if save_slice_info_def is not None:
            full_name = save_slice_info_def.full_name
            if import_scope:
                full_name = f"{import_scope}/{full_name}"
            full_shape = list(save_slice_info_def.full_shape)
            var_offset = list(save_slice_info_def.var_offset)
            var_shape = list(save_slice_info_def.var_shape)
        self.full_name = full_name
        self.full_shape = full_shape
        self.var_offset = var_offset
        self.var_shape = var_shape

    @property
    def spec(self) -> str:
        """The slice in the notation of checkpoints: `"4 3 0,2:0,3"`."""
        sizes = " ".join(str(d) for d in self.full_shape)
        parts = ":".join(f"{o},{s}" for o, s in zip(self.var_offset, self.var_shape, strict=False))
        return f"{sizes} {parts}"

    @classmethod
    def from_spec(cls, spec: str) -> SaveSliceInfo:
        """The slice that a spec describes; ValueError if it is none."""
        if not spec:
            return cls()
        sizes, separator, parts = spec.rpartition(" ")
        try:
            if not separator:
                raise ValueError("sizes and slices must be separated by a space")
            pairs = [tuple(int(v) for v in part.split(",")) for part in parts.split(":")]
            if any(len(pair) != 2 for pair in pairs):
                raise ValueError("each slice must be a pair of offset and size")
            full_shape = [int(d) for d in sizes.split()]
        except ValueError as error:
            raise ValueError(f"{spec!r} does not describe a slice of a variable: {error}") from None
        return cls(full_shape=full_shape, var_offset=[o for o, _ in pairs], var_shape=[s for _, s in pairs])


SaveSliceInfo.__module__ = "tensorflow.python.ops.variables"
SaveSliceInfo.__qualname__ = "Variable.SaveSliceInfo"


class Saving(Trackable):
    """Mixin: the part of a variable that checkpoints and slices use."""

    _save_slice_info: Any = None
    name: Any
    dtype: Any
    trainable: Any
    assign: Any
    read_value: Any
    _shared_name: Any

    def _serialize_to_tensors(self) -> dict[str, Any]:
        return {VARIABLE_VALUE_KEY: TensorCallable(self.read_value, self.dtype)}

    def _restore_from_tensors(self, restored_tensors: dict[str, Any]) -> Any:
        value = restored_tensors[VARIABLE_VALUE_KEY]
        try:
            return self.assign(value)
        except ValueError as error:
            raise ValueError(
                f"Received incompatible tensor with shape {value.shape} when attempting to restore variable "
                f"{self.name}: {error}"
            ) from None

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        return {VARIABLE_VALUE_KEY: self}

    def _copy_trackable_to_cpu(self, object_map: Any) -> None:
        """Puts a copy of the variable into `object_map` (which looks up by identity), or its value into the copy."""
        from tfshim.variable.resource import ResourceVariable

        if self in object_map:
            object_map[self].assign(self.read_value())
        else:
            object_map[self] = ResourceVariable(self.read_value(), trainable=self.trainable, name=self._shared_name)

    def _set_save_slice_info(self, save_slice_info: Any) -> None:
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self) -> Any:
        return self._save_slice_info
