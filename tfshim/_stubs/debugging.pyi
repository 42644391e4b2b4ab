# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.array import check_numerics as check_numerics
from tfshim.api.host import Assert as Assert
