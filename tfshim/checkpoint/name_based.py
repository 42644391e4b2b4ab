"""Restoring a checkpoint without an object graph (that of a `Saver`) into objects: by the names of variables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfshim.checkpoint import saveables
from tfshim.checkpoint.restoring import restore_saveables
from tfshim.checkpoint.saveables import Saveable
from tfshim.checkpoint.stored_tensors import StoredTensors
from tfshim.tracking import VARIABLE_VALUE_KEY
from tfshim.variable import Variable


class NameBasedRestoration:
    """One call of `restore` with such a checkpoint."""

    def __init__(self, reader: StoredTensors, restore_uid: int):
        self.reader = reader
        self.restore_uid = restore_uid
        # Objects and the names of what was not restored, by the ids of the objects.
        self.unused: dict[int, tuple[Any, list[str]]] = {}

    def __hash__(self) -> int:
        return id(self)

    def named_saveables(self, trackable: Any) -> Iterator[Saveable]:
        """What of an object can be found by name; notes what cannot."""
        if isinstance(trackable, Variable):
            key = saveables.full_name(trackable)
            yield saveables.of_variable(trackable, VARIABLE_VALUE_KEY, key)
            return
        if saveables.serializes_itself(trackable):
            if saveables.has_values(trackable):
                self._note(trackable, "")
            return
        for attribute, factory in saveables.factories(trackable).items():
            try:
                made = factory() if callable(factory) and not isinstance(factory, Variable) else factory
            except TypeError:
                # Made for an object graph: it cannot do without a key.
                self._note(trackable, attribute)
                continue
            key = saveables.full_name(made) or getattr(made, "name", attribute)
            yield saveables.of_saveable_object(made, attribute, key)

    def _note(self, trackable: Any, name: str) -> None:
        self.unused.setdefault(id(trackable), (trackable, []))[1].append(name)

    def eager_restore(self, trackable: Any) -> None:
        """Restores what is there of an object."""
        for saveable in self.named_saveables(trackable):
            if all(key in self.reader for key in saveables.keys_of([saveable])):
                restore_saveables(self.reader.prefix, [saveable])
            else:
                self._note(trackable, saveable.specs[0].name)
