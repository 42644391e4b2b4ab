"""Tensors: `EagerTensor` holds a value, `SymbolicTensor` names the output of a graph node.

Arithmetic operators and indexing are bound from the public API's own declarations (`tfshim.api.operators`), so
that `a + b` and `tf.add(a, b)` are one thing.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError, OperatorNotAllowedInGraphError
from tfshim.export import export
from tfshim.shapes import TensorShape, from_dims

if TYPE_CHECKING:
    from tfshim.buffers import Cell
    from tfshim.graph import Graph, Operation

# Host values up to this many elements are handed to compiled programs as they are; larger ones are placed once.
SMALL = 256

_NO_ARRAY = "Cannot convert a Tensor of dtype {} to a NumPy array."
_NUMPY_NAMES = frozenset(
    ["T", "astype", "ravel", "transpose", "reshape", "clip", "size", "tolist", "data", "mean", "flatten", "max", "min"]
)


@functools.cache
def _on_accelerator() -> bool:
    # There, a host operand is a transfer at each call.
    return jax.default_backend() != "cpu"


class Reference:
    """A hashable reference to a tensor or variable: equal if and only if both refer to the same object."""

    __slots__ = ("__weakref__", "_referent")

    def __init__(self, referent: Any):
        self._referent = referent

    def deref(self) -> Any:
        """The object referred to."""
        return self._referent

    def _other(self, other: Any) -> Any:
        if not isinstance(other, Reference):
            raise TypeError(f"Cannot compare a reference with an object of type {type(other).__name__}.")
        return other._referent

    def __eq__(self, other: Any) -> bool:
        return self._referent is self._other(other)

    def __lt__(self, other: Any) -> bool:
        # An order that lasts as long as the objects do: structures need sortable keys.
        return id(self._referent) < id(self._other(other))

    def __gt__(self, other: Any) -> bool:
        return id(self._referent) > id(self._other(other))

    def __hash__(self) -> int:
        return id(self._referent)

    def __repr__(self) -> str:
        return f"<Reference wrapping {self._referent!r}>"


@export("Tensor", "experimental.numpy.ndarray", "__internal__.types.Tensor")
class Tensor:
    """A value of one dtype and one shape, or the promise of one in a graph.

    Immutable. `isinstance(x, tf.Tensor)` holds for eager and for symbolic tensors.
    """

    __slots__ = ("__dict__", "__weakref__")
    __array_priority__ = 100
    OVERLOADABLE_OPERATORS: set[str] = set()

    shape: Any
    dtype: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith("tfshim."):
            cls.__module__ = "tensorflow.python.framework.ops"

    @property
    def ndim(self) -> int:
        """Number of dimensions; -1 if it is unknown while a graph is built."""
        rank = self.shape.rank
        return -1 if rank is None else rank

    def get_shape(self) -> TensorShape:
        """The static shape (same as `.shape`)."""
        return self.shape

    def ref(self) -> Reference:
        """A hashable reference to this tensor, for dictionaries and sets."""
        return Reference(self)

    experimental_ref = ref

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Evaluates a graph tensor in a `tf.compat.v1.Session`; an eager tensor has no session to run in."""
        raise NotImplementedError(
            "eval is not supported when eager execution is enabled, is .numpy() what you're looking for?"
        )

    def __hash__(self) -> int:
        raise TypeError("Tensor is unhashable. Instead, use tensor.ref() as the key.")

    def __bool__(self) -> bool:
        # For classes that borrow the methods of `tf.Tensor` and convert to one, such as deferred tensors.
        from tfshim.convert import convert_to_tensor

        return bool(convert_to_tensor(self))

    def __nonzero__(self) -> bool:
        return self.__bool__()

    def __getattr__(self, name: str) -> Any:
        if name in _NUMPY_NAMES:
            kind = type(self).__name__
            raise AttributeError(
                f"{kind} object has no attribute '{name}'. NumPy's methods on tensors are switched on by "
                "tf.experimental.numpy.experimental_enable_numpy_behavior()"
            )
        kind = type(self)
        # TensorFlow's eager tensors, a class written in C, say where they are from.
        shown = f"{kind.__module__}.{kind.__name__}" if isinstance(self, EagerTensor) else kind.__name__
        raise AttributeError(f"{shown!r} object has no attribute {name!r}")

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Tensor:
        """This tensor, checked against `dtype` (ValueError if it differs)."""
        if dtype is not None:
            dtype = dtypes.as_dtype(dtype)
            if not dtype.is_compatible_with(self.dtype):
                raise ValueError(
                    f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {self.dtype.name}: {self!r}"
                )
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        memo[id(self)] = self
        return self

    def __copy__(self) -> Tensor:
        return self


