"""Recipes of small programs in the folder of compiled programs: the next process need not trace their kernels.

One file holds them all, written when the process ends. It belongs to one state of the sources and one version of JAX;
any other starts it anew.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import pickle
import tempfile
from pathlib import Path
from typing import Any

import jax
import numpy as np

import tfshim
from tfshim import dtypes
from tfshim.jax_setup import compilation_cache_dir
from tfshim.ops.numpy_programs.program import Recipe

_NAME = "numpy-programs.pickle"
# A file that is read at every start must stay small: so many recipes, each of so many bytes.
_MOST, _LONGEST = 4096, 65536

_made: dict[str, bytes] = {}


def key_of(*parts: Any) -> str | None:
    """A name for plain values that is the same in every process; None if some value has none."""
    return repr(parts) if all(map(_is_plain, parts)) else None


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, complex, str, bytes, dtypes.DType, np.dtype))


def find(key: str) -> Recipe | None:
    """The recipe kept under a key, or None."""
    kept = _kept().get(key) or _made.get(key)
    return None if kept is None else pickle.loads(kept)


def keep(key: str, made: Recipe) -> None:
    """Keeps a recipe, if it is data and not long."""
    if len(_made) + len(_kept()) >= _MOST or compilation_cache_dir() is None:
        return
    # A recipe that holds what is no data cannot be kept, and is made again each time.
    with contextlib.suppress(pickle.PicklingError, TypeError, AttributeError):
        data = pickle.dumps(made, pickle.HIGHEST_PROTOCOL)
        if len(data) <= _LONGEST:
            if not _made:
                atexit.register(_write)
            _made[key] = data


@functools.cache
def _kept() -> dict[str, bytes]:
    folder = compilation_cache_dir()
    return {} if folder is None else _read(folder / _NAME)


def _read(path: Path) -> dict[str, bytes]:
    try:
        with open(path, "rb") as file:
            of, recipes = pickle.load(file)
    except Exception:  # missing, or whatever pickle makes of a file that is not ours
        return {}
    return recipes if of == _state() else {}


def _write() -> None:
    folder = compilation_cache_dir()
    if folder is None:
        return
    # What other processes have written meanwhile stays.
    recipes = {**_read(folder / _NAME), **_made}
    with contextlib.suppress(OSError):
        with tempfile.NamedTemporaryFile(dir=folder, prefix=_NAME, delete=False) as file:
            pickle.dump((_state(), recipes), file, pickle.HIGHEST_PROTOCOL)
        os.replace(file.name, folder / _NAME)


@functools.cache
def _state() -> str:
    """What the recipes depend on: the versions of JAX and NumPy, and the sources of tfshim as they are on disk."""
    found = [jax.__version__, np.__version__]
    pending = [os.path.dirname(os.path.abspath(tfshim.__file__))]
    while pending:
        for entry in sorted(os.scandir(pending.pop()), key=lambda e: e.name):
            if entry.is_dir():
                if entry.name != "__pycache__":
                    pending.append(entry.path)
            elif entry.name.endswith(".py"):
                status = entry.stat()
                found.append(f"{entry.path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(found).encode()).hexdigest()
