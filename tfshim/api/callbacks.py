"""Python inside graphs: `tf.py_function`, `tf.numpy_function` and `tf.compat.v1.py_func`."""

from __future__ import annotations

import functools
import itertools
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.autograph.status import ControlStatusCtx, Status
from tfshim.backprop import Record, is_trainable
from tfshim.context import context, scope
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import (
    InternalError,
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from tfshim.execute import record
from tfshim.export import export
from tfshim.gradient_tape import GradientTape
from tfshim.indexed_slices import dense
from tfshim.ops import op
from tfshim.ops.computation import Computation
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import Tensor, host_tensor
from tfshim.type_spec import CompositeTensor, TensorSpec, TypeSpec
from tfshim.variable import UnreadVariable, Variable

# TensorFlow's classes for what Python code raised; everything else, its own errors too, is an UnknownError.
_ERROR_CLASSES: tuple[tuple[type[Exception], type[OpError]], ...] = (
    (TypeError, InvalidArgumentError),
    (ValueError, InvalidArgumentError),
    (StopIteration, OutOfRangeError),
    (MemoryError, ResourceExhaustedError),
    (NotImplementedError, UnimplementedError),
)
_tokens = itertools.count()


def _as_op_error(error: Exception) -> OpError:
    cls = next((c for kind, c in _ERROR_CLASSES if isinstance(error, kind)), UnknownError)
    return cls(None, None, f"{type(error).__name__}: {error}\n{''.join(traceback.format_exception(error))}")


# What a node computes ------------------------------------------------------------------------------------


class PythonCall(Computation):
    """A call of a Python function as a computation of the host.

    It holds the function itself, so that the function lives as long as the graphs and tapes that may call it.
    """

    __slots__ = ("function", "stateful", "token", "tout")

    def __init__(self, name: str, function: Callable[..., Any], tout: tuple[DType, ...], stateful: bool = True):
        super().__init__(name, (), host=True)
        self.function = function
        self.tout = tout
        self.stateful = stateful
        self.token = f"pyfunc_{next(_tokens)}"

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """The declared dtypes."""
        return self.tout

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Nothing is known of what Python returns."""
        return [as_shape(None) for _ in self.tout]

    def call_host(self, inputs: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Calls the function; the error that it raises is the cause of the one that the caller sees."""
        # What AutoGraph made of the function stands for eager code, too.
        with scope(graph=None, tapes=(), accumulators=()), ControlStatusCtx(Status.DISABLED):
            try:
                results = self._results(inputs)
            except Exception as error:
                raise _as_op_error(error) from error
        arrays = [self._checked(i, r) for i, r in enumerate(results)]
        if len(arrays) != len(self.tout):
            raise InvalidArgumentError(
                None, None, f"{self.token} returns {len(arrays)} values, but expects to see {len(self.tout)} values."
            )
        return tuple(arrays)

    def _results(self, inputs: Sequence[np.ndarray]) -> list[Any]:
        """Calls the function and gives what it returned as a list."""
        raise NotImplementedError  # pragma: no cover

    def _checked(self, position: int, value: Any) -> np.ndarray:
        """One returned value as an array."""
        raise NotImplementedError  # pragma: no cover


class NumpyCall(PythonCall):
    """A function from NumPy arrays to NumPy arrays."""

    __slots__ = ()

    def plan_gradient(self, made: Any, of: Any, wanted: Any) -> None:
        """No gradient flows through NumPy."""

    def _results(self, inputs: Sequence[np.ndarray]) -> list[Any]:
        result = self.function(*[np.array(x) if x.ndim else x[()] for x in inputs])
        if result is None:
            return []
        return list(result) if isinstance(result, (list, tuple)) else [result]

    def _checked(self, position: int, value: Any) -> np.ndarray:
        array = _numpy_result(value)
        found = dtypes.of(array.dtype)
        if position < len(self.tout) and found != self.tout[position]:
            raise InvalidArgumentError(
                None,
                None,
                f"{position}-th value returned by {self.token} is {found.name}, but expects {self.tout[position].name}",
            )
        return array


def _numpy_result(value: Any) -> np.ndarray:
    """A returned value as NumPy sees it: Python numbers have 64 bits."""
    array = np.asarray(value)
    if array.dtype.kind in "SU":
        return np.asarray(np.vectorize(_encoded, otypes=[object])(np.asarray(value, object)))
    if array.dtype.kind == "O":
        odd = [v for v in array.flat if not isinstance(v, (bytes, str))]
        if odd:
            raise InternalError(None, None, f"Unsupported object type {type(odd[0]).__name__}")
    # The function may go on writing to its own array.
    return np.array(array)


def _encoded(text: Any) -> bytes:
    return text.encode() if isinstance(text, str) else bytes(text)


class EagerCall(PythonCall):
    """A function from eager tensors to eager tensors, with a gradient.

    Where a tape may ask for the gradient, the function runs under a tape of its own; its gradient then need not call
    the function again.
    """

    __slots__ = ("keeps_tape", "kept")

    def __init__(self, function: Callable[..., Any], tout: tuple[DType, ...]):
        super().__init__("EagerPyFunc", function, tout)
        self.keeps_tape = False
        self.kept: tuple[GradientTape, list[Any], list[Any]] | None = None

    def call_host(self, inputs: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        self.keeps_tape = self.keeps_tape or bool(context.tapes)
        return super().call_host(inputs)

    def _results(self, inputs: Sequence[np.ndarray]) -> list[Any]:
        arguments = [host_tensor(np.array(x)) for x in inputs]
        if self.keeps_tape:
            tape, results = self._taped(arguments)
            self.kept = tape, arguments, results
        else:
            results = self._convert(self.function(*arguments))
        return results

    def _checked(self, position: int, value: Any) -> np.ndarray:
        return value.host_value()

    def _taped(self, arguments: list[Any]) -> tuple[GradientTape, list[Any]]:
        with GradientTape() as tape:
            tape.watch([a for a in arguments if is_trainable(a.dtype)])
            return tape, self._convert(self.function(*arguments))

    def _convert(self, result: Any) -> list[Any]:
        if result is None:
            return []
        values = result if isinstance(result, (list, tuple)) else [result]
        if not isinstance(result, (list, tuple)) and not self.tout:
            raise IndexError("the function returns a value, but Tout is empty")
        return [_tensor_result(v, dtype) for v, dtype in zip(values, self.tout, strict=False)]

    def backward(self, made: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
        """Gradients of a call's inputs (see `backprop.input_gradients`)."""
        n = len(made.inputs)
        wrt = [i for i in range(n) if is_trainable(made.inputs[i].dtype)]
        of = [i for i, c in enumerate(cotangents) if c is not None and is_trainable(made.outputs[i].dtype)]
        gradients: list[Any] = [None] * n
        if not wrt or not of:
            return gradients
        self.keeps_tape = True

        def pull(*values: Any) -> list[Any]:
            kept, self.kept = self.kept, None
            arguments, seeds = list(values[:n]), list(values[n:])
            if kept is None or context.tapes or not _same_values(kept[1], arguments):
                # Asked again, after another call, or to be differentiated itself: as a function of its arguments.
                tape, results = self._taped(arguments)
            else:
                tape, arguments, results = kept
            sources = [arguments[i] for i in wrt]
            found = tape.gradient([results[i] for i in of], sources, output_gradients=seeds)
            return [op("ZerosLike")(s) if g is None else dense(g) for s, g in zip(sources, found, strict=True)]

        call = EagerCall(pull, tuple(made.inputs[i].dtype for i in wrt))
        results = _run(call, [*made.inputs, *(dense(cotangents[i]) for i in of)], None)
        for i, result in zip(wrt, results, strict=True):
            result.set_shape(made.inputs[i].shape)
            gradients[i] = result
        return gradients


def _same_values(kept: Sequence[Any], arguments: Sequence[Any]) -> bool:
    """True if a call that was kept had these arguments."""
    pairs = [(a.host_value(), b.host_value()) for a, b in zip(kept, arguments, strict=True)]
    return all(a.shape == b.shape and (a is b or a.tolist() == b.tolist()) for a, b in pairs)


def _tensor_result(value: Any, dtype: DType) -> Any:
    # What a write returns stands for a value.
    if isinstance(value, Variable) and not isinstance(value, UnreadVariable):
        raise RuntimeError(
            f"a py_function returned the variable {value.name}: return its value, `variable.read_value()`"
        )
    return convert_to_tensor(value, dtype)


def _run(call: PythonCall, inputs: Sequence[Tensor], name: str | None) -> tuple[Any, ...]:
    """Runs the call in the current mode."""
    graph = context.graph
    if graph is not None:
        attrs = {"token": call.token, "Tin": tuple(t.dtype for t in inputs), "Tout": call.tout}
        outputs = graph.add_computation(call, inputs, attrs, name)
    else:
        arrays = call.call_host([t.host_value() for t in inputs])  # type: ignore[attr-defined]
        outputs = tuple([host_tensor(a) for a in arrays])
    if context.tapes or context.accumulators:
        record(call, tuple(inputs), outputs)
    observed = context.observers and (graph is not None or isinstance(call, EagerCall))
    return context.observed(call.name, tuple(inputs), outputs) if observed else outputs


# The public functions ------------------------------------------------------------------------------------


def _declared(tout: Any) -> list[Any]:
    """The flat declaration: a TypeSpec or a DType for each returned value."""
    listed = tout if isinstance(tout, (list, tuple)) else [tout]
    return [t if isinstance(t, TypeSpec) else dtypes.as_dtype(t) for t in listed]


def _decorator(public: Callable[..., Any], label: str, func: Any, inp: Any, tout: Any, **options: Any) -> Any:
    """The decorator form, if that is what was called; None otherwise."""
    if tout is None:
        raise TypeError(f"{label}: Missing required argument: 'Tout'. As a decorator, write @{label}(Tout=...)")
    if func is None:
        if inp is not None:
            raise TypeError(f"{label} as a decorator takes no argument 'inp'")

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def wrapper(*args: Any) -> Any:
                return public(function, inp=args, Tout=tout, **options)

            return wrapper

        return decorate
    if inp is None:
        raise TypeError(f"{label}: Missing required argument: 'inp', the list of the function's arguments")
    return None


def _check_callable(func: Any) -> None:
    if not callable(func):
        raise ValueError(f"Expected func to be callable. Received func={func} of type {type(func)}.")


def _packed(outputs: Sequence[Any], tout: Any) -> Any:
    """Outputs in the form of `Tout`. A node without outputs is returned itself, for control dependencies."""
    return list(outputs) if isinstance(tout, (list, tuple)) else outputs[0]


def _operation_or(outputs: Sequence[Any], tout: Any) -> Any:
    if not outputs and context.graph is not None:
        return context.graph.get_operations()[-1]
    return _packed(outputs, tout)


@export("py_function", "compat.v1.py_function")
def py_function(func: Any = None, inp: Any = None, Tout: Any = None, name: str | None = None) -> Any:
    """Calls a Python function that works on eager tensors, also from inside a compiled function.

    Args:
      func: takes eager tensors (or composite tensors), returns tensors or convertible values, or None.
      inp: the arguments: a list of tensors or convertible values.
      Tout: dtype or TypeSpec of what `func` returns, or a list of them; an empty list for None.
      name: of the node.

    Returns:
      Tensors in the form of `Tout`. In graphs nothing is known of their shapes, whatever TensorSpecs declare: use
      `set_shape`. Without `func`, a decorator.

    Differentiable as far as `func` is. What `func` raises arrives as one of `tf.errors`, the original as its cause.
    """
    decorator = _decorator(py_function, "tf.py_function", func, inp, Tout)
    if decorator is not None:
        return decorator
    _check_callable(func)
    specs = _declared(Tout)
    inputs = [convert_to_tensor(x) if isinstance(x, Variable) else x for x in inp]
    if any(isinstance(s, TypeSpec) for s in specs) or any(_is_composite(x) for x in inputs):
        return _call_with_composites(func, inputs, specs, Tout, name)
    with _named("EagerPyFunc", name):
        call = EagerCall(func, tuple(specs))
        return _operation_or(_run(call, [_argument(x, i) for i, x in enumerate(inputs)], None), Tout)


def _named(kind: str, name: str | None) -> Any:
    graph = context.graph
    return graph.name_scope(name) if graph is not None and name else scope()


def _argument(value: Any, position: int) -> Tensor:
    return convert_to_tensor(value, name=f"input_{position}")


def _is_composite(value: Any) -> bool:
    return isinstance(value, CompositeTensor) and not isinstance(value, Tensor)


def _call_with_composites(func: Any, inputs: list[Any], specs: list[Any], tout: Any, name: str | None) -> Any:
    """Calls on the components of composite arguments, and declares those of composite results."""
    parts: list[Tensor] = []
    counts: list[tuple[Any, int]] = []
    for i, value in enumerate(inputs):
        flat = nest.flatten(value, expand_composites=True) if _is_composite(value) else [_argument(value, i)]
        counts.append((value, len(flat)))
        parts.extend(flat)
    declared = [nest.flatten(s, expand_composites=True) if isinstance(s, TypeSpec) else [s] for s in specs]

    def on_parts(*flat: Any) -> list[Any]:
        remaining = iter(flat)
        arguments = [
            nest.pack_sequence_as(v, _take(remaining, n), expand_composites=True)
            if _is_composite(v)
            else next(remaining)
            for v, n in counts
        ]
        result = func(*arguments)
        values = result if isinstance(result, (list, tuple)) else [result]
        return [p for v, s in zip(values, specs, strict=False) for p in _result_parts(v, s)] if specs else []

    call = EagerCall(on_parts, tuple(s.dtype if isinstance(s, TypeSpec) else s for flat in declared for s in flat))
    with _named("EagerPyFunc", name):
        outputs = iter(_run(call, parts, None))
    packed = []
    for spec, flat in zip(specs, declared, strict=True):
        values = _take(outputs, len(flat))
        single = not isinstance(spec, TypeSpec) or isinstance(spec, TensorSpec)
        packed.append(values[0] if single else nest.pack_sequence_as(spec, values, expand_composites=True))
    return _operation_or(packed, tout)


def _repacked(like: Any, parts: list[Any]) -> Any:
    return nest.pack_sequence_as(like, parts, expand_composites=True) if _is_composite(like) else parts[0]


def _take(values: Iterator[Any], count: int) -> list[Any]:
    return list(itertools.islice(values, count))


def _result_parts(value: Any, spec: Any) -> list[Any]:
    if isinstance(spec, TypeSpec) and not isinstance(spec, TensorSpec):
        if not spec.is_compatible_with(value):
            raise ValueError(f"the function returned {value!r}, which does not match {spec!r} in Tout")
        return nest.flatten(value, expand_composites=True)
    if _is_composite(value):
        raise ValueError(f"the function returned {value!r} where Tout declares the tensor {spec!r}")
    return [value]


@export("numpy_function", "compat.v1.numpy_function")
def numpy_function(
    func: Any = None, inp: Any = None, Tout: Any = None, stateful: bool = True, name: str | None = None
) -> Any:
    """Calls a Python function that works on NumPy arrays, also from inside a compiled function.

    Args:
      func: takes NumPy arrays, returns NumPy arrays or convertible values. In graphs, scalars arrive as NumPy
        scalars, and what is returned must have the declared dtypes exactly: Python numbers have 64 bits.
      inp: the arguments: a list of tensors or convertible values.
      Tout: dtype of what `func` returns, or a list of them. In eager mode the results' own dtypes count.
      stateful: False lets calls be dropped whose results nobody uses.
      name: of the node.

    Not differentiable. Without `func`, a decorator. In eager mode, what `func` raises reaches the caller as it is.
    """
    decorator = _decorator(numpy_function, "tf.numpy_function", func, inp, Tout, stateful=stateful, name=name)
    return _numpy_function(func, inp, Tout, stateful, name) if decorator is None else decorator


@export("compat.v1.py_func")
def py_func(func: Any, inp: Any, Tout: Any, stateful: bool = True, name: str | None = None) -> Any:
    """The old name of `tf.numpy_function`."""
    return _numpy_function(func, inp, Tout, stateful, name)


def _numpy_function(func: Any, inp: Any, tout: Any, stateful: bool, name: str | None) -> Any:
    if context.graph is None:
        flat = nest.flatten(func(*[np.array(x) for x in inp]))
        results = [None if r is None else convert_to_tensor(r) for r in flat]
        return results[0] if len(results) == 1 else results
    _check_callable(func)
    specs = _declared(tout)
    for spec in specs:
        if isinstance(spec, TypeSpec):
            raise TypeError(f"Expected DataType for argument 'Tout' not {spec!r}.")
    call = NumpyCall("PyFunc" if stateful else "PyFuncStateless", func, tuple(specs), stateful)
    with _named(call.name, name):
        return _operation_or(_run(call, [_argument(x, i) for i, x in enumerate(inp)], None), tout)
