"""The registry of public names: one object under all the paths at which TensorFlow shows it."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from tfshim import definitions, dispatch

T = TypeVar("T")


class ExportConflict(ValueError):
    """Two objects claim one public path, or one path is claimed as a symbol and as a namespace."""


class Lazy:
    """A public object that is made on first access (`tf.keras`: importing it costs seconds)."""

    __slots__ = ("load",)

    def __init__(self, load: Callable[[], object]):
        self.load = load


class Elsewhere(Lazy):
    """A public object whose module has not been imported."""

    __slots__ = ("module",)

    def __init__(self, path: str, module: str):
        super().__init__(lambda: _import(path, module))
        self.module = module


def _import(path: str, module: str) -> object:
    importlib.import_module(module)
    found = _symbols[path]
    if isinstance(found, Elsewhere):
        raise AttributeError(f"{module} no longer defines tf.{path}: run python -m tools.definitions")
    return found.load() if isinstance(found, Lazy) else found


class Family:
    """A namespace whose members are made on first access (`tf.raw_ops`: 1,462 functions, few used)."""

    __slots__ = ("names", "resolve")

    def __init__(self, resolve: Callable[[str], object], names: Callable[[], Iterable[str]]):
        self.resolve = resolve
        self.names = names


_symbols: dict[str, object] = {}
_namespaces: set[str] = set()
_families: dict[str, Family] = {}
_listeners: list[Callable[[str, object], None]] = []


def export(*paths: str) -> Callable[[T], T]:
    """Registers an object under public `paths` ("math.add", "add": no leading "tf.").

    A decorator for functions and classes; `export("newaxis")(None)` serves any other object. Returns the
    object, with dispatch if `tfshim.dispatch` names one of its paths. Raises ExportConflict when a path is taken
    by another object or is a namespace of registered paths.
    """
    if not paths:
        raise TypeError("export() needs at least one public path")
    for path in paths:
        if not isinstance(path, str) or not all(part.isidentifier() for part in path.split(".")):
            raise TypeError(
                f"export() takes dotted public paths, not {path!r}; for an object, call export(path)(object)"
            )

    def register(obj: T) -> T:
        obj = dispatch.wrapped(paths, obj)
        if inspect.isfunction(obj) and hasattr(obj, "__wrapped__"):
            # `inspect.getfullargspec` does not look behind wrappers.
            obj.__signature__ = inspect.signature(obj)  # type: ignore[attr-defined]
        for path in paths:
            _register(path, obj)
        return obj

    return register


def export_lazy(*paths: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Registers a function of no arguments whose result appears at `paths` once somebody asks for it."""

    def register(load: Callable[[], object]) -> Callable[[], object]:
        export(*paths)(Lazy(load))
        return load

    return register


def export_family(namespace: str, resolve: Callable[[str], object], names: Callable[[], Iterable[str]]) -> None:
    """Registers a namespace whose members `resolve(name)` makes on first access (KeyError: no such member).

    `names()` lists the members for `dir()`. Symbols exported below the same namespace take precedence.
    """
    if namespace in _families:
        raise ExportConflict(f"tf.{namespace} already has a family of members")
    if namespace in _symbols:
        raise ExportConflict(f"tf.{namespace} is exported as a symbol and as a namespace")
    definitions.note("symbol", f"{namespace}.*")
    _families[namespace] = family = Family(resolve, names)
    _note_namespaces(namespace + ".")
    for listener in _listeners:
        listener(namespace, family)


def replace(path: str, obj: object) -> None:
    """Puts another object at a registered path, for the rest of the process (a switch that changes functions)."""
    if path not in _symbols:
        raise KeyError(f"tf.{path} is not exported")
    _symbols[path] = obj
    for listener in _listeners:
        listener(path, obj)


def _register(path: str, obj: object) -> None:
    definitions.note("symbol", path)
    known = _symbols.get(path, _UNKNOWN)
    if known is obj:
        return
    if known is not _UNKNOWN and not isinstance(known, Elsewhere):
        raise ExportConflict(f"tf.{path} is exported twice: {known!r} and {obj!r}")
    if path in _namespaces:
        raise ExportConflict(f"tf.{path} is exported as a symbol ({obj!r}) and as a namespace")
    _note_namespaces(path)
    _symbols[path] = obj
    for listener in _listeners:
        listener(path, obj)


_UNKNOWN = object()


def is_free(path: str, module: str) -> bool:
    """Whether no other module than `module` defines a public path."""
    known = _symbols.get(path, _UNKNOWN)
    return known is _UNKNOWN or (isinstance(known, Elsewhere) and known.module == module)


def expect_definitions() -> None:
    """Registers every name of the table of definitions that has not come yet, to be imported on first access."""
    for path, modules in definitions.names("symbol").items():
        if path.endswith(".*"):
            if path[:-2] not in _families:
                importlib.import_module(modules[0])
        elif path not in _symbols:
            _note_namespaces(path)
            _symbols[path] = Elsewhere(path, modules[0])


def _note_namespaces(path: str) -> None:
    parts = path.split(".")[:-1]
    for end in range(len(parts), 0, -1):
        namespace = ".".join(parts[:end])
        if namespace in _symbols:
            raise ExportConflict(
                f"tf.{namespace} is exported as a symbol and as the namespace of tf.{path.rstrip('.')}"
            )
        _namespaces.add(namespace)


def symbols() -> Mapping[str, object]:
    """Every registered path with its object (a `Lazy` where it has not been made)."""
    return _symbols


@cache
def _is_a(cls: type, path: str) -> bool:
    return symbols().get(path) in cls.__mro__


def is_a(value: Any, *paths: str) -> bool:
    """True if `value` is of one of these public classes, which need not exist yet."""
    cls: Any = type(value)
    return any(_is_a(cls, path) for path in paths)


def namespaces() -> frozenset[str]:
    """Every dotted prefix of a registered path ("math", "config.experimental", ...)."""
    return frozenset(_namespaces)


def families() -> Mapping[str, Family]:
    """The namespaces whose members are made on first access."""
    return _families


def listen(listener: Callable[[str, object], None]) -> None:
    """Calls `listener(path, object)` for every later export: late registrations reach the namespaces too."""
    _listeners.append(listener)
