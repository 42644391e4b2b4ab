# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any


def as_dict(**kwargs: _Any) -> _Any: ...
