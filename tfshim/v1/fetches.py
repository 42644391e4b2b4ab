"""What `Session.run` is asked for and given: nested fetches, and feeds."""

from __future__ import annotations

import collections
import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tfshim import nest
from tfshim.errors import InaccessibleTensorError
from tfshim.export import export
from tfshim.graph import Graph, Operation
from tfshim.indexed_slices import IndexedSlices
from tfshim.numpy_api.weak_tensor import plain
from tfshim.sparse.tensor import SparseTensor, SparseTensorValue
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.type_spec import CompositeTensor
from tfshim.v1.session_handles import TensorHandle, fed_handle


class IndexedSlicesValue(NamedTuple):
    """What a session returns for `tf.IndexedSlices`."""

    values: Any
    indices: Any
    dense_shape: Any


IndexedSlicesValue.__module__ = "tensorflow.python.framework.indexed_slices"
export("compat.v1.IndexedSlicesValue")(IndexedSlicesValue)

# From the values of a fetch's elements, by identity, to its result.
Rebuild = Callable[[Mapping[int, Any]], Any]


class Fetches:
    """A structure of fetches: its distinct graph elements, and how results are put back into the structure.

    Raises:
      TypeError: for something that is no graph element (None included).
      ValueError: for a name, a tensor or an operation that the graph does not have.
    """

    def __init__(self, graph: Graph, structure: Any):
        self._graph = graph
        self._elements: dict[int, Any] = {}
        self._rebuild = self._add(structure)
        self.tensors: list[SymbolicTensor] = [e for e in self._elements.values() if not isinstance(e, Operation)]
        self.operations: list[Operation] = [e for e in self._elements.values() if isinstance(e, Operation)]

    def pack(self, values: Sequence[Any]) -> Any:
        """The result, from the values of `tensors`."""
        return self._rebuild({id(t): v for t, v in zip(self.tensors, values, strict=True)})

    def _add(self, fetch: Any) -> Rebuild:
        if fetch is None:
            raise TypeError(f'Argument `fetch` = {fetch} has invalid type "{type(fetch).__name__}". Cannot be None')
        if isinstance(fetch, (list, tuple)):
            return self._sequence(fetch)
        if isinstance(fetch, Mapping):
            names, parts = list(fetch), [self._add(v) for v in fetch.values()]
            kind: Any = type(fetch) if hasattr(type(fetch), "move_to_end") or type(fetch) is dict else dict
            if isinstance(fetch, collections.defaultdict):
                kind = functools.partial(type(fetch), fetch.default_factory)
            return lambda values: kind((n, p(values)) for n, p in zip(names, parts, strict=True))
        fields = getattr(type(fetch), "__attrs_attrs__", None)
        if fields is not None:
            parts = [self._add(getattr(fetch, f.name)) for f in fields]
            return lambda values: type(fetch)(*[p(values) for p in parts])
        if isinstance(fetch, IndexedSlices):
            return self._named(IndexedSlicesValue, (fetch.values, fetch.indices, fetch.dense_shape))
        if isinstance(fetch, SparseTensor):
            return self._named(SparseTensorValue, (fetch.indices, fetch.values, fetch.dense_shape))
        if _is_ragged(fetch):
            from tfshim.ragged.host_value import value_of

            return self._named(lambda *parts: value_of(list(parts)), (fetch.flat_values, *fetch.nested_row_splits))
        return self._element(plain(fetch))

    def _sequence(self, fetch: Any) -> Rebuild:
        parts = [self._add(v) for v in fetch]
        if hasattr(fetch, "_fields"):
            return lambda values: type(fetch)(*[p(values) for p in parts])
        kind = list if isinstance(fetch, list) else tuple
        return lambda values: kind([p(values) for p in parts])

    def _named(self, kind: Any, components: Sequence[Any]) -> Rebuild:
        parts = [None if c is None else self._element(c) for c in components]
        return lambda values: kind(*[None if p is None else p(values) for p in parts])

    def _element(self, fetch: Any) -> Rebuild:
        try:
            element = self._graph.as_graph_element(fetch.decode() if isinstance(fetch, bytes) else fetch)
        except TypeError as error:
            raise TypeError(
                f'Argument `fetch` = {fetch} has invalid type "{type(fetch).__name__}" must be a string or Tensor. '
                f"({error})"
            ) from None
        except (KeyError, ValueError) as error:
            raise ValueError(f"Argument `fetch` = {fetch} cannot be interpreted as a Tensor. ({error})") from None
        if not self._graph.is_fetchable(element):
            name = getattr(element, "op", element).name
            raise InaccessibleTensorError(f"Operation {name} has been marked as not fetchable.")
        self._elements[id(element)] = element
        return lambda values: values.get(id(element))


