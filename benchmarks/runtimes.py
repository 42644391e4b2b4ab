"""Loading one runtime into this process, and what a report says about it."""

from __future__ import annotations

import importlib
import os
import platform
from typing import Any


def available_cores() -> int:
    """How many cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_cores(cores: int) -> None:
    """Pins this process to `cores` cores; TensorFlow and XLA both size their thread pools by that."""
    if hasattr(os, "sched_setaffinity"):
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, allowed[:cores])


def load(runtime: str) -> Any:
    """The module that builders of workloads get: `tensorflow` (real or tfshim's alias of it) or `jax`."""
    if runtime == "jax":
        jax = importlib.import_module("jax")
        # As in tfshim, which needs 64-bit types; dtypes are explicit in every twin.
        jax.config.update("jax_enable_x64", True)
        return jax
    if runtime == "tfshim":
        importlib.import_module("tfshim").install()
    return importlib.import_module("tensorflow")


def describe(runtime: str, module: Any) -> dict[str, Any]:
    """Versions, device and threads of the runtime in this process."""
    facts: dict[str, Any] = {"runtime": runtime, "python": platform.python_version()}
    facts["cores"] = available_cores()
    facts["version"] = module.__version__
    if runtime == "tensorflow":
        gpus = module.config.list_physical_devices("GPU")
        facts["platform"] = "gpu" if gpus else "cpu"
        details = module.config.experimental.get_device_details(gpus[0]) if gpus else {}
        facts["device"] = details.get("device_name", "cpu")
    else:
        jax = importlib.import_module("jax")
        device = jax.devices()[0]
        facts["platform"] = device.platform
        facts["device"] = device.device_kind
        facts["jax"] = jax.__version__
    if runtime == "tfshim":
        facts["version"] = importlib.import_module("tfshim").__version__
    return facts
