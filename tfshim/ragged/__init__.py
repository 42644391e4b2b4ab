"""Ragged tensors: `tf.RaggedTensor`, its spec and partitions, `tf.ragged.*`, and what public functions do with them.

`tensor` and `row_partition` are the types; `table` says who answers for which public function. Everything about
partitions is integer arithmetic in `index`; all that is done with values is done by ops on the flat values, compiled
and differentiable as any other.
"""

from tfshim.api import ragged as names
from tfshim.ragged import operators

operators.bind()
names.settle()
