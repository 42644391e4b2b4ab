"""The class `tf.Variable`: creation, attributes, reads, and behaviour as a value."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import jax
import numpy as np

from tfshim import dtypes, in_place
from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.execute import record
from tfshim.export import export
from tfshim.gradient_tape import variable_accessed
from tfshim.ops import op
from tfshim.ops.computation import op_computation
from tfshim.ops.registry import find_kernel
from tfshim.scopes import name_scope
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import EagerTensor, Reference, SymbolicTensor, host_tensor
from tfshim.variable.creation import VariableMetaclass, create
from tfshim.variable.options import VariableAggregation, VariableSynchronization
from tfshim.variable.saving import SaveSliceInfo, Saving
from tfshim.variable.writes import Writes

_ids = itertools.count()
_READ = op_computation(find_kernel("ReadVariableOp"))
_read_op = op("ReadVariableOp")
_identity = op("Identity")
_equal = op("Equal")
_not_equal = op("NotEqual")


@export("Variable")
class Variable(Writes, Saving, metaclass=VariableMetaclass):
    """A tensor whose value can be changed.

    Args:
      initial_value: anything convertible to a tensor, or a function of no arguments that returns such.
      trainable: whether tapes watch it by themselves; by default True, but for synchronization ON_READ.
      validate_shape: False: the shape is left unknown, so that any value can be assigned.
      caching_device: has no effect.
      name: name, put under the current name scope; names need not be unique.
      variable_def: not supported (use `initial_value`).
      dtype: dtype to which the initial value is converted.
      import_scope: has no effect.
      constraint: function from the value to a constrained value, kept for optimizers.
      synchronization, aggregation: what a distribution strategy does with it.
      shape: static shape, which may leave sizes unknown; that of the initial value by default.
      experimental_enable_variable_lifting: has no effect.

    Raises:
      ValueError: without an initial value, or if it does not fit `shape` or `dtype`, or for bad options.
    """

    __array_priority__ = 100

    @classmethod
    def _variable_call(cls, *args: Any, **kwargs: Any) -> Any:
        return create(*args, **kwargs) if cls is Variable else None

    _handle: Any
    _cell: Cell | None
    _dtype: DType
    _shape: TensorShape
    _name: str
    _trainable: bool
    _synchronization: Any = VariableSynchronization.AUTO
    _aggregation: Any = VariableAggregation.NONE
    _constraint: Any = None

    SaveSliceInfo = SaveSliceInfo

    def _make_cell(self, array: Any, dtype: DType, shape: TensorShape, name: str) -> None:
        cell = Cell(name, dtype, shape)
        if array is not None:
            if context.device is not None and not dtypes.stays_on_host(array):
                array = jax.device_put(array, context.device)
            cell.store(array)
        self._attach(EagerTensor(None, None, dtypes.resource, cell), shape, dtype, name)

    def _attach(self, handle: Any, shape: TensorShape, dtype: DType, name: str) -> None:
        self._handle = handle
        self._cell = getattr(handle, "_cell", None)
        self._dtype = dtype
        self._shape = shape
        self._name = name
        # Tapes list their variables in order of creation.
        self._order = next(_ids)

    @classmethod
    def _from_handle(
        cls,
        handle: Any,
        shape: Any,
        dtype: Any,
        trainable: bool = True,
        name: str = "Variable",
        like: Variable | None = None,
    ) -> Variable:
        """A variable over a resource tensor that exists, eager or symbolic; options are those of `like`."""
        from tfshim.variable.resource import ResourceVariable

        variable: Variable = ResourceVariable.__new__(ResourceVariable)
        variable._attach(handle, as_shape(shape), dtypes.as_dtype(dtype), name.removesuffix(":0"))
        variable._trainable = trainable
        if isinstance(handle, SymbolicTensor):
            handle._variable_shape = variable._shape  # type: ignore[attr-defined]
        if like is not None:
            variable._synchronization = like._synchronization
            variable._aggregation = like._aggregation
            variable._constraint = like._constraint
        return variable

    @classmethod
    def _uninitialized(cls, **kwargs: Any) -> Variable:
        """A variable without a value, in a cell of its own; `_initialize` gives it the first one.

        Takes what a variable creator takes; the static shape and dtype are those of the `initial_value` tensor,
        unless `shape` and `dtype` say more.
        """
        from tfshim.variable.resource import UninitializedVariable

        return UninitializedVariable(**kwargs)

    def _initialize(self, value: Any) -> None:
        """Stores a first value (a tensor or an array)."""
        if isinstance(value, EagerTensor):
            value = value._value if value._value is not None else value._host
        assert self._cell is not None
        self._cell.store(value)

    # Attributes

    @property
    def dtype(self) -> DType:
        """The `tf.DType`."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The static `tf.TensorShape`."""
        return self._shape

    def get_shape(self) -> TensorShape:
        """The static shape (same as `.shape`)."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Checks that `shape` is compatible, and refines the static shape by it (ValueError if it is not)."""
        self._shape = self._shape.merge_with(shape)

    @property
    def name(self) -> str:
        """The name, with `:0` at its end."""
        return self._name + ":0"

    @property
    def _shared_name(self) -> str:
        return self._name

    @property
    def _handle_name(self) -> str:
        return self.name

    @functools.cached_property
    def _unique_id(self) -> str:
        return f"{self._name}_{next(_ids)}"

    @property
    def trainable(self) -> bool:
        """Whether tapes watch the variable by themselves."""
        return self._trainable

    @property
    def synchronization(self) -> Any:
        """The `tf.VariableSynchronization`."""
        return self._synchronization

    @property
    def aggregation(self) -> Any:
        """The `tf.VariableAggregation`."""
        return self._aggregation

    @property
    def constraint(self) -> Any:
        """The constraint function, or None."""
        return self._constraint

    @property
    def device(self) -> str:
        """Full name of the device that holds the value."""
        return self._handle.device

    @property
    def graph(self) -> Any:
        """The graph of the handle; AttributeError in eager mode."""
        return self._handle.graph

    @property
    def op(self) -> Any:
        """The operation that made the handle; AttributeError in eager mode."""
        return self._handle.op

    @property
    def initializer(self) -> None:
        """None: a variable is initialised when it is created."""
        return None

    @property
    def initial_value(self) -> Any:
        """RuntimeError: the initial value is not kept."""
        raise RuntimeError("This property is not supported when eager execution is enabled.")

    # Reading

    @functools.cached_property
    def _large(self) -> bool:
        # Of unknown size: written as if small, which costs a copy and nothing else.
        return (self._shape.num_elements() or 0) * self._dtype.size >= in_place.MIN_BYTES

    def _accessed(self) -> None:
        if self._cell is not None:
            variable_accessed(self)
            return
        # A graph's variable or an argument of the function that is being traced: what is outside does not know it.
        for tape in context.tapes:
            if tape.watch_accessed and self._trainable:
                tape.watch_variable(self)
        for watcher in context.variable_watchers:
            watcher(self)

    def _graph_handle(self) -> Any:
        """The handle as an input for a node of the current graph."""
        handle: Any = convert_to_tensor(self._handle)
        if "_variable_shape" not in handle.__dict__:
            handle._variable_shape = self._shape
        return handle

    def _read(self) -> Any:
        """The current value as a tensor, seen by tapes."""
        if context.graph is not None:
            self._accessed()
            handle = self._handle if context.graph.building_function else self._graph_handle()
            return _read_op(handle, dtype=self._dtype)
        array = self._eager_cell().read()
        value = EagerTensor(array) if type(array) is not np.ndarray else host_tensor(array)
        if context.tapes or context.accumulators or context.variable_watchers:
            self._accessed()
            record(_READ, (self._handle,), (value,))
        return context.observed("ReadVariableOp", (self._handle,), (value,))[0] if context.observers else value

    def _eager_cell(self) -> Cell:
        cell = self._cell
        if cell is None:
            raise TypeError(f"{self!r} is out of scope: it belongs to the graph of a function and cannot be used here.")
        return cell

    def value(self) -> Any:
        """The current value as a tensor."""
        return self._read()

    def read_value(self) -> Any:
        """The current value as a tensor; in a graph, read at this point of the program."""
        if context.graph is None:
            return self._read()
        with name_scope("Read"):
            value = self._read()
        return _identity(value)

    def initialized_value(self) -> Any:
        """NotImplementedError: variables are initialised when they are created; use `read_value`."""
        raise NotImplementedError("initialized_value is not supported in TensorFlow 2: use read_value")

    def ref(self) -> Reference:
        """A hashable reference to this variable, for dictionaries and sets."""
        return Reference(self)

    experimental_ref = ref

    # As a value

    def __hash__(self) -> int:
        raise TypeError(f"Variable is unhashable. Instead, use variable.ref() as the key. (Variable: {self!r})")

    def __repr__(self) -> str:
        head = f"<tf.Variable '{self.name}' shape={self._shape} dtype={self._dtype.name}"
        if context.graph is not None or self._cell is None:
            return head + ">"
        if self._cell.array is None:
            return head + ", numpy=<uninitialized>>"
        text = repr(_wrap(self._cell.array))
        return head + ", numpy=" + text[text.index("numpy=") + 6 : -1] + ">"

    def __iter__(self) -> Any:
        return iter(self._read())