def feeds(graph: Graph, feed_dict: Any) -> dict[SymbolicTensor, np.ndarray]:
    """The arrays to feed, by tensor.

    Raises:
      TypeError: for a key that is no tensor of the graph, or a value that is a tensor.
      ValueError: for a value of the wrong shape, or one that does not convert to the tensor's dtype.
    """
    if not feed_dict:
        return {}
    if not isinstance(feed_dict, Mapping):
        raise TypeError(f"Argument `feed_dict` must be a dictionary, not {type(feed_dict).__name__}")
    fed: dict[SymbolicTensor, np.ndarray] = {}
    for key, value in nest.flatten_dict_items(_with_components(feed_dict)).items():
        try:
            tensor = graph.as_graph_element(
                key.decode() if isinstance(key, bytes) else plain(key), allow_operation=False
            )
        except (KeyError, TypeError, ValueError) as error:
            raise TypeError(f"Cannot interpret feed_dict key as Tensor: {error}") from None
        if not graph.is_feedable(tensor):
            raise ValueError(f"Tensor {tensor.name} may not be fed.")
        fed[tensor] = _fed_array(tensor, value)
    return fed


def _with_components(feed_dict: Mapping[Any, Any]) -> dict[Any, Any]:
    """Feeds of composite tensors as feeds of their components."""
    result: dict[Any, Any] = {}
    for key, value in feed_dict.items():
        if isinstance(key, IndexedSlices):
            parts = [key.values, key.indices, key.dense_shape]
        elif isinstance(key, SparseTensor):
            parts = [key.indices, key.values, key.dense_shape]
        elif _is_ragged(key):
            parts = [key.flat_values, *key.nested_row_splits]
            value = (value.flat_values, *value.nested_row_splits)
        else:
            result[key] = value
            continue
        result.update((p, v) for p, v in zip(parts, value, strict=False) if p is not None)
    return result


def _is_ragged(value: Any) -> bool:
    return isinstance(value, CompositeTensor) and hasattr(value, "nested_row_splits")


def _fed_array(tensor: SymbolicTensor, value: Any) -> np.ndarray:
    if isinstance(value, TensorHandle):
        value = fed_handle(tensor, value)
    if isinstance(value, Tensor):
        raise TypeError(
            "The value of a feed cannot be a tf.Tensor object: feed Python scalars, strings, lists or NumPy arrays. "
            f"The tensor fed is {tensor!r}."
        )
    dtype = tensor.dtype
    if isinstance(value, int) and not dtype.is_bool and np.array(value).astype(dtype.as_numpy_dtype) != value:
        raise TypeError(
            f"Type of feed value {value} with type {type(value)} is not compatible with Tensor type {dtype!r}. Try "
            "explicitly setting the type of the feed tensor to a larger type (e.g. int64)."
        )
    array = np.asarray(value, object) if dtype.name == "string" else np.array(value, dtype.as_numpy_dtype)
    if not tensor.shape.is_compatible_with(array.shape):
        raise ValueError(
            f"Cannot feed value of shape {array.shape} for Tensor {tensor.name}, which has shape {tensor.shape}"
        )
    return array
