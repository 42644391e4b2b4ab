"""Computations: an op with its attributes fixed, as pure functions of arrays, compiled and cached.

A `Computation` is what eager execution runs, what a graph node holds and what a tape records. Gradients are
computations too, derived from the kernel's vjp or jvp; their own gradients come the same way.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim import dtypes
from tfshim.ops import bounds, numpy_programs, op_table, registry
from tfshim.ops.jaxprs import scan_counts
from tfshim.ops.numpy_programs import store
from tfshim.ops.op_types import output_dtypes, resolve_types
from tfshim.ops.registry import Kernel, collect_checks
from tfshim.ops.tensor_list import differentiable_part, template, with_part

# From so many calls on, compiling costs less than what NumPy costs more.
HOT_CALLS = 50

# Programs of so many arrays take seconds to compile. Eager code on the CPU has NumPy move data between them instead.
MANY_ARRAYS = 64

# The dtypes whose values are Python objects: datasets, lists of tensors, tables, iterators.
OPAQUE = frozenset([dtypes.variant, dtypes.resource, dtypes.snapshot])


def static_key(array: np.ndarray) -> tuple[Any, ...]:
    """A hashable key that distinguishes host arrays by dtype, shape and content."""
    if array.dtype == object:
        return ("O", array.shape, tuple(array.ravel().tolist()))
    return (array.dtype.char, array.shape, array.tobytes())


def default_platform() -> str:
    """The JAX platform on which computations run unless a device scope says otherwise."""
    return jax.default_backend()


def conjugate_complex(x):
    """TensorFlow's cotangents are the conjugates of JAX's for complex values."""
    if x is None:
        return None
    if isinstance(x, tuple):  # the elements of a list
        return tuple(conjugate_complex(e) for e in x)
    return jnp.conj(x) if jnp.issubdtype(x.dtype, jnp.complexfloating) else x


class Computation:
    """An op with fixed attributes: a family of pure functions of arrays.

    Inputs are flat. Static ones are passed as NumPy arrays at build time, the others (*operands*) as arrays at
    call time, in order.
    """

    __slots__ = (
        "_by_tensors",
        "_dependencies",
        "_gradients",
        "_programs",
        "_small_calls",
        "_small_programs",
        "_staged",
        "host",
        "hot",
        "name",
        "program_for_default",
        "static_positions",
    )

    # True for computations inside which values that are known while tracing stay known.
    keeps_known = False
    # True for random ops: the same seed gives the same bits, whether they run alone or in a compiled function.
    draws = False

    def __init__(self, name: str, static_positions: tuple[int, ...], host: bool = False):
        self.name = name
        self.static_positions = static_positions
        self.host = host
        self._programs: dict[Any, Callable[..., Any]] = {}
        # Programs by the identity of the tensors that are their static inputs; these are kept, so that ids stay theirs.
        self._by_tensors: dict[Any, tuple[Sequence[Any], Callable[..., Any]]] = {}
        self._small_programs: dict[Any, numpy_programs.SmallProgram | None] = {}
        self._small_calls = 0
        # Called so often with small host values that it is compiled for them too.
        self.hot = False
        self._staged: dict[Any, Callable[..., Any]] = {}
        self._gradients: dict[Any, Computation] = {}
        self._dependencies: dict[Any, list[frozenset[int]]] = {}
        # For computations without static inputs: the program on the default device. Hot paths call it blindly; the
        # first call finds out what it is.
        self.program_for_default: Callable[..., Any] = self._first_call

    def _first_call(self, *operands):
        program = self.program((), default_platform())
        result = program(*operands)
        self.program_for_default = program
        return result

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        """The pure function from operands to the tuple of outputs."""
        raise NotImplementedError  # pragma: no cover

    def operand_positions(self, n_inputs: int) -> tuple[int, ...]:
        """Flat positions of the inputs that are passed at call time."""
        static = self.static_positions
        return tuple(i for i in range(n_inputs) if i not in static)

    def program(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., Any]:
        """The compiled function that eager execution calls.

        It returns one array, or a tuple of arrays, or, if the op may fail on its values, `[outputs, ok]`: where `ok`
        is false, `diagnosis` says why.
        """
        key = (platform, *map(static_key, statics))
        program = self._programs.get(key)
        if program is None:
            program = self._programs[key] = jax.jit(self.traceable(statics, platform))
        return program

    def program_with(self, tensors: Sequence[Any]) -> Callable[..., Any]:
        """`program` on the default device, for eager tensors as static inputs: those of ops called often recur."""
        key = tuple(map(id, tensors))
        found = self._by_tensors.get(key)
        if found is not None:
            return found[1]
        program = self.program([t.host_value() for t in tensors], default_platform())
        if len(self._by_tensors) < 64:
            self._by_tensors[key] = (tensors, program)
        return program

    def on_numpy(self, statics: Sequence[np.ndarray], operands: Sequence[np.ndarray]) -> Any:
        """What `program` gives for small host arrays, by NumPy and without compiling; None if it must be compiled."""
        key: Any = tuple([(o.dtype.num, o.shape) for o in operands])
        if statics:
            key = (key, *map(static_key, statics))
        try:
            program = self._small_programs[key]
        except KeyError:
            program = self._small_programs[key] = self._small_program(statics, operands)
        if program is None:
            return None
        self._small_calls += 1
        if self._small_calls == HOT_CALLS:
            # Never where that could be noticed: the same call must give the same bits before and after. Nor on
            # accelerators, where moving the values there takes longer than NumPy.
            on_host = default_platform() == "cpu"
            self.hot = on_host and all(p is None or p.compilable for p in self._small_programs.values())
        return program.run(*operands)

    def _small_program(
        self, statics: Sequence[np.ndarray], operands: Sequence[np.ndarray]
    ) -> numpy_programs.SmallProgram | None:
        values = tuple([(o.dtype, o.shape) for o in operands])
        key = store.key_of(default_platform(), self.identity(), *map(static_key, statics), values)
        recipe = None if key is None else store.find(key)
        kept = recipe is not None
        if recipe is None:
            recipe = numpy_programs.recipe(self.program(statics, default_platform()), operands)
        program = numpy_programs.small_program(recipe)
        if program is None or (self.draws and not program.exact):
            return None
        if key is not None and not kept:
            store.keep(key, recipe)
        return program

    def identity(self) -> Any:
        """Plain values that say in any process which computation this is; something else if there are none."""
        return self

    def traceable(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., Any]:
        """What `program` compiles."""
        run = self.build(statics, platform)

        def traced(*operands):
            checks: list[registry.Check] = []
            self.check_operands(operands, statics)
            with collect_checks(self.name, checks, platform):
                outputs = run(*operands)
            result = outputs[0] if len(outputs) == 1 else outputs
            if checks:
                return [result, functools.reduce(jnp.logical_and, [c.predicate for c in checks])]
            return result

        traced.__name__ = traced.__qualname__ = self.name
        return traced

    def diagnosis(self, statics: Sequence[np.ndarray], platform: str, operands: Sequence[Any]) -> list[registry.Check]:
        """The checks of a call that failed, with what their messages need."""
        run = self.build(statics, platform)

        def traced(*operands):
            checks: list[registry.Check] = []
            with collect_checks(self.name, checks, platform):
                run(*operands)
            return checks

        return jax.jit(traced)(*operands)

    def check_operands(self, operands: Sequence[Any], statics: Sequence[np.ndarray]) -> None:
        """Raises TypeMismatch if the operands' dtypes do not fit; runs once per signature, at trace time."""

    def staged(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., Any]:
        """The function that lowering calls: traced once per signature, inlined: `(outputs, checks)`."""
        key = (platform, *map(static_key, statics))
        staged = self._staged.get(key)
        if staged is None:
            run = self.build(statics, platform)

            def traced(*operands):
                checks: list[registry.Check] = []
                with collect_checks(self.name, checks, platform):
                    outputs = run(*operands)
                return outputs, checks

            traced.__name__ = traced.__qualname__ = self.name
            staged = self._staged[key] = jax.jit(traced, inline=True)
        return staged

    def staged_vjp(
        self, statics: Sequence[np.ndarray], platform: str, wrt: tuple[int, ...], of: tuple[int, ...]
    ) -> Callable[..., Any]:
        """Like `staged`, but returns `(outputs, checks, pullback)`; see `Vjp` for `wrt` and `of`."""
        key = (platform, wrt, of, *map(static_key, statics))
        staged = self._staged.get(key)
        if staged is None:
            run = self.build(statics, platform)

            def traced(*operands):
                def restricted(*chosen):
                    checks: list[registry.Check] = []
                    with collect_checks(self.name, checks, platform):
                        outputs = run(*_replace(operands, wrt, chosen))
                    return tuple(differentiable_part(outputs[i]) for i in of), (outputs, checks)

                chosen = [differentiable_part(operands[i]) for i in wrt]
                _, pullback, (outputs, checks) = jax.vjp(restricted, *chosen, has_aux=True)
                return outputs, checks, pullback

            traced.__name__ = traced.__qualname__ = self.name
            staged = self._staged[key] = jax.jit(traced, inline=True)
        return staged

    def dependencies(
        self,
        statics: Sequence[np.ndarray],
        n_inputs: int,
        abstract: Sequence[jax.ShapeDtypeStruct],
        comparisons: bool,
    ) -> list[frozenset[int]]:
        """For each output, the flat positions of the operands on which it depends differentiably.

        The derivative of `2 * x` does not depend on `x`: its own gradient is None, not zeros. Dependence through
        comparisons and integers (which element was the largest) counts only if `comparisons` is true.
        """
        key = (n_inputs, comparisons, tuple(len(a.shape) for a in abstract), *map(static_key, statics))
        found = self._dependencies.get(key)
        if found is None:
            positions = self.operand_positions(n_inputs)
            closed = jax.make_jaxpr(self.build(statics, default_platform()))(*abstract)
            found = self._dependencies[key] = [
                frozenset(positions[i] for i in sources) for sources in _jaxpr_dependencies(closed.jaxpr, comparisons)
            ]
        return found

    def vjp(self, n_inputs: int, wrt: tuple[int, ...], of: tuple[int, ...]) -> Vjp:
        """The gradient op: inputs, then one cotangent for each output in `of`, to cotangents of `wrt`."""
        key = ("vjp", n_inputs, wrt, of)
        gradient = self._gradients.get(key)
        if gradient is None:
            gradient = self._gradients[key] = Vjp(self, n_inputs, wrt, of)
        return gradient

    def jvp(self, n_inputs: int, wrt: tuple[int, ...], of: tuple[int, ...]) -> Jvp:
        """The forward-mode op: inputs, then one tangent for each input in `wrt`, to tangents of `of`."""
        key = ("jvp", n_inputs, wrt, of)
        gradient = self._gradients.get(key)
        if gradient is None:
            gradient = self._gradients[key] = Jvp(self, n_inputs, wrt, of)
        return gradient


