"""`tf.io.parse_example` and its like: serialised `tf.train.Example`s as tensors by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfshim import dtypes
from tfshim.api.parsing_features import FixedLenSequenceFeature, RaggedFeature, VarLenFeature
from tfshim.api.parsing_plan import KINDS, Plan, _listed
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import name_scope
from tfshim.tensor import Tensor

_CONTEXT = tuple(k for k in KINDS if k is not FixedLenSequenceFeature)


@export("io.parse_example")
def parse_example(serialized: Any, features: Any, example_names: Any = None, name: str | None = None) -> dict[str, Any]:
    """The features of serialised `tf.train.Example`s.

    Args:
      serialized: a vector of strings, or a scalar.
      features: from names to `tf.io.FixedLenFeature`, `VarLenFeature`, `FixedLenSequenceFeature`, `SparseFeature` or
        `RaggedFeature`.
      example_names: a vector of what errors call the examples.
      name: of the name scope.

    Returns:
      From names to tensors, `tf.SparseTensor`s (`VarLenFeature`, `SparseFeature`) and `tf.RaggedTensor`s. The first
      dimension is that of the examples; for a scalar there is none.

    Raises:
      ValueError: features that do not fit each other.
      InvalidArgumentError: examples that do not have what the features ask for.
    """
    if not features:
        raise ValueError(f"Argument `features` cannot be None or falsy. Got {features}")
    plan = Plan(features, KINDS)
    with name_scope(name or "ParseExample"):
        serialized = _strings(convert_to_tensor(serialized, name="serialized"))
        names = convert_to_tensor([] if example_names is None else example_names, dtypes.string, name="names")
        outputs = op("ParseExampleV2")(
            serialized,
            names,
            plan.keys("sparse"),
            plan.keys("dense"),
            plan.keys("ragged"),
            plan.defaults(),
            num_sparse=len(plan.sparse),
            Tdense=plan.dense_types(),
            **plan.attrs(""),
        )
        return _assembled(plan, outputs, batched=serialized.shape.rank != 0)


def _assembled(plan: Plan, outputs: Any, batched: bool) -> dict[str, Any]:
    """Tensors by the names of features, from the outputs of an op for its keys."""
    indices, values, shapes, dense, ragged_values, ragged_splits = outputs
    found: dict[str, Any] = dict(zip(plan.dense, dense, strict=True))
    for key, parts in zip(plan.sparse, zip(indices, values, shapes, strict=True), strict=True):
        found[key] = _sparse(*parts)
    for key, flat, splits in zip(plan.ragged, ragged_values, ragged_splits, strict=True):
        found[key] = _ragged_rows(flat, splits) if batched else flat
    # Features that are keys of the op come in its order, those put together of several keys after them.
    place = {key: i for i, key in enumerate((*plan.sparse, *plan.dense, *plan.ragged))}
    results = {}
    for key in sorted(plan.features, key=lambda key: (place.get(key, len(place)), key)):
        feature = plan.features[key]
        if type(feature).__name__ == "SparseFeature":
            results[key] = _merged(feature, found)
        elif isinstance(feature, RaggedFeature):
            results[key] = _partitioned(found[feature.value_key or key], feature, found, batched)
        else:
            results[key] = found[key]
    return results


def _sparse(indices: Tensor, values: Tensor, shape: Tensor) -> Any:
    from tfshim.sparse.tensor import SparseTensor

    return SparseTensor(indices, values, shape)


def _merged(feature: Any, found: Mapping[str, Any]) -> Any:
    from tfshim.v1.sparse_functions import sparse_merge

    ids = [found[key] for key in _listed(feature.index_key)]
    sizes = list(feature.size) if isinstance(feature.size, (list, tuple)) else [feature.size]
    return sparse_merge(ids, found[feature.value_key], sizes, already_sorted=feature.already_sorted)


# Ragged features -------------------------------------------------------------------------------------------


def _ragged_rows(values: Any, splits: Tensor) -> Any:
    from tfshim.ragged.tensor import RaggedTensor

    return RaggedTensor.from_row_splits(values, splits, validate=False)


def _partitioned(value: Any, feature: Any, found: Mapping[str, Any], batched: bool) -> Any:
    """Values taken apart by the partitions of a feature, from the innermost on."""
    for partition in reversed(feature.partitions):
        kind = type(partition).__name__
        if kind == "UniformRowLength":
            value = _uniform(value, partition.length, batched, feature)
            continue
        told = found[partition.key]
        if batched:
            value = _batched(value, kind, told, feature)
        else:
            value = _from(kind, value, op("Cast")(told, DstT=feature.row_splits_dtype), feature.validate)
    return value


_MAKERS = {
    "RowSplits": "from_row_splits",
    "RowLengths": "from_row_lengths",
    "RowStarts": "from_row_starts",
    "RowLimits": "from_row_limits",
    "ValueRowIds": "from_value_rowids",
}


def _from(kind: str, value: Any, told: Tensor, validate: bool) -> Any:
    from tfshim.ragged.tensor import RaggedTensor

    return getattr(RaggedTensor, _MAKERS[kind])(value, told, validate=validate)


def _uniform(value: Any, length: int, batched: bool, feature: Any) -> Any:
    from tfshim.ragged.tensor import RaggedTensor

    def rows(values: Any) -> Any:
        if isinstance(values, Tensor):
            return op("Reshape")(values, [-1, length, *values.shape.as_list()[1:]])
        return RaggedTensor.from_uniform_row_length(values, length, validate=feature.validate)

    if not batched:
        return rows(value)
    splits = op("FloorDiv")(value.row_splits, op("Cast")(length, DstT=value.row_splits.dtype))
    return RaggedTensor.from_row_splits(rows(value.values), splits, validate=feature.validate)


def _batched(value: Any, kind: str, told: Any, feature: Any) -> Any:
    """For each example, rows as `told` says, a ragged matrix of what it has."""
    from tfshim.ragged.tensor import RaggedTensor

    told = told.with_values(op("Cast")(told.values, DstT=feature.row_splits_dtype))
    starts = op("GatherV2")(value.row_splits, told.value_rowids(), 0)
    flat = told.values
    if kind == "RowLengths":
        inner = RaggedTensor.from_row_lengths(value.values, flat, validate=feature.validate)
        outer = told.row_splits
    elif kind == "RowStarts":
        inner = RaggedTensor.from_row_starts(value.values, op("AddV2")(flat, starts), validate=feature.validate)
        outer = told.row_splits
    elif kind == "RowLimits":
        inner = RaggedTensor.from_row_limits(value.values, op("AddV2")(flat, starts), validate=feature.validate)
        outer = told.row_splits
    elif kind == "RowSplits":
        # All but the first of each example end a row.
        ends = told[:, 1:]
        limits = op("AddV2")(ends.values, op("GatherV2")(value.row_splits, ends.value_rowids(), 0))
        inner = RaggedTensor.from_row_limits(value.values, limits, validate=feature.validate)
        outer = ends.row_splits
    else:
        inner, outer = _by_row_ids(value, told, feature)
    return RaggedTensor.from_row_splits(inner, outer, validate=feature.validate)


def _by_row_ids(value: Any, told: Any, feature: Any) -> tuple[Any, Tensor]:
    from tfshim.api.math_reduce import reduce_max
    from tfshim.ragged.tensor import RaggedTensor

    # As many rows as the largest number says; none where there is no value.
    largest = reduce_max(told, axis=1)
    rows = op("Maximum")(op("AddV2")(largest, 1), 0)
    rows = op("SelectV2")(op("Greater")(told.row_lengths(), 0), rows, op("ZerosLike")(rows))
    ends = op("Cumsum")(rows, 0)
    outer = op("ConcatV2")([op("ZerosLike")(rows[:1]), ends], 0)
    ids = op("AddV2")(told.values, op("GatherV2")(outer, told.value_rowids(), 0))
    nrows = op("Sum")(rows, [0])
    inner = RaggedTensor.from_value_rowids(value.values, ids, nrows=nrows, validate=feature.validate)
    return inner, outer


# Single examples, sequences, older forms ---------------------------------------------------------------------


def _scalar(serialized: Any) -> Tensor:
    serialized = convert_to_tensor(serialized, name="serialized")
    if serialized.shape.rank not in (0, None):
        raise ValueError("Input serialized must be a scalar")
    if serialized.shape.rank is None:
        serialized = op("EnsureShape")(serialized, shape=())
    return _strings(serialized)


def _strings(serialized: Tensor) -> Tensor:
    """The tensor. ValueError in eager mode if it holds anything but strings; in graphs the op refuses it."""
    return convert_to_tensor(serialized, dtypes.string) if context.graph is None else serialized


@export("io.parse_single_example")
def parse_single_example(
    serialized: Any, features: Any, example_names: Any = None, name: str | None = None
) -> dict[str, Any]:
    """The features of one serialised `tf.train.Example`, a scalar: as `tf.io.parse_example`, without its batch."""
    if not features:
        raise ValueError("Invalid argument: features cannot be empty.")
    return parse_example(_scalar(serialized), features, example_names, name or "ParseSingleExample")


@export("compat.v1.io.parse_example", "compat.v1.parse_example")
def parse_example_v1(
    serialized: Any, features: Any, name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """`tf.io.parse_example` with the order of arguments of TensorFlow 1."""
    return parse_example(serialized, features, example_names, name)


@export("compat.v1.io.parse_single_example", "compat.v1.parse_single_example")
def parse_single_example_v1(
    serialized: Any, features: Any, name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """`tf.io.parse_single_example` with the order of arguments of TensorFlow 1."""
    return parse_single_example(serialized, features, example_names, name)


@export("io.parse_sequence_example", "compat.v1.io.parse_sequence_example")
def parse_sequence_example(
    serialized: Any,
    context_features: Any = None,
    sequence_features: Any = None,
    example_names: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The features of serialised `tf.train.SequenceExample`s.

    Args:
      serialized: a vector of strings.
      context_features: from names to features of the examples as a whole (no `FixedLenSequenceFeature`).
      sequence_features: from names to features of their steps: `FixedLenSequenceFeature`, `VarLenFeature` or
        `RaggedFeature`.
      example_names: a vector of what errors call the examples.
      name: of the name scope.

    Returns:
      The features of the context by name; those of the steps, `[examples, steps, ...]`; the numbers of steps of those
      that are dense.

    Raises:
      ValueError: features of another kind.
      InvalidArgumentError: examples that do not have what the features ask for.
    """
    if not (context_features or sequence_features):
        raise ValueError(
            "Both `context_features` and `sequence_features` argument are None, but at least one should have values."
        )
    with name_scope(name or "ParseSequenceExample"):
        serialized = _strings(convert_to_tensor(serialized, name="serialized"))
        return _sequences(serialized, context_features or {}, sequence_features or {}, example_names)


