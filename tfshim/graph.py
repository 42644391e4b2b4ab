"""Graphs: operations in program order, symbolic tensors, names, captures."""

from __future__ import annotations

import contextlib
import re
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import context as context_module
from tfshim import devices, dtypes, shape_inference
from tfshim.context import context
from tfshim.dtypes import DType
from tfshim.errors import InaccessibleTensorError, OpError, UnimplementedError
from tfshim.export import export
from tfshim.graph_scopes import GraphScopes
from tfshim.operation import CONST, PLACEHOLDER, Operation
from tfshim.ops import op_table, registry
from tfshim.ops.computation import (
    Computation,
    Jvp,
    OpComputation,
    Vjp,
)
from tfshim.ops.op_types import output_dtypes, resolve_types
from tfshim.ops.shape_helpers import shape_text
from tfshim.ops.type_errors import TypeMismatch
from tfshim.shapes import TensorShape, as_shape, from_dims
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor

_VALID_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$")
_VALID_SCOPE = re.compile(r"^[A-Za-z0-9_.\\/>-]*$")
# Constants up to this size are part of compiled programs; larger ones are passed to them.
_FOLD_LIMIT = 1024


_UNKNOWN_SHAPE = from_dims(None)


class _Controller:
    """One scope of control dependencies: what must run before, and the nodes known to run after."""

    __slots__ = ("inputs", "seen")

    def __init__(self, inputs: tuple[Operation, ...]):
        self.inputs = inputs
        self.seen: set[Operation] = set(inputs)


def _name_text(name: Any) -> Any:
    """A name that may have been given as bytes, as text."""
    if isinstance(name, bytes):
        return name.decode()
    if name and not isinstance(name, str):
        raise TypeError(f"Expected a string or bytes as a name, got {name!r}")
    return name


