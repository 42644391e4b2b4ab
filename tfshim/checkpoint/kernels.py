"""Kernels of the ops that write and read checkpoint files."""

from __future__ import annotations

import numpy as np

from tfshim.checkpoint import bundle_writer, old_format, slice_specs
from tfshim.checkpoint.stored_tensors import StoredTensors
from tfshim.dtypes import DType
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import UNKNOWN, invalid, shape_text
from tfshim.shapes import TensorShape


def _texts(array: np.ndarray) -> list[str]:
    return [text.decode() for text in array.ravel().tolist()]


def _prefix(array: np.ndarray) -> str:
    """The only element: a vector of one is taken too."""
    texts = _texts(array)
    if len(texts) != 1:
        raise invalid(f"Input prefix should be a scalar tensor, got {len(texts)} elements instead.")
    return texts[0]


def _names_and_specs(names: np.ndarray, specs: np.ndarray, count: int, what: str) -> list[tuple[str, str]]:
    for name, array in (("tensor_names", names), ("shape_and_slices", specs)):
        if array.ndim != 1:
            raise invalid(f"Input {name} should be an 1-D tensor, got {shape_text(array.shape)} instead.")
    if names.size != specs.size:
        raise invalid(
            f"tensor_names and shape_and_slices have different number of elements: {names.size} vs. {specs.size}"
        )
    if names.size != count:
        raise invalid(f"Got {names.size} tensor names, but {count} {what}.")
    return list(zip(_texts(names), _texts(specs), strict=True))


@kernel("SaveV2", host=True)
def save(prefix, tensor_names, shape_and_slices, tensors, *, dtypes):
    rows = _names_and_specs(tensor_names, shape_and_slices, len(tensors), "tensors")
    with bundle_writer.BundleWriter(_prefix(prefix)) as writer:
        for (name, spec), array, dtype in zip(rows, tensors, dtypes, strict=True):
            if not spec:
                writer.add(name, array, dtype)
                continue
            shape, extents = slice_specs.parse_spec(spec)
            if slice_specs.shape_of(extents, shape) != array.shape:
                raise invalid(
                    "Slice in shape_and_slice specification does not match the shape of the tensor to  save: "
                    f"{spec}, tensor: {shape_text(array.shape)}"
                )
            writer.add_slice(name, shape, extents, array, dtype)
    return ()


@kernel("RestoreV2", host=True)
def restore(prefix, tensor_names, shape_and_slices, *, dtypes):
    rows = _names_and_specs(tensor_names, shape_and_slices, len(dtypes), "expected dtypes")
    reader = old_format.open_checkpoint(_prefix(prefix))
    with reader.open_files():
        return tuple(_restored(reader, name, spec, dtype) for (name, spec), dtype in zip(rows, dtypes, strict=True))


def _restored(reader: StoredTensors, name: str, spec: str, dtype: DType) -> np.ndarray:
    stored = reader.dtype(name)
    if stored != dtype:
        raise invalid(
            f"tensor_name = {name}; expected dtype {_c_name(dtype)} does not equal original dtype {_c_name(stored)}"
        )
    if not spec:
        return reader.read(name)
    shape, extents = slice_specs.parse_spec(spec)
    if shape != reader.shape(name):
        raise invalid(
            f"tensor_name = {name}; shape in shape_and_slice spec {shape_text(shape)} does not match the shape stored "
            f"in checkpoint: {shape_text(reader.shape(name))}"
        )
    return reader.read_slice(name, extents)


def _c_name(dtype: DType) -> str:
    """The name by which messages of ops call a dtype."""
    return {"float32": "float", "float64": "double", "float16": "half"}.get(dtype.name, dtype.name)


@shape_function("RestoreV2")
def _(op):
    names, specs = op.static(1), op.static(2)
    count = len(op.attr("dtypes"))
    if specs is None or names is None:
        return [UNKNOWN] * count
    return [_shape_of_spec(spec) for spec in _texts(specs)]


def _shape_of_spec(spec: str) -> TensorShape:
    if not spec:
        return UNKNOWN
    shape, extents = slice_specs.parse_spec(spec)
    return TensorShape(slice_specs.shape_of(extents, shape))


@kernel("MergeV2Checkpoints", host=True)
def merge_checkpoints(checkpoint_prefixes, destination_prefix, *, delete_old_dirs, allow_missing_files):
    prefixes = _texts(checkpoint_prefixes)
    bundle_writer.merge(prefixes, _prefix(destination_prefix), delete_old_dirs, allow_missing_files)
    return ()


# The older format: one file.


@kernel("SaveSlices", host=True)
def save_slices(filename, tensor_names, shapes_and_slices, data, *, T):
    rows = _names_and_specs(tensor_names, shapes_and_slices, len(data), "tensors")
    old_format.write(_prefix(filename), [(*row, array, dtype) for row, array, dtype in zip(rows, data, T, strict=True)])
    return ()


@kernel("Save", host=True)
def save_file(filename, tensor_names, data, *, T):
    return save_slices(filename, tensor_names, np.full(len(data), b"", object), data, T=T)


@kernel("RestoreSlice", host=True)
def restore_slice(file_pattern, tensor_name, shape_and_slice, *, dt):
    reader = old_format.OldReader(_prefix(file_pattern))
    return _restored(reader, _prefix(tensor_name), _prefix(shape_and_slice), dt)


@kernel("Restore", host=True)
def restore_file(file_pattern, tensor_name, *, dt):
    return restore_slice(file_pattern, tensor_name, np.full(1, b"", object), dt=dt)


@shape_function("RestoreSlice")
def _(op):
    spec = op.static(2)
    return UNKNOWN if spec is None else _shape_of_spec(_texts(spec)[0])


@shape_function("Restore")
def _(op):
    return UNKNOWN
