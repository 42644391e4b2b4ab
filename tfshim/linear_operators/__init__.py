"""`tf.linalg.LinearOperator` and its classes: matrices by what they do, over the ops of the linear algebra.

An operator is a `tf.Module` (it finds its variables) and a composite tensor (an argument of functions).
"""
