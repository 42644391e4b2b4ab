"""`tf.compat.v1.data`: what a dataset or an iterator says of its elements, in the words of TensorFlow 1."""

from __future__ import annotations

from typing import Any

from tfshim.context import context
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


@export("compat.v1.data.make_one_shot_iterator")
def make_one_shot_iterator(dataset: Any) -> Any:
    """`iter(dataset)`, in eager mode and in functions.

    Raises:
      NotImplementedError: in a graph of TensorFlow 1, whose iterators keep their state between runs of a session.
    """
    if context.graph is not None and not context.graph.building_function:
        raise NotImplementedError(
            "tf.compat.v1.data.make_one_shot_iterator is not supported by tfshim in a tf.Graph: iterate in eager mode "
            "and feed the elements to the session"
        )
    return iter(dataset)
