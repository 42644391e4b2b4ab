"""Lets the C library's allocator keep what a step frees, for the next step takes as much again.

XLA takes the memory of a program from `malloc` at each run on the CPU and frees it afterwards. glibc by default gives
blocks of that size back to the kernel at once, which clears every page of them again at the next run: half of the time
of a training step can go there. So heaps are not trimmed here. There are few, for each keeps memory of its own, but not
one alone, for which the threads that compile would wait: a transformer's step took a quarter longer to compile.
"""

from __future__ import annotations

import ctypes
import os
import sys

# Names and numbers of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_MOST_KEPT = 2**31 - 1  # bytes, the largest that an int holds
_SMALLEST_MAPPED = 2**30  # blocks from this size on still go back to the kernel


def keep_freed_memory() -> None:
    """Sets glibc's allocator so, unless the environment (GLIBC_TUNABLES, MALLOC_…) sets it; does nothing elsewhere."""
    if sys.platform != "linux" or "GLIBC_TUNABLES" in os.environ or any(v.startswith("MALLOC_") for v in os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # another C library may have none
    if mallopt is None:
        return
    for option, value in (
        (_M_ARENA_MAX, max(4, os.cpu_count() or 1)),
        (_M_TRIM_THRESHOLD, _MOST_KEPT),
        (_M_MMAP_THRESHOLD, _SMALLEST_MAPPED),
    ):
        mallopt(option, value)
