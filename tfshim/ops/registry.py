"""Kernels: one pure JAX function per TensorFlow op, and everything registered beside it.

A kernel takes the op's inputs as positional parameters and the attributes that it wants as keyword-only
parameters. It never sees a Tensor, a variable or a graph: a resource input arrives as the value that the
resource holds, and a kernel that writes a resource returns the new value before its outputs.
"""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import definitions
from tfshim.ops import op_table

# From attributes and a look-up of known input values to the names of the static inputs.
StaticChoice = Callable[[dict[str, Any], Callable[[str], "np.ndarray | None"]], Sequence[str]]


class Kernel:
    """How one op is computed: the function and what the registration said about it."""

    __slots__ = (
        "attr_names",
        "definition",
        "fn",
        "host",
        "linear",
        "moves_data",
        "name",
        "no_gradient",
        "numpy",
        "platform_fns",
        "reads_resource",
        "rng",
        "shapes_only",
        "static",
        "static_choice",
        "writes",
    )

    def __init__(
        self,
        name: str,
        fn: Callable[..., Any],
        *,
        static: Sequence[str] | StaticChoice,
        host: bool,
        numpy: Callable[..., Any] | None,
        no_gradient: Sequence[str],
        rng: bool,
        writes: Sequence[str],
        reads_resource: bool,
        shapes_only: bool,
        moves_data: bool,
    ):
        self.name = name
        self.definition = op_table.op_def(name)
        self.fn = fn
        self.host = host
        self.numpy = numpy
        self.rng = rng
        self.writes = tuple(writes)
        self.reads_resource = reads_resource
        self.shapes_only = shapes_only
        self.moves_data = moves_data
        self.linear = False
        self.platform_fns: dict[str, Callable[..., Any]] = {}
        self.static_choice = static if callable(static) else None
        static = () if callable(static) else static
        arg_names = [a.name for a in self.definition.inputs]
        for given in (*static, *no_gradient, *writes):
            if given not in arg_names:
                raise ValueError(f"kernel {name!r}: the op has no input {given!r}, only {arg_names}")
        self.static = frozenset(arg_names.index(s) for s in static)
        self.no_gradient = frozenset(arg_names.index(s) for s in no_gradient)
        self.attr_names = keyword_only_names(fn)
        for attr in self.attr_names:
            if attr not in self.definition.attrs:
                raise ValueError(f"kernel {name!r}: the op has no attribute {attr!r}")

    def static_inputs(
        self, attrs: Sequence[Any], value: Callable[[str], np.ndarray | None] = lambda name: None
    ) -> frozenset[int]:
        """Indices of the inputs that are static under these attribute values (in the order of `attr_names`).

        `value(name)` is an input's value if it is known; it serves kernels that choose by values.
        """
        if self.static_choice is None:
            return self.static
        names = [a.name for a in self.definition.inputs]
        chosen = self.static_choice(dict(zip(self.attr_names, attrs, strict=True)), value)
        return frozenset(names.index(n) for n in chosen)


_kernels: dict[str, Kernel] = {}
_shape_functions: dict[str, Callable[..., Any]] = {}
_partial_values: dict[str, Callable[..., Any]] = {}
_composites: dict[str, Callable[..., Any]] = {}


