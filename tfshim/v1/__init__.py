"""`tf.compat.v1`: sessions over graphs, variable scopes, optimizers with slots, and old names and signatures."""
