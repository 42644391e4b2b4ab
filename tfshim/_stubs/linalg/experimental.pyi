# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.linalg_iterative import conjugate_gradient as conjugate_gradient
