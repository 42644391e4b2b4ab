# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.summary import get_step as get_step
from tfshim.api.summary import set_step as set_step
from tfshim.api.summary import summary_scope as summary_scope
from tfshim.api.summary import write_raw_pb as write_raw_pb
