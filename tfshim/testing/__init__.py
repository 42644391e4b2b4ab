"""`tf.test`: test cases that compare tensors, numeric gradients, benchmarks."""
