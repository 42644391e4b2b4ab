# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.xla import experimental as experimental
