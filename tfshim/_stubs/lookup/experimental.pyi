# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.lookup_mutable import DenseHashTable as DenseHashTable
from tfshim.api.lookup_mutable import MutableHashTable as MutableHashTable
