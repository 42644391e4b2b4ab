"""What the readers of both formats of checkpoints have in common: tensors by name, whole or in slices."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np

from tfshim.checkpoint import slice_specs
from tfshim.checkpoint.slice_specs import Slice
from tfshim.dtypes import DType
from tfshim.errors import InternalError
from tfshim.ops.shape_helpers import invalid


class StoredTensors:
    """The tensors of a checkpoint. A subclass finds and reads what was stored."""

    prefix: str
    names: list[str]

    def __contains__(self, name: str) -> bool:
        raise NotImplementedError

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor; NotFoundError if there is none of this name."""
        raise NotImplementedError

    def dtype(self, name: str) -> DType:
        """The dtype of a tensor."""
        raise NotImplementedError

    def slices(self, name: str) -> Sequence[Slice]:
        """The slices in which a tensor was stored; none if it was stored as a whole."""
        raise NotImplementedError

    def _stored(self, name: str, extents: Slice | None) -> np.ndarray:
        """A slice that was stored, or the whole tensor."""
        raise NotImplementedError

    @contextlib.contextmanager
    def open_files(self) -> Iterator[None]:
        """Within the scope, files stay open between reads."""
        yield

    def read(self, name: str) -> np.ndarray:
        """A whole tensor."""
        if self.slices(name):
            return self._assembled(name, slice_specs.full_slice(self.shape(name)))
        return self._stored(name, None)

    def read_slice(self, name: str, extents: Slice) -> np.ndarray:
        """A slice of a tensor, however it was stored."""
        if self.slices(name):
            return self._assembled(name, extents)
        window = tuple(slice(begin, end) for begin, end in slice_specs.bounds(extents, self.shape(name)))
        return np.ascontiguousarray(self._stored(name, None)[window])

    def _assembled(self, name: str, wanted: Slice) -> np.ndarray:
        """A slice, out of those that were stored."""
        shape = self.shape(name)
        target = slice_specs.bounds(wanted, shape)
        result = np.empty(slice_specs.shape_of(wanted, shape), self.dtype(name).as_numpy_dtype)
        filled = 0
        known: list[Slice] = []
        for stored in self.slices(name):
            _refuse_overlap(stored, known, shape)
            known.append(stored)
            whole = slice_specs.bounds(stored, shape)
            common = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(whole, target, strict=True)]
            if any(begin >= end for begin, end in common):
                continue
            result[_window(common, target)] = self._stored(name, stored)[_window(common, whole)]
            filled += int(np.prod([end - begin for begin, end in common], dtype=np.int64))
        if filled < result.size:
            raise invalid(
                f"Does not have sufficient slices for partitioned tensor {name} to restore in slice_spec: "
                f"{slice_specs.slice_text(wanted)}"
            )
        return result


def _window(part: list[tuple[int, int]], whole: list[tuple[int, int]]) -> tuple[slice, ...]:
    """Where a part lies in what begins at the beginnings of the whole."""
    return tuple(slice(begin - first, end - first) for (begin, end), (first, _) in zip(part, whole, strict=True))


def _refuse_overlap(stored: Slice, known: list[Slice], shape: tuple[int, ...]) -> None:
    own = slice_specs.bounds(stored, shape)
    for other in known:
        if all(a < d and c < b for (a, b), (c, d) in zip(own, slice_specs.bounds(other, shape), strict=True)):
            raise InternalError(
                None,
                None,
                f"Overlapping slices: existing slice = {slice_specs.slice_text(other)}, "
                f"new slice = {slice_specs.slice_text(stored)}",
            )
