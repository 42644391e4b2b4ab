"""Which devices there are: physical ones, the logical ones made of them, and settings fixed at JAX's start.

Nothing here starts JAX's backends until logical devices are asked for, since most settings only count before.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import pathlib
import re
import subprocess
from typing import Any, NamedTuple

import jax

from tfshim.export import export

_TYPE_OF_PLATFORM = {"cpu": "CPU", "gpu": "GPU", "cuda": "GPU", "rocm": "GPU", "tpu": "TPU"}
_PLATFORM_OF_TYPE = {"CPU": "cpu", "GPU": "gpu", "TPU": "tpu"}
_GPU_PLUGINS = ("jax_cuda12_plugin", "jax_cuda13_plugin", "jax_rocm60_plugin", "jax_rocm7_plugin")


@export("config.PhysicalDevice")
class PhysicalDevice(NamedTuple):
    """A device of this machine, before it is divided into logical devices."""

    name: str
    device_type: str


@export("config.LogicalDevice")
class LogicalDevice(NamedTuple):
    """A device that ops can be placed on: all or part of a physical device."""

    name: str
    device_type: str


@export("config.LogicalDeviceConfiguration", "config.experimental.VirtualDeviceConfiguration")
class LogicalDeviceConfiguration(NamedTuple):
    """How one logical device is to be made: see `tf.config.set_logical_device_configuration`."""

    memory_limit: Any = None
    experimental_priority: Any = None
    experimental_device_ordinal: Any = None


class _Settings:
    """What the user chose; physical devices without an entry keep their defaults."""

    visible: list[PhysicalDevice] | None = None
    virtual: dict[PhysicalDevice, list[LogicalDeviceConfiguration]] = {}
    memory_growth: dict[PhysicalDevice, Any] = {}
    intra_op_threads = 0


def intra_op_threads() -> int:
    """How many threads shall share the work of an op; 0 if the user did not say."""
    return _Settings.intra_op_threads


def set_intra_op_threads(number: int) -> None:
    _Settings.intra_op_threads = number


def initialized() -> bool:
    """Whether JAX's backends run, after which most settings cannot change."""
    current = jax.config.jax_num_cpu_devices
    try:
        # JAX refuses any other value from then on; this is the only public sign of it.
        jax.config.update("jax_num_cpu_devices", max(current, 1) + 1)
    except RuntimeError:
        return True
    jax.config.update("jax_num_cpu_devices", current)
    return False


def tf_type(device: jax.Device) -> str:
    """TensorFlow's type of a JAX device: `"CPU"`, `"GPU"`, ..."""
    return _TYPE_OF_PLATFORM.get(device.platform, device.platform.upper())


def has_plugin(kind: str) -> bool:
    """Whether JAX's plugin for GPUs of a kind, `"cuda"` or `"rocm"`, is installed."""
    return any(importlib.util.find_spec(name) is not None for name in _GPU_PLUGINS if kind in name)


# Physical devices ----------------------------------------------------------------------------------------


def _gpus_without_jax() -> int | None:
    """The number of GPUs that JAX is going to use, as far as it can be told before JAX looks; None if not."""
    platforms = [p for p in (jax.config.jax_platforms or "").split(",") if p]
    if platforms and not {"cuda", "gpu", "rocm"} & set(platforms):
        return 0
    if not (has_plugin("cuda") or has_plugin("rocm")):
        return 0
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        indices = [c for c in chosen.split(",") if c.strip()]
        return indices.index("-1") if "-1" in indices else len(indices)
    driver = pathlib.Path("/proc/driver/nvidia/gpus")
    if driver.is_dir():
        return sum(1 for _ in driver.iterdir())
    nodes = [p for p in pathlib.Path("/dev").glob("nvidia*") if re.fullmatch(r"nvidia\d+", p.name)]
    return len(nodes) or None


@functools.cache
def physical_devices() -> tuple[PhysicalDevice, ...]:
    """All devices of this machine. One CPU however many virtual ones JAX makes of it."""
    found = [PhysicalDevice("/physical_device:CPU:0", "CPU")]
    gpus = None if initialized() else _gpus_without_jax()
    if gpus is None:
        for kind in ("GPU", "TPU"):
            found += [PhysicalDevice(f"/physical_device:{kind}:{i}", kind) for i in range(len(_all_jax(kind)))]
    else:
        found += [PhysicalDevice(f"/physical_device:GPU:{i}", "GPU") for i in range(gpus)]
        if importlib.util.find_spec("libtpu"):
            found += [PhysicalDevice(f"/physical_device:TPU:{i}", "TPU") for i in range(len(_all_jax("TPU")))]
    return tuple(found)


def _all_jax(kind: str) -> tuple[jax.Device, ...]:
    """JAX's devices of one of TensorFlow's types in this process, visible or not. Starts the backends."""
    try:
        return tuple(jax.local_devices(backend=_PLATFORM_OF_TYPE.get(kind, kind.lower())))
    except RuntimeError:  # there is no such backend
        return ()


