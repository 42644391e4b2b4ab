"""`tf.tuple`."""

from __future__ import annotations

from tfshim.api.array import identity
from tfshim.api.naming import composed
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.graph import Operation
from tfshim.indexed_slices import IndexedSlices
from tfshim.scopes import control_dependencies
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor

_PASSED = (Tensor, CompositeTensor)


@export("tuple")
def tuple(tensors, control_inputs=None, name=None):
    """The tensors, of which none is used before all have been computed; in eager mode they are just that.

    Args:
      tensors: a list of tensors, IndexedSlices and None.
      control_inputs: more tensors or operations to be run before.
      name: name of the op in a graph.

    Raises:
      ValueError: in a graph, if there is nothing to compute.
      TypeError: in a graph, for control inputs that are no tensors or operations.
    """
    if context.graph is None:
        return tensors
    with composed(name or "tuple"):
        tensors = [t if t is None or isinstance(t, _PASSED) else convert_to_tensor(t) for t in tensors]
        gates = [t.values if isinstance(t, IndexedSlices) else t for t in tensors if t is not None]
        for extra in control_inputs or ():
            if not isinstance(extra, (Tensor, Operation)):
                raise TypeError(f"'control_inputs' must only contain Operation or Tensor. Received: {type(extra)}")
            gates.append(extra)
        if not gates:
            raise ValueError(f"'tensors' must have at least one Tensor. Received: {tensors}.")
        with control_dependencies(gates):
            return [None if t is None else identity(t) for t in tensors]
