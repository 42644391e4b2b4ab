"""Reductions of rows that share a segment id, counts of integers, and confusion matrices."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api import math, math_unary
from tfshim.api.assertions import checked
from tfshim.api.casting import cast
from tfshim.api.math_reduce import reduce_all, reduce_max
from tfshim.api.naming import composed
from tfshim.backprop import gradient_rule
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.indexed_slices import dense
from tfshim.ops import op
from tfshim.tensor import Tensor

_gather = op("GatherV2")
_maximum = op("Maximum")
_minimum = op("Minimum")
_ones_like = op("OnesLike")
_reshape = op("Reshape")
_select = op("SelectV2")
_unsorted_sum = op("UnsortedSegmentSum")
_zeros_like = op("ZerosLike")

# Python name, op, what becomes of the rows of a segment, what a segment without rows has.
_SORTED = (
    ("segment_sum", "SegmentSum", "The sums", "0"),
    ("segment_mean", "SegmentMean", "The means", "0"),
    ("segment_prod", "SegmentProd", "The products", "1"),
    ("segment_max", "SegmentMax", "The greatest", "0"),
    ("segment_min", "SegmentMin", "The least", "0"),
)
_UNSORTED = (
    ("unsorted_segment_sum", "UnsortedSegmentSum", "The sums", "0"),
    ("unsorted_segment_prod", "UnsortedSegmentProd", "The products", "1"),
    ("unsorted_segment_max", "UnsortedSegmentMax", "The greatest", "the least number of its type"),
    ("unsorted_segment_min", "UnsortedSegmentMin", "The least", "the greatest number of its type"),
)


def _declare_sorted(python_name: str, op_name: str, text: str, empty: str) -> Any:
    run = op(op_name)

    def fn(data, segment_ids, name=None):
        return run(data, segment_ids, name=name)

    fn.__name__ = fn.__qualname__ = python_name
    fn.__doc__ = f"""{text} of the rows of `data` with one segment id.

    Args:
      data: a numeric tensor of rank 1 or more.
      segment_ids: a vector of sorted, non-negative ids, one a row.
      name: name of the op in a graph.

    Returns:
      A tensor with one row for each id from 0 to the last; {empty} for ids that do not occur.

    Raises:
      InvalidArgumentError: if the ids are not sorted, negative, or not as many as rows.
    """
    return export(f"math.{python_name}")(fn)


def _declare_unsorted(python_name: str, op_name: str, text: str, empty: str) -> Any:
    run = op(op_name)

    def fn(data, segment_ids, num_segments, name=None):
        return run(data, segment_ids, num_segments, name=name)

    fn.__name__ = fn.__qualname__ = python_name
    fn.__doc__ = f"""{text} of the slices of `data` with one segment id.

    Args:
      data: a numeric tensor.
      segment_ids: ids in any order, of a shape with which that of `data` begins. Slices with a negative id are
        left out.
      num_segments: the number of segments, a scalar.
      name: name of the op in a graph.

    Returns:
      A tensor with one slice for each id from 0 to num_segments - 1; {empty} for ids that do not occur.

    Raises:
      InvalidArgumentError: on the CPU, for an id that is not below `num_segments`.
    """
    return export(f"math.{python_name}")(fn)


for _entry in _SORTED:
    _declare_sorted(*_entry)
for _entry in _UNSORTED:
    _declare_unsorted(*_entry)


def _segment_sizes(data: Tensor, segment_ids: Tensor, num_segments: Any) -> Tensor:
    """How many slices each segment has, at least 1, of the type of `data` and in a shape that divides its sums."""
    count = convert_to_tensor(num_segments)
    ones = op("Fill")(op("Shape")(segment_ids), convert_to_tensor(1, data.dtype))
    sizes = _unsorted_sum(ones, segment_ids, count)
    extra = op("Sub")(op("Rank")(data), op("Rank")(segment_ids))
    shape = op("ConcatV2")([op("Shape")(sizes), op("Fill")(op("ExpandDims")(extra, 0), 1)], 0)
    return _maximum(_reshape(sizes, shape), 1)


@export("math.unsorted_segment_mean")
def unsorted_segment_mean(data, segment_ids, num_segments, name=None):
    """The means of the slices of `data` with one id; see `tf.math.unsorted_segment_sum`. 0 without slices."""
    with composed(name or "UnsortedSegmentMean") as name:
        data, segment_ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        sizes = _segment_sizes(data, segment_ids, num_segments)
        sums = _unsorted_sum(data, segment_ids, num_segments)
        return math.truediv(sums, sizes, name=name)


@export("math.unsorted_segment_sqrt_n")
def unsorted_segment_sqrt_n(data, segment_ids, num_segments, name=None):
    """The sums of `tf.math.unsorted_segment_sum`, divided by the square roots of the numbers of slices."""
    with composed(name or "UnsortedSegmentSqrtN") as name:
        data, segment_ids = convert_to_tensor(data), convert_to_tensor(segment_ids)
        sizes = _segment_sizes(data, segment_ids, num_segments)
        sums = _unsorted_sum(data, segment_ids, num_segments)
        return math.truediv(sums, math_unary.sqrt(sizes), name=name)


# Gradients of the sorted ones, which run on the host -------------------------------------------------------


@gradient_rule("SegmentSum")
def _(record, cotangents, wanted):
    return [_gather(dense(cotangents[0]), record.inputs[1], 0), None]


@gradient_rule("SegmentMean")
def _(record, cotangents, wanted):
    data, ids = record.inputs
    counts = op("SegmentSum")(_ones_like(data), ids)
    return [_gather(op("Div")(dense(cotangents[0]), counts), ids, 0), None]


@gradient_rule("SegmentMax", "SegmentMin")
def _(record, cotangents, wanted):
    """Equal extremes share the gradient."""
    data, ids = record.inputs
    cotangent = dense(cotangents[0])
    chosen = math.equal(data, _gather(record.outputs[0], ids, 0))
    count = op("SegmentSum")(cast(chosen, cotangent.dtype), ids)
    share = _gather(op("Div")(cotangent, count), ids, 0)
    return [_select(chosen, share, _zeros_like(data)), None]


@gradient_rule("SegmentProd")
def _(record, cotangents, wanted):
    """The product of the others: a division where no element is zero, else what remains at the only zero."""
    data, ids = record.inputs
    cotangent = dense(cotangents[0])
    zero = math.equal(data, 0)
    zeros = op("SegmentSum")(cast(zero, dtypes.int32), ids)
    cotangent = _select(op("Greater")(zeros, 1), _zeros_like(cotangent), cotangent)
    nonzero = _select(zero, _ones_like(data), data)
    rest = _gather(op("SegmentProd")(nonzero, ids), ids, 0)
    quotient = op("Div")(_gather(record.outputs[0], ids, 0), nonzero)
    return [op("Mul")(_gather(cotangent, ids, 0), _select(zero, rest, quotient)), None]


# Counts --------------------------------------------------------------------------------------------------


@export("math.bincount")
def bincount(
    arr,
    weights=None,
    minlength=None,
    maxlength=None,
    dtype=dtypes.int32,
    name=None,
    axis=None,
    binary_output=False,
):
    """How often each integer from 0 on occurs in `arr`.

    Args:
      arr: non-negative integers of rank 1 or 2 (any rank for axis 0); floats are truncated.
      weights: what each occurrence counts, of the shape of `arr`.
      minlength: the least number of bins; by default there are as many as the greatest integer needs.
      maxlength: the greatest number of bins; integers beyond are not counted.
      dtype: type of the counts, without `weights`.
      name: name of the op in a graph.
      axis: -1 counts in each row by itself; 0 or None in all of `arr`.
      binary_output: 1 for what occurs at all.

    Raises:
      ValueError: for another axis, or weights with `binary_output`.
      InvalidArgumentError: for a negative integer.
    """
    with composed(name or "bincount") as name:
        arr = convert_to_tensor(arr, name="arr")
        if weights is not None:
            if binary_output:
                raise ValueError(
                    "Arguments `binary_output` and `weights` are mutually exclusive. Please specify only one."
                )
            weights = convert_to_tensor(weights, name="weights")
        if not arr.dtype.is_integer:
            arr = cast(arr, dtypes.int32)
        if axis is None:
            axis = 0
        if axis not in (0, -1):
            raise ValueError(f"Unsupported value for argument axis={axis}. Only 0 and -1 are currently supported.")
        nonempty = cast(op("Greater")(op("Size")(arr), 0), arr.dtype)
        size = op("Mul")(nonempty, op("AddV2")(reduce_max(arr), 1))
        if minlength is not None:
            size = _maximum(convert_to_tensor(minlength, arr.dtype, name="minlength"), size)
        if maxlength is not None:
            size = _minimum(convert_to_tensor(maxlength, arr.dtype, name="maxlength"), size)
        if axis == 0:
            arr = _reshape(arr, [-1])
            weights = None if weights is None else _reshape(weights, [-1])
        if weights is None:
            weights = convert_to_tensor([], dtype or arr.dtype)
        return op("DenseBincount")(arr, size, weights, binary_output=binary_output, name=name)


def _checked(tensor: Tensor, relation: str, other: Tensor, message: str) -> Tensor:
    return checked(tensor, reduce_all(op(relation)(tensor, other)), [message, tensor])


@export("math.confusion_matrix")
def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype=dtypes.int32, name=None):
    """How often each class (row) was predicted to be each class (column).

    Args:
      labels: a vector of the true classes; a last dimension of size 1 more than `predictions` has is removed.
      predictions: a vector of the predicted classes; likewise.
      num_classes: the number of classes; by default the greatest class plus one.
      weights: what each prediction counts.
      dtype: type of the result.
      name: name of the op in a graph.

    Raises:
      InvalidArgumentError: for classes that are negative or not below `num_classes`.
    """
    with composed(name or "confusion_matrix") as name:
        labels, predictions = _same_rank(convert_to_tensor(labels), convert_to_tensor(predictions))
        predictions, labels = cast(predictions, dtypes.int64), cast(labels, dtypes.int64)
        zero = convert_to_tensor(0, dtypes.int64)
        labels = _checked(labels, "GreaterEqual", zero, "`labels` contains negative values")
        predictions = _checked(predictions, "GreaterEqual", zero, "`predictions` contains negative values")
        if num_classes is None:
            num_classes = op("AddV2")(_maximum(reduce_max(predictions), reduce_max(labels)), 1)
        else:
            limit = cast(num_classes, dtypes.int64)
            labels = _checked(labels, "Less", limit, "`labels` out of bound")
            predictions = _checked(predictions, "Less", limit, "`predictions` out of bound")
        if weights is not None:
            weights = convert_to_tensor(weights, name="weights")
            predictions.shape.assert_is_compatible_with(weights.shape)
            values = cast(weights, dtype)
        else:
            values = cast(_ones_like(predictions), dtype)
        size = cast(num_classes, dtypes.int64)
        indices = op("Pack")([labels, predictions], axis=1)
        return op("ScatterNd")(indices, values, op("Pack")([size, size]), name=name)


def _same_rank(labels: Tensor, predictions: Tensor) -> tuple[Tensor, Tensor]:
    """Removes a last dimension of size 1 from the one that has a dimension more."""
    first, second = labels.shape.rank, predictions.shape.rank
    if first is not None and second is not None:
        if second == first + 1 and predictions.shape[-1] in (1, None):
            predictions = op("Squeeze")(predictions, squeeze_dims=[-1])
        elif first == second + 1 and labels.shape[-1] in (1, None):
            labels = op("Squeeze")(labels, squeeze_dims=[-1])
    return labels, predictions
