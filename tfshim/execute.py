"""The one entry for running an op: eagerly through its compiled program, or as a node of the current graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import jax
import numpy as np

from tfshim import buffers, dtypes, in_place
from tfshim.context import context
from tfshim.dtypes import DType
from tfshim.errors import InvalidArgumentError, OpError, ResourceExhaustedError
from tfshim.graph_errors import at_node
from tfshim.ops import registry
from tfshim.ops.computation import (
    OPAQUE,
    Computation,
    OpComputation,
    Vjp,
    op_computation,
)
from tfshim.ops.host_variants import (
    arranges_lists,
    is_host_variant,
    no_gradient_of_arranging,
    refuse_to_make_elements,
)
from tfshim.ops.op_types import resolve_types
from tfshim.ops.quantized_support import refuse_quantized
from tfshim.ops.shape_helpers import missing_kernel
from tfshim.ops.tensor_list import is_list
from tfshim.ops.type_errors import TypeMismatch
from tfshim.tensor import SMALL, EagerTensor, Tensor, host_tensor, opaque_tensor, opaque_value

# Running eagerly -----------------------------------------------------------------------------------------


def run_eagerly(
    computation: Computation, inputs: Sequence[EagerTensor], attrs: dict[str, Any] | None = None
) -> tuple[EagerTensor, ...]:
    """Runs a computation on eager tensors; records nothing. `attrs` hold the seeds of random ops."""
    if isinstance(computation, OpComputation) and not computation.simple:
        kernel = computation.kernel
        if computation.opaque:
            return _run_opaque(computation, inputs, attrs)
        if computation.resource_positions or kernel.rng:
            return _run_stateful(computation, inputs, attrs or {})
        if kernel.host:
            return _run_on_host(computation, computation.call_host, inputs, attrs)
        if computation.crowded and _numpy_serves(inputs):
            return _run_on_host(computation, _copying(computation.call_numpy), inputs)
        if kernel.shapes_only:
            arrays = [t._host if t._value is None else t._value for t in inputs]
            return tuple([host_tensor(o) for o in computation.call_numpy(arrays)])
    if isinstance(computation, OpComputation):
        twin = computation.kernel.numpy
        if any(t._dtype is dtypes.variant for t in inputs):
            if twin is not None and _on_variants_of_host(computation, inputs):
                return _run_on_host(computation, computation.call_numpy, inputs)
            return _run_opaque(computation, inputs)
        if twin is not None and _all_small_host(inputs):
            return _run_on_host(computation, computation.call_numpy, inputs)
    elif isinstance(computation, Vjp) and any(t._dtype is dtypes.variant for t in inputs):
        return _run_vjp_of_lists(computation, inputs)
    positions = computation.static_positions
    statics = tuple(inputs[i].host_value() for i in positions)
    given = inputs
    if positions:
        inputs = [t for i, t in enumerate(inputs) if i not in positions]
    if context.device is None and isinstance(computation, OpComputation) and not computation.hot:
        hosts = _small_hosts(inputs)
        if hosts is not None:
            result = by_numpy(computation, statics, hosts)
            if result is not None:
                return as_tensors(result)
    try:
        return as_tensors(call_program(computation, statics, [t.operand() for t in inputs]))
    except (InvalidArgumentError, TypeError):
        _refuse_host_dtypes(computation, given)
        raise
    except AttributeError:
        # Handles have no arrays.
        if computation.name in ("Identity", "IdentityN") and any(t._dtype is dtypes.resource for t in given):
            return tuple(map(_other_name, given))
        raise


def _other_name(tensor: EagerTensor) -> EagerTensor:
    """Another tensor of the same value, or handle of the same variable."""
    if tensor._dtype is dtypes.resource:
        return opaque_tensor(tensor._cell, dtypes.resource)
    return run_eagerly(op_computation(registry.find_kernel("Identity")), [tensor])[0]  # type: ignore[arg-type]


def _on_variants_of_host(computation: OpComputation, inputs: Sequence[EagerTensor]) -> bool:
    """Whether NumPy moves about what is in the variants among these inputs."""
    held = [opaque_value(t) for t in inputs if t._dtype is dtypes.variant]
    if not all(map(is_host_variant, held)) and not arranges_lists(computation.name, held):
        return False
    try:
        refuse_to_make_elements(computation.name)
    except InvalidArgumentError as error:
        raise as_op_error(error, computation.name) from None
    return True


def _numpy_serves(inputs: Sequence[EagerTensor]) -> bool:
    """Whether nothing need leave a device for NumPy to take these inputs."""
    on_cpu = context.device is None and jax.default_backend() == "cpu"
    return on_cpu and all(t._dtype is not dtypes.variant for t in inputs)


def _copying(call: Callable[..., tuple[np.ndarray, ...]]) -> Callable[..., tuple[np.ndarray, ...]]:
    """`call`, without views of its inputs among the outputs: a variable's buffer that is viewed cannot be reused."""
    return lambda inputs: tuple([o if o.base is None else o.copy() for o in call(inputs)])


