# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.ragged.constructing import boolean_mask as boolean_mask
from tfshim.ragged.constructing import constant as constant
from tfshim.ragged.constructing import ragged_range as range
from tfshim.ragged.constructing import row_splits_to_segment_ids as row_splits_to_segment_ids
from tfshim.ragged.constructing import segment_ids_to_row_splits as segment_ids_to_row_splits
from tfshim.ragged.constructing import stack_dynamic_partitions as stack_dynamic_partitions
from tfshim.ragged.crosses import cross as cross
from tfshim.ragged.crosses import cross_hashed as cross_hashed
from tfshim.ragged.elementwise import map_flat_values as map_flat_values
from tfshim.ragged.joining import stack as stack
