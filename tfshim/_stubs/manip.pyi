# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.array import reshape as reshape
from tfshim.api.array import reverse as reverse
from tfshim.api.array import roll as roll
from tfshim.api.array import tile as tile
