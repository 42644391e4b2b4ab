"""Where things are defined: the module of each public name, op and registered type spec.

`import tfshim` loads what every program needs; the rest is imported when somebody first asks for it. The table,
`definitions.tsv`, is written by `python -m tools.definitions`, which imports everything and listens.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from importlib.resources import files

TABLE = "definitions.tsv"

# Called with (kind, name) at each registration while the table is written.
listeners: list[Callable[[str, str], None]] = []


def note(kind: str, *names: str) -> None:
    """Says that the module being imported defines these: kind is "symbol", "op" or "spec"."""
    for listener in listeners:
        for name in names:
            listener(kind, name)


@cache
def _table() -> dict[str, dict[str, tuple[str, ...]]]:
    table: dict[str, dict[str, tuple[str, ...]]] = {"symbol": {}, "op": {}, "spec": {}}
    file = files("tfshim").joinpath(TABLE)
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        kind, modules, names = line.split("\t")
        table[kind].update(dict.fromkeys(names.split(" "), tuple(modules.split(" "))))
    return table


def names(kind: str) -> dict[str, tuple[str, ...]]:
    """All names of a kind with the modules that define them, in the order in which they are to be imported."""
    return _table()[kind]


def load(kind: str, name: str) -> None:
    """Imports what defines `name`; does nothing for an unknown name."""
    for module in _table()[kind].get(name, ()):
        # Of a module that another thread is importing, this waits for the end.
        importlib.import_module(module)


def load_all() -> None:
    """Imports every module of the package, for those who want to see all that is registered."""
    import tfshim

    for module in pkgutil.walk_packages(tfshim.__path__, "tfshim."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
