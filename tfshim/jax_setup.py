"""JAX's settings under tfshim. Imported before any other module that uses JAX."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path

import jax

from tfshim import allocator

# Below this a compile costs about what reading it back from the cache costs.
_MIN_COMPILE_SECONDS = 0.02


def compilation_cache_dir() -> Path | None:
    """The folder of compiled programs: TFSHIM_COMPILATION_CACHE (a path or "off"), else a user cache.

    None when the cache is off, or when JAX_COMPILATION_CACHE_DIR already chooses one for JAX itself.
    """
    choice = os.environ.get("TFSHIM_COMPILATION_CACHE", "")
    if choice.lower() in ("off", "0", "false", "no"):
        return None
    if choice:
        return Path(choice).expanduser()
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return None
    try:
        return _user_cache_dir() / "tfshim" / f"xla-{_machine_id()}"
    except RuntimeError:  # no home folder
        return None


def _user_cache_dir() -> Path:
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"])
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _machine_id() -> str:
    # XLA compiles for the very CPU it runs on. A home folder shared by machines must not share their
    # programs.
    features = ""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as cpuinfo:
            for line in cpuinfo:
                if line.startswith(("flags", "Features")):
                    features = line
                    break
    except OSError:
        pass
    return f"{platform.machine()}-{hashlib.sha256(features.encode()).hexdigest()[:8]}"


def configure() -> None:
    """Sets JAX up: 64-bit types exist, tfshim filters the tracebacks, freed memory and compiled programs are kept."""
    allocator.keep_freed_memory()
    jax.config.update("jax_enable_x64", True)
    # JAX's filter adds a note to every exception that passes through it: it would show in TensorFlow's
    # errors.
    jax.config.update("jax_traceback_filtering", "off")
    folder = compilation_cache_dir()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a read-only home is no reason to fail: run without the cache
        return
    jax.config.update("jax_compilation_cache_dir", os.fspath(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", _MIN_COMPILE_SECONDS)


configure()
