"""`tf.compat.v1.nn.dynamic_rnn` and its relatives: recurrent cells run over sequences.

A cell is called with input and state and returns output and new state; it has `state_size`, `output_size`, and
`get_initial_state` or `zero_state`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim import dtypes, nest
from tfshim.control_flow.tensor_array import TensorArray
from tfshim.control_flow.while_loop import while_loop
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import as_dtype
from tfshim.export import export
from tfshim.ops import op
from tfshim.shapes import TensorShape, from_dims
from tfshim.tensor import Tensor
from tfshim.v1.variable_scope import VariableScope, variable_scope

_NEEDED = ("output_size", "state_size")


def _check_cell(name: str, cell: Any) -> None:
    missing = [f"'{n}' property is missing" for n in _NEEDED if not hasattr(cell, n)]
    if not hasattr(cell, "zero_state") and not hasattr(cell, "get_initial_state"):
        missing.append("either 'zero_state' or 'get_initial_state' method is required")
    if not callable(cell):
        missing.append("is not callable")
    if missing:
        raise TypeError(f"The argument {name!r} ({cell}) is not an RNNCell: {', '.join(missing)}.")


def _first_state(cell: Any, batch: Any, dtype: Any) -> Any:
    if dtype is None:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch, dtype=dtype)
    return cell.zero_state(batch, dtype)


def _batch_size(inputs: Sequence[Tensor], axis: int) -> Any:
    """The size of the batch, as far as it is known a number."""
    for tensor in inputs:
        if tensor.shape.rank is not None and tensor.shape[axis] is not None:
            return tensor.shape[axis]
    return op("Shape")(inputs[0])[axis]


def _swapped(x: Tensor) -> Tensor:
    """`x` with its first two dimensions in the other order."""
    rank = x.shape.rank
    if rank is None:
        order = op("ConcatV2")([[1, 0], op("Range")(2, op("Rank")(x), 1)], 0)
    elif rank < 2:
        raise ValueError(f"Expected tensor {x} to have rank at least 2; its shape is {x.shape}")
    else:
        order = [1, 0, *range(2, rank)]
    return op("Transpose")(x, order)


def _lengths(sequence_length: Any) -> Any:
    if sequence_length is None:
        return None
    lengths = op("Cast")(convert_to_tensor(sequence_length), DstT=dtypes.int32)
    if lengths.shape.rank not in (None, 1):
        raise ValueError(
            "sequence_length must be a vector of length batch_size, but saw shape: " + str(lengths.shape.as_list())
        )
    return lengths


def _chosen(finished: Tensor, before: Any, after: Any) -> Any:
    """For each row of nested tensors what was before, where the sequence has ended, else what comes after."""

    def choose(old: Any, new: Any) -> Any:
        if isinstance(old, TensorArray) or old.shape.rank == 0:
            return new
        extra = (new.shape.rank or 1) - 1
        condition = op("Reshape")(finished, op("ConcatV2")([op("Shape")(finished), [1] * extra], 0))
        made = op("SelectV2")(condition, old, new)
        made.set_shape(new.shape)
        return made

    return nest.map_structure(choose, before, after)


def _zeros_like(structure: Any) -> Any:
    return nest.map_structure(lambda t: op("ZerosLike")(t), structure)


def _scope(scope: Any, default: str) -> Any:
    return variable_scope(scope, default) if not isinstance(scope, VariableScope) else variable_scope(scope)


@export("compat.v1.nn.dynamic_rnn")
def dynamic_rnn(
    cell,
    inputs,
    sequence_length=None,
    initial_state=None,
    dtype=None,
    parallel_iterations=None,
    swap_memory=False,
    time_major=False,
    scope=None,
):
    """Runs a cell over sequences, in a loop.

    Args:
      cell: a recurrent cell.
      inputs: nested tensors `[batch, time, ...]`, or `[time, batch, ...]` if `time_major`.
      sequence_length: the length of each sequence of the batch; behind it outputs are zeros and the state stays.
      initial_state: nested tensors; by default the cell's.
      dtype: of the state, if there is no `initial_state`.
      parallel_iterations, swap_memory: have no effect.
      time_major: which of batch and time comes first, in inputs and outputs.
      scope: the variable scope, by default "rnn".

    Returns:
      The outputs of all steps, nested like the cell's, and the last state.

    Raises:
      TypeError: `cell` is none.
      ValueError: there is neither a state nor a dtype.
    """
    _check_cell("cell", cell)
    with _scope(scope, "rnn"):
        flat = [convert_to_tensor(t) for t in nest.flatten(inputs)]
        if not time_major:
            flat = [_swapped(t) for t in flat]
        lengths = _lengths(sequence_length)
        state = initial_state
        if state is None:
            state = _first_state(cell, _batch_size(flat, 1), dtype)
        outputs, state = _loop(cell, inputs, flat, state, lengths, dtype)
        if not time_major:
            outputs = nest.map_structure(_swapped, outputs)
    return outputs, state


def _loop(cell: Any, structure: Any, flat: list[Tensor], state: Any, lengths: Any, dtype: Any) -> tuple[Any, Any]:
    steps = flat[0].shape[0] if flat[0].shape.rank is not None else None
    count = op("Shape")(flat[0])[0] if steps is None else steps
    arrays = [TensorArray(t.dtype, size=count, element_shape=t.shape[1:]).unstack(t) for t in flat]
    batch = _batch_size(flat, 1)
    known = batch if isinstance(batch, int) else None
    sizes = nest.flatten(cell.output_size)
    shapes = [from_dims((known,)).concatenate(TensorShape(size)) for size in sizes]
    kind = as_dtype(dtype) if dtype is not None else _state_dtype(state, flat)
    outputs = [TensorArray(kind, size=count, element_shape=shape, infer_shape=False) for shape in shapes]
    state = nest.map_structure(convert_to_tensor, state)

    def step(time: Any, written: Any, state: Any) -> Any:
        now = nest.pack_sequence_as(structure, [a.read(time) for a in arrays])
        output, new_state = cell(now, state)
        nest.assert_same_structure(state, new_state)
        if lengths is not None:
            finished = op("GreaterEqual")(time, lengths)
            output = _chosen(finished, _zeros_like(output), output)
            new_state = _chosen(finished, state, new_state)
        written = [a.write(time, value) for a, value in zip(written, nest.flatten(output), strict=True)]
        return op("AddV2")(time, 1), written, new_state

    _, written, state = while_loop(
        lambda time, *_: op("Less")(time, count), step, (convert_to_tensor(0), outputs, state)
    )
    stacked = [a.stack() for a in written]
    for tensor, shape in zip(stacked, shapes, strict=True):
        tensor.set_shape(from_dims((steps,)).concatenate(shape))
    return nest.pack_sequence_as(cell.output_size, stacked), state


def _state_dtype(state: Any, flat: list[Tensor]) -> Any:
    kinds = {convert_to_tensor(t).dtype for t in nest.flatten(state)}
    if len(kinds) > 1:
        raise ValueError("State has tensors of different inferred_dtypes: give the dtype of the outputs")
    return kinds.pop() if kinds else flat[0].dtype


@export("compat.v1.nn.bidirectional_dynamic_rnn")
def bidirectional_dynamic_rnn(
    cell_fw,
    cell_bw,
    inputs,
    sequence_length=None,
    initial_state_fw=None,
    initial_state_bw=None,
    dtype=None,
    parallel_iterations=None,
    swap_memory=False,
    time_major=False,
    scope=None,
):
    """`dynamic_rnn` of one cell forwards and of another one backwards, from the end of each sequence.

    Returns:
      Pairs (forwards, backwards) of the outputs, in the order of the inputs, and of the last states.
    """
    _check_cell("cell_fw", cell_fw)
    _check_cell("cell_bw", cell_bw)

    def reverse(x: Any) -> Any:
        time, batch = (0, 1) if time_major else (1, 0)
        if sequence_length is None:
            return op("ReverseV2")(x, [time])
        return op("ReverseSequence")(x, convert_to_tensor(sequence_length), seq_dim=time, batch_dim=batch)

    with _scope(scope, "bidirectional_rnn"):
        options = {"dtype": dtype, "time_major": time_major}
        outputs, state = dynamic_rnn(cell_fw, inputs, sequence_length, initial_state_fw, scope="fw", **options)
        backwards = nest.map_structure(lambda t: reverse(convert_to_tensor(t)), inputs)
        found, state_bw = dynamic_rnn(cell_bw, backwards, sequence_length, initial_state_bw, scope="bw", **options)
        return (outputs, nest.map_structure(reverse, found)), (state, state_bw)


@export("compat.v1.nn.static_rnn")
def static_rnn(cell, inputs, initial_state=None, dtype=None, sequence_length=None, scope=None):
    """Runs a cell over a list of the inputs of each step, `[batch, ...]`, without a loop.

    Returns:
      The list of outputs and the last state; arguments are those of `dynamic_rnn`.
    """
    _check_cell("cell", cell)
    if not nest.is_nested(inputs) or not isinstance(inputs, (list, tuple)):
        raise TypeError(f"Argument `inputs` must be a sequence. Received: {inputs}")
    if not inputs:
        raise ValueError("Argument `inputs` must not be empty.")
    with _scope(scope, "rnn") as variables:
        inputs = [nest.map_structure(convert_to_tensor, step) for step in inputs]
        state = initial_state
        if state is None:
            state = _first_state(cell, _batch_size(nest.flatten(inputs[0]), 0), dtype)
        lengths = _lengths(sequence_length)
        outputs = []
        for time, step in enumerate(inputs):
            if time:
                variables.reuse_variables()
            output, new_state = cell(step, state)
            if lengths is not None:
                finished = op("GreaterEqual")(convert_to_tensor(time), lengths)
                output = _chosen(finished, _zeros_like(output), output)
                new_state = _chosen(finished, nest.map_structure(convert_to_tensor, state), new_state)
            outputs.append(output)
            state = new_state
    return outputs, state


@export("compat.v1.nn.static_state_saving_rnn")
def static_state_saving_rnn(cell, inputs, state_saver, state_name, sequence_length=None, scope=None):
    """`static_rnn` that takes its first state from `state_saver.state(name)` and gives the last one to `save_state`."""
    nested = nest.is_nested(cell.state_size)
    if nested != isinstance(state_name, (list, tuple)):
        raise ValueError("state_name must be nested as the state_size of the cell is")
    names = list(state_name) if nested else [state_name]
    flat = [state_saver.state(name) for name in names]
    state = nest.pack_sequence_as(cell.state_size, flat) if nested else flat[0]
    outputs, state = static_rnn(cell, inputs, state, sequence_length=sequence_length, scope=scope)
    saved = [state_saver.save_state(n, s) for n, s in zip(names, nest.flatten(state), strict=True)]
    from tfshim.scopes import control_dependencies

    with control_dependencies(saved):
        last = nest.map_structure(lambda t: op("Identity")(t), outputs[-1])
    return [*outputs[:-1], last], state


@export("compat.v1.nn.static_bidirectional_rnn")
def static_bidirectional_rnn(
    cell_fw, cell_bw, inputs, initial_state_fw=None, initial_state_bw=None, dtype=None, sequence_length=None, scope=None
):
    """`static_rnn` of one cell forwards and of another one backwards.

    Returns:
      The list of outputs of both, joined along the last dimension, and the last state of each.
    """
    _check_cell("cell_fw", cell_fw)
    _check_cell("cell_bw", cell_bw)
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"Argument `inputs` must be a sequence. Received: {inputs}")
    if not inputs:
        raise ValueError("Argument `inputs` must not be empty.")
    with _scope(scope, "bidirectional_rnn"):
        forwards, state = static_rnn(cell_fw, inputs, initial_state_fw, dtype, sequence_length, scope="fw")
        reversed_inputs = _reversed_steps(inputs, sequence_length)
        found, state_bw = static_rnn(cell_bw, reversed_inputs, initial_state_bw, dtype, sequence_length, scope="bw")
        backwards = _reversed_steps(found, sequence_length)

    def joined(*pair: Any) -> Any:
        return op("ConcatV2")(list(pair), 1)

    return [nest.map_structure(joined, a, b) for a, b in zip(forwards, backwards, strict=True)], state, state_bw


def _reversed_steps(steps: Sequence[Any], lengths: Any) -> list[Any]:
    if lengths is None:
        return list(reversed(steps))

    def reverse(*values: Any) -> list[Any]:
        stacked = op("Pack")([convert_to_tensor(v) for v in values], axis=0)
        turned = op("ReverseSequence")(stacked, convert_to_tensor(lengths), seq_dim=0, batch_dim=1)
        return op("Unpack")(turned, num=len(values), axis=0)

    flat = zip(*(nest.flatten(step) for step in steps), strict=True)
    turned = [reverse(*values) for values in flat]
    return [nest.pack_sequence_as(steps[0], list(values)) for values in zip(*turned, strict=True)]


@export("compat.v1.nn.raw_rnn")
def raw_rnn(cell, loop_fn, parallel_iterations=None, swap_memory=False, scope=None):
    """Runs a cell as `loop_fn` says, until all sequences have ended.

    Args:
      cell: a recurrent cell.
      loop_fn: a function of `(time, output, state, loop_state)` that returns `(finished, next_input, next_state,
        emitted, next_loop_state)`. It is first called with time 0 and None for the rest, and returns the first input
        and state, and for `emitted` a structure of zeros (without batch) like that which it emits, or None for the
        cell's outputs.
      parallel_iterations, swap_memory: have no effect.
      scope: the variable scope, by default "rnn".

    Returns:
      TensorArrays of what was emitted, the last state, and the last loop state.
    """
    _check_cell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("Argument `loop_fn` must be a callable.")
    with _scope(scope, "rnn"):
        finished, first_input, state, emitted, loop_state = loop_fn(convert_to_tensor(0), None, None, None)
        first_input = nest.map_structure(convert_to_tensor, first_input)
        state = nest.map_structure(convert_to_tensor, state)
        batch = _batch_size(nest.flatten(first_input), 0)
        if emitted is None:
            kind = _state_dtype(state, nest.flatten(first_input))
            emitted = nest.map_structure(
                lambda size: op("Fill")(TensorShape(size).as_list(), convert_to_tensor(0, kind)), cell.output_size
            )
        emitted = nest.map_structure(convert_to_tensor, emitted)
        zeros = nest.map_structure(lambda t: _zero_rows(t, batch), emitted)
        known = batch if isinstance(batch, int) else None
        arrays = [
            TensorArray(t.dtype, size=0, dynamic_size=True, element_shape=from_dims((known,)).concatenate(t.shape))
            for t in nest.flatten(emitted)
        ]
        has_state = loop_state is not None
        carried = nest.map_structure(_carried, loop_state) if has_state else convert_to_tensor(0)

        def body(time: Any, finished: Any, now: Any, arrays: Any, state: Any, loop_state: Any) -> Any:
            output, cell_state = cell(now, state)
            following = op("AddV2")(time, 1)
            answer = loop_fn(following, output, cell_state, loop_state if has_state else None)
            ended, next_input, next_state, emit, next_loop_state = answer
            emit = output if emit is None else emit
            emit = _chosen(finished, zeros, nest.map_structure(convert_to_tensor, emit))
            next_state = _chosen(finished, state, nest.map_structure(convert_to_tensor, next_state))
            arrays = [a.write(time, value) for a, value in zip(arrays, nest.flatten(emit), strict=True)]
            after = next_loop_state if has_state else loop_state
            return following, op("LogicalOr")(finished, ended), next_input, arrays, next_state, after

        start = (convert_to_tensor(0), convert_to_tensor(finished), first_input, arrays, state, carried)
        result = while_loop(lambda time, finished, *_: op("LogicalNot")(op("All")(finished, [0])), body, start)
        _, _, _, arrays, state, loop_state = result
    return nest.pack_sequence_as(emitted, arrays), state, loop_state if has_state else None


def _carried(value: Any) -> Any:
    return value if isinstance(value, TensorArray) else convert_to_tensor(value)


def _zero_rows(element: Tensor, batch: Any) -> Tensor:
    shape = op("ConcatV2")([op("Pack")([convert_to_tensor(batch)]), op("Shape")(element)], 0)
    return op("Fill")(shape, convert_to_tensor(0, element.dtype))
