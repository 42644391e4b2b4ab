# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.v1.modes import v2_behavior_enabled as enabled
