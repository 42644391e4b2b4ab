"""What a graph keeps beside its nodes: collections, and the scopes that mark the nodes made in them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

# The attributes by which nodes say what the scopes around them asked for.
COLOCATION = "_class"
GRADIENT = "_gradient_op_type"

# The collections of variables and of variable scopes: a function has those of the graph around it.
_SHARED_COLLECTIONS = ("variables", "trainable_variables", "local_variables", ("__varscope",), ("__variable_store",))


class GraphScopes:
    """The part of `tf.Graph` that does not concern nodes themselves."""

    def __init__(self) -> None:
        self._collections: dict[Any, list[Any]] = {}
        self._colocated: tuple[Any, ...] = ()
        self._container = ""
        self._gradient_overrides: dict[str, str] = {}
        self._not_fed: set[int] = set()
        self._not_fetched: set[int] = set()

    # Collections

    def take_collections(self, outer: GraphScopes) -> None:
        """Gives a function the collections of the graph around it: copies, except of those that they share."""
        self._collections = {name: list(items) for name, items in outer._collections.items()}
        for name in _SHARED_COLLECTIONS:
            self._collections[name] = outer.get_collection_ref(name)

    @property
    def collections(self) -> list[Any]:
        """Names of all collections."""
        return list(self._collections)

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Appends `value` to the collection `name`."""
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Appends `value` to each collection in `names`."""
        for name in (names,) if isinstance(names, str) else names:
            self.add_to_collection(name, value)

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """A copy of a collection, restricted to items whose name matches `scope`."""
        items = self._collections.get(name, [])
        if scope is None:
            return list(items)
        return [i for i in items if hasattr(i, "name") and re.match(scope, i.name)]

    def get_collection_ref(self, name: Any) -> list[Any]:
        """The collection itself, which the caller may change."""
        return self._collections.setdefault(name, [])

    def get_all_collection_keys(self) -> list[Any]:
        """Names of all collections; without empty ones that are there to be shared."""
        shown = [k for k in self._collections if isinstance(k, str)]
        return [k for k in shown if self._collections[k] or k not in _SHARED_COLLECTIONS]

    def clear_collection(self, name: Any) -> None:
        """Empties a collection."""
        self._collections.pop(name, None)

    # Marks on new nodes

    @contextlib.contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Makes new nodes say that they belong to the device of `op`, and lifts control dependencies.

        Args:
          op: an operation, or what stands for one; None, with `ignore_existing`, to lift the scopes around.
          ignore_existing: whether the scopes around this one count no longer.

        Raises:
          ValueError: None without `ignore_existing`.
        """
        if op is None and not ignore_existing:
            raise ValueError("Trying to reset colocation (op is None) but ignore_existing is not True")
        old = self._colocated
        added = () if op is None else (self._control_op(op),)  # type: ignore[attr-defined]
        self._colocated = (*(() if ignore_existing else old), *added)
        try:
            yield
        finally:
            self._colocated = old

    @contextlib.contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Puts the variables made in the scope into a container: those of one name in two containers are two."""
        old = self._container
        self._container = container_name
        try:
            yield container_name
        finally:
            self._container = old

    @contextlib.contextmanager
    def gradient_override_map(self, op_type_map: Mapping[str, str]) -> Iterator[None]:
        """Differentiates new nodes by functions that `tf.RegisterGradient` named.

        Args:
          op_type_map: the name of the function, by type of op.

        Raises:
          TypeError: if it is no dict of strings.
        """
        if not isinstance(op_type_map, dict) or not all(
            isinstance(k, str) and isinstance(v, str) for k, v in op_type_map.items()
        ):
            raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        old = self._gradient_overrides
        self._gradient_overrides = {**old, **op_type_map}
        try:
            yield
        finally:
            self._gradient_overrides = old

    def _marks(self, op_type: str) -> dict[str, Any]:
        """The attributes that the scopes give to a new node."""
        marks: dict[str, Any] = {}
        if self._colocated:
            marks[COLOCATION] = tuple(sorted({g for op in self._colocated for g in op.colocation_groups()}))
        if op_type in self._gradient_overrides:
            marks[GRADIENT] = self._gradient_overrides[op_type]
        return marks

    # Feeding and fetching

    def prevent_feeding(self, tensor: Any) -> None:
        """Makes sessions refuse values for `tensor`."""
        self._not_fed.add(id(tensor))

    def is_feedable(self, tensor: Any) -> bool:
        """True unless `prevent_feeding` was called for `tensor`."""
        return id(tensor) not in self._not_fed

    def prevent_fetching(self, op: Any) -> None:
        """Makes sessions refuse to run `op` and to compute its outputs."""
        self._not_fetched.add(id(op))

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        """True unless `prevent_fetching` was called for the operation, or for that of the tensor."""
        return id(getattr(tensor_or_op, "op", tensor_or_op)) not in self._not_fetched
