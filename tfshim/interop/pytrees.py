"""How TensorFlow's values look as JAX pytrees, and JAX's as TensorFlow's."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.tree_util import DictKey, FlattenedIndexKey, GetAttrKey, SequenceKey

from tfshim.tracking.structures import DictWrapper, ListWrapper, TupleWrapper


def _register_wrappers() -> None:
    """Lists, dicts and tuples that a module tracks come out of JAX as what they wrap."""

    def flatten_dict(wrapper: Any) -> tuple[Any, Any]:
        return (wrapper.__wrapped__,), None

    jax.tree_util.register_pytree_node(ListWrapper, lambda w: (list(w), None), lambda _, parts: list(parts))
    for wrapper in (DictWrapper, TupleWrapper):
        jax.tree_util.register_pytree_node(wrapper, flatten_dict, lambda _, parts: parts[0])


_register_wrappers()


def is_key_array(value: Any) -> bool:
    """True for a typed PRNG key (`jax.random.key`), which no TensorFlow dtype can hold."""
    return isinstance(value, jax.Array) and jax.dtypes.issubdtype(value.dtype, jax.dtypes.prng_key)


def path_names(path: tuple[Any, ...]) -> tuple[str, ...]:
    """The names on the way to a leaf of a pytree."""
    return tuple([_entry_name(entry) for entry in path])


def _entry_name(entry: Any) -> str:
    match entry:
        case DictKey(key=name) | GetAttrKey(name=name) | SequenceKey(idx=name) | FlattenedIndexKey(key=name):
            return str(name)
    return str(entry)


def strong_dtype(dtype: Any, weak: bool) -> np.dtype:
    """The dtype of a JAX result for TensorFlow: what came of Python numbers alone has their TensorFlow dtype."""
    dtype = np.dtype(dtype)
    return _OF_PYTHON_NUMBERS.get(dtype, dtype) if weak else dtype


_OF_PYTHON_NUMBERS = {
    np.dtype(np.float64): np.dtype(np.float32),
    np.dtype(np.int64): np.dtype(np.int32),
    np.dtype(np.complex128): np.dtype(np.complex64),
}
