"""The side doors between TensorFlow programs and JAX: functions, optimizers and modules of one in the other."""

from tfshim.interop.flax_modules import LinenModule as LinenModule
from tfshim.interop.flax_modules import NnxModule as NnxModule
from tfshim.interop.jax_calls import from_jax as from_jax
from tfshim.interop.optimizer import Optimizer as Optimizer
from tfshim.interop.to_jax import to_jax as to_jax
