"""`tensorflow.python.util.tf_export`: the public names of symbols."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from tfshim import export as registry
from tfshim import namespaces

TENSORFLOW_API_NAME = "tensorflow"
KERAS_API_NAME = "keras"

_ATTRIBUTE = {TENSORFLOW_API_NAME: "_tf_api_names", KERAS_API_NAME: "_keras_api_names"}
_by_name: dict[str, Any] = {}


class InvalidSymbolNameError(Exception):
    """A name that may not be exported."""


class SymbolAlreadyExposedError(Exception):
    """A symbol that has names already."""


class api_export:
    """A decorator that gives a function or a class names in an API; `api_name` is "tensorflow" or "keras".

    Args:
      *args: names in version 2.
      v1: names in version 1; those of version 2 if None.
      api_name: of the API.
    """

    def __init__(self, *args: str, api_name: str = TENSORFLOW_API_NAME, v1: Sequence[str] | None = None, **_: Any):
        self._names = tuple(args)
        self._names_v1 = tuple(args if v1 is None else v1)
        self._attribute = _ATTRIBUTE.get(api_name, f"_{api_name}_api_names")
        prefix = f"{api_name}." if api_name != TENSORFLOW_API_NAME else ""
        for name in {*self._names, *self._names_v1}:
            if prefix and not name.startswith(prefix):
                raise InvalidSymbolNameError(f"names of {api_name} begin with {prefix!r}, not so {name!r}")

    def __call__(self, func: Any) -> Any:
        for attribute, names in ((self._attribute, self._names), (f"{self._attribute}_v1", self._names_v1)):
            if attribute in vars(func):
                raise SymbolAlreadyExposedError(f"{func} has the names {vars(func)[attribute]} already")
            setattr(func, attribute, names)
        _by_name.update(dict.fromkeys((*self._names_v1, *self._names), func))
        return func

    def export_constant(self, module_name: str, name: str) -> None:
        """Gives an attribute of a module, known by name, the names."""
        import sys

        value = getattr(sys.modules[module_name], name)
        _by_name.update(dict.fromkeys((*self._names_v1, *self._names), value))


tf_export = functools.partial(api_export, api_name=TENSORFLOW_API_NAME)
keras_export = functools.partial(api_export, api_name=KERAS_API_NAME)


@functools.cache
def _canonical() -> dict[str, str]:
    """TensorFlow's first name of each public path."""
    names = {}
    for row in namespaces.api_table():
        for path in (row["path"], *filter(None, row["aliases"].split(","))):
            names[path.removeprefix("tf.")] = row["path"].removeprefix("tf.")
    return names


def _public_paths(symbol: Any) -> list[str]:
    return [path for path, obj in registry.symbols().items() if obj is symbol]


def get_v2_names(symbol: Any) -> Sequence[str]:
    """The names of a symbol in version 2, the canonical one first."""
    given = getattr(symbol, "__dict__", {})
    own = [*given.get("_tf_api_names", ()), *given.get("_keras_api_names", ())]
    paths = [p for p in _public_paths(symbol) if not p.startswith(("compat.v1.", "__internal__."))]
    first = _canonical().get(paths[0]) if paths else None
    return [*own, *sorted(paths, key=lambda p: (p != first, p))]


def get_v1_names(symbol: Any) -> Sequence[str]:
    """The names of a symbol in version 1."""
    given = getattr(symbol, "__dict__", {})
    own = [*given.get("_tf_api_names_v1", ()), *given.get("_keras_api_names_v1", ())]
    return [*own, *(p.removeprefix("compat.v1.") for p in _public_paths(symbol) if p.startswith("compat.v1."))]


def get_canonical_name_for_symbol(
    symbol: Any, api_name: str = TENSORFLOW_API_NAME, add_prefix_to_v1_names: bool = False
) -> str | None:
    """The first public name of a symbol, without "tf."; None if it has none."""
    attribute = _ATTRIBUTE.get(api_name, f"_{api_name}_api_names")
    given = getattr(symbol, "__dict__", {})
    names = given.get(attribute) or (get_v2_names(symbol) if api_name == TENSORFLOW_API_NAME else ())
    if names:
        return names[0]
    names = given.get(f"{attribute}_v1") or (get_v1_names(symbol) if api_name == TENSORFLOW_API_NAME else ())
    if not names:
        return None
    return f"compat.v1.{names[0]}" if add_prefix_to_v1_names else names[0]


def get_symbol_from_name(name: str) -> Any:
    """The symbol of a public name, or None."""
    if name in _by_name:
        return _by_name[name]
    try:
        return namespaces.resolve(name)
    except AttributeError:
        return None


def kwarg_only(f: Any) -> Any:
    """The function as one that takes its arguments by name only."""

    @functools.wraps(f)
    def by_name(**kwargs: Any) -> Any:
        return f(**kwargs)

    return by_name