def is_literal(atom: Any) -> bool:
    """Whether an atom of a jaxpr is a constant. (JAX's class for them is public in a module that loads Pallas.)"""
    return hasattr(atom, "val")


def _jaxpr_dependencies(jaxpr: Any, comparisons: bool) -> list[set[int]]:
    """For each output of a jaxpr, the indices of the inputs that reach it."""
    sources: dict[Any, set[int]] = {v: {i} for i, v in enumerate(jaxpr.invars)}

    def of(atom: Any) -> set[int]:
        return set() if is_literal(atom) else sources.get(atom, set())

    for equation in jaxpr.eqns:
        inputs = [of(a) for a in equation.invars]
        inner = _INNER.get(equation.primitive.name)
        if inner is not None:
            reached = inner(equation, inputs, comparisons)
        else:
            every = set().union(*inputs)
            reached = [
                every if comparisons or jnp.issubdtype(v.aval.dtype, jnp.inexact) else set() for v in equation.outvars
            ]
        sources.update(zip(equation.outvars, reached, strict=True))
    return [of(v) for v in jaxpr.outvars]


def _through(jaxpr: Any, inputs: list[set[int]], comparisons: bool) -> list[set[int]]:
    return [set().union(*(inputs[i] for i in r)) for r in _jaxpr_dependencies(jaxpr, comparisons)]


