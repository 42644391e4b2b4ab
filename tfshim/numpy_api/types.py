"""NumPy's types and constants, under the names that they have in `tf.experimental.numpy`."""

from __future__ import annotations

import numpy as np

from tfshim.export import export
from tfshim.numpy_api.arrays import numpy_type

# NumPy 2 dropped some of the names.
_TYPES = {
    **{
        name: getattr(np, name)
        for name in "bool_ float16 float32 float64 complex64 complex128 int8 int16 int32 int64 int_ "
        "uint8 uint16 uint32 uint64 object_ inexact".split()
    },
    "float_": np.float64,
    "complex_": np.complex128,
    "string_": np.bytes_,
    "unicode_": np.str_,
    "iinfo": np.iinfo,
    "pi": np.pi,
    "e": np.e,
    "inf": np.inf,
    "newaxis": None,
}

for _name, _value in _TYPES.items():
    export(f"experimental.numpy.{_name}")(_value)

issubdtype = export("experimental.numpy.issubdtype")(np.issubdtype)


@export("experimental.numpy.finfo")
def finfo(dtype):
    """NumPy's limits of a floating-point type, given as a NumPy or TensorFlow type."""
    return np.finfo(numpy_type(dtype))