def _refuse_host_dtypes(computation: Computation, inputs: Sequence[EagerTensor]) -> None:
    """Raises if an input has a dtype that JAX has no arrays of: compiling could only fail, with words about JAX."""
    kinds = [t.dtype for t in inputs]
    for kind in kinds:
        if isinstance(computation, OpComputation) and kind in dtypes.HOST_ONLY:
            try:
                check_types(computation, kinds)
            except TypeMismatch as error:
                raise as_op_error(error, computation.name) from None
            raise missing_kernel(computation.name, kind) from None


def _small_hosts(tensors: Sequence[EagerTensor]) -> list[np.ndarray] | None:
    """The arrays of tensors that are all small numbers and not on a device; None if one is not."""
    hosts = []
    for tensor in tensors:
        host = tensor._host
        if tensor._value is not None or host is None or host.size > SMALL or tensor.dtype in dtypes.HOST_ONLY:
            return None
        hosts.append(host)
    return hosts


def by_numpy(computation: Computation, statics: Sequence[np.ndarray], hosts: Sequence[np.ndarray]) -> Any:
    """The outputs of a computation of small host values, not compiled, or None; raises what its checks report."""
    try:
        result = computation.on_numpy(statics, hosts)
    except Exception as error:
        raise as_op_error(error, computation.name) from None
    if type(result) is list:
        result, ok = result
        if not ok:
            raise_failed(computation.diagnosis(statics, jax.default_backend(), hosts))
    return result


def all_on_host(operands: Sequence[Any]) -> bool:
    """True if no operand is on a device: NumPy computes small integers, the general way."""
    return all(type(o) is np.ndarray and o.dtype.kind in "iub" for o in operands)


def _all_small_host(inputs: Sequence[EagerTensor]) -> bool:
    """True if every input is a host value of a kind that NumPy computes exactly as the compiled program would.

    Beside strings, of which JAX has no arrays, it may be of any size, and on a device.
    """
    for tensor in inputs:
        host = tensor._host
        if host is None or (tensor._value is not None and host.size > SMALL):
            return _any_text(inputs)
        kind = host.dtype.kind
        if kind != "O" and not host.dtype.names and (kind not in "iub" or host.size > SMALL):
            return _any_text(inputs)
    return True


def _any_text(inputs: Sequence[EagerTensor]) -> bool:
    return any(t._dtype is dtypes.string for t in inputs)


def _run_on_host(
    computation: OpComputation,
    call: Callable[..., tuple[np.ndarray, ...]],
    inputs: Sequence[EagerTensor],
    attrs: dict[str, Any] | None = None,
) -> tuple[EagerTensor, ...]:
    try:
        check_types(computation, [t.dtype for t in inputs])
        outputs = call([t.host_value() for t in inputs])
    except Exception as error:
        raise as_op_error(error, computation.name) from None
    if any(o.dtype.hasobject for o in outputs):  # strings, or arrays of variants
        kinds = computation.output_kinds([t.dtype for t in inputs], attrs)
        return tuple([host_tensor(o, kind) for o, kind in zip(outputs, kinds, strict=True)])
    return tuple([host_tensor(o) for o in outputs])


