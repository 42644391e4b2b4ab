"""`tf.compat.v1.data`: what a dataset or an iterator says of its elements, in the words of TensorFlow 1."""

from __future__ import annotations

from typing import Any

from tfshim.data import structure
from tfshim.data.experimental_names import get_structure
from tfshim.export import export


@export("compat.v1.data.get_output_types")
def get_output_types(dataset_or_iterator: Any) -> Any:
    """The structure of dtypes of the elements."""
    return structure.legacy_types(get_structure(dataset_or_iterator))


@export("compat.v1.data.get_output_shapes")
def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """The structure of static shapes of the elements."""
    return structure.legacy_shapes(get_structure(dataset_or_iterator))


@export("compat.v1.data.get_output_classes")
def get_output_classes(dataset_or_iterator: Any) -> Any:
    """The structure of classes of the elements: `tf.Tensor`, `tf.SparseTensor`, ..."""
    return structure.legacy_classes(get_structure(dataset_or_iterator))
