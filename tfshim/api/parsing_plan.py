"""From features by name to the inputs of the ops that parse, and from their outputs to tensors by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfshim import dtypes
from tfshim.api.parsing_features import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    SparseFeature,
    VarLenFeature,
)
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import DType, as_dtype
from tfshim.ops import op
from tfshim.shapes import as_shape
from tfshim.tensor import Tensor


class Plan:
    """The keys that are parsed, by kind, in the order in which they are handed over.

    Attributes:
      sparse: dtype by key.
      ragged: dtype of values and of splits by key.
      dense: dtype, shape and default value by key; a default of None: the feature must be there.
      optional: dense keys of sequences that may be missing.
    """

    def __init__(self, features: Mapping[str, Any], kinds: tuple[type, ...], sequence: bool = False):
        self.features = {key: features[key] for key in sorted(features, key=str)}
        self.sparse: dict[str, DType] = {}
        self.ragged: dict[str, tuple[DType, DType]] = {}
        self.dense: dict[str, tuple[DType, Any, Any]] = {}
        self.optional: set[str] = set()
        self._sequence = sequence
        for key, feature in self.features.items():
            if not isinstance(feature, kinds):
                raise ValueError(f"Unsupported {type(feature).__name__} {feature} for key '{key}'")
            getattr(self, f"_add_{type(feature).__name__}")(key, feature)
        self._check_disjoint()

    def _check_disjoint(self) -> None:
        kinds = {"dense": self.dense, "sparse": self.sparse, "ragged": self.ragged}
        for first, second in (("dense", "sparse"), ("dense", "ragged"), ("ragged", "sparse")):
            common = set(kinds[first]) & set(kinds[second])
            if common:
                raise ValueError(
                    f"{first.capitalize()} and {second} keys must not intersect; {first}_keys: {list(kinds[first])}, "
                    f"{second}_keys: {list(kinds[second])}, intersection: {common}"
                )

    def _type(self, key: str, feature: Any) -> DType:
        if not feature.dtype:
            raise ValueError(f"Missing type for feature {key}. Received feature={feature}.")
        return as_dtype(feature.dtype)

    def _add_sparse(self, key: str, dtype: DType) -> None:
        if self.sparse.setdefault(key, dtype) != dtype:
            raise ValueError(f"Conflicting type {self.sparse[key]} vs {dtype} for feature {key}.")

    def _add_ragged(self, key: str, dtype: DType, splits: DType) -> None:
        if self.ragged.setdefault(key, (dtype, splits)) != (dtype, splits):
            raise ValueError(f"Conflicting type {self.ragged[key]} vs {(dtype, splits)} for feature {key}.")

    def _add_VarLenFeature(self, key: str, feature: Any) -> None:
        self._add_sparse(key, self._type(key, feature))

    def _add_SparseFeature(self, key: str, feature: Any) -> None:
        for attribute in ("index_key", "value_key"):
            if not getattr(feature, attribute):
                raise ValueError(f"Missing {attribute} for SparseFeature {feature}.")
        if not feature.dtype:
            raise ValueError(f"Missing type for feature {key}. Received feature={feature}.")
        for index in sorted(_listed(feature.index_key)):
            self._add_sparse(index, dtypes.int64)
        self._add_sparse(feature.value_key, as_dtype(feature.dtype))

    def _add_FixedLenFeature(self, key: str, feature: Any) -> None:
        dtype = self._type(key, feature)
        if feature.shape is None:
            raise ValueError(f"Missing shape for feature {key}. Received feature={feature}.")
        shape = as_shape(feature.shape)
        if shape.rank and shape._dims[0] is None:
            raise ValueError(
                f"First dimension of shape for feature {key} unknown. Consider using FixedLenSequenceFeature. Received "
                f"feature={feature}."
            )
        if not shape.is_fully_defined():
            raise ValueError(
                f"All dimensions of shape for feature {key} need to be known but received {shape.as_list()}."
            )
        self.dense[key] = (dtype, shape._dims, feature.default_value)

    def _add_FixedLenSequenceFeature(self, key: str, feature: Any) -> None:
        dtype = self._type(key, feature)
        if feature.shape is None:
            raise ValueError(f"Missing shape for feature {key}. Received feature={feature}.")
        if self._sequence:
            if feature.allow_missing:
                self.optional.add(key)
            self.dense[key] = (dtype, as_shape(feature.shape)._dims, feature.default_value)
            return
        if not feature.allow_missing:
            raise ValueError("Unsupported: FixedLenSequenceFeature requires allow_missing to be True.")
        default = feature.default_value
        if default is None:
            default = "" if dtype is dtypes.string else 0
        self.dense[key] = (dtype, (None, *as_shape(feature.shape)._dims), default)

    def _add_RaggedFeature(self, key: str, feature: Any) -> None:
        self._add_ragged(feature.value_key or key, feature.dtype, feature.row_splits_dtype)
        for partition in feature.partitions:
            if not isinstance(partition, RaggedFeature.UniformRowLength):
                self._add_ragged(partition.key, dtypes.int64, feature.row_splits_dtype)

    # What the ops take

    def keys(self, kind: str) -> Tensor:
        """The keys of a kind as a vector of strings."""
        return convert_to_tensor(list(getattr(self, kind)), dtypes.string)

    def defaults(self) -> list[Tensor]:
        """The default values of the dense features; empty where there is none."""
        return [_default(key, *told) for key, told in self.dense.items()]

    def dense_types(self) -> tuple[DType, ...]:
        """The dtypes of the dense features."""
        return tuple(dtype for dtype, _, _ in self.dense.values())

    def attrs(self, prefix: str) -> dict[str, Any]:
        """The attributes of sparse and ragged features."""
        return {
            f"{prefix}sparse_types": tuple(self.sparse.values()),
            f"{prefix}ragged_value_types": tuple(t for t, _ in self.ragged.values()),
            f"{prefix}ragged_split_types": tuple(s for _, s in self.ragged.values()),
            f"{prefix}dense_shapes": tuple(shape for _, shape, _ in self.dense.values()),
        }


KINDS = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature, RaggedFeature)


def _listed(value: Any) -> Sequence[Any]:
    return [value] if isinstance(value, str) else value


def _default(key: str, dtype: DType, shape: Any, value: Any) -> Tensor:
    if value is None:
        return convert_to_tensor([], dtype)
    tensor = convert_to_tensor(value, dtype, name=f"key_{key}")
    if shape and shape[0] is None:
        return op("Reshape")(tensor, [])
    return op("Reshape")(tensor, list(shape))
