"""Running one function in many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

THREADS = 8
SECONDS = 60


def in_threads(body: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """Calls `body(number)` in each thread, all let go at once; their results, or the first error of any."""
    gate = threading.Barrier(threads)
    results: list[Any] = [None] * threads
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            gate.wait(SECONDS)
            results[number] = body(number)
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(SECONDS)
    assert not any(worker.is_alive() for worker in workers), "a thread never came back"
    if errors:
        raise errors[0]
    return results
