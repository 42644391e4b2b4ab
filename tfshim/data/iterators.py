"""Iterators over datasets, in eager mode and in graphs."""

from __future__ import annotations

import collections
import itertools
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.buffers import Cell
from tfshim.context import context
from tfshim.data import structure
from tfshim.data.external_state import external_state
from tfshim.data.making import as_stage
from tfshim.data.optionals import Present, VariantOptional, flat_shapes
from tfshim.data.shuffling import seed_generators
from tfshim.data.stages import Run
from tfshim.data.structure import Raw
from tfshim.errors import FailedPreconditionError, InvalidArgumentError, OutOfRangeError, UnimplementedError
from tfshim.export import export
from tfshim.ops import op
from tfshim.ops.registry import kernel
from tfshim.shapes import TensorShape
from tfshim.tensor import EagerTensor, Tensor, opaque_tensor, opaque_value
from tfshim.tracking import SaveType, Trackable
from tfshim.type_spec import CompositeTensor, TensorSpec, TypeSpec
from tfshim.type_spec import register as register_spec

_MODULE = "tensorflow.python.data.ops.iterator_ops"


class IteratorCell(Cell):
    """What an iterator's resource handle refers to: the Python iterator of raw elements."""

    __slots__ = ("_lock", "_seeds", "_source", "_specs", "_stage", "foreign", "position")

    def __init__(self) -> None:
        super().__init__("AnonymousIterator", dtypes.resource, TensorShape([]))
        self._source: Iterator[Raw] | None = None
        # True once it was restored from what TensorFlow saves, which cannot be read.
        self.foreign = False
        self._lock = threading.Lock()
        # How many elements were asked for.
        self.position = 0

    def begin(self, stage: Any) -> IteratorCell:
        """Starts over with the elements of a stage."""
        with self._lock:
            # From here, the orders of all passes follow.
            self._seeds = [generator.state for generator in seed_generators(stage)]
            self._source = stage.iterate(Run())
            self._specs = stage.specs
            self._stage = stage
            self.position = 0
        return self

    @property
    def state(self) -> np.ndarray:
        """The number of elements taken, and the states of the random generators before the first one (int64).

        Raises FailedPreconditionError if the elements depend on state outside of the dataset.
        """
        external = external_state(self._stage)
        if external is not None:
            raise FailedPreconditionError(None, None, f"{external} is stateful.")
        words = [self.position, *itertools.chain.from_iterable(self._seeds)]
        return np.array([word % 2**64 for word in words], np.uint64).view(np.int64)

    def restore(self, state: np.ndarray) -> None:
        """Starts over from the state, and leaves out as many elements."""
        position, *words = np.asarray(state, np.int64).view(np.uint64).tolist()
        for generator, found in zip(seed_generators(self._stage), zip(*[iter(words)] * 3, strict=False), strict=False):
            generator.restore(found)
        source = self.begin(self._stage)._source
        with self._lock:
            collections.deque(itertools.islice(source, position), maxlen=0)
            self.position = position

    def lose(self) -> None:
        """Forgets the position: the next element is not known."""
        self._source, self.foreign = None, True

    def next(self) -> Raw:
        """The next raw element; StopIteration at the end."""
        source = self._source
        if source is None:
            if self.foreign:
                raise UnimplementedError(
                    None,
                    None,
                    "The checkpoint that this iterator was restored from holds the inner state of an iterator of "
                    "TensorFlow's, which does not tell its position: make a new iterator, and skip() what was taken",
                )
            raise FailedPreconditionError(None, None, "The iterator has not been initialized.")
        # Python's generators refuse to be entered by two threads.
        with self._lock:
            self.position += 1
            return next(source)

    def next_flat(self) -> tuple[Any, ...]:
        """The values of the tensors of the next element; StopIteration at the end."""
        raw = self.next()
        return structure.raw_to_flat(self._specs, raw)


def _end_of_sequence() -> OutOfRangeError:
    return OutOfRangeError(None, None, "End of sequence [Op:IteratorGetNext]")