@export("io.parse_single_sequence_example", "compat.v1.io.parse_single_sequence_example")
def parse_single_sequence_example(
    serialized: Any,
    context_features: Any = None,
    sequence_features: Any = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The features of one serialised `tf.train.SequenceExample`, a scalar, as `tf.io.parse_sequence_example`.

    Returns:
      The features of the context by name, and those of the steps, `[steps, ...]`.
    """
    if not (context_features or sequence_features):
        raise ValueError("Both context_features and sequence_features are None, but at least one should have values.")
    with name_scope(name or "ParseSingleSequenceExample"):
        return _sequences(_scalar(serialized), context_features or {}, sequence_features or {}, example_name)[:2]


export("compat.v1.parse_single_sequence_example")(parse_single_sequence_example)


def _sequences(
    serialized: Tensor, context: Mapping[str, Any], steps: Mapping[str, Any], names: Any
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    outside = Plan(context, _CONTEXT)
    inside = Plan(steps, (VarLenFeature, FixedLenSequenceFeature, RaggedFeature), sequence=True)
    batched = serialized.shape.rank != 0
    outputs = op("ParseSequenceExampleV2")(
        serialized,
        convert_to_tensor([] if names is None else names, dtypes.string),
        outside.keys("sparse"),
        outside.keys("dense"),
        outside.keys("ragged"),
        inside.keys("sparse"),
        inside.keys("dense"),
        inside.keys("ragged"),
        convert_to_tensor([k in inside.optional for k in inside.dense], dtypes.bool),
        outside.defaults(),
        Ncontext_sparse=len(outside.sparse),
        Nfeature_list_sparse=len(inside.sparse),
        Nfeature_list_dense=len(inside.dense),
        Tcontext_dense=outside.dense_types(),
        feature_list_dense_types=inside.dense_types(),
        **outside.attrs("context_"),
        **inside.attrs("feature_list_"),
    )
    found = _assembled(outside, outputs[:6], batched)
    indices, values, shapes, dense, lengths, ragged_values, outer, inner = outputs[6:]
    rows = [
        _ragged_rows(_ragged_rows(v, i), o) if batched else _ragged_rows(v, i)
        for v, o, i in zip(ragged_values, outer, inner, strict=True)
    ]
    lists: dict[str, Any] = dict(zip(inside.dense, dense, strict=True))
    for key, parts in zip(inside.sparse, zip(indices, values, shapes, strict=True), strict=True):
        lists[key] = _sparse(*parts)
    by_key = dict(zip(inside.ragged, rows, strict=True))
    for key, feature in inside.features.items():
        if isinstance(feature, RaggedFeature):
            lists[key] = _steps(feature, key, by_key, batched)
    return found, {k: lists[k] for k in inside.features}, dict(zip(inside.dense, lengths, strict=True))


def _steps(feature: Any, key: str, found: Mapping[str, Any], batched: bool) -> Any:
    """A ragged feature of steps: each step is to its partitions what an example is to those of the context."""
    value = found[feature.value_key or key]
    if not feature.partitions:
        return value
    if not batched:
        return _partitioned(value, feature, found, batched=True)
    flat = {k: v.values for k, v in found.items()}
    return value.with_values(_partitioned(value.values, feature, flat, batched=True))
