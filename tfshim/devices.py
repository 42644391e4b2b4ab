"""Device names: `DeviceSpec`, TensorFlow's device strings, and the JAX devices that they mean."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import jax

from tfshim import context as context_module
from tfshim import device_config
from tfshim.context import context
from tfshim.errors import InvalidArgumentError
from tfshim.export import export

_LOCAL = "/job:localhost/replica:0/task:0"
_TYPES = frozenset({"CPU", "GPU", "TPU", "CUSTOM", "EPU"})


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _device_type(value: Any) -> str | None:
    return value.upper() if value in ("cpu", "gpu") else _text(value)


@functools.lru_cache(1024)
def _parse(spec: str) -> tuple[str | None, str | None, str | None, str | None, int | None]:
    fields: dict[str, str | None] = {"job": None, "replica": None, "task": None}
    device_type: str | None = None
    index: int | None = None
    for part in spec.split("/"):
        key, *rest = part.split(":")
        if len(rest) == 1 and key in fields:
            fields[key] = rest[0]
            continue
        if len(rest) <= 1 and key.upper() in _TYPES:
            found, place = key.upper(), rest[0] if rest else "*"
        elif len(rest) == 2 and key == "device":
            found, place = rest
        elif key:
            raise ValueError(f"Unknown attribute {key!r} is encountered while parsing the device spec: {spec!r}.")
        else:
            continue
        if device_type is not None:
            raise ValueError(f"Multiple device types are not allowed while parsing the device spec: {spec}.")
        device_type, index = found, None if place == "*" else int(place)
    return fields["job"], fields["replica"], fields["task"], device_type, index


@export("DeviceSpec")
class DeviceSpec:
    """A device, or a set of devices, by job, replica, task, type and index; None means any.

    Immutable. `str` and `to_string` give TensorFlow's string for it.
    """

    __slots__ = ("_device_index", "_device_type", "_job", "_replica", "_task")

    def __init__(self, job=None, replica=None, task=None, device_type=None, device_index=None):
        self._job = _text(job)
        self._replica = _number(replica)
        self._task = _number(task)
        self._device_type = _device_type(device_type)
        self._device_index = _number(device_index)

    job = property(lambda self: self._job, doc="Name of the job, or None.")
    replica = property(lambda self: self._replica, doc="Number of the replica, or None.")
    task = property(lambda self: self._task, doc="Number of the task, or None.")
    device_type = property(lambda self: self._device_type, doc='Type of the device such as `"CPU"`, or None.')
    device_index = property(lambda self: self._device_index, doc="Number of the device, or None.")

    def to_string(self):
        """The device string, such as `"/job:worker/device:GPU:0"`; parts that are None are left out."""
        parts = [f"/{k}:{v}" for k, v in zip(("job", "replica", "task"), self._fields()) if v is not None]
        if self._device_type is not None:
            index = "*" if self._device_index is None else self._device_index
            parts.append(f"/device:{self._device_type}:{index}")
        return "".join(parts)

    @classmethod
    def from_string(cls, spec):
        """The spec that a device string stands for; ValueError if it is none."""
        return cls(*_parse(spec or ""))

    def parse_from_string(self, spec):
        """The same as `from_string`."""
        return self.from_string(spec)

    def make_merged_spec(self, dev):
        """A spec with the fields of `dev`, and those of this one where `dev` has none."""
        return type(self)(*(b if b is not None else a for a, b in zip(self._fields(), dev._fields())))

    def replace(self, **kwargs):
        """A spec with some fields changed."""
        names = ("job", "replica", "task", "device_type", "device_index")
        return type(self)(**{**dict(zip(names, self._fields())), **kwargs})

    def _fields(self) -> tuple[Any, ...]:
        return self._job, self._replica, self._task, self._device_type, self._device_index

    def __eq__(self, other):
        return isinstance(other, type(self)) and self.to_string() == other.to_string()

    def __hash__(self):
        return hash(self.to_string())

    def __repr__(self):
        return (
            f"<DeviceSpec(job={self.job}, replica={self.replica}, task={self.task}, "
            f"device_type={self.device_type}, device_index={self.device_index})>"
        )


@export("compat.v1.DeviceSpec")
class DeviceSpecV1(DeviceSpec):
    """TensorFlow 1's spec, whose fields can be set."""

    __slots__ = ()

    job = DeviceSpec.job.setter(lambda self, value: setattr(self, "_job", _text(value)))
    replica = DeviceSpec.replica.setter(lambda self, value: setattr(self, "_replica", _number(value)))
    task = DeviceSpec.task.setter(lambda self, value: setattr(self, "_task", _number(value)))
    device_type = DeviceSpec.device_type.setter(lambda self, value: setattr(self, "_device_type", _device_type(value)))
    device_index = DeviceSpec.device_index.setter(lambda self, value: setattr(self, "_device_index", _number(value)))

    def parse_from_string(self, spec):
        """Sets the fields to those of a device string, and returns this object."""
        self.job, self.replica, self.task, self.device_type, self.device_index = _parse(spec or "")
        return self

    def merge_from(self, dev):
        """Sets the fields that `dev` has."""
        merged = self.make_merged_spec(dev)
        self.job, self.replica, self.task, self.device_type, self.device_index = merged._fields()

    __hash__ = DeviceSpec.__hash__


