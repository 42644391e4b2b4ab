# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.autograph.calls import tf_convert as tf_convert
from tfshim.autograph.status import control_status_ctx as control_status_ctx