def _run_opaque(
    computation: OpComputation, inputs: Sequence[EagerTensor], attrs: dict[str, Any] | None = None
) -> tuple[EagerTensor, ...]:
    """Runs an op that takes or makes Python objects: tensors of dtype variant, handles of new resources."""
    positions = computation.static_positions
    try:
        declared = computation.output_kinds([t.dtype for t in inputs], attrs)
    except TypeMismatch as error:
        raise as_op_error(error, computation.name) from None
    if computation.name == "Identity":
        given = inputs[0]
        same = host_tensor(given._host, given.dtype) if given._host is not None else opaque_tensor(opaque_value(given))
        return (same,)
    values = [opaque_value(t) if d in OPAQUE else t for t, d in zip(inputs, [t.dtype for t in inputs], strict=True)]
    try:
        if computation.kernel.host:
            outputs = computation.call_host([v.host_value() if isinstance(v, EagerTensor) else v for v in values])
        else:
            statics = tuple(inputs[i].host_value() for i in positions)
            operands = [
                v.operand() if isinstance(v, EagerTensor) else v for i, v in enumerate(values) if i not in positions
            ]
            if any(map(is_list, operands)):
                # Compiled, every length of a list would be another program.
                outputs = _run_uncompiled(computation, statics, operands)
            else:
                result = call_program(computation, statics, operands)
                outputs = result if type(result) is tuple else (result,)
    except Exception as error:
        raise as_op_error(error, computation.name) from None
    return tuple([_opaque_output(o, d) for o, d in zip(outputs, declared, strict=True)])


def _run_vjp_of_lists(computation: Vjp, inputs: Sequence[EagerTensor]) -> tuple[EagerTensor, ...]:
    positions = computation.static_positions
    operands = [
        opaque_value(t) if t.dtype in OPAQUE else t.operand() for i, t in enumerate(inputs) if i not in positions
    ]
    forward = computation.forward
    if isinstance(forward, OpComputation) and forward.kernel.numpy is not None and not forward.opaque:
        held = [opaque_value(t) for t in inputs if t._dtype is dtypes.variant]
        if any(map(is_host_variant, held)) or arranges_lists(forward.name, held):
            raise no_gradient_of_arranging(forward.name)
    try:
        outputs = _run_uncompiled(computation, tuple([inputs[i].host_value() for i in positions]), operands)
    except Exception as error:
        raise as_op_error(error, computation.name) from None
    return tuple([_opaque_output(o, inputs[i].dtype) for o, i in zip(outputs, computation.wrt, strict=True)])


def _opaque_output(value: Any, kind: DType) -> EagerTensor:
    if not isinstance(value, np.ndarray):
        return opaque_tensor(value, kind) if kind in OPAQUE else EagerTensor(value)
    if value.dtype.hasobject:  # strings, or an array of variants
        return host_tensor(value, kind)
    return opaque_tensor(value, kind) if kind in OPAQUE else host_tensor(value)


def _run_uncompiled(computation: Computation, statics: Sequence[np.ndarray], operands: Sequence[Any]) -> Sequence[Any]:
    checks: list[registry.Check] = []
    with registry.collect_checks(computation.name, checks):
        outputs = computation.build(statics, jax.default_backend())(*operands)
    raise_failed(checks)
    return outputs


def check_types(computation: OpComputation, input_dtypes: Sequence[DType]) -> None:
    """Raises TypeMismatch if the op does not take these dtypes."""
    attrs = dict(zip(computation.kernel.attr_names, computation.attrs, strict=True))
    resolve_types(computation.definition, attrs, input_dtypes, computation.lens)
    refuse_quantized(computation.name, input_dtypes)


