"""`tensorflow.python.framework.device`: names of devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import devices
from tfshim.devices import DeviceSpec, DeviceSpecV1


def is_device_spec(obj: Any) -> bool:
    """Whether something is a `DeviceSpec`, of either version."""
    return isinstance(obj, (DeviceSpec, DeviceSpecV1))


def check_valid(spec: str) -> None:
    """ValueError for a string that names no device."""
    DeviceSpec.from_string(spec)


def canonical_name(device: Any) -> str:
    """The full form of a device's name, "" for None."""
    if device is None:
        return ""
    return device.to_string() if is_device_spec(device) else DeviceSpec.from_string(device).to_string()


def merge_device(spec: Any) -> Callable[[Any], str]:
    """A device function: fills what an operation's device leaves open from `spec`."""
    outer = canonical_name(spec)
    return lambda node: devices.merged(outer, node.device)
