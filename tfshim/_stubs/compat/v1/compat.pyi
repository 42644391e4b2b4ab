# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.shapes import dimension_at_index as dimension_at_index
from tfshim.shapes import dimension_value as dimension_value
