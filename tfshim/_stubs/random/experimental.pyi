# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.random import Algorithm as Algorithm
from tfshim.api.random import fold_in as stateless_fold_in
from tfshim.api.random import index_shuffle as index_shuffle
from tfshim.api.random import split as stateless_split
from tfshim.api.random import stateless_shuffle as stateless_shuffle
from tfshim.api.random_generator import Generator as Generator
from tfshim.api.random_generator import create_rng_state as create_rng_state
from tfshim.api.random_generator import get_global_generator as get_global_generator
from tfshim.api.random_generator import set_global_generator as set_global_generator
