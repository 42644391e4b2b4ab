"""Names of checkpoint files, and what errors of the file system become."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from tfshim import errors

_CLASSES: tuple[tuple[type[OSError], type[errors.OpError]], ...] = (
    (FileNotFoundError, errors.NotFoundError),
    (NotADirectoryError, errors.FailedPreconditionError),
    (IsADirectoryError, errors.FailedPreconditionError),
    (PermissionError, errors.PermissionDeniedError),
    (FileExistsError, errors.AlreadyExistsError),
    (OSError, errors.UnknownError),
)


def index_file(prefix: str) -> str:
    """The path of the index of a checkpoint."""
    return prefix + ".index"


def data_file(prefix: str, shard: int, num_shards: int) -> str:
    """The path of a data file of a checkpoint."""
    return f"{prefix}.data-{shard:05d}-of-{num_shards:05d}"


@contextlib.contextmanager
def os_errors() -> Iterator[None]:
    """Within the scope, errors of the file system are raised as TensorFlow's."""
    try:
        yield
    except OSError as error:
        found = next(cls for kind, cls in _CLASSES if isinstance(error, kind))
        raise found(None, None, f"{error.filename}; {os.strerror(error.errno or 0)}") from None
