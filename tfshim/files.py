"""Paths and errors of files as TensorFlow has them: URLs of local files are paths, `OSError`s are its own errors."""

from __future__ import annotations

import contextlib
import errno
import glob as globbing
import os
from collections.abc import Iterator
from typing import Any

from tfshim import errors

# Schemes of paths that are local.
SCHEMES = ("", "file")

_CLASSES = {
    errno.ENOENT: errors.NotFoundError,
    errno.EEXIST: errors.AlreadyExistsError,
    errno.EACCES: errors.PermissionDeniedError,
    errno.EPERM: errors.PermissionDeniedError,
    errno.EISDIR: errors.FailedPreconditionError,
    errno.ENOTDIR: errors.FailedPreconditionError,
    errno.ENOTEMPTY: errors.FailedPreconditionError,
    errno.EINVAL: errors.InvalidArgumentError,
    errno.ENOSPC: errors.ResourceExhaustedError,
}


def local(path: Any) -> str:
    """A path of the local file system, from text, bytes, a path object or a `file://` URL.

    Raises:
      UnimplementedError: another scheme, such as `gs://`.
    """
    text = os.fspath(path)
    text = text.decode() if isinstance(text, bytes) else text
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text
    if scheme not in SCHEMES:
        raise errors.UnimplementedError(
            None, None, f"File system scheme '{scheme}' not implemented (file: '{text}'): only local files can be used"
        )
    return rest


@contextlib.contextmanager
def as_op_errors(path: str) -> Iterator[None]:
    """Turns `OSError`s within the scope into TensorFlow's errors about `path`."""
    try:
        yield
    except OSError as error:
        kind = _CLASSES.get(error.errno or 0, errors.UnknownError)
        raise kind(None, None, f"{path}; {error.strerror}") from None


def matching(pattern: Any) -> list[str]:
    """Paths that match a pattern, sorted; hidden files too."""
    return sorted(globbing.glob(local(pattern), include_hidden=True))


def read(path: Any) -> bytes:
    """The content of a file."""
    name = local(path)
    with as_op_errors(name), open(name, "rb") as file:
        return file.read()
