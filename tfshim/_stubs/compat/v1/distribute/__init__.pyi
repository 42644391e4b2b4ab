# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.compat.v1.distribute import cluster_resolver as cluster_resolver
from tfshim._stubs.compat.v1.distribute import experimental as experimental
