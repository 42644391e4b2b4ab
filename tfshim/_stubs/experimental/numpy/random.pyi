# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.numpy_api.random import poisson as poisson
from tfshim.numpy_api.random import rand as rand
from tfshim.numpy_api.random import randint as randint
from tfshim.numpy_api.random import randn as randn
from tfshim.numpy_api.random import random_ as random
from tfshim.numpy_api.random import seed as seed
from tfshim.numpy_api.random import standard_normal as standard_normal
from tfshim.numpy_api.random import uniform as uniform
