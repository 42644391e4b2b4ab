"""`tf.config`: devices, placement, and switches of how programs run."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import jax

from tfshim import context, device_config, devices, seeds
from tfshim.errors import InvalidArgumentError, NotFoundError
from tfshim.export import export

# The names of how a function's ops can be scheduled.
_EXECUTORS = ("", "DEFAULT", "SINGLE_THREADED_EXECUTOR", None)


class _Settings:
    """Settings without an effect in JAX: kept, so that programs read back what they set."""

    inter_op_threads = 0
    jit = False
    optimizer: dict[str, Any] = {}
    device_policy: str | None = None
    synchronous = True
    tensor_float_32 = True


# Devices -------------------------------------------------------------------------------------------------


@export("config.list_physical_devices", "config.experimental.list_physical_devices")
def list_physical_devices(device_type=None):
    """Returns the `PhysicalDevice`s of this machine, of one type if given. Does not start JAX's backends."""
    return [d for d in device_config.physical_devices() if device_type in (None, d.device_type)]


@export("config.list_logical_devices", "config.experimental.list_logical_devices")
def list_logical_devices(device_type=None):
    """Returns the `LogicalDevice`s that ops can be placed on, of one type if given. Starts JAX's backends."""
    return [d for d in device_config.logical_devices() if device_type in (None, d.device_type)]


@export("config.get_visible_devices", "config.experimental.get_visible_devices")
def get_visible_devices(device_type=None):
    """Returns the `PhysicalDevice`s that the program may use, of one type if given."""
    return [d for d in device_config.visible_devices() if device_type in (None, d.device_type)]


@export("config.set_visible_devices", "config.experimental.set_visible_devices")
def set_visible_devices(devices, device_type=None):
    """Restricts the program to some physical devices.

    Args:
      devices: `PhysicalDevice` or list of them.
      device_type: restrict only the devices of this type.

    Raises:
      ValueError: a device does not exist or is of another type.
      RuntimeError: JAX's backends have started.
    """
    device_config.set_visible_devices(devices, device_type)


@export("config.get_logical_device_configuration", "config.experimental.get_virtual_device_configuration")
def get_logical_device_configuration(device):
    """Returns the list given to `set_logical_device_configuration` for a physical device, or None."""
    return device_config.virtual_devices(device)


@export("config.set_logical_device_configuration", "config.experimental.set_virtual_device_configuration")
def set_logical_device_configuration(device, logical_devices):
    """Divides a physical device into several logical ones.

    Args:
      device: `PhysicalDevice`. A CPU can be divided; a GPU cannot, but its memory can be limited.
      logical_devices: list of `LogicalDeviceConfiguration`.

    Raises:
      ValueError: the device does not exist, or JAX cannot do what is asked for.
      RuntimeError: JAX's backends have started.
    """
    device_config.set_virtual_devices(device, logical_devices)


@export("config.experimental.get_memory_growth")
def get_memory_growth(device):
    """Returns whether memory growth was enabled for a GPU, None if nothing was set."""
    return device_config.memory_growth(device)


@export("config.experimental.set_memory_growth")
def set_memory_growth(device, enable):
    """Makes JAX take GPU memory as needed, for all GPUs together.

    Raises:
      ValueError: the device is not a GPU of this machine, or has a memory limit.
      RuntimeError: JAX's backends have started.
    """
    device_config.set_memory_growth(device, enable)


@export("config.experimental.get_device_details")
def get_device_details(device):
    """Returns a dictionary with `device_name` and `compute_capability` of a GPU; empty for a CPU."""
    if not isinstance(device, device_config.PhysicalDevice):
        raise ValueError(f"device must be a tf.config.PhysicalDevice, but got: {device}")
    device_config.check_physical(device)
    if device.device_type == "CPU":
        return {}
    found = device_config.jax_devices(device.device_type)[int(device.name.rsplit(":", 1)[1])]
    details: dict[str, Any] = {"device_name": found.device_kind}
    capability = getattr(found, "compute_capability", None)
    if capability is not None:
        major, minor = str(capability).split(".")
        details["compute_capability"] = int(major), int(minor)
    return details


