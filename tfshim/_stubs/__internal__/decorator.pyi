# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.compat.private.util_tf_decorator import make_decorator as make_decorator
from tfshim.compat.private.util_tf_decorator import unwrap as unwrap
