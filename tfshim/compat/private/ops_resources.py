"""`tensorflow.python.ops.resources`: what a graph must make before it runs, besides variables."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Any

from tfshim import dtypes
from tfshim.convert import convert_to_tensor
from tfshim.ops import op
from tfshim.scopes import group, name_scope, no_op
from tfshim.v1.collections import GraphKeys, add_to_collection, get_collection

_Resource = collections.namedtuple("_Resource", ["handle", "create", "is_initialized"])


def register_resource(handle, create_op, is_initialized_op, is_shared=True) -> None:
    """Puts a resource, what makes it and whether that was done, into a collection of the default graph."""
    key = GraphKeys.RESOURCES if is_shared else GraphKeys.LOCAL_RESOURCES
    add_to_collection(key, _Resource(handle, create_op, is_initialized_op))


def shared_resources() -> list[Any]:
    """The resources that sessions may share."""
    return get_collection(GraphKeys.RESOURCES)


def local_resources() -> list[Any]:
    """The resources of one session."""
    return get_collection(GraphKeys.LOCAL_RESOURCES)


def initialize_resources(resource_list: Sequence[Any], name: str = "init") -> Any:
    """An operation that makes the resources."""
    return group(*[r.create for r in resource_list], name=name) if resource_list else no_op(name)


def report_uninitialized_resources(resource_list=None, name="report_uninitialized_resources") -> Any:
    """The names of the resources that are not made yet, as a string vector; all resources by default."""
    resources = shared_resources() + local_resources() if resource_list is None else resource_list
    with name_scope(name):
        if not resources:
            return convert_to_tensor([], dtypes.string)
        missing = op("LogicalNot")(op("Pack")([r.is_initialized for r in resources]))
        names = convert_to_tensor([r.handle.name for r in resources], dtypes.string)
        return op("GatherV2")(names, op("Squeeze")(op("Where")(missing), squeeze_dims=[1]), 0)
