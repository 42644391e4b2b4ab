"""`tf.compat.v1.distributions`: probability distributions with parameters that are tensors."""
