"""`tensorflow.python.util.object_identity`: sets and dictionaries that know objects by identity."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, MutableMapping, MutableSet
from typing import Any

from tfshim.tensor import Reference

__all__ = [
    "ObjectIdentityDictionary",
    "ObjectIdentitySet",
    "ObjectIdentityWeakKeyDictionary",
    "ObjectIdentityWeakSet",
    "Reference",
]


class _ObjectIdentityWrapper:
    """An object as a key: equal to itself only."""

    __slots__ = ("__weakref__", "_wrapped")

    def __init__(self, wrapped: Any):
        self._wrapped = wrapped

    @property
    def unwrapped(self) -> Any:
        """The object."""
        return self._wrapped

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _ObjectIdentityWrapper):
            raise TypeError(f"cannot compare a wrapped object with {other!r}, which is not wrapped")
        return self.unwrapped is other.unwrapped

    def __hash__(self) -> int:
        return id(self._wrapped)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} wrapping {self._wrapped!r}>"


class _WeakObjectIdentityWrapper(_ObjectIdentityWrapper):
    """The same, without keeping the object alive: `unwrapped` is None after its end."""

    __slots__ = ("_hash",)

    def __init__(self, wrapped: Any, callback: Any = None):
        super().__init__(weakref.ref(wrapped, callback and (lambda _: callback(self))))
        self._hash = id(wrapped)

    @property
    def unwrapped(self) -> Any:
        return self._wrapped()

    def __eq__(self, other: object) -> bool:
        # After the object's end the key is still found, to be taken out.
        return self is other or (self.unwrapped is not None and super().__eq__(other))

    def __hash__(self) -> int:
        return self._hash


class ObjectIdentityDictionary(MutableMapping):
    """A dictionary whose keys may be of any type, and are told apart by identity."""

    def __init__(self, *args: Any, **kwargs: Any):
        self._storage: dict[Any, Any] = {}
        self.update(dict(*args, **kwargs))

    def _wrap_key(self, key: Any) -> Any:
        return _ObjectIdentityWrapper(key)

    def __getitem__(self, key: Any) -> Any:
        return self._storage[self._wrap_key(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._storage[self._wrap_key(key)] = value

    def __delitem__(self, key: Any) -> None:
        del self._storage[self._wrap_key(key)]

    def __len__(self) -> int:
        return len(self._storage)

    def __iter__(self) -> Iterator[Any]:
        for key in list(self._storage):
            unwrapped = key.unwrapped
            if unwrapped is not None or not isinstance(key, _WeakObjectIdentityWrapper):
                yield unwrapped

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._storage!r})"


class ObjectIdentityWeakKeyDictionary(ObjectIdentityDictionary):
    """The same; items go when their keys do."""

    def _wrap_key(self, key: Any) -> Any:
        return _WeakObjectIdentityWrapper(key, lambda made: self._storage.pop(made, None))

    def __len__(self) -> int:
        return len(list(iter(self)))


class ObjectIdentitySet(MutableSet):
    """A set of objects of any type, which are told apart by identity."""

    def __init__(self, *args: Any):
        self._storage: set[Any] = set()
        for item in args[0] if args else ():
            self.add(item)

    def _wrap_key(self, key: Any) -> Any:
        return _ObjectIdentityWrapper(key)

    def add(self, key: Any) -> None:
        """Adds an object."""
        self._storage.add(self._wrap_key(key))

    def discard(self, key: Any) -> None:
        """Removes an object if it is there."""
        self._storage.discard(self._wrap_key(key))

    def update(self, items: Any) -> None:
        """Adds objects."""
        for item in items:
            self.add(item)

    def intersection(self, items: Any) -> set[Any]:
        """The wrapped objects that are in both."""
        return self._storage & {self._wrap_key(item) for item in items}

    def difference(self, items: Any) -> ObjectIdentitySet:
        """The objects that are not among `items`."""
        return type(self)(self - type(self)(items))

    def clear(self) -> None:
        """Removes all."""
        self._storage.clear()

    def __contains__(self, key: Any) -> bool:
        return self._wrap_key(key) in self._storage

    def __len__(self) -> int:
        return len(self._storage)

    def __iter__(self) -> Iterator[Any]:
        for key in list(self._storage):
            unwrapped = key.unwrapped
            if unwrapped is not None or not isinstance(key, _WeakObjectIdentityWrapper):
                yield unwrapped


class ObjectIdentityWeakSet(ObjectIdentitySet):
    """The same, without keeping the objects alive."""

    def _wrap_key(self, key: Any) -> Any:
        return _WeakObjectIdentityWrapper(key, self._storage.discard)

    def __len__(self) -> int:
        return len(list(iter(self)))
