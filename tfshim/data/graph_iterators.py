"""Iterators in graphs of TensorFlow 1: a session keeps their state between its runs."""

from __future__ import annotations

import operator
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim import context as context_module
from tfshim import dtypes, nest
from tfshim.api.lookup import ran
from tfshim.context import context
from tfshim.data import structure
from tfshim.data.iterators import IteratorCell
from tfshim.data.making import as_stage
from tfshim.data.optionals import VariantOptional, flat_shapes
from tfshim.errors import InvalidArgumentError
from tfshim.execute import execute
from tfshim.export import export
from tfshim.graph import PLACEHOLDER
from tfshim.lowering import CapturedCells, Plan, linearise
from tfshim.ops import op
from tfshim.ops.computation import Computation
from tfshim.ops.registry import kernel, shape_function
from tfshim.shapes import TensorShape
from tfshim.sparse.tensor import SparseTensor, SparseTensorSpec
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.tracking import Trackable


def _kinds(spec: Any) -> dict[str, Any]:
    return {"output_types": structure.flat_dtypes(spec), "output_shapes": flat_shapes(spec)}


@export("compat.v1.data.Iterator")
class Iterator(structure.Legacy, Trackable):
    """An iterator of a graph: each run of `get_next()` in a session takes the next element.

    Made by `make_one_shot_iterator`, `make_initializable_iterator`, `Iterator.from_structure` (which several datasets
    can initialise in turn) or `Iterator.from_string_handle` (which is fed another iterator).
    """

    def __init__(
        self, iterator_resource: Tensor, initializer: Any, output_types: Any, output_shapes: Any, output_classes: Any
    ):
        spec = structure.from_legacy(output_types, output_shapes)
        self._set(iterator_resource, initializer, _of_classes(spec, output_classes))

    @classmethod
    def _over(cls, iterator_resource: Tensor, initializer: Any, spec: Any) -> Iterator:
        made = cls.__new__(cls)
        made._set(iterator_resource, initializer, spec)
        return made

    def _set(self, iterator_resource: Tensor, initializer: Any, spec: Any) -> None:
        self._iterator_resource = iterator_resource
        self._initializer = initializer
        self._element_spec = spec
        self._string_handle = op("IteratorToStringHandle")(iterator_resource)

    @staticmethod
    def from_structure(
        output_types: Any, output_shapes: Any = None, shared_name: str | None = None, output_classes: Any = None
    ) -> Iterator:
        """An iterator of elements of this structure without a dataset: see `make_initializer`."""
        spec = _of_classes(structure.from_legacy(output_types, output_shapes), output_classes)
        return Iterator._over(_handle(spec, shared_name), None, spec)

    @staticmethod
    def from_string_handle(
        string_handle: Any, output_types: Any, output_shapes: Any = None, output_classes: Any = None
    ) -> Iterator:
        """The iterator whose `string_handle()` a scalar string holds when the graph runs."""
        spec = _of_classes(structure.from_legacy(output_types, output_shapes), output_classes)
        return Iterator._over(op("IteratorFromStringHandleV2")(string_handle, **_kinds(spec)), None, spec)

    @property
    def initializer(self) -> Any:
        """The operation that starts over; ValueError if the iterator is none of `make_initializable_iterator`."""
        if self._initializer is None:
            raise ValueError(
                "The iterator does not have an initializer: it was likely made by `make_one_shot_iterator()`. Use "
                "`make_initializable_iterator()` for one that has."
            )
        return self._initializer

    def make_initializer(self, dataset: Any, name: str | None = None) -> Any:
        """The operation that makes this iterator take the elements of `dataset`, from its beginning.

        Raises:
          TypeError: the elements have other dtypes, shapes or classes.
          ValueError: they have another structure.
        """
        nest.assert_same_structure(self._element_spec, dataset.element_spec)
        for what, legacy, agree in (
            ("types", structure.legacy_types, operator.eq),
            ("shapes", structure.legacy_shapes, TensorShape.is_compatible_with),
            ("classes", structure.legacy_classes, operator.eq),
        ):
            leaves = [map(legacy, structure.leaf_specs(s)) for s in (self._element_spec, dataset.element_spec)]
            if not all(map(agree, *leaves)):
                mine, found = legacy(self._element_spec), legacy(dataset.element_spec)
                raise TypeError(f"Expected output {what} {mine!r} but got dataset with output {what} {found!r}.")
        return _initializer(dataset, self._iterator_resource, name or "make_initializer")

    def get_next(self, name: str | None = None) -> Any:
        """The next element, as tensors; a run raises OutOfRangeError if there is none."""
        parts = op("IteratorGetNext")(self._iterator_resource, **_kinds(self._element_spec), name=name)
        return structure.from_tensors(self._element_spec, parts)

    def get_next_as_optional(self) -> VariantOptional:
        """The next element as a `tf.experimental.Optional`, without a value at the end."""
        variant = op("IteratorGetNextAsOptional")(self._iterator_resource, **_kinds(self._element_spec))
        return VariantOptional(variant, self._element_spec)

    def string_handle(self, name: str | None = None) -> Tensor:
        """A scalar string that stands for this iterator in the process, to be fed to `from_string_handle`."""
        if name is None:
            return self._string_handle
        return op("IteratorToStringHandle")(self._iterator_resource, name=name)

    element_spec = property(lambda self: self._element_spec, doc="The structure of specs of the elements.")


