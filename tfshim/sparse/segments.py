"""`tf.sparse.segment_*`: reductions of gathered rows that share a segment id."""

from __future__ import annotations

from tfshim.export import export
from tfshim.ops import op

# Python name, op, what becomes of the rows of a segment.
_TABLE = (
    ("segment_sum", "SparseSegmentSum", "The sums"),
    ("segment_mean", "SparseSegmentMean", "The means"),
    ("segment_sqrt_n", "SparseSegmentSqrtN", "The sums, divided by the square roots of their numbers,"),
)


def _declare(python_name: str, op_name: str, text: str) -> None:
    def run(data, indices, segment_ids, num_segments, name, sparse_gradient):
        if num_segments is None:
            return op(op_name)(data, indices, segment_ids, sparse_gradient=sparse_gradient, name=name)
        counted = op(f"{op_name}WithNumSegments")
        return counted(data, indices, segment_ids, num_segments, sparse_gradient=sparse_gradient, name=name)

    def fn(data, indices, segment_ids, num_segments=None, name=None, sparse_gradient=False):
        return run(data, indices, segment_ids, num_segments, name, sparse_gradient)

    def v1(data, indices, segment_ids, name=None, num_segments=None, sparse_gradient=False):
        return run(data, indices, segment_ids, num_segments, name, sparse_gradient)

    doc = f"""{text} of the rows `data[indices[i]]` with one segment id.

    Args:
      data: a numeric tensor of rank 1 or more.
      indices: a vector of rows of `data`.
      segment_ids: a vector of sorted ids, one for each index.
      num_segments: the number of segments; by default one more than the last id. Given, the op is compiled.
      name: name of the op in a graph.
      sparse_gradient: give the gradient of `data` as `tf.IndexedSlices` of the rows that occur.

    Returns:
      A tensor with one row for each segment; zeros for segments without rows.

    Raises:
      InvalidArgumentError: for ids that are not sorted or out of range, or indices out of range.
    """
    for function, paths in (
        (fn, (f"sparse.{python_name}",)),
        (v1, (f"compat.v1.sparse.{python_name}", f"compat.v1.sparse_{python_name}")),
    ):
        function.__name__ = function.__qualname__ = python_name
        function.__doc__ = doc
        export(*paths)(function)


for _entry in _TABLE:
    _declare(*_entry)
