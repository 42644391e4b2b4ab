"""Ragged tensors: `tf.RaggedTensor`, its spec and partitions, `tf.ragged.*`, and what public functions do with them.

`tensor` and `row_partition` are the types; `table` says who answers for which public function. Everything about
partitions is integer arithmetic in `index`; all that is done with values is done by ops on the flat values, compiled
and differentiable as any other.
"""

from tfshim.ragged import constructing, elementwise, joining, operators, row_partition, spec, tensor  # noqa: F401

operators.bind()
