"""`tf.compat.v1`: sessions over graphs, variable scopes, optimizers with slots, and old names and signatures."""

from tfshim.v1 import (  # noqa: F401
    collections,
    initializers,
    session,
    training,
    variable_creation,
    variable_scope,
)
