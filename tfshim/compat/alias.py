"""`import tensorflow` means tfshim: a finder at the front of `sys.meta_path`, where `install()` puts it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from tfshim import namespaces
from tfshim.compat import keras, private_paths


class _Loader(Loader):
    """Hands the module that exists already to the import system."""

    def __init__(self, module: ModuleType):
        self._module = module
        self._identity = {key: vars(module).get(key) for key in ("__name__", "__spec__", "__loader__", "__package__")}

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has written this spec over the module's own one; it stays the module it was.
        vars(module).update(self._identity)


class TensorflowFinder:
    """Finds `tensorflow` and everything below it in tfshim."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "tensorflow" and not name.startswith("tensorflow."):
            return None
        module = _find(name)
        if module is None:
            # importlib.util.find_spec() wants None; an import statement is better served with the reason.
            importing = sys._getframe(1).f_back
            if importing is not None and importing.f_code.co_name == "_find_and_load_unlocked":
                raise ModuleNotFoundError(f"No module named {name!r}: {_explain(name)}", name=name)
            return None
        origin = vars(module).get("__file__")
        return ModuleSpec(name, _Loader(module), origin=origin, is_package=hasattr(module, "__path__"))


def _find(name: str) -> ModuleType | None:
    path = _public_path(name)
    first, _, rest = path.partition(".")
    if first in namespaces.OF_KERAS:
        return keras.find_module(path)
    if first == "keras":
        return keras.find_module(rest)
    return namespaces.find(path) or _exported_module(path) or private_paths.find(name)


def _public_path(name: str) -> str:
    path = name.partition(".")[2]
    for prefix in ("compat.v2", "_api.v2"):
        if path == prefix or path.startswith(prefix + "."):
            return path[len(prefix) + 1 :]
    return path


def _exported_module(path: str) -> ModuleType | None:
    parent, _, name = path.rpartition(".")
    module = namespaces.find(parent)
    found = vars(module).get(name) if module is not None else None
    return found if isinstance(found, ModuleType) else None


def _explain(name: str) -> str:
    if name.startswith(private_paths.ROOTS):
        return "a private module of TensorFlow that tfshim does not map"
    return namespaces.explain_missing(_public_path(name))


def install() -> None:
    """Makes `import tensorflow`, and everything below it, mean tfshim in this process and in those that
    `multiprocessing` starts from it.

    May be called again. Raises RuntimeError when another `tensorflow`, the real one as a rule, was imported
    before: modules that hold it could not be changed any more. Nothing of an installed TensorFlow is touched.
    """
    present = sys.modules.get("tensorflow")
    if present is namespaces.root():
        return
    if present is not None:
        where = getattr(present, "__file__", None) or "an unknown place"
        raise RuntimeError(
            f"tfshim.install() came too late: the tensorflow in {where} is already imported in this process. "
            "Call it before the first `import tensorflow` (in a notebook: restart the kernel, run it in the "
            "first cell), or start the script with `python -m tfshim SCRIPT`."
        )
    sys.meta_path.insert(0, TensorflowFinder())
    sys.modules["tensorflow"] = namespaces.root()
    _install_in_child_processes()


def installed() -> bool:
    """Whether `tensorflow` means tfshim in this process."""
    return sys.modules.get("tensorflow") is namespaces.root()


class _InstallWhenUnpickled:
    """Handed to a child by multiprocessing; unpickled there before the main module is imported again."""

    def __reduce__(self):
        folder = str(Path(namespaces.__file__).resolve().parent.parent)
        find = f"import sys; sys.path.append({folder!r}); import tfshim; sys.path.remove({folder!r})"
        return exec, (f"{find}; tfshim.install()",)


def _install_in_child_processes() -> None:
    from multiprocessing import spawn

    prepare = spawn.get_preparation_data

    def get_preparation_data(name):
        data = prepare(name)
        data["tfshim"] = _InstallWhenUnpickled()
        return data

    spawn.get_preparation_data = get_preparation_data
