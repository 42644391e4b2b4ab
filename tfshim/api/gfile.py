"""`tf.io.gfile`: files and directories by functions whose errors are TensorFlow's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tfshim.errors import AlreadyExistsError, InvalidArgumentError, NotFoundError, PermissionDeniedError
from tfshim.export import export
from tfshim.files import SCHEMES, as_op_errors, local, matching


class FileIO:
    """A file that is opened by the first thing that is done with it. Reading and writing have places of their own.

    Args:
      name: path of the file.
      mode: `"r"`, `"w"`, `"a"`, or one of these with `"+"`; with `"b"`, reading gives bytes in place of text.
    """

    def __init__(self, name: Any, mode: str, encoding: str = "utf-8"):
        self._name = name
        self._mode = mode
        self._encoding = encoding
        self._binary = "b" in mode
        self._plain = mode.replace("b", "")
        if self._plain not in ("r", "w", "a", "r+", "w+", "a+"):
            raise InvalidArgumentError(
                None, None, f"mode is not one of r, w, a, r+, w+, a+, with or without b: {mode!r}"
            )
        self._reader: Any = None
        self._writer: Any = None

    name = property(lambda self: self._name, doc="The path as it was given.")
    mode = property(lambda self: self._mode, doc="The mode as it was given.")

    def _reading(self) -> Any:
        if self._plain in ("w", "a"):
            raise PermissionDeniedError(None, None, "File isn't open for reading")
        if self._reader is None:
            self._reader = self._open("rb")
        return self._reader

    def _writing(self) -> Any:
        if self._plain == "r":
            raise PermissionDeniedError(None, None, "File isn't open for writing")
        if self._writer is None:
            self._writer = self._open("ab" if self._plain.startswith("a") else "wb")
        return self._writer

    def _open(self, mode: str) -> Any:
        path = local(self._name)
        with as_op_errors(path):
            return open(path, mode)  # closed by close()

    def _prepared(self, data: bytes) -> Any:
        return data if self._binary else data.decode(self._encoding)

    def size(self) -> int:
        """Size of the file in bytes, without what was written since the last flush."""
        return stat(self._name).length

    def write(self, file_content: Any) -> None:
        """Appends text or bytes to what was written."""
        data = file_content.encode(self._encoding) if isinstance(file_content, str) else bytes(file_content)
        self._writing().write(data)

    def read(self, n: int = -1) -> Any:
        """The next `n` bytes, or all that is left: as text, or as bytes in a binary mode."""
        file = self._reading()
        with as_op_errors(str(self._name)):
            return self._prepared(file.read(n))

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Goes on reading `offset` from the beginning (`whence` 0), from here (1) or from the end (2)."""
        place = position if offset is None else offset
        if place is None:
            raise TypeError("seek(): offset argument required")
        if whence not in (0, 1, 2):
            raise InvalidArgumentError(None, None, f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2.")
        file = self._reading()
        with as_op_errors(str(self._name)):
            file.seek(place, whence)

    def readline(self) -> Any:
        """The next line with its end; empty at the end of the file."""
        return self._prepared(self._reading().readline())

    def readlines(self) -> list[Any]:
        """All lines that are left, with their ends."""
        return [self._prepared(line) for line in self._reading().readlines()]

    def tell(self) -> int:
        """The place in bytes: of reading, or in a file that is only written of writing."""
        return (self._writing() if self._plain in ("w", "a") else self._reading()).tell()

    def seekable(self) -> bool:
        """True."""
        return True

    def __enter__(self) -> FileIO:
        return self

    def __exit__(self, *exc: Any) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def next(self) -> Any:
        """The next line; StopIteration at the end."""
        return self.__next__()

    def flush(self) -> None:
        """Hands what was written over to the operating system."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Closes the file; what is done with it afterwards opens it again."""
        for file in (self._reader, self._writer):
            if file is not None:
                file.close()
        self._reader = self._writer = None


@export("io.gfile.GFile", "compat.v1.gfile.GFile", "compat.v1.gfile.Open")
class GFile(FileIO):
    """A file, opened by the first thing that is done with it: `GFile(name, mode="r")`; modes as in `open`."""

    def __init__(self, name: Any, mode: str = "r"):
        super().__init__(name, mode)


FileIO.__module__ = "tensorflow.python.lib.io.file_io"
GFile.__module__ = "tensorflow.python.platform.gfile"


class FileStatistics(NamedTuple):
    """Size in bytes, time of the last change in nanoseconds, and whether it is a directory."""

    length: int
    mtime_nsec: int
    is_directory: bool


@export("io.gfile.stat")
def stat(path: Any) -> FileStatistics:
    """What is known of a file or directory; NotFoundError if there is none."""
    name = local(path)
    with as_op_errors(name):
        found = os.stat(name)
    return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(name))


