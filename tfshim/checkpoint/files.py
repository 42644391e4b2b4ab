"""Names of checkpoint files."""

from __future__ import annotations


def index_file(prefix: str) -> str:
    """The path of the index of a checkpoint."""
    return prefix + ".index"


def data_file(prefix: str, shard: int, num_shards: int) -> str:
    """The path of a data file of a checkpoint."""
    return f"{prefix}.data-{shard:05d}-of-{num_shards:05d}"
