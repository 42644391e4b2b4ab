"""`tensorflow.python.util.serialization`: what `json.dumps(..., default=get_json_type)` makes of other objects."""

from __future__ import annotations

import collections.abc
import enum
from typing import Any

import numpy as np

from tfshim.dtypes import DType
from tfshim.shapes import TensorShape
from tfshim.type_spec_base import TypeSpec, get_name


def get_json_type(obj: Any) -> Any:
    """Something that JSON has, in place of `obj`; TypeError for what is not known."""
    if hasattr(obj, "get_config"):
        return {"class_name": type(obj).__name__, "config": obj.get_config()}
    if type(obj).__module__ == np.__name__:
        return obj.tolist() if isinstance(obj, np.ndarray) else obj.item()
    if callable(obj) and hasattr(obj, "__name__"):
        return obj.__name__
    if isinstance(obj, TensorShape):
        return None if obj.rank is None else obj.as_list()
    if isinstance(obj, DType):
        return obj.name
    if isinstance(obj, collections.abc.Mapping):
        return dict(obj)
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__"}
    if isinstance(obj, TypeSpec):
        return {"class_name": "TypeSpec", "type_spec": get_name(type(obj)), "serialized": obj._serialize()}
    if isinstance(obj, enum.Enum):
        return obj.value
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "value": obj.decode("utf-8")}
    raise TypeError(f"Unable to serialize {obj} to JSON: type {type(obj)} is not known")