Iterator.__module__ = "tensorflow.python.data.ops.iterator_ops"


def _of_classes(spec: Any, classes: Any) -> Any:
    """Specs of tensors, with others where the classes say so."""
    if classes is None:
        return spec

    def leaf(tensor_spec: Any, cls: Any) -> Any:
        if cls is SparseTensor:
            return SparseTensorSpec(tensor_spec.shape, tensor_spec.dtype)
        # What has no class of its own for this is described by its spec.
        return tensor_spec if isinstance(cls, type) else cls

    return nest.map_structure(leaf, spec, classes)


# Making iterators ------------------------------------------------------------------------------------------


def _initializer(dataset: Any, handle: Tensor, name: str | None = None) -> Any:
    return ran(op("MakeIterator")(dataset._variant_tensor, handle, name=name))


def _handle(spec: Any, shared_name: str | None) -> Tensor:
    return op("IteratorV2")(shared_name=shared_name or "", container="", **_kinds(spec))


@export("compat.v1.data.make_initializable_iterator")
def make_initializable_iterator(dataset: Any, shared_name: str | None = None) -> Iterator:
    """An iterator of a graph that starts, and starts over, when its `initializer` runs; placeholders are fed then.

    Raises:
      RuntimeError: in eager mode.
    """
    if context.graph is None:
        raise RuntimeError(
            "`make_initializable_iterator()` is not supported in eager mode. Use Python-style iteration instead."
        )
    spec = dataset.element_spec
    handle = _handle(spec, shared_name)
    return Iterator._over(handle, _initializer(dataset, handle), spec)


@export("compat.v1.data.make_one_shot_iterator")
def make_one_shot_iterator(dataset: Any) -> Any:
    """`iter(dataset)`; in a graph of TensorFlow 1 an iterator that each session starts at its first use.

    Raises:
      ValueError: in such a graph the dataset depends on placeholders, variables, tables or queues.
    """
    if context.graph is None or context.graph.building_function:
        return iter(dataset)
    (handle,) = execute(_OneShot(dataset._variant_tensor), (), {}, "OneShotIterator")
    return Iterator._over(handle, None, dataset.element_spec)


class _OneShot(Computation):
    """The node of an iterator's handle: a session calls `make_cell` at its first use."""

    __slots__ = ("_plan",)
    stateful = True

    def __init__(self, dataset: SymbolicTensor):
        # The session's part of the package is loaded only where there are such graphs.
        from tfshim.v1.pruning import Pruned, needed

        super().__init__("OneShotIterator", (), host=True)
        for node in needed(dataset.graph, [dataset.op], {}):
            if node.computation is PLACEHOLDER:
                raise ValueError(f"Cannot capture a placeholder (name:{node.name}, type:{node.type}) by value.")
            if any(t.dtype is dtypes.resource for t in node.outputs):
                raise ValueError(
                    f"Cannot capture a stateful node (name:{node.name}, type:{node.type}) by value: the dataset of a "
                    "one-shot iterator must not use variables or tables. Use `make_initializable_iterator()` instead."
                )
        graph = Pruned(dataset.graph, [], [dataset]).graph
        self._plan = Plan(linearise(graph, graph.inputs, graph.outputs))

    def output_dtypes(self, inputs: Sequence[Tensor]) -> tuple[dtypes.DType, ...]:
        """One handle."""
        return (dtypes.resource,)

    def output_shapes(self, inputs: Sequence[Tensor]) -> list[TensorShape]:
        """A scalar."""
        return [TensorShape([])]

    def make_cell(self) -> IteratorCell:
        """A new iterator at the beginning of the dataset."""
        with context_module.scope(graph=None, tapes=(), accumulators=(), device=None):
            (made,), _ = self._plan.run([], CapturedCells({}))
        return IteratorCell().begin(as_stage(made))


# Kernels ---------------------------------------------------------------------------------------------------

_by_string: weakref.WeakValueDictionary[bytes, IteratorCell] = weakref.WeakValueDictionary()


@kernel("IteratorV2", host=True)
def _iterator(*, shared_name, output_types, output_shapes):
    return IteratorCell()


@kernel("IteratorToStringHandle", host=True, reads_resource=False)
def _to_string(resource_handle):
    text = b"iterator_%d" % id(resource_handle)
    _by_string[text] = resource_handle
    return np.array(text, object)


@kernel("IteratorFromStringHandleV2", host=True)
def _from_string(string_handle, *, output_types, output_shapes):
    cell = _by_string.get(string_handle.item())
    if cell is None:
        raise InvalidArgumentError(None, None, "Could not parse string_handle as a valid ResourceHandle")
    return (cell,)


@shape_function("IteratorV2", "IteratorToStringHandle", "IteratorFromStringHandleV2")
def _scalar(op):
    return TensorShape([])
