# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.nn_norm import general_dropout as general_dropout
from tfshim.api.nn_norm import stateless_dropout as stateless_dropout
