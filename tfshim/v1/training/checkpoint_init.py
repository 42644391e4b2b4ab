"""Starting from a checkpoint: variables of a graph whose initialisers read it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tfshim.checkpoint import state_file
from tfshim.checkpoint.reader import CheckpointReader, load_checkpoint
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import control_dependencies, get_default_graph, name_scope
from tfshim.v1.collections import GraphKeys
from tfshim.v1.partitioned_variable import PartitionedVariable
from tfshim.v1.training.saver_names import key_mapping
from tfshim.v1.variable_store import VariableStore
from tfshim.variable import GraphVariable, Variable

_logger = logging.getLogger("tensorflow")


@export("compat.v1.train.init_from_checkpoint")
def init_from_checkpoint(ckpt_dir_or_file, assignment_map):
    """Makes the initialisers of variables read a checkpoint; they do so when they are run.

    Args:
      ckpt_dir_or_file: a checkpoint, or a folder, whose latest one counts.
      assignment_map: a dict, or pairs, from the name in the checkpoint to a variable, a list of the parts of one, or
        the name of one that `get_variable` made; or from a scope there (with a slash at its end, `/` for all) to a
        scope of the graph, for all variables in it.

    Raises:
      ValueError: if something is not in the checkpoint, or has another shape there.
    """
    reader = load_checkpoint(ckpt_dir_or_file)
    path = state_file.latest_or_self(ckpt_dir_or_file)
    pairs = assignment_map.items() if isinstance(assignment_map, Mapping) else assignment_map
    known = _variables_by_name()
    for name, target in sorted(pairs, key=lambda pair: pair[0]):
        found = known.get(target) if isinstance(target, str) else target
        if found is not None:
            if not reader.has_tensor(name):
                shapes = reader.get_variable_to_shape_map()
                raise ValueError(f"Tensor {name} is not found in {ckpt_dir_or_file} checkpoint {shapes}")
            _initialize(found, path, reader, name)
            continue
        for variable_name, tensor_name in _scope_pairs(name, target, known):
            if not reader.has_tensor(tensor_name):
                raise ValueError(
                    f"Tensor {tensor_name} ({variable_name} in {name}) is not found in {ckpt_dir_or_file} checkpoint"
                )
            _initialize(known[variable_name], path, reader, tensor_name)


def _variables_by_name() -> dict[str, Any]:
    """What `get_variable` made in the default graph; a variable in parts as a list."""
    known: dict[str, Any] = {}
    for variable in VariableStore.current().variables():
        name = variable._shared_name
        whole, part, _ = name.partition("/part_")
        if part:
            known.setdefault(whole, []).append(variable)
        else:
            known[name] = variable
    return known


def _scope_pairs(checkpoint_scope: str, scope: str, known: Iterable[str]) -> list[tuple[str, str]]:
    """The names of the variables in a scope, and those that they should have in the checkpoint."""
    prefix = scope[: scope.rindex("/")] if "/" in scope else ""
    if not checkpoint_scope.endswith("/"):
        raise ValueError(
            f"Assignment map with scope only name {prefix} should map to scope only {checkpoint_scope}. Should be "
            "'scope/': 'other_scope/'."
        )
    inside = prefix + "/" if prefix else ""
    root = "" if checkpoint_scope == "/" else checkpoint_scope
    return [(name, root + name.removeprefix(inside)) for name in sorted(known) if name.startswith(inside)]


def _initialize(target: Any, path: Any, reader: CheckpointReader, name: str) -> None:
    """Makes the initialiser of a variable, or of its parts, read a tensor."""
    parts = list(target) if isinstance(target, (list, tuple, PartitionedVariable)) else [target]
    shape = reader.get_variable_to_shape_map()[name]
    for part in parts:
        if not isinstance(part, Variable):
            raise TypeError(f"a variable is expected for {name}, not {part}")
        info = part._save_slice_info
        if len(parts) == 1 and info is None and not part.shape.is_compatible_with(shape):
            raise ValueError(
                f"Shape of variable {part.name} ({part.shape}) doesn't match with shape of tensor {name} ({shape}) "
                "from checkpoint reader."
            )
        spec = "" if info is None else info.spec
        with control_dependencies(None), name_scope("checkpoint_initializer"):
            (value,) = op("RestoreV2")(convert_to_tensor(path), [name], [spec], dtypes=[part.dtype])
        if isinstance(part, GraphVariable):
            part._initialize_from(value)
        else:
            part.assign(value)


@export("compat.v1.train.warm_start")
def warm_start(
    ckpt_to_initialize_from,
    vars_to_warm_start=".*",
    var_name_to_vocab_info=None,
    var_name_to_prev_var_name=None,
):
    """Makes the initialisers of variables of the default graph read a checkpoint.

    Args:
      ckpt_to_initialize_from: a checkpoint, or a folder, whose latest one counts.
      vars_to_warm_start: a regular expression for the names of trainable variables; or a list of such, for all global
        variables; or a list of variables; None: nothing.
      var_name_to_vocab_info: not supported.
      var_name_to_prev_var_name: names in the checkpoint, where they are others.

    Raises:
      ValueError: if a name in `var_name_to_prev_var_name` is none of a variable that is warm-started.
    """
    if var_name_to_vocab_info:
        raise NotImplementedError("warm_start(var_name_to_vocab_info=...): remap the rows of embeddings with tf.gather")
    previous = dict(var_name_to_prev_var_name or {})
    grouped = _grouped(vars_to_warm_start)
    renames = _names_of_objects(ckpt_to_initialize_from)
    unused = previous.keys() - grouped.keys()
    if unused:
        raise ValueError(
            "You provided the following variables in var_name_to_prev_var_name that were not used: "
            f"{sorted(unused)}. Perhaps you misspelled them? Here is the list of viable variable names: "
            f"{sorted(grouped)}"
        )
    pairs = [(previous.get(name) or renames.get(name, name), value) for name, value in grouped.items()]
    init_from_checkpoint(ckpt_to_initialize_from, pairs)


def _grouped(wanted: Any) -> dict[str, Any]:
    """The variables that are meant, by name; those of parts as lists."""
    graph = get_default_graph()
    if wanted is None:
        _logger.info("Warm-starting no variables.")
        return {}
    if isinstance(wanted, str):
        found = [v for v in graph.get_collection(GraphKeys.TRAINABLE_VARIABLES) if re.match(wanted, v.name)]
    elif isinstance(wanted, list) and all(isinstance(w, str) for w in wanted):
        variables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        found = list({id(v): v for w in wanted for v in variables if re.match(w, v.name)}.values())
    elif isinstance(wanted, list) and all(isinstance(w, Variable) for w in wanted):
        found = wanted
    else:
        raise ValueError(
            "If `vars_to_warm_start` is a list, it must be all `Variable` or all `str`.  Given types are "
            f"{[type(w) for w in wanted] if isinstance(wanted, list) else type(wanted)}"
        )
    grouped: dict[str, Any] = {}
    for variable in found:
        info = variable._save_slice_info
        if info is None:
            grouped[variable._shared_name] = variable
        else:
            grouped.setdefault(info.full_name, []).append(variable)
    return grouped


def _names_of_objects(ckpt_dir_or_file: Any) -> dict[str, str]:
    """The keys by the names of variables in a checkpoint of objects; empty for another one."""
    path = state_file.latest_or_self(ckpt_dir_or_file)
    return (key_mapping(path) if path else None) or {}
