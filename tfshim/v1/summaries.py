"""`tf.compat.v1.summary`: summaries as tensors of serialised protos, in a collection of the graph."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from tfshim import dtypes, protos
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import get_default_graph, name_scope
from tfshim.tensor import Tensor
from tfshim.v1.collections import GraphKeys


def _clean(name: str) -> str:
    return re.sub(r"[^-/\w\.]", "_", name).lstrip("/")


@contextlib.contextmanager
def _scope(name: str, family: str | None) -> Iterator[tuple[str, str]]:
    """The tag of a summary, and the name of its node."""
    label = _clean(name)
    group = None if family is None else _clean(family)
    with name_scope(label if group is None else f"{group}/{label}") as scope:
        tag = scope.rstrip("/")
        yield tag if group is None else f"{group}/{tag}", scope


def _collected(summary: Tensor, collections: Sequence[str] | None) -> Tensor:
    if context.graph is not None:
        for key in [GraphKeys.SUMMARIES] if collections is None else collections:
            context.graph.add_to_collection(key, summary)
    return summary


def _for_writer(function: str, name: str, family: str | None, **kwargs: Any) -> Tensor | None:
    """What `tf.summary` gives if it has a writer and a step, where there are no sessions; else None."""
    from tfshim.api import summary
    from tfshim.namespaces import resolve

    graph = context.graph
    if graph is not None and not graph.building_function:
        return None
    if summary.current_writer() is None or summary.get_step() is None:
        return None
    resolve(f"summary.{function}")(name if family is None else f"{family}/{name}", **kwargs)
    return convert_to_tensor(b"", dtypes.string)


@export("compat.v1.summary.scalar")
def scalar(name: str, tensor: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """A summary of one number.

    Args:
      name: of the node and, after the name scopes around it, the tag.
      tensor: a real scalar.
      collections: keys of the collections that get the summary; `[GraphKeys.SUMMARIES]` by default.
      family: put before the tag.

    Returns:
      A string scalar: a serialised `Summary`.
    """
    written = _for_writer("scalar", name, family, data=tensor)
    if written is not None:
        return written
    with _scope(name, family) as (tag, node):
        return _collected(op("ScalarSummary")(tag, tensor, name=node), collections)


@export("compat.v1.summary.histogram")
def histogram(name: str, values: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """A summary of how numbers are distributed; the arguments are those of `scalar`. InvalidArgumentError for NaN."""
    written = _for_writer("histogram", name, family, data=values)
    if written is not None:
        return written
    with _scope(name, family) as (tag, node):
        return _collected(op("HistogramSummary")(tag, values, name=node), collections)


@export("compat.v1.summary.image")
def image(name: str, tensor: Any, max_outputs: int = 3, collections: Any = None, family: str | None = None) -> Tensor:
    """A summary of the first `max_outputs` images `[batch, height, width, channels]`, of bytes or of numbers.

    Numbers are scaled: the largest becomes 255; if some are negative, the largest absolute one 127 away from 128.
    """
    written = _for_writer("image", name, family, data=tensor, max_outputs=max_outputs)
    if written is not None:
        return written
    with _scope(name, family) as (tag, node):
        return _collected(op("ImageSummary")(tag, tensor, max_images=max_outputs, name=node), collections)


@export("compat.v1.summary.audio")
def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """A summary of the first `max_outputs` clips `[batch, frames]` or `[batch, frames, channels]`, within [-1, 1]."""
    with _scope(name, family) as (tag, node):
        rate = convert_to_tensor(sample_rate, dtypes.float32, name="sample_rate")
        return _collected(op("AudioSummaryV2")(tag, tensor, rate, max_outputs=max_outputs, name=node), collections)


@export("compat.v1.summary.tensor_summary")
def tensor_summary(
    name: str,
    tensor: Any,
    summary_description: Any = None,
    collections: Any = None,
    summary_metadata: Any = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Tensor:
    """A summary of any tensor.

    Args:
      name, tensor, collections, family: as of `scalar`.
      summary_description: text that describes it.
      summary_metadata: a `SummaryMetadata`.
      display_name: for TensorBoard.
    """
    metadata = protos.SummaryMetadata()  # type: ignore[attr-defined]
    if summary_metadata is not None:
        metadata.MergeFromString(summary_metadata.SerializeToString())
    if summary_description is not None:
        metadata.summary_description = summary_description
    if display_name is not None:
        metadata.display_name = display_name
    with _scope(name, family) as (tag, node):
        data = metadata.SerializeToString()
        return _collected(op("TensorSummaryV2")(tag, tensor, data, name=node), collections)


@export("compat.v1.summary.text")
def text(name: str, tensor: Any, collections: Any = None) -> Tensor:
    """A summary of strings; ValueError for a tensor of another dtype."""
    if tensor.dtype is not dtypes.string:
        raise ValueError(f"Expected tensor {tensor.name} to have dtype string, got {tensor.dtype}")
    metadata = protos.SummaryMetadata()  # type: ignore[attr-defined]
    metadata.plugin_data.plugin_name = "text"
    return tensor_summary(name, tensor, collections=collections, summary_metadata=metadata)


@export("compat.v1.summary.merge")
def merge(inputs: Any, collections: Any = None, name: str | None = None) -> Tensor:
    """Several summaries as one; InvalidArgumentError if two have a tag in common.

    Raises:
      RuntimeError: in eager mode.
    """
    if context.graph is None:
        raise RuntimeError("Merging tf.summary.* ops is not compatible with eager execution: use tf.summary")
    label = None if name is None else _clean(name)
    with name_scope(label or "Merge"):
        merged = op("MergeSummary")([convert_to_tensor(i) for i in inputs], name=label)
    for key in collections or ():
        context.graph.add_to_collection(key, merged)
    return merged


@export("compat.v1.summary.merge_all")
def merge_all(key: Any = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None) -> Tensor | None:
    """All summaries in a collection as one; None if there are none.

    Args:
      key: of the collection.
      scope: takes those only whose names match this pattern at their beginning.
      name: of the name scope.
    """
    if context.graph is None:
        raise RuntimeError("Merging tf.summary.* ops is not compatible with eager execution: use tf.summary")
    found = get_default_graph().get_collection(key, scope)
    return merge(found, name=name) if found else None


@export("compat.v1.summary.get_summary_description")
def get_summary_description(node_def: Any) -> Any:
    """The `SummaryDescription` in the `NodeDef` of a `TensorSummary`; ValueError for another op."""
    from google.protobuf import json_format

    if node_def.op != "TensorSummary":
        raise ValueError(f"Cannot get_summary_description on {node_def.op}")
    description = protos.SummaryDescription()  # type: ignore[attr-defined]
    return json_format.Parse(node_def.attr["description"].s, description)


@export("compat.v1.summary.all_v2_summary_ops")
def all_v2_summary_ops() -> list[Any] | None:
    """None in eager mode; in a graph an empty list: summaries of `tf.summary` are written by functions."""
    return None if context.graph is None else context.graph.get_collection("_SUMMARY_V2")


@export("compat.v1.summary.initialize")
def initialize(graph: Any = None, session: Any = None) -> None:
    """Does nothing in eager mode, where `tf.summary` writers open themselves.

    Raises:
      RuntimeError: in a graph, where no writer of `tf.summary` is the default one.
      ValueError: there is no session.
    """
    from tfshim.api.summary import current_writer

    if context.graph is None:
        return
    writer = current_writer()
    if writer is None:
        raise RuntimeError("No default tf.summary writer found")
    session = session or context.session
    if session is None:
        raise ValueError("Argument `session must be passed if no default session exists")
    writer.init()
