"""`VariableSpec`: the type spec of variables."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes, nest
from tfshim.tensor import Tensor
from tfshim.type_spec import DenseSpec, TensorSpec
from tfshim.variable.core import BaseResourceVariable, Variable
from tfshim.variable.resource import ResourceVariable, UninitializedVariable, UnreadVariable


class VariableSpec(DenseSpec):
    """Describes variables by shape, dtype and trainability.

    Args:
      shape: static shape.
      dtype: `tf.DType`.
      trainable: whether tapes watch the variables by themselves.
      alias_id: a number that two arguments of one call share if they are the same variable, or None.
    """

    __slots__ = ("alias_id", "trainable")

    def __init__(self, shape: Any, dtype: Any = dtypes.float32, trainable: bool = True, alias_id: int | None = None):
        super().__init__(shape, dtype)
        self.trainable = trainable
        self.alias_id = alias_id

    @property
    def value_type(self) -> type:
        """The class of the variables."""
        return ResourceVariable

    @classmethod
    def from_value(cls, value: Any) -> VariableSpec:
        """The spec of a variable."""
        return cls(value.shape, value.dtype, value.trainable)

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Whether shapes are compatible, and dtype and trainability (and for specs, aliases) are the same."""
        if not isinstance(spec_or_value, (VariableSpec, BaseResourceVariable)):
            return False
        compatible = (
            self.shape.is_compatible_with(spec_or_value.shape)
            and self.dtype == spec_or_value.dtype
            and self.trainable == spec_or_value.trainable
        )
        if isinstance(spec_or_value, VariableSpec):
            return compatible and self.alias_id == spec_or_value.alias_id
        return compatible

    def is_subtype_of(self, other: Any) -> bool:
        """Whether a trace made for variables of `other` serves those of this spec."""
        return (
            type(other) is VariableSpec
            and self.dtype is other.dtype
            and self.trainable == other.trainable
            and self.alias_id == other.alias_id
            and self.shape.is_subtype_of(other.shape)
        )

    def most_specific_common_supertype(self, others: Any) -> VariableSpec | None:
        """The spec that serves all the variables, or None."""
        shape = self.shape
        for other in others:
            if type(other) is not VariableSpec or (self.dtype, self.trainable, self.alias_id) != (
                other.dtype,
                other.trainable,
                other.alias_id,
            ):
                return None
            shape = shape.most_specific_compatible_shape(other.shape)
        return VariableSpec(shape, self.dtype, self.trainable, self.alias_id)

    def placeholder_value(self, placeholder_context: Any) -> Any:
        """A variable over a new input of the function that is traced."""
        if placeholder_context.unnest_only:
            return self
        if placeholder_context.has_placeholder(self.alias_id):
            return placeholder_context.get_placeholder(self.alias_id)
        graph, name = placeholder_context.context_graph, placeholder_context.naming_scope
        handle = TensorSpec([], dtypes.resource).placeholder_value(placeholder_context)
        variable = Variable._from_handle(handle, self.shape, self.dtype, self.trainable, name or "Variable")
        # The graph refers to its variables weakly; this one lives as long as the graph.
        graph.add_to_collection("arguments", variable)
        if self.alias_id is not None:
            placeholder_context.add_placeholder(self.alias_id, variable)
        return variable

    def to_tensors(self, value: Any) -> list[Any]:
        """The handle."""
        if not isinstance(value, BaseResourceVariable):
            raise TypeError(f"Expected a variable for {self!r}, got {value!r}")
        return [value.handle]

    def from_tensors(self, tensors: Any) -> Any:
        """A variable over the next handle of the iterator."""
        return self._from_components([next(tensors)])

    def flatten(self) -> list[Any]:
        """The spec of the handle."""
        return [TensorSpec([], dtypes.resource)]

    def cast(self, value: Any, casting_context: Any) -> Any:
        """`value`, if it is a variable."""
        if not isinstance(value, BaseResourceVariable):
            raise TypeError(f"Expected a variable for {self!r}, got {value!r}")
        return value

    @property
    def _component_specs(self) -> Any:
        return [TensorSpec([], dtypes.resource)]

    def _to_components(self, value: Any) -> list[Any]:
        return [value.handle]

    def _from_components(self, components: Any) -> Any:
        if not isinstance(components, (list, tuple)):
            raise TypeError(f"Components of a ResourceVariable must be a list or tuple, got {components} instead.")
        if len(components) != 1:
            raise ValueError(
                f"Components of a ResourceVariable must only contain its resource handle, got {components} instead."
            )
        handle = components[0]
        if not isinstance(handle, Tensor) or handle.dtype is not dtypes.resource:
            raise ValueError(f"The handle of a ResourceVariable must be a resource tensor, got {handle} instead.")
        return Variable._from_handle(handle, self.shape, self.dtype, self.trainable)

    def _serialize(self) -> Any:
        return self.shape, self.dtype, self.trainable, self.alias_id

    def __hash__(self) -> int:
        return hash((self.shape._dims, self.dtype, self.trainable, self.alias_id))

    def __eq__(self, other: object) -> bool:
        return (
            type(self) is type(other)
            and self.shape._dims == other.shape._dims
            and (self.dtype, self.trainable, self.alias_id) == (other.dtype, other.trainable, other.alias_id)
        )

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(shape={self.shape}, dtype={self.dtype!r}, trainable={self.trainable!r}, "
            f"alias_id={self.alias_id!r})"
        )


VariableSpec.__module__ = "tensorflow.python.ops.resource_variable_ops"
nest.register_atoms(Variable, ResourceVariable, UninitializedVariable, UnreadVariable, VariableSpec)
