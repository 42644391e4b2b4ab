# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.sparse.sets import difference as difference
from tfshim.sparse.sets import intersection as intersection
from tfshim.sparse.sets import size as size
from tfshim.sparse.sets import union as union
