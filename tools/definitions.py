"""Writes the table of where things are defined (see `tfshim.definitions`): `python -m tools.definitions`.

Needed after a public name, a kernel or a gradient rule came, went or moved. `--check` says whether it is current.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "tfshim"


def main() -> int:
    definitions = _definitions_alone()
    table = PACKAGE / definitions.TABLE
    text = "".join(f"{line}\n" for line in _rows(_collect(definitions)))
    if "--check" in sys.argv[1:]:
        current = table.exists() and table.read_text(encoding="utf-8") == text
        if not current:
            print(f"{table.name} is out of date: run python -m tools.definitions")
        return int(not current)
    table.write_text(text, encoding="utf-8")
    print(f"{table.name}: {len(text.splitlines())} rows")
    return 0


def _definitions_alone():
    """The module `tfshim.definitions`, before the package is imported: the first registration is to be heard too."""
    assert "tfshim" not in sys.modules
    spec = importlib.util.spec_from_file_location("tfshim.definitions", PACKAGE / "definitions.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _collect(definitions) -> dict[tuple[str, str], set[str]]:
    """The modules that registered each (kind, name), from importing all of them."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)

    def listen(kind: str, name: str) -> None:
        module = _module_being_imported()
        if module is not None:
            found[kind, name].add(module)

    def load_kernels(kind: str, name: str) -> None:
        # The old table may be wrong: whoever needs a kernel gets all of them.
        kernels = importlib.import_module("tfshim.ops.kernels")
        for module in pkgutil.iter_modules(kernels.__path__, "tfshim.ops.kernels."):
            importlib.import_module(module.name)

    definitions.load = load_kernels
    definitions.listeners.append(listen)
    definitions.load_all()
    return found


def _module_being_imported() -> str | None:
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if frame.f_code.co_name == "<module>" and name.startswith("tfshim."):
            return name
        frame = frame.f_back  # type: ignore[assignment]
    return None


def _rows(found: dict[tuple[str, str], set[str]]) -> list[str]:
    """The lines of the table: kind, modules, and the names that these modules define together."""
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (kind, name), modules in found.items():
        # Kernels before the gradient rules and shapes that are registered elsewhere.
        ordered = sorted(modules, key=lambda module: (not module.startswith("tfshim.ops."), module))
        grouped[kind, tuple(ordered)].append(name)
    return sorted(
        f"{kind}\t{' '.join(modules)}\t{' '.join(sorted(names))}" for (kind, modules), names in grouped.items()
    )


if __name__ == "__main__":
    sys.exit(main())