class EagerTensor(Tensor):
    """A tensor with a value: a `jax.Array`, a NumPy array not yet on a device, or a resource cell.

    `_value` is the device array and `_host` the NumPy array; at least one is there for numeric tensors, only
    `_host` for strings. Neither is ever written to.
    """

    __slots__ = ("_value",)
    # Defaults here, so that making the result of an op sets one attribute: it is done once for each op that runs.
    _host: np.ndarray | None = None
    _dtype: DType | None = None
    _cell: Cell | None = None
    _shape: TensorShape | None = None
    # A small host value is handed over as it is once; from the second use on, a placed one is cheaper. It still counts
    # as a host value: NumPy computes with it (`tfshim.ops.numpy_programs`), whatever it was combined with before.
    _reused = False
    _placed: jax.Array | None = None

    def __init__(
        self,
        value: jax.Array | None,
        host: np.ndarray | None = None,
        dtype: DType | None = None,
        cell: Cell | None = None,
    ):
        self._value = value
        if value is None:
            if host is not None:
                self._host = host
            if cell is not None:
                self._cell = cell
        if dtype is not None:
            self._dtype = dtype

    @property
    def dtype(self) -> DType:
        """The `tf.DType`."""
        dtype = self._dtype
        if dtype is None:
            value = self._value
            dtype = self._dtype = dtypes.of((self._host if value is None else value).dtype)
        return dtype

    @property
    def shape(self) -> TensorShape:
        """The `tf.TensorShape`, fully known."""
        shape = self._shape
        if shape is None:
            shape = self._shape = from_dims(self._dims())
        return shape

    def _dims(self) -> tuple[int, ...]:
        value = self._value
        if value is not None:
            return value.shape
        return () if self._host is None else self._host.shape

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self._dims())

    def operand(self) -> Any:
        """What a compiled program takes for this tensor: its device array, or a small NumPy array."""
        value = self._value
        if value is not None:
            return value
        if self._placed is not None:
            return self._placed
        host = self._host
        if host.dtype.names:  # quantised numbers: there are no device arrays of them
            return host
        if host.size > SMALL:
            value = self._value = jax.device_put(host)
            return value
        if self._reused or _on_accelerator():
            self._placed = jax.device_put(host)
            return self._placed
        self._reused = True
        return host

    def host_value(self) -> np.ndarray:
        """The value as a NumPy array that must not be written to and not be given to a user."""
        host = self._host
        if host is None:
            if self._value is None:
                raise InvalidArgumentError(None, None, _NO_ARRAY.format(self.dtype.name))
            host = np.asarray(self._value)
            if host.size <= SMALL:
                # Larger ones would hold the memory twice, and a view blocks donation of the buffer.
                self._host = host
        return host

    def numpy(self) -> Any:
        """A copy of the value: an `np.ndarray`, or a NumPy scalar (`bytes` for a string) for a 0-d tensor.

        InvalidArgumentError for a variant or a resource.
        """
        host = self.host_value()
        if host.dtype.hasobject and self._dtype is dtypes.variant:
            raise InvalidArgumentError(None, None, _NO_ARRAY.format(self.dtype.name))
        if host.dtype.names is not None:
            # Quantized integers show as plain ones.
            host = host.view(host.dtype[0])
        if host.ndim == 0:
            return host[()]
        return host.copy()

    _numpy = numpy

    @property
    def device(self) -> str:
        """Full name of the device that holds the value."""
        from tfshim import devices as device

        if self._cell is not None:
            held = self._cell.array
            on_device = isinstance(held, jax.Array)
            return device.name_of(next(iter(held.devices()))) if on_device else device.host_name()
        if self._value is None:
            return device.host_name()
        return device.name_of(next(iter(self._value.devices())))

    backing_device = device

    @property
    def is_packed(self) -> bool:
        """Always False: a tensor lives on one device."""
        return False

    @property
    def name(self) -> str:
        raise AttributeError("Tensor.name is undefined when eager execution is enabled.")

    @property
    def op(self) -> Operation:
        raise AttributeError("Tensor.op is undefined when eager execution is enabled.")

    @property
    def graph(self) -> Graph:
        raise AttributeError("Tensor.graph is undefined when eager execution is enabled.")

    @property
    def value_index(self) -> int:
        raise AttributeError("Tensor.value_index is undefined when eager execution is enabled.")

    def consumers(self) -> Any:
        raise NotImplementedError("Tensor.consumers is undefined when eager execution is enabled.")

    @property
    def _id(self) -> int:
        return id(self)

    def set_shape(self, shape: Any) -> None:
        """Checks that `shape` is compatible with the tensor's own (ValueError otherwise)."""
        if not self.shape.is_compatible_with(shape):
            raise ValueError(f"Tensor's shape {self.shape} is not compatible with supplied shape {shape}.")

    def cpu(self) -> EagerTensor:
        """A copy of this tensor in the memory of the first CPU."""
        return self._on("CPU:0")

    def gpu(self, gpu_index: int = 0) -> EagerTensor:
        """A copy of this tensor in the memory of a GPU."""
        return self._on(f"GPU:{gpu_index}")

    def _on(self, spec: str) -> EagerTensor:
        from tfshim import devices

        try:
            target = devices.to_jax(spec, soft=False)
        except InvalidArgumentError as error:
            raise RuntimeError(error.message) from None
        if self._value is None and self._host is not None and self._host.dtype == object:
            return self
        return EagerTensor(jax.device_put(self.operand(), target))

    def __repr__(self) -> str:
        if self._cell is not None:
            return f'<tf.Tensor: shape=(), dtype=resource, value=<ResourceHandle(name="{self._cell.name}")>>'
        if self._dtype is dtypes.variant:
            return f"<tf.Tensor: shape={self.shape}, dtype=variant, value={self._opaque_text()}>"
        value = self.numpy()
        # A scalar shows as the Python number that it converts to: float32 0.1 as 0.10000000149011612.
        text = repr(value.item() if isinstance(value, np.generic) else value)
        if isinstance(value, np.ndarray) and "\n" in text:
            text = "\n" + text
        return f"<tf.Tensor: shape={self.shape}, dtype={self.dtype.name}, numpy={text}>"

    def __str__(self) -> str:
        if self._dtype is dtypes.variant:
            text = self._opaque_text()
        else:
            text = "<unprintable>" if self._cell is not None else str(self.numpy())
        return f"tf.Tensor({'' if chr(10) not in text else chr(10)}{text}, shape={self.shape}, dtype={self.dtype.name})"

    def __format__(self, format_spec: str) -> str:
        if self._dtype is dtypes.variant:
            return self._opaque_text()
        return str(self) if self._cell is not None else format(self.numpy(), format_spec)

    def _opaque_text(self) -> str:
        """A variant, or the first three of several, as text."""
        held = opaque_value(self)
        if not isinstance(held, np.ndarray):
            return _variant_text(held)
        shown = " ".join([_variant_text(v) for v in held.flat[:3]])
        return f"[{shown}{'...' if held.size > 3 else ''}]"

    def __len__(self) -> int:
        dims = self._dims()
        if not dims:
            raise TypeError("Scalar tensor has no `len()`")
        return dims[0]

    def __iter__(self) -> Any:
        dims = self._dims()
        if not dims:
            raise TypeError("Cannot iterate over a scalar tensor.")
        return (self[i] for i in range(dims[0]))

    def __bool__(self) -> bool:
        host = self.host_value()
        # NumPy refuses to answer for an empty array.
        return bool(host.size) and bool(host)

    def __int__(self) -> int:
        return int(self.host_value()[()])

    def __float__(self) -> float:
        return float(self.host_value()[()])

    def __complex__(self) -> complex:
        return complex(self.host_value())

    def __index__(self) -> int:
        return self.host_value()[()].__index__()

    def __round__(self, ndigits: int | None = None) -> Any:
        # TensorFlow refuses this too, unless NumPy behaviour is on: rounding goes through `astype`.
        return self.__getattr__("astype")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        host = self.host_value()
        if host.dtype.hasobject and self._dtype is dtypes.variant:
            raise InvalidArgumentError(None, None, _NO_ARRAY.format(self.dtype.name))
        if host.dtype.names is not None:
            host = host.view(host.dtype[0])
        if dtype is not None and np.dtype(dtype) != host.dtype:
            return host.astype(dtype)
        return host.copy()

    def __jax_array__(self) -> jax.Array:
        """The value as a `jax.Array`, without a copy if it is on a device already."""
        return to_jax_array(self)

    def __dlpack__(self, **kwargs: Any) -> Any:
        return to_jax_array(self).__dlpack__(**kwargs)

    def __dlpack_device__(self) -> tuple[Any, int]:
        return to_jax_array(self).__dlpack_device__()

    def __reduce__(self) -> Any:
        return _unpickle, (self.host_value(), self.dtype.name)