@export("io.gfile.exists")
def exists(path: Any) -> bool:
    """Whether there is a file or directory of this path."""
    return os.path.exists(local(path))


@export("io.gfile.isdir")
def isdir(path: Any) -> bool:
    """Whether there is a directory of this path."""
    return os.path.isdir(local(path))


@export("io.gfile.listdir")
def listdir(path: Any) -> list[str]:
    """Names of what a directory holds, sorted; NotFoundError if there is no such directory."""
    name = local(path)
    if not os.path.isdir(name):
        raise NotFoundError(None, None, f"Could not find directory {name}")
    with as_op_errors(name):
        return sorted(os.listdir(name))


@export("io.gfile.glob")
def glob(pattern: Any) -> list[str]:
    """Paths that match a pattern (`*`, `?`, `[...]`), or one of several, sorted; hidden files too."""
    patterns = [pattern] if isinstance(pattern, (str, bytes, os.PathLike)) else pattern
    return [path for p in patterns for path in matching(p)]


@export("io.gfile.join")
def join(path: Any, *paths: Any) -> Any:
    """The parts of a path joined by slashes; an absolute part replaces what comes before it."""
    return os.path.join(path, *paths)


@export("io.gfile.mkdir")
def mkdir(path: Any) -> None:
    """Makes a directory where there is none; NotFoundError if the one around it is missing."""
    name = local(path)
    if not os.path.isdir(name):
        with as_op_errors(name):
            os.mkdir(name)


@export("io.gfile.makedirs")
def makedirs(path: Any) -> None:
    """Makes a directory and those around it; does nothing where there is one."""
    name = local(path)
    with as_op_errors(name):
        os.makedirs(name, exist_ok=True)


@export("io.gfile.copy")
def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copies a file; AlreadyExistsError if there is one of the new name, unless `overwrite`."""
    source, target = _two(src, dst, overwrite)
    with as_op_errors(source):
        shutil.copyfile(source, target)


@export("io.gfile.rename")
def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Renames a file or directory; AlreadyExistsError if there is one of the new name, unless `overwrite`."""
    source, target = _two(src, dst, overwrite)
    with as_op_errors(source):
        os.replace(source, target)


def _two(src: Any, dst: Any, overwrite: bool) -> tuple[str, str]:
    source, target = local(src), local(dst)
    if not overwrite and os.path.exists(target):
        raise AlreadyExistsError(None, None, "file already exists")
    return source, target


@export("io.gfile.remove")
def remove(path: Any) -> None:
    """Deletes a file; NotFoundError if there is none."""
    name = local(path)
    with as_op_errors(name):
        os.remove(name)


@export("io.gfile.rmtree")
def rmtree(path: Any) -> None:
    """Deletes a directory with all that is in it; NotFoundError if there is none."""
    name = local(path)
    with as_op_errors(name):
        shutil.rmtree(name)


@export("io.gfile.walk")
def walk(
    top: Any, topdown: bool = True, onerror: Callable[[Exception], Any] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """For a directory and each one below it: its path, and the names of its directories and of its files.

    Args:
      top: where to begin.
      topdown: directories come before what is in them.
      onerror: called with the error where a directory cannot be read; such are left out.
    """
    here = local(top)
    try:
        names = listdir(here)
    except NotFoundError as error:
        if onerror is not None:
            onerror(error)
        return
    inside = [n for n in names if os.path.isdir(os.path.join(here, n))]
    entry = here, inside, [n for n in names if n not in inside]
    if topdown:
        yield entry
    for name in inside:
        yield from walk(os.path.join(here, name), topdown, onerror)
    if not topdown:
        yield entry


@export("compat.v1.gfile.Walk")
def walk_v1(top: Any, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """`tf.io.gfile.walk`; `in_order`: directories come before what is in them."""
    return walk(top, topdown=in_order)


@export("io.gfile.get_registered_schemes")
def get_registered_schemes() -> list[str]:
    """The schemes of paths that can be used: those of local files."""
    return list(SCHEMES)
