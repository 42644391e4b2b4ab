"""Names of nodes with and without a scope in front of them, as exported and imported graphs need them."""

from __future__ import annotations

# What may stand before the name of a node: of a control input, of a colocation.
_SIGNS = ("^", "loc:@")


def _split(name: str) -> tuple[str, str]:
    sign = next((s for s in _SIGNS if name.startswith(s)), "")
    return sign, name[len(sign) :]


def prepend(name: str, scope: str | None) -> str:
    """The name with a scope before it; signs of control inputs and colocations stay in front."""
    if not scope:
        return name
    sign, rest = _split(name)
    return f"{sign}{scope.removesuffix('/')}/{rest}"


def strip(name: str, scope: str | None) -> str:
    """The name without a scope before it, if that is there."""
    if not scope:
        return name
    sign, rest = _split(name)
    return sign + rest.removeprefix(f"{scope.removesuffix('/')}/")


def is_within(name: str, scope: str | None) -> bool:
    """Whether a scope, or None for everything, stands before a name."""
    return not scope or _split(name)[1].startswith(f"{scope.removesuffix('/')}/")
