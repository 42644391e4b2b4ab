"""A tensor that is computed when it is saved, whose dtype is known before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim.dtypes import DType


class TensorCallable:
    """A function of no arguments that gives a tensor of a dtype."""

    __slots__ = ("_compute", "_device", "_dtype")

    def __init__(self, compute: Callable[[], Any], dtype: DType, device: str | None = None):
        self._compute = compute
        self._dtype = dtype
        self._device = device

    @property
    def dtype(self) -> DType:
        """The dtype of the tensor."""
        return self._dtype

    @property
    def device(self) -> str | None:
        """The device of the tensor."""
        return self._device

    def __call__(self) -> Any:
        return self._compute()
