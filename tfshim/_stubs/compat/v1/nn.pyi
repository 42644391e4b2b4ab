# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.nn_norm import fused_batch_norm as fused_batch_norm
