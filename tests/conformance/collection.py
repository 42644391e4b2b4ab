"""Finds the cases, and the public symbols that they touch."""

from __future__ import annotations

import ast
import importlib
from collections import Counter
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent


@lru_cache
def case_modules() -> dict[str, object]:
    """Family name -> module, for every cases_*.py here."""
    names = sorted(path.stem for path in HERE.glob("cases_*.py"))
    return {name.removeprefix("cases_"): importlib.import_module(f"{__package__}.{name}") for name in names}


def all_cases() -> list[tuple[str, object]]:
    return [(family, case) for family, module in case_modules().items() for case in module.CASES]


def repeated_ids() -> list[str]:
    """Ids that two cases of one family share."""
    counts = Counter(f"{family}/{case.id}" for family, case in all_cases())
    return sorted(id for id, count in counts.items() if count > 1)


def symbols_with_cases() -> set[str]:
    """Attribute paths below `tf` that some case uses, such as "math.add", read from the source.

    Paths given as text (`Case(id, "math.add", ...)`, `symbols=`) count as well, and so does each prefix.
    """
    found = {path for _, case in all_cases() for path in case.symbols}
    for path in HERE.glob("cases_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            chain = attribute_chain(node) if isinstance(node, ast.Attribute) else None
            if chain:
                found.add(chain)
    return {".".join(parts[:n]) for parts in (p.split(".") for p in found) for n in range(1, len(parts) + 1)}


# What a case file calls a namespace inside a function, besides `tf` for the root.
ALIASES = {"tf": "", "tnp": "experimental.numpy.", "n": "experimental.numpy.", "L": "linalg."}


def attribute_chain(node: ast.expr) -> str | None:
    """The path of an attribute of `tf` or of an alias ("math.add" for tf.math.add), or None for another expression."""
    names = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    prefix = ALIASES.get(node.id) if isinstance(node, ast.Name) else None
    return None if prefix is None else prefix + ".".join(reversed(names))
