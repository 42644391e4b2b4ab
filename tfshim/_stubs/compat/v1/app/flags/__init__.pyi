# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.compat.v1.app.flags import tf_decorator as tf_decorator
