"""Writes the stubs that show editors and type checkers the public names: `python -m tools.stubs`.

The namespaces exist only at run time, made from the export registry; the stubs say the same in files:
tfshim/__init__.pyi for the root and tfshim/_stubs/NAMESPACE.pyi for the others. A name leads to its
definition where it has one to lead to. `--check` says whether the stubs are current.
"""

from __future__ import annotations

import inspect
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfshim import definitions, export, namespaces

PACKAGE = Path(__file__).resolve().parents[1] / "tfshim"
FOLDER = "_stubs"
_HEADER = "# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.\n"
_ROOT_ONLY = """\
from tfshim import interop as interop
from tfshim._version import __version__ as __version__
from tfshim.compat.alias import install as install
from tfshim.interop import from_jax as from_jax
from tfshim.interop import to_jax as to_jax
"""


def write(package: Path) -> None:
    """Writes all stubs below the folder of a package, replacing those that are there."""
    definitions.load_all()
    origins = _origins()
    members = _members()
    shutil.rmtree(package / FOLDER, ignore_errors=True)
    for path in sorted(members):
        target = package / _file(path, members)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_stub(path, members, origins), encoding="utf-8")
    (package / FOLDER).mkdir(exist_ok=True)
    (package / FOLDER / "__init__.pyi").write_text(_HEADER, encoding="utf-8")


def _members() -> dict[str, dict[str, object]]:
    # "" is the root; every namespace is there, with the names of symbols; namespaces follow from the paths.
    members: dict[str, dict[str, object]] = {"": {}, **{path: {} for path in export.namespaces()}}
    for path, obj in export.symbols().items():
        parent, _, name = path.rpartition(".")
        members[parent][name] = obj
    return members


def _file(path: str, members: dict[str, dict[str, object]]) -> Path:
    if not path:
        return Path("__init__.pyi")
    stem = Path(FOLDER, *path.split("."))
    return stem / "__init__.pyi" if _children(path, members) else stem.with_suffix(".pyi")


def _children(path: str, members: dict[str, dict[str, object]]) -> list[str]:
    return sorted(other.rpartition(".")[2] for other in members if other and other.rpartition(".")[0] == path)


def _stub(path: str, members: dict[str, dict[str, object]], origins: dict[int, tuple[str, str]]) -> str:
    imports, definitions = set(), []
    for child in _children(path, members):
        package = f"tfshim.{FOLDER}.{path}".rstrip(".")
        imports.add(f"from {package} import {child} as {child}")
    for name, obj in sorted(members[path].items()):
        origin = origins.get(id(obj))
        kind = origins.get(id(type(obj)))
        if isinstance(obj, export.Lazy):
            definitions.append(f"{name}: _Any")
        elif origin is not None:
            imports.add(f"from {origin[0]} import {origin[1]} as {name}")
        elif callable(obj) and not isinstance(obj, type):
            definitions.append(f"def {name}{_signature(obj)}: ...")
        elif kind is not None:
            imports.add(f"from {kind[0]} import {kind[1]} as _{kind[1]}")
            definitions.append(f"{name}: _{kind[1]}")
        else:
            definitions.append(f"{name}: {type(obj).__name__ if isinstance(obj, (str, int, float)) else '_Any'}")
    if path in export.families():
        made_on_access = set(export.families()[path].names()) - set(members[path])
        definitions += [f"def {name}(**kwargs: _Any) -> _Any: ..." for name in sorted(made_on_access)]
    lines = sorted(imports) + (_ROOT_ONLY.splitlines() if not path else [])
    if definitions:
        lines = ["from typing import Any as _Any", "", *lines, "", *definitions]
    return _HEADER + "\n" + "\n".join(lines) + "\n"


def _signature(obj: Callable[..., object]) -> str:
    try:
        parameters = inspect.signature(obj).parameters.values()
    except (TypeError, ValueError):
        return "(*args: _Any, **kwargs: _Any) -> _Any"
    plain = [
        p.replace(annotation=inspect.Parameter.empty, default=p.default if p.default is p.empty else ...)
        for p in parameters
    ]
    return str(inspect.Signature(plain)).replace("=Ellipsis", "=...") + " -> _Any"


def _origins() -> dict[int, tuple[str, str]]:
    """Where a public object is defined or bound: (module, name)."""
    public = [namespaces.root(), *map(namespaces.find, export.namespaces())]
    modules = [
        (name, module)
        for name, module in sorted(sys.modules.items())
        if name.startswith("tfshim.") and module not in public and getattr(module, "__file__", None)
    ]
    origins: dict[int, tuple[str, str]] = {}
    for module_name, module in modules:
        for name, obj in vars(module).items():
            if name.startswith("__") or not (inspect.isfunction(obj) or inspect.isclass(obj)):
                continue
            known = origins.get(id(obj))
            # Not the variable of a loop over classes, where the name itself is there.
            better = known is None or known[0] != module_name or known[1].startswith("_")
            if known is None or (better and _defining_module(obj) == module_name):
                origins[id(obj)] = (module_name, name)
    return origins


def _defining_module(obj: Any) -> str:
    # A class that answers to a name of TensorFlow's says that module; its methods still say their own.
    if obj.__module__.startswith("tfshim") or inspect.isfunction(obj):
        return obj.__module__
    found = (m.__module__ for m in vars(obj).values() if inspect.isfunction(m) and m.__module__.startswith("tfshim"))
    return next(found, obj.__module__)


def check() -> bool:
    """Whether the stubs in the package are what would be written now."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        return _contents(Path(folder)) == _contents(PACKAGE)


def _contents(package: Path) -> dict[str, str]:
    files = [package / "__init__.pyi", *(package / FOLDER).rglob("*.pyi")]
    return {str(f.relative_to(package)): f.read_text(encoding="utf-8") for f in files if f.exists()}


def main() -> int:
    if "--check" in sys.argv[1:]:
        return 0 if check() else 1
    write(PACKAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
