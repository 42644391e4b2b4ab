"""`tensorflow.python.framework.registry`: names and what is registered under them."""

from collections.abc import KeysView
from typing import Any


class Registry:
    """Values by name, each registered once; `name` says what they are, for errors."""

    def __init__(self, name: str):
        self._name = name
        self._registry: dict[str, Any] = {}

    def register(self, candidate: Any, name: str | None = None) -> None:
        """Registers a value under a name, its own by default; KeyError if that is taken."""
        name = name or candidate.__name__
        if name in self._registry:
            raise KeyError(f"Registering two {self._name} with name '{name}'!")
        self._registry[name] = candidate

    def list(self) -> KeysView[str]:
        """The names."""
        return self._registry.keys()

    def lookup(self, name: str) -> Any:
        """The value of a name; LookupError if there is none."""
        name = name.decode() if isinstance(name, bytes) else name
        if name not in self._registry:
            raise LookupError(f"{self._name} registry has no entry for: {name}")
        return self._registry[name]
