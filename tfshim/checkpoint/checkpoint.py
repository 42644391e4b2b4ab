"""`tf.train.Checkpoint`: saves and restores what objects hold."""

from __future__ import annotations

import copy
import inspect
import os
import weakref
from typing import Any

from tfshim import dtypes
from tfshim.checkpoint import state_file
from tfshim.checkpoint.background import BackgroundWriter
from tfshim.checkpoint.object_graph import ObjectGraphView
from tfshim.checkpoint.object_saver import ObjectSaver
from tfshim.checkpoint.options import CheckpointOptions
from tfshim.checkpoint.sessions import current_session, in_plain_graph
from tfshim.checkpoint.status import LoadStatus, NameBasedSaverStatus
from tfshim.context import context
from tfshim.errors import NotFoundError
from tfshim.export import export
from tfshim.scopes import init_scope
from tfshim.tensor import EagerTensor, Tensor
from tfshim.tracking import AutoTrackable, NoDependency, Trackable, TrackableReference, WeakTrackableReference
from tfshim.variable import Variable


def _refuse_untrackable(value: Any, name: str) -> None:
    if not isinstance(value, Trackable):
        raise ValueError(
            f"`Checkpoint` was expecting {name} to be a trackable object (an object derived from `Trackable`), got "
            f"{value}."
        )


class _CheckpointBase(AutoTrackable):
    """What the two classes of checkpoints have in common."""

    _saver: ObjectSaver
    _save_counter: Any
    _attached_dependencies: Any
    _save_assign_op: Any = None

    @property
    def save_counter(self):
        """An int64 variable, which counts the calls of `save`."""
        self._maybe_create_save_counter()
        return self._save_counter

    def _maybe_create_save_counter(self) -> None:
        if self._save_counter is not None:
            return
        with init_scope():
            counter = Variable(0, dtype=dtypes.int64, trainable=False, name="save_counter")
        self._save_counter = NoDependency(counter)
        self._track_trackable(counter, "save_counter")
        if self._attached_dependencies is None:
            return
        # The view reaches it from the root; a restoration that came before left its value there.
        self._attached_dependencies.append(TrackableReference("save_counter", counter))
        for position in _dereferenced(self.root)._deferred_dependencies.pop("save_counter", ())[:1]:
            position.restore(counter)

    def _next_number(self, session: Any) -> int:
        if context.graph is not None and not in_plain_graph():
            raise NotImplementedError(
                "Calling tf.train.Checkpoint.save() from a function is not supported, as save() modifies saving "
                "metadata in ways not supported by TensorFlow Operations. Consider using tf.train.Checkpoint.write(), "
                "a lower-level API which does not update metadata. tf.train.latest_checkpoint and related APIs will "
                "not see this checkpoint."
            )
        if context.graph is None:
            return int(self.save_counter.assign_add(1))
        session = session or current_session()
        if session is None:
            raise RuntimeError("save() in a graph needs a session: use `with tf.compat.v1.Session():`")
        if self._save_counter is None:
            # A restoration would have initialised it.
            session.run(self.save_counter.initializer)
        if self._save_assign_op is None:
            self._save_assign_op = NoDependency(self.save_counter.assign_add(1, read_value=True))
        return session.run(self._save_assign_op)

    def _write(self, file_prefix: Any, options: CheckpointOptions | None, session: Any = None) -> Any:
        options = options or CheckpointOptions()
        if not isinstance(file_prefix, Tensor):
            file_prefix = os.fsdecode(file_prefix)
        path = self._saver.save(file_prefix, options, session)
        if isinstance(path, EagerTensor):
            path = path.numpy().decode()
        _tell(options, path)
        return path

    def _read(self, save_path: Any, options: CheckpointOptions | None) -> LoadStatus:
        if isinstance(save_path, os.PathLike):
            save_path = os.fspath(save_path)
        return self._saver.restore(save_path, options or CheckpointOptions())

    def _finish_restore(self, status: LoadStatus) -> LoadStatus:
        # Not before: by then, a graph's other variables may have been initialised.
        self._maybe_create_save_counter()
        if isinstance(status, NameBasedSaverStatus):
            status.add_to_optionally_restored(self.save_counter)
        return status


def _tell(options: CheckpointOptions, path: Any) -> None:
    """Calls the functions that want to know of a checkpoint that was written."""
    for callback in options.experimental_write_callbacks or ():
        callback(*[path] * len(inspect.signature(callback).parameters))


def _dereferenced(value: Any) -> Any:
    return value() if isinstance(value, weakref.ref) else value