def _variant_text(value: Any) -> str:
    kind = type(value).__name__
    return f"<{'TensorList' if kind in ('ListValue', 'UnevenList') else kind}>"


def _unpickle(host: np.ndarray, dtype: str) -> EagerTensor:
    return EagerTensor(None, host, dtypes.as_dtype(dtype))


def to_jax_array(tensor: EagerTensor) -> jax.Array:
    """The tensor's device array; placed on the default device if it was only on the host."""
    value = tensor._value
    if value is None:
        if tensor._host is None or tensor._host.dtype == object:
            raise TypeError(f"a tensor of dtype {tensor.dtype.name} has no JAX array")
        value = tensor._value = jax.device_put(tensor._host)
    return value


def host_tensor(array: np.ndarray, dtype: DType | None = None) -> EagerTensor:
    """A tensor over a NumPy array that nobody else can write to."""
    return EagerTensor(None, array, dtype)


def opaque_tensor(value: Any, dtype: DType = dtypes.variant) -> EagerTensor:
    """A tensor of dtype variant (a dataset, a list of tensors, an optional) over a Python object; of dtype resource
    over a cell."""
    if dtype is dtypes.resource:
        return EagerTensor(None, cell=value, dtype=dtype)
    host = np.empty((), object)
    host[()] = value
    return EagerTensor(None, host, dtype)


