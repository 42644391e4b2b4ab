# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.checkpoint.state_file import update_checkpoint_state_internal as update_checkpoint_state
from tfshim.v1.training.moving_averages import assign_moving_average as assign_moving_average
