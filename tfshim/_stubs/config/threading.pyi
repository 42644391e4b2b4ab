# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.config import get_inter_op_parallelism_threads as get_inter_op_parallelism_threads
from tfshim.api.config import get_intra_op_parallelism_threads as get_intra_op_parallelism_threads
from tfshim.api.config import set_inter_op_parallelism_threads as set_inter_op_parallelism_threads
from tfshim.api.config import set_intra_op_parallelism_threads as set_intra_op_parallelism_threads
