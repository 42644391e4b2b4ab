"""What `experimental_enable_numpy_behavior` has switched on, for the whole process."""

from __future__ import annotations

import numpy as np


class Settings:
    """The current choices; see `tfshim.numpy_api.behavior`."""

    # Python floats count as float32 rather than float64.
    prefer_float32 = False
    # How operands of different types meet: "off", "legacy" (NumPy's rules), "safe" or "all".
    mode = "off"

    @property
    def weak(self) -> bool:
        """Whether there are weak tensors."""
        return self.mode in ("safe", "all")


settings = Settings()


def default_float() -> type[np.floating]:
    """The NumPy type of Python floats."""
    return np.float32 if settings.prefer_float32 or settings.weak else np.float64


def default_integer() -> type[np.integer]:
    """The NumPy type of Python integers, and of sums of narrower ones."""
    return np.int32 if settings.weak else np.int64
