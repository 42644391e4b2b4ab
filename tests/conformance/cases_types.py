"""`tf.DType`, `tf.TensorShape`, type specs: methods, comparisons, text, errors."""

from __future__ import annotations

import copy
import pickle

import ml_dtypes
import numpy as np

from .runner import Program, raised

# ---------------------------------------------------------------- dtypes

NAMES = (
    "bool int4 uint4 int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 half bfloat16 float32 float64 double "
    "float8_e5m2 float8_e4m3fn complex64 complex128 string resource variant qint8 qint16 qint32 quint8 quint16"
).split()
FLAGS = "is_integer is_floating is_complex is_bool is_unsigned is_quantized is_numeric is_numpy_compatible".split()


def _value(fn):
    try:
        value = fn()
    except Exception as error:
        return type(error).__name__
    return value.item() if isinstance(value, np.generic) and not hasattr(ml_dtypes, value.dtype.name) else value


def _dtype(tf, name):
    d = getattr(tf, name) if hasattr(tf, name) else tf.dtypes.as_dtype(name)
    numpy = _value(lambda: np.dtype(d.as_numpy_dtype).name)
    numbers = [
        _value(lambda: float(d.min)),
        _value(lambda: float(d.max)),
        _value(lambda: d.limits[0] < d.limits[1]),
    ]
    flags = {f: bool(getattr(d, f)) for f in FLAGS if hasattr(d, f)}
    related = [_value(lambda: d.real_dtype), _value(lambda: d.base_dtype)]
    return [d.name, str(d), repr(d), d.size, d.as_datatype_enum, numpy, numbers, flags, related]


def _dtype_equality(tf, name):
    d = tf.dtypes.as_dtype(name)
    return [
        d == name,
        d == tf.dtypes.as_dtype(d.as_datatype_enum),
        d != "float32",
        d == None,  # noqa: E711
        d == "no such dtype",
        d == 3.5,
        hash(d) == hash(tf.dtypes.as_dtype(name)),
        d is tf.dtypes.as_dtype(name),
        d in {tf.float32: 1, tf.int32: 2},
        d.is_compatible_with(tf.float32),
        pickle.loads(pickle.dumps(d)) is d,
        copy.deepcopy(d) is d,
    ]


AS_DTYPE = {
    "name": "float32",
    "python-float": float,
    "python-int": int,
    "python-bool": bool,
    "python-complex": complex,
    "python-str": str,
    "python-bytes": bytes,
    "python-object": object,
    "np-type": np.int16,
    "np-dtype": np.dtype("uint8"),
    "np-str": np.dtype("U3"),
    "np-bytes": np.dtype("S3"),
    "np-object": np.dtype(object),
    "np-longdouble": np.longdouble,
    "np-datetime": np.dtype("datetime64[s]"),
    "bfloat16-type": ml_dtypes.bfloat16,
    "enum": 3,
    "enum-ref": 101,
    "enum-bad": 1000,
    "none": None,
    "bad-name": "float33",
    "ref-name": "float32_ref",
    "list": [1],
    "array": np.ones(2),
    "upper-case": "FLOAT32",
    "np-short-code": "f4",
    "int-alias": "int",
    "float-alias": "float",
}

DTYPES = [
    *(Program(f"dtype-{name}", lambda tf, name=name: _dtype(tf, name)) for name in NAMES),
    *(Program(f"dtype-equality-{name}", lambda tf, name=name: _dtype_equality(tf, name)) for name in NAMES),
    *(Program(f"as-dtype-{name}", lambda tf, value=value: tf.as_dtype(value)) for name, value in AS_DTYPE.items()),
    Program(
        "dtype-aliases",
        lambda tf: [
            tf.half is tf.float16,
            tf.double is tf.float64,
            tf.dtypes.float32 is tf.float32,
            tf.dtypes.as_dtype is tf.as_dtype,
            tf.DType is tf.dtypes.DType,
        ],
    ),
    Program(
        "dtype-of-numpy",
        lambda tf: [
            np.zeros(2, tf.float32.as_numpy_dtype).dtype.name,
            np.dtype(tf.int8.as_numpy_dtype).name,
            raised(lambda: np.zeros(2, dtype=tf.float32)),
            tf.float32 == np.float32,
            np.float32 == tf.float32,
            np.dtype("int32") == tf.int32,
        ],
    ),
    Program(
        "dtype-methods",
        lambda tf: [
            tf.float32.is_compatible_with("float32"),
            raised(lambda: tf.float32.is_compatible_with("no")),
            raised(lambda: sorted([tf.float32, tf.int32])),
            isinstance(tf.float32, tf.DType),
            raised(lambda: tf.string.min),
            raised(lambda: tf.string.limits),
            raised(lambda: setattr(tf.float32, "name", "x")),
        ],
    ),
    Program(
        "dtype-constructor",
        lambda tf: [
            tf.DType(1),
            tf.DType(1) == tf.float32,
            raised(lambda: tf.DType("float32")),
            raised(lambda: tf.DType(999)),
        ],
    ),
    Program("complex-real", lambda tf: [tf.complex64.real_dtype, tf.complex128.real_dtype, tf.float32.real_dtype]),
]

