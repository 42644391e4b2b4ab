# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.sparse.serialising import deserialize_many_sparse as deserialize_many_sparse
from tfshim.sparse.serialising import serialize_many_sparse as serialize_many_sparse
from tfshim.sparse.serialising import serialize_sparse as serialize_sparse
