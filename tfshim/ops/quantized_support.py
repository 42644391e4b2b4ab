"""Which ops TensorFlow's kernels for CPUs take quantised numbers in: those of the table below refuse them."""

from __future__ import annotations

from collections.abc import Iterable

from tfshim.dtypes import DType
from tfshim.ops.shape_helpers import invalid, missing_kernel

# Ops that take none of the quantised dtypes, although they are declared for them.
_NONE = frozenset(
    "AddN ArgMax ArgMin BatchToSpace BatchToSpaceND BroadcastTo ConjugateTranspose Cumprod Cumsum DynamicPartition "
    "EditDistance ListDiff LowerBound Max Mean Min OneHot ParallelConcat Prod RaggedFillEmptyRows "
    "RaggedFillEmptyRowsGrad ReverseSequence Roll ScatterNd ScatterNdNonAliasingAdd SegmentMean SegmentProd SegmentSum "
    "Select SelectV2 SerializeManySparse SerializeTensor Snapshot SpaceToBatch SpaceToBatchND SparseAdd SparseAddGrad "
    "SparseConcat SparseFillEmptyRows SparseFillEmptyRowsGrad SparseReduceSumSparse SparseReorder SparseSlice "
    "SparseSliceGrad SparseSparseMinimum SparseSplit Sum TensorArrayScatterV3 TensorArraySplitV3 TensorArrayWriteV3 "
    "TensorScatterAdd TensorScatterMax TensorScatterMin TensorScatterSub TensorScatterUpdate Transpose Unique "
    "UniqueV2 UniqueWithCounts UniqueWithCountsV2 Unpack UpperBound Where".split()
)
_NARROW = frozenset({"qint8", "quint8", "qint32"})
_SOME = {
    **dict.fromkeys(
        "DynamicStitch GatherNd MirrorPad Pad PadV2 ParallelDynamicStitch Slice StridedSlice "
        "TensorStridedSliceUpdate".split(),
        _NARROW,
    ),
    "SparseToDense": frozenset({"qint8", "quint8", "qint16", "quint16"}),
    **dict.fromkeys(("Split", "SplitV"), frozenset({"quint8"})),
    "SpaceToDepth": frozenset({"qint8"}),
}


def refuse_quantized(op_name: str, kinds: Iterable[DType], in_graph: bool = False) -> None:
    """Refuses an op with inputs of these dtypes if one is quantised and the op has no kernel for it.

    Raises:
      NotFoundError: in an eager call.
      InvalidArgumentError: in a graph.
    """
    for kind in kinds:
        if kind.is_quantized and (op_name in _NONE or kind.name not in _SOME.get(op_name, (kind.name,))):
            if in_graph:
                raise invalid(f"No OpKernel was registered to support Op '{op_name}' with dtype {kind.name}")
            raise missing_kernel(op_name, kind)
