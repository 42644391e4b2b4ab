# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.nest import flatten_up_to as flatten_up_to
from tfshim.nest import get_traverse_shallow_structure as get_traverse_shallow_structure
from tfshim.nest import is_attrs as is_attrs
from tfshim.nest import is_mapping as is_mapping
from tfshim.nest import list_to_tuple as list_to_tuple
from tfshim.nest import map_structure_up_to as map_structure_up_to
from tfshim.nest import sequence_like as sequence_like
from tfshim.nest import yield_flat_paths as yield_flat_paths