def canonical(spec: Any) -> str:
    """A device string, a `DeviceSpec`, a `LogicalDevice` or None as a device string; `""` means anywhere.

    Raises:
      ValueError: it is none of them, or not a device string.
    """
    if spec is None:
        return ""
    if isinstance(spec, str):
        return DeviceSpec.from_string(spec).to_string()
    if isinstance(spec, DeviceSpec):
        return spec.to_string()
    if isinstance(spec, device_config.LogicalDevice):
        return spec.name
    raise ValueError(f"Expecting a string device name. Got {type(spec)}({spec!r})")


def named(chosen: Any) -> str:
    """The device string that a function of a `tf.device` scope gave: a string or a spec; TypeError if it is neither."""
    if isinstance(chosen, DeviceSpec):
        return chosen.to_string()
    if not isinstance(chosen, (str, bytes)):
        raise TypeError(f"Expected binary or unicode string, got {chosen!r}")
    return chosen.decode() if isinstance(chosen, bytes) else chosen


# Names and JAX devices -----------------------------------------------------------------------------------

_soft_placement = True


def soft_placement() -> bool:
    """Whether a device that does not exist is replaced by one that does."""
    return _soft_placement


def set_soft_placement(enabled: bool) -> None:
    """Whether a device that does not exist is replaced by one that does, or is an error."""
    global _soft_placement
    _soft_placement = bool(enabled)


def to_jax(spec: Any, soft: bool | None = None) -> jax.Device:
    """The JAX device that a device string means.

    Args:
      spec: see `canonical`.
      soft: whether a device that does not exist falls back to the CPU; None: as `soft_placement()` says.

    Raises:
      InvalidArgumentError: the device does not exist, or belongs to another job.
    """
    return _to_jax(canonical(spec), _soft_placement if soft is None else soft)


@functools.lru_cache(1024)
def _to_jax(spec: str, soft: bool) -> jax.Device:
    wanted = DeviceSpec.from_string(spec)
    local = (wanted.job in (None, "localhost")) and not wanted.replica and not wanted.task
    kind = wanted.device_type or device_config.tf_type(jax.devices()[0])
    if not local:
        full = DeviceSpec(
            wanted.job or "localhost", wanted.replica or 0, wanted.task or 0, kind, wanted.device_index or 0
        )
        raise InvalidArgumentError(None, None, f"{full.to_string()} unknown device.")
    devices = device_config.jax_devices(kind)
    index = wanted.device_index or 0
    if index < len(devices):
        return devices[index]
    if soft:
        return devices[0] if kind == "GPU" and devices else device_config.jax_devices("CPU")[0]
    existing = device_config.logical_devices()
    raise InvalidArgumentError(
        None,
        None,
        f"Could not satisfy device specification '{_LOCAL}/device:{kind}:{index}'. enable_soft_placement=0. "
        f"Supported device types [{', '.join(dict.fromkeys(d.device_type for d in existing))}]. "
        f"All available devices [{', '.join(_LOCAL + d.name for d in existing)}].",
    )


@functools.cache
def name_of(device: jax.Device) -> str:
    """The full name that TensorFlow would give to a JAX device."""
    kind = device_config.tf_type(device)
    devices = device_config.jax_devices(kind)
    index = devices.index(device) if device in devices else device.id
    return f"{_LOCAL}/device:{kind}:{index}"


def host_name() -> str:
    """The full name of the device that holds what is only in host memory."""
    return f"{_LOCAL}/device:CPU:0"


# Scopes --------------------------------------------------------------------------------------------------


@functools.lru_cache(1024)
def merged(outer: str, inner: str) -> str:
    """The device string `inner`, with what it leaves open taken from `outer`."""
    return DeviceSpec.from_string(outer).make_merged_spec(DeviceSpec.from_string(inner)).to_string()


@functools.cache
def _single_device() -> bool:
    return len(jax.local_devices()) == 1 and jax.local_devices()[0].platform == "cpu"


@export("device")
def device(device_name):
    """Returns a context manager that places ops on a device.

    Args:
      device_name: a device string such as `"/GPU:0"`, a `tf.DeviceSpec`, a `tf.config.LogicalDevice`, or None
        to undo outer scopes. What it leaves open is taken from the outer scope.

    Raises:
      RuntimeError: `device_name` is a function, which only `tf.compat.v1.device` takes.
    """
    if callable(device_name):
        raise RuntimeError("tf.device does not support functions.")
    return _scope(device_name)


@export("compat.v1.device")
def device_or_function(device_name_or_function):
    """As `tf.device`; in graphs also of a function that is asked for the device of each op.

    Raises:
      RuntimeError: a function in eager mode.
    """
    if callable(device_name_or_function) and context.graph is None:
        raise RuntimeError("tf.device does not support functions when eager execution is enabled.")
    return _scope(device_name_or_function)


@contextlib.contextmanager
def _scope(device_name: Any) -> Iterator[None]:
    graph = context.graph
    if graph is not None:
        with graph.device(device_name):
            yield
        return
    spec = merged(context.device_spec, canonical(device_name)) if device_name is not None else ""
    # With a single device there is nothing to choose, and ops stay on their fast path.
    chosen = to_jax(spec) if spec else None
    with context_module.scope(device_spec=spec, device=None if _single_device() else chosen):
        yield
