# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.config import get_optimizer_experimental_options as get_experimental_options
from tfshim.api.config import get_optimizer_jit as get_jit
from tfshim.api.config import set_optimizer_experimental_options as set_experimental_options
from tfshim.api.config import set_optimizer_jit as set_jit
