# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.xla import compile as compile
from tfshim.api.xla import jit_scope as jit_scope
