"""How tensors are divided among the data files of a checkpoint: `tf.train.experimental.ShardingCallback`."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import string
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import control_dependencies
from tfshim.variable.saving import SaveSliceInfo

Row = tuple[str, str, Any]
# Bytes of a string tensor's element, for policies: its length is not known before it is written.
_STRING_BYTES = 8


@export("train.experimental.ShardableTensor", "compat.v1.train.experimental.ShardableTensor")
@dataclasses.dataclass(frozen=True)
class ShardableTensor:
    """A tensor that is to be saved, with what a callback may want to know about it."""

    _tensor_save_spec: Any
    tensor: Any
    dtype: Any
    device: Any
    name: str
    shape: Any
    slice_spec: str
    checkpoint_key: str
    trackable: Any

    def __hash__(self) -> int:
        return hash((self.name, self.dtype, str(self.device), self.checkpoint_key))


@export("train.experimental.ShardingCallback", "compat.v1.train.experimental.ShardingCallback")
class ShardingCallback(abc.ABC):
    """Divides tensors among files. It may not drop, reshape or cast a tensor."""

    @property
    @abc.abstractmethod
    def description(self) -> str:
        """What it does, for messages."""

    @abc.abstractmethod
    def __call__(self, shardable_tensors: Sequence[ShardableTensor]) -> Sequence[Any]:
        """For each file a dict from key to a dict from slice to tensor."""

    def __hash__(self) -> int:
        state = [(k, v) for k, v in vars(self).items() if isinstance(v, Hashable)]
        return hash((self.description, frozenset(state)))


@export("train.experimental.ShardByTaskPolicy", "compat.v1.train.experimental.ShardByTaskPolicy")
class ShardByTaskPolicy(ShardingCallback):
    """One file: all tensors belong to this process."""

    @property
    def description(self) -> str:
        return "Split tensors into shards based on task."

    def __call__(self, shardable_tensors):
        """All tensors in one file."""
        shard: dict[str, dict[str, Any]] = {}
        for row in shardable_tensors:
            shard.setdefault(row.checkpoint_key, {})[row.slice_spec] = row.tensor
        return [shard]


@export("train.experimental.MaxShardSizePolicy", "compat.v1.train.experimental.MaxShardSizePolicy")
class MaxShardSizePolicy(ShardingCallback):
    """Files of `max_shard_size` bytes at most; larger tensors are cut along their longest dimension.

    A single string, or slices of one index, may be larger.
    """

    def __init__(self, max_shard_size: int):
        if max_shard_size <= 0:
            raise ValueError(f"Max shard size must be positive, not {max_shard_size}")
        self.max_shard_size = max_shard_size

    @property
    def description(self) -> str:
        return "Split tensors into shards with a max shard size."

    def __call__(self, shardable_tensors):
        """Fills one file after the other."""
        shards: list[dict[str, dict[str, Any]]] = [{}]
        used = 0
        for row in shardable_tensors:
            for spec, piece, size in self._pieces(row):
                if used and used + size > self.max_shard_size:
                    shards.append({})
                    used = 0
                shards[-1].setdefault(row.checkpoint_key, {})[spec] = piece
                used += size
        return shards

    def _pieces(self, row: ShardableTensor) -> list[tuple[str, Any, int]]:
        element = _STRING_BYTES if row.dtype is string else row.dtype.size
        count = row.shape.num_elements() or 0
        if row.slice_spec or count * element <= self.max_shard_size or not row.shape.rank:
            return [(row.slice_spec, row.tensor, count * element)]
        shape = row.shape.as_list()
        axis = shape.index(max(shape))
        index_bytes = count // shape[axis] * element
        step = max(1, self.max_shard_size // index_bytes)
        pieces = []
        for start in range(0, shape[axis], step):
            begin, sizes = [0] * len(shape), list(shape)
            begin[axis], sizes[axis] = start, min(step, shape[axis] - start)
            spec = SaveSliceInfo(full_shape=shape, var_offset=begin, var_shape=sizes).spec
            pieces.append((spec, op("Slice")(row.tensor, begin, sizes), sizes[axis] * index_bytes))
        return pieces


def divided(rows: Sequence[Row], callback: ShardingCallback) -> list[list[Row]]:
    """The rows of each file; RuntimeError if the callback lost or changed a tensor."""
    tensors = []
    for key, spec, value in rows:
        tensor = convert_to_tensor(value)
        tensors.append(ShardableTensor(None, tensor, tensor.dtype, tensor.device, key, tensor.shape, spec, key, None))
    shards = callback(tensors)
    given = {(t.checkpoint_key, t.slice_spec): t for t in tensors}
    known = {t.checkpoint_key: t for t in tensors}
    seen: set[tuple[str, str]] = set()
    result = []
    for shard in shards:
        result.append([])
        for key, slices in shard.items():
            for spec, tensor in slices.items():
                problem = _problem(key, spec.strip(), tensor, given, known, seen)
                if problem:
                    raise RuntimeError(
                        f"After executing the checkpoint sharding callback, {problem}:\n"
                        f"  callback_description: {callback.description}\n  checkpoint_key: {key}\n"
                        f"  slice_spec: {spec}\n"
                    )
                seen.add((key, spec.strip()))
                result[-1].append((key, spec.strip(), tensor))
    lost = known.keys() - {key for key, _ in seen}
    if lost:
        raise RuntimeError(
            "After executing the checkpoint sharding callback, tensors in the object graph were missing from the "
            f"checkpoint shards:\n  callback_description: {callback.description}\n  checkpoint_keys: {sorted(lost)}\n"
        )
    return [shard for shard in result if shard]


def _problem(key: str, spec: str, tensor: Any, given: Any, known: Any, seen: set[tuple[str, str]]) -> str:
    if (key, spec) in seen:
        return "multiple tensors with the same checkpoint key and slice spec were found"
    if key not in known:
        return "a tensor not originally in the object graph was found in the checkpoint shards"
    if (key, spec) in given and tensor.shape != given[key, spec].shape:
        return "a tensor was found with an altered shape"
    if tensor.dtype != known[key].dtype:
        return "a tensor was found with an altered dtype"
    return ""


def write_sharded(
    path: Any, rows: Sequence[Row], callback: ShardingCallback, write: Callable[[Any, list[Row]], list[Any]]
) -> list[Any]:
    """Writes each shard as a checkpoint by `write`, then merges them; in a graph, returns the operations that do."""
    shards = divided(rows, callback)
    base = op("StringJoin")([path, "_temp/part"])
    prefixes, written = [], []
    for i, shard in enumerate(shards):
        prefix = op("ShardedFilename")(base, i, len(shards))
        written += write(prefix, shard)
        prefixes.append(prefix)
    with control_dependencies(written):
        op("MergeV2Checkpoints")(op("Pack")(prefixes), path)
    return [] if context.graph is None else [context.graph.get_operations()[-1]]


for _cls in (ShardableTensor, ShardingCallback):
    _cls.__module__ = "tensorflow.python.checkpoint.sharding.sharding_util"
for _cls in (ShardByTaskPolicy, MaxShardSizePolicy):
    _cls.__module__ = "tensorflow.python.checkpoint.sharding.sharding_policies"
