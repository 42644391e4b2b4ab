# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.v1.conditionals import smart_cond as smart_cond
