"""The file `checkpoint` of a folder: which checkpoints there are, and which is the latest."""

from __future__ import annotations

import contextlib
import glob
import logging
import os
import re
import uuid
from collections.abc import Sequence
from typing import Any

from tfshim import protos
from tfshim.checkpoint.files import index_file
from tfshim.export import export
from tfshim.files import as_op_errors, local

_logger = logging.getLogger("tensorflow")
_V2 = 2  # SaverDef.V2


def _state_path(folder: str, latest_filename: str | None) -> str:
    return os.path.join(local(folder), latest_filename or "checkpoint")


@export("compat.v1.train.generate_checkpoint_state_proto")
def generate_checkpoint_state_proto(
    save_dir,
    model_checkpoint_path,
    all_model_checkpoint_paths=None,
    all_model_checkpoint_timestamps=None,
    last_preserved_timestamp=None,
):
    """A `CheckpointState` message.

    Args:
      save_dir: the folder; if it is relative, so the paths become.
      model_checkpoint_path: path of the latest checkpoint.
      all_model_checkpoint_paths: paths of all checkpoints, the latest at the end (it is added if it is not there).
      all_model_checkpoint_timestamps: seconds since the epoch of each.
      last_preserved_timestamp: that of the last checkpoint that is kept for good.

    Raises:
      ValueError: if there are timestamps, but not one for each path.
    """
    paths = list(all_model_checkpoint_paths or ())
    if not paths or paths[-1] != model_checkpoint_path:
        _logger.info("%s is not in all_model_checkpoint_paths. Manually adding it.", model_checkpoint_path)
        paths.append(model_checkpoint_path)
    if all_model_checkpoint_timestamps and len(all_model_checkpoint_timestamps) != len(paths):
        raise ValueError(
            f"Checkpoint timestamps, if provided, must match checkpoint paths (got paths {paths} and timestamps "
            f"{all_model_checkpoint_timestamps})"
        )
    if not os.path.isabs(save_dir):
        model_checkpoint_path = _relative(model_checkpoint_path, save_dir)
        paths = [_relative(path, save_dir) for path in paths]
    return protos.CheckpointState(
        model_checkpoint_path=model_checkpoint_path,
        all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=all_model_checkpoint_timestamps,
        last_preserved_timestamp=last_preserved_timestamp,
    )


def _relative(path: str, folder: str) -> str:
    return path if os.path.isabs(path) else os.path.relpath(path, folder)


@export("compat.v1.train.update_checkpoint_state")
def update_checkpoint_state(
    save_dir,
    model_checkpoint_path,
    all_model_checkpoint_paths=None,
    latest_filename=None,
    all_model_checkpoint_timestamps=None,
    last_preserved_timestamp=None,
):
    """Writes the file `checkpoint` (or `latest_filename`) of a folder; see `generate_checkpoint_state_proto`.

    Raises:
      RuntimeError: if the checkpoint has the path of that file.
    """
    update_checkpoint_state_internal(
        save_dir,
        model_checkpoint_path,
        all_model_checkpoint_paths,
        latest_filename,
        False,
        all_model_checkpoint_timestamps,
        last_preserved_timestamp,
    )


@export("__internal__.train.update_checkpoint_state")
def update_checkpoint_state_internal(
    save_dir,
    model_checkpoint_path,
    all_model_checkpoint_paths=None,
    latest_filename=None,
    save_relative_paths=False,
    all_model_checkpoint_timestamps=None,
    last_preserved_timestamp=None,
):
    """As `update_checkpoint_state`; with `save_relative_paths`, paths are written as seen from the folder."""
    given, paths = model_checkpoint_path, all_model_checkpoint_paths
    if save_relative_paths:
        model_checkpoint_path = _seen_from(model_checkpoint_path, save_dir)
        paths = [_seen_from(path, save_dir) for path in paths]
    proto = generate_checkpoint_state_proto(
        save_dir, model_checkpoint_path, paths, all_model_checkpoint_timestamps, last_preserved_timestamp
    )
    target = _state_path(save_dir, latest_filename)
    if target == proto.model_checkpoint_path:
        raise RuntimeError(
            f"Save path '{given}' conflicts with path used for checkpoint state.  Please use a different save path."
        )
    from google.protobuf import text_format

    temporary = f"{target}.tmp{uuid.uuid4().hex}"
    with as_op_errors(target):
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text_format.MessageToString(proto))
        os.replace(temporary, target)


