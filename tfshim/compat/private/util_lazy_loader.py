"""`tensorflow.python.util.lazy_loader`: modules that are imported when they are first used."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any


class LazyLoader(ModuleType):
    """Stands for the module `name`, in the global names of another one under `local_name`, until it is used."""

    def __init__(self, local_name: str, parent_module_globals: dict[str, Any], name: str, warning: str | None = None):
        super().__init__(name)
        self.__dict__["_target"] = (local_name, parent_module_globals, name)

    def _load(self) -> ModuleType:
        local_name, names, name = self.__dict__["_target"]
        module = importlib.import_module(name)
        names[local_name] = module
        self.__dict__.update(module.__dict__)
        return module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._load(), name)

    def __dir__(self) -> list[str]:
        return dir(self._load())
