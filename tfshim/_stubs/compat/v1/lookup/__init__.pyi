# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.compat.v1.lookup import experimental as experimental
from tfshim.v1.lookup import StaticHashTableV1 as StaticHashTable
from tfshim.v1.lookup import StaticVocabularyTableV1 as StaticVocabularyTable

def KeyValueTensorInitializer(**kwargs: _Any) -> _Any: ...
def TextFileIndex(**kwargs: _Any) -> _Any: ...
def TextFileInitializer(**kwargs: _Any) -> _Any: ...
