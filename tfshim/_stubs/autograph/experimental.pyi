# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.autograph.options import Feature as Feature
from tfshim.autograph.public import do_not_convert as do_not_convert
from tfshim.autograph.public import set_loop_options as set_loop_options