@export("train.Checkpoint")
class Checkpoint(_CheckpointBase):
    """Saves and restores objects: variables, modules, optimizers, tables, lists and dicts of such.

    Args:
      root: the object whose dependencies are saved under their own names; it may be a `weakref.ref`.
      **kwargs: objects that are saved under these names; they become attributes.

    Raises:
      ValueError: if something is not trackable, or if the root has another dependency of the same name.
    """

    def __init__(self, root=None, **kwargs):
        super().__init__()
        self._save_counter = None
        attached: list[TrackableReference] | None = None
        owner = _dereferenced(root)
        if root is not None:
            _refuse_untrackable(owner, "root")
            attached = []
            kwargs["root"] = root
            owner._maybe_initialize_trackable()
            self._save_counter = NoDependency(owner._lookup_dependency("save_counter"))
        for name in sorted(kwargs):
            setattr(self, name, kwargs[name])
            # What was assigned may be a wrapper of what was given.
            child = _dereferenced(getattr(self, name))
            _refuse_untrackable(child, name)
            if root is None:
                continue
            known = owner._lookup_dependency(name)
            if known is None:
                attached.append(WeakTrackableReference(name, child))
            elif known is not child:
                raise ValueError(
                    f"Cannot create a Checkpoint with keyword argument {name} if root.{name} already exists."
                )
        view = ObjectGraphView(weakref.ref(self) if root is None else root, attached)
        self._saver = ObjectSaver(view)
        self._attached_dependencies = NoDependency(attached)
        self._background = BackgroundWriter()

    def _write(self, file_prefix, options, session=None):
        options = options or CheckpointOptions()
        if not options.enable_async or context.graph is not None or isinstance(file_prefix, Tensor):
            self._background.wait()
            return super()._write(file_prefix, options, session)
        path = os.fsdecode(file_prefix)

        def prepare():
            write = self._saver.prepare(path, options)

            def write_and_tell():
                write()
                _tell(options, path)

            return write_and_tell

        self._background.start(prepare)
        return path

    def _read(self, save_path, options):
        self._background.wait()
        return super()._read(save_path, options)

    def write(self, file_prefix, options=None):
        """Writes a checkpoint without a number; `tf.train.latest_checkpoint` does not see it.

        May be called in a `tf.function`, where `file_prefix` may be a tensor: the result is a tensor then.

        Args:
          file_prefix: path of the checkpoint; files add `.index` and `.data-…` to it.
          options: a `tf.train.CheckpointOptions`.

        Returns:
          The path.
        """
        return self._write(file_prefix, options)

    def save(self, file_prefix, options=None):
        """Writes a checkpoint, whose path is `file_prefix` and a number that counts up.

        Args:
          file_prefix: path of the checkpoint without the number; folders are made.
          options: a `tf.train.CheckpointOptions`.

        Returns:
          The path, with the number.

        Raises:
          NotImplementedError: in a `tf.function`.
        """
        # The caller's options stay as they are.
        options = copy.copy(options) or CheckpointOptions()
        callbacks = options.experimental_write_callbacks or []
        options.experimental_write_callbacks = [*callbacks, state_file.note_latest]
        number = self._next_number(None)
        return self._write(f"{os.fspath(file_prefix)}-{number}", options)

    def read(self, save_path, options=None):
        """Restores a checkpoint that `write` wrote: what exists now, and the rest when it is created.

        Args:
          save_path: what `write` returned.
          options: a `tf.train.CheckpointOptions`.

        Returns:
          A status with assertions: `assert_consumed()` and others, `expect_partial()` to silence warnings.

        Raises:
          NotFoundError: if there is no such checkpoint.
          DataLossError: if its files were changed.
        """
        return self._read(save_path, options)

    def restore(self, save_path, options=None):
        """Restores a checkpoint that `save` wrote: what exists now, and the rest when it is created.

        Args:
          save_path: what `save` or `tf.train.latest_checkpoint` returned; None restores nothing. Checkpoints of
            `tf.compat.v1.train.Saver` are matched by names of variables. A folder of a SavedModel stands for its
            variables.
          options: a `tf.train.CheckpointOptions`.

        Returns:
          As `read`.

        Raises:
          NotFoundError: if there is no such checkpoint.
          DataLossError: if its files were changed.
        """
        given = save_path
        if save_path is not None:
            save_path = state_file.variables_of_saved_model(os.fspath(save_path))
        try:
            status = self._read(save_path, options)
        except NotFoundError as error:
            raise NotFoundError(
                None,
                None,
                f"Error when restoring from checkpoint or SavedModel at {given}: {error.message}\nPlease double-check "
                "that the path is correct. You may be missing the checkpoint suffix (e.g. the '-1' in "
                "'path/to/ckpt-1').",
            ) from None
        return self._finish_restore(status)

    def sync(self):
        """Waits for what is written in the background; its error is raised by the next save."""
        self._background.wait()


@export("compat.v1.train.Checkpoint")
class CheckpointV1(_CheckpointBase):
    """Saves and restores the objects given by keyword, in eager mode or in a session.

    Raises ValueError if something is not trackable.
    """

    def __init__(self, **kwargs):
        super().__init__()
        self._save_counter = None
        self._attached_dependencies = None
        for name in sorted(kwargs):
            setattr(self, name, kwargs[name])
            _refuse_untrackable(getattr(self, name), name)
        self._saver = ObjectSaver(ObjectGraphView(weakref.ref(self)))

    def write(self, file_prefix, session=None, options=None):
        """Writes a checkpoint without a number; returns its path. See `tf.train.Checkpoint.write`."""
        return self._write(file_prefix, options, session)

    def save(self, file_prefix, session=None, options=None):
        """Writes a checkpoint with a number that counts up; returns its path. See `tf.train.Checkpoint.save`."""
        number = self._next_number(session)
        path = self._write(f"{os.fspath(file_prefix)}-{number}", options, session)
        state_file.note_latest(path)
        return path

    def restore(self, save_path):
        """Restores a checkpoint; in a graph, the status' `run_restore_ops` does. See `tf.train.Checkpoint.restore`."""
        return self._finish_restore(self._read(save_path, None))


for _cls in (Checkpoint, CheckpointV1):
    _cls.__module__ = "tensorflow.python.checkpoint.checkpoint"
CheckpointV1.__name__ = CheckpointV1.__qualname__ = "CheckpointV1"
