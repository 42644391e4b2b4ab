"""`tf.compat.v1.lookup`: the tables of `tf.lookup`, which know the operation that fills them."""

from __future__ import annotations

from typing import Any

from tfshim.api import lookup
from tfshim.export import export
from tfshim.scopes import no_op


@export("compat.v1.lookup.StaticHashTable")
class StaticHashTableV1(lookup.StaticHashTable):
    """`tf.lookup.StaticHashTable`, with the operation that fills it."""

    @property
    def initializer(self) -> Any:
        """The operation that fills the table; None in eager mode, where it is full from the start."""
        return self._init_op


@export("compat.v1.lookup.StaticVocabularyTable")
class StaticVocabularyTableV1(lookup.StaticVocabularyTable):
    """`tf.lookup.StaticVocabularyTable`, with the operation that fills its table of known keys."""

    @property
    def initializer(self) -> Any:
        """The operation that fills the table of known keys, one that does nothing without such; None in eager mode."""
        return no_op() if self._table is None else self._table._init_op


for _cls in (StaticHashTableV1, StaticVocabularyTableV1):
    _cls.__module__ = "tensorflow.python.ops.lookup_ops"
