"""`tf.compat.v1.train.Saver`: saves the variables of a graph by their names, and keeps the latest checkpoints."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

import numpy as np

from tfshim import errors, export, protos
from tfshim.checkpoint import state_file
from tfshim.checkpoint.saveables import Saveable, SaveableObject, SaveSpec
from tfshim.context import context
from tfshim.files import local
from tfshim.protos.scoped_names import prepend
from tfshim.scopes import get_default_graph
from tfshim.v1.collections import GraphKeys
from tfshim.v1.meta_graph import export_meta_graph
from tfshim.v1.session import BaseSession
from tfshim.v1.training import saver_operations
from tfshim.v1.training.global_step import global_step as global_step_value
from tfshim.v1.training.saver_names import key_mapping, named_saveables, renamed

_logger = logging.getLogger("tensorflow")
_V2 = 2  # SaverDef.V2
_NAMES = ("filename_tensor_name", "save_tensor_name", "restore_op_name")


def all_saveable_objects(scope: str | None = None) -> list[Any]:
    """The global variables of the default graph, and what else it has to save."""
    graph = get_default_graph()
    return graph.get_collection(GraphKeys.GLOBAL_VARIABLES, scope) + graph.get_collection(
        GraphKeys.SAVEABLE_OBJECTS, scope
    )


class BaseSaverBuilder:
    """Where libraries look for the classes of what a saver saves. It builds nothing."""

    SaveSpec = SaveSpec
    SaveableObject = SaveableObject


@export.export("compat.v1.train.Saver")
class Saver:
    """Saves and restores variables by name.

    Args:
      var_list: variables, `SaveableObject`s and tables; or a dict by name, where a value may also be a list of slices
        or a partitioned variable. By default all global variables of the graph; needed in eager mode.
      reshape: restore variables of another shape, if the number of elements is the same.
      sharded: has no effect on one machine, but for the names of operations.
      max_to_keep: number of checkpoints to keep; None or 0 keeps all.
      keep_checkpoint_every_n_hours: of those that would be deleted, keep one every so many hours.
      name: prefix of the operations' names; with `saver_def`, the scope that they were imported into.
      restore_sequentially: has no effect.
      saver_def: a `SaverDef` of operations that are in the graph.
      builder: not supported.
      defer_build: add operations when `build` is called.
      allow_empty: do nothing, instead of raising, if there is nothing to save.
      write_version: `SaverDef.V2`, or `SaverDef.V1` for the older format. Both are read.
      pad_step_number: write steps with eight digits.
      save_relative_paths: write relative paths to the file `checkpoint`.
      filename: default of the path.

    Raises:
      TypeError: for something that cannot be saved.
      ValueError: for names that are not unique, or without anything to save.
      RuntimeError: in eager mode without `var_list`.
    """

    def __init__(
        self,
        var_list=None,
        reshape=False,
        sharded=False,
        max_to_keep=5,
        keep_checkpoint_every_n_hours=10000.0,
        name=None,
        restore_sequentially=False,
        saver_def=None,
        builder=None,
        defer_build=False,
        allow_empty=False,
        write_version=_V2,
        pad_step_number=False,
        save_relative_paths=False,
        filename=None,
    ):
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set defer_build=False or "
                "var_list=None."
            )
        if builder is not None:
            raise NotImplementedError("Saver(builder=...): what is saved can be changed by SaveableObjects in var_list")
        if context.graph is None and var_list is None:
            raise RuntimeError(
                "When eager execution is enabled, `var_list` must specify a list or dict of variables to save"
            )
        self._var_list = var_list
        self._reshape = reshape
        self._sharded = sharded
        self._name = name
        self._allow_empty = allow_empty
        self._write_version = write_version
        self._pad_step_number = pad_step_number
        self._save_relative_paths = save_relative_paths
        self._filename = filename
        self._max_to_keep = max_to_keep
        self._keep_hours = keep_checkpoint_every_n_hours
        self.saver_def = saver_def
        self._is_built = False
        self._is_empty = False
        self._last_checkpoints: list[tuple[str, float]] = []
        self._to_delete: list[tuple[str, float]] = []
        self._object_restore_saver: Saver | None = None
        if context.graph is not None and not defer_build:
            self.build()
        if self.saver_def is not None:
            self._check_saver_def()
        self._next_checkpoint_time = time.time() + self._keep_hours * 3600

    def build(self):
        """Adds the operations to the graph, unless they are there. RuntimeError in eager mode."""
        if context.graph is None:
            raise RuntimeError("Use save/restore instead of build in eager mode.")
        if self._is_built:
            return
        self._is_built = True
        if self.saver_def is not None:
            # Then the name is the scope into which its operations were imported.
            for field in _NAMES if self._name else ():
                setattr(self.saver_def, field, prepend(getattr(self.saver_def, field), self._name))
            return
        if self._var_list is None:
            self._var_list = all_saveable_objects()
        if not self._var_list:
            if not self._allow_empty:
                raise ValueError("No variables to save")
            self._is_empty = True
            return
        self.saver_def = saver_operations.add_to_graph(
            named_saveables(self._var_list),
            self._name,
            self._filename or "model",
            self._sharded,
            self._reshape,
            self._write_version,
        )
        self.saver_def.max_to_keep = self._max_to_keep or 0
        self.saver_def.keep_checkpoint_every_n_hours = self._keep_hours

    def _check_saver_def(self) -> None:
        if not isinstance(self.saver_def, protos.SaverDef):
            raise ValueError(f"saver_def must be a saver_pb2.SaverDef: {self.saver_def}")
        for field in ("save_tensor_name", "restore_op_name"):
            if not getattr(self.saver_def, field):
                raise ValueError(f"saver_def must specify the {field}: {self.saver_def}")
        self._max_to_keep = self.saver_def.max_to_keep
        self._keep_hours = self.saver_def.keep_checkpoint_every_n_hours
        self._write_version = self.saver_def.version

    def as_saver_def(self):
        """The `SaverDef`."""
        return self.saver_def

    def to_proto(self, export_scope=None):
        """The `SaverDef`, without the scope `export_scope` in its names; None if they are not in it."""
        if export_scope is None:
            return self.saver_def
        made = protos.SaverDef()
        made.CopyFrom(self.saver_def)
        prefix = export_scope.rstrip("/") + "/"
        for field in _NAMES:
            value = getattr(made, field)
            if not value.startswith(prefix):
                return None
            setattr(made, field, value.removeprefix(prefix))
        return made

    @staticmethod
    def from_proto(saver_def, import_scope=None):
        """A saver of operations that are in the graph."""
        return Saver(saver_def=saver_def, name=import_scope)

    # What was saved

    @property
    def last_checkpoints(self):
        """Paths of the checkpoints that were not deleted, the oldest first."""
        return [path for path, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints):
        """Sets the list of paths; they are never kept for their age."""
        assert isinstance(last_checkpoints, list)
        self._last_checkpoints = [(path, np.inf) for path in last_checkpoints]

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time):
        """Sets the list of paths and of when they were written."""
        assert isinstance(last_checkpoints_with_time, list)
        self._last_checkpoints = last_checkpoints_with_time

    def recover_last_checkpoints(self, checkpoint_paths):
        """Sets the list of paths to those that exist."""
        found = [(path, state_file.get_checkpoint_mtimes([path])) for path in checkpoint_paths]
        self.set_last_checkpoints_with_time([(path, times[0]) for path, times in found if times])

    def _record(self, path: str) -> None:
        if not self._max_to_keep:
            return
        self._last_checkpoints = [entry for entry in self._last_checkpoints if entry[0] != path]
        self._last_checkpoints.append((path, time.time()))
        if len(self._last_checkpoints) > self._max_to_keep:
            self._to_delete.append(self._last_checkpoints.pop(0))

    def _delete_old(self, meta_graph_suffix: str) -> None:
        if not self._to_delete:
            return
        path, written = self._to_delete.pop(0)
        if written > self._next_checkpoint_time:
            self._next_checkpoint_time += self._keep_hours * 3600
            return
        state_file.remove_checkpoint(path, self._write_version, meta_graph_suffix)

    # Saving and restoring

    def save(
        self,
        sess,
        save_path,
        global_step=None,
        latest_filename=None,
        meta_graph_suffix="meta",
        write_meta_graph=True,
        write_state=True,
        strip_default_attrs=False,
        save_debug_info=False,
    ):
        """Writes a checkpoint.

        Args:
          sess: the session; None in eager mode.
          save_path: the path, without the step.
          global_step: the step (an integer, a tensor or its name), which is added to the path.
          latest_filename: name of the file that says which checkpoint is the latest, if not `checkpoint`.
          meta_graph_suffix: suffix of the file of the graph.
          write_meta_graph: whether the graph is written too.
          write_state: whether the file `checkpoint` is written, and old checkpoints are deleted.
          strip_default_attrs, save_debug_info: as in `export_meta_graph`.

        Returns:
          The path of the checkpoint; None if there is nothing to save.

        Raises:
          TypeError: if `sess` is no session.
          ValueError: if a name contains a folder or is taken, or there is no such folder.
          RuntimeError: if `build` was not called.
        """
        if not self._is_built and context.graph is not None:
            raise RuntimeError("`build()` should be called before save if defer_build==True")
        latest_filename = latest_filename or "checkpoint"
        if os.path.split(latest_filename)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        save_path = os.fspath(save_path)
        if context.graph is not None and not isinstance(sess, BaseSession):
            sess = getattr(sess, "_sess", sess)
            if not isinstance(sess, BaseSession):
                raise TypeError(f"'sess' must be a Session; {sess}")
        path = self._numbered(sess, save_path, global_step)
        if global_step is None and os.path.basename(save_path) == latest_filename and not self._sharded:
            raise ValueError(f"'latest_filename' collides with 'save_path': '{latest_filename}' and '{save_path}'")
        if not self._is_empty:
            try:
                self._write(sess, path)
            except (errors.FailedPreconditionError, errors.NotFoundError):
                if os.path.isdir(os.path.dirname(local(save_path)) or "."):
                    raise
                raise ValueError(f"Parent directory of {save_path} doesn't exist, can't save.") from None
            if write_state:
                self._record(path)
                folder = os.path.dirname(save_path)
                state_file.update_checkpoint_state_internal(
                    folder, path, self.last_checkpoints, latest_filename, self._save_relative_paths
                )
                self._delete_old(meta_graph_suffix)
        if write_meta_graph and context.graph is not None:
            with sess.graph.as_default():
                self.export_meta_graph(
                    state_file.meta_graph_filename(path, meta_graph_suffix),
                    strip_default_attrs=strip_default_attrs,
                    save_debug_info=save_debug_info,
                )
        return None if self._is_empty else path

    def _numbered(self, sess: Any, save_path: str, step: Any) -> str:
        if step is None:
            return save_path
        if not isinstance(step, (int, np.integer)):
            step = global_step_value(sess, step)
        return f"{save_path}-{step:08d}" if self._pad_step_number else f"{save_path}-{step}"

    def _write(self, sess: Any, path: str) -> None:
        if context.graph is None:
            saver_operations.save(path, named_saveables(self._var_list), self._write_version)
        else:
            sess.run(self.saver_def.save_tensor_name, {self.saver_def.filename_tensor_name: path})

    def export_meta_graph(
        self,
        filename=None,
        collection_list=None,
        as_text=False,
        export_scope=None,
        clear_devices=False,
        clear_extraneous_savers=False,
        strip_default_attrs=False,
        save_debug_info=False,
    ):
        """Writes the default graph, with this saver; see `tf.compat.v1.train.export_meta_graph`."""
        return export_meta_graph(
            filename=filename,
            saver_def=self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
            save_debug_info=save_debug_info,
        )

    def restore(self, sess, save_path):
        """Restores a checkpoint; variables need not be initialised.

        A checkpoint of `tf.train.Checkpoint` is read by the names that variables had.

        Args:
          sess: the session; None in eager mode.
          save_path: what `save` or `latest_checkpoint` returned.

        Raises:
          ValueError: if there is no such checkpoint.
          NotFoundError: if a variable is not in it.
          InvalidArgumentError: if a variable has another shape or dtype in it.
        """
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        save_path = os.fspath(save_path)
        if not state_file.checkpoint_exists(save_path):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {save_path}")
        _logger.info("Restoring parameters from %s", save_path)
        try:
            if context.graph is None:
                saver_operations.restore(save_path, named_saveables(self._var_list), self._reshape)
            else:
                sess.run(self.saver_def.restore_op_name, {self.saver_def.filename_tensor_name: save_path})
        except errors.NotFoundError as error:
            names = key_mapping(save_path)
            if names is None:
                raise _explained(error, "a Variable name or other graph key that is missing") from None
            self._restore_objects(sess, save_path, names)
        except errors.InvalidArgumentError as error:
            raise _explained(error, "a mismatch between the current graph and the graph") from None

    def _restore_objects(self, sess: Any, save_path: str, names: dict[str, str]) -> None:
        """Restores a checkpoint of objects, whose keys by names of variables these are."""
        _logger.warning(
            "Restoring an object-based checkpoint using a name-based saver. This may be somewhat fragile, and will "
            "re-build the Saver. Instead, consider loading object-based checkpoints using tf.train.Checkpoint()."
        )
        saveables: list[Saveable] = renamed(named_saveables(self._var_list or all_saveable_objects()), names)
        if context.graph is None:
            saver_operations.restore(save_path, saveables, self._reshape)
            return
        if self._object_restore_saver is None:
            with sess.graph.as_default():
                self._object_restore_saver = Saver(saveables, reshape=self._reshape)
        self._object_restore_saver.restore(sess, save_path)


Saver.__module__ = "tensorflow.python.training.saver"


def _explained(error: errors.OpError, reason: str) -> errors.OpError:
    return type(error)(
        error.node_def,
        error.op,
        f"Restoring from checkpoint failed. This is most likely due to {reason} from the checkpoint. Please ensure "
        f"that you have not altered the graph expected based on the checkpoint. Original error:\n\n{error.message}",
    )
