"""`tf.compat.v1.train.replica_device_setter`: which task of a cluster each operation is for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from tfshim.devices import DeviceSpec
from tfshim.export import export
from tfshim.operation import Operation

# What holds state, and so belongs to the tasks that keep parameters.
_STATEFUL = (
    "Variable",
    "VariableV2",
    "AutoReloadVariable",
    "MutableHashTable",
    "MutableHashTableV2",
    "MutableHashTableOfTensors",
    "MutableHashTableOfTensorsV2",
    "MutableDenseHashTable",
    "MutableDenseHashTableV2",
    "VarHandleOp",
    "BoostedTreesEnsembleResourceHandleOp",
    "BoostedTreesQuantileStreamResourceHandleOp",
    "ResourceConditionalAccumulator",
    "DecisionTreeResource",
)


@export("compat.v1.train.replica_device_setter")
def replica_device_setter(
    ps_tasks: int = 0,
    ps_device: str = "/job:ps",
    worker_device: str = "/job:worker",
    merge_devices: bool = True,
    cluster: Any = None,
    ps_ops: Sequence[str] | None = None,
    ps_strategy: Callable[[Operation], int] | None = None,
) -> Callable[[Operation], str] | None:
    """A function for `tf.compat.v1.device` that gives variables to the tasks of one job, and the rest to another.

    Args:
      ps_tasks: number of the tasks that keep variables; without effect if there is a `cluster`.
      ps_device: their device.
      worker_device: the device of all other operations.
      merge_devices: False: an operation for which an inner scope asks for a device keeps that one.
      cluster: lists of addresses by job, or what has them as `as_dict()` or as a `ClusterDef`.
      ps_ops: types of the operations that keep variables; those with state by default.
      ps_strategy: the number of the task for an operation; the tasks take turns by default.

    Returns:
      None where no task keeps variables.

    Raises:
      TypeError: for a cluster or a strategy of another type.
    """
    if cluster is not None:
        ps_tasks = len(_addresses(cluster).get(DeviceSpec.from_string(ps_device).job, ()))
    if ps_tasks == 0:
        return None
    if ps_strategy is None:
        turns = itertools.cycle(range(ps_tasks))
        ps_strategy = lambda op: next(turns)
    if not callable(ps_strategy):
        raise TypeError("ps_strategy must be callable")
    keepers = _STATEFUL if ps_ops is None else ps_ops

    def device(op: Operation) -> str:
        if not merge_devices and op.device:
            return op.device
        keeps = bool(ps_device) and op.type in keepers
        spec = DeviceSpec.from_string(ps_device if keeps else worker_device)
        if keeps:
            spec = spec.replace(task=ps_strategy(op))
        return spec.make_merged_spec(DeviceSpec.from_string(op.device)).to_string()

    return device


def _addresses(cluster: Any) -> dict[str, Any]:
    """Addresses by job."""
    if isinstance(cluster, dict):
        return cluster
    if hasattr(cluster, "as_dict"):
        return cluster.as_dict()
    if hasattr(cluster, "job"):
        return {job.name: job.tasks for job in cluster.job}
    raise TypeError(
        "`cluster` must be a dictionary mapping one or more job names to lists of network addresses, or a `ClusterDef` "
        "protocol buffer"
    )
