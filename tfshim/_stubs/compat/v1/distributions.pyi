# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.v1.distributions.counts import DirichletMultinomial as DirichletMultinomial
from tfshim.v1.distributions.counts import Multinomial as Multinomial
from tfshim.v1.distributions.discrete import Bernoulli as Bernoulli
from tfshim.v1.distributions.discrete import Categorical as Categorical
from tfshim.v1.distributions.distribution import Distribution as Distribution
from tfshim.v1.distributions.distribution import ReparameterizationType as ReparameterizationType
from tfshim.v1.distributions.distribution import ReparameterizationType as _ReparameterizationType
from tfshim.v1.distributions.divergence import RegisterKL as RegisterKL
from tfshim.v1.distributions.divergence import kl_divergence as kl_divergence
from tfshim.v1.distributions.gammas import Beta as Beta
from tfshim.v1.distributions.gammas import Dirichlet as Dirichlet
from tfshim.v1.distributions.gammas import Exponential as Exponential
from tfshim.v1.distributions.gammas import Gamma as Gamma
from tfshim.v1.distributions.location_scale import Laplace as Laplace
from tfshim.v1.distributions.location_scale import Normal as Normal
from tfshim.v1.distributions.location_scale import StudentT as StudentT
from tfshim.v1.distributions.location_scale import Uniform as Uniform

FULLY_REPARAMETERIZED: _ReparameterizationType
NOT_REPARAMETERIZED: _ReparameterizationType
