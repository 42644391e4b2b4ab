"""`tf.nondifferentiable_batch_function`: calls of a function from several threads become one call on a batch.

As in TensorFlow, what gathers calls goes by a name: functions decorated in the same name scope share the options of the
one that was called first. Calls of different functions never share a batch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from tfshim import dtypes, nest
from tfshim.concrete_function import ConcreteFunction, as_tensor
from tfshim.context import context, scope
from tfshim.control_flow.raw import _arguments, _graph_of, name_of
from tfshim.data.functions import raw_capture
from tfshim.dtypes import DType
from tfshim.errors import FailedPreconditionError, InvalidArgumentError
from tfshim.execute import as_op_error, record
from tfshim.export import export
from tfshim.ops import op_table
from tfshim.ops.computation import Computation
from tfshim.ops.kernels.batching import Batcher, Options, Task, batcher, joined
from tfshim.ops.registry import composite
from tfshim.scopes import name_scope
from tfshim.shapes import TensorShape, as_shape
from tfshim.tensor import Tensor
from tfshim.type_spec import TensorSpec


class _BatchedCall(Computation):
    """A call that waits for others: `(tensors to be batched, captures) -> outputs`."""

    __slots__ = ("_declared", "_function", "_key", "_n_batched", "_options", "_queue")
    stateful = True

    def __init__(
        self, function: Any, n_batched: int, declared: Sequence[DType], key: Any, queue: Any, options: Options
    ):
        super().__init__("BatchFunction", (), host=True)
        self._function = ConcreteFunction(_graph_of(function), name_of(function))
        self._n_batched = n_batched
        self._declared = tuple(declared)
        self._options = options
        self._key = key or options
        self._queue = queue

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[DType, ...]:
        """The declared dtypes."""
        return self._declared

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """Nothing is known of them."""
        return [as_shape(None) for _ in self._declared]

    def call_host(self, inputs: Sequence[Any]) -> list[np.ndarray]:
        """Adds the inputs to a batch, and returns their part of the outputs."""
        batched = [np.asarray(x) for x in inputs[: self._n_batched]]
        captured = [as_tensor(x) for x in inputs[self._n_batched :]]
        gathering = batcher(("BatchFunction", *self._key), self._options, splitting_matters=True)

        def process(tasks: list[Task], batcher: Batcher) -> None:
            outputs = self._outputs([as_tensor(x) for x in joined(tasks, batcher)] + captured)
            self._share(tasks, outputs, batcher)

        parts = gathering.run(self._queue, batched, process)
        if not parts:
            return [np.zeros((0,), d.as_numpy_dtype) for d in self._declared]
        return [np.concatenate(p) if len(p) > 1 else p[0] for p in zip(*[part.result for part in parts], strict=True)]

    def _outputs(self, inputs: list[Tensor]) -> list[np.ndarray]:
        with scope(graph=None, tapes=(), accumulators=()):
            outputs = self._function.call_all(inputs)
        for tensor, dtype in zip(outputs, self._declared, strict=True):
            if tensor.dtype is not dtype:
                raise InvalidArgumentError(
                    None, None, f"Type mismatch: actual {tensor.dtype.name} vs. expect {dtype.name}"
                )
        return [tensor.host_value() for tensor in outputs]  # type: ignore[attr-defined]

    @staticmethod
    def _share(tasks: list[Task], outputs: list[np.ndarray], batcher: Batcher) -> None:
        size = sum(task.size for task in tasks)
        padded = batcher.options.padded(size)
        for output in outputs:
            if not output.ndim:
                raise FailedPreconditionError(None, None, "Batched output tensor has 0 dimensions")
            if output.shape[0] != padded:
                raise FailedPreconditionError(
                    None,
                    None,
                    "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the "
                    f"input tensors. 0th dimension size: {output.shape[0]}; batch size: {size}; unbatched tasks size: "
                    f"0; padding size: {padded - size}",
                )
        ends = itertools.accumulate(task.size for task in tasks)
        for task, end in zip(tasks, ends, strict=True):
            task.result = [output[end - task.size : end] for output in outputs]

    def plan_gradient(self, made: Any, of: Any, wanted: Any) -> NoReturn:
        """A gradient through it is an error, as for ops without one."""
        raise LookupError("gradient registry has no entry for: BatchFunction")


@composite("BatchFunction")
def _batch_function(
    in_tensors,
    captured_tensors,
    *,
    f,
    num_batch_threads,
    max_batch_size,
    batch_timeout_micros,
    Tout,
    max_enqueued_batches=10,
    allowed_batch_sizes=(),
    container="",
    shared_name="",
    batching_queue="",
    low_priority_max_batch_size=0,
    low_priority_batch_timeout_micros=0,
    low_priority_allowed_batch_sizes=(),
    low_priority_max_enqueued_batches=0,
    mixed_priority_policy="low_priority_padding_with_max_batch_size",
    batch_padding_policy="PAD_UP",
    enable_large_batch_splitting=False,
    name=None,
    meets=None,
):
    """`meets`: calls of equal ones share batches; by default those of the same traced function."""
    for attr, listed in (("Tin", in_tensors), ("Tout", Tout)):
        if not listed:
            raise InvalidArgumentError(None, None, f"Length for attr '{attr}' of 0 must be at least minimum 1")
    definition = op_table.op_def("BatchFunction")
    definition.check_attr("mixed_priority_policy", mixed_priority_policy)
    definition.check_attr("batch_padding_policy", batch_padding_policy)
    options = Options(
        num_batch_threads,
        max_batch_size,
        batch_timeout_micros,
        max_enqueued_batches,
        tuple(allowed_batch_sizes or ()),
        enable_large_batch_splitting,
    )
    inputs = _arguments([*in_tensors, *captured_tensors], _graph_of(f))
    for i, (given, own) in enumerate(zip(inputs, _graph_of(f).inputs, strict=True)):
        if given.dtype is not own.dtype:
            raise InvalidArgumentError(
                None, None, f"Expects arg[{i}] to be {own.dtype.name} but {given.dtype.name} is provided"
            )
    declared = [dtypes.as_dtype(d) for d in Tout]
    key = (container, shared_name) if shared_name else ()
    queue = (batching_queue, name_of(f) if meets is None else meets)
    call = _BatchedCall(f, len(in_tensors), declared, key, queue, options)
    graph = context.graph
    if graph is not None:
        attrs = {
            "f": name_of(f),
            "Tin": tuple(t.dtype for t in in_tensors),
            "Tcaptured": tuple(t.dtype for t in inputs[len(in_tensors) :]),
            "Tout": tuple(declared),
            **dict(zip(Options._fields[:5], options[:5], strict=True)),
            "enable_large_batch_splitting": enable_large_batch_splitting,
            "container": container,
            "shared_name": shared_name,
            "batching_queue": batching_queue,
            "low_priority_max_batch_size": low_priority_max_batch_size,
            "low_priority_batch_timeout_micros": low_priority_batch_timeout_micros,
            "low_priority_allowed_batch_sizes": tuple(low_priority_allowed_batch_sizes),
            "low_priority_max_enqueued_batches": low_priority_max_enqueued_batches,
            "mixed_priority_policy": mixed_priority_policy,
            "batch_padding_policy": batch_padding_policy,
        }
        outputs = graph.add_computation(call, inputs, attrs, name)
    else:
        try:
            outputs = tuple([as_tensor(o) for o in call.call_host([raw_capture(t) for t in inputs])])
        except Exception as error:
            raise as_op_error(error, call.name) from None
    if context.tapes or context.accumulators:
        record(call, tuple(inputs), outputs)
    return list(outputs)


@export("nondifferentiable_batch_function")
def batch_function(
    num_batch_threads: int,
    max_batch_size: int,
    batch_timeout_micros: int,
    allowed_batch_sizes: Sequence[int] | None = None,
    max_enqueued_batches: int = 10,
    autograph: bool = True,
    enable_large_batch_splitting: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorates a function of tensors whose calls from several threads are to be joined along the first dimension.

    A call waits until `max_batch_size` rows came together or the time is over; then the function, traced at each call
    for its arguments, runs once for all who wait. Results are split again. No gradient flows through it.

    Args:
      num_batch_threads: how many batches run at once; any number if not positive.
      max_batch_size: rows of a full batch, and the most that one call may have.
      batch_timeout_micros: the longest that the first call of a batch waits.
      allowed_batch_sizes: ascending sizes to which batches are padded with copies of their first row. The last is
        `max_batch_size`, unless large batches are split.
      max_enqueued_batches: how many batches may wait before a call is refused.
      autograph: convert the function.
      enable_large_batch_splitting: the last allowed size is that of a full batch; calls are spread over several.

    Returns:
      A decorator. The decorated function takes tensors by position and raises `ValueError` for anything else.
    """

    def decorator(fn: Callable[..., Any]) -> Callable[..., Any]:
        def decorated(*args: Any) -> Any:
            from tfshim.function import function

            def computation(*computation_args: Any) -> Any:
                return fn(*computation_args)

            specs = [TensorSpec(dtype=a.dtype, shape=a.shape, name=f"batch_{i}") for i, a in enumerate(args)]
            concrete = function(computation, autograph=autograph).get_concrete_function(*specs)
            with name_scope("batch") as scope_name:
                for a in args:
                    if not isinstance(a, Tensor):
                        raise ValueError(f"a batch function takes Tensors; found {a!r}")
                outputs = _batch_function(
                    list(args),
                    concrete.captured_inputs,
                    f=concrete,
                    num_batch_threads=num_batch_threads,
                    max_batch_size=max_batch_size,
                    batch_timeout_micros=batch_timeout_micros,
                    allowed_batch_sizes=allowed_batch_sizes,
                    max_enqueued_batches=max_enqueued_batches,
                    shared_name=scope_name,
                    meets=fn,
                    enable_large_batch_splitting=enable_large_batch_splitting,
                    Tout=[t.dtype for t in concrete.outputs],
                )
            return nest.pack_sequence_as(concrete.structured_outputs, outputs, expand_composites=True)

        return decorated

    return decorator
