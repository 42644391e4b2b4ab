"""Variables of a plain `tf.Graph`: a handle node, an initialiser node, and no value outside of a session."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.graph import Graph
from tfshim.operation import Leaf
from tfshim.ops import op
from tfshim.scopes import init_scope
from tfshim.shapes import from_dims
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.variable.core import Variable
from tfshim.variable.resource import ResourceVariable, _static_shape

VAR_HANDLE = Leaf("VarHandleOp")


class GraphVariable(ResourceVariable):
    """A variable whose value belongs to the session that runs the graph.

    Creating it adds the nodes `NAME` (the handle), `NAME/Assign` (the initialiser) and `NAME/Read/ReadVariableOp`,
    and puts it into the graph's collections: `collections`, by default the global variables, and the trainable ones
    if it is trainable. The other arguments are those of `tf.Variable`.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        dtype: Any = None,
        variable_def: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
        distribute_strategy: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
        handle: Any = None,
        experimental_enable_variable_lifting: bool | None = None,
    ):
        if variable_def is not None:
            raise NotImplementedError("variable_def is not supported: use tf.Variable.from_proto")
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are not providing a "
                "`variable_def`. You provided neither."
            )
        self._set_options(synchronization, aggregation, trainable, constraint, name)
        collections = ["variables"] if collections is None else list(collections)
        if self._trainable and "trainable_variables" not in collections:
            collections.append("trainable_variables")
        with init_scope():
            graph = context.graph
            assert graph is not None, "a GraphVariable is made while a plain graph is the current one"
            self._build(graph, initial_value, name or "Variable", dtype, shape, validate_shape)
        for collection in collections:
            graph.add_to_collection(collection, self)

    def _build(self, graph: Graph, initial_value: Any, name: str, dtype: Any, shape: Any, validate_shape: bool) -> None:
        with graph.name_scope(name) as scope:
            full_name = scope.removesuffix("/")
            with graph.name_scope("Initializer"), graph.control_dependencies(None), graph.device(None):
                if callable(initial_value) and not isinstance(initial_value, (Tensor, Variable)):
                    initial_value = initial_value()
                initial = convert_to_tensor(initial_value, dtype=dtype, name="initial_value")
            static = _static_shape(initial.shape, shape, validate_shape)
            attrs = {
                "shared_name": full_name,
                "shape": static._dims,
                "dtype": initial.dtype,
                "debug_name": full_name + "/",
                "container": graph._container,
                "allowed_devices": (),
            }
            with graph.control_dependencies(None):
                node = graph.add_node(VAR_HANDLE, (), attrs, (dtypes.resource,), (from_dims(()),), scope or name)
                handle: SymbolicTensor = node._outputs[0]
                handle._variable_shape = static  # type: ignore[attr-defined]
                self._attach(handle, static, initial.dtype, full_name)
                with graph.name_scope("IsInitialized"):
                    self._is_initialized = op("VarIsInitializedOp")(handle)
                with graph.device(handle.device) if handle.device else contextlib.nullcontext():
                    op("AssignVariableOp")(handle, initial, name="Assign")
                    self._initializer_op = graph.get_operations()[-1]
                    with graph.name_scope("Read"):
                        self._graph_element = op("ReadVariableOp")(handle, dtype=initial.dtype)
        self._initial_value = initial

    def _initialize_from(self, value: Any) -> None:
        """Makes the initialiser assign another tensor."""
        graph = self._handle.graph
        with graph.as_default(), graph.control_dependencies(None), graph.name_scope(self._name):
            op("AssignVariableOp")(self._handle, value, name="Assign")
            self._initializer_op = graph.get_operations()[-1]
        self._initial_value = value

    def _as_graph_element(self) -> Any:
        return self._graph_element

    def _accessed(self) -> None:
        super()._accessed()
        graph = context.graph
        if graph is not None and graph.building_function:
            graph.note_variable(self)  # type: ignore[attr-defined]
            if self._trainable:
                graph.watch_variable(self)  # type: ignore[attr-defined]

    # As in TensorFlow 1, variables of a graph are compared by identity.
    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> Any:
        return self is other

    def __ne__(self, other: object) -> Any:
        return self is not other

    @property
    def initializer(self) -> Any:
        """The operation that assigns the initial value."""
        return self._initializer_op

    @property
    def initial_value(self) -> Any:
        """The tensor that the initialiser assigns."""
        return self._initial_value

    @property
    def create(self) -> Any:
        """The operation that assigns the initial value (as `initializer`)."""
        return self._initializer_op

    def eval(self, session: Any = None) -> np.ndarray:
        """The value in `session`, or in the default one."""
        return self._graph_element.eval(session=session)

    def load(self, value: Any, session: Any = None) -> None:
        """Assigns a value in `session`, or in the default one; ValueError if there is none."""
        session = session or context.session
        if session is None:
            raise ValueError("Either session argument should be provided or default session should be established")
        session.run(self._initializer_op, {self._initializer_op.inputs[1]: value})

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The `VariableDef`, without the scope `export_scope` in its names; None if they are not in it."""
        from tfshim.variable import variable_def

        return variable_def.of(self, export_scope)

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> Any:
        """The variable of the default graph's nodes that a `VariableDef` names, below a scope if one is given."""
        from tfshim.variable import variable_def as module

        return module.variable(variable_def, import_scope)

    @classmethod
    def _of_nodes(cls, nodes: Any, trainable: bool, synchronization: Any, aggregation: Any) -> GraphVariable:
        """A variable of nodes that are there: `nodes` has its handle, initialiser, initial value, and what reads it."""
        made = cls.__new__(cls)
        handle = nodes.handle
        made._set_options(synchronization, aggregation, trainable, None, handle.op.name)
        attrs = handle.op.attrs
        static = from_dims(attrs["shape"])
        handle._variable_shape = static
        made._attach(handle, static, attrs["dtype"], handle.op.name)
        made._initializer_op, made._initial_value = nodes.initializer, nodes.initial_value
        made._graph_element = nodes.value
        with handle.graph.as_default(), handle.graph.control_dependencies(None):
            known = nodes.is_initialized
            made._is_initialized = op("VarIsInitializedOp")(handle) if known is None else known
        return made


GraphVariable.__module__ = ResourceVariable.__module__
GraphVariable.__name__ = GraphVariable.__qualname__ = "ResourceVariable"


nest.register_atoms(GraphVariable)