def call_program(computation: Computation, statics: Sequence[np.ndarray], operands: Sequence[Any]) -> Any:
    """Calls the compiled program on the device that the current scope names; raises what its checks report."""
    device = context.device
    platform = jax.default_backend() if device is None else device.platform
    try:
        if device is not None:
            operands = [jax.device_put(o, device) for o in operands]
            if not operands:
                with jax.default_device(device):
                    result = computation.program(statics, platform)()
            else:
                result = computation.program(statics, platform)(*operands)
        else:
            result = computation.program(statics, platform)(*operands)
    except Exception as error:
        if device is None and on_several_devices(operands):
            return call_program(computation, statics, _gather_on_default(operands))
        raise as_op_error(error, computation.name) from None
    if type(result) is list:
        result, ok = result
        if not np.asarray(ok):
            raise_failed(computation.diagnosis(statics, platform, operands))
    return result


def on_several_devices(operands: Sequence[Any]) -> bool:
    devices = {d for o in operands if isinstance(o, jax.Array) for d in o.devices()}
    return len(devices) > 1


def _gather_on_default(operands: Sequence[Any]) -> list[Any]:
    device = jax.devices()[0]
    return [jax.device_put(o, device) for o in operands]


def as_tensors(result: Any) -> tuple[EagerTensor, ...]:
    """The tensors over the arrays that a program or NumPy gave."""
    if type(result) is tuple:
        return tuple([EagerTensor(r) if type(r) is not np.ndarray else host_tensor(r) for r in result])
    return (EagerTensor(result) if type(result) is not np.ndarray else host_tensor(result),)


def raise_failed(checks: Sequence[registry.Check]) -> None:
    """Raises InvalidArgumentError for the first check that does not hold."""
    for check in checks:
        if not check.predicate:
            message = check.message
            if callable(message):
                message = message(*[np.asarray(o) for o in check.operands])
            raise at_node(InvalidArgumentError(None, None, f"{message} [Op:{check.op_name}]"), check.node)


def as_op_error(error: Exception, op_name: str) -> Exception:
    """What a failure inside a kernel is for the caller: an OpError of TensorFlow's class, naming the op."""
    if isinstance(error, OpError):
        if "[Op:" not in str(error.message):
            error._message = f"{error.message} [Op:{op_name}]"
        return error.with_traceback(None)
    if isinstance(error, TypeMismatch):
        return InvalidArgumentError(None, None, f"{error} [Op:{op_name}] name: ")
    if isinstance(error, (TypeError, ValueError, ZeroDivisionError, IndexError, OverflowError)):
        # JAX and NumPy refuse bad shapes with these; for TensorFlow they are all invalid arguments.
        return InvalidArgumentError(None, None, f"{_first_lines(error)} [Op:{op_name}]")
    if is_out_of_memory(error):
        return ResourceExhaustedError(None, None, f"OOM: {_first_lines(error)} [Op:{op_name}]")
    return error


def is_out_of_memory(error: Exception) -> bool:
    """Whether NumPy or XLA could not allocate something."""
    return isinstance(error, MemoryError) or (
        isinstance(error, jax.errors.JaxRuntimeError) and str(error).startswith("RESOURCE_EXHAUSTED")
    )


def _first_lines(error: Exception) -> str:
    return str(error).split("\n\n")[0]