# ---------------------------------------------------------------- shapes

SHAPES = {
    "unknown": None,
    "scalar": [],
    "vector": [3],
    "matrix": [2, 3],
    "partial": [None, 3],
    "all-unknown": [None, None],
    "zero": [0, 2],
    "three": [2, None, 4],
}


def _shape(tf, value):
    s = tf.TensorShape(value)
    return [
        _value(lambda: s.rank),
        _value(lambda: s.ndims),
        _value(lambda: str(s.dims)),
        _value(s.as_list),
        _value(s.num_elements),
        _value(s.is_fully_defined),
        _value(lambda: len(s)),
        _value(lambda: list(s)),
        _value(lambda: bool(s)),
        repr(s),
        str(s),
        _value(lambda: s[0]),
        _value(lambda: s[-1]),
        _value(lambda: s[1:]),
        _value(lambda: s[:1]),
        _value(lambda: s[::2]),
        _value(lambda: s[7]),
        _value(lambda: s.with_rank(2)),
        _value(lambda: s.with_rank_at_least(1)),
        _value(lambda: s.with_rank_at_most(2)),
        _value(lambda: s.assert_has_rank(2)),
        _value(s.assert_is_fully_defined),
        _value(lambda: str(s.as_proto())),
        _value(lambda: hash(s) == hash(tf.TensorShape(value))),
        _value(lambda: tuple(s)),
        _value(lambda: 3 in s),
        _value(lambda: s + [5]),
        _value(lambda: [5] + s),
        _value(lambda: s.concatenate([None, 1])),
        pickle.loads(pickle.dumps(s)),
        copy.deepcopy(s),
    ]


def _pair(tf, left, right):
    a, b = tf.TensorShape(left), tf.TensorShape(right)
    return [
        a == b,
        a != b,
        a == right,
        _value(lambda: a.is_compatible_with(b)),
        _value(lambda: a.assert_is_compatible_with(b)),
        _value(lambda: a.assert_same_rank(b)),
        _value(lambda: a.merge_with(b)),
        _value(lambda: a.most_specific_compatible_shape(b)),
        _value(lambda: a.concatenate(b)),
        _value(lambda: a.is_subtype_of(b)),
        _value(lambda: a.most_specific_common_supertype([b])),
        _value(lambda: tf.broadcast_static_shape(a, b)),
    ]


MADE = {
    "int": 3,
    "tuple": (1, 2),
    "shape": None,
    "string": "ab",
    "float": [1.5],
    "negative": [-1],
    "negative-2": [-2, 3],
    "np-int": [np.int64(2), np.int32(3)],
    "np-array": np.array([2, 3]),
    "bool": [True],
    "nested": [[1]],
    "whole-float": [2.0],
    "object": [object()],
    "generator": (i for i in ()),
    "range": range(3),
}

SHAPE_CASES = [
    *(Program(f"shape-{name}", lambda tf, value=value: _shape(tf, value)) for name, value in SHAPES.items()),
    *(
        Program(f"shapes-{a}-and-{b}", lambda tf, x=x, y=y: _pair(tf, x, y))
        for a, x in SHAPES.items()
        for b, y in SHAPES.items()
    ),
    *(Program(f"shape-from-{name}", lambda tf, value=value: tf.TensorShape(value)) for name, value in MADE.items()),
    Program(
        "shape-from-dimensions",
        lambda tf: [
            tf.TensorShape([tf.compat.v1.Dimension(3), None]),
            tf.compat.v1.Dimension(3) + 1 == 4,
            tf.zeros([tf.compat.v1.Dimension(3), 2]),
            tf.constant([[1, tf.compat.v1.Dimension(3)]]),
            raised(lambda: tf.constant([2.0, tf.compat.v1.Dimension(3)])),
            tf.TensorShape(tf.TensorShape([1, None])),
        ],
    ),
    Program(
        "shape-from-tensor",
        lambda tf: [
            raised(lambda: tf.TensorShape(tf.constant([1, 2]))),
            raised(lambda: tf.TensorShape([tf.constant(1)])),
        ],
    ),
    Program(
        "shape-is-immutable",
        lambda tf: [
            raised(lambda: tf.TensorShape([1]).__setitem__(0, 2)),
            raised(lambda: setattr(tf.TensorShape([1]), "rank", 2)),
        ],
    ),
    Program("shape-as-key", lambda tf: {tf.TensorShape([1, 2]): 1}[tf.TensorShape((1, 2))]),
    Program(
        "shape-arithmetic",
        lambda tf: [
            tf.TensorShape([2, 3])[0] * 2,
            np.prod(tf.TensorShape([2, 3])),
            [*tf.TensorShape([2, 3]), 4],
            tf.zeros(tf.TensorShape([2]) + [3]),
        ],
    ),
    Program(
        "broadcast-dynamic-shape",
        lambda tf: [
            tf.broadcast_dynamic_shape([2, 1], [3]),
            raised(lambda: tf.broadcast_dynamic_shape([2], [3])),
        ],
    ),
    Program(
        "get-static-value",
        lambda tf: [
            tf.get_static_value(tf.constant([1, 2])),
            tf.get_static_value(tf.constant("a")),
            tf.function(
                lambda x: (
                    tf.get_static_value(x) is None,
                    tf.get_static_value(tf.constant(3)),
                    tf.get_static_value(tf.shape(x)),
                )
            )(tf.constant([1, 2])),
        ],
    ),
]

