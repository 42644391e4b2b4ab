"""Operations: the nodes of a graph."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.export import export
from tfshim.graph_scopes import COLOCATION
from tfshim.ops import op_table
from tfshim.ops.computation import Computation, OpComputation
from tfshim.shapes import as_shape

if TYPE_CHECKING:
    from tfshim.graph import Graph
    from tfshim.tensor import SymbolicTensor


class Leaf(Computation):
    """A node without a computation of its own: `Placeholder`, `Const`, `NoOp`."""

    __slots__ = ()

    def __init__(self, name: str):
        super().__init__(name, ())

    def build(self, statics: Sequence[np.ndarray], platform: str):
        raise TypeError(f"a {self.name} node has nothing to compute")


PLACEHOLDER = Leaf("Placeholder")
CONST = Leaf("Const")
NO_OP = Leaf("NoOp")


@export("Operation")
class Operation:
    """A node of a graph: an op applied to tensors."""

    # For what works on errors of TensorFlow: which operation a gradient node, for one, was made for. Not kept.
    _original_op: Operation | None = None

    def __init__(
        self,
        graph: Graph,
        name: str,
        computation: Computation,
        inputs: tuple[SymbolicTensor, ...],
        attrs: dict[str, Any],
        control_inputs: tuple[Operation, ...],
    ):
        self._graph = graph
        self._name = name
        self.computation = computation
        self._inputs = inputs
        self.attrs = attrs
        self._control_inputs = list(control_inputs)
        self._outputs: tuple[SymbolicTensor, ...] = ()
        self._device = context.device_spec
        self.forward: Operation | None = None
        self.value: np.ndarray | None = None
        self.rng_cell: Any = None
        # Where a gradient that was registered for the node is part of a program (`lowering.python_gradients`).
        self.traced_gradient: Any = None
        self._full_type: Any = None
        self._frames = _frames()

    graph = property(lambda self: self._graph, doc="The graph that holds the operation.")
    name = property(lambda self: self._name, doc="Full name, unique in the graph.")
    type = property(lambda self: self.computation.name, doc="TensorFlow's name of the op.")
    inputs = property(lambda self: self._inputs, doc="The input tensors.")
    control_inputs = property(lambda self: list(self._control_inputs), doc="Operations that must run before.")
    device = property(lambda self: self._device, doc="The device requested for the operation; may be empty.")

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The output tensors."""
        return [t for t in self._outputs if t._dtype is not dtypes.snapshot]

    def values(self) -> tuple[SymbolicTensor, ...]:
        """The output tensors."""
        return tuple(self.outputs)

    @classmethod
    def from_node_def(
        cls,
        node_def: Any,
        g: Graph,
        inputs: Any = None,
        output_types: Any = None,
        control_inputs: Any = None,
        input_types: Any = None,
        original_op: Operation | None = None,
        op_def: Any = None,
    ) -> Operation:
        """Adds the node of a `NodeDef` to `g`, with other inputs and control inputs than it says.

        `output_types`, `input_types` and `op_def` have no effect: the op's declaration tells them.
        """
        from tfshim.protos import node_import

        return node_import.operation(g, node_def, inputs or (), control_inputs or ())

    @property
    def traceback(self) -> traceback.StackSummary:
        """The call stack that made the operation, outermost call first."""
        return traceback.StackSummary.from_list(frame for frame, _ in self.calls())

    def calls(self) -> Iterator[tuple[traceback.FrameSummary, str]]:
        """The frames of `traceback`, each with the qualified name of its function."""
        for code, offset in reversed(self._frames):
            frame = traceback.FrameSummary(code.co_filename, _line(code, offset), code.co_name, lookup_line=False)
            yield frame, code.co_qualname

    def colocation_groups(self) -> list[bytes]:
        """What the operation is colocated with, as `b"loc:@NAME"`; itself if nothing was asked for."""
        return list(self.attrs.get(COLOCATION) or [f"loc:@{self._name}".encode()])

    def experimental_set_type(self, type_proto: Any) -> None:
        """Sets the `experimental_type` of the node's proto; ValueError if it is no product (type 3)."""
        if type_proto.type_id not in (0, 3):
            raise ValueError(f"error setting the type of {self._name}: expected TFT_UNSET or TFT_PRODUCT")
        self._full_type = type_proto

    def _set_attr(self, attr_name: str, attr_value: Any) -> None:
        from tfshim.protos import convert

        self.attrs[attr_name] = convert.attr_from_proto(attr_value)

    def _add_control_input(self, op: Operation) -> None:
        self._add_control_inputs([op])

    def _add_control_inputs(self, ops: Sequence[Operation]) -> None:
        self._control_inputs.extend(op for op in ops if op not in self._control_inputs)

    @property
    def stateful(self) -> bool:
        """True if the operation has effects beyond its outputs, so that it runs even if these are unused."""
        computation = self.computation
        if isinstance(computation, OpComputation):
            return computation.definition.stateful
        return bool(getattr(computation, "stateful", False))

    @property
    def op_def(self) -> Any:
        """The `OpDef` proto of the op's declaration."""
        from tfshim.protos import graphs

        return graphs.op_def_of(self)

    @property
    def node_def(self) -> Any:
        """The `NodeDef` proto."""
        from tfshim.protos import graphs

        return graphs.node_def(self)

    def get_attr(self, name: str) -> Any:
        """Value of an attribute; ValueError if the operation has none of this name."""
        declared = op_table.op_def(self.type).attrs.get(name) if op_table.is_known(self.type) else None
        if declared is not None and declared.type == "shape":
            return as_shape(self.attrs.get(name)).as_proto()  # an unknown rank may be left out
        value = _attr_of_call(self, name)
        if value is not None:
            return value
        if name not in self.attrs:
            raise ValueError(f"Operation {self._name!r} has no attr named {name!r}.")
        value = self.attrs[name]
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, tuple):
            return list(value)
        return value

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Runs the operation in `session`, or in the default `tf.compat.v1.Session`."""
        session = session or context.session
        if session is None:
            raise ValueError("Cannot execute operation using `run()`: no session given and none is the default")
        session.run(self, feed_dict)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self._name}' type={self.type}>"

    def __str__(self) -> str:
        return str(self.node_def)


def _attr_of_call(op: Operation, name: str) -> Any:
    if isinstance(op.computation, OpComputation):
        return None
    from tfshim.protos import graphs

    return graphs.attr_of_call(op, name)


def _frames() -> tuple[tuple[Any, int], ...]:
    """The calls that lead here, innermost first: cheap to take, for every node has them."""
    found = []
    frame: Any = sys._getframe(3)
    while frame is not None:
        found.append((frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return tuple(found)


def _line(code: Any, offset: int) -> int:
    return next((line for start, end, line in code.co_lines() if start <= offset < end and line), code.co_firstlineno)
