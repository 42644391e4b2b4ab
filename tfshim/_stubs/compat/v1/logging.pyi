# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.api.log import TaskLevelStatusMessage as TaskLevelStatusMessage
from tfshim.api.log import debug as debug
from tfshim.api.log import error as error
from tfshim.api.log import fatal as fatal
from tfshim.api.log import flush as flush
from tfshim.api.log import get_verbosity as get_verbosity
from tfshim.api.log import info as info
from tfshim.api.log import log as log
from tfshim.api.log import log as vlog
from tfshim.api.log import log_every_n as log_every_n
from tfshim.api.log import log_first_n as log_first_n
from tfshim.api.log import log_if as log_if
from tfshim.api.log import set_verbosity as set_verbosity
from tfshim.api.log import warn as warn
from tfshim.api.log import warning as warning

DEBUG: int
ERROR: int
FATAL: int
INFO: int
WARN: int
