# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.forward_accumulator import ForwardAccumulator as ForwardAccumulator
from tfshim.gradient_tape import GradientTape as GradientTape