def _run_stateful(
    computation: OpComputation, inputs: Sequence[EagerTensor], attrs: dict[str, Any]
) -> tuple[EagerTensor, ...]:
    """Runs an op that reads or writes variables or a random generator's state."""
    kernel = computation.kernel
    resources = computation.resource_positions
    positions = computation.static_positions
    statics = tuple([inputs[i].host_value() for i in positions])
    if kernel.host and resources and inputs[resources[0]]._cell.waits:
        outputs = computation.call_host([t._cell if i in resources else t.host_value() for i, t in enumerate(inputs)])
        return as_tensors(tuple(outputs))
    with buffers.lock:
        cells = [inputs[i]._cell for i in resources]
        written = [cell for i, cell in zip(resources, cells, strict=True) if _is_written(computation, i)]
        operands: list[Any] = []
        for i, tensor in enumerate(inputs):
            if i in positions:
                continue
            if i not in resources:
                operands.append(tensor.operand() if tensor.dtype is not dtypes.string else tensor.host_value())
            elif kernel.reads_resource:
                operands.append(tensor._cell.peek() if written else tensor._cell.read())
            else:
                # A host kernel that does not read the value is about the cell itself.
                operands.append(tensor._cell if kernel.host else None)
        if kernel.rng:
            from tfshim.seeds import eager_state

            cell = eager_state(computation, attrs)
            written.append(cell)
            operands.append(cell.peek())
        if kernel.host or any(isinstance(o, np.ndarray) and dtypes.stays_on_host(o) for o in operands):
            for position, static in zip(positions, statics, strict=True):
                operands.insert(position, static)
            draw = kernel.rng and kernel.host
            outputs = _draw_on_host(computation, inputs, operands) if draw else computation.call_host(operands)
        elif in_place.applies(computation, written):
            _write_in_place(computation, statics, operands, written[0])
            return ()
        else:
            outputs = None
            if kernel.rng and not resources and context.device is None and all(type(o) is np.ndarray for o in operands):
                outputs = by_numpy(computation, statics, operands)
            if outputs is None:
                outputs = call_program(computation, statics, operands)
            outputs = outputs if type(outputs) is tuple else (outputs,)
        if kernel.rng:
            # Kernels return (output, state); writes come first for all others.
            outputs = (outputs[-1], *outputs[:-1])
        for cell, value in zip(written, outputs, strict=False):
            cell.store(value)
    return as_tensors(tuple(outputs[len(written) :]))


def _draw_on_host(
    computation: OpComputation, inputs: Sequence[EagerTensor], operands: Sequence[Any]
) -> tuple[np.ndarray, ...]:
    try:
        check_types(computation, [t.dtype for t in inputs])
        return computation.call_host(operands)
    except Exception as error:
        raise as_op_error(error, computation.name) from None


def _write_in_place(
    computation: OpComputation, statics: Sequence[np.ndarray], operands: Sequence[Any], cell: buffers.Cell
) -> None:
    try:
        failed = in_place.write(computation, statics, operands, cell)
    except Exception as error:
        raise as_op_error(error, computation.name) from None
    if failed is not None:
        raise_failed(failed)


def _is_written(computation: OpComputation, position: int) -> bool:
    names = [a.name for a in computation.definition.inputs]
    return names[position] in computation.kernel.writes


# Running in the current mode -----------------------------------------------------------------------------


def execute(
    computation: Computation, inputs: Sequence[Tensor], attrs: dict[str, Any] | None = None, name: str | None = None
) -> tuple[Tensor, ...]:
    """Runs `computation` on tensors: eagerly, or as a node of the current graph. Tapes see it.

    Args:
      computation: what to run.
      inputs: flat input tensors.
      attrs: all attributes that are set, for the node in a graph; the derived ones are completed.
      name: name of the node.
    """
    graph = context.graph
    if graph is not None:
        outputs = graph.add_computation(computation, inputs, attrs or {}, name)
    else:
        for tensor in inputs:
            if type(tensor) is not EagerTensor:
                refuse_inaccessible(tensor)
        outputs = run_eagerly(computation, inputs, attrs)
    if context.tapes or context.accumulators:
        record(computation, tuple(inputs), outputs)
    return context.observed(computation.name, tuple(inputs), outputs) if context.observers else outputs


def refuse_inaccessible(tensor: Tensor) -> NoReturn:
    """Raises the error for a symbolic tensor where a value is needed."""
    raise TypeError(
        f"{tensor!r} is out of scope: it belongs to the graph of a function and cannot be used here. "
        "Return it from the function, or use only eager tensors."
    )


def record(computation: Any, inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...]) -> None:
    """Tells the tapes and forward accumulators of this thread that a computation ran."""
    graph = context.graph
    if graph is not None and graph.building_function:
        # A tape knows a captured tensor as what it is outside, however it came in.
        outside = graph._outside  # type: ignore[attr-defined]
        inputs = tuple([outside.get(id(t), t) for t in inputs])
    for tape in context.tapes:
        watched = tape.watched
        for tensor in inputs:
            if id(tensor) in watched:
                tape.append(computation, inputs, outputs)
                break
    for accumulator in reversed(context.accumulators):
        accumulator.push_forward(computation, inputs, outputs)
