"""The public namespaces (`tf.math`, `tf.nn`, ...): module objects filled from the export registry.

There is one module object per namespace, whatever name it was imported by. The root exists twice over one set
of names: the package `tfshim` itself, and the module that scripts see as `tensorflow`, whose `__version__` is
TensorFlow's.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.resources import files
from types import ModuleType
from typing import NoReturn

from tfshim import export as registry
from tfshim._version import TENSORFLOW_VERSION
from tfshim.export import Family, Lazy
from tfshim.ops import op_table

_modules: dict[str, ModuleType] = {}  # dotted path -> module; "" is the root as `tensorflow`
_package: ModuleType = sys.modules["tfshim"]
_internal_modules: frozenset[str] = frozenset()

# Namespaces of Keras that TensorFlow shows at its root too.
OF_KERAS = ("losses", "metrics", "optimizers", "initializers")


class _Package(ModuleType):
    """The class of the `tfshim` package: no submodule of our own hides a public name (`tf.function`)."""

    def __setattr__(self, name: str, value: object) -> None:
        if isinstance(value, ModuleType) and value.__name__ == f"tfshim.{name}" and _is_public(name):
            public = _modules.get(name)
            if public is not value and public is not None:
                _add_public_fallback(value, public)
            return
        super().__setattr__(name, value)


def build() -> ModuleType:
    """Makes every namespace from what is registered so far, and follows later exports. Returns the root."""
    global _internal_modules
    registry.expect_definitions()
    _internal_modules = frozenset(module.name for module in pkgutil.iter_modules(_package.__path__))
    root = _new_module("", "tensorflow")
    root.__dict__["__version__"] = TENSORFLOW_VERSION
    root.__dict__["__file__"] = _package.__file__
    _package.__class__ = _Package
    vars(_package)["__getattr__"] = _package_getattr(_getattr_of("", "tfshim"))
    vars(_package)["__dir__"] = lambda: sorted({*_public_names(""), *_own_names()})
    for path in registry.namespaces():
        namespace(path)
    for path, obj in registry.symbols().items():
        _place(path, obj)
    # The same module under a second name, as in TensorFlow; `compat` is a namespace because of it even when
    # empty.
    _bind(namespace("compat"), "v2", root)
    _modules["compat.v2"] = sys.modules["tfshim.compat.v2"] = root
    # `import tensorflow.compat.v1 as tf` leaves the code below it as it was: `tf.compat.v1.Session`, `tf.compat.v2`.
    for name, module in {"v1": namespace("compat.v1"), "v2": root}.items():
        path = f"compat.v1.compat.{name}"
        _bind(namespace("compat.v1.compat"), name, module)
        _modules[path] = sys.modules[f"tfshim.{path}"] = module
    registry.listen(_place)
    return root


def root() -> ModuleType:
    """The root under TensorFlow's name and version: what `import tensorflow` gives once installed."""
    return _modules[""]


def find(path: str) -> ModuleType | None:
    """The module of a public namespace ("nn.experimental"; "" for the root), or None if there is none."""
    return _modules.get(path)


def resolve(path: str) -> object:
    """The public object at a dotted path ("math.add"). Raises AttributeError as attribute access would."""
    found: object = root()
    for part in path.split("."):
        found = getattr(found, part)
    return found


def explain_missing(path: str) -> str:
    """Why `tf.<path>` is not there: not in tfshim yet, or not in TensorFlow at all."""
    outer, _, name = path.rpartition(".")
    if path in _known_paths() or (outer == "raw_ops" and op_table.is_known(name)):
        return f"tfshim does not have tf.{path} yet"
    if path.startswith(("compat.v1.", "lite.", "keras.")):
        return f"tfshim does not have tf.{path}, or not yet"  # these are not in the API table
    return f"tf.{path} does not exist in TensorFlow {TENSORFLOW_VERSION}"


def namespace(path: str) -> ModuleType:
    """The module of a namespace, made with its parents on first use."""
    module = _modules.get(path)
    if module is not None:
        return module
    parent_path, _, name = path.rpartition(".")
    parent = namespace(parent_path)
    full_name = f"tfshim.{path}"
    module = _new_module(path, full_name)
    _bind(parent, name, module)
    existing = sys.modules.get(full_name)
    if existing is not None:
        _add_public_fallback(existing, module)
    elif parent_path or name not in _internal_modules:
        sys.modules[full_name] = module
    return module


def _new_module(path: str, name: str) -> ModuleType:
    title = f"tf.{path}" if path else "TensorFlow's public API"
    module = ModuleType(name, f"{title} on JAX.")
    module.__path__ = []  # a package, so that `import tensorflow.nn.experimental` looks below it
    module.__spec__ = ModuleSpec(name, None, is_package=True)
    module.__package__ = name
    # In the module's dictionary, not in a class: attribute access of plain modules is what Python
    # specialises.
    vars(module)["__getattr__"] = _getattr_of(path, name)
    vars(module)["__dir__"] = lambda: sorted(_public_names(path))
    _modules[path] = module
    return module


