# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.profiler import experimental as experimental
