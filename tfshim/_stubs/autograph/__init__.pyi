# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.autograph import experimental as experimental
from tfshim.autograph.public import to_code as to_code
from tfshim.autograph.public import to_graph as to_graph
from tfshim.autograph.verbosity import set_verbosity as set_verbosity
from tfshim.autograph.verbosity import trace as trace
