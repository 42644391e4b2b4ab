# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.random import Algorithm as Algorithm
from tfshim.api.random import fold_in as stateless_fold_in
from tfshim.api.random import index_shuffle as index_shuffle
from tfshim.api.random import split as stateless_split
from tfshim.api.random import stateless_shuffle as stateless_shuffle
