# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.nest import assert_same_structure as assert_same_structure
from tfshim.nest import flatten as flatten
from tfshim.nest import is_nested as is_nested
from tfshim.nest import map_structure as map_structure
from tfshim.nest import pack_sequence_as as pack_sequence_as
