"""`tf.compat.v1.train`: optimizers, the global step, learning rates that change, moving averages."""

from tfshim.v1.training import decay, global_step, moving_averages, optimizer, optimizers  # noqa: F401
