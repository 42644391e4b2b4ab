# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.dtypes import experimental as experimental
from tfshim.api.casting import cast as cast
from tfshim.api.casting import complex_ as complex
from tfshim.api.casting import saturate_cast as saturate_cast
from tfshim.dtypes import DType as DType
from tfshim.dtypes import DType as _DType
from tfshim.dtypes import as_dtype as as_dtype

QUANTIZED_DTYPES: _Any
bfloat16: _DType
bool: _DType
complex128: _DType
complex64: _DType
double: _DType
float16: _DType
float32: _DType
float64: _DType
half: _DType
int16: _DType
int32: _DType
int64: _DType
int8: _DType
qint16: _DType
qint32: _DType
qint8: _DType
quint16: _DType
quint8: _DType
resource: _DType
string: _DType
uint16: _DType
uint32: _DType
uint64: _DType
uint8: _DType
variant: _DType
