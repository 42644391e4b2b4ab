"""`tensorflow.python.*` and its like: private modules that libraries import, as views of the public API.

private_paths.json names, for each private module, those of its attributes that are public symbols under
another name, or names of ours ("tfshim.module:name"); what libraries need beside is in
`tfshim.compat.private`. Modules of protocol buffers (`..._pb2`) are those of `tfshim.protos`. Modules and
attributes are made on first access.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import pkgutil
from collections.abc import Callable
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.resources import files
from types import ModuleType
from typing import cast

from tfshim import namespaces, protos
from tfshim.compat import private

ROOTS = (
    "tensorflow.python",
    "tensorflow.core",
    "tensorflow.compiler",
    "tensorflow.tools",
    "tensorflow.dtensor",
)

_modules: dict[str, ModuleType] = {}


@cache
def _table() -> dict[str, dict[str, str]]:
    return json.loads(files("tfshim.compat").joinpath("private_paths.json").read_text(encoding="utf-8"))


@cache
def _counterparts() -> dict[str, str]:
    """Our modules of names that no public symbol has, by the private module for which they stand."""
    modules = {}
    for module in pkgutil.iter_modules(private.__path__):
        # The parts of a path are joined by underscores, which names have too: what is a package is known.
        for package in _PACKAGES:
            if module.name.startswith(package.replace(".", "_") + "_"):
                name = module.name[len(package) + 1 :]
                root = "tensorflow" if package.startswith("compiler") else "tensorflow.python"
                modules[f"{root}.{package}.{name}"] = f"{private.__name__}.{module.name}"
                break
    return modules


# Packages of TensorFlow below `tensorflow.python`, or `tensorflow` itself; inner ones first.
_PACKAGES = (
    "compiler.tf2xla.python",
    "data.util",
    "ops.distributions",
    "ops.linalg",
    "ops.losses",
    "ops.parallel_for",
    "ops.ragged",
    "client",
    "eager",
    "framework",
    "layers",
    "lib.io",
    "ops",
    "trackable",
    "training",
    "util",
)


@cache
def _messages() -> dict[str, str]:
    """The `.proto` files by the modules that TensorFlow makes of them."""
    return {f"{name.removesuffix('.proto').replace('/', '.')}_pb2": name for name in protos.file_names()}


@cache
def _packages() -> frozenset[str]:
    packages = set()
    for name in (*_table(), *_counterparts()):
        while "." in name:
            name = name.rpartition(".")[0]
            packages.add(name)
    return frozenset(packages)


def _is_package(name: str) -> bool:
    if name in _packages():
        return True
    # Reading the messages takes a while: only for those who look there.
    return not name.startswith("tensorflow.python") and any(m.startswith(f"{name}.") for m in _messages())


def _in_malt(name: str) -> str | None:
    """The module of malt, AutoGraph's source transformation by itself, for a module of TensorFlow's; None if none is.

    malt transforms trees of `ast` where TensorFlow transforms those of `gast`.
    """
    path = name.removeprefix("tensorflow.python.autograph.")
    if path == name or path.partition(".")[0] not in ("converters", "core", "pyct"):
        return None
    return f"malt.{path}" if importlib.util.find_spec(f"malt.{path}") is not None else None


def find(name: str) -> ModuleType | None:
    """The module that stands for a private module of TensorFlow, or None where nothing of it is public."""
    if name in _modules:
        return _modules[name]
    if name.endswith("_pb2") and name in _messages():
        return _modules.setdefault(name, protos.pb2_module(_messages()[name]))
    in_malt = _in_malt(name)
    if in_malt is None and name not in _table() and name not in _counterparts() and not _is_package(name):
        return None
    module = ModuleType(name, "Public names of tfshim under a private path of TensorFlow.")
    module.__path__ = []
    module.__package__ = name
    module.__spec__ = ModuleSpec(name, None, is_package=True)
    targets = _table().get(name, {})

    def __getattr__(attribute: str) -> object:
        # What is ours goes before what is public, which goes before what is malt's.
        for place in (_counterparts().get(name), None if attribute in targets else in_malt):
            if place is not None and not attribute.startswith("__"):
                ours = importlib.import_module(place)
                if hasattr(ours, attribute):
                    vars(module)[attribute] = getattr(ours, attribute)
                    return vars(module)[attribute]
        if attribute not in targets:
            reason = "a private name of TensorFlow that tfshim does not map"
            raise AttributeError(
                f"module {name!r} has no attribute {attribute!r}: {reason}", name=attribute, obj=module
            )
        try:
            value = _resolve(targets[attribute])
        except AttributeError as error:
            raise AttributeError(
                f"module {name!r} has no attribute {attribute!r}: {error}", name=attribute, obj=module
            ) from None
        vars(module)[attribute] = value
        return value

    vars(module)["__getattr__"] = __getattr__
    vars(module)["__dir__"] = lambda: sorted(targets)
    _modules[name] = module
    return module


def _resolve(target: str) -> object:
    if target.startswith("="):
        return ast.literal_eval(target[1:])
    if target.startswith("@"):
        return importlib.import_module(target[1:])
    if target.startswith("tfshim."):
        module, _, name = target.partition(":")
        return getattr(importlib.import_module(module), name)
    path = target.removeprefix("tf.")
    if path.endswith(")"):
        path, _, parameters = path[:-1].partition("(")
        raw_op = cast(Callable[..., object], namespaces.resolve(path))
        return _positional(raw_op, parameters.split(",") if parameters else [])
    return namespaces.resolve(path)


def _positional(raw_op: Callable[..., object], parameters: list[str]) -> Callable[..., object]:
    # Functions in gen_*_ops take their arguments by position too; tf.raw_ops takes keywords only.
    def by_position(*args: object, **kwargs: object) -> object:
        if len(args) > len(parameters):
            takes = f"{by_position.__name__}() takes {len(parameters)} arguments"
            raise TypeError(f"{takes} but {len(args)} were given")
        return raw_op(**dict(zip(parameters, args)), **kwargs)

    by_position.__name__ = by_position.__qualname__ = getattr(raw_op, "__name__", "raw_op")
    return by_position
