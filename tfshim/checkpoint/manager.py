"""`tf.train.CheckpointManager`: keeps the latest checkpoints and deletes older ones."""

from __future__ import annotations

import copy
import logging
import os
import time
from typing import Any

import numpy as np

from tfshim.checkpoint import state_file
from tfshim.checkpoint.options import CheckpointOptions
from tfshim.checkpoint.sessions import current_session
from tfshim.context import context
from tfshim.export import export

_logger = logging.getLogger("tensorflow")


def _value(tensor: Any) -> Any:
    return tensor.numpy() if context.graph is None else current_session().run(tensor)


@export("train.CheckpointManager", "compat.v1.train.CheckpointManager")
class CheckpointManager:
    """Saves checkpoints in a folder and deletes old ones; a new manager of the folder continues with what is there.

    Args:
      checkpoint: the `tf.train.Checkpoint` to save.
      directory: the folder.
      max_to_keep: number of checkpoints to keep, or None to keep all.
      keep_checkpoint_every_n_hours: of those that would be deleted, keep one every so many hours for good.
      checkpoint_name: the paths are this name and a number.
      step_counter: a variable that counts steps.
      checkpoint_interval: save only if so many steps have passed.
      init_fn: called by `restore_or_initialize` if there is no checkpoint.
      last_checkpoint_step: the step of the last checkpoint.

    Raises:
      ValueError: if `max_to_keep` is not positive, or there is an interval without a counter.
    """

    def __init__(
        self,
        checkpoint,
        directory,
        max_to_keep,
        keep_checkpoint_every_n_hours=None,
        checkpoint_name="ckpt",
        step_counter=None,
        checkpoint_interval=None,
        init_fn=None,
        last_checkpoint_step=None,
    ):
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"Expected a positive integer or `None` for `max_to_keep`, got {max_to_keep}.")
        if checkpoint_interval is not None and step_counter is None:
            raise ValueError("`step_counter` should be passed if `checkpoint_interval` is not None.")
        self._checkpoint = checkpoint
        self._directory = os.fspath(directory)
        self._prefix = os.path.join(self._directory, checkpoint_name)
        self._max_to_keep = max_to_keep
        self._keep_hours = keep_checkpoint_every_n_hours
        self._step_counter = step_counter
        self._checkpoint_interval = checkpoint_interval
        self._last_checkpoint_step = last_checkpoint_step
        self._init_fn = init_fn
        self._save_counter_assign: Any = None
        # Paths and times of what may be deleted, the oldest first.
        self._maybe_delete: dict[str, float] = {}
        self._recover()

    def _recover(self) -> None:
        """Takes on the state that an earlier manager left in the folder."""
        now = time.time()
        state = state_file.get_checkpoint_state(self._directory)
        if state is None:
            self._latest_checkpoint = None
            self._last_preserved_timestamp = now - 1.0
            return
        self._latest_checkpoint = state.model_checkpoint_path
        if now < state.last_preserved_timestamp:
            _logger.warning(
                "time.time() returned a value %f seconds behind the last preserved checkpoint timestamp.",
                state.last_preserved_timestamp - now,
            )
        self._last_preserved_timestamp = min(now, state.last_preserved_timestamp)
        paths = state.all_model_checkpoint_paths
        times = state.all_model_checkpoint_timestamps or [self._last_preserved_timestamp] * len(paths)
        for path, written in zip(paths, times, strict=False):
            if min(written, now) > self._last_preserved_timestamp:
                self._maybe_delete[path] = min(written, now)

    @property
    def directory(self):
        """The folder."""
        return self._directory

    @property
    def checkpoint_interval(self):
        """The number of steps between checkpoints, or None."""
        return self._checkpoint_interval

    @property
    def latest_checkpoint(self):
        """Path of the latest checkpoint, or None."""
        return self._latest_checkpoint

    @property
    def checkpoints(self):
        """Paths of the checkpoints that may be deleted in time, the oldest first."""
        return list(self._maybe_delete)

    @property
    def checkpoint(self):
        """The `tf.train.Checkpoint`."""
        return self._checkpoint

    def save(self, checkpoint_number=None, check_interval=True, options=None):
        """Saves a checkpoint and deletes what is too old.

        Args:
          checkpoint_number: the number in the path, by default that of the checkpoint's save counter (which counts up
            in any case).
          check_interval: False: save although too few steps have passed.
          options: a `tf.train.CheckpointOptions`.

        Returns:
          The path, or None if nothing was saved.
        """
        if self._checkpoint_interval is not None and not self._is_due(check_interval):
            return None
        number = self._count_up()
        if checkpoint_number is not None:
            whole = isinstance(checkpoint_number, (int, np.integer))
            number = int(checkpoint_number if whole else _value(checkpoint_number))
        # The caller's options stay as they are.
        options = copy.copy(options) or CheckpointOptions()
        callbacks = options.experimental_write_callbacks or []
        options.experimental_write_callbacks = [*callbacks, self._written]
        return self._checkpoint._write(f"{self._prefix}-{number}", options=options)

    def _is_due(self, check_interval: bool) -> bool:
        step, last = _value(self._step_counter), self._last_checkpoint_step
        if last is not None and (step == last or check_interval and step < last + self._checkpoint_interval):
            return False
        self._last_checkpoint_step = step
        return True

    def _count_up(self) -> int:
        if context.graph is None:
            return int(self._checkpoint.save_counter.assign_add(1))
        session = current_session()
        if self._checkpoint._save_counter is None:
            session.run(self._checkpoint.save_counter.initializer)
        if self._save_counter_assign is None:
            self._save_counter_assign = self._checkpoint.save_counter.assign_add(1, read_value=True)
        return int(session.run(self._save_counter_assign))

    def _written(self, path: str) -> None:
        self._maybe_delete.pop(path, None)
        self._maybe_delete[path] = time.time()
        self._latest_checkpoint = path
        # Twice: after a crash in between, the file names what is there, and perhaps a bit less.
        self._record()
        self._sweep()
        self._record()

    def _record(self) -> None:
        state_file.update_checkpoint_state_internal(
            self._directory,
            self._latest_checkpoint,
            list(self._maybe_delete),
            save_relative_paths=True,
            all_model_checkpoint_timestamps=list(self._maybe_delete.values()),
            last_preserved_timestamp=self._last_preserved_timestamp,
        )

    def _sweep(self) -> None:
        while self._max_to_keep and len(self._maybe_delete) > self._max_to_keep:
            path = next(iter(self._maybe_delete))
            written = self._maybe_delete.pop(path)
            if self._keep_hours and written - self._keep_hours * 3600.0 >= self._last_preserved_timestamp:
                self._last_preserved_timestamp = written
            else:
                state_file.delete_files(path)

    def restore_or_initialize(self):
        """Restores the latest checkpoint, or calls `init_fn` if there is none; its path, or None."""
        if self._latest_checkpoint is not None:
            self._checkpoint.restore(self._latest_checkpoint)
            if self._checkpoint_interval is not None:
                self._last_checkpoint_step = _value(self._step_counter)
            return self._latest_checkpoint
        if self._init_fn is not None:
            self._init_fn()
            _logger.info("Customized initialization is done through the passed `init_fn`.")
        return None

    def sync(self):
        """Waits for what is written in the background."""
        if self._checkpoint:
            self._checkpoint.sync()


CheckpointManager.__module__ = "tensorflow.python.checkpoint.checkpoint_management"
