"""Looking into checkpoints: readers, lists of what they hold, and an iterator over those that come."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from tfshim import protos
from tfshim.checkpoint import state_file
from tfshim.checkpoint.old_format import open_checkpoint
from tfshim.errors import NotFoundError
from tfshim.export import export


class CheckpointReader:
    """What is in a checkpoint, by keys. Made by `tf.train.load_checkpoint`."""

    def __init__(self, filename: str):
        self._stored = open_checkpoint(filename)

    def debug_string(self) -> bytes:
        """A line for each tensor: key, dtype and shape."""
        lines = []
        for name in self._stored.names:
            sizes = ",".join(str(d) for d in self._stored.shape(name))
            lines.append(f"{name} ({protos.DataType.Name(self._stored.dtype(name).as_datatype_enum)}) [{sizes}]\n")
        return "".join(lines).encode()

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """Shapes by key."""
        return {name: list(self._stored.shape(name)) for name in self._stored.names}

    def get_variable_to_dtype_map(self) -> dict[str, Any]:
        """Dtypes by key."""
        return {name: self._stored.dtype(name) for name in self._stored.names}

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is a tensor of this key."""
        return tensor_str in self._stored

    def get_tensor(self, tensor_str: str) -> Any:
        """A tensor as an array; NotFoundError if there is none of this key."""
        if tensor_str not in self._stored:
            raise NotFoundError(None, None, f"Key {tensor_str} not found in checkpoint")
        return self._stored.read(tensor_str)[()]


CheckpointReader.__module__ = "tensorflow.python.util._pywrap_checkpoint_reader"


@export("compat.v1.train.NewCheckpointReader")
def NewCheckpointReader(filepattern):
    """A reader of the checkpoint of a path; NotFoundError if there is none."""
    return CheckpointReader(os.fspath(filepattern))


@export("train.load_checkpoint", "compat.v1.train.load_checkpoint")
def load_checkpoint(ckpt_dir_or_file):
    """A reader of a checkpoint, or of the latest one of a folder.

    Raises:
      ValueError: if the folder has none.
      NotFoundError: if there is no checkpoint of this path.
    """
    path = state_file.latest_or_self(ckpt_dir_or_file)
    if path is None:
        raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}")
    return NewCheckpointReader(path)


@export("train.load_variable", "compat.v1.train.load_variable")
def load_variable(ckpt_dir_or_file, name):
    """The array of a key in a checkpoint, or in the latest one of a folder. Raises as `load_checkpoint`."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


@export("train.list_variables", "compat.v1.train.list_variables")
def list_variables(ckpt_dir_or_file):
    """Pairs of key and shape, sorted by key. Raises as `load_checkpoint`."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def wait_for_new_checkpoint(
    checkpoint_dir: str, last_checkpoint: str | None = None, seconds_to_sleep: float = 1, timeout: float | None = None
) -> str | None:
    """Waits until a folder's latest checkpoint is another one; its path, or None after `timeout` seconds."""
    end = None if timeout is None else time.time() + timeout
    while True:
        found = state_file.latest_checkpoint(checkpoint_dir)
        if found is not None and found != last_checkpoint:
            return found
        if end is not None and time.time() + seconds_to_sleep > end:
            return None
        time.sleep(seconds_to_sleep)


@export("train.checkpoints_iterator", "compat.v1.train.checkpoints_iterator")
def checkpoints_iterator(
    checkpoint_dir: Any,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """Yields the paths of a folder's checkpoints as they come: each time the latest one, if it is new.

    Args:
      checkpoint_dir: the folder.
      min_interval_secs: seconds between two checkpoints, at least.
      timeout: seconds to wait for one; None waits forever.
      timeout_fn: called after a timeout: True ends the iteration. Without it, a timeout does.
    """
    path = None
    while True:
        fresh = wait_for_new_checkpoint(checkpoint_dir, path, timeout=timeout)
        if fresh is None:
            if timeout_fn is None or timeout_fn():
                return
            continue
        start, path = time.time(), fresh
        yield path
        left = start + min_interval_secs - time.time()
        if left > 0:
            time.sleep(left)