@export("config.experimental.get_memory_info")
def get_memory_info(device):
    """Returns a dictionary with the bytes of memory in use (`current`) and the most so far (`peak`).

    Args:
      device: device string with an index, such as `"GPU:0"`. For a CPU both numbers are 0.

    Raises:
      ValueError: there is no such device.
    """
    statistics = _memory_device(device).memory_stats() or {}
    return {
        "current": int(statistics.get("bytes_in_use", 0)),
        "peak": int(statistics.get("peak_bytes_in_use", 0)),
    }


def _memory_device(name: str) -> jax.Device:
    if devices.DeviceSpec.from_string(name).device_index is None:
        raise ValueError(f"The device name must have an index: {name!r}")
    try:
        return devices.to_jax(name, soft=False)
    except InvalidArgumentError:
        raise ValueError(f"No matching devices found for '{name}'") from None


@export("config.experimental.get_memory_usage")
def get_memory_usage(device):
    """Returns `get_memory_info(device)["current"]`."""
    return get_memory_info(device)["current"]


@export("config.experimental.reset_memory_stats")
def reset_memory_stats(device):
    """Checks the device name; JAX cannot reset the peak."""
    _memory_device(device)


@export("config.get_soft_device_placement")
def get_soft_device_placement():
    """Returns whether an op goes to the CPU if the device asked for does not exist."""
    return devices.soft_placement()


@export("config.set_soft_device_placement")
def set_soft_device_placement(enabled):
    """Sets whether an op goes to the CPU if the device asked for does not exist; an error otherwise."""
    devices.set_soft_placement(enabled)


_POLICIES = ("silent", "silent_for_int32", "warn", "explicit")


@export("config.experimental.get_device_policy")
def get_device_policy():
    """Returns what `set_device_policy` set."""
    return _Settings.device_policy or "silent"


@export("config.experimental.set_device_policy")
def set_device_policy(device_policy):
    """Keeps the policy for inputs on another device; they are always copied in silence here."""
    if device_policy is not None and device_policy not in _POLICIES:
        raise ValueError(f"Invalid argument `device_policy`: {device_policy!r}. Valid are {_POLICIES}.")
    _Settings.device_policy = device_policy


@export("config.experimental.get_synchronous_execution")
def get_synchronous_execution():
    """Returns what `set_synchronous_execution` set."""
    return _Settings.synchronous


@export("config.experimental.set_synchronous_execution")
def set_synchronous_execution(enable):
    """Keeps the setting. JAX always returns before the result is ready, and results wait when read."""
    _Settings.synchronous = enable is None or bool(enable)


@export("experimental.async_scope")
@contextlib.contextmanager
def async_scope():
    """A block at whose end the results of all its ops and functions are there, or the error of one is raised."""
    yield
    jax.effects_barrier()


@export("experimental.async_clear_error")
def async_clear_error():
    """Does nothing: an error is raised by the call that it belongs to, and none is kept for later."""


@export("experimental.function_executor_type")
@contextlib.contextmanager
def function_executor_type(executor_type):
    """A block without an effect: JAX schedules what a function does.

    Args:
      executor_type: `"DEFAULT"`, `"SINGLE_THREADED_EXECUTOR"` or `""`.

    Raises:
      NotFoundError: another executor is named.
    """
    if executor_type not in _EXECUTORS:
        raise NotFoundError(None, None, f"There is no executor {executor_type}; there are {_EXECUTORS[:-1]}")
    yield


# Functions -----------------------------------------------------------------------------------------------


@export("config.run_functions_eagerly", "config.experimental_run_functions_eagerly")
def run_functions_eagerly(run_eagerly):
    """Makes every `tf.function` run its Python body eagerly, for debugging."""
    context.set_run_functions_eagerly(bool(run_eagerly))


@export("config.functions_run_eagerly", "config.experimental_functions_run_eagerly")
def functions_run_eagerly():
    """Returns what `run_functions_eagerly` set."""
    return context.run_functions_eagerly()


# Execution -----------------------------------------------------------------------------------------------


def _check_threads_can_change(what: str) -> None:
    if device_config.initialized():
        raise RuntimeError(f"{what} op parallelism cannot be modified after initialization.")


@export("config.threading.get_intra_op_parallelism_threads")
def get_intra_op_parallelism_threads():
    """Returns what `set_intra_op_parallelism_threads` set, 0 if nothing."""
    return device_config.intra_op_threads()


