# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.sparse.counts import bincount as bincount
from tfshim.sparse.creation import eye as eye
from tfshim.sparse.creation import from_dense as from_dense
from tfshim.sparse.creation import to_dense as to_dense
from tfshim.sparse.creation import to_indicator as to_indicator
from tfshim.sparse.crosses import cross as cross
from tfshim.sparse.crosses import cross_hashed as cross_hashed
from tfshim.sparse.math import add as add
from tfshim.sparse.math import map_values as map_values
from tfshim.sparse.math import sampled_addmm as sampled_addmm
from tfshim.sparse.math import softmax as softmax
from tfshim.sparse.math import sparse_dense_matmul as sparse_dense_matmul
from tfshim.sparse.structure import concat as concat
from tfshim.sparse.structure import expand_dims as expand_dims
from tfshim.sparse.structure import fill_empty_rows as fill_empty_rows
from tfshim.sparse.structure import mask as mask
from tfshim.sparse.structure import reorder as reorder
from tfshim.sparse.structure import reset_shape as reset_shape
from tfshim.sparse.structure import reshape as reshape
from tfshim.sparse.structure import retain as retain
from tfshim.sparse.structure import slice as slice
from tfshim.sparse.structure import split as split
from tfshim.sparse.structure import transpose as transpose
from tfshim.sparse.tensor import SparseTensor as SparseTensor

def maximum(sp_a, sp_b, name=...) -> _Any: ...
def minimum(sp_a, sp_b, name=...) -> _Any: ...
def reduce_max(sp_input, axis=..., keepdims=..., output_is_sparse=..., name=...) -> _Any: ...
def reduce_sum(sp_input, axis=..., keepdims=..., output_is_sparse=..., name=...) -> _Any: ...
def segment_mean(data, indices, segment_ids, num_segments=..., name=..., sparse_gradient=...) -> _Any: ...
def segment_sqrt_n(data, indices, segment_ids, num_segments=..., name=..., sparse_gradient=...) -> _Any: ...
def segment_sum(data, indices, segment_ids, num_segments=..., name=..., sparse_gradient=...) -> _Any: ...
