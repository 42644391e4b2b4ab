# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any


def make_decorator(**kwargs: _Any) -> _Any: ...
def unwrap(**kwargs: _Any) -> _Any: ...
