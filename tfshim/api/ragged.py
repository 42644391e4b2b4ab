"""`tf.RaggedTensor` and `tf.ragged.*`: the names. The package `tfshim.ragged` is imported when one of them is used."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from tfshim.export import export_lazy, replace

# Public paths, module, name in the module.
_TABLE = (
    ("RaggedTensor", "tensor", "RaggedTensor"),
    ("RaggedTensorSpec", "spec", "RaggedTensorSpec"),
    ("experimental.DynamicRaggedShape", "dynamic_shape", "DynamicRaggedShape"),
    ("experimental.RowPartition", "row_partition", "RowPartition"),
    ("compat.v1.ragged.RaggedTensorValue", "host_value", "RaggedTensorValue"),
    ("compat.v1.ragged.constant_value", "host_value", "constant_value"),
    ("compat.v1.ragged.placeholder", "host_value", "ragged_placeholder"),
    ("__operators__.ragged_getitem", "getitem", "getitem"),
    ("ragged.boolean_mask", "constructing", "boolean_mask"),
    ("ragged.constant", "constructing", "constant"),
    ("ragged.cross", "crosses", "cross"),
    ("ragged.cross_hashed", "crosses", "cross_hashed"),
    ("ragged.map_flat_values", "elementwise", "map_flat_values"),
    ("ragged.range", "constructing", "ragged_range"),
    ("ragged.row_splits_to_segment_ids", "constructing", "row_splits_to_segment_ids"),
    ("ragged.segment_ids_to_row_splits", "constructing", "segment_ids_to_row_splits"),
    ("ragged.stack", "joining", "stack"),
    ("ragged.stack_dynamic_partitions", "constructing", "stack_dynamic_partitions"),
)


def _loader(module: str, name: str) -> Callable[[], Any]:
    return lambda: getattr(importlib.import_module(f"tfshim.ragged.{module}"), name)


def settle() -> None:
    """Puts the objects themselves in the place of what loads them, once they are there."""
    for path, module, name in _TABLE:
        replace(path, _loader(module, name)())


for _path, _module, _name in _TABLE:
    export_lazy(_path)(_loader(_module, _name))
