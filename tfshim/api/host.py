"""Python inside graphs: `tf.py_function`, `tf.numpy_function`, and assertions on values."""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.backprop import Record, gradient_rule, is_trainable
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import (
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from tfshim.export import export
from tfshim.gradient_tape import GradientTape, stop_recording
from tfshim.indexed_slices import dense
from tfshim.ops import op
from tfshim.ops.computation import Computation
from tfshim.ops.registry import kernel, runtime_check
from tfshim.shapes import TensorShape
from tfshim.tensor import Tensor, host_tensor

# Python functions that graph nodes call, by the token that the node carries. They live as long as the process, as in
# TensorFlow: a graph may be called at any time.
_functions: dict[str, Callable[..., Any]] = {}
_tokens = itertools.count()


def _token(function: Callable[..., Any]) -> str:
    token = f"pyfunc_{next(_tokens)}"
    _functions[token] = function
    return token


def _call(token: str, inputs: Sequence[np.ndarray], tout: tuple[DType, ...], eager: bool) -> tuple[np.ndarray, ...]:
    function = _functions[token]
    arguments = [host_tensor(np.array(x)) if eager else np.array(x) if x.ndim else x[()] for x in inputs]
    with stop_recording():
        try:
            result = function(*arguments)
        except Exception as error:
            raise _as_op_error(error) from error
    if not tout:
        return ()
    if isinstance(result, (list, tuple)):
        if len(result) != len(tout) and len(tout) == 1:
            result = [result]
    else:
        result = [result]
    if len(result) != len(tout):
        raise InvalidArgumentError(
            None, None, f"{token} returns {len(result)} values, but expects to see {len(tout)} values."
        )
    arrays = []
    for value, dtype in zip(result, tout, strict=True):
        tensor = convert_to_tensor(value, dtype if eager and not isinstance(value, Tensor) else None)
        if tensor.dtype != dtype:
            raise InvalidArgumentError(
                None,
                None,
                f"{token} returned a value of type {tensor.dtype.name}, but the function was declared to return "
                f"{dtype.name}",
            )
        arrays.append(tensor.host_value())  # type: ignore[attr-defined]
    return tuple(arrays)


# TensorFlow's classes for what Python code raised; everything else is an UnknownError.
_ERROR_CLASSES: tuple[tuple[type[Exception], type[OpError]], ...] = (
    (TypeError, InvalidArgumentError),
    (ValueError, InvalidArgumentError),
    (StopIteration, OutOfRangeError),
    (MemoryError, ResourceExhaustedError),
    (NotImplementedError, UnimplementedError),
)


def _as_op_error(error: Exception) -> OpError:
    if isinstance(error, OpError):
        return error
    cls = next((c for kind, c in _ERROR_CLASSES if isinstance(error, kind)), UnknownError)
    return cls(None, None, f"{type(error).__name__}: {error}\n{traceback.format_exc()}")


@kernel("EagerPyFunc", host=True)
def _eager_py_func(inputs, *, token, Tout):
    return _call(token, inputs, Tout, eager=True)


@kernel("PyFunc", host=True)
def _py_func(inputs, *, token, Tout):
    return _call(token, inputs, Tout, eager=False)


@kernel("PyFuncStateless", host=True)
def _py_func_stateless(inputs, *, token, Tout):
    return _call(token, inputs, Tout, eager=False)


@gradient_rule("EagerPyFunc")
def _eager_py_func_gradient(record: Record, cotangents: Sequence[Any], wanted: Sequence[int]) -> Sequence[Any]:
    function = _functions[record.computation.attr("token")]
    n = len(record.inputs)
    wrt = [i for i in wanted if is_trainable(record.inputs[i].dtype)]
    of = [i for i, c in enumerate(cotangents) if c is not None and is_trainable(record.outputs[i].dtype)]
    gradients: list[Any] = [None] * n
    if not wrt or not of:
        return gradients

    def pull(*values: Any) -> list[Any]:
        arguments, seeds = values[:n], values[n:]
        with GradientTape() as tape:
            sources = [arguments[i] for i in wrt]
            tape.watch(sources)
            results = function(*arguments)
            flat = list(results) if isinstance(results, (list, tuple)) else [results]
            targets = [convert_to_tensor(flat[i]) for i in of]
        found = tape.gradient(targets, sources, output_gradients=list(seeds))
        return [op("ZerosLike")(s) if g is None else dense(g) for s, g in zip(sources, found, strict=True)]

    results = py_function(
        pull, [*record.inputs, *(dense(cotangents[i]) for i in of)], [record.inputs[i].dtype for i in wrt]
    )
    for i, result in zip(wrt, results, strict=True):
        result.set_shape(record.inputs[i].shape)
        gradients[i] = result
    return gradients


@export("py_function")
def py_function(func: Any = None, inp: Any = None, Tout: Any = None, name: str | None = None) -> Any:
    """Calls a Python function that works on eager tensors, also from inside a compiled function.

    Args:
      func: takes eager tensors, returns tensors (or convertible values), or None.
      inp: the arguments: a list of tensors or convertible values.
      Tout: dtype, TensorSpec, or a list of them: what `func` returns; empty for None.
      name: of the node.

    Differentiable as far as `func` is. Errors that `func` raises reach the caller.
    """
    if context.graph is None:
        specs, flat_dtypes, flat_shapes = _declared(Tout)
        result = func(*[convert_to_tensor(x) for x in inp])
        if not flat_dtypes:
            return None if result is None else result
        if isinstance(specs, (list, tuple)):
            return [
                convert_to_tensor(r, None if isinstance(r, Tensor) else d)
                for r, d in zip(result, flat_dtypes, strict=True)
            ]
        return convert_to_tensor(result, None if isinstance(result, Tensor) else flat_dtypes[0])
    return _python_node("EagerPyFunc", func, inp, Tout, name)


@export("numpy_function")
def numpy_function(
    func: Any = None, inp: Any = None, Tout: Any = None, stateful: bool = True, name: str | None = None
) -> Any:
    """Calls a Python function that works on NumPy arrays, also from inside a compiled function.

    Not differentiable. `stateful=False` lets calls without a used result be dropped.
    """
    return _python_node("PyFunc" if stateful else "PyFuncStateless", func, inp, Tout, name)


def _declared(tout: Any) -> tuple[Any, list[DType], list[TensorShape | None]]:
    flat_dtypes, shapes = [], []
    for spec in nest.flatten(tout) if tout is not None else []:
        if hasattr(spec, "shape") and hasattr(spec, "dtype"):
            flat_dtypes.append(spec.dtype)
            shapes.append(spec.shape)
        else:
            flat_dtypes.append(dtypes.as_dtype(spec))
            shapes.append(None)
    return tout, flat_dtypes, shapes


def _python_node(kind: str, func: Callable[..., Any], inp: Any, tout: Any, name: str | None) -> Any:
    if not callable(func):
        raise ValueError(f"Expected func to be callable. Received func={func} of type {type(func)}.")
    specs, flat_dtypes, shapes = _declared(tout)
    token = _token(func)
    eager = context.graph is None
    try:
        outputs = op(kind)(list(inp or []), token=token, Tout=flat_dtypes, name=name)
    finally:
        if eager:
            del _functions[token]
    outputs = [] if outputs is None else list(outputs)
    for output, shape in zip(outputs, shapes, strict=True):
        if shape is not None:
            output.set_shape(shape)
    if specs is not None and not isinstance(specs, (list, tuple)):
        return outputs[0]
    return outputs


# Assertions ----------------------------------------------------------------------------------------------


class Assertion(Computation):
    """Fails the program that contains it if its first input is not true everywhere.

    `parts` are the pieces of the message: text, or the position of the input whose value is shown.
    """

    __slots__ = ("parts", "summarize")

    stateful = True

    def __init__(self, parts: tuple[Any, ...], summarize: int):
        super().__init__("Assert", ())
        self.parts = parts
        self.summarize = summarize

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """An assertion has no outputs."""
        return ()

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """An assertion has no outputs."""
        return []

    def message(self, *values: np.ndarray) -> str:
        """What the error says: the data as TensorFlow summarises it."""
        shown = [p if isinstance(p, str) else summarise(values[p], self.summarize) for p in self.parts]
        return "assertion failed: " + " ".join(f"[{s}]" for s in shown)

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        def run(condition, *data):
            runtime_check(condition, self.message, *data, always=True)
            return ()

        return run


def summarise(value: np.ndarray, limit: int) -> str:
    """The first `limit` elements of an array (all if negative), in TensorFlow's notation."""
    flat = np.asarray(value).ravel().tolist()
    texts = [v.decode(errors="replace") if isinstance(v, bytes) else _number(v) for v in flat]
    if 0 <= limit < len(texts):
        texts = [*texts[:limit], "..."]
    return " ".join(texts)


def _number(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:g}" if isinstance(value, float) else str(value)


@export("debugging.Assert", "Assert")
def Assert(condition: Any, data: Any, summarize: int | None = None, name: str | None = None) -> Any:
    """Raises InvalidArgumentError when `condition` turns out false.

    Args:
      condition: boolean tensor; all elements must hold.
      data: tensors that the message shows.
      summarize: how many elements of each to show (3 by default, -1 for all).
      name: of the node.

    Returns the operation in a graph, None in eager mode.
    """
    limit = 3 if summarize is None else summarize
    tensors = [convert_to_tensor(d) for d in data]
    graph = context.graph
    if graph is None:
        if not np.all(convert_to_tensor(condition).host_value()):  # type: ignore[attr-defined]
            shown = "\n".join(repr_data(t, limit) for t in tensors)
            raise InvalidArgumentError(None, None, f"Expected '{condition}' to be true. Summarized data: {shown}")
        return None
    condition = convert_to_tensor(condition, dtypes.bool if not isinstance(condition, Tensor) else None)
    parts: list[Any] = []
    operands: list[Tensor] = []
    for tensor in tensors:
        if tensor.dtype is dtypes.string:
            known = tensor.graph.constant_value(tensor)  # type: ignore[attr-defined]
            parts.append("<string>" if known is None else summarise(known, limit))
        else:
            parts.append(len(operands))
            operands.append(tensor)
    computation = Assertion(tuple(parts), limit)
    with graph.name_scope(name or "Assert"):
        graph.add_computation(computation, [condition, *operands], {}, "Assert")
    return graph.get_operations()[-1]


def repr_data(tensor: Tensor, limit: int) -> str:
    """One datum of an eager assertion's message."""
    flat = tensor.host_value().ravel()  # type: ignore[attr-defined]
    texts = [str(v) for v in (flat if limit < 0 else flat[:limit])]
    return ", ".join(texts + ["..."] * (0 <= limit < flat.size))
