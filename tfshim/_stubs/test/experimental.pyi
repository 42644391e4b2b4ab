# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.testing.support import sync_devices as sync_devices