def _seen_from(path: str, folder: str) -> str:
    return os.path.relpath(path, folder) if os.path.isabs(path) else path


def note_latest(path: str) -> None:
    """Writes a folder's state file: the checkpoint is the latest and the only one that counts."""
    update_checkpoint_state_internal(os.path.dirname(path), path, [path], save_relative_paths=True)


@export("train.get_checkpoint_state", "compat.v1.train.get_checkpoint_state")
def get_checkpoint_state(checkpoint_dir, latest_filename=None):
    """The `CheckpointState` in the file `checkpoint` of a folder, or None if there is none or it is no such message.

    Raises:
      ValueError: if it names no checkpoint.
    """
    from google.protobuf import text_format

    folder = os.fspath(checkpoint_dir)
    path = _state_path(folder, latest_filename)
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    state = protos.CheckpointState()
    try:
        text_format.Merge(text, state)
    except text_format.ParseError as error:
        _logger.warning("%s: %s", type(error).__name__, error)
        _logger.warning("%s: Checkpoint ignored", path)
        return None
    if not state.model_checkpoint_path:
        raise ValueError(f"Invalid checkpoint state loaded from {folder}")
    # An absolute path stays as it is.
    state.model_checkpoint_path = os.path.join(folder, state.model_checkpoint_path)
    for i, checkpoint in enumerate(state.all_model_checkpoint_paths):
        state.all_model_checkpoint_paths[i] = os.path.join(folder, checkpoint)
    return state


@export("train.latest_checkpoint", "compat.v1.train.latest_checkpoint")
def latest_checkpoint(checkpoint_dir, latest_filename=None):
    """Path of the latest checkpoint of a folder, or None.

    Args:
      checkpoint_dir: the folder.
      latest_filename: name of the file that says it, if not `checkpoint`.
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    if checkpoint_exists(state.model_checkpoint_path):
        return state.model_checkpoint_path
    _logger.error("Couldn't match files for checkpoint %s", state.model_checkpoint_path)
    return None


@export("compat.v1.train.checkpoint_exists")
def checkpoint_exists(checkpoint_prefix):
    """Whether there is a checkpoint of this path (or a pattern of paths)."""
    pattern = local(checkpoint_prefix)
    return bool(glob.glob(index_file(pattern)) or glob.glob(pattern))


@export("compat.v1.train.get_checkpoint_mtimes")
def get_checkpoint_mtimes(checkpoint_prefixes: Sequence[str]) -> list[float]:
    """When checkpoints were written, in seconds since the epoch; those that do not exist are left out."""
    found = []
    for prefix in checkpoint_prefixes:
        pattern = local(prefix)
        paths = glob.glob(index_file(pattern)) or glob.glob(pattern)
        if paths:
            found.append(os.stat(paths[0]).st_mtime)
    return found


@export("compat.v1.train.remove_checkpoint")
def remove_checkpoint(checkpoint_prefix, checkpoint_format_version=_V2, meta_graph_suffix="meta"):
    """Deletes the files of a checkpoint, and its graph (`.meta`)."""
    _delete(meta_graph_filename(checkpoint_prefix, meta_graph_suffix))
    if checkpoint_format_version == _V2:
        delete_files(checkpoint_prefix)
    else:
        _delete(checkpoint_prefix)


def delete_files(prefix: str) -> None:
    """Deletes index and data files of a checkpoint."""
    _delete(index_file(prefix))
    _delete(prefix + ".data-?????-of-?????")


def _delete(pattern: str) -> None:
    for path in glob.glob(local(pattern)):
        with contextlib.suppress(FileNotFoundError):  # another process did
            os.remove(path)


def meta_graph_filename(checkpoint_filename: str, meta_graph_suffix: str = "meta") -> str:
    """Path of the graph that was saved with a checkpoint."""
    return re.sub(r"-[\d\?]+-of-\d+$", "", checkpoint_filename) + "." + meta_graph_suffix


def variables_of_saved_model(path: str) -> str:
    """The path itself, or that of the variables in it, if it is the folder of a SavedModel."""
    names = ("saved_model.pb", "saved_model.pbtxt")
    if os.path.isdir(path) and any(os.path.exists(os.path.join(path, name)) for name in names):
        return os.path.join(path, "variables", "variables")
    return path


def latest_or_self(path: Any) -> str | None:
    """The latest checkpoint of a folder; any other path is that of a checkpoint itself."""
    path = os.fspath(path)
    return latest_checkpoint(path) if os.path.isdir(path) else path