# ---------------------------------------------------------------- type specs


def _spec(tf, shape, dtype, name=None):
    s = tf.TensorSpec(shape, dtype, name)
    return [
        s.shape,
        s.dtype,
        s.name,
        repr(s),
        s == tf.TensorSpec(shape, dtype, name),
        s == tf.TensorSpec(shape, dtype, "other"),
        hash(s) == hash(tf.TensorSpec(shape, dtype, name)),
        s.value_type is tf.Tensor,
        s.is_compatible_with(tf.ones([2, 3], dtype)),
        s.is_compatible_with(tf.ones([2], dtype)),
        s.is_compatible_with(tf.TensorSpec([2, 3], dtype)),
        s.is_compatible_with(tf.TensorSpec([2, 3], "string")),
        s.is_subtype_of(tf.TensorSpec(None, dtype)),
        _value(lambda: s.most_specific_common_supertype([tf.TensorSpec([5, 3], dtype)])),
        _value(lambda: s.most_specific_compatible_type(tf.TensorSpec([5, 3], dtype))),
        pickle.loads(pickle.dumps(s)) == s,
    ]


SPECS = [
    Program("spec-static", lambda tf: _spec(tf, [2, 3], tf.float32)),
    Program("spec-partial", lambda tf: _spec(tf, [None, 3], tf.int32, "x")),
    Program("spec-unknown", lambda tf: _spec(tf, None, tf.float64)),
    Program(
        "spec-defaults",
        lambda tf: [
            tf.TensorSpec([1]).dtype,
            raised(lambda: tf.TensorSpec()),
            raised(lambda: tf.TensorSpec([1], "no")),
        ],
    ),
    Program(
        "spec-of",
        lambda tf: [
            tf.TensorSpec.from_tensor(tf.ones([2]), name="n").name,
            tf.TensorSpec.from_spec(tf.TensorSpec([1], name="m")).name,
            tf.type_spec_from_value(tf.ones([2])),
            repr(tf.type_spec_from_value(tf.IndexedSlices(tf.ones([2]), tf.constant([0, 1])))),
            raised(lambda: tf.type_spec_from_value(3)),
            raised(lambda: tf.type_spec_from_value(object())),
        ],
    ),
    Program(
        "spec-bases",
        lambda tf: [
            isinstance(tf.TensorSpec([1]), tf.TypeSpec),
            issubclass(tf.TensorSpec, tf.TypeSpec),
            issubclass(tf.IndexedSlicesSpec, tf.TypeSpec),
            raised(lambda: tf.TypeSpec()),
        ],
    ),
    Program(
        "spec-is-immutable",
        lambda tf: [
            raised(lambda: setattr(tf.TensorSpec([1]), "shape", [2])),
            raised(lambda: setattr(tf.TensorSpec([1]), "dtype", tf.int32)),
        ],
    ),
    Program(
        "indexed-slices-spec",
        lambda tf: [
            repr(tf.IndexedSlicesSpec([None, 2])),
            tf.IndexedSlicesSpec([None, 2]) == tf.IndexedSlicesSpec([None, 2]),
            tf.IndexedSlicesSpec([3]).is_compatible_with(tf.IndexedSlicesSpec([3])),
        ],
    ),
    Program("variable-spec", lambda tf: [repr(tf.type_spec_from_value(tf.Variable([1.0])).shape)]),
    Program("indexed-slices", lambda tf: _indexed_slices(tf)),
]


def _indexed_slices(tf):
    s = tf.IndexedSlices(tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.constant([2, 0]), tf.constant([4, 2]))
    open_ = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
    return [
        s,
        s.shape,
        s.dtype,
        open_.shape,
        open_.dense_shape,
        tf.convert_to_tensor(s),
        raised(lambda: tf.convert_to_tensor(open_)),
        -s,
        s.device,
        tf.reduce_sum(s),
        tf.add(s, 1.0),
        tf.nest.flatten(s, expand_composites=True),
        raised(lambda: tf.convert_to_tensor(s, tf.int32)),
        raised(lambda: s + 1.0),
        raised(lambda: s[0]),
    ]


CASES = [*DTYPES, *SHAPE_CASES, *SPECS]
