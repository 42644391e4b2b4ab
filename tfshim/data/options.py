"""`tf.data.Options`: how a dataset is computed. What has no meaning here is kept and has no effect."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from tfshim.export import export

_MODULE = "tensorflow.python.data.ops.options"


@export("data.experimental.AutoShardPolicy")
class AutoShardPolicy(enum.IntEnum):
    """How a distributed dataset is divided among workers."""

    OFF = -1
    AUTO = 0
    FILE = 1
    DATA = 2
    HINT = 3


@export("data.experimental.ExternalStatePolicy")
class ExternalStatePolicy(enum.Enum):
    """What happens to state outside a dataset when the dataset is serialized."""

    WARN = 0
    IGNORE = 1
    FAIL = 2


@export("data.experimental.AutotuneAlgorithm")
class AutotuneAlgorithm(enum.Enum):
    """Algorithms of TensorFlow's tuning; they have no effect here."""

    DEFAULT = 0
    HILL_CLIMB = 1
    GRADIENT_DESCENT = 2
    MAX_PARALLELISM = 3
    STAGE_BASED = 4


class OptionsBase:
    """A set of named, typed options, None where not set."""

    _declared: dict[str, tuple[Any, Callable[[], Any]]] = {}
    _options: dict[str, Any]
    _mutable: bool

    def __init__(self) -> None:
        object.__setattr__(self, "_options", {})
        object.__setattr__(self, "_mutable", True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.__module__ = _MODULE
        for name in cls._declared:
            setattr(cls, name, property(_getter(name), _setter(name)))

    def _get(self, name: str) -> Any:
        if name not in self._options:
            self._options[name] = self._declared[name][1]()
        return self._options[name]

    def _set(self, name: str, value: Any) -> None:
        if not self._mutable:
            raise ValueError(
                "Mutating `tf.data.Options()` returned by `tf.data.Dataset.options()` has no effect. Use "
                "`tf.data.Dataset.with_options(options)` to set or update dataset options."
            )
        kind = self._declared[name][0]
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"Property `{name}` must be of type {kind}, got: {value} (type: {type(value)}).")
        self._options[name] = value

    def __setattr__(self, name: str, value: Any) -> None:
        if not isinstance(getattr(type(self), name, None), property):
            raise AttributeError(f"Cannot set the property {name} on {type(self).__name__}.")
        object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(self._get(n) == other._get(n) for n in self._declared)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def _set_mutable(self, mutable: bool) -> None:
        object.__setattr__(self, "_mutable", mutable)
        for value in self._options.values():
            if isinstance(value, OptionsBase):
                value._set_mutable(mutable)

    def _merged(self, other: Any) -> Any:
        result = type(self)()
        for name in self._declared:
            mine, theirs = self._options.get(name), other._options.get(name)
            if isinstance(mine, OptionsBase) and isinstance(theirs, OptionsBase):
                result._options[name] = mine._merged(theirs)
            elif theirs is not None or mine is not None:
                result._options[name] = mine if theirs is None else theirs
        return result


def _getter(name: str) -> Callable[[Any], Any]:
    return lambda self: self._get(name)


def _setter(name: str) -> Callable[[Any, Any], None]:
    return lambda self, value: self._set(name, value)


def _plain(kind: Any, *names: str) -> dict[str, tuple[Any, Callable[[], Any]]]:
    return dict.fromkeys(names, (kind, lambda: None))


@export("data.experimental.AutotuneOptions")
class AutotuneOptions(OptionsBase):
    """Options of TensorFlow's tuning; they have no effect here."""

    _declared = {
        **_plain(bool, "enabled"),
        **_plain(int, "cpu_budget", "ram_budget", "initial_parallelism", "min_parallelism"),
        **_plain(AutotuneAlgorithm, "autotune_algorithm"),
    }


@export("data.experimental.DistributeOptions")
class DistributeOptions(OptionsBase):
    """Options of distributed datasets."""

    _declared = {
        "auto_shard_policy": (AutoShardPolicy, lambda: AutoShardPolicy.AUTO),
        **_plain(int, "num_devices"),
    }


@export("data.experimental.OptimizationOptions")
class OptimizationOptions(OptionsBase):
    """Options of TensorFlow's graph rewrites; they have no effect here."""

    _declared = _plain(
        bool,
        "apply_default_optimizations",
        "filter_fusion",
        "filter_parallelization",
        "inject_prefetch",
        "map_and_batch_fusion",
        "map_and_filter_fusion",
        "map_and_batch_fusion",
        "map_fusion",
        "map_parallelization",
        "noop_elimination",
        "parallel_batch",
        "seq_interleave_prefetch",
        "shuffle_and_repeat_fusion",
        "warm_start",
    )


@export("data.experimental.ServiceOptions")
class ServiceOptions(OptionsBase):
    """Options of the data service, which is not supported."""

    _declared = _plain(bool, "pinned")


@export("data.ThreadingOptions", "data.experimental.ThreadingOptions")
class ThreadingOptions(OptionsBase):
    """Options of TensorFlow's thread pools; they have no effect here."""

    _declared = _plain(int, "max_intra_op_parallelism", "private_threadpool_size")


@export("data.Options")
class Options(OptionsBase):
    """Options of a dataset, given to `Dataset.with_options`."""

    _declared = {
        "autotune": (AutotuneOptions, AutotuneOptions),
        **_plain(str, "dataset_name"),
        **_plain((list, tuple), "framework_type"),
        **_plain(bool, "deterministic", "experimental_slack", "experimental_symbolic_checkpoint"),
        **_plain(bool, "experimental_warm_start"),
        "experimental_distribute": (DistributeOptions, DistributeOptions),
        "experimental_external_state_policy": (ExternalStatePolicy, lambda: None),
        "experimental_optimization": (OptimizationOptions, OptimizationOptions),
        "experimental_service": (ServiceOptions, ServiceOptions),
        "threading": (ThreadingOptions, ThreadingOptions),
    }

    @property
    def experimental_deterministic(self) -> Any:
        """Old name of `deterministic`."""
        return self.deterministic  # type: ignore[attr-defined]

    @experimental_deterministic.setter
    def experimental_deterministic(self, value: Any) -> None:
        self._set("deterministic", value)

    @property
    def experimental_threading(self) -> Any:
        """Old name of `threading`."""
        return self.threading  # type: ignore[attr-defined]

    @experimental_threading.setter
    def experimental_threading(self, value: Any) -> None:
        self._set("threading", value)

    def merge(self, options: Options) -> Options:
        """These options, with those that `options` sets in their place."""
        return self._merged(options)
