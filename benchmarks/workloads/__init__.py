"""The workloads by family; importing a module registers its workloads and imports no runtime."""

from __future__ import annotations

import importlib

FAMILIES = ("eager", "tape", "function", "training")


def load_all() -> None:
    for family in FAMILIES:
        importlib.import_module(f"{__name__}.{family}")
