# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any


Event: Any
SessionLog: Any
Summary: Any
SummaryDescription: Any
TaggedRunMetadata: Any
