"""Kernels that read and write whole files."""

from __future__ import annotations

import os

import numpy as np

from tfshim import files
from tfshim.ops.kernels.array_common import host_array
from tfshim.ops.kernels.strings import each
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, invalid
from tfshim.shapes import from_dims


@kernel("ReadFile", host=True)
def read_file(filename):
    if filename.ndim:
        raise invalid(f"Input filename tensor must be scalar, but had shape: {list(filename.shape)}")
    return host_array(files.read(filename.item()))


@kernel("WriteFile", host=True)
def write_file(filename, contents):
    for what, value in (("filename", filename), ("contents", contents)):
        if value.ndim:
            raise invalid(f"Input {what} tensor must be scalar, but had shape: {list(value.shape)}")
    name = files.local(filename.item())
    with files.as_op_errors(name):
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "wb") as file:
            file.write(contents.item())
    return ()


@kernel("MatchingFiles", host=True)
def matching_files(pattern):
    if pattern.ndim > 1:
        raise invalid(f"Input patterns tensor must be scalar or vector, but had shape: {list(pattern.shape)}")
    found = sorted(name for p in pattern.ravel().tolist() for name in files.matching(p))
    return np.array([name.encode() for name in found], object)


@kernel("ShardedFilename", host=True)
def sharded_filename(basename, shard, num_shards):
    return each(lambda b, i, n: b"%s-%05d-of-%05d" % (b, i, n), basename, shard, num_shards)


@kernel("ShardedFilespec", host=True)
def sharded_filespec(basename, num_shards):
    return each(lambda b, n: b"%s-?????-of-%05d" % (b, n), basename, num_shards)


@shape_function("ReadFile", "ShardedFilename", "ShardedFilespec")
def _(op):
    return SCALAR


@shape_function("WriteFile")
def _(op):
    return []


@shape_function("MatchingFiles")
def _(op):
    return from_dims((None,))
