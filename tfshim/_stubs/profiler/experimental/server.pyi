# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.profiler import start_server as start
