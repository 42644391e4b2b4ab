"""`tensorflow.python.framework.config`: determinism, which the public API only turns on."""

from tfshim import seeds


def disable_op_determinism() -> None:
    """The opposite of `tf.config.experimental.enable_op_determinism`."""
    seeds.set_determinism(False)


def is_op_determinism_enabled() -> bool:
    """Whether ops are to give the same results each time."""
    return seeds.is_deterministic()