def keyword_only_names(fn: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the keyword-only parameters of `fn`, in order."""
    parameters = inspect.signature(fn).parameters.values()
    return tuple(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)


def kernel(
    name: str,
    *,
    static: Sequence[str] | StaticChoice = (),
    host: bool = False,
    numpy: Callable[..., Any] | None = None,
    no_gradient: Sequence[str] = (),
    rng: bool = False,
    writes: Sequence[str] = (),
    reads_resource: bool = True,
    shapes_only: bool = False,
    moves_data: bool = False,
    platform: str | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers the decorated function as the kernel of the op `name`.

    Args:
      name: TensorFlow's name of the op.
      static: inputs that arrive as concrete `np.ndarray`s and are part of the compiled program's key; or a function
        from the attributes (a dict) and `value` (from an input's name to its array if known) to their names.
      host: the function takes and returns NumPy arrays and is never compiled; in graphs it is, where a function given
        as `static` names some inputs: then it must take JAX arrays for the others.
      numpy: an exact twin of the function on NumPy arrays, for small host values and constant folding.
      no_gradient: inputs whose gradient is always None although the op is differentiable.
      rng: the function takes the generator's state as last operand and returns `(output, new_state)`.
      writes: resource inputs whose new values the function returns before its outputs.
      shapes_only: the outputs depend on the shapes and dtypes of the inputs alone: the twin computes them from
        arrays of any kind, and no value is transferred.
      moves_data: nothing is computed, so that the twin is exact for arrays of any dtype and size.
      reads_resource: False if the old value of the written resource is not needed (it arrives as None).
      platform: register only a variant for this JAX platform (`"cpu"`, `"gpu"`, `"tpu"`) of a kernel that exists.
    """

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        definitions.note("op", name)
        if platform is not None:
            generic = _here(name)
            if keyword_only_names(fn) != generic.attr_names:
                raise ValueError(f"the {platform} variant of kernel {name!r} must take the same attributes")
            generic.platform_fns[platform] = fn
            return fn
        if name in _kernels:
            raise ValueError(f"kernel {name!r} is registered twice")
        _kernels[name] = Kernel(
            name,
            fn,
            static=static,
            host=host,
            numpy=numpy,
            no_gradient=no_gradient,
            rng=rng,
            writes=writes,
            reads_resource=reads_resource,
            shapes_only=shapes_only,
            moves_data=moves_data,
        )
        return fn

    return register


def piecewise_linear(*names: str) -> None:
    """Declares that the gradients of these ops do not vary with their inputs (reshape, add, a gather, a maximum).

    Their second derivatives are None, as in TensorFlow, and are not computed.
    """
    definitions.note("op", *names)
    for name in names:
        _here(name).linear = True


def _here(name: str) -> Kernel:
    """A kernel that another module may register: it is imported first."""
    if name not in _kernels:
        definitions.load("op", name)
    return _kernels[name]


def shape_function(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers the static shape inference of the ops `names` (see `tfshim.shape_inference.ShapeContext`)."""

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        definitions.note("op", *names)
        for name in names:
            if name in _shape_functions:
                raise ValueError(f"the shape function of {name!r} is registered twice")
            _shape_functions[name] = fn
        return fn

    return register


def partial_value(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers how the ops `names` carry partly known integers (`[None, 2, -1]`) through a graph.

    The function takes the same context as a shape function and returns, for an integer vector, a list of
    `int | None`; for an integer scalar, `int | None`; or None if nothing is known.
    """

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        definitions.note("op", *names)
        for name in names:
            _partial_values[name] = fn
        return fn

    return register


def find_kernel(name: str) -> Kernel | None:
    """The kernel of the op `name`, or None if there is none yet."""
    _load(name)
    return _kernels.get(name)


_loaded: set[str] = set()


def _load(name: str) -> None:
    """Imports the kernel of an op, and what is registered for it elsewhere: shape functions, gradient rules."""
    if name not in _loaded:
        definitions.load("op", name)
        _loaded.add(name)


def find_shape_function(name: str) -> Callable[..., Any] | None:
    """The registered shape function of the op `name`, if any."""
    _load(name)
    return _shape_functions.get(name)


def find_partial_value(name: str) -> Callable[..., Any] | None:
    """The registered partial-value function of the op `name`, if any."""
    _load(name)
    return _partial_values.get(name)


def composite(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers how `tf.raw_ops` carries out the ops `names`, which have no kernel: they call functions, for example.

    The function takes the inputs by position (lists for those that hold several tensors), attributes by keyword and
    `name`, and returns tensors in the form of the op's outputs.
    """

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        definitions.note("op", *names)
        _composites.update(dict.fromkeys(names, fn))
        return fn

    return register


def find_composite(name: str) -> Callable[..., Any] | None:
    """How the op `name` is carried out if it has no kernel, or None."""
    _load(name)
    return _composites.get(name)


def composite_names() -> list[str]:
    """Names of all ops that are carried out without a kernel."""
    definitions.load_all()
    return list(_composites)


def kernel_names() -> list[str]:
    """Names of all ops that have a kernel."""
    definitions.load_all()
    return list(_kernels)


# Runtime checks ------------------------------------------------------------------------------------------


@jax.tree_util.register_pytree_node_class
class Check:
    """A condition that a compiled program reports: false means the op must raise.

    The message is part of the tree structure, so each traced program carries its own; so are `node`, the operation of
    a graph that it belongs to, if any, and `n_before`, how many instructions of its segment come before it.
    """

    __slots__ = ("message", "n_before", "node", "op_name", "operands", "predicate")

    def __init__(
        self,
        predicate,
        message: str | Callable[..., str],
        operands: tuple,
        op_name: str,
        node: Any = None,
        n_before: int = 0,
    ):
        self.node = node
        self.n_before = n_before
        self.predicate = predicate
        self.message = message
        self.operands = operands
        self.op_name = op_name

    def of_values(self, predicate, operands: tuple) -> Check:
        """The same check of other values."""
        return Check(predicate, self.message, operands, self.op_name, self.node)

    def tree_flatten(self):
        return (self.predicate, self.operands), (self.message, self.op_name, self.node, self.n_before)

    @classmethod
    def tree_unflatten(cls, aux, children):
        return cls(children[0], aux[0], children[1], *aux[1:])


class _Collector(threading.local):
    checks: list[Check] | None = None
    op_name: str = ""
    platform: str = ""


_collector = _Collector()


@contextlib.contextmanager
def collect_checks(op_name: str, checks: list[Check] | None, platform: str | None = None):
    """Within the scope, `runtime_check` appends to `checks`; None switches the checks off."""
    old = _collector.checks, _collector.op_name, _collector.platform
    _collector.checks, _collector.op_name = checks, op_name
    if platform is not None:
        _collector.platform = platform
    try:
        yield
    finally:
        _collector.checks, _collector.op_name, _collector.platform = old


def runtime_check(predicate, message: str | Callable[..., str], *operands, always: bool = False) -> None:
    """Makes the op raise InvalidArgumentError after it ran, if `predicate` turns out false.

    For conditions on values, which a compiled program cannot raise on by itself: an index out of range, an
    integer division by zero. TensorFlow checks these on the CPU only, and so does this function.

    Args:
      predicate: boolean array of any shape; all elements must hold.
      message: text, or a module-level function from the NumPy values of `operands` to the text.
      *operands: arrays that the message needs.
      always: check on every platform.
    """
    checks = _collector.checks
    if checks is None or not (always or _collector.platform in ("", "cpu")):
        return
    checks.append(Check(jnp.all(predicate), message, tuple(operands), _collector.op_name))
