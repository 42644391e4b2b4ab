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


def _of_one_image(boxes, scores, per_class, total, threshold, least, clip):
    """(boxes, scores, classes) of one image, best first: at most `per_class` of each class, `total` of all."""
    found = []
    for c in range(scores.shape[1]):
        of_class = boxes[:, c if boxes.shape[1] > 1 else 0]
        chosen, kept = _select(_intersection_over_union(of_class), scores[:, c], per_class, threshold, least)
        found += [(score, c, of_class[i]) for i, score in zip(chosen, kept, strict=True)]
    found.sort(key=lambda one: -one[0])  # stable: of equal scores, the first class
    found = found[:total]
    rows = np.array([box for _, _, box in found], np.float32).reshape(-1, 4)
    numbers = np.array([one[:2] for one in found], np.float32).reshape(-1, 2)
    return np.clip(rows, 0, 1) if clip else rows, numbers[:, 0], numbers[:, 1]


def _total_size(per_class, total, classes, pad):
    """For how many boxes there is room."""
    return min(total, per_class * classes) if pad else total


@kernel("CombinedNonMaxSuppression", host=True)
def combined_non_max_suppression(
    boxes,
    scores,
    max_output_size_per_class,
    max_total_size,
    iou_threshold,
    score_threshold,
    *,
    pad_per_class,
    clip_boxes,
):
    if boxes.ndim != 4:
        raise invalid(f"boxes must be 4-D, got shape {shape_text(boxes.shape)}")
    if scores.ndim != 3:
        raise invalid(f"scores must be 3-D, got shape {shape_text(scores.shape)}")
    if boxes.shape[3] != 4:
        raise invalid(f"boxes must have 4 columns, got shape {shape_text(boxes.shape)}")
    if boxes.shape[:2] != scores.shape[:2]:
        raise invalid(f"boxes {shape_text(boxes.shape)} and scores {shape_text(scores.shape)} are of other boxes")
    classes = scores.shape[2]
    if boxes.shape[2] not in (1, classes):
        raise invalid(f"third dimension of boxes must be either 1 or the number of classes, {classes}")
    per_class = int(_number(max_output_size_per_class, "max_output_size_per_class"))
    if per_class <= 0:
        raise invalid("max_output_size_per_class must be positive")
    total = int(_number(max_total_size, "max_total_size"))
    if total <= 0:
        raise invalid("max_total_size must be > 0")
    threshold = _number(iou_threshold, "iou_threshold")
    if not 0 <= threshold <= 1:
        raise invalid("iou_threshold must be in [0, 1]")
    least = _number(score_threshold, "score_threshold")
    size = _total_size(per_class, total, classes, pad_per_class)
    images = len(boxes)
    results = np.zeros((images, size, 4), np.float32), *(np.zeros((images, size), np.float32) for _ in range(2))
    counts = np.zeros(images, np.int32)
    for i in range(images):
        parts = _of_one_image(boxes[i], scores[i], per_class, size, threshold, least, clip_boxes)
        counts[i] = len(parts[0])
        for result, part in zip(results, parts, strict=True):
            result[i, : counts[i]] = part
    return *results, counts


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


@shape_function("CombinedNonMaxSuppression")
def _(op):
    images, rows, groups, width = op.shape(0).with_rank(4).as_list()
    others = op.shape(1).with_rank(3).as_list()
    if width not in (None, 4):
        raise invalid(f"Dimension must be 4 but is {width}")
    for one, other in zip((images, rows), others, strict=False):
        if None not in (one, other) and one != other:
            raise invalid(f"Dimensions must be equal, but are {one} and {other}")
    if None not in (groups, others[2]) and groups not in (1, others[2]):
        raise invalid("third dimension of boxes must be either 1 or equal to the third dimension of scores")
    per_class, total = op.static(2), op.static(3)
    size = None if total is None else int(total)
    if size is not None and size <= 0:
        raise invalid("max_total_size must be > 0")
    if op.attr("pad_per_class"):
        known = None not in (per_class, size, others[2])
        size = _total_size(int(per_class), size, others[2], True) if known else None
    return from_dims((images, size, 4)), from_dims((images, size)), from_dims((images, size)), from_dims((images,))
