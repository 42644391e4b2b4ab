# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any


Event: _Any
SessionLog: _Any
Summary: _Any
SummaryDescription: _Any
TaggedRunMetadata: _Any