def _through_jit(equation: Any, inputs: list[set[int]], comparisons: bool) -> list[set[int]]:
    return _through(equation.params["jaxpr"].jaxpr, inputs, comparisons)


def _through_cond(equation: Any, inputs: list[set[int]], comparisons: bool) -> list[set[int]]:
    which = inputs[0] if comparisons else set()
    branches = [_through(b.jaxpr, inputs[1:], comparisons) for b in equation.params["branches"]]
    return [which.union(*alternatives) for alternatives in zip(*branches, strict=True)]


def _through_scan(equation: Any, inputs: list[set[int]], comparisons: bool) -> list[set[int]]:
    consts, carry = scan_counts(equation)
    carried = inputs[consts : consts + carry]
    while True:
        reached = _through(
            equation.params["jaxpr"].jaxpr, [*inputs[:consts], *carried, *inputs[consts + carry :]], comparisons
        )
        merged = [a | b for a, b in zip(carried, reached[:carry], strict=True)]
        if merged == carried:
            return [*carried, *reached[carry:]]
        carried = merged


def _through_while(equation: Any, inputs: list[set[int]], comparisons: bool) -> list[set[int]]:
    params = equation.params
    skipped, consts = params["cond_nconsts"], params["body_nconsts"]
    closed, carried = inputs[skipped : skipped + consts], inputs[skipped + consts :]
    while True:
        reached = _through(params["body_jaxpr"].jaxpr, [*closed, *carried], comparisons)
        merged = [a | b for a, b in zip(carried, reached, strict=True)]
        if merged == carried:
            return carried
        carried = merged


