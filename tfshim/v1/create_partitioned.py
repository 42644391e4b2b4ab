"""`tf.compat.v1.create_partitioned_variables`: the parts of a variable, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.v1.variable_scope import get_variable_scope, variable_scope
from tfshim.v1.variable_store import VariableStore


@export("compat.v1.create_partitioned_variables")
def create_partitioned_variables(
    shape: Sequence[int],
    slicing: Sequence[int],
    initializer: Any,
    dtype: Any = dtypes.float32,
    trainable: bool = True,
    collections: Any = None,
    name: str | None = None,
    reuse: Any = None,
) -> list[Any]:
    """The parts of a variable of `shape`, divided into `slicing[i]` parts in each dimension i.

    Args:
      shape: shape of the whole, fully defined.
      slicing: numbers of parts; all but one of them are 1.
      initializer: a tensor of the whole, or a function of shape and dtype as for `get_variable`.
      dtype, trainable, collections: as for `get_variable`.
      name: of the scope of the parts, `"PartitionedVariable"` by default.
      reuse: as for `tf.compat.v1.variable_scope`.

    Raises:
      ValueError: for a slicing of another length, with a zero, or of several dimensions.
    """
    if len(shape) != len(slicing):
        raise ValueError(
            "The 'shape' and 'slicing' of a partitioned Variable must have the length: "
            f"shape: {shape}, slicing: {slicing}"
        )
    if not callable(initializer):
        initializer = convert_to_tensor(initializer)
        dtype = initializer.dtype
    with variable_scope(name, "PartitionedVariable", reuse=reuse):
        whole = get_variable_scope().get_variable(
            VariableStore.current(),
            None,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            trainable=trainable,
            collections=collections,
            partitioner=lambda **unused: slicing,
        )
    return list(whole)