@export("Graph")
class Graph(GraphScopes):
    """A dataflow graph. Inside `with graph.as_default()`, ops add nodes instead of running."""

    building_function = False
    seed: int | None = None

    def __init__(self) -> None:
        super().__init__()
        self._nodes: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._names_in_use: dict[str, int] = {}
        self._name_stack = ""
        self._control: tuple[_Controller, ...] = ()
        # Functions that choose devices, outermost first, each with what the scopes around it ask for.
        self._device_functions: tuple[tuple[str, Callable[[Operation], Any]], ...] = ()
        self._finalized = False
        self._constants: dict[int, np.ndarray | None] = {}

    # Nodes

    def add_computation(
        self, computation: Computation, inputs: Sequence[Tensor], attrs: dict[str, Any], name: str | None
    ) -> tuple[SymbolicTensor, ...]:
        """Adds a node for `computation`; dtype and shape errors have the classes of graph mode."""
        inputs = tuple([self.admit(t) for t in inputs])
        attrs, out_dtypes = self._complete(computation, inputs, attrs)
        try:
            shapes = shape_inference.infer(computation, inputs, attrs, len(out_dtypes))
        except UnimplementedError:
            # The kernel says so when it runs.
            shapes = [TensorShape(None)] * len(out_dtypes)
        except OpError as error:
            shown = ", ".join("?" if t.shape.rank is None else shape_text(t.shape._dims) for t in inputs)
            node = name[:-1] if name and name.endswith("/") else self.unique_name(name or computation.name, False)
            raise ValueError(
                f"{error.message} for '{{{{node {node}}}}} = {computation.name}' with input shapes: {shown}."
            ) from None
        node = self.add_node(computation, inputs, attrs, out_dtypes, shapes, name)
        if isinstance(computation, OpComputation) and computation.kernel.rng:
            from tfshim.seeds import node_state

            node.rng_cell = node_state(attrs)
        return node._outputs

    def _complete(
        self, computation: Computation, inputs: tuple[SymbolicTensor, ...], attrs: dict[str, Any]
    ) -> tuple[dict[str, Any], tuple[DType, ...]]:
        if isinstance(computation, OpComputation):
            definition = computation.definition
            wanted = dict(zip(computation.kernel.attr_names, computation.attrs, strict=True))
            try:
                complete = resolve_types(definition, {**wanted, **attrs}, [t.dtype for t in inputs], computation.lens)
            except TypeMismatch as error:
                raise TypeError(error.in_graph) from None
            return complete, output_dtypes(definition, complete)
        if isinstance(computation, Vjp):
            return attrs, tuple(inputs[i].dtype for i in computation.wrt)
        if isinstance(computation, Jvp):
            primals = inputs[: computation.n_inputs]
            attrs, forward = self._complete(computation.forward, primals, attrs)
            return attrs, tuple(forward[i] for i in computation.of)
        return attrs, computation.output_dtypes(inputs)  # type: ignore[attr-defined]

    def add_node(
        self,
        computation: Computation,
        inputs: tuple[SymbolicTensor, ...],
        attrs: dict[str, Any],
        out_dtypes: Sequence[DType],
        shapes: Sequence[TensorShape],
        name: str | None,
    ) -> Operation:
        """Appends a node as it is."""
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")
        name = self._name_node(name) if name else self.unique_name(computation.name)
        if self._colocated or self._gradient_overrides:
            attrs = {**attrs, **self._marks(computation.name)}
        op = Operation(self, name, computation, inputs, attrs, self._control_inputs_of(inputs))
        for controller in self._control:
            controller.seen.add(op)
        op._outputs = tuple(
            [SymbolicTensor(op, i, d, s) for i, (d, s) in enumerate(zip(out_dtypes, shapes, strict=True))]
        )
        self._nodes.append(op)
        self._by_name[name] = op
        if self._device_functions:
            self._apply_device_functions(op)
        return op

    def _name_node(self, name: Any) -> str:
        """The name of a new node that is to be called `name`."""
        name = _name_text(name)
        # A trailing slash marks a name that is full and already unique (the scope of the op itself, or one imported).
        if len(name) > 1 and name[-1] == "/":
            full = name[:-1]
            self._names_in_use.setdefault(full.lower(), 1)
            return full
        full = self.unique_name(name)
        if not _VALID_NAME.match(full):
            raise ValueError(f"'{full}' is not a valid node name. A node name has to match {_VALID_NAME.pattern}")
        return full

    def _control_inputs_of(self, inputs: tuple[SymbolicTensor, ...]) -> tuple[Operation, ...]:
        """The control inputs of a new node: those that its data inputs do not imply already."""
        if not self._control:
            return ()
        sources = {t.op for t in inputs}
        result: dict[Operation, None] = {}
        for controller in self._control:
            if not sources & controller.seen:
                result.update((op, None) for op in controller.inputs if op not in sources)
        return tuple(result)

    def admit(self, tensor: Tensor) -> SymbolicTensor:
        """`tensor` as a tensor of this graph; TypeError or RuntimeError if it cannot be one."""
        if isinstance(tensor, SymbolicTensor):
            if tensor._op._graph is self:
                return tensor
            raise ValueError(f"{tensor!r} must be from the same graph as the operation that uses it.")
        raise RuntimeError("Attempting to capture an EagerTensor without building a function.")

    def home_of(self, inputs: Sequence[Any]) -> Graph:
        """The graph that an op of these inputs is added to while this one is the default: that of its first tensor."""
        for value in inputs:
            for item in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(item, SymbolicTensor):
                    return item._op._graph
        return self

    def constant(self, array: np.ndarray, dtype: DType | None, name: str) -> SymbolicTensor:
        """Adds a `Const` node over an array that nobody else writes to."""
        dtype = dtype or dtypes.of(array.dtype)
        node = self.add_node(CONST, (), {"value": array, "dtype": dtype}, (dtype,), (from_dims(array.shape),), name)
        node.value = array
        return context.observed("Const", (), node._outputs)[0] if context.observers else node._outputs[0]

    def placeholder(self, dtype: DType, shape: TensorShape, name: str | None = None) -> SymbolicTensor:
        """Adds a `Placeholder` node."""
        attrs = {"dtype": dtype, "shape": shape._dims}
        return self.add_node(PLACEHOLDER, (), attrs, (dtype,), (shape,), name or "Placeholder")._outputs[0]

    def argument(self, dtype: DType, shape: TensorShape, name: str | None) -> SymbolicTensor:
        """Adds the `Placeholder` of a function's argument, which keeps the name that was asked for as an attribute.

        Parameters may have names that nodes cannot have, like `_`: their nodes are called as if they had none.
        """
        made = self.placeholder(dtype, shape, name if name and _VALID_NAME.match(name) else None)
        if name is not None:
            made._op.attrs["_user_specified_name"] = name
        return made

    # What is known of values

    def constant_value(self, tensor: SymbolicTensor) -> np.ndarray | None:
        """The value of a tensor if constants and known shapes determine it."""
        op = tensor._op
        if op.value is not None:
            return op.value
        key = id(tensor)
        if key not in self._constants:
            self._constants[key] = self._fold(tensor)
        return self._constants[key]

    def _fold(self, tensor: SymbolicTensor) -> np.ndarray | None:
        op = tensor._op
        computation = op.computation
        if not isinstance(computation, OpComputation) or op.stateful or computation.name == "PlaceholderWithDefault":
            return None
        if computation.name in ("Shape", "Size", "Rank", "ShapeN"):
            return self._fold_shape(tensor)
        if computation.kernel.numpy is None:
            return None
        values = []
        for source in op.inputs:
            value = source.graph.constant_value(source)
            if value is None or value.dtype.kind not in "iubO" or value.size > _FOLD_LIMIT:
                return None
            values.append(value)
        try:
            return computation.call_numpy(values)[tensor._value_index]
        except (OpError, ValueError, TypeError, IndexError, ZeroDivisionError):
            return None  # the op itself will say what is wrong when it runs

    def _fold_shape(self, tensor: SymbolicTensor) -> np.ndarray | None:
        shape = tensor._op.inputs[tensor._value_index if tensor._op.type == "ShapeN" else 0].shape
        if tensor._op.type == "Rank":
            return None if shape.rank is None else np.asarray(shape.rank, np.int32)
        if not shape.is_fully_defined():
            return None
        numpy_dtype = tensor.dtype.as_numpy_dtype
        if tensor._op.type == "Size":
            return np.asarray(shape.num_elements(), numpy_dtype)
        return np.asarray(shape.as_list(), numpy_dtype)

    def partial_value(self, tensor: SymbolicTensor) -> Any:
        """What is known of an integer tensor: a list of `int | None`, an `int`, or None."""
        value = self.constant_value(tensor)
        if value is not None:
            return value.tolist()
        op = tensor._op
        fn = registry.find_partial_value(op.type)
        if fn is None:
            return None
        return fn(shape_inference.ShapeContext(op.inputs, op.attrs))

    # Access

    def get_operations(self) -> list[Operation]:
        """All operations in the order in which they were added."""
        return list(self._nodes)

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation of this name; KeyError if there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        if ":" in name:
            raise ValueError(f"The name {name!r} refers to a Tensor, not an Operation.")
        if name not in self._by_name:
            raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
        return self._by_name[name]

    def get_tensor_by_name(self, name: str) -> SymbolicTensor:
        """The tensor of this name (`"MatMul:0"`); ValueError for a bad name, KeyError if there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        op_name, colon, index = name.partition(":")
        if not colon:
            raise ValueError(
                f"The name {name!r} refers to an Operation, not a Tensor. Tensor names must be of the form "
                '"<op_name>:<output_index>".'
            )
        if op_name not in self._by_name or not index.isdigit() or int(index) >= len(self._by_name[op_name]._outputs):
            raise KeyError(f"The name {name!r} refers to a Tensor which does not exist.")
        return self._by_name[op_name]._outputs[int(index)]

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """The tensor or operation of this graph that `obj` (itself, or a name) stands for."""
        if isinstance(obj, str):
            if ":" in obj and allow_tensor:
                return self.get_tensor_by_name(obj)
            if ":" in obj:
                raise ValueError(f"Name {obj!r} appears to refer to a Tensor, not a Operation.")
            if not allow_operation:
                raise ValueError(f"The name {obj!r} is one of an Operation, not of a Tensor, of the form <op>:<output>")
            return self.get_operation_by_name(obj)
        convert = getattr(obj, "_as_graph_element", None)
        element = convert() if convert is not None else obj
        if isinstance(element, SymbolicTensor) and allow_tensor or isinstance(element, Operation) and allow_operation:
            if element.graph is not self:
                raise ValueError(f"{element!r} is not an element of this graph.")
            return element
        raise TypeError(f"Can not convert a {type(obj).__name__} into a Tensor or Operation.")

    def as_graph_def(self, from_version: Any = None, add_shapes: bool = False, use_pybind11_proto: bool = False) -> Any:
        """The graph as a `GraphDef` proto."""
        from tfshim.protos import graphs

        return graphs.graph_def(self, add_shapes)

    def create_op(
        self,
        op_type: str,
        inputs: Sequence[Tensor],
        dtypes: Any = None,
        input_types: Any = None,
        name: str | None = None,
        attrs: dict[str, Any] | None = None,
        op_def: Any = None,
        compute_shapes: bool = True,
        compute_device: bool = True,
    ) -> Operation:
        """Adds a node of a type of op, from flat inputs and attributes as `AttrValue` protos.

        The arguments after `attrs`, and `dtypes` and `input_types`, have no effect: the op's declaration tells them.

        Raises:
          TypeError: for an input that is no tensor.
          RuntimeError: for an op that TensorFlow does not have.
        """
        from tfshim.protos import node_import

        return node_import.create(self, op_type, inputs, name, attrs or {})

    def op_def_for_type(self, type: str) -> Any:
        """The `OpDef` proto of an op; RuntimeError if TensorFlow has none of this name."""
        from tfshim.protos import graphs

        if not op_table.is_known(type):
            raise RuntimeError(f"Op type not registered {type!r}: TensorFlow has no op of this name")
        return graphs.op_def(type)

    @property
    def graph_def_versions(self) -> Any:
        """The `VersionDef` of the graph's `GraphDef`."""
        from tfshim.protos import graphs

        return graphs.versions()

    @property
    def operations(self) -> list[Operation]:
        """All operations, as `get_operations()`."""
        return list(self._nodes)

    def num_operations(self) -> int:
        """Number of operations."""
        return len(self._nodes)

    @property
    def version(self) -> int:
        """Number of operations added so far."""
        return len(self._nodes)

    @property
    def _last_id(self) -> int:
        return len(self._nodes)

    @property
    def finalized(self) -> bool:
        """True after `finalize()`."""
        return self._finalized

    def finalize(self) -> None:
        """Makes the graph read-only."""
        self._finalized = True

    # Scopes

    @contextlib.contextmanager
    def as_default(self) -> Iterator[Graph]:
        """Makes this the graph to which ops add their nodes."""
        with context_module.scope(graph=self, tapes=(), accumulators=()):
            yield self

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """A name that no node of the graph has: `name` in the current scope, numbered if taken."""
        if self._name_stack:
            name = f"{self._name_stack}/{name}"
        # Names that differ only in case would collide where they become file names.
        key = name.lower()
        count = self._names_in_use.get(key, 0)
        if mark_as_used:
            self._names_in_use[key] = count + 1
        if count == 0:
            return name
        base = key
        while key in self._names_in_use:
            key = f"{base}_{count}"
            count += 1
        if mark_as_used:
            self._names_in_use[key] = 1
        return f"{name}_{count - 1}"

    @contextlib.contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Puts the names of new nodes under `name/`; one that ends with a slash is taken as it is."""
        name = _name_text(name)
        if name and not (_VALID_SCOPE if self._name_stack else _VALID_NAME).match(name):
            raise ValueError(
                f"'{name}' is not a valid root scope name. A root scope name has to match {_VALID_NAME.pattern}"
            )
        old = self._name_stack
        if not name:
            new = ""
        elif name.endswith("/"):
            new = name[:-1]
        else:
            new = self.unique_name(name)
        self._name_stack = new
        try:
            yield f"{new}/" if new else ""
        finally:
            self._name_stack = old

    def node_scope(self, name: str) -> contextlib.AbstractContextManager[str]:
        """Scope of one op: constants made of its inputs are named below the op's own name."""
        return self.name_scope(name)

    def get_name_scope(self) -> str:
        """The current name scope, without a slash at the end."""
        return self._name_stack

    @contextlib.contextmanager
    def control_dependencies(self, control_inputs: Any) -> Iterator[None]:
        """Makes new nodes run after `control_inputs` (None: no dependencies, the outer ones lifted)."""
        old = self._control
        if control_inputs is None:
            self._control = ()
        else:
            self._control = (*old, _Controller(self._own_control([self._control_op(c) for c in control_inputs])))
        try:
            yield
        finally:
            self._control = old

    def _own_control(self, control_inputs: list[Operation]) -> tuple[Operation, ...]:
        return tuple(control_inputs)

    def _control_op(self, value: Any) -> Operation:
        if isinstance(value, Operation):
            return value
        if isinstance(value, Tensor):
            return self.admit(value).op
        convert = getattr(value, "_as_graph_element", None)
        if convert is not None and isinstance(convert(), (SymbolicTensor, Operation)):
            value = convert()
            return value if isinstance(value, Operation) else value.op
        if hasattr(value, "handle"):
            made_by = getattr(value, "op", None)  # of what a write gave: the write
            return made_by if isinstance(made_by, Operation) and made_by.graph is self else self.admit(value.handle).op
        if hasattr(value, "values") and isinstance(value.values, Tensor):
            return self.admit(value.values).op
        raise TypeError(f"Control input must be an Operation, a Tensor, or a Variable: {value!r}")

    @contextlib.contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Requests a device for new nodes.

        Args:
          device_name_or_function: what `tf.device` takes, or a function of a new operation (whose `device` is what
            inner scopes ask for) that gives the name of a device. None undoes the scopes around this one.
        """
        old = self._device_functions
        outer = context.device_spec
        if device_name_or_function is None:
            self._device_functions, spec = (), ""
        elif callable(device_name_or_function):
            # What the scopes inside ask for is given to the function, and what it says overrides those around it.
            self._device_functions, spec = (*old, (outer, device_name_or_function)), ""
        else:
            spec = devices.merged(outer, devices.canonical(device_name_or_function))
        try:
            with context_module.scope(device_spec=spec):
                yield
        finally:
            self._device_functions = old

    def _apply_device_functions(self, op: Operation) -> None:
        for outer, function in reversed(self._device_functions):
            chosen = devices.named(function(op))
            op._device = devices.merged(outer, chosen) if outer else chosen


@export("__internal__.FuncGraph")
class FuncGraph(Graph):
    """The graph of a function: it captures tensors from outside as additional inputs."""

    building_function = True

    def __init__(self, name: str, collections: Any = None, capture_by_value: bool | None = None):
        super().__init__()
        self.name = name
        self.inputs: list[SymbolicTensor] = []
        self.outputs: list[SymbolicTensor] = []
        self.structured_input_signature: Any = None
        self.structured_outputs: Any = None
        self.control_outputs: list[Operation] = []
        # The outside nodes after which nodes of this graph are to run, in the order in which they were named.
        self.control_captures: dict[Operation, None] = {}
        self._captures: dict[int, tuple[Tensor, SymbolicTensor]] = {}
        # During tracing, the inputs for variables that are arguments, by the ids of their outside handles.
        self.given: dict[int, SymbolicTensor] = {}
        # What each input made by `capture` stands for, by the input's id.
        self._outside: dict[int, Tensor] = {}
        self._variables: list[weakref.ref] = []
        self._watched_variables: list[weakref.ref] = []
        # The graph around this one, or None where eager code is; captures may pass through several.
        self.outer_graph: Graph | None = context.graph
        # What the scopes around it ask for: where variables go that are made inside.
        self.outer_device = context.device_spec
        outer = self.outer_graph
        self.seed = outer.seed if outer is not None else _global_seed()
        if collections is not None:
            self._collections = collections

    def home_of(self, inputs: Sequence[Any]) -> Graph:
        """This graph: it captures tensors of others."""
        return self

    def admit(self, tensor: Tensor) -> SymbolicTensor:
        if isinstance(tensor, SymbolicTensor) and tensor._op._graph is self:
            return tensor
        return self.capture(tensor)

    def capture(self, tensor: Tensor, name: str | None = None, shape: Any = None) -> SymbolicTensor:
        """The input of this graph that stands for an outside tensor; the same one each time."""
        if tensor.dtype is dtypes.resource:
            tensor = self.as_argument(tensor)
            if isinstance(tensor, SymbolicTensor) and tensor._op._graph is self:
                return tensor
        found = self._captures.get(id(tensor))
        if found is not None:
            return found[1]
        if isinstance(tensor, SymbolicTensor):
            self._check_outer(tensor)
            name = name or tensor.op.name
        elif tensor.dtype is dtypes.resource and self._name_stack:
            # Captured while an op converts its inputs: named below that op, as TensorFlow does.
            name = name or f"{self._name_stack}/resource"
        with self._at_root():
            placeholder = self.placeholder(
                tensor.dtype, as_shape(shape) if shape is not None else tensor.shape, name or "captured"
            )
        placeholder._op.value = self._known_value(tensor)
        if tensor.dtype is dtypes.resource:
            placeholder._variable_shape = shape_behind(tensor)
            placeholder._op.attrs["_user_specified_name"] = "resource"
        self._captures[id(tensor)] = (tensor, placeholder)
        self._outside[id(placeholder)] = tensor
        self.inputs.append(placeholder)
        return placeholder

    def _own_control(self, control_inputs: list[Operation]) -> tuple[Operation, ...]:
        # Nodes outside run before the node that calls this graph.
        self.control_captures.update((op, None) for op in control_inputs if op.graph is not self)
        return tuple(op for op in control_inputs if op.graph is self)

    def as_argument(self, handle: Tensor) -> Tensor:
        """The input for a variable that is used from outside although it is an argument as well, else `handle`."""
        for graph in _with_outer(self):
            found = graph.given.get(id(handle)) if isinstance(graph, FuncGraph) else None
            if found is not None:
                return found
        return handle

    def _known_value(self, tensor: Tensor) -> np.ndarray | None:
        # A small eager tensor never changes, so its value counts as known inside the function. Constants do too.
        known = None
        if isinstance(tensor, SymbolicTensor):
            known = tensor.graph.constant_value(tensor)
        elif isinstance(tensor, EagerTensor) and tensor._cell is None and tensor._dtype is not dtypes.variant:
            known = tensor._host
        return known if known is not None and known.size <= 128 else None

    def partial_value(self, tensor: SymbolicTensor) -> Any:
        """What is known of an integer tensor; of a captured one, what is known of it outside."""
        outside = self._outside.get(id(tensor))
        if isinstance(outside, SymbolicTensor):
            return outside.graph.partial_value(outside)
        return super().partial_value(tensor)

    @contextlib.contextmanager
    def _at_root(self) -> Iterator[None]:
        # A capture is an input of the function: it is outside every scope that happens to be open.
        old = self._name_stack, self._control
        self._name_stack, self._control = "", ()
        try:
            yield
        finally:
            self._name_stack, self._control = old

    def _check_outer(self, tensor: SymbolicTensor) -> None:
        around = _with_outer(self)
        if any(graph is tensor.graph for graph in around[1:]):
            return
        # A branch or loop of this function, or something of another one.
        own = any(graph is outer for graph in around for outer in _with_outer(tensor.graph))
        raise (InaccessibleTensorError if own else TypeError)(
            f"{tensor!r} is out of scope: it belongs to another function or to a branch that is not an outer scope of "
            f"{self.name!r}. Pass it as an argument, or return it from where it was made."
        )

    @property
    def captures(self) -> list[tuple[Tensor, SymbolicTensor]]:
        """Pairs of outside tensor and the input that stands for it."""
        return list(self._captures.values())

    @property
    def external_captures(self) -> list[Tensor]:
        """The captured outside tensors."""
        return [outside for outside, _ in self._captures.values()]

    @property
    def internal_captures(self) -> list[SymbolicTensor]:
        """The inputs that stand for captured tensors."""
        return [inside for _, inside in self._captures.values()]

    def note_variable(self, variable: Any) -> None:
        """Remembers a variable that was used while the function was traced."""
        if not any(ref() is variable for ref in self._variables):
            self._variables.append(weakref.ref(variable))

    def watch_variable(self, variable: Any) -> None:
        """Remembers a trainable variable whose gradient tapes around a call may ask for."""
        if not any(ref() is variable for ref in self._watched_variables):
            self._watched_variables.append(weakref.ref(variable))

    @property
    def watched_variables(self) -> list[Any]:
        """The variables of `watch_variable` that are still alive."""
        return [v for v in (ref() for ref in self._watched_variables) if v is not None]

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables that the function uses; AssertionError if one of them was deleted."""
        alive = tuple(ref() for ref in self._variables)
        if any(v is None for v in alive):
            raise AssertionError(
                "Called a function referencing variables which have been deleted. Keep a reference to the variables "
                "that a function creates, for example in an attribute."
            )
        return alive

    @variables.setter
    def variables(self, variables: Sequence[Any]) -> None:
        self._variables = [weakref.ref(v) for v in variables]

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """Those of `variables` that are trainable."""
        return tuple(v for v in self.variables if v.trainable)


def _global_seed() -> int | None:
    from tfshim import seeds

    return seeds.global_seed()


def shape_behind(handle: Tensor) -> TensorShape:
    """What is known of the shape of the variable that a resource tensor refers to."""
    cell = getattr(handle, "_cell", None)
    if cell is not None:
        return cell.shape
    return handle.__dict__.get("_variable_shape", _UNKNOWN_SHAPE)


def _with_outer(graph: Any) -> list[Any]:
    """A graph and those around it, from the inside out."""
    found = []
    while graph is not None:
        found.append(graph)
        graph = getattr(graph, "outer_graph", None)
    return found
