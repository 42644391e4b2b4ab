"""The stage that computes its input once."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfshim.data.stages import Run, Stage
from tfshim.data.structure import Raw, flat_to_raw, raw_to_flat
from tfshim.errors import UnimplementedError


class Cache(Stage):
    """The input, computed once: what the first complete pass gave is kept in memory or in a file."""

    def __init__(self, source: Stage, filename: np.ndarray):
        super().__init__(source)
        name = np.asarray(filename).item()
        self._path = os.fspath(name.decode()) + ".tfshim" if name else None
        self._kept: list[Raw] | None = None

    def iterate(self, run: Run) -> Iterator[Raw]:
        if self._path is not None:
            return self._read(self._path) if os.path.exists(self._path) else self._write(self._path, run)
        return self._fill(run) if self._kept is None else iter(self._kept)

    def _fill(self, run: Run) -> Iterator[Raw]:
        kept = []
        for raw in self.inputs[0].iterate(run):
            kept.append(raw)
            yield raw
        self._kept = kept

    def _write(self, path: str, run: Run) -> Iterator[Raw]:
        # Under another name until it is complete.
        partial = f"{path}.{os.getpid()}.part"
        try:
            with open(partial, "wb") as file:
                for raw in self.inputs[0].iterate(run):
                    pickle.dump([_array(v) for v in raw_to_flat(self.specs, raw)], file, pickle.HIGHEST_PROTOCOL)
                    yield raw
            os.replace(partial, path)
        finally:
            if os.path.exists(partial):
                os.remove(partial)

    def _read(self, path: str) -> Iterator[Raw]:
        with open(path, "rb") as file:
            while True:
                try:
                    flat = pickle.load(file)
                except EOFError:
                    return
                yield flat_to_raw(self.specs, flat)


def _array(value: Any) -> np.ndarray:
    if isinstance(value, Stage):
        raise UnimplementedError(
            None, None, "Dataset.cache(filename) does not keep datasets inside elements; cache() does, in memory"
        )
    return np.asarray(value)
