"""`tensorflow.python.lib.io.file_io`: files, beside what `tf.io.gfile` has."""

import itertools
import os
import zlib
from typing import Any

from tfshim.api import gfile
from tfshim.api.gfile import FileIO
from tfshim.errors import AlreadyExistsError
from tfshim.files import local

__all__ = ["FileIO"]


def read_file_to_string(filename: Any, binary_mode: bool = False) -> Any:
    """The content of a file as text, or as bytes."""
    with FileIO(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename: Any, file_content: Any) -> None:
    """Writes text or bytes to a file."""
    with FileIO(filename, "w") as file:
        file.write(file_content)


def atomic_write_string_to_file(filename: Any, contents: Any, overwrite: bool = True) -> None:
    """Writes a file that others see with all of its content or not at all; AlreadyExistsError unless `overwrite`."""
    name = local(filename)
    if not overwrite and os.path.exists(name):
        raise AlreadyExistsError(None, None, "file already exists")  # type: ignore[call-arg]
    partial = next(f"{name}.tmp{i}" for i in itertools.count(os.getpid()) if not os.path.exists(f"{name}.tmp{i}"))
    write_string_to_file(partial, contents)
    gfile.rename(partial, name, overwrite)


def has_atomic_move(path: Any) -> bool:
    """Whether renaming a file replaces another in one step: true of local files."""
    local(path)
    return True


def filecmp(filename_a: Any, filename_b: Any) -> bool:
    """Whether two files have the same content."""
    return read_file_to_string(filename_a, True) == read_file_to_string(filename_b, True)


def file_crc32(filename: Any, block_size: int = 16777216) -> str:
    """The CRC-32 of a file as text, `"0x1a2b3c4d"`."""
    crc = 0
    with FileIO(filename, "rb") as file:
        while chunk := file.read(n=block_size):
            crc = zlib.crc32(chunk, crc)
    return f"{crc & 0xFFFFFFFF:#x}"
