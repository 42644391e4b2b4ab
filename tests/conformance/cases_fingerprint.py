"""`tf.fingerprint`, and the NumPy dtype of quantized tensors."""

from .inputs import arr, f32, strs
from .runner import Case, Program


def _quantized(tf):
    dtypes = [getattr(tf, d) for d in ("qint8", "quint8", "qint16", "quint16", "qint32")]
    tensors = [tf.quantization.quantize([1.0, 2.0], 0.0, 3.0, d)[0] for d in dtypes]
    return [(str(t.numpy().dtype), t.numpy().tolist()) for t in tensors]


CASES = [
    Case("strings", "fingerprint", [arr(["a", "bc", ""], "string")]),
    Case("string-rows", "fingerprint", [strs(3, 4)]),
    Case("numbers", "fingerprint", [arr([[0, 1, 2], [3, 4, 5]], "int64")]),
    Case("bools", "fingerprint", [arr([True, False], "bool")]),
    Case("floats", "fingerprint", [f32(2, 3, 30)]),
    Case("empty", "fingerprint", [f32(0, 3)]),
    Case("scalar", "fingerprint", [f32()]),
    Case("method", "fingerprint", [f32(2)], kwargs={"method": "crc"}),
    Program("quantized-dtypes", _quantized),
]
