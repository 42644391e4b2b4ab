# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.profiler.experimental import server as server
from tfshim.api.profiler import Profile as Profile
from tfshim.api.profiler import ProfilerOptions as ProfilerOptions
from tfshim.api.profiler import Trace as Trace
from tfshim.api.profiler import start as start
from tfshim.api.profiler import stop as stop
