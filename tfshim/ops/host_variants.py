"""What variants hold that only kernels of the host take: no compiled program moves it about."""

from __future__ import annotations

from typing import Any

import numpy as np


class HostVariant:
    """Base class of the Python objects in such variants."""

    __slots__ = ()


def is_host_variant(value: Any) -> bool:
    """True for such an object, and for an array of variants."""
    return isinstance(value, HostVariant) or (isinstance(value, np.ndarray) and value.dtype.hasobject)


def boxed(value: Any) -> Any:
    """Such an object as an array of one, as which NumPy moves it about; anything else as it is."""
    if not isinstance(value, HostVariant):
        return value
    alone = np.empty((), object)
    alone[()] = value
    return alone