def _getattr_of(path: str, module_name: str):
    prefix = f"{path}." if path else ""

    def __getattr__(name: str) -> object:
        if name == "__all__":  # asked for by `from tensorflow import *`: most names are not in the dictionary yet
            return _star_names(path)
        if name.startswith("__") and name.endswith("__") and prefix + name not in registry.symbols():
            raise AttributeError(f"module {module_name!r} has no attribute {name!r}")
        module = _modules[path]
        obj = registry.symbols().get(prefix + name)
        if obj is None and not path:  # the root is `compat.v2` too, and has what is there alone
            obj = registry.symbols().get(f"compat.v2.{name}")
        if obj is None and path in registry.families():
            try:
                obj = registry.families()[path].resolve(name)
            except KeyError:
                obj = None
        if obj is not None:
            if isinstance(obj, Lazy):
                obj = obj.load()
            _bind(module, name, obj)
            return obj
        _raise_missing(module, module_name, prefix, name)

    return __getattr__


# What only the package has: the side doors to JAX.
_SIDE_DOORS = {"from_jax": "tfshim.interop", "interop": "", "to_jax": "tfshim.interop"}


def _package_getattr(public: Callable[[str], object]) -> Callable[[str], object]:
    def __getattr__(name: str) -> object:
        home = _SIDE_DOORS.get(name)
        if home is None:
            return public(name)
        module = importlib.import_module(home or f"tfshim.{name}")
        found = vars(_package)[name] = getattr(module, name) if home else module
        return found

    return __getattr__


def _raise_missing(module: ModuleType, module_name: str, prefix: str, name: str) -> NoReturn:
    reason = explain_missing(prefix + name)
    # `from tensorflow import x` probes with hasattr and then reports in its own words: tell the reason while
    # it asks, unless x may still be found as a submodule.
    asker = sys._getframe(2)
    if asker.f_code.co_name == "_handle_fromlist" and not _may_be_submodule(f"{module_name}.{name}"):
        raise ImportError(f"cannot import name {name!r} from {module_name!r}: {reason}", name=module_name)
    raise AttributeError(f"module {module_name!r} has no attribute {name!r}: {reason}", name=name, obj=module)


def _may_be_submodule(full_name: str) -> bool:
    if full_name in sys.modules:
        return True
    parent = sys.modules.get(full_name.rpartition(".")[0])
    path = getattr(parent, "__path__", None)
    finders = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
    return any(finder.find_spec(full_name, path, None) is not None for finder in finders)


def _place(path: str, obj: object) -> None:
    if isinstance(obj, Family):
        namespace(path)
        return
    parent, _, name = path.rpartition(".")
    module = namespace(parent)
    if not isinstance(obj, Lazy):
        _bind(module, name, obj)


# Modules of our own that are namespaces too. Our code finds them in the package, with the public names behind.
_OURS = frozenset(["dtypes", "errors", "nest"])


def _bind(module: ModuleType, name: str, obj: object) -> None:
    vars(module)[name] = obj
    if module is root() and name != "__version__":
        if name in _OURS and isinstance(obj, ModuleType):
            internal = importlib.import_module(f"tfshim.{name}")
            _add_public_fallback(internal, obj)
            vars(internal)["__dir__"] = vars(obj)["__dir__"]
            obj = internal
        vars(_package)[name] = obj


def _is_public(name: str) -> bool:
    return name in _modules or name in registry.symbols()


def _add_public_fallback(internal: ModuleType, public: ModuleType) -> None:
    # `from tfshim.dtypes import cast`: our own module dtypes is what Python imports; the public names follow
    # behind.
    if "__getattr__" not in vars(internal):
        vars(internal)["__getattr__"] = _public_fallback(internal, public)


def _public_fallback(internal: ModuleType, public: ModuleType) -> Callable[[str], object]:
    def __getattr__(name: str) -> object:
        if name == "__all__":  # `from tfshim.nest import *` is our own code, and means our own names
            raise AttributeError(f"module {internal.__name__!r} has no attribute '__all__'")
        return getattr(public, name)

    return __getattr__


def _public_names(path: str) -> set[str]:
    prefix = f"{path}." if path else ""
    names = {name for name in vars(_modules[path]) if not name.startswith("__")}
    names |= {p[len(prefix) :] for p in registry.symbols() if p.startswith(prefix) and "." not in p[len(prefix) :]}
    if path in registry.families():
        names |= set(registry.families()[path].names())
    return names


def _star_names(path: str) -> list[str]:
    """What `from tensorflow.PATH import *` binds: no private names, and Keras only once somebody has imported it."""
    hidden = set() if path or "keras" in sys.modules else {"keras", *OF_KERAS}
    public = {name for name in _public_names(path) - hidden if not name.startswith("_")}
    return sorted(public if path else public | {"__version__"})


def _own_names() -> set[str]:
    return {name for name in vars(_package) if name.startswith("__")} | {"install", *_SIDE_DOORS}


@cache
def _known_paths() -> frozenset[str]:
    known: set[str] = set()
    for row in api_table():
        for path in (row["path"], *filter(None, row["aliases"].split(","))):
            known.add(path.removeprefix("tf."))
    return frozenset(known | {"keras", *OF_KERAS, "raw_ops", "lite", "compat.v1"})


def api_table() -> list[dict[str, str]]:
    """The rows of TensorFlow's public API table (path, kind, aliases, signature, tier, counts of use)."""
    lines = files("tfshim.compat").joinpath("tf_api.tsv").read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    return [dict(zip(header, line.split("\t"), strict=True)) for line in lines[1:]]