def opaque_value(tensor: EagerTensor) -> Any:
    """The Python object that `opaque_tensor` put into a tensor."""
    return tensor._cell if tensor._cell is not None else tensor._host[()]  # type: ignore[index]


class SymbolicTensor(Tensor):
    """Output `value_index` of the graph node `op`, with what is known of its shape."""

    __slots__ = ("_dtype", "_op", "_shape", "_value_index")

    def __init__(self, op: Operation, value_index: int, dtype: DType, shape: TensorShape):
        self._op = op
        self._value_index = value_index
        self._dtype = dtype
        self._shape = shape

    @property
    def dtype(self) -> DType:
        """The `tf.DType`."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The static shape, as far as it is known."""
        return self._shape

    @property
    def op(self) -> Operation:
        """The node that computes this tensor."""
        return self._op

    @property
    def graph(self) -> Graph:
        """The graph that holds the node."""
        return self._op.graph

    @property
    def name(self) -> str:
        """Name of the node and output index: `"MatMul:0"`."""
        return f"{self._op.name}:{self._value_index}"

    @property
    def value_index(self) -> int:
        """Which output of the node this is."""
        return self._value_index

    @property
    def device(self) -> str:
        """The device requested for the node; empty if none was."""
        return self._op.device

    @property
    def _id(self) -> int:
        return id(self)

    def consumers(self) -> list[Operation]:
        """The nodes that take this tensor as an input."""
        return [op for op in self.graph.get_operations() if any(t is self for t in op.inputs)]

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """Evaluates the tensor in `session`, or in the default one (see `tf.compat.v1.Session.run`)."""
        session = session or context.session
        if session is None:
            raise ValueError("Cannot evaluate tensor using `eval()`: no session given and none is the default")
        return session.run(self, feed_dict)

    def set_shape(self, shape: Any) -> None:
        """Merges `shape` into what is known of this tensor's shape (ValueError if they contradict)."""
        self._shape = self._shape.merge_with(shape)

    def __hash__(self) -> int:
        # In a plain tf.Graph, as in TensorFlow 1, tensors are compared by identity.
        return super().__hash__() if self._op.graph.building_function else id(self)

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self._shape} dtype={self._dtype.name}>"

    def __str__(self) -> str:
        shape = f", shape={self._shape}" if self._shape.rank is not None else ""
        return f'Tensor("{self.name}"{shape}, dtype={self._dtype.name})'

    def __len__(self) -> int:
        raise TypeError(
            f"len is not well defined for a symbolic Tensor ({self.name}). "
            "Please call `x.shape` rather than `len(x)` for shape information."
        )

    def _disallow(self, what: str) -> None:
        raise OperatorNotAllowedInGraphError(
            f"{what} is not allowed: its value is not known while the graph is being built. Run the code eagerly, "
            "use the matching TensorFlow op (tf.cond, tf.while_loop, tf.map_fn, ...), or call it from a function "
            "that AutoGraph converts."
        )

    def __bool__(self) -> bool:
        self._disallow("Using a symbolic `tf.Tensor` as a Python `bool`")
        raise AssertionError

    def __iter__(self) -> Any:
        self._disallow("Iterating over a symbolic `tf.Tensor`")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise NotImplementedError(
            f"Cannot convert a symbolic tf.Tensor ({self.name}) to a numpy array. It has no value while the graph is "
            "being built; was it passed to a NumPy function?"
        )

    def __jax_array__(self) -> jax.Array:
        raise TypeError(f"a symbolic tf.Tensor ({self.name}) has no JAX array; use tfshim.from_jax for JAX functions")


export("__internal__.EagerTensor")(EagerTensor)
