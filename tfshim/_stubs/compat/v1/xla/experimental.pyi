# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any


def compile(**kwargs: _Any) -> _Any: ...
def jit_scope(**kwargs: _Any) -> _Any: ...
