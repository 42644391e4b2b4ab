"""The operations of a `Saver`, in a graph or carried out at once."""

from __future__ import annotations

from typing import Any

from tfshim import protos
from tfshim.checkpoint.object_saver import write
from tfshim.checkpoint.restoring import restore_saveables
from tfshim.checkpoint.saveables import Saveable, SaveSpec
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import string
from tfshim.ops import op
from tfshim.scopes import control_dependencies, group, name_scope

_V2 = 2  # SaverDef.V2


def save(path: str, saveables: list[Saveable], version: int) -> None:
    """Writes a checkpoint at once."""
    _write(convert_to_tensor(path), [spec for saveable in saveables for spec in saveable.specs], version)


def _write(path: Any, specs: list[SaveSpec], version: int) -> list[Any]:
    """Writes a checkpoint in the format of a version; in a graph, returns the operations that do."""
    if version == _V2:
        return write(path, specs)
    op("SaveSlices")(path, [s.name for s in specs], [s.slice_spec for s in specs], [s.tensor for s in specs])
    return [] if context.graph is None else [context.graph.get_operations()[-1]]


def restore(path: str, saveables: list[Saveable], reshape: bool) -> None:
    """Restores a checkpoint at once."""
    restore_saveables(path, [_reshaping(s) for s in saveables] if reshape else saveables)


def _reshaping(saveable: Saveable) -> Saveable:
    """A saveable that reshapes what it restores to the shapes that it saves."""
    shapes = [spec.tensor.shape for spec in saveable.specs]

    def restore_reshaped(tensors: Any) -> Any:
        return saveable.restore([op("Reshape")(t, s.as_list()) for t, s in zip(tensors, shapes, strict=True)])

    return Saveable(saveable.attributes, saveable.specs, restore_reshaped)


def add_to_graph(
    saveables: list[Saveable], name: str | None, filename: str, sharded: bool, reshape: bool, version: int
) -> Any:
    """Adds the operations to the current graph; returns the `SaverDef` with their names.

    The older format has no shards here: there is one device.
    """
    with name_scope(name or "save"):
        default = op("PlaceholderWithDefault")(_filename(filename), shape=(), name="filename")
        path = op("PlaceholderWithDefault")(default, shape=(), name="Const")
        specs = [spec for saveable in saveables for spec in saveable.specs]
        if sharded and version == _V2:
            saved = _add_sharded_save(path, specs)
        else:
            saved = _after(_write(path, specs, version), path, "control_dependency")
        restored = restore_saveables(path, [_reshaping(s) for s in saveables] if reshape else saveables)
        if sharded:
            restored = [group(*restored, name="restore_shard")]
        all_restored = group(*restored, name="restore_all")
    return protos.SaverDef(
        filename_tensor_name=path.name,
        save_tensor_name=saved.name,
        restore_op_name=all_restored.name,
        sharded=sharded,
        version=version,
    )


def _filename(filename: str) -> Any:
    return convert_to_tensor(filename, string, name="filename/input")


def _after(operations: list[Any], tensor: Any, name: str | None = None) -> Any:
    with control_dependencies(operations):
        return op("Identity")(tensor, name=name)


def _add_sharded_save(path: Any, specs: list[Any]) -> Any:
    """One shard, for there is one device; it is written elsewhere and then moved."""
    shard = op("ShardedFilename")(op("StringJoin")([path, convert_to_tensor("_temp/part")]), 0, 1)
    written = _after(write(shard, specs), shard, "control_dependency")
    with control_dependencies([written.op]):
        op("MergeV2Checkpoints")(op("Pack")([written]), path)
    return _after([context.graph.get_operations()[-1]], path)
