# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.type_spec_base import TypeSpec as Structure
