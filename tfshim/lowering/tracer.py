"""Evaluates instructions while a segment is traced by JAX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.errors import InvalidArgumentError, NotFoundError
from tfshim.execute import as_op_error
from tfshim.graph_errors import at_node
from tfshim.lowering.in_turn import Turns
from tfshim.lowering.program import INLINE_CONSTANT, Instruction, offset_of
from tfshim.ops import bounds, registry
from tfshim.ops.bounds import NeedsBound, NeedsValue
from tfshim.ops.computation import Computation, OpComputation, Vjp, op_computation
from tfshim.ops.host_variants import arranges_lists
from tfshim.ops.registry import collect_checks
from tfshim.ops.tensor_list import differentiable_part, template, with_part

if TYPE_CHECKING:
    from tfshim.lowering.plan import Plan


class Tracer:
    """Evaluates instructions under a JAX trace; values that are known stay NumPy arrays."""

    def __init__(
        self,
        plan: Plan,
        env: dict[int, Any],
        state: dict[int, Any],
        checks: list[registry.Check],
        platform: str,
        inside: bool = False,
    ):
        # True for a graph inside control flow.
        self.inside = inside
        self.plan = plan
        self.env = env
        self.state = state
        self.checks = checks
        self.platform = platform
        # The instructions that can fail on their values, each with what its checks were traced from.
        self.checked: list[tuple[Instruction, Computation, list[Any]]] = []
        self._turns = Turns(platform)

    def value(self, ref: int) -> Any:
        """The value of a ref: a tracer, a NumPy array, or a pullback."""
        env = self.env
        if ref in env:
            return env[ref]
        constants = self.plan.program.constants
        if ref in constants:
            return constants[ref]
        # Work on shapes and constants is not carried between segments but done again where it is needed.
        instruction = self.plan._producer[ref]
        self.step(instruction)
        return env[ref]

    def step(self, instruction: Instruction) -> None:
        """Evaluates one instruction.

        Raises:
          NeedsValue: it cannot be part of a program; the plan runs it from the host from now on.
        """
        try:
            self._step(instruction)
        except NeedsBound:
            # Bounding it is up to who runs the whole.
            if not self.inside:
                self.plan.drive(instruction)
            raise
        except NeedsValue:
            self.plan.drive(instruction)
            raise

    def _step(self, instruction: Instruction) -> None:
        computation: Any = instruction.computation
        if instruction.pull_of is not None:
            pullback = self.value(instruction.pull_of)
            cotangents = [self._array(r) for r in instruction.inputs]
            outputs = apply_pullback(pullback, self._turns.wait(computation, cotangents))
            self._turns.pass_on(computation, cotangents, outputs)
            self.env.update(zip(instruction.outputs, outputs, strict=True))
            return
        if computation.keeps_known:
            self._control_flow(instruction)
            return
        if isinstance(computation, OpComputation):
            if computation.resource_positions or instruction.rng is not None:
                self._stateful(instruction)
                return
            kernel = computation.kernel
            if kernel.shapes_only or kernel.numpy is not None:
                values = [self.value(r) for r in instruction.inputs]
                if not computation.opaque and arranges_lists(computation.name, values):
                    raise NeedsValue("arrays of lists of tensors are not compiled")
                if kernel.shapes_only or all(_foldable_value(v) for v in values):
                    outputs = computation.call_numpy(values)
                    self.env.update(zip(instruction.outputs, outputs, strict=True))
                    return
            computation = self._specialise(computation, instruction)
        self.env.update(zip(instruction.outputs, self._compute(computation, instruction), strict=True))

    def _specialise(self, computation: OpComputation, instruction: Instruction) -> OpComputation:
        """The computation for the inputs that are known here, which may be more than when the node was made."""
        kernel = computation.kernel
        if kernel.static_choice is None:
            return computation
        names = [a.name for a in computation.definition.inputs]

        def known(name: str) -> np.ndarray | None:
            value = self.value(instruction.inputs[names.index(name)])
            return value if isinstance(value, np.ndarray) else None

        static = kernel.static_inputs(computation.attrs, known)
        return op_computation(kernel, computation.attrs, computation.lens, static)

    def _array(self, ref: int) -> Any:
        value = self.value(ref)
        return value

    def _compute(self, computation: Computation, instruction: Instruction) -> Sequence[Any]:
        values = [self.value(r) for r in instruction.inputs]
        positions = computation.static_positions
        statics = [values[i] for i in positions]
        for position, static in zip(positions, statics, strict=True):
            if not isinstance(static, np.ndarray):
                raise NeedsValue(f"input {position} of {computation.name} must be known when its program is compiled")
        operands = [v for i, v in enumerate(values) if i not in positions] if positions else values
        if getattr(computation, "reverse_only", False):
            bounds.check_reverse()
        if self.inside and bounds.is_derived():
            operands = _without_gradient(computation, operands)
        operands = self._turns.wait(computation, operands)
        try:
            if instruction.wrt is None:
                outputs, checks = with_known(computation, computation.staged(statics, self.platform))(*operands)
            else:
                wrt, of = instruction.wrt
                dynamic = computation.operand_positions(len(values))
                staged = computation.staged_vjp(statics, self.platform, tuple(dynamic.index(i) for i in wrt), of)
                outputs, checks, pullback = with_known(computation, staged)(*operands)
                self.env[instruction.residual] = residual(pullback, [values[i] for i in wrt])
        except (NeedsValue, bounds.ReverseOnly):
            raise
        except jax.errors.ConcretizationTypeError as error:
            raise NeedsValue(str(error)) from None
        except NotFoundError as error:  # of a kernel for a dtype
            failed = InvalidArgumentError(None, None, f"{error.message} [Op:{computation.name}]")
            raise at_node(failed, instruction.op) from None
        except Exception as error:
            raise at_node(as_op_error(error, computation.name), instruction.op) from None
        self._turns.pass_on(computation, operands, outputs)
        # What a check of a list depends on is not looked into.
        self._note_checks(instruction, computation, checks, [] if getattr(computation, "opaque", False) else values)
        return outputs

    def _note_checks(
        self, instruction: Instruction, computation: Computation, checks: Sequence[registry.Check], values: list[Any]
    ) -> None:
        """Keeps what an instruction checks, which depends on `values` (empty: not known on what)."""
        for check in checks:
            if check.node is None:
                check.node = instruction.op
        if checks:
            self.checks.extend(checks)
            self.checked.append((instruction, computation, values))

    def _control_flow(self, instruction: Instruction) -> None:
        """Evaluates branches or a loop, or a derivative of them."""
        computation: Any = instruction.computation
        resources = self.plan.program.resources
        values = [None if r in resources else self.value(r) for r in instruction.inputs]
        checks: list[registry.Check] = []
        if instruction.nested is None:
            with collect_checks(computation.name, checks, self.platform):
                outputs = computation.build((), self.platform)(*values)
        else:
            outputs = evaluate(instruction, values, self.state, checks, self.platform, self.env)
        self._note_checks(instruction, computation, checks, [])
        self.env.update(zip(instruction.outputs, outputs, strict=True))

    def _state_of(self, ref: int) -> Any:
        """The value of a variable or generator; gradients that it gets go to its offset too, if it has one."""
        offset = self.state.get(offset_of(ref))
        return self.state[ref] if offset is None else _with_offset(self.state[ref], offset)

    def _stateful(self, instruction: Instruction) -> None:
        computation: Any = instruction.computation
        kernel = computation.kernel
        positions = computation.static_positions
        resources = computation.resource_positions
        operands, written, statics = [], [], []
        names = [a.name for a in computation.definition.inputs]
        for i, ref in enumerate(instruction.inputs):
            if i in resources:
                operands.append(self._state_of(ref) if kernel.reads_resource else None)
                if names[i] in kernel.writes:
                    written.append(ref)
            elif i in positions:
                statics.append(self.value(ref))
            else:
                operands.append(self._array(ref))
        if instruction.rng is not None:
            operands.append(self.state[instruction.rng])
            written.append(instruction.rng)
        if computation.name == "ReadVariableOp":
            outputs = (operands[0],)
        else:
            for position, static in zip(positions, statics, strict=True):
                if not isinstance(static, np.ndarray):
                    raise NeedsValue(f"input {position} of {computation.name} must be known")
            try:
                outputs, checks = computation.staged(statics, self.platform)(*operands)
            except Exception as error:
                raise at_node(as_op_error(error, computation.name), instruction.op) from None
            if checks:
                values = [self.state[r] if i in resources else self.value(r) for i, r in enumerate(instruction.inputs)]
                if instruction.rng is not None:
                    values.append(self.state[instruction.rng])
                self._note_checks(instruction, computation, checks, values)
        if instruction.rng is not None:
            # Kernels that draw return (output, state); writes come first for all others.
            outputs = (outputs[-1], *outputs[:-1])
        for ref, value in zip(written, outputs, strict=False):
            # No gradient flows through a variable that is written.
            self.state[ref] = jax.lax.stop_gradient(value) if self.inside and bounds.is_derived() else value
        self.env.update(zip(instruction.outputs, outputs[len(written) :], strict=True))


@jax.custom_jvp
def _with_offset(value: Any, offset: Any) -> Any:
    # The sum, for an offset that is zero and must not change any bit.
    return value


_with_offset.defjvp(lambda primals, tangents: (_with_offset(*primals), tangents[0] + tangents[1]))


def _without_gradient(computation: Any, operands: list[Any]) -> list[Any]:
    """Operands through which TensorFlow lets no gradient pass are constants to JAX."""
    if not isinstance(computation, OpComputation) or computation.static_positions or computation.lens is not None:
        return operands
    kernel = computation.kernel
    if computation.definition.grad == "none":
        return [jax.lax.stop_gradient(o) if hasattr(o, "aval") else o for o in operands]
    stopped = kernel.no_gradient
    return [jax.lax.stop_gradient(o) if i in stopped and hasattr(o, "aval") else o for i, o in enumerate(operands)]


def with_known(computation: Computation, staged: Any) -> Any:
    """Ops on lists of tensors are traced in place, so that an index which is known is known to them."""
    innermost: Any = computation
    while not isinstance(innermost, OpComputation) and hasattr(innermost, "forward"):
        innermost = innermost.forward
    return staged.__wrapped__ if getattr(innermost, "opaque", False) else staged


def evaluate(
    instruction: Instruction,
    values: Sequence[Any],
    state: dict[int, Any],
    checks: list[registry.Check],
    platform: str,
    env: dict[int, Any],
) -> Sequence[Any]:
    """Evaluates control flow under a JAX trace; leaves the pullback in `env` if it is differentiated."""
    computation: Any = instruction.computation
    nested = instruction.nested.on(platform)  # type: ignore[union-attr]
    before = [nested.snapshot([jnp.copy(state[r]) for r in nested.reads])] if computation.stateful else []
    if instruction.wrt is None:
        return [*computation.evaluate(nested, values, state, checks), *before]
    wrt, of = instruction.wrt
    refs = instruction.inputs

    def restricted(*chosen: Any) -> Any:
        inner, found = dict(state), []  # type: ignore[var-annotated]
        full = list(values)
        for i, part in zip(wrt, chosen, strict=True):
            if refs[i] in state:
                inner[offset_of(refs[i])] = part
            else:
                full[i] = with_part(full[i], part)
        outputs = computation.evaluate(nested, full, inner, found)
        return tuple(differentiable_part(outputs[i]) for i in of), (
            outputs,
            {r: inner[r] for r in nested.writes},
            found,
        )

    def with_flags(*chosen: Any) -> Any:
        (parts, rest), flags = bounds.flagged(restricted)(*chosen)
        return parts, (rest, flags)

    def start(i: int) -> Any:
        if refs[i] not in state:
            return differentiable_part(values[i])
        offset = state.get(offset_of(refs[i]))
        return jnp.zeros_like(state[refs[i]]) if offset is None else offset

    with bounds.differentiating():
        _, pullback, ((outputs, new, found), flags) = jax.vjp(with_flags, *[start(i) for i in wrt], has_aux=True)
    bounds.report(flags)
    state.update(new)
    checks.extend(found)
    env[instruction.residual] = residual(pullback, [values[i] for i in wrt])  # type: ignore[index]
    return [*outputs, *before]


def residual(pullback: Any, primals: Sequence[Any]) -> Any:
    """What is kept for a gradient step: the pullback, and the forms of the lists among its results."""
    templates = [template(p) for p in primals]
    return pullback if all(t is None for t in templates) else (pullback, templates)


def apply_pullback(kept: Any, cotangents: Sequence[Any]) -> tuple[Any, ...]:
    """Applies what `residual` made."""
    pullback, templates = kept if type(kept) is tuple else (kept, ())
    return Vjp.apply(pullback, cotangents, templates)


def _foldable_value(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iub" and value.size <= INLINE_CONSTANT
