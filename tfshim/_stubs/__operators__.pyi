# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.operators import add as add
from tfshim.api.operators import eq as eq
from tfshim.api.operators import getitem as getitem
from tfshim.api.operators import ne as ne
from tfshim.ragged.getitem import getitem as ragged_getitem
