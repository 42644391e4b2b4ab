"""The concrete classes of variables: made with a value, without one yet, and as the result of a write."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.callable_op import variable_types
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.gradient_tape import variable_accessed
from tfshim.graph import FuncGraph
from tfshim.scopes import init_scope, name_scope
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import EagerTensor, SymbolicTensor, Tensor
from tfshim.type_spec import CompositeTensor
from tfshim.variable.core import BaseResourceVariable, Variable
from tfshim.variable.creation import full_variable_name
from tfshim.variable.options import checked_options
from tfshim.variable.writes import Writes


def _static_shape(initial: TensorShape, given: Any, validate_shape: bool) -> TensorShape:
    if given is None:
        return initial if validate_shape else as_shape(None)
    static = as_shape(given)
    if not initial.is_compatible_with(static):
        raise ValueError(
            f"In this `tf.Variable` creation, the initial value's shape ({initial}) is not compatible with the "
            f"explicitly supplied `shape` argument ({given})."
        )
    return static


class ResourceVariable(BaseResourceVariable, CompositeTensor):
    """What `tf.Variable(...)` returns."""

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
            raise NotImplementedError("variable_def is not supported: give an initial_value")
        self._set_options(synchronization, aggregation, trainable, constraint, name)
        if handle is not None:
            self._attach(handle, as_shape(shape), dtypes.as_dtype(dtype), full_variable_name(name))
            return
        if initial_value is None:
            raise ValueError(
                "The `initial_value` arg to `tf.Variable` must be specified except when you are not providing a "
                "`variable_def`. You provided neither."
            )
        if isinstance(initial_value, SymbolicTensor) and isinstance(initial_value.graph, FuncGraph):
            raise ValueError(
                "Argument `initial_value` is a tensor of the function that is being traced: a variable made here "
                "outlives it. Wrap the initial value in tf.init_scope, or pass a callable."
            )
        full_name = full_variable_name(name)
        with init_scope():
            if context.graph is not None:
                raise NotImplementedError("ResourceVariable in a plain tf.Graph: call tf.Variable instead")
            tensor = self._initial_tensor(initial_value, dtype, full_name)
        if tensor.dtype is dtypes.resource or tensor.dtype is dtypes.variant:
            raise ValueError(f"a variable cannot hold a tensor of dtype {tensor.dtype.name}")
        static = _static_shape(tensor.shape, shape, validate_shape)
        array = tensor._value if tensor._value is not None else tensor._host
        self._make_cell(array, tensor.dtype, static, full_name)

    def _set_options(
        self, synchronization: Any, aggregation: Any, trainable: Any, constraint: Any, name: str | None
    ) -> None:
        self._synchronization, self._aggregation, self._trainable = checked_options(
            synchronization, aggregation, trainable, name
        )
        if constraint is not None and not callable(constraint):
            raise ValueError(
                f"Argument `constraint` must be None or a callable. Got a {type(constraint)}: {constraint}"
            )
        self._constraint = constraint

    @staticmethod
    def _initial_tensor(initial_value: Any, dtype: Any, name: str) -> EagerTensor:
        if callable(initial_value) and not isinstance(initial_value, (Tensor, Variable)):
            with name_scope("Initializer"):
                initial_value = initial_value()
        try:
            # The cell must not share what a later write could reach: convert_to_tensor copies NumPy arrays.
            return convert_to_tensor(initial_value, dtype=dtype, name="initial_value")
        except ValueError as error:
            if isinstance(initial_value, Tensor):
                raise ValueError(f"initial_value: {error}") from None
            raise

    @property
    def _type_spec(self) -> Any:
        from tfshim.variable.spec import VariableSpec

        return VariableSpec.from_value(self)

    def _shape_invariant_to_type_spec(self, shape: Any) -> Any:
        from tfshim.variable.spec import VariableSpec

        return VariableSpec(shape, self._dtype, self._trainable)

    def __copy__(self) -> ResourceVariable:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> ResourceVariable:
        if context.graph is not None:
            raise NotImplementedError("__deepcopy__() is only available when eager execution is enabled.")
        return ResourceVariable(
            initial_value=self.read_value(),
            trainable=self._trainable,
            constraint=self._constraint,
            dtype=self._dtype,
            name=self._name,
            synchronization=self._synchronization,
            aggregation=self._aggregation,
        )

    def __reduce__(self) -> Any:
        return _unpickle, (self.numpy(), self._trainable, self._name, self._dtype.name, self._constraint)


def _unpickle(value: Any, trainable: bool, name: str, dtype: str, constraint: Any) -> ResourceVariable:
    # A function, for the classes report TensorFlow's module, where a pickle would look for them.
    return ResourceVariable(value, trainable=trainable, name=name, dtype=dtype, constraint=constraint)


class UninitializedVariable(ResourceVariable):
    """A variable that gets its first value later."""

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        **kwargs: Any,
    ):
        self._set_options(synchronization, aggregation, trainable, constraint, name)
        if initial_value is not None:
            dtype = initial_value.dtype
            static = _static_shape(initial_value.shape, shape, validate_shape)
        else:
            static = as_shape(shape)
        self._make_cell(None, dtypes.as_dtype(dtype), static, full_variable_name(name))


class UnreadVariable(BaseResourceVariable):
    """What a write returns: the variable after the write, as a variable and as a tensor."""

    _origin: Variable

    def __init__(self, origin: Variable, parent_op: Any = None):
        self._handle = origin._handle
        self._cell = origin._cell
        self._dtype = origin._dtype
        self._shape = origin._shape
        self._trainable = origin._trainable
        self._name = "UnreadVariable"
        self._origin = origin
        self._parent_op = parent_op
        if parent_op is not None and not parent_op.graph.building_function:
            self._graph_element = self._read()

    def _as_graph_element(self) -> Any:
        # What a session fetches: the value after the write. Elsewhere a variable is not a graph element.
        return getattr(self, "_graph_element", self)

    def eval(self, session: Any = None) -> Any:
        """The value after the write, in `session` or the default one; RuntimeError in eager mode."""
        element = self._as_graph_element()
        return super().eval(session) if element is self else element.eval(session=session)

    def _read(self) -> Any:
        if self._parent_op is None or self._parent_op.graph is not context.graph:
            return super()._read()
        # Where there is no program order, only this makes the read see the write.
        with self._parent_op.graph.control_dependencies([self._parent_op]):
            return super()._read()

    @property
    def name(self) -> str:
        """The name of what made the result: the assignment in a graph, `UnreadVariable` in eager mode."""
        return self._name if self._parent_op is None else self._parent_op.name

    def _run(self, op_name: str, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
        if self._parent_op is None or self._parent_op.graph is not context.graph:
            return super()._run(op_name, *inputs, name=name, **attrs)
        # Writes in a row run in that order.
        with self._parent_op.graph.control_dependencies([self._parent_op]):
            return super()._run(op_name, *inputs, name=name, **attrs)

    @property
    def op(self) -> Any:
        """The assignment, in a graph."""
        return self._handle.op if self._parent_op is None else self._parent_op

    def _accessed(self) -> None:
        variable_accessed(self._origin)


Writes._unread = UnreadVariable
variable_types.update((ResourceVariable, UninitializedVariable, UnreadVariable))
for _cls in (ResourceVariable, UninitializedVariable, UnreadVariable):
    _cls.__module__ = "tensorflow.python.ops.resource_variable_ops"
UnreadVariable.__name__ = UnreadVariable.__qualname__ = "_UnreadVariable"
