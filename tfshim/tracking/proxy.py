"""A transparent stand-in for a container: it passes for an instance of the container's class."""

from __future__ import annotations

from typing import Any


class Proxy:
    """Forwards reads to `__wrapped__`; `isinstance` sees the class of what is wrapped."""

    def __init__(self, wrapped: Any):
        object.__setattr__(self, "__wrapped__", wrapped)

    # Not by a property set later: only in a class body does Python take it for the instances.
    @property
    def __class__(self) -> type:
        return type(object.__getattribute__(self, "__wrapped__"))

    def __getattr__(self, name: str) -> Any:
        if name == "__wrapped__" or name.startswith("_self_"):
            raise AttributeError(name)
        return getattr(self.__wrapped__, name)

    def __str__(self) -> str:
        return str(self.__wrapped__)


def _forward(name: str) -> None:
    def method(self: Any, *args: Any) -> Any:
        args = tuple(getattr(a, "__wrapped__", a) if isinstance(a, Proxy) else a for a in args)
        return getattr(self.__wrapped__, name)(*args)

    method.__name__ = method.__qualname__ = name
    setattr(Proxy, name, method)


for _name in (
    "__len__ __getitem__ __iter__ __reversed__ __contains__ __add__ __mul__ __rmul__ __or__ __ror__ __lt__ __le__ "
    "__gt__ __ge__ __ne__"
).split():
    _forward(_name)