_INNER = {
    "jit": _through_jit,
    "pjit": _through_jit,
    "cond": _through_cond,
    "scan": _through_scan,
    "while": _through_while,
}


def check_dependencies(computation: Computation, values: Sequence[Any]) -> tuple[int, ...]:
    """Positions of the inputs on which the computation's runtime checks depend, for inputs like `values`."""
    positions = computation.operand_positions(len(values))
    statics = [values[i] for i in computation.static_positions]
    run = computation.build(statics, default_platform())

    def predicates(*operands):
        checks: list[registry.Check] = []
        with collect_checks(computation.name, checks, "cpu"):
            run(*operands)
        return [c.predicate for c in checks]

    abstract = [jax.ShapeDtypeStruct(values[i].shape, values[i].dtype) for i in positions]
    reached = _jaxpr_dependencies(jax.make_jaxpr(predicates)(*abstract).jaxpr, comparisons=True)
    return tuple(positions[i] for i in set().union(*reached))


class OpComputation(Computation):
    """A TensorFlow op with a kernel."""

    __slots__ = (
        "attrs",
        "by_values",
        "crowded",
        "definition",
        "gradient_plans",
        "kernel",
        "lens",
        "opaque",
        "resource_positions",
        "simple",
    )

    def __init__(
        self,
        kernel: Kernel,
        attrs: tuple[Any, ...],
        lens: tuple[int | None, ...] | None,
        static_inputs: frozenset[int],
    ):
        static, resources = [], []
        position = 0
        for i, arg in enumerate(kernel.definition.inputs):
            count = 1 if lens is None or lens[i] is None else lens[i]
            if i in static_inputs:
                static.extend(range(position, position + count))
            if arg.dtype is dtypes.resource:
                resources.extend(range(position, position + count))
            position += count
        # What a host kernel chose to be static is all that its result's shape depends on: then it can be compiled.
        host = kernel.host and not (kernel.static_choice is not None and static)
        super().__init__(kernel.name, tuple(static), host)
        self.kernel = kernel
        self.definition = kernel.definition
        self.attrs = attrs
        self.lens = lens
        self.resource_positions = tuple(resources)
        definition = kernel.definition
        # Takes or makes Python objects that are not the cells of variables: see `execute`.
        self.opaque = any(a.dtype is dtypes.variant for a in (*definition.inputs, *definition.outputs)) or any(
            a.dtype is dtypes.resource for a in definition.outputs
        )
        self.crowded = kernel.moves_data and max(position, self._output_count()) >= MANY_ARRAYS
        # No state, nothing static, nothing on the host: a call is just the compiled program.
        self.simple = not (
            static or resources or kernel.host or kernel.rng or kernel.shapes_only or self.opaque or self.crowded
        )
        # Compiled programs by the Python values given for static inputs (see `Op._call_static`).
        self.by_values: dict[Any, tuple[Any, ...]] = {}
        # How a record of this computation is differentiated (see `tfshim.backprop`).
        self.gradient_plans: dict[Any, Any] = {}

    def identity(self) -> Any:
        return (type(self).__name__, self.name, self.attrs, self.lens, self.static_positions)

    def _output_count(self) -> int:
        """How many tensors the outputs hold that are lists, as far as attributes say so."""
        numbers = [a.number_attr for a in self.definition.outputs]
        return sum(self.attr(n) for n in numbers if n in self.kernel.attr_names)

    @property
    def draws(self) -> bool:  # type: ignore[override]
        return self.kernel.rng or self.name.startswith("Stateless")

    def check_operands(self, operands: Sequence[Any], statics: Sequence[np.ndarray]) -> None:
        if self.resource_positions or self.opaque:
            return
        if self.kernel.rng:  # whose last operand is the state
            operands = operands[:-1]
        merged = _insert(operands, self.static_positions, statics) if statics else operands
        attrs = dict(zip(self.kernel.attr_names, self.attrs, strict=True))
        resolve_types(self.definition, attrs, [dtypes.of(o.dtype) for o in merged], self.lens)

    def attr(self, name: str) -> Any:
        """The value of an attribute that the kernel takes."""
        return self.attrs[self.kernel.attr_names.index(name)]

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        kernel, lens, positions = self.kernel, self.lens, self.static_positions
        fn = kernel.platform_fns.get(platform, kernel.fn)
        if self.attrs:
            fn = functools.partial(fn, **dict(zip(kernel.attr_names, self.attrs, strict=True)))

        def run(*operands):
            if positions:
                operands = _insert(operands, positions, statics)
            if lens is not None:
                operands = group(operands, lens)
            outputs = fn(*operands)
            return tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)

        return run

    def call_host(self, inputs: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Runs a host kernel on NumPy arrays."""
        outputs = self.build((), "host")(*inputs) if not self.static_positions else self._call(self.kernel.fn, inputs)
        if self.opaque:
            return tuple(outputs)
        return tuple(np.asarray(o) for o in outputs)

    def output_kinds(
        self, input_dtypes: Sequence[dtypes.DType], others: dict[str, Any] | None = None
    ) -> tuple[dtypes.DType, ...]:
        """Dtypes of the outputs for inputs of these dtypes; `others` are attributes that the kernel does not take."""
        attrs = {**(others or {}), **dict(zip(self.kernel.attr_names, self.attrs, strict=True))}
        return output_dtypes(self.definition, resolve_types(self.definition, attrs, input_dtypes, self.lens))

    def call_numpy(self, inputs: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        """Runs the kernel's NumPy twin."""
        return tuple(np.asarray(o) for o in self._call(self.kernel.numpy, inputs))

    def _call(self, fn, inputs):
        inputs = inputs if self.lens is None else group(inputs, self.lens)
        outputs = fn(*inputs, **dict(zip(self.kernel.attr_names, self.attrs, strict=True)))
        return outputs if isinstance(outputs, (tuple, list)) else (outputs,)


_interned: dict[Any, OpComputation] = {}


def op_computation(
    kernel: Kernel,
    attrs: tuple[Any, ...] = (),
    lens: tuple[int | None, ...] | None = None,
    static_inputs: frozenset[int] | None = None,
) -> OpComputation:
    """The one computation of a kernel with these attribute values and list lengths.

    `static_inputs`: what the kernel chose for the values at hand (`Kernel.static_inputs`), if it does.
    """
    if static_inputs is None:
        static_inputs = kernel.static_inputs(attrs)
    key = (kernel.name, attrs, lens, static_inputs)
    found = _interned.get(key)
    if found is None:
        found = _interned.setdefault(key, OpComputation(kernel, attrs, lens, static_inputs))
    return found


class Derivative(Computation):
    """What is derived from a computation with respect to the inputs `wrt`, of the outputs `of`."""

    __slots__ = ("forward", "n_inputs", "of", "wrt")
    suffix = ""

    @property
    def keeps_known(self) -> bool:  # type: ignore[override]
        return self.forward.keeps_known

    def __init__(self, forward: Computation, n_inputs: int, wrt: tuple[int, ...], of: tuple[int, ...]):
        super().__init__(forward.name + self.suffix, forward.static_positions)
        self.forward = forward
        self.n_inputs = n_inputs
        self.wrt = wrt
        self.of = of

    def identity(self) -> Any:
        return (self.suffix, self.forward.identity(), self.n_inputs, self.wrt, self.of)

    def _restrict(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        """From operands to: the forward function of the inputs `wrt` alone, their values, and the other operands."""
        run = self.forward.build(statics, platform)
        positions = self.forward.operand_positions(self.n_inputs)
        wrt = tuple(positions.index(i) for i in self.wrt)

        def split(operands):
            primals, rest = operands[: len(positions)], operands[len(positions) :]

            def restricted(*chosen):
                outputs = run(*_replace(primals, wrt, chosen))
                return tuple(differentiable_part(outputs[i]) for i in self.of)

            return bounds.flagged(restricted), tuple(differentiable_part(primals[i]) for i in wrt), rest

        return split


class Vjp(Derivative):
    """The gradient of a computation: cotangents of the inputs `wrt` from those of the outputs `of`.

    Only the outputs that have a cotangent take part: absent ones are not zeros, they do not exist.
    """

    __slots__ = ()
    suffix = "Vjp"

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        split = self._restrict(statics, platform)

        def pull(*operands):
            restricted, chosen, cotangents = split(operands)
            with collect_checks(self.name, None, platform), bounds.differentiating():
                _, pullback, flags = jax.vjp(restricted, *chosen, has_aux=True)
            bounds.report(flags)
            return self.apply(pullback, cotangents, self._templates(operands))

        return pull

    def _templates(self, operands: Sequence[Any]) -> list[Any]:
        positions = self.forward.operand_positions(self.n_inputs)
        return [template(operands[positions.index(i)]) for i in self.wrt]

    @staticmethod
    def apply(pullback, cotangents, primals=()) -> tuple:
        """Applies a JAX pullback under TensorFlow's convention for complex cotangents.

        `primals` are what the results are cotangents of (`tensor_list.template`), where there are lists among them.
        """
        results = pullback(tuple(conjugate_complex(differentiable_part(c)) for c in cotangents))
        results = tuple(conjugate_complex(r) for r in results)
        return tuple(with_part(p, r) for p, r in zip(primals, results, strict=True)) if primals else results


class Jvp(Derivative):
    """Forward mode: tangents of the outputs `of` from those of the inputs `wrt`."""

    __slots__ = ()
    suffix = "Jvp"

    def build(self, statics: Sequence[np.ndarray], platform: str) -> Callable[..., tuple]:
        split = self._restrict(statics, platform)

        def push(*operands):
            restricted, chosen, tangents = split(operands)
            with collect_checks(self.name, None, platform):
                try:
                    with bounds.pushing():
                        _, results, flags = jax.jvp(restricted, chosen, tuple(tangents), has_aux=True)
                except TypeError as error:
                    if not isinstance(error, bounds.ReverseOnly) and "custom_vjp" not in str(error):
                        raise
                    with bounds.differentiating():
                        results, flags = _transposed_vjp(restricted, chosen, tuple(tangents))
                bounds.report(flags)
            return tuple(results)

        return push


def _transposed_vjp(fn, primals, tangents):
    """Forward mode of a function that only defines reverse mode: the pullback is linear, so transpose it."""
    outputs, pullback, flags = jax.vjp(fn, *primals, has_aux=True)
    zeros = jax.tree.map(jnp.zeros_like, outputs)
    _, transposed = jax.vjp(pullback, zeros)
    return transposed(tangents)[0], flags


def _insert(operands: Sequence[Any], positions: Sequence[int], statics: Sequence[Any]) -> tuple[Any, ...]:
    merged = list(operands)
    for position, static in zip(positions, statics, strict=True):
        merged.insert(position, static)
    return tuple(merged)


def _replace(operands: Sequence[Any], positions: Sequence[int], parts: Sequence[Any]) -> list[Any]:
    """The operands with other differentiable parts at `positions`."""
    replaced = list(operands)
    for position, part in zip(positions, parts, strict=True):
        replaced[position] = with_part(replaced[position], part)
    return replaced


def group(flat: Sequence[Any], lens: tuple[int | None, ...]) -> tuple[Any, ...]:
    """Gathers flat inputs into one entry per argument, list arguments as tuples."""
    grouped: list[Any] = []
    position = 0
    for n in lens:
        if n is None:
            grouped.append(flat[position])
            position += 1
        else:
            grouped.append(tuple(flat[position : position + n]))
            position += n
    return (*grouped, *flat[position:])


def canonical_attrs(definition: op_table.OpDef, attrs: dict[str, Any]) -> dict[str, Any]:
    """Attribute values in canonical form, checked against what the op allows."""
    result = {}
    for name, value in attrs.items():
        if value is None:
            continue
        declared = definition.attrs.get(name)
        if declared is None:
            raise TypeError(f"{definition.name} got an unexpected keyword argument '{name}'")
        value = op_table.canonical_attr(declared.type, value, name)
        if declared.allowed is not None or declared.minimum is not None:
            definition.check_attr(name, value)
        result[name] = value
    return result
