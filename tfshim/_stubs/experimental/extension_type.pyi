# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.extension_types.extension_type import as_dict as as_dict
