"""Sparse tensors: `tf.SparseTensor`, `tf.sparse`, `tf.sets`, and lookups of sparse ids.

Indices and shapes are worked on by the host, for how many there are depends on the data; what computes with values is
compiled.
"""
