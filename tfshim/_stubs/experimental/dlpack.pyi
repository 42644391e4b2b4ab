# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.dlpack import from_dlpack as from_dlpack
from tfshim.api.dlpack import to_dlpack as to_dlpack
