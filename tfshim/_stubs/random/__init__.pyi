# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.random import experimental as experimental
from tfshim.api.random import Algorithm as Algorithm
from tfshim.api.random import categorical as categorical
from tfshim.api.random import fold_in as fold_in
from tfshim.api.random import gamma as gamma
from tfshim.api.random import normal as normal
from tfshim.api.random import poisson as poisson
from tfshim.api.random import set_seed as set_seed
from tfshim.api.random import shuffle as shuffle
from tfshim.api.random import split as split
from tfshim.api.random import stateless_binomial as stateless_binomial
from tfshim.api.random import stateless_categorical as stateless_categorical
from tfshim.api.random import stateless_gamma as stateless_gamma
from tfshim.api.random import stateless_normal as stateless_normal
from tfshim.api.random import stateless_parameterized_truncated_normal as stateless_parameterized_truncated_normal
from tfshim.api.random import stateless_poisson as stateless_poisson
from tfshim.api.random import stateless_truncated_normal as stateless_truncated_normal
from tfshim.api.random import stateless_uniform as stateless_uniform
from tfshim.api.random import truncated_normal as truncated_normal
from tfshim.api.random import uniform as uniform
from tfshim.api.random_generator import Generator as Generator
from tfshim.api.random_generator import create_rng_state as create_rng_state
from tfshim.api.random_generator import get_global_generator as get_global_generator
from tfshim.api.random_generator import set_global_generator as set_global_generator
