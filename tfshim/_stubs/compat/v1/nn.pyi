# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.candidate_samplers import log_uniform_candidate_sampler as log_uniform_candidate_sampler
from tfshim.api.candidate_samplers import uniform_candidate_sampler as uniform_candidate_sampler
from tfshim.api.nn_norm import fused_batch_norm as fused_batch_norm
