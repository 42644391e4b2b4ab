"""`tf.compat.v1.resource_loader`: files beside the code that asks for them."""

from __future__ import annotations

import inspect
import os
import sys

from tfshim.export import export


def _folder(depth: int) -> str:
    """The folder of the code that called the caller."""
    return os.path.dirname(inspect.getfile(sys._getframe(depth)))


@export("compat.v1.resource_loader.get_data_files_path")
def get_data_files_path():
    """The folder of the code that calls this."""
    return _folder(2)


@export("compat.v1.resource_loader.get_path_to_datafile")
def get_path_to_datafile(path):
    """The path of a file whose name is relative to the code that calls this."""
    return os.path.join(_folder(2), path)


@export("compat.v1.resource_loader.readahead_file_path")
def readahead_file_path(path, readahead="128M"):
    """The path itself: files are read as they are asked for."""
    return path
