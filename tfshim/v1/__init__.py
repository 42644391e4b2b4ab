"""`tf.compat.v1`: sessions over graphs, variable scopes, optimizers with slots, and old names and signatures."""

from tfshim.v1 import (  # noqa: F401
    app,
    collections,
    functions,
    graph_surgery,
    initializers,
    losses,
    metrics,
    metrics_thresholds,
    modes,
    names,
    old_names,
    renamed_functions,
    session,
    sparse_functions,
    template,
    text,
    training,
    variable_creation,
    variable_scope,
    wrap_function,
)
