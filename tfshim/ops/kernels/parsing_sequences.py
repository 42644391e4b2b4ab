"""Kernels that take `tf.train.SequenceExample` protos apart: features of the context, and lists of features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import dtypes
from tfshim.dtypes import DType
from tfshim.ops.kernels.parsing import (
    _LISTS,
    _TYPES,
    Features,
    Place,
    _joined,
    _outputs,
    as_bytes,
    dense_shape,
    example_names,
    parsed,
    values_of,
)
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text
from tfshim.shapes import TensorShape, from_dims


class FeatureLists:
    """The feature lists of a batch of sequence examples, or of a single one."""

    def __init__(self, maps: Sequence[Any], names: Sequence[str], single: bool):
        self._maps = maps
        self._names = names
        self._single = single

    def _steps(self, key: bytes, dtype: DType) -> list[list[np.ndarray] | None]:
        """For each example the values of each step; None where there is no such list."""
        text = key.decode()
        rows: list[list[np.ndarray] | None] = []
        for lists, name in zip(self._maps, self._names, strict=True):
            if text not in lists:
                rows.append(None)
                continue
            steps = [
                values_of(f, dtype, Place(name, key, i, "Feature list")) for i, f in enumerate(lists[text].feature)
            ]
            rows.append([np.zeros(0, dtype.as_numpy_dtype) if s is None else s for s in steps])
        return rows

    def sparse(self, key: bytes, dtype: DType) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Indices, values and shape of the sparse tensor [examples, steps, values]; of a single one [steps, values]."""
        rows = [steps or [] for steps in self._steps(key, dtype)]
        where = [(b, t, v) for b, steps in enumerate(rows) for t, s in enumerate(steps) for v in range(len(s))]
        indices = np.array(where, np.int64).reshape(-1, 3)
        shape = [
            len(rows),
            max(map(len, rows), default=0),
            max((len(s) for steps in rows for s in steps), default=0),
        ]
        first = 1 if self._single else 0
        values = _joined([s for steps in rows for s in steps], dtype)
        return indices[:, first:], values, np.array(shape[first:], np.int64)

    def dense(self, key: bytes, dtype: DType, shape: Sequence[int], optional: bool) -> tuple[np.ndarray, np.ndarray]:
        """The values [examples, steps, *shape], filled up with zeros, and the numbers of steps."""
        size = int(np.prod(shape)) if len(shape) else 1
        kind = _TYPES[_LISTS[dtype]]
        rows = self._steps(key, dtype)
        for name, steps in zip(self._names, rows, strict=True):
            if steps is None and not optional:
                raise invalid(
                    f"Name: {name}, Feature list '{key.decode()}' is required but could not be found.  Did you mean to "
                    "include it in feature_list_dense_missing_assumed_empty or feature_list_dense_defaults?"
                )
            for i, step in enumerate(steps or ()):
                if len(step) != size:
                    raise Place(name, key, i).error(
                        f"Number of {kind} values != expected.  values size: {len(step)} but output shape: "
                        f"{shape_text(tuple(shape))}"
                    )
        lengths = np.array([len(steps or ()) for steps in rows], np.int64)
        longest = int(lengths.max(initial=0))
        result = np.full((len(rows), longest, size), b"" if dtype is dtypes.string else 0, dtype.as_numpy_dtype)
        for i, steps in enumerate(rows):
            for t, step in enumerate(steps or ()):
                result[i, t] = step
        result = result.reshape((len(rows), longest, *shape))
        return (result[0], lengths[0]) if self._single else (result, lengths)

    def ragged(self, key: bytes, dtype: DType, splits: DType) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values, and the row splits of the examples and of their steps."""
        rows = [steps or [] for steps in self._steps(key, dtype)]
        steps = [s for found in rows for s in found]
        outer = np.cumsum([0, *map(len, rows)]).astype(splits.as_numpy_dtype)
        inner = np.cumsum([0, *map(len, steps)]).astype(splits.as_numpy_dtype)
        return _joined(steps, dtype), outer[:0] if self._single else outer, inner


def _parse(
    serialized: np.ndarray, names: np.ndarray, context: Sequence[Any], lists: Sequence[Any], with_lengths: bool = True
) -> tuple[np.ndarray, ...]:
    """The outputs of an op, for (sparse, dense, ragged) features of the context and of the lists."""
    if serialized.ndim > 1:
        raise invalid(f"Expected serialized to be a scalar or a vector, got shape: {list(serialized.shape)}")
    single = not serialized.ndim
    messages = [parsed("SequenceExample", data) for data in serialized.ravel().tolist()]
    called = example_names(names, len(messages))
    outside = Features([m.context.feature for m in messages], called, single)
    inside = FeatureLists([m.feature_lists.feature_list for m in messages], called, single)
    sparse = [inside.sparse(*s) for s in lists[0]]
    dense = [inside.dense(*d) for d in lists[1]]
    ragged = [inside.ragged(*r) for r in lists[2]]
    return (
        *_outputs(outside, *context),
        *(s[i] for i in range(3) for s in sparse),
        *(d[0] for d in dense),
        *(d[1] for d in dense if with_lengths),
        *(r[i] for i in range(3) for r in ragged),
    )


@kernel("ParseSequenceExampleV2", host=True)
def parse_sequence_example(
    serialized,
    debug_name,
    context_sparse_keys,
    context_dense_keys,
    context_ragged_keys,
    feature_list_sparse_keys,
    feature_list_dense_keys,
    feature_list_ragged_keys,
    feature_list_dense_missing_assumed_empty,
    context_dense_defaults,
    *,
    context_sparse_types,
    context_ragged_value_types,
    context_ragged_split_types,
    context_dense_shapes,
    feature_list_dense_types,
    feature_list_sparse_types,
    feature_list_ragged_value_types,
    feature_list_ragged_split_types,
    feature_list_dense_shapes,
):
    context = (
        list(zip(context_sparse_keys.tolist(), context_sparse_types, strict=True)),
        list(zip(context_dense_keys.tolist(), context_dense_shapes, context_dense_defaults, strict=True)),
        list(zip(context_ragged_keys.tolist(), context_ragged_value_types, context_ragged_split_types, strict=True)),
    )
    lists = (
        list(zip(feature_list_sparse_keys.tolist(), feature_list_sparse_types, strict=True)),
        list(
            zip(
                feature_list_dense_keys.tolist(),
                feature_list_dense_types,
                feature_list_dense_shapes,
                feature_list_dense_missing_assumed_empty.tolist(),
                strict=True,
            )
        ),
        list(
            zip(
                feature_list_ragged_keys.tolist(),
                feature_list_ragged_value_types,
                feature_list_ragged_split_types,
                strict=True,
            )
        ),
    )
    return _parse(serialized, debug_name, context, lists)


def _plain_context(sparse: Any, sparse_types: Any, dense: Any, shapes: Any, defaults: Any) -> tuple[Any, ...]:
    return list(zip(sparse, sparse_types, strict=True)), list(zip(dense, shapes, defaults, strict=True)), []


def _plain_lists(sparse: Any, sparse_types: Any, dense: Any, types: Any, shapes: Any, optional: Any) -> tuple[Any, ...]:
    found = [(k, t, s, k in optional) for k, t, s in zip(dense, types, shapes, strict=True)]
    return list(zip(sparse, sparse_types, strict=True)), found, []


@kernel("ParseSequenceExample", host=True)
def parse_sequence_example_v1(
    serialized,
    debug_name,
    context_dense_defaults,
    *,
    feature_list_dense_missing_assumed_empty,
    context_sparse_keys,
    context_dense_keys,
    feature_list_sparse_keys,
    feature_list_dense_keys,
    context_sparse_types,
    context_dense_shapes,
    feature_list_dense_types,
    feature_list_sparse_types,
    feature_list_dense_shapes,
):
    optional, sparse, dense, list_sparse, list_dense = (
        [as_bytes(k) for k in keys]
        for keys in (
            feature_list_dense_missing_assumed_empty,
            context_sparse_keys,
            context_dense_keys,
            feature_list_sparse_keys,
            feature_list_dense_keys,
        )
    )
    shapes = feature_list_dense_shapes
    return _parse(
        serialized,
        debug_name,
        _plain_context(sparse, context_sparse_types, dense, context_dense_shapes, context_dense_defaults),
        _plain_lists(list_sparse, feature_list_sparse_types, list_dense, feature_list_dense_types, shapes, optional),
    )


@kernel("ParseSingleSequenceExample", host=True)
def parse_single_sequence_example(
    serialized,
    feature_list_dense_missing_assumed_empty,
    context_sparse_keys,
    context_dense_keys,
    feature_list_sparse_keys,
    feature_list_dense_keys,
    context_dense_defaults,
    debug_name,
    *,
    context_sparse_types,
    feature_list_dense_types,
    context_dense_shapes,
    feature_list_sparse_types,
    feature_list_dense_shapes,
):
    sparse, dense, list_sparse, list_dense = (
        [k.item() for k in keys]
        for keys in (context_sparse_keys, context_dense_keys, feature_list_sparse_keys, feature_list_dense_keys)
    )
    optional = feature_list_dense_missing_assumed_empty.tolist()
    shapes = feature_list_dense_shapes
    return _parse(
        serialized,
        debug_name,
        _plain_context(sparse, context_sparse_types, dense, context_dense_shapes, context_dense_defaults),
        _plain_lists(list_sparse, feature_list_sparse_types, list_dense, feature_list_dense_types, shapes, optional),
        with_lengths=False,
    )


# Static shapes ---------------------------------------------------------------------------------------------


def _static(op: Any, batch: TensorShape, with_lengths: bool) -> list[TensorShape]:
    def count(attr: str) -> int:
        return len(op.attr(attr) or ())

    rank = batch.rank
    rows = None if not rank or batch._dims[0] is None else batch._dims[0] + 1
    vector = from_dims((None,))

    def sparse(n: int, inner: int) -> list[TensorShape]:
        size = None if rank is None else rank + inner
        return [*[from_dims((None, size))] * n, *[vector] * n, *[from_dims((size,))] * n]

    dense = op.attr("feature_list_dense_shapes")
    ragged = count("context_ragged_value_types")
    lists = count("feature_list_ragged_value_types")
    return [
        *sparse(count("context_sparse_types"), 1),
        *(dense_shape(batch, s) for s in op.attr("context_dense_shapes")),
        *[vector] * ragged,
        *[from_dims((rows,))] * ragged,
        *sparse(count("feature_list_sparse_types"), 2),
        *(dense_shape(batch, (None, *s)) for s in dense),
        *[batch] * (len(dense) if with_lengths else 0),
        *[vector] * lists,
        *[from_dims((rows,))] * lists,
        *[vector] * lists,
    ]


@shape_function("ParseSequenceExampleV2", "ParseSequenceExample")
def _(op):
    return _static(op, op.shape(0), with_lengths=True)


@shape_function("ParseSingleSequenceExample")
def _(op):
    return _static(op, from_dims(()), with_lengths=False)