@export("__internal__.ops.is_resource_variable")
def is_resource_variable(var: Any) -> bool:
    """True for variables with a resource handle: all that `tf.Variable` makes."""
    return isinstance(var, BaseResourceVariable) or hasattr(var, "_should_act_as_resource_variable")


class BaseResourceVariable(Variable):
    """A variable behind a resource handle."""

    @property
    def handle(self) -> Any:
        """The resource tensor by which ops refer to the variable."""
        return self._handle

    @property
    def create(self) -> Any:
        """RuntimeError: there is no initialising operation in eager mode."""
        raise RuntimeError("This operation is not supported when eager execution is enabled.")

    read_value_no_copy = Variable.read_value

    def scatter_nd_max(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Takes the maximum with `updates` at the index tuples."""
        return self._scatter_nd("ResourceScatterNdMax", indices, updates, name)

    def scatter_nd_min(self, indices: Any, updates: Any, name: str | None = None) -> Any:
        """Takes the minimum with `updates` at the index tuples."""
        return self._scatter_nd("ResourceScatterNdMin", indices, updates, name)

    def is_initialized(self, name: str | None = None) -> Any:
        """A boolean tensor: whether the variable has a value."""
        if context.graph is None:
            return convert_to_tensor(self._eager_cell().array is not None)
        return op("VarIsInitializedOp")(self._graph_handle(), name=name)

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        if dtype is not None and not dtypes.as_dtype(dtype).is_compatible_with(self._dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type {dtypes.as_dtype(dtype).name} for `tf.Variable of "
                f"type {self._dtype.name}. (Variable: {self!r})"
            )
        return self._read()

    def numpy(self) -> Any:
        """A copy of the value as an `np.ndarray` or NumPy scalar; NotImplementedError in a function."""
        if context.graph is not None:
            raise NotImplementedError("numpy() is only available when eager execution is enabled.")
        return self._read().numpy() if context.observers else _wrap(self._eager_cell().read()).numpy()

    def __bool__(self) -> bool:
        return bool(self._read())

    def __int__(self) -> int:
        return int(self._read())

    def __float__(self) -> float:
        return float(self._read())

    def __complex__(self) -> complex:
        return complex(self._read())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.numpy(), dtype=dtype)

    def __jax_array__(self) -> Any:
        return self._read().__jax_array__()

    def __matmul__(self, other: Any) -> Any:
        return self._read() @ other

    def __rmatmul__(self, other: Any) -> Any:
        return other @ self._read()

    def _refuse_in_place(self, operator: str, method: str | None, text: str) -> Any:
        raise RuntimeError(
            f"`variable {operator}= value` with `tf.Variable`s is not supported. "
            + (f"Use `variable.{method}(value)` to modify the variable, or " if method else "Use ")
            + f"`out = variable {operator} value` if you need to get a new output Tensor."
        )

    def __iadd__(self, other: Any) -> Any:
        self._refuse_in_place("+", "assign_add", "add")

    def __isub__(self, other: Any) -> Any:
        self._refuse_in_place("-", "assign_sub", "subtract")

    def __imul__(self, other: Any) -> Any:
        self._refuse_in_place("*", "assign", "multiply")

    def __itruediv__(self, other: Any) -> Any:
        self._refuse_in_place("/", "assign", "divide")

    __idiv__ = __irealdiv__ = __itruediv__

    def __ipow__(self, other: Any) -> Any:
        self._refuse_in_place("**", "assign", "raise")


def _wrap(array: Any) -> EagerTensor:
    return EagerTensor(array) if type(array) is not np.ndarray else host_tensor(array)


def _bind_operators() -> None:
    from tfshim.api.math import TENSOR_OPERATORS

    def bound(run: Any) -> Any:
        def method(self, *args, **kwargs):
            return run(self.value(), *args, **kwargs)

        method.__name__ = method.__qualname__ = run.__name__
        return method

    for name, run in TENSOR_OPERATORS.items():
        setattr(Variable, name, bound(run))

    def equal(self, other):
        return _equal(self, other, incompatible_shape_error=False)

    def not_equal(self, other):
        return _not_equal(self, other, incompatible_shape_error=False)

    Variable.__eq__, Variable.__ne__ = equal, not_equal  # type: ignore[method-assign,assignment]


_bind_operators()
Variable.__module__ = "tensorflow.python.ops.variables"
BaseResourceVariable.__module__ = "tensorflow.python.ops.resource_variable_ops"
