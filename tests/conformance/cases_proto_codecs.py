"""`tf.io.decode_proto` and `encode_proto`: messages of protocol buffers as tensors of their fields."""

from __future__ import annotations

import numpy as np

from .inputs import arr
from .runner import Case, Program, raised

TENSOR = "tensorflow.TensorProto"
# dtype, int_val, float_val, string_val, double_val and bool_val; and dtype with tensor_content.
MESSAGES = [
    b"\x08\x03\x3a\x03\x01\x02\x03\x2a\x04\x00\x00\x00\x3f\x42\x01x\x32\x08"
    + np.float64(2.5).tobytes()
    + b"\x5a\x01\x01",
    b"\x08\x01\x12\x04\x12\x02\x08\x02\x22\x04abcd",
]


def _decode(tf, data, names, types, **options):
    return list(tf.io.decode_proto(data, TENSOR, names, types, **options))


def _fields(tf, data):
    names = ["dtype", "int_val", "float_val", "string_val", "tensor_content", "bool_val", "version_number"]
    types = [tf.int32, tf.int64, tf.float64, tf.string, tf.string, tf.bool, tf.int32]
    return [
        _decode(tf, data, names, types),
        _decode(tf, data, ["tensor_shape"], [tf.string]),
        _decode(tf, data, [], []),
    ]


def _encode(tf, sizes, numbers, texts):
    return tf.io.encode_proto(sizes, [numbers, texts], ["int_val", "string_val"], TENSOR)


def _refused(tf):
    data = MESSAGES[0]
    number = np.array([[7]], np.int32)
    decode, encode = _decode, tf.io.encode_proto
    return [
        raised(lambda: decode(tf, data, ["double_val"], [tf.float32])),
        raised(lambda: decode(tf, data, ["int_val"], [tf.float32])),
        raised(lambda: decode(tf, data, ["foo"], [tf.float32])),
        raised(lambda: decode(tf, data, ["int_val", "dtype"], [tf.int32])),
        raised(lambda: decode(tf, b"\xff\xff", ["int_val"], [tf.int32])),
        raised(lambda: decode(tf, "xx", ["int_val"], [tf.int32], message_format="text")),
        raised(lambda: decode(tf, data, ["int_val"], [tf.int32], descriptor_source="/no/such/file")),
        raised(lambda: tf.io.decode_proto(data, "tensorflow.Foo", ["a"], [tf.int32])),
        raised(lambda: encode([1], [number[0]], ["int_val"], TENSOR)),
        raised(lambda: encode([[1]], [number * 1.0], ["int_val"], TENSOR)),
        raised(lambda: encode([[2]], [number], ["int_val"], TENSOR)),
        raised(lambda: encode([[1, 1]], [number], ["int_val"], TENSOR)),
        raised(lambda: encode([[1]], [number], ["foo"], TENSOR)),
    ]


CASES = [
    Case("decode", _fields, [arr(MESSAGES, "string")]),
    Case("decode-matrix", lambda tf, x: _decode(tf, x, ["int_val"], [tf.int32]), [arr([MESSAGES], "string")]),
    Case(
        "decode-text",
        lambda tf, x: _decode(tf, x, ["dtype", "int_val"], [tf.int32, tf.int32], message_format="text"),
        [arr(["dtype: DT_INT32 int_val: 7 int_val: 8", ""], "string")],
    ),
    Case(
        "encode",
        _encode,
        [arr([[2, 1], [0, 2]], "int32"), arr([[1, 2], [3, 4]], "int32"), arr([["a", "b"], ["c", "d"]], "string")],
    ),
    Program("refused", _refused),
]
