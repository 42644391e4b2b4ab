# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.trace_type import SupportsTracingProtocol as SupportsTracingProtocol
from tfshim.trace_type import TraceType as TraceType
