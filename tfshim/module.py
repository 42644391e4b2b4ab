"""`tf.Module`: a named container of variables, other modules and functions."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from tfshim import nest
from tfshim.export import export
from tfshim.scopes import name_scope
from tfshim.tracking import AutoTrackable
from tfshim.type_spec import CompositeTensor
from tfshim.variable import Variable

_WORD_START = re.compile(r"((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))")
_IDENTIFIER = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_]*$")


def camel_to_snake(value: str) -> str:
    """`"HTTPServer"` as `"http_server"`."""
    return _WORD_START.sub(r"_\1", value).lower()


def valid_identifier(name: str) -> bool:
    """Whether a module may have this name."""
    return bool(_IDENTIFIER.match(name))


@export("Module")
class Module(AutoTrackable):
    """Base class of models and layers: finds the variables and modules among its attributes.

    Args:
      name: a Python identifier; by default, the class name in snake case.

    Raises:
      ValueError: if `name` is not an identifier.
    """

    _TF_MODULE_IGNORED_PROPERTIES = frozenset(
        ("_self_unconditional_checkpoint_dependencies", "_self_unconditional_dependency_names")
    )

    def __init__(self, name: str | None = None):
        if name is None:
            name = camel_to_snake(type(self).__name__)
        elif not valid_identifier(name):
            raise ValueError(
                f"{name!r} is not a valid module name. Module names must be valid Python identifiers (e.g. a valid "
                "class name)."
            )
        self._name = name
        with name_scope(name) as scope_name:
            self._name_scope = name_scope(scope_name)

    @property
    def name(self) -> str:
        """The module's own name, without those of the scopes around it."""
        return self._name

    @property
    def name_scope(self) -> Any:
        """The `tf.name_scope` of the module, to be entered with `with`."""
        return self._name_scope

    @property
    def variables(self) -> tuple[Any, ...]:
        """Variables of this module, by sorted attribute names, then those of its submodules."""
        return tuple(self._flatten(predicate=_is_variable, expand_composites=True))

    @property
    def trainable_variables(self) -> tuple[Any, ...]:
        """The trainable ones of `variables`."""
        return tuple(self._flatten(predicate=_is_trainable_variable, expand_composites=True))

    @property
    def non_trainable_variables(self) -> tuple[Any, ...]:
        """The ones of `variables` that are not trainable."""
        return tuple(self._flatten(predicate=_is_non_trainable_variable, expand_composites=True))

    @property
    def submodules(self) -> tuple[Module, ...]:
        """All modules among the attributes of this one and, recursively, of those."""
        return tuple(self._flatten(predicate=_is_module))

    def _flatten(
        self,
        recursive: bool = True,
        predicate: Callable[[Any], bool] | None = None,
        attribute_traversal_key: Callable[[str], Any] | None = None,
        with_path: bool = False,
        expand_composites: bool = False,
    ) -> Iterator[Any]:
        """Yields the leaves of the attributes in the order of their names, then those of submodules.

        Args:
          recursive: whether to go into submodules.
          predicate: only leaves for which it is true are yielded.
          attribute_traversal_key: sort key of attribute names.
          with_path: yield pairs of path and leaf; a leaf is then yielded once for each path.
          expand_composites: whether composite tensors are flattened into their components.
        """
        walk = _Walk(recursive, predicate or _anything, attribute_traversal_key, with_path, expand_composites)
        walk.seen.add(id(self))
        return walk.leaves(self, ())

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """Decorates a method to run in the module's name scope."""

        @functools.wraps(method)
        def method_with_name_scope(self: Any, *args: Any, **kwargs: Any) -> Any:
            with self.name_scope:
                return method(self, *args, **kwargs)

        return method_with_name_scope


def _anything(leaf: Any) -> bool:
    return True


def _is_variable(leaf: Any) -> bool:
    return isinstance(leaf, Variable)


def _is_trainable_variable(leaf: Any) -> bool:
    return isinstance(leaf, Variable) and getattr(leaf, "trainable", False)


def _is_non_trainable_variable(leaf: Any) -> bool:
    return isinstance(leaf, Variable) and not getattr(leaf, "trainable", False)


def _is_module(leaf: Any) -> bool:
    return isinstance(leaf, Module)


class _Walk:
    """One traversal of a module: its options, and what it has seen."""

    def __init__(
        self,
        recursive: bool,
        predicate: Callable[[Any], bool],
        key: Callable[[str], Any] | None,
        with_path: bool,
        expand_composites: bool,
    ):
        self.recursive = recursive
        self.predicate = predicate
        self.key = key
        self.with_path = with_path
        self.expand_composites = expand_composites
        self.seen: set[int] = set()
        self.stack: list[int] = []

    def leaves(self, module: Any, module_path: tuple[Any, ...]) -> Iterator[Any]:
        """The leaves of one module and, after them, of its submodules."""
        attributes = vars(module)
        # With paths, each path to a leaf counts; only cycles end the recursion.
        recursive = self.recursive and id(module) not in self.stack
        submodules = []
        for name in sorted(attributes, key=self.key):  # type: ignore[type-var,arg-type]
            if name in module._TF_MODULE_IGNORED_PROPERTIES:
                continue
            for inner_path, leaf in self._flat(name, attributes[name]):
                path = (*module_path, name, *inner_path)
                if not self.with_path:
                    if id(leaf) in self.seen:
                        continue
                    self.seen.add(id(leaf))
                if self.predicate(leaf):
                    yield (path, leaf) if self.with_path else leaf
                if recursive and isinstance(leaf, Module):
                    submodules.append((path, leaf))
        self.stack.append(id(module))
        for path, submodule in submodules:
            yield from self.leaves(submodule, path)
        self.stack.pop()

    def _flat(self, name: str, value: Any) -> list[tuple[tuple[Any, ...], Any]]:
        try:
            if self.expand_composites:
                return list(_flatten_composites(value, ()))
            return list(nest.flatten_with_tuple_paths(value))
        except Exception as error:
            raise ValueError(f"Error processing property {name!r} of {value!r}") from error


def _flatten_composites(structure: Any, prefix: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for path, leaf in nest.flatten_with_tuple_paths(structure):
        if isinstance(leaf, CompositeTensor) and not isinstance(leaf, Variable):
            spec = leaf._type_spec  # type: ignore[attr-defined]
            yield from _flatten_composites(spec._to_components(leaf), (*prefix, *path, spec.value_type.__name__))
        else:
            yield (*prefix, *path), leaf


Module.__module__ = "tensorflow.python.module.module"
