"""Non-maximum suppression: of boxes that overlap, the one with the highest score is kept."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, invalid, shape_text
from tfshim.shapes import from_dims

Overlap = Callable[[int, list[int]], np.ndarray]

# Where an op has no such input.
_ANY_SCORE = np.float32(-np.inf)
_NO_SIGMA = np.float32(0)


def _intersection_over_union(boxes: np.ndarray) -> Overlap:
    """The function from a box and others to their overlaps; corners come in any order."""
    boxes = boxes.astype(np.float32)
    low = np.minimum(boxes[:, :2], boxes[:, 2:])
    high = np.maximum(boxes[:, :2], boxes[:, 2:])
    areas = np.prod(high - low, axis=1)

    def overlap(one: int, others: list[int]) -> np.ndarray:
        sides = np.minimum(high[one], high[others]) - np.maximum(low[one], low[others])
        common = np.prod(np.maximum(sides, 0), axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = common / (areas[one] + areas[others] - common)
        return np.where((areas[one] <= 0) | (areas[others] <= 0), np.float32(0), share)

    return overlap


def _select(
    overlap: Overlap, scores: np.ndarray, most: int, threshold: float, least: float, sigma: float = 0.0
) -> tuple[list[int], list[float]]:
    """The chosen boxes, best first, and their scores.

    With a positive `sigma` overlaps lower scores, and `threshold` has no meaning.
    """
    # The queue's best first: of equal scores, the first box. The last number is how many chosen boxes it was held
    # against already.
    queue = [(-score, i, 0) for i, score in enumerate(scores) if score > least]
    heapq.heapify(queue)
    chosen: list[int] = []
    kept: list[float] = []
    number = scores.dtype.type
    scale = number(-0.5 / sigma) if sigma > 0 else None
    while queue and len(chosen) < most:
        negative, box, seen = heapq.heappop(queue)
        score = before = -negative
        overlaps = overlap(box, chosen[seen:])[::-1]
        if scale is None:
            if (overlaps > threshold).any():
                continue
        else:
            for share in overlaps.astype(number):
                score = score * np.exp(scale * share * share)
                if score <= least:
                    break
        if score == before:
            chosen.append(box)
            kept.append(score)
        elif score > least:
            heapq.heappush(queue, (-score, box, len(chosen)))
    return chosen, kept


def _number(value: np.ndarray, name: str) -> float:
    if value.ndim:
        raise invalid(f"{name} must be 0-D, got shape {shape_text(value.shape)}")
    return value[()]


def _checked(boxes, scores, most, threshold, least, sigma=_NO_SIGMA):
    """The numbers among the arguments of an op, whose arrays are checked."""
    if boxes.ndim != 2:
        raise invalid(f"boxes must be 2-D (Shape must be rank 2 but is rank {boxes.ndim})")
    if boxes.shape[1] != 4:
        raise invalid(f"boxes must have 4 columns (Dimension must be 4 but is {boxes.shape[1]})")
    _check_scores(boxes, scores)
    limits = _limits(most, threshold, least, "iou_threshold")
    if not 0 <= limits[1] <= 1:
        raise invalid("iou_threshold must be in [0, 1]")
    if not _number(sigma, "soft_nms_sigma") >= 0:
        raise invalid("soft_nms_sigma_val must be >= 0")
    return limits


def _check_scores(rows, scores):
    if scores.ndim != 1 or scores.shape[0] != rows.shape[0]:
        raise invalid(f"scores has incompatible shape: {shape_text(scores.shape)} for {rows.shape[0]} boxes")


def _limits(most, threshold, least, name):
    count = int(_number(most, "max_output_size"))
    if count < 0:
        raise invalid("output size must be non-negative")
    return count, _number(threshold, name), _number(least, "score_threshold")


def _boxes(boxes, scores, most, threshold, least, pad, sigma=_NO_SIGMA):
    """The chosen boxes, their scores and how many they are; filled up with zeros if `pad`."""
    limits = _checked(boxes, scores, most, threshold, least, sigma)
    chosen, kept = _select(_intersection_over_union(boxes), scores, *limits, sigma=float(sigma))
    count = len(chosen)
    size = limits[0] if pad else count
    indices, values = np.zeros(size, np.int32), np.zeros(size, scores.dtype)
    indices[:count], values[:count] = chosen, kept
    return indices, values, np.int32(count)


@kernel("NonMaxSuppression", host=True)
def non_max_suppression(boxes, scores, max_output_size, *, iou_threshold):
    return _boxes(boxes, scores, max_output_size, np.float32(iou_threshold), _ANY_SCORE, False)[0]


@kernel("NonMaxSuppressionV2", host=True)
def non_max_suppression_v2(boxes, scores, max_output_size, iou_threshold):
    return _boxes(boxes, scores, max_output_size, iou_threshold, _ANY_SCORE, False)[0]


@kernel("NonMaxSuppressionV3", host=True)
def non_max_suppression_v3(boxes, scores, max_output_size, iou_threshold, score_threshold):
    return _boxes(boxes, scores, max_output_size, iou_threshold, score_threshold, False)[0]


@kernel("NonMaxSuppressionV4", host=True)
def non_max_suppression_v4(boxes, scores, max_output_size, iou_threshold, score_threshold, *, pad_to_max_output_size):
    indices, _, count = _boxes(boxes, scores, max_output_size, iou_threshold, score_threshold, pad_to_max_output_size)
    return indices, count


@kernel("NonMaxSuppressionV5", host=True)
def non_max_suppression_v5(
    boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma, *, pad_to_max_output_size
):
    return _boxes(
        boxes, scores, max_output_size, iou_threshold, score_threshold, pad_to_max_output_size, soft_nms_sigma
    )


@kernel("NonMaxSuppressionWithOverlaps", host=True)
def non_max_suppression_with_overlaps(overlaps, scores, max_output_size, overlap_threshold, score_threshold):
    if overlaps.ndim != 2 or overlaps.shape[0] != overlaps.shape[1]:
        raise invalid(f"overlaps must be square, got {shape_text(overlaps.shape)}")
    _check_scores(overlaps, scores)
    limits = _limits(max_output_size, overlap_threshold, score_threshold, "overlap_threshold")
    chosen, _ = _select(lambda one, others: overlaps[one, others], scores, *limits)
    return np.array(chosen, np.int32)


# Static shapes -------------------------------------------------------------------------------------------


def _inputs(op, columns: int | None = 4) -> None:
    """Checks ranks and sizes as far as they are known; a matrix of overlaps has as many columns as rows."""
    rows, width = op.shape(0).with_rank(2).as_list()
    if columns is not None and width not in (None, columns):
        raise invalid(f"Dimension must be {columns} but is {width}")
    if None not in (rows, width) and columns is None and rows != width:
        raise invalid(f"Dimensions must be equal, but are {rows} and {width}")
    (count,) = op.shape(1).with_rank(1).as_list()
    if None not in (rows, count) and rows != count:
        raise invalid(f"Dimensions must be equal, but are {rows} and {count}")
    for i in range(2, len(op)):
        op.shape(i).with_rank(0)


def _padded(op):
    size = op.static(2) if op.attr("pad_to_max_output_size") else None
    if size is not None and size < 0:
        raise invalid("max_output_size must be non-negative")
    return from_dims((None if size is None else int(size),))


@shape_function("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3")
def _(op):
    _inputs(op)
    return from_dims((None,))


@shape_function("NonMaxSuppressionWithOverlaps")
def _(op):
    _inputs(op, None)
    return from_dims((None,))


@shape_function("NonMaxSuppressionV4")
def _(op):
    _inputs(op)
    return _padded(op), SCALAR


@shape_function("NonMaxSuppressionV5")
def _(op):
    _inputs(op)
    return _padded(op), _padded(op), SCALAR
