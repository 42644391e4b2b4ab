"""`tf.compat.v1.app` and `flags`: the command line of a program, by absl."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from tfshim.export import export, export_family


def _absl(module: str) -> ModuleType:
    try:
        return __import__(f"absl.{module}", fromlist=["absl"])
    except ImportError:
        raise ImportError(f"tf.compat.v1.{module} is absl's module {module}: install the package absl-py") from None


def _flag(name: str) -> object:
    try:
        return getattr(_absl("flags"), name)
    except AttributeError:
        raise KeyError(name) from None


for _namespace in ("compat.v1.flags", "compat.v1.app.flags"):
    export_family(_namespace, _flag, lambda: [n for n in dir(_absl("flags")) if not n.startswith("_")])


@export("compat.v1.app.run")
def run(main: Any = None, argv: Any = None) -> None:
    """Parses the flags of `argv`, calls `main(argv)` (that of the main module by default), and exits."""
    main = main or sys.modules["__main__"].main  # type: ignore[attr-defined]
    _absl("app").run(main=main, argv=argv)
