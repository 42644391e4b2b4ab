# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.compat import v1 as v1
from tfshim._stubs.compat import v2 as v2
from tfshim.shapes import dimension_at_index as dimension_at_index
from tfshim.shapes import dimension_value as dimension_value
from tfshim.v1.text import as_bytes as as_bytes
from tfshim.v1.text import as_str as as_str
from tfshim.v1.text import as_str_any as as_str_any
from tfshim.v1.text import as_text as as_text
from tfshim.v1.text import forward_compatibility_horizon as forward_compatibility_horizon
from tfshim.v1.text import forward_compatible as forward_compatible
from tfshim.v1.text import path_to_str as path_to_str

bytes_or_text_types: _Any
complex_types: _Any
integral_types: _Any
real_types: _Any
