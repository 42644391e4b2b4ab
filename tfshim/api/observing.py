"""What looks at every op that runs: checks for infinities and NaNs, and the log of where ops run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, graph_errors
from tfshim.context import context, scope
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import name_scope
from tfshim.tensor import EagerTensor, Tensor

Observer = Callable[[str, Sequence[Tensor], Sequence[Tensor]], Sequence[Tensor]]

# They hand values on, or may give infinities by intent: what made these is what is reported.
_UNCHECKED = frozenset(
    "CheckNumericsV2 Concat ConcatV2 ExpandDims Fill Gather Identity Maximum Minimum Reshape Slice Squeeze Stack "
    "StridedSlice StridedSliceGrad TensorListConcatV2 TensorListGather TensorListGetItem TensorListPopBack "
    "TensorListStack Transpose Unpack".split()
)
# Of their several outputs, only the first is a result; the others are for the gradient.
_FIRST_ONLY = frozenset(["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"])


def _observe(observer: Observer, wanted: bool) -> None:
    others = tuple([o for o in context.observers if o is not observer])
    context.observers = (*others, observer) if wanted else others


@export("debugging.enable_check_numerics")
def enable_check_numerics(stack_height_limit=30, path_length_limit=50):
    """From here on, an op of this thread whose result has an infinity or a NaN raises InvalidArgumentError.

    The message names the op, what is in its result, its inputs, and, for an op of a graph, the user's lines that made
    it. Graphs that are traced while the checks are on keep them; of functions traced before, the results are checked.
    Ops that only move values are not checked.

    Args:
      stack_height_limit: the most lines of the user's code that a message shows.
      path_length_limit: file names longer than this are cut at the front.
    """
    _Limits.lines, _Limits.path = stack_height_limit, path_length_limit
    _observe(_check, True)


@export("debugging.disable_check_numerics")
def disable_check_numerics():
    """Ends what `enable_check_numerics` began; graphs traced with checks keep them."""
    _observe(_check, False)


@export("debugging.set_log_device_placement")
def set_log_device_placement(enabled):
    """Sets whether each op that this thread runs eagerly is named on stderr, with its device."""
    _observe(_log, bool(enabled))


@export("debugging.get_log_device_placement")
def get_log_device_placement():
    """Returns what `set_log_device_placement` set in this thread."""
    return _log in context.observers


class _Limits:
    lines = 30
    path = 50


def _log(name: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Sequence[Tensor]:
    if context.graph is None:
        device = (outputs or inputs)[0].device if outputs or inputs else ""
        print(f"Executing op {name} in device {device}", file=sys.stderr)
    return outputs


def _check(name: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Sequence[Tensor]:
    if name in _UNCHECKED:
        return outputs
    count = 1 if name in _FIRST_ONLY else len(outputs)
    with scope(observers=()):
        checked = [
            _checked(name, i, t, inputs, len(outputs)) if t.dtype.is_floating and t.dtype not in dtypes.HOST_ONLY else t
            for i, t in enumerate(outputs[:count])
        ]
    return (*checked, *outputs[count:])


def _checked(name: str, number: int, output: Any, inputs: Sequence[Tensor], count: int) -> Any:
    if type(output) is not EagerTensor:
        graph = output.graph
        subject = f'output {number} of graph op "{output.op.type}" (# of outputs: {count})'
        facts = [*_inputs(inputs), f'Graph name: "{getattr(graph, "name", "")}"', "", *_lines_of(output.op)]
        with graph.as_default(), name_scope(f"{output.op.name}/"):
            return op("CheckNumericsV2")(output, message=_message(subject, output, facts))
    value = output.numpy().astype(np.float64)
    if np.isfinite(value).all():
        return output
    found = {"-Inf": np.isneginf, "+Inf": np.isposinf, "NaN": np.isnan}
    counts = {k: int(test(value).sum()) for k, test in found.items()}
    numbers = [f"# of {'+' * (k == 'NaN')}{k} elements: {n}" for k, n in counts.items() if n]
    subject = f'output {number} of eagerly-executing op "{name}" (# of outputs: {count})'
    kinds = " and ".join(k for k, n in counts.items() if n)
    text = f"{_message(subject, output, [*numbers, '', *_inputs(inputs)])} : Tensor had {kinds} values"
    raise InvalidArgumentError(None, None, f"{text} [Op:CheckNumericsV2]")


def _message(subject: str, output: Tensor, facts: Sequence[str]) -> str:
    lines = [f"dtype: {output.dtype}", f"shape: {output.shape}", *facts]
    return "\n".join([f"\n\n!!! Detected Infinity or NaN in {subject} !!!", *[f"  {x}" if x else x for x in lines], ""])


def _inputs(inputs: Sequence[Tensor]) -> list[str]:
    if len(inputs) == 1:
        return [f"Input tensor: {inputs[0]!s}"]
    return [f"Input tensors ({len(inputs)}):", *[f"       {i}: {x!s}" for i, x in enumerate(inputs)]] if inputs else []


def _lines_of(node: Any) -> list[str]:
    frames = list(graph_errors.user_frames(node))[-_Limits.lines :]
    shown = [(file if len(file) <= _Limits.path else f"...{file[-_Limits.path :]}", *rest) for file, *rest in frames]
    return ["Made by:", *[f"  + {file} (L{line}) {function}" for file, line, function in shown]]
