"""How the items of a graph's collections are written into a `MetaGraphDef`, and read from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tfshim import protos
from tfshim.v1.collections import GraphKeys


class _Conversion(NamedTuple):
    message: Any
    to_proto: Callable[..., Any] | None
    from_proto: Callable[..., Any] | None


# A message of our own is known by its name: nothing is read of it before it is needed.
_conversions: dict[str, _Conversion] = {}


def register_proto_function(collection_name, proto_type=None, to_proto=None, from_proto=None) -> None:
    """Says how the items of a collection become messages `proto_type`, and what is made of these.

    Args:
      collection_name: of the collection.
      proto_type: the class of the messages.
      to_proto: called with an item and `export_scope=`; gives None for what is not in that scope.
      from_proto: called with a message and `import_scope=`.

    Raises:
      TypeError: functions that are not callable.
    """
    if not all(f is None or callable(f) for f in (to_proto, from_proto)):
        raise TypeError("to_proto and from_proto must be callable.")
    _conversions[collection_name] = _Conversion(proto_type, to_proto, from_proto)


def get_to_proto_function(collection_name: str) -> Any:
    """What makes messages of the items of a collection, or None."""
    found = _conversions.get(collection_name)
    return found and found.to_proto


def get_from_proto_function(collection_name: str) -> Any:
    """What makes items of messages for a collection, or None."""
    found = _conversions.get(collection_name)
    return found and found.from_proto


def message_of(collection_name: str) -> Any:
    """The class of the messages of a collection, or None."""
    found = _conversions.get(collection_name)
    message = found and found.message
    return getattr(protos, message) if isinstance(message, str) else message


def _to_proto(item: Any, export_scope: str | None = None) -> Any:
    return item.to_proto(export_scope=export_scope)


def _variable(message: Any, import_scope: str | None = None) -> Any:
    from tfshim.variable import variable_def

    return variable_def.variable(message, import_scope)


def _queue_runner(message: Any, import_scope: str | None = None) -> Any:
    from tfshim.v1.training.queue_runner import QueueRunner

    return QueueRunner.from_proto(message, import_scope)


def _saver(message: Any, import_scope: str | None = None) -> Any:
    from tfshim.v1.training.saver import Saver

    return Saver.from_proto(message, import_scope)


for _key in (
    GraphKeys.GLOBAL_VARIABLES,
    GraphKeys.TRAINABLE_VARIABLES,
    GraphKeys.MOVING_AVERAGE_VARIABLES,
    GraphKeys.LOCAL_VARIABLES,
    GraphKeys.MODEL_VARIABLES,
    GraphKeys.METRIC_VARIABLES,
    GraphKeys.GLOBAL_STEP,
):
    register_proto_function(_key, "VariableDef", _to_proto, _variable)
register_proto_function(GraphKeys.QUEUE_RUNNERS, "QueueRunnerDef", _to_proto, _queue_runner)
register_proto_function(GraphKeys.SAVERS, "SaverDef", _to_proto, _saver)
