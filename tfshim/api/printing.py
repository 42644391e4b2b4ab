"""`tf.print`, `tf.strings.format` and `tf.timestamp`."""

from __future__ import annotations

import logging
import os
import pprint
import random
import sys
from collections import OrderedDict
from typing import Any

from tfshim import nest
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import string
from tfshim.export import export
from tfshim.ops import op
from tfshim.tensor import Tensor
from tfshim.type_spec import CompositeTensor
from tfshim.variable import Variable

_print_v2 = op("PrintV2")
_string_format = op("StringFormat")
_timestamp = op("Timestamp")


@export("timestamp")
def timestamp(name: str | None = None) -> Tensor:
    """Seconds since the epoch as float64, at the time when it runs: in functions, anew at each call."""
    return _timestamp(name=name)


@export("strings.format")
def string_format(
    template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: str | None = None
) -> Tensor:
    """A scalar string: `template` with each placeholder replaced by a tensor's value.

    Args:
      template: the text.
      inputs: a tensor, or a list of them: one for each placeholder.
      placeholder: what stands for a value.
      summarize: how many entries to show at both ends of each dimension; -1 shows all.
      name: of the node.

    Raises:
      ValueError: the numbers of placeholders and inputs differ.
    """
    if _is_tensor(inputs):
        inputs = [inputs]
    count = template.count(placeholder)
    if count != len(inputs):
        raise ValueError(
            f"The template expects {count} tensors, but the inputs only has {len(inputs)}. "
            "Please ensure the number of placeholders in template matches inputs length."
        )
    if any(type(x).__name__ == "RaggedTensor" for x in inputs):
        return _format_ragged(template.split(placeholder), inputs, summarize, name)
    values = [convert_to_tensor(x) for x in inputs]
    return _string_format(values, template=template, placeholder=placeholder, summarize=summarize, name=name)


def _format_ragged(pieces: list[str], inputs: Any, summarize: int, name: str | None) -> Tensor:
    """Values between pieces of text: ragged tensors tell what they look like."""
    from tfshim.ragged.text import text_of

    parts: list[Any] = [pieces[0]]
    for value, piece in zip(inputs, pieces[1:], strict=True):
        if type(value).__name__ == "RaggedTensor":
            text = text_of(value, summarize)
        else:
            text = _string_format([convert_to_tensor(value)], template="{}", placeholder="{}", summarize=summarize)
        parts += [text, piece]
    return op("StringJoin")(parts, name=name)


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (Tensor, Variable, CompositeTensor))


# Levels are given as Python's numbers, or as the functions of a logging module.
_LEVELS = {"info": "log(info)", "warning": "log(warning)", "warn": "log(warning)", "error": "log(error)"}
_MODULES = ("absl.logging", "tensorflow.python.platform.tf_logging")
_LEVEL_NUMBERS = {logging.INFO: "log(info)", logging.WARNING: "log(warning)", logging.ERROR: "log(error)"}


def _stream_name(stream: Any) -> str:
    """The name by which the op knows an output stream."""
    if stream is sys.stdout:
        return "stdout"
    if stream is sys.stderr:
        return "stderr"
    if isinstance(stream, str) and stream.startswith("file://"):
        return stream
    if isinstance(stream, int) and stream in _LEVEL_NUMBERS:
        return _LEVEL_NUMBERS[stream]
    if getattr(stream, "__module__", None) in _MODULES and getattr(stream, "__name__", None) in _LEVELS:
        return _LEVELS[stream.__name__]
    raise ValueError(
        f"Unsupported output stream, logging level, or file: {stream}. Supported: sys.stdout, sys.stderr, the levels "
        "INFO, WARNING and ERROR of logging, the functions info, warning and error of tf.compat.v1.logging, and "
        "'file://' followed by a path."
    )


@export("print")
def tf_print(
    *inputs: Any,
    output_stream: Any = None,
    summarize: int | None = 3,
    sep: str = " ",
    end: str = os.linesep,
    name: str | None = None,
    **unknown: Any,
) -> Any:
    """Prints values when it runs: in functions at each call, in program order.

    Args:
      *inputs: tensors, Python values, and nested structures of both.
      output_stream: sys.stderr (the default), sys.stdout, a logging level or function (logging.INFO, ...), or
        "file://" followed by a path, to which is appended.
      summarize: how many entries to show at both ends of each dimension; -1 shows all.
      sep: what stands between the inputs.
      end: what comes last.
      name: of the node.

    Returns:
      None in eager mode, the operation in a graph.

    Raises:
      ValueError: for an output stream that is not supported, or an unknown argument.
    """
    if unknown:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {unknown}")
    stream = _stream_name(sys.stderr if output_stream is None else output_stream)
    if len(inputs) == 1 and _is_tensor(inputs[0]) and _is_text(inputs[0]):
        # A string alone is printed as it is; among others it is quoted.
        text = inputs[0]
    else:
        text = _formatted(inputs, 3 if summarize is None else summarize, sep, f"{name}_format" if name else None)
    _print_v2(text, output_stream=stream, end=end, name=name)
    return None if context.graph is None else context.graph.get_operations()[-1]


def _is_text(value: Any) -> bool:
    return getattr(value, "dtype", None) is string and value.shape.rank == 0


def _formatted(inputs: tuple[Any, ...], summarize: int, sep: str, name: str | None) -> Tensor:
    """The inputs as one string tensor."""
    bare = nest.map_structure(lambda x: "" if _is_tensor(x) else x, [_sorted(x) for x in inputs])
    placeholder = _placeholder(" ".join(pprint.pformat(x) for x in bare))
    tensors: list[Any] = []
    pieces = []
    for value in inputs:
        if isinstance(value, str):
            pieces.append(value)
            continue
        leaves = []
        for leaf in nest.flatten(value):
            if not _is_tensor(leaf):
                leaves.append(leaf)
            elif type(leaf).__name__ == "SparseTensor":
                tensors += [leaf.indices, leaf.values, leaf.dense_shape]
                leaves.append(f"SparseTensor(indices={placeholder}, values={placeholder}, shape={placeholder})")
            else:
                tensors.append(leaf)
                leaves.append(placeholder)
        pieces.append(pprint.pformat(nest.pack_sequence_as(value, leaves)))
    template = sep.join(pieces).replace(f"'{placeholder}'", placeholder)
    return string_format(template, tensors, placeholder, summarize, name)


def _sorted(value: Any) -> Any:
    return OrderedDict(sorted(value.items())) if isinstance(value, OrderedDict) else value


def _placeholder(text: str) -> str:
    """A text that does not occur in what is printed."""
    placeholder = "{}"
    digits = random.Random(5)
    while placeholder in text:
        placeholder += str(digits.randint(0, 9))
    return placeholder
