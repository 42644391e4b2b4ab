"""The names of `tf.compat.v1` that mean what they mean in TensorFlow 2: one object under both.

`data/same_names.txt` lists them: a path, and the path in TensorFlow 2 where it is another one. What differs is
exported where it is defined, and takes precedence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files

from tfshim import export as registry
from tfshim.api import raw_ops  # noqa: F401 (the family that is shown here too)
from tfshim.export import Lazy, export, export_family


@cache
def _table() -> dict[str, dict[str, str]]:
    """For each namespace below `compat.v1`, the path in TensorFlow 2 by name."""
    table: dict[str, dict[str, str]] = {}
    text = files("tfshim.v1").joinpath("data/same_names.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        path, _, target = line.partition(" ")
        namespace, _, name = path.rpartition(".")
        table.setdefault(namespace, {})[name] = target or path
    return table


def _find(path: str) -> object:
    found = registry.symbols().get(path)
    if found is None:
        raise KeyError(path)
    return found.load() if isinstance(found, Lazy) else found


def _resolver(targets: dict[str, str]) -> Callable[[str], object]:
    return lambda name: _find(targets[name])


def _lister(targets: dict[str, str]) -> Callable[[], Iterable[str]]:
    return lambda: [name for name, target in targets.items() if target in registry.symbols()]


for _namespace, _targets in _table().items():
    export_family(f"compat.v1.{_namespace}".rstrip("."), _resolver(_targets), _lister(_targets))

_raw_ops = registry.families()["raw_ops"]
export_family("compat.v1.raw_ops", _raw_ops.resolve, _raw_ops.names)
export("compat.v1.newaxis")(None)
