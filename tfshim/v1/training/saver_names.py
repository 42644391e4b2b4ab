"""What a `Saver` saves, under which names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim import protos
from tfshim.checkpoint import saveables
from tfshim.checkpoint.old_format import open_checkpoint
from tfshim.checkpoint.saveables import Saveable, SaveableObject
from tfshim.errors import NotFoundError
from tfshim.tracking import OBJECT_GRAPH_PROTO_KEY, VARIABLE_VALUE_KEY, Trackable
from tfshim.v1.partitioned_variable import PartitionedVariable
from tfshim.variable import Variable


def named_saveables(var_list: Any) -> list[Saveable]:
    """The saveables of the variables of a list, or of a dict by name, in the order of the names.

    Raises:
      TypeError: for something that cannot be saved.
      ValueError: if two have the same name, or one is there twice.
    """
    by_name = var_list if isinstance(var_list, dict) else _by_name(var_list)
    found: list[Saveable] = []
    seen: set[int] = set()
    for name in sorted(by_name):
        if not isinstance(name, str):
            raise TypeError(
                f"names_to_saveables must be a dict mapping string names to trackable/variables. Name: {name}"
            )
        for part in _parts(name, by_name[name]):
            if not isinstance(part, Saveable):
                if id(part) in seen:
                    raise ValueError(f"The same saveable will be restored with two names: {name}")
                seen.add(id(part))
                found += _saveables(part, name)
            else:
                found.append(part)
    return found


def _by_name(var_list: Any) -> dict[str, Any]:
    if isinstance(var_list, (Variable, str)) or not hasattr(var_list, "__iter__"):
        raise TypeError(f"Variables to save should be passed in a dict or a list: {var_list}")
    by_name: dict[str, Any] = {}
    # In a fixed order, whatever that of the list.
    for value in sorted(var_list, key=_name):
        name = _name(value)
        if isinstance(value, Variable) and value._save_slice_info is not None:
            slices = by_name.setdefault(name, [])
            if not isinstance(slices, list):
                raise ValueError(f"Mixing slices and non-slices with the same name: {name}")
            slices.append(value)
        elif name in by_name:
            raise ValueError(f"At least two variables have the same name: {name}")
        else:
            by_name[name] = value
    return by_name


def _name(value: Any) -> str:
    if isinstance(value, Saveable):
        return value.specs[0].name
    if isinstance(value, Variable):
        return saveables.full_name(value)
    if isinstance(value, (SaveableObject, PartitionedVariable)) or isinstance(value, Trackable) and value.name:
        return value.name
    raise TypeError(f"Variable to save is not a Variable: {value}")


def _parts(name: str, value: Any) -> Sequence[Any]:
    if isinstance(value, PartitionedVariable):
        return list(value)
    if not isinstance(value, (list, tuple)):
        return [value]
    for part in value:
        if not isinstance(part, Variable):
            raise ValueError(f"Slices must all be Variables: {part}")
        if part._save_slice_info is None:
            raise ValueError(f"Slices must all be slices: {part}")
    return value


def _saveables(value: Any, name: str) -> list[Saveable]:
    if isinstance(value, (SaveableObject, Variable)):
        return [saveables.of_saveable_object(value, name, name)]
    if isinstance(value, Trackable) and saveables.serializes_itself(value):
        return [saveables.of_table(value, name)]
    if isinstance(value, Trackable) and saveables.factories(value):
        found = []
        for attribute, factory in saveables.factories(value).items():
            own_name = name if attribute == VARIABLE_VALUE_KEY else f"{name}_{attribute}"
            made = factory if isinstance(factory, Variable) or not callable(factory) else factory(own_name)
            found += _saveables(made, getattr(made, "_shared_name", None) or made.name)
        return found
    raise TypeError(
        f"names_to_saveables must be a dict mapping string names to trackable/variables. Not a variable: {value}"
    )


def key_mapping(path: str) -> dict[str, str] | None:
    """In a checkpoint of objects, the keys by the names that the variables had; None for another checkpoint."""
    reader = open_checkpoint(path)
    if OBJECT_GRAPH_PROTO_KEY not in reader:
        return None
    graph = protos.TrackableObjectGraph.FromString(reader.read(OBJECT_GRAPH_PROTO_KEY)[()])
    return {a.full_name: a.checkpoint_key for node in graph.nodes for a in node.attributes}


def renamed(wanted: list[Saveable], names: dict[str, str]) -> list[Saveable]:
    """The saveables with keys instead of names; NotFoundError if one has none."""
    current = {spec.name for saveable in wanted for spec in saveable.specs}
    missing, extra = sorted(current - names.keys()), sorted(names.keys() - current)
    if missing:
        raise NotFoundError(
            None,
            None,
            f"\n\nExisting variables not in the checkpoint: {', '.join(missing)}\n\nVariables names when this "
            f"checkpoint was written which don't exist now: {', '.join(extra)}\n\n({len(current) - len(missing)} "
            "variable name(s) did match)\n\nCould not find some variables in the checkpoint (see names above): it "
            "holds objects, and was read by the names of their variables. Give Saver(var_list=...) the variables that "
            "existed, in a dict by the old names if these have changed.",
        )
    for saveable in wanted:
        for spec in saveable.specs:
            spec.name = names[spec.name]
    return wanted
