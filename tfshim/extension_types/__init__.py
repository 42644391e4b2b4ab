"""`tf.experimental.ExtensionType`: composite tensors that users declare as classes with annotated fields."""
