# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.v1.modes import enable_v2_behavior as enable_v2_behavior
