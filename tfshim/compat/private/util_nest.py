"""`tensorflow.python.util.nest`: `tfshim.nest`, and two names that start with an underscore."""

from tfshim.nest import *  # noqa: F403
from tfshim.nest import is_namedtuple as _is_namedtuple  # noqa: F401
