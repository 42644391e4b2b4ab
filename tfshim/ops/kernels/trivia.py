"""Ops without inputs that tell something."""

from __future__ import annotations

import numpy as np

from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR


@kernel("DeviceIndex", host=True)
def device_index(*, device_names):
    """The position of the kind of device that runs the op, "CPU" for those of the host; the number of names if none."""
    names = [n.decode() if isinstance(n, bytes) else n for n in device_names]
    return np.int32(names.index("CPU") if "CPU" in names else len(names))


@kernel("Fact", host=True)
def fact():
    return np.array(b"0! == 1", object)


@shape_function("DeviceIndex", "Fact")
def _(op):
    return SCALAR
