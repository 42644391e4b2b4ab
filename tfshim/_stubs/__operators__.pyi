# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.ragged.getitem import getitem as ragged_getitem
