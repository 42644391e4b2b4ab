"""Kernels that print, and that format what is printed."""

from __future__ import annotations

import os
import sys
import time

import numpy as np

from tfshim.ops.kernels.array_common import host_array
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid
from tfshim.ops.text import number_text, summarize, summarize_nested
from tfshim.shapes import from_dims

# How TensorFlow's runtime marks lines of its log, and the levels of TF_CPP_MIN_LOG_LEVEL that hide them.
_LOG_LEVELS = {"log(info)": ("I", 1), "log(warning)": ("W", 2), "log(error)": ("E", 3)}


@kernel("StringFormat", host=True)
def string_format(inputs, *, template, placeholder, summarize):
    pieces = template.split(placeholder)
    if len(pieces) != len(inputs) + 1:
        raise invalid(f"num placeholders in template and num inputs must match: {len(pieces) - 1} vs. {len(inputs)}")
    text = pieces[0]
    for array, piece in zip(inputs, pieces[1:], strict=True):
        text += summarize_nested(array, summarize) + piece
    return host_array(text.encode())


@kernel("PrintV2", host=True)
def print_v2(x, *, output_stream, end):
    if x.ndim:
        raise invalid(f"Input is expected to be scalar, but got {list(x.shape)}")
    write(x[()].decode(errors="replace"), output_stream, end)
    return ()


def write(text: str, stream: str, end: str) -> None:
    """Writes to a stream as ops name them: stdout, stderr, log(info) to log(error), or file:// and a path.

    Python's own streams are written to, so that what Python prints keeps its place, and whoever redirects them
    gets it.
    """
    if stream in ("stdout", "stderr"):
        target = getattr(sys, stream)
        target.write(text + end)
        target.flush()
    elif stream.startswith("file://"):
        with open(stream.removeprefix("file://"), "a", encoding="utf-8", newline="") as file:
            file.write(text + end)
    elif stream in _LOG_LEVELS:
        mark, hidden_from = _LOG_LEVELS[stream]
        if int(os.environ.get("TF_CPP_MIN_LOG_LEVEL") or 0) < hidden_from:
            sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}: {mark} tf.print] {text}{end}\n")
            sys.stderr.flush()
    else:
        raise invalid(f"Unknown output stream: {stream}")


@kernel("Print", host=True)
def print_v1(x, data, *, message, summarize):
    shown = "".join(f"[{_summary(d, summarize)}]" for d in data)
    write(message + shown, "stderr", "\n")
    return x


def _summary(array: np.ndarray, limit: int) -> str:
    return number_text(array[()]) if not array.ndim and array.dtype != object else summarize(array, limit)


@kernel("Timestamp", host=True)
def timestamp():
    return np.float64(time.time())


@shape_function("StringFormat", "Timestamp")
def _(op):
    return [from_dims(())]
