"""How TensorFlow's CPU kernels share work out to threads, for those whose numbers depend on it."""

from __future__ import annotations

import os

from tfshim.device_config import intra_op_threads

# Of its thread pool: what starting costs, what pays for another thread, and for another share (in cycles).
_STARTUP = 100_000
_PER_THREAD = 100_000
_PER_SHARE = 40_000
_MOST_SHARES_OF_A_THREAD = 4


def threads() -> int:
    """The number of threads that share the work of an op."""
    # Not every system tells on which of its processors this process may run.
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return intra_op_threads() or int(os.environ.get("TF_NUM_INTRAOP_THREADS", 0)) or usable


def rows_of_a_share(rows: int, cycles: int) -> int:
    """How many of the rows, each of which takes so many cycles, one thread works on at a time."""
    most = threads()
    worth = int((rows * cycles - _STARTUP) / _PER_THREAD + 0.9)
    if rows <= 1 or most == 1 or worth <= 1:
        return rows
    share = min(rows, max(-(-rows // (_MOST_SHARES_OF_A_THREAD * most)), int(_PER_SHARE / cycles)))
    largest = min(rows, 2 * share)
    shares = -(-rows // share)
    best = _efficiency(shares, most)
    # Fewer, larger shares are as good where the threads all have work to the end.
    while best < 1 and shares > 1:
        larger = -(-rows // (shares - 1))
        if larger > largest:
            break
        shares = -(-rows // larger)
        efficiency = _efficiency(shares, most)
        if efficiency + 0.01 >= best:
            share, best = larger, max(best, efficiency)
    return share


def _efficiency(shares: int, threads: int) -> float:
    return shares / (-(-shares // threads) * threads)
