# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.random import gamma as gamma
from tfshim.api.random import get_seed as get_seed
from tfshim.api.random import multinomial as multinomial
from tfshim.api.random import normal as normal
from tfshim.api.random import poisson_v1 as poisson
from tfshim.api.random import set_random_seed as set_random_seed
from tfshim.api.random import shuffle as shuffle
from tfshim.api.random import stateless_multinomial as stateless_multinomial
from tfshim.api.random import truncated_normal as truncated_normal
from tfshim.api.random import uniform as uniform