def check_physical(device: Any) -> PhysicalDevice:
    """`device` if it is one of this machine's; ValueError otherwise."""
    if device not in physical_devices():
        raise ValueError(f"Unrecognized device: {device!r}")
    return device


# Visibility ----------------------------------------------------------------------------------------------


def visible_devices() -> list[PhysicalDevice]:
    """The physical devices that the program wants to use."""
    return list(physical_devices() if _Settings.visible is None else _Settings.visible)


def set_visible_devices(devices: Any, device_type: str | None) -> None:
    """Restricts the program to some of the physical devices, or to some of those of one type."""
    devices = devices if isinstance(devices, list) else [devices]
    for device in devices:
        check_physical(device)
        if device_type is not None and device.device_type != device_type:
            raise ValueError(f"Unrecognized device: {device!r}")
    current = visible_devices()
    wanted = [d for d in current if device_type is not None and d.device_type != device_type] + devices
    if wanted == current:
        return
    if initialized():
        raise RuntimeError("Visible devices cannot be modified after being initialized")
    _Settings.visible = wanted
    _hide_gpus([int(d.name.rsplit(":", 1)[1]) for d in wanted if d.device_type == "GPU"])


def _hide_gpus(kept: list[int]) -> None:
    """Lets JAX see only some of the GPUs, so that its default device is one of them."""
    count = sum(1 for d in physical_devices() if d.device_type == "GPU")
    if count and not kept:
        jax.config.update("jax_platforms", "cpu")
    elif len(kept) < count or kept != sorted(kept):
        before = os.environ.get("CUDA_VISIBLE_DEVICES")
        names = before.split(",") if before else [str(i) for i in range(count)]
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(names[i] for i in kept)


# Virtual devices and memory ------------------------------------------------------------------------------


def virtual_devices(device: PhysicalDevice) -> list[LogicalDeviceConfiguration] | None:
    """The logical devices asked for, or None."""
    return _Settings.virtual.get(check_physical(device))


def set_virtual_devices(device: Any, configurations: list[LogicalDeviceConfiguration]) -> None:
    """Divides a physical device into logical ones; before JAX's backends start."""
    check_physical(device)
    if device.device_type == "CPU":
        for configuration in configurations:
            for value, what in zip(
                configuration, ("memory limit", "experimental_priority", "experimental_device_ordinal")
            ):
                if value is not None:
                    raise ValueError(f"Setting {what} on CPU virtual devices is currently not supported")
    elif device.device_type == "GPU":
        if any(c.memory_limit is None for c in configurations):
            raise ValueError("Setting memory limit is required for GPU virtual devices")
        if len(configurations) > 1:
            raise ValueError("tfshim cannot divide a GPU: JAX has one device for each")
    else:
        raise ValueError(f"Virtual devices are not supported for {device.device_type}")
    if _Settings.virtual.get(device) == configurations:
        return
    if initialized():
        raise RuntimeError("Virtual devices cannot be modified after being initialized")
    if device.device_type == "CPU":
        jax.config.update("jax_num_cpu_devices", len(configurations))
    else:
        _limit_gpu_memory(configurations[0].memory_limit)
    _Settings.virtual[device] = configurations


def _limit_gpu_memory(megabytes: float) -> None:
    query = ["nvidia-smi", "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        total = min(map(float, subprocess.run(query, capture_output=True, check=True, text=True).stdout.split()))
    except (OSError, subprocess.CalledProcessError, ValueError):
        raise ValueError(
            "Cannot set memory_limit: JAX takes a fraction of the GPU's memory, and nvidia-smi does not tell its size"
        ) from None
    os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{min(megabytes / total, 1.0):.4f}"


def memory_growth(device: Any) -> Any:
    """What was set for a GPU, or None."""
    if check_physical(device).device_type == "CPU":
        raise KeyError(device)
    return _Settings.memory_growth.get(device)


def set_memory_growth(device: Any, enable: bool) -> None:
    """Whether JAX takes GPU memory as it needs it. In JAX that is one setting for all GPUs."""
    check_physical(device)
    if device in _Settings.virtual:
        raise ValueError("Cannot set memory growth on device when virtual devices configured")
    if device.device_type == "CPU":
        raise ValueError("Cannot set memory growth on non-GPU and non-Pluggable devices")
    if _Settings.memory_growth.get(device) == enable:
        return
    if initialized():
        raise RuntimeError("Physical devices cannot be modified after being initialized")
    _Settings.memory_growth[device] = enable
    os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false" if enable else "true"


# Logical devices -----------------------------------------------------------------------------------------


@functools.cache
def jax_devices(kind: str) -> tuple[jax.Device, ...]:
    """The visible JAX devices of one of TensorFlow's types, in TensorFlow's order. Starts the backends."""
    return _all_jax(kind)


@functools.cache
def logical_devices() -> tuple[LogicalDevice, ...]:
    """The devices that ops can be placed on. Starts the backends."""
    kinds = dict.fromkeys(["CPU", *(tf_type(d) for d in jax.local_devices())])
    return tuple(LogicalDevice(f"/device:{kind}:{i}", kind) for kind in kinds for i in range(len(jax_devices(kind))))
