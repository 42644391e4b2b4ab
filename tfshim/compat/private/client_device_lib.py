"""`tensorflow.python.client.device_lib`: the devices of this process."""

from typing import Any

from tfshim import device_config, protos


def list_local_devices(session_config: Any = None) -> list[Any]:
    """The logical devices as `DeviceAttributes` protos: name, type, and a number of their own."""
    return [
        protos.DeviceAttributes(name=device.name, device_type=device.device_type, incarnation=i + 1)  # type: ignore[attr-defined]
        for i, device in enumerate(device_config.logical_devices())
    ]
