# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.variable.core import is_resource_variable as is_resource_variable
