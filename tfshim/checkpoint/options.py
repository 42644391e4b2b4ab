"""`tf.train.CheckpointOptions`."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

from tfshim.export import export


@export("train.CheckpointOptions", "compat.v1.train.CheckpointOptions")
class CheckpointOptions:
    """How a checkpoint is saved or restored.

    Args:
      experimental_io_device: has no effect: files are written by this process.
      experimental_enable_async_checkpoint, enable_async: in eager mode, return once the values are taken; a thread
        writes them. The error of a write is raised by the next save.
      experimental_write_callbacks: functions that are called after a checkpoint was written, with its path if they take
        an argument.
      experimental_skip_slot_variables: restore no slot variables.
      experimental_sharding_callback: a `tf.train.experimental.ShardingCallback` that divides tensors among files.
    """

    __slots__ = (
        "enable_async",
        "experimental_enable_async_checkpoint",
        "experimental_io_device",
        "experimental_sharding_callback",
        "experimental_skip_slot_variables",
        "experimental_write_callbacks",
    )

    def __init__(
        self,
        experimental_io_device: str | None = None,
        experimental_enable_async_checkpoint: bool = False,
        experimental_write_callbacks: list[Callable[..., Any]] | None = None,
        enable_async: bool = False,
        experimental_skip_slot_variables: bool = False,
        experimental_sharding_callback: Any = None,
    ):
        for callback in experimental_write_callbacks or ():
            assert len(inspect.signature(callback).parameters) <= 1
        if experimental_sharding_callback is not None:
            from tfshim.checkpoint.sharding import ShardingCallback

            if not isinstance(experimental_sharding_callback, ShardingCallback):
                raise ValueError(
                    "The experimental_sharding_callback checkpoint option must be of type ShardingCallback. The option "
                    f"provided was of type {type(experimental_sharding_callback)}."
                )
        self.experimental_io_device = experimental_io_device
        self.enable_async = experimental_enable_async_checkpoint or enable_async
        self.experimental_enable_async_checkpoint = self.enable_async
        self.experimental_write_callbacks = experimental_write_callbacks
        self.experimental_skip_slot_variables = experimental_skip_slot_variables
        self.experimental_sharding_callback = experimental_sharding_callback

    def __copy__(self) -> CheckpointOptions:
        copied = object.__new__(CheckpointOptions)
        for name in self.__slots__:
            setattr(copied, name, getattr(self, name))
        # Who adds a callback to the copy does not add it to the original.
        copied.experimental_write_callbacks = copy.copy(self.experimental_write_callbacks)
        return copied


CheckpointOptions.__module__ = "tensorflow.python.checkpoint.checkpoint_options"
