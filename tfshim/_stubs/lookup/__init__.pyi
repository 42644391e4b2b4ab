# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.lookup import experimental as experimental
from tfshim.api.lookup import KeyValueTensorInitializer as KeyValueTensorInitializer
from tfshim.api.lookup import StaticHashTable as StaticHashTable
from tfshim.api.lookup import StaticVocabularyTable as StaticVocabularyTable
from tfshim.api.lookup import TextFileIndex as TextFileIndex
from tfshim.api.lookup import TextFileInitializer as TextFileInitializer
