"""`from_jax`: a JAX function as a TensorFlow function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType
from tfshim.execute import execute
from tfshim.interop.pytrees import is_key_array, strong_dtype
from tfshim.ops.computation import Computation
from tfshim.shapes import TensorShape, from_dims, unknown_shape
from tfshim.tensor import EagerTensor, Tensor
from tfshim.type_spec import CompositeTensor, TensorSpec

# Unknown sizes are tried with two values: what differs between the results is unknown. Both have many divisors.
_TRIALS = (240, 480)


def from_jax(f: Callable[..., Any] | None = None, *, output_signature: Any = None) -> Any:
    """A JAX function as a differentiable TensorFlow function; also a decorator.

    The result is called with tensors, variables and arrays, in any pytree, and returns tensors in the pytree that `f`
    returns. It works eagerly (compiled once per signature), in `tf.function` (as one node), under tapes and forward
    accumulators of any order, and in jacobians. Everything else among the arguments (Python numbers, strings, None,
    functions) is passed to `f` as it is and is part of the signature, as for `tf.function`: a number that changes from
    call to call belongs in a tensor. Typed PRNG keys may be arguments, not results.

    Results have the dtypes that `f` gives them; what comes of Python numbers alone is float32, int32 or complex64.

    Args:
      f: a function of arrays, traceable by `jax.jit` (which it may be already).
      output_signature: pytree of `tf.TensorSpec`s of the results. Needed only in a `tf.function` with arguments of
        unknown shape, if `f` cannot be tried with sizes of tfshim's choice.

    Raises:
      TypeError: for an argument that is no dense numeric tensor (on call), or if `f` is not callable.
      ValueError: the results cannot be inferred, or contradict `output_signature` (on call).
    """
    if f is None:
        return functools.partial(from_jax, output_signature=output_signature)
    if not callable(f):
        raise TypeError(f"from_jax takes a function of JAX arrays, not {f!r}")
    imported = _Imported(f, output_signature)

    @functools.wraps(f, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        return imported(args, kwargs)

    return call


class _Static:
    """An argument that is passed to the JAX function as it is."""

    __slots__ = ("key", "value")

    def __init__(self, value: Any):
        self.value = value
        # Numbers of different types, or of different sign, may be equal; NaN equals nothing.
        self.key = (type(value), repr(value) if isinstance(value, (float, complex)) else value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Static) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class _Imported:
    """A JAX function with one computation for each signature of its arguments."""

    def __init__(self, f: Callable[..., Any], output_signature: Any):
        self.f = f
        self.name = getattr(f, "__name__", type(f).__name__)
        self.output_signature = output_signature
        self._computations: dict[Any, JaxCall] = {}

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        leaves, structure = jax.tree.flatten((args, kwargs))
        tensors: list[Tensor] = []
        signature: list[Any] = [structure]
        on_device: list[Any] = []
        for leaf in leaves:
            if type(leaf) is EagerTensor and leaf._value is not None:
                # The hot path: dtype and shape of the array itself.
                array = leaf._value
                signature.append((array.dtype, array.shape))
                tensors.append(leaf)
                on_device.append(array)
            else:
                self._add(leaf, tensors, signature)
        key = tuple(signature)
        try:
            computation = self._computations.get(key)
        except TypeError:
            raise TypeError(
                f"{self.name} got an argument that is neither a tensor nor hashable: "
                f"{[s.value for s in signature[1:] if isinstance(s, _Static) and not _is_hashable(s)]}"
            ) from None
        if computation is None:
            made = JaxCall(self, structure, signature[1:], tensors)
            computation = self._computations.setdefault(key, made)
        results = None
        if context.bare and len(on_device) == len(tensors):
            results = _run_quickly(computation, on_device)
        if results is None:
            results = execute(computation, tensors, None, _node_name(self.name))
        return jax.tree.unflatten(computation.result_structure, results)

    def _add(self, leaf: Any, tensors: list[Tensor], signature: list[Any]) -> None:
        """Adds one argument to the inputs, if it is one, and to the signature."""
        if is_key_array(leaf):
            data = convert_to_tensor(jax.random.key_data(leaf))
            signature.append((np.dtype(data.dtype.as_numpy_dtype), data.shape._dims, jax.random.key_impl(leaf)))
            tensors.append(data)
            return
        if not (isinstance(leaf, (Tensor, np.ndarray, np.generic, jax.Array)) or hasattr(type(leaf), "__tf_tensor__")):
            if isinstance(leaf, CompositeTensor):
                raise TypeError(
                    f"{self.name} is a JAX function of dense tensors, got {leaf!r}: pass its components, or make it "
                    "dense (tf.convert_to_tensor, to_tensor, tf.sparse.to_dense)"
                )
            signature.append(_Static(leaf))
            return
        tensor = convert_to_tensor(leaf)
        dtype = tensor.dtype
        if dtype in (dtypes.string, dtypes.resource, dtypes.variant):
            raise TypeError(f"{self.name} is a JAX function, which cannot take a {dtype.name} tensor: {tensor!r}")
        signature.append((np.dtype(dtype.as_numpy_dtype), tensor.shape._dims))
        tensors.append(tensor)


def _run_quickly(computation: JaxCall, arrays: list[Any]) -> list[EagerTensor] | None:
    """Runs the compiled program where nobody looks on. None: the general way will do it, or say what is wrong."""
    try:
        result = computation.program_for_default(*arrays)
    except Exception:
        return None
    return [EagerTensor(r) for r in result] if type(result) is tuple else [EagerTensor(result)]


def _is_hashable(static: _Static) -> bool:
    try:
        hash(static)
    except TypeError:
        return False
    return True


def _node_name(name: str) -> str:
    return name if name.isidentifier() and not name.startswith("_") else "JaxCall"


class JaxCall(Computation):
    """A JAX function at one signature of its arguments, from flat tensors to flat results."""

    __slots__ = ("result_dtypes", "result_shapes", "result_structure", "run")

    def __init__(self, imported: _Imported, structure: Any, arguments: Sequence[Any], inputs: Sequence[Tensor]):
        super().__init__("JaxCall", ())
        self.result_structure: Any = None
        f, name = imported.f, imported.name

        def run(*operands: Any) -> tuple[Any, ...]:
            remaining = iter(operands)
            leaves = [_argument(entry, remaining) for entry in arguments]
            args, kwargs = jax.tree.unflatten(structure, leaves)
            results, made = jax.tree.flatten(f(*args, **kwargs))
            if self.result_structure is None:
                self.result_structure = made
            elif made != self.result_structure:
                raise ValueError(
                    f"{name} must return the same structure for all shapes in one tf.function: it returned {made}, "
                    f"expected {self.result_structure}"
                )
            return tuple([_result(r, name) for r in results])

        run.__name__ = run.__qualname__ = name
        # JAX traces `f` once for all that is made of it: programs, graphs, gradients, batches.
        self.run = jax.jit(run, inline=True)
        self._infer(imported, inputs)

    def _infer(self, imported: _Imported, inputs: Sequence[Tensor]) -> None:
        """Finds structure, dtypes and static shapes of the results."""
        shapes = [t.shape._dims for t in inputs]
        kinds = [t.dtype.as_numpy_dtype for t in inputs]
        known = all(dims is not None and None not in dims for dims in shapes)
        if imported.output_signature is not None and not known:
            specs, self.result_structure = jax.tree.flatten(imported.output_signature, is_leaf=_is_spec)
            self.result_dtypes = tuple(s.dtype for s in specs)
            self.result_shapes = [s.shape for s in specs]
            return
        if any(dims is None for dims in shapes):
            raise ValueError(
                f"{imported.name} got a tensor of unknown rank, for which the results of a JAX function cannot be "
                "inferred: use tf.ensure_shape, or give from_jax an output_signature"
            )
        found: list[Any] = []
        for size in _TRIALS[: 1 if known else 2]:
            abstract = [
                jax.ShapeDtypeStruct(tuple(size if d is None else d for d in dims), kind)
                for dims, kind in zip(shapes, kinds, strict=True)
            ]
            try:
                found.append(jax.eval_shape(self.run, *abstract))
            except (TypeError, ValueError) as error:
                if known:
                    raise
                raise ValueError(
                    f"the results of {imported.name} for unknown sizes could not be inferred: tried with {size}, it "
                    f"raised {type(error).__name__} ({str(error).splitlines()[0]}). Give from_jax an output_signature."
                ) from error
        self.result_dtypes = tuple(dtypes.of(r.dtype) for r in found[0])
        self.result_shapes = [_common(a.shape, b.shape) for a, b in zip(found[0], found[-1], strict=True)]
        if known and imported.output_signature is not None:
            self._check(imported)

    def _check(self, imported: _Imported) -> None:
        specs, structure = jax.tree.flatten(imported.output_signature, is_leaf=_is_spec)
        fits = structure == self.result_structure and all(
            s.dtype == d and s.shape.is_compatible_with(shape)
            for s, d, shape in zip(specs, self.result_dtypes, self.result_shapes, strict=True)
        )
        if not fits:
            made = [TensorSpec(s, d) for s, d in zip(self.result_shapes, self.result_dtypes, strict=True)]
            raise ValueError(
                f"{imported.name} does not return its output_signature: "
                f"{jax.tree.unflatten(self.result_structure, made)}, not {imported.output_signature}"
            )

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        return self.run

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """Dtypes of the node's outputs."""
        return self.result_dtypes

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Static shapes of the node's outputs."""
        return list(self.result_shapes)


def _argument(entry: Any, operands: Any) -> Any:
    """What the JAX function gets for one entry of the signature."""
    if isinstance(entry, _Static):
        return entry.value
    operand = next(operands)
    if len(entry) == 3:
        return jax.random.wrap_key_data(operand, impl=entry[2])
    return operand


def _result(value: Any, name: str) -> Any:
    if is_key_array(value):
        raise TypeError(f"{name} returned a PRNG key, which is no tensor: return jax.random.key_data of it")
    aval = jax.typeof(value)
    dtype = strong_dtype(aval.dtype, aval.weak_type)
    return value if dtype == aval.dtype and not aval.weak_type else jax.lax.convert_element_type(value, dtype)


def _is_spec(value: Any) -> bool:
    return isinstance(value, TensorSpec)


def _common(first: tuple[int, ...], second: tuple[int, ...]) -> TensorShape:
    if len(first) != len(second):
        return unknown_shape()
    return from_dims(tuple(a if a == b else None for a, b in zip(first, second, strict=True)))
