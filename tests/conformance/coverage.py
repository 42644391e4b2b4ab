"""The table of the API: for each public symbol of TensorFlow, whether tfshim has it and whether a case does.

The symbols are the rows of tf_api.tsv, which the package ships. A symbol exists if its path and all its
aliases do (one alone is "part"); it has a case if a case, a test here or a compared script uses it under any
of its names.

`python -m tests.conformance.coverage` brings api_coverage.tsv up to date and prints the sums; it refuses to
lose an entry. The test fails if an entry is lost or the table is not up to date.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path

from tfshim import namespaces

from .collection import attribute_chain, symbols_with_cases

TABLE = Path(__file__).with_name("api_coverage.tsv")
ROOT = Path(__file__).resolve().parents[2]

_EXISTS = ("no", "part", "yes")
_CASE = ("no", "yes")

Row = tuple[str, str, str, str]  # path, tier, exists, case


def compute() -> list[Row]:
    """The rows as the package and the cases are now, sorted by path."""
    used = _used_symbols()
    rows = []
    for entry in namespaces.api_table():
        paths = [p.removeprefix("tf.") for p in (entry["path"], *filter(None, entry["aliases"].split(",")))]
        there = [_exists(path) for path in paths]
        exists = "yes" if all(there) else "part" if any(there) else "no"
        case = "yes" if any(there) and used.intersection(paths) else "no"
        rows.append((entry["path"], entry["tier"], exists, case))
    return sorted(rows)


def read() -> list[Row]:
    """The rows of the committed table."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()[1:] if TABLE.exists() else []
    return [(path, tier, exists, case) for path, tier, exists, case in (line.split("\t") for line in lines)]


def lost(before: list[Row], after: list[Row]) -> list[str]:
    """The entries of `before` that are worse in `after`, in words."""
    now = {row[0]: row for row in after}
    worse = []
    for path, _, exists, case in before:
        _, _, exists_now, case_now = now.get(path, (path, "", "no", "no"))
        if _EXISTS.index(exists_now) < _EXISTS.index(exists):
            worse.append(f"{path} existed ({exists}), now: {exists_now}")
        if _CASE.index(case_now) < _CASE.index(case):
            worse.append(f"{path} had a case")
    return worse


def summary(rows: list[Row]) -> str:
    """How many symbols of each tier exist and have a case."""
    lines = []
    for tier in sorted({row[1] for row in rows}):
        of_tier = [row for row in rows if row[1] == tier]
        exists, cases = Counter(row[2] for row in of_tier), Counter(row[3] for row in of_tier)
        lines.append(f"tier {tier}: {len(of_tier)} symbols, {exists['yes']} exist, {cases['yes']} have a case")
    return "\n".join(lines)


def write(rows: list[Row]) -> None:
    lines = ["\t".join(("path", "tier", "exists", "case")), *("\t".join(row) for row in rows)]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _exists(path: str) -> bool:
    if path.partition(".")[0] in ("keras", "losses", "metrics", "optimizers", "initializers"):
        return False  # Keras shows its own names: looking would import it
    try:
        namespaces.resolve(path)
    except AttributeError:
        return False
    return True


def _used_symbols() -> set[str]:
    used = symbols_with_cases()
    for path in [
        *(ROOT / "tests" / "conformance").glob("test_*.py"),
        *(ROOT / "tests" / "scripts" / "cases").glob("*.py"),
        *(ROOT / "examples").glob("*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            chain = attribute_chain(node) if isinstance(node, ast.Attribute) else None
            if chain:
                parts = chain.split(".")
                used.update(".".join(parts[:n]) for n in range(1, len(parts) + 1))
    return used


def main() -> int:
    rows = compute()
    worse = lost(read(), rows)
    if worse:
        print("the table may only grow:", *worse, sep="\n  ")
        return 1
    write(rows)
    print(summary(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
