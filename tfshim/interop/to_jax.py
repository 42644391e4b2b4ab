"""`to_jax`: a TensorFlow function as a pure JAX function and its parameters."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import dtypes, nest
from tfshim.function import PolymorphicFunction, function
from tfshim.interop.pure_graph import PureGraph
from tfshim.shapes import as_shape
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.traced_function import ConcreteFunction
from tfshim.type_spec import CompositeTensor, TensorSpec, TypeSpec


def to_jax(fn: Callable[..., Any], *specs: Any, **keywords: Any) -> tuple[JaxFunction, dict[str, jax.Array]]:
    """A pure JAX function that computes what `fn` does, and the values of the variables that `fn` uses.

    `jax_fn, params = to_jax(fn, *specs)` gives `jax_fn(params, *args)`, for `jax.jit`, `grad`, `vmap`, `shard_map`,
    `jax.export` and whatever else takes pure functions, in reverse and forward mode (`jvp`, `jacfwd`, `linearize`).
    `params` is a dict by variable name, with the states of the generators that random ops draw from.

    A function that writes variables or draws from generators returns `(outputs, new_params)`, where `new_params` has
    the new values under the same names; any other returns its outputs alone. `jax_fn.written` tells which.

    Gradients are those of a tape, `tf.custom_gradient` included, with zeros where a tape gives None. No gradient
    flows through an assignment. As always in JAX, those of complex values are the conjugates of TensorFlow's. Checks
    of values (`tf.debugging.assert_*`) are left out: a pure function cannot raise when it runs. A loop whose length
    only running tells is differentiated in reverse by `jax_fn.bounded(n)`.

    Args:
      fn: a `tf.function`, a concrete function, or any callable of tensors (a module, a layer). It is traced once.
      *specs: its arguments: `tf.TensorSpec`s, or tensors and arrays as examples, in any nest. What the specs leave
        unknown may differ from call to call. Python values are fixed, and keep their place among the arguments. None
        for a concrete function.
      **keywords: the same for keyword arguments.

    Raises:
      UnimplementedError: `fn` holds ops that run on the host; it names the first one.
      TypeError: an argument or result is not a dense tensor, or `fn` is not callable.
    """
    concrete = _concrete(fn, specs, keywords)
    jax_fn = JaxFunction(concrete)
    return jax_fn, jax_fn.initial()


def _concrete(fn: Any, specs: tuple[Any, ...], keywords: dict[str, Any]) -> ConcreteFunction:
    if isinstance(fn, ConcreteFunction):
        if specs or keywords:
            raise TypeError("a concrete function has its signature already: to_jax takes no specs for it")
        return fn
    if not callable(fn):
        raise TypeError(f"to_jax takes a function of tensors, not {fn!r}")
    if not isinstance(fn, PolymorphicFunction):
        call = fn if inspect.isroutine(fn) or isinstance(fn, functools.partial) else fn.__call__
        fn = call if isinstance(call, PolymorphicFunction) else function(call)
    specs, keywords = nest.map_structure(_spec, (specs, keywords))
    return fn.get_concrete_function(*specs, **keywords)


def _spec(value: Any) -> Any:
    if isinstance(value, TensorSpec):
        return value
    if isinstance(value, Tensor):
        return TensorSpec(value.shape, value.dtype)
    if isinstance(value, (np.ndarray, np.generic, jax.Array, jax.ShapeDtypeStruct)):
        return TensorSpec(value.shape, dtypes.of(value.dtype))
    return value


class JaxFunction:
    """A pure function `(params, *args, **kwargs)` (see `to_jax`), with the signature of the function it was made of.

    Attributes:
      trainable: names of the parameters that are trainable variables.
      written: names of those that a call changes. If there are any, it returns `(outputs, new_params)`.
    """

    def __init__(self, concrete: ConcreteFunction, bound: int | None = None, forward: bool = False):
        self.__name__ = self.__qualname__ = concrete.graph.name
        self._concrete = concrete
        self._graph = PureGraph(concrete, bound, forward)
        variables = {id(v._cell): v for v in concrete.variables}
        held = [variables[id(cell)] for cell in self._graph.variable_cells]
        names = _Names()
        # Of variables with one name, the one made first has it.
        name_of = {id(v): names.unique(v.name.removesuffix(":0")) for v in sorted(held, key=lambda v: v._order)}
        self._names = [name_of[id(v)] for v in held]
        self.trainable = tuple(n for n, v in zip(self._names, held, strict=True) if v.trainable)
        self._names += [names.unique(f"{name}/state") for name in self._graph.generators]
        self.written = tuple(n for n, w in zip(self._names, self._graph.written, strict=True) if w)
        self._check_dense()

    def _check_dense(self) -> None:
        for value in nest.flatten((self._concrete.structured_input_signature, self._concrete.structured_outputs)):
            if isinstance(value, (TypeSpec, CompositeTensor)) and not isinstance(value, TensorSpec):
                raise TypeError(
                    f"{self.__name__} takes or returns {value!r}: JAX has dense arrays only, so pass its components"
                )

    def initial(self) -> dict[str, jax.Array]:
        """The parameters with the values that the variables have now."""
        return {name: jnp.asarray(cell.read()) for name, cell in zip(self._names, self._graph.cells, strict=True)}

    def bounded(self, iterations: int) -> JaxFunction:
        """The same function, whose loops of unknown length can be differentiated as long as they are not longer.

        Such a loop then takes the memory of `iterations`; a gradient through a longer one is NaN.
        """
        return JaxFunction(self._concrete, iterations)

    @functools.cached_property
    def forward(self) -> JaxFunction:
        """The same function with derivatives that JAX takes of it op by op, in forward mode only.

        The function itself has both modes; its tangents are a tape's gradient transposed, which costs what the gradient
        costs. These cost less, and loops of unknown length need no bound here at any order. Differentiating raises
        UnimplementedError if the function holds a `tf.custom_gradient`.
        """
        return JaxFunction(self._concrete, forward=True)

    def __call__(self, params: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        state = self._state(params)
        outputs, new = self._graph.call(self._arguments(args, kwargs), state)
        result = self._pack(outputs)
        return (result, dict(zip(self._names, new, strict=True))) if self.written else result

    def _state(self, params: Mapping[str, Any]) -> list[Any]:
        missing = [n for n in self._names if n not in params]
        surplus = [n for n in params if n not in self._names]
        if missing or surplus:
            raise ValueError(
                f"the parameters of {self.__name__} are {self._names}: missing {missing}, unknown {surplus}"
            )
        return [
            _array(params[name], cell.dtype, cell.shape, f"parameter {name!r}")
            for name, cell in zip(self._names, self._graph.cells, strict=True)
        ]

    def _arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """Flat arrays for the tensors among the arguments."""
        positional, keyword = self._concrete.structured_input_signature
        by_name = dict(zip(self._concrete.function_type.parameters, positional, strict=False))
        given: dict[str, Any] = dict(zip(by_name, args, strict=False))
        if len(args) > len(positional):
            raise TypeError(
                f"{self.__name__} takes {len(positional)} arguments besides its parameters, got {len(args)}"
            )
        expected = {**by_name, **keyword}
        for name, value in kwargs.items():
            if name in given or name not in expected:
                raise TypeError(f"{self.__name__} got an unexpected or repeated argument {name!r}")
            given[name] = value
        arrays: list[Any] = []
        for name, spec in expected.items():
            leaves = nest.flatten(spec)
            if name not in given:
                if any(isinstance(leaf, TensorSpec) for leaf in leaves):
                    raise TypeError(f"{self.__name__} misses its argument {name!r}")
                continue
            if isinstance(spec, TensorSpec):
                arrays.append(_array(given[name], spec.dtype, spec.shape, f"argument {name!r}"))
                continue
            nest.assert_same_structure(spec, given[name])
            for leaf, value in zip(leaves, nest.flatten(given[name]), strict=True):
                if isinstance(leaf, TensorSpec):
                    arrays.append(_array(value, leaf.dtype, leaf.shape, f"argument {name!r}"))
                elif isinstance(value, jax.core.Tracer) or value != leaf:
                    raise TypeError(f"{self.__name__} was traced with {leaf!r} in {name!r}, and cannot take {value!r}")
        return arrays

    def _pack(self, outputs: list[Any]) -> Any:
        structured = self._concrete.structured_outputs
        if isinstance(structured, SymbolicTensor):
            return outputs[0]
        remaining = iter(outputs)
        leaves = [None if t is None else next(remaining) for t in nest.flatten(structured)]
        return nest.pack_sequence_as(structured, leaves)

    def __repr__(self) -> str:
        return f"<tfshim.to_jax of {self._concrete!r}, parameters {self._names}>"


class _Names:
    """Makes names unique in order."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """`name`, with a number if it was taken before."""
        candidate = name
        while candidate in self._counts:
            self._counts[name] += 1
            candidate = f"{name}_{self._counts[name]}"
        self._counts[candidate] = 0
        return candidate


def _array(value: Any, dtype: Any, shape: Any, what: str) -> Any:
    """`value` as an array of this dtype; Python numbers adapt."""
    if isinstance(value, (bool, int, float, complex)):
        value = np.asarray(value, dtype.as_numpy_dtype)
    if isinstance(value, Tensor) or not hasattr(value, "dtype"):
        value = jnp.asarray(value)
    if dtypes.of(value.dtype) != dtype:
        raise TypeError(f"{what} must be {dtype.name}, not {value.dtype}")
    if not shape.is_compatible_with(as_shape(value.shape)):
        raise ValueError(f"{what} must have the shape {shape}, not {value.shape}")
    return value