@export("data.Iterator")
class IteratorBase(Iterator, Trackable, CompositeTensor):
    """An iterator over the elements of a dataset.

    In eager mode `next` raises StopIteration at the end. In a function each `next` is a step of the function that
    raises OutOfRangeError at the end when it runs; `get_next` raises it in both.
    """

    element_spec: Any

    def get_next(self) -> Any:
        """The next element.

        Raises:
          OutOfRangeError: there is none.
        """
        raise NotImplementedError("Iterator.get_next()")

    def _without_values(self, names: Sequence[str]) -> None:
        # Rather than to start over in silence.
        if self._cell is not None:
            self._cell.lose()

    def get_next_as_optional(self) -> Any:
        """The next element as a `tf.experimental.Optional`, without a value at the end."""
        raise NotImplementedError("Iterator.get_next_as_optional()")


class OwnedIterator(IteratorBase):
    """The iterator of a dataset, or the one behind a handle."""

    def __init__(self, dataset: Any = None, components: Any = None, element_spec: Any = None):
        if dataset is None:
            if components is None or element_spec is None:
                raise ValueError(
                    "When `dataset` is not provided, both `components` and `element_spec` must be specified."
                )
            self._element_spec = element_spec
            self._iterator_resource = components
        elif components is not None or element_spec is not None:
            raise ValueError("When `dataset` is provided, `element_spec` and `components` must not be specified.")
        else:
            self._element_spec = dataset.element_spec
            self._iterator_resource = _start(dataset)
        tensor = self._iterator_resource
        self._cell: IteratorCell | None = opaque_value(tensor) if isinstance(tensor, EagerTensor) else None
        self._pack = structure.packer(self._element_spec)

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the elements."""
        return self._element_spec

    @property
    def _type_spec(self) -> IteratorSpec:
        return IteratorSpec(self._element_spec)

    def __iter__(self) -> OwnedIterator:
        return self

    def __next__(self) -> Any:
        if context.graph is not None or self._cell is None:
            return self._get_next_in_graph()
        try:
            raw = self._cell.next()
        except OutOfRangeError:
            raise StopIteration from None
        return self._element(raw)

    next = __next__

    def get_next(self) -> Any:
        """The next element; OutOfRangeError if there is none."""
        if context.graph is not None or self._cell is None:
            return self._get_next_in_graph()
        try:
            raw = self._cell.next()
        except StopIteration:
            raise _end_of_sequence() from None
        return self._element(raw)

    def _element(self, raw: Any) -> Any:
        element = self._pack(raw)
        if not context.observers:
            return element
        flat = tuple(nest.flatten(element, expand_composites=True))
        checked = context.observed("IteratorGetNext", (), flat)
        return nest.pack_sequence_as(element, checked, expand_composites=True)

    def _get_next_in_graph(self) -> Any:
        spec = self._element_spec
        parts = op("IteratorGetNext")(
            self._iterator_resource, output_types=structure.flat_dtypes(spec), output_shapes=flat_shapes(spec)
        )
        return structure.from_tensors(spec, parts)

    def _trackable_children(self, save_type: str = SaveType.CHECKPOINT, cache: Any = None, **kwargs: Any) -> Any:
        children = super()._trackable_children(save_type, cache, **kwargs)
        if save_type == SaveType.CHECKPOINT and self._cell is not None and "state" not in children:
            from tfshim.data.iterator_state import IteratorState

            children["state"] = self._track_trackable(IteratorState(self._cell), "state")
        return children

    def get_next_as_optional(self) -> VariantOptional:
        """The next element as a `tf.experimental.Optional`, without a value at the end."""
        spec = self._element_spec
        if context.graph is None and self._cell is not None:
            return VariantOptional(opaque_tensor(_next_or_none(self._cell)), spec)
        variant = op("IteratorGetNextAsOptional")(
            self._iterator_resource, output_types=structure.flat_dtypes(spec), output_shapes=flat_shapes(spec)
        )
        return VariantOptional(variant, spec)


def _start(dataset: Any) -> Tensor:
    """The handle of a new iterator over a dataset."""
    spec = dataset.element_spec
    if context.graph is None:
        cell = IteratorCell().begin(dataset._stage)
        return opaque_tensor(cell, dtypes.resource)
    handle = op("AnonymousIteratorV3")(output_types=structure.flat_dtypes(spec), output_shapes=flat_shapes(spec))
    op("MakeIterator")(dataset._variant_tensor, handle)
    return handle


class NumpyIterator(Iterator):
    """An iterator of elements with read-only NumPy arrays (scalars: NumPy scalars) in place of tensors."""

    def __init__(self, dataset: Any):
        self._iterator = iter(dataset)
        for spec in structure.leaf_specs(dataset.element_spec):
            if not isinstance(spec, (TensorSpec, structure.NoneTensorSpec)) and not hasattr(spec.value_type, "numpy"):
                raise TypeError(
                    f"`tf.data.Dataset.as_numpy_iterator()` is not supported for datasets that produce values of type "
                    f"{spec.value_type}"
                )
        self._pack = structure.packer(dataset.element_spec, _as_numpy)

    def __iter__(self) -> NumpyIterator:
        return self

    def __next__(self) -> Any:
        raw = self._iterator._cell.next()
        if context.observers:
            self._iterator._element(raw)
        return self._pack(raw)

    def __repr__(self) -> str:
        return f"NumpyIterator(iterator={self._iterator!r})"


def _as_numpy(spec: TypeSpec, raw: Any) -> Any:
    if isinstance(spec, TensorSpec):
        array = np.asarray(raw)
        if not array.ndim:
            return array[()]
        if array.flags.writeable:
            # A view, for the array itself may be part of a pipeline.
            array = array.view()
            array.setflags(write=False)
        return array
    return raw if raw is None or not hasattr(raw, "numpy") else raw.numpy()


export("data.NumpyIterator")(NumpyIterator)


@export("data.IteratorSpec")
@register_spec("tf.IteratorSpec")
class IteratorSpec(TypeSpec):
    """Describes iterators by the spec of their elements."""

    __slots__ = ("_element_spec",)

    def __init__(self, element_spec: Any):
        self._element_spec = element_spec

    @property
    def element_spec(self) -> Any:
        """The structure of specs of the elements."""
        return self._element_spec

    @property
    def value_type(self) -> type:
        """The class of iterators."""
        return OwnedIterator

    @property
    def _component_specs(self) -> Any:
        return TensorSpec([], dtypes.resource)

    def _serialize(self) -> Any:
        return (self._element_spec,)

    def _to_components(self, value: Any) -> Any:
        return value._iterator_resource

    def _from_components(self, components: Any) -> Any:
        return OwnedIterator(components=components, element_spec=self._element_spec)

    @staticmethod
    def from_value(value: Any) -> IteratorSpec:
        """The spec of an iterator."""
        return IteratorSpec(value.element_spec)


for _cls in (IteratorBase, OwnedIterator, IteratorSpec):
    _cls.__module__ = _MODULE
NumpyIterator.__module__ = "tensorflow.python.data.ops.dataset_ops"


# Kernels: a handle refers to an `IteratorCell` --------------------------------------------------------------


@kernel("AnonymousIteratorV3", host=True)
def _anonymous():
    return (IteratorCell(),)


@kernel("MakeIterator", host=True, reads_resource=False)
def _make(dataset, iterator):
    iterator.begin(as_stage(dataset))
    return ()


@kernel("IteratorGetNext", host=True, reads_resource=False)
def _get_next(iterator, *, output_types, output_shapes):
    try:
        return iterator.next_flat()
    except StopIteration:
        raise _end_of_sequence() from None


@kernel("IteratorGetNextAsOptional", host=True, reads_resource=False)
def _get_next_as_optional(iterator, *, output_types, output_shapes):
    return (_next_or_none(iterator),)


def _next_or_none(cell: IteratorCell) -> Present | None:
    try:
        return Present(cell.next_flat())
    except StopIteration:
        return None


@kernel("DatasetToSingleElement", host=True)
def _single_element(dataset, *, output_types, output_shapes):
    stage = as_stage(dataset)
    source = stage.iterate(Run())
    found = next(source, None)
    if found is None:
        raise InvalidArgumentError(None, None, "Dataset was empty.")
    if next(source, None) is not None:
        raise InvalidArgumentError(None, None, "Dataset had more than one element.")
    return structure.raw_to_flat(stage.specs, found)
