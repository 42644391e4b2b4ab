# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.compat.v1.autograph import experimental as experimental
from tfshim.autograph.public import to_code_v1 as to_code
from tfshim.autograph.public import to_graph_v1 as to_graph

def set_verbosity(**kwargs: _Any) -> _Any: ...
def trace(**kwargs: _Any) -> _Any: ...