@export("config.threading.set_intra_op_parallelism_threads")
def set_intra_op_parallelism_threads(num_threads):
    """Keeps the number; JAX decides itself how many threads an op uses.

    As in TensorFlow, samples of many rows of `tf.random.categorical` depend on it.

    Raises:
      RuntimeError: JAX's backends have started.
    """
    if num_threads != device_config.intra_op_threads():
        _check_threads_can_change("Intra")
        device_config.set_intra_op_threads(num_threads)


@export("config.threading.get_inter_op_parallelism_threads")
def get_inter_op_parallelism_threads():
    """Returns what `set_inter_op_parallelism_threads` set, 0 if nothing."""
    return _Settings.inter_op_threads


@export("config.threading.set_inter_op_parallelism_threads")
def set_inter_op_parallelism_threads(num_threads):
    """Keeps the number; JAX decides itself how many ops run at a time.

    Raises:
      RuntimeError: JAX's backends have started.
    """
    if num_threads != _Settings.inter_op_threads:
        _check_threads_can_change("Inter")
        _Settings.inter_op_threads = num_threads


@export("config.optimizer.get_jit")
def get_optimizer_jit():
    """Returns `"autoclustering"` if `set_jit` switched it on, `""` otherwise."""
    return "autoclustering" if _Settings.jit else ""


@export("config.optimizer.set_jit")
def set_optimizer_jit(enabled):
    """Keeps the setting (True or `"autoclustering"`: on); every function is compiled anyway."""
    _Settings.jit = enabled in (True, "autoclustering")


_OPTIMIZERS = (
    *("layout_optimizer", "constant_folding", "shape_optimization", "remapping", "arithmetic_optimization"),
    *("dependency_optimization", "loop_optimization", "function_optimization", "debug_stripper"),
    *("disable_model_pruning", "scoped_allocator_optimization", "pin_to_host_optimization"),
    *("implementation_selector", "auto_mixed_precision", "use_plugin_optimizers", "disable_meta_optimizer"),
    *("auto_mixed_precision_onednn_bfloat16", "auto_mixed_precision_mkl", "min_graph_nodes"),
)


@export("config.optimizer.get_experimental_options")
def get_optimizer_experimental_options():
    """Returns the options that were set, and those that have a default."""
    options = {"disable_model_pruning": False, "disable_meta_optimizer": False, **_Settings.optimizer}
    return {name: options[name] for name in _OPTIMIZERS if name in options}


@export("config.optimizer.set_experimental_options")
def set_optimizer_experimental_options(options):
    """Keeps options of TensorFlow's graph optimizer; XLA optimizes in its own way."""
    _Settings.optimizer.update(options)


@export("config.experimental.tensor_float_32_execution_enabled")
def tensor_float_32_execution_enabled():
    """Returns whether float32 matrix products may use TensorFloat-32 on GPUs that have it."""
    return _Settings.tensor_float_32


@export("config.experimental.enable_tensor_float_32_execution")
def enable_tensor_float_32_execution(enabled):
    """Allows (the default) or forbids TensorFloat-32 in float32 matrix products and convolutions."""
    _Settings.tensor_float_32 = bool(enabled)
    jax.config.update("jax_default_matmul_precision", None if enabled else "float32")


@export("config.experimental.enable_op_determinism")
def enable_op_determinism():
    """Makes ops deterministic on GPUs, and random ops without any seed an error.

    Raises:
      RuntimeError: JAX's backends have started on a machine with a GPU.
    """
    flag = "--xla_gpu_deterministic_ops=true"
    flags = os.environ.get("XLA_FLAGS", "")
    if list_physical_devices("GPU") and flag not in flags:
        if device_config.initialized():
            raise RuntimeError("Op determinism must be enabled before any op runs on the GPU.")
        os.environ["XLA_FLAGS"] = f"{flags} {flag}".strip()
    seeds.set_determinism(True)


@export("config.experimental.enable_mlir_bridge")
def enable_mlir_bridge():
    """Does nothing: there is no other way to XLA here."""


@export("config.experimental.disable_mlir_bridge")
def disable_mlir_bridge():
    """Does nothing: there is no other way to XLA here."""
