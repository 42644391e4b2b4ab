"""Dtypes, shapes, errors and type specs: the same expressions under TensorFlow and under tfshim."""

import copy
import importlib
import pickle
import re
from types import SimpleNamespace

import numpy as np
import pytest

tensorflow = pytest.importorskip("tensorflow")

from tensorflow.python.framework import dtypes as their_dtypes  # noqa: E402
from tensorflow.python.framework import errors_impl as their_errors  # noqa: E402
from tensorflow.python.framework import tensor as their_tensor  # noqa: E402
from tensorflow.python.framework import tensor_shape as their_shapes  # noqa: E402
from tensorflow.python.framework import type_spec_registry as their_registry  # noqa: E402

import tfshim  # noqa: E402

# `from tfshim import dtypes` is the public namespace tf.dtypes.
dtypes, errors, shapes, type_spec = (
    importlib.import_module(f"tfshim.{name}") for name in ("dtypes", "errors", "shapes", "type_spec")
)

THEIRS = SimpleNamespace(
    tf=tensorflow,
    v1=tensorflow.compat.v1,
    dtypes=their_dtypes,
    shapes=their_shapes,
    errors=their_errors,
    Bounded=their_tensor.BoundedTensorSpec,
    Dense=their_tensor.DenseSpec,
    registry=their_registry,
)
OURS = SimpleNamespace(
    tf=tfshim,
    v1=tfshim.compat.v1,
    dtypes=dtypes,
    shapes=shapes,
    errors=errors,
    Bounded=type_spec.BoundedTensorSpec,
    Dense=type_spec.DenseSpec,
    registry=type_spec,
)


def plain(value):
    """A result in terms of no module."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return value
    if isinstance(value, (list, tuple, frozenset, set)):
        items = [plain(item) for item in value]
        return [type(value).__name__, sorted(items) if isinstance(value, (frozenset, set)) else items]
    if isinstance(value, (np.generic, np.ndarray)):
        return [type(value).__name__, str(value.dtype), str(value)]
    if isinstance(value, type):
        return value.__name__
    return [type(value).__name__, repr(value)]


def outcome(expression, module):
    try:
        return plain(expression(module))
    except Exception as error:
        return f"raised {type(error).__name__}"


def agree(expression):
    expected = outcome(expression, THEIRS)
    assert outcome(expression, OURS) == expected
    return expected


ENUMS = sorted(their_dtypes._INTERN_TABLE)

DTYPE_ATTRIBUTES = (
    "name size as_datatype_enum is_floating is_integer is_bool is_complex is_unsigned is_quantized "
    "is_numeric is_numpy_compatible as_numpy_dtype base_dtype real_dtype min max limits _is_ref_dtype _as_ref"
).split()


def _shown(value):
    # Without addresses: every worker of a parallel run must give a test the same name.
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


@pytest.mark.parametrize("enum", ENUMS)
def test_dtype_attributes(enum):
    for attribute in DTYPE_ATTRIBUTES:
        if attribute == "as_numpy_dtype" and enum % 100 == 7:
            # The same type under two names: TensorFlow gives `object` for one of string and string_ref.
            assert np.dtype(dtypes.DType(enum).as_numpy_dtype) == np.dtype(object)
            continue
        agree(lambda m, a=attribute: getattr(m.tf.DType(enum), a))
    agree(lambda m: (repr(m.tf.DType(enum)), str(m.tf.DType(enum)), int(m.tf.DType(enum))))


def test_dtype_pairs():
    for a in ENUMS:
        for b in ENUMS:
            agree(lambda m, a=a, b=b: m.tf.DType(a).is_compatible_with(m.tf.DType(b)))
            agree(lambda m, a=a, b=b: m.tf.DType(a) == m.tf.DType(b))


AS_DTYPE = [
    float, int, bool, complex, str, bytes, object, list, type(None), None, [], {}, 0, 1, 14, 101, 34, 999,
    7.5, 1.0, True, -1, "<f4", "f4", "float", "double", "half", "int", "blah", "", "str", "object",
    "bool_", "uint4", "int2", "float32_ref", "float_ref", "half_ref", "bfloat16_ref", "float8_e5m2",
    "float4_e2m1fn", "resource", "variant", "qint8", "string", "FLOAT32", "tf.float32", np.float16,
    np.float64, np.longdouble, np.intp, np.intc, np.longlong, np.ulonglong, np.uint, np.bytes_, np.str_,
    np.object_, np.void, np.datetime64, np.generic, np.integer, np.dtype("int32"), np.dtype(">i4"),
    np.dtype("<U3"), np.dtype("S3"), np.dtype("O"), np.dtype("M8[s]"), np.dtype([("qint8", np.int8)]),
    np.dtype([("quint16", np.uint16)]), np.dtype([("x", np.int8)]), np.int32(3), np.zeros(2),
    np.array("a"), np.array([1, 2], np.complex64), np.bool_(True), np, np.dtypes.StringDType(),
]  # fmt: skip


@pytest.mark.parametrize("value", AS_DTYPE, ids=_shown)
def test_as_dtype(value):
    agree(lambda m: m.tf.as_dtype(value))
    agree(lambda m: m.tf.float32 == value)
    agree(lambda m: m.tf.string != value)


@pytest.mark.parametrize(
    "expression",
    [
        lambda m: m.tf.DType(999),
        lambda m: m.tf.DType("float32"),
        lambda m: m.tf.as_dtype(m.tf.float32) is m.tf.float32,
        lambda m: m.tf.half is m.tf.float16 and m.tf.double is m.tf.float64,
        lambda m: m.tf.dtypes.float32 is m.tf.float32,
        lambda m: m.tf.dtypes.QUANTIZED_DTYPES,
        lambda m: {m.tf.float32: 1}[m.tf.as_dtype("float32")],
        lambda m: m.tf.float32 in [m.tf.int32, np.float32],
        lambda m: m.tf.float32 < m.tf.int32,
        lambda m: np.dtype(m.tf.float32),
        lambda m: pickle.loads(pickle.dumps(m.tf.bfloat16)) is m.tf.bfloat16,
        lambda m: copy.deepcopy(m.tf.int8) is m.tf.int8 and copy.copy(m.tf.resource) is m.tf.resource,
        lambda m: m.tf.float32.is_subtype_of(m.tf.float32),
        lambda m: m.tf.float32.is_subtype_of(m.tf.int32),
        lambda m: m.tf.float32.most_specific_common_supertype([m.tf.float32]),
        lambda m: m.tf.float32.most_specific_common_supertype([m.tf.float32, m.tf.int32]),
        lambda m: m.tf.DType.experimental_from_proto(m.tf.int4.experimental_as_proto()),
        lambda m: isinstance(m.tf.float32, m.tf.types.experimental.TraceType),
        lambda m: m.tf.float32.nothing,
        lambda m: sorted(name for name in dir(m.tf.dtypes.experimental) if name[0] != "_"),
    ],
)
def test_dtype_expressions(expression):
    agree(expression)


def test_dtype_of_numpy():
    for dtype in ["bool", "int8", "uint64", "float16", "complex128", "O", "S4", "U2", ">f4"]:
        array_dtype = np.dtype(dtype)
        assert dtypes.of(array_dtype) is dtypes.as_dtype(array_dtype)
        assert dtypes.of(array_dtype) is dtypes.as_dtype(array_dtype)
    assert dtypes.of(dtypes.qint8.np_dtype) is dtypes.qint8
    with pytest.raises(TypeError):
        dtypes.of(np.dtype("M8[s]"))


def test_dtypes_are_immutable():
    with pytest.raises(AttributeError):
        dtypes.float32.name = "other"


class Indexable:
    def __index__(self):
        return 5


SHAPES = [
    None, [], (), [1], [3], [None], [2, 3], (2, None), [None, None], [None, 3], [2, 3, 4], [0], [2, 0],
    [1, 1], 5, np.int64(4), np.array([2, 3]), range(3), [np.int32(2), 3], [True, 2], [Indexable()],
    Indexable(), (2, 3), b"ab",
]  # fmt: skip
BAD_SHAPES = [[-1], [2, -3], -1, "a", ["a"], [1.5], 2.5, [[1]], {"a": 1}, object(), np.array([-1]), [2, "x"]]


def _make(m, value):
    return m.tf.TensorShape(value)


SHAPE_EXPRESSIONS = {
    "repr": repr,
    "str": str,
    "rank": lambda s: (s.rank, s.ndims),
    "dims": lambda s: s.dims,
    "as_list": lambda s: s.as_list(),
    "len": len,
    "bool": bool,
    "list": list,
    "num_elements": lambda s: s.num_elements(),
    "defined": lambda s: s.is_fully_defined(),
    "assert_defined": lambda s: s.assert_is_fully_defined(),
    "index": lambda s: (s[0], s[-1]),
    "index1": lambda s: s[1],
    "index_none": lambda s: s[None],
    "slice": lambda s: s[1:],
    "slice2": lambda s: s[:1],
    "slice3": lambda s: s[0:2],
    "slice4": lambda s: s[-2:-1],
    "slice5": lambda s: s[::2],
    "slice6": lambda s: s[1:5],
    "with_rank": lambda s: s.with_rank(2),
    "with_rank_at_least": lambda s: s.with_rank_at_least(2),
    "with_rank_at_most": lambda s: s.with_rank_at_most(1),
    "assert_has_rank": lambda s: s.assert_has_rank(2),
    "hash": lambda s: hash(s) == hash(type(s)(s)),
    "pickle": lambda s: pickle.loads(pickle.dumps(s)),
    "radd": lambda s: [7] + s,
    "add": lambda s: s + (7, None),
    "add_none": lambda s: s + None,
    "eq_list": lambda s: (s == [2, 3], s != [2, 3], s == (None,), s == None, s != None),  # noqa: E711
    "eq_other": lambda s: (s == "a", s != "a", s == 3, s == object()),
    "eq_negative": lambda s: s == [-1],
    "proto": lambda s: str(s.as_proto()),
    "proto_back": lambda s: type(s)(s.as_proto()),
    "proto_trace": lambda s: type(s).experimental_from_proto(s.experimental_as_proto()),
    "in": lambda s: (3 in s, None in s),
    "unpack": lambda s: [*s],
    "reversed": lambda s: list(reversed(s)),
    "static": lambda s: (s.flatten(), s.to_tensors(1), s.placeholder_value(None)),
    "numpy": lambda s: np.zeros(s).shape,
}


@pytest.mark.parametrize("value", SHAPES, ids=_shown)
@pytest.mark.parametrize("name", SHAPE_EXPRESSIONS)
def test_shape_expressions(value, name):
    agree(lambda m: SHAPE_EXPRESSIONS[name](_make(m, value)))


@pytest.mark.parametrize("value", BAD_SHAPES, ids=_shown)
def test_bad_shapes(value):
    assert agree(lambda m: _make(m, value)).startswith("raised")


@pytest.mark.parametrize(
    "method",
    [
        "is_compatible_with",
        "assert_is_compatible_with",
        "merge_with",
        "most_specific_compatible_shape",
        "concatenate",
        "assert_same_rank",
        "is_subtype_of",
        "__eq__",
        "__add__",
        "__radd__",
    ],
)
def test_shape_pairs(method):
    for a in SHAPES:
        for b in SHAPES:
            agree(lambda m, a=a, b=b: getattr(_make(m, a), method)(_make(m, b)))
    for b in [*SHAPES, *BAD_SHAPES]:
        agree(lambda m, b=b: getattr(_make(m, [2, 3]), method)(b))


def test_shape_supertypes():
    for a in SHAPES:
        for b in SHAPES:
            agree(lambda m, a=a, b=b: _make(m, a).most_specific_common_supertype([_make(m, b)]))
            agree(lambda m, a=a, b=b: _make(m, [2, 3]).most_specific_common_supertype([_make(m, a), _make(m, b)]))
    agree(lambda m: _make(m, [2]).most_specific_common_supertype([3]))
    agree(lambda m: _make(m, [2]).most_specific_common_supertype([]))


def test_shape_messages():
    for a, b in [([2, 3], [3, 2]), ([2], [2, 2]), ([None], [])]:
        for method in ["assert_is_compatible_with", "merge_with", "assert_same_rank"]:
            messages = []
            for m in (THEIRS, OURS):
                try:
                    getattr(_make(m, a), method)(_make(m, b))
                except ValueError as error:
                    messages.append(str(error))
            assert len(set(messages)) <= 1, messages


def test_unknown_shape():
    agree(lambda m: m.shapes.unknown_shape())
    agree(lambda m: m.shapes.unknown_shape(rank=2))
    agree(lambda m: m.shapes.unknown_shape(ndims=1))
    agree(lambda m: m.shapes.unknown_shape(other=1))


DIMENSIONS = [None, 0, 1, 3, 7]


@pytest.mark.parametrize(
    "operation",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a // b,
        lambda a, b: a % b,
        lambda a, b: a / b,
        lambda a, b: a == b,
        lambda a, b: a != b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
        lambda a, b: a.is_compatible_with(b),
        lambda a, b: a.assert_is_compatible_with(b),
        lambda a, b: a.merge_with(b),
    ],
)
def test_dimension_operations(operation):
    for a in DIMENSIONS:
        for b in DIMENSIONS:
            agree(lambda m, a=a, b=b: operation(m.v1.Dimension(a), m.v1.Dimension(b)))
            agree(lambda m, a=a, b=b: operation(m.v1.Dimension(a), b))
            agree(lambda m, a=a, b=b: operation(a, m.v1.Dimension(b)))
    for other in ["a", 1.5, object(), [1]]:
        agree(lambda m, other=other: operation(m.v1.Dimension(3), other))
        agree(lambda m, other=other: operation(other, m.v1.Dimension(3)))


@pytest.mark.filterwarnings("ignore:__(int|index)__ returned")
@pytest.mark.parametrize("value", [None, 0, 3, True, np.int64(4), -1, "a", 1.5, [1]], ids=_shown)
def test_dimension(value):
    agree(lambda m: m.v1.Dimension(value))
    agree(lambda m: str(m.v1.Dimension(value)))
    agree(lambda m: m.v1.Dimension(m.v1.Dimension(value)).value)
    agree(lambda m: bool(m.v1.Dimension(value)))
    agree(lambda m: int(m.v1.Dimension(value)))
    agree(lambda m: list(range(m.v1.Dimension(value))))
    agree(lambda m: hash(m.v1.Dimension(value)) is not None)
    agree(lambda m: pickle.loads(pickle.dumps(m.v1.Dimension(value))))
    agree(lambda m: m.tf.compat.dimension_value(m.v1.Dimension(value)))
    agree(lambda m: m.tf.compat.dimension_value(value))


def test_dimension_at_index():
    agree(lambda m: m.tf.compat.dimension_at_index(m.tf.TensorShape([2, None]), 1))
    agree(lambda m: m.tf.compat.dimension_at_index(m.tf.TensorShape(None), 1))
    agree(lambda m: m.tf.compat.dimension_at_index(m.tf.TensorShape([2]), 1))
    agree(lambda m: m.tf.compat.dimension_at_index([2], 0))


@pytest.fixture
def v1_shapes():
    for m in (THEIRS, OURS):
        m.v1.disable_v2_tensorshape()
    yield
    for m in (THEIRS, OURS):
        m.v1.enable_v2_tensorshape()


def test_shapes_of_tensorflow_1(v1_shapes):
    for value in [None, [], [2], [2, None]]:
        for expression in SHAPE_EXPRESSIONS.values():
            agree(lambda m, value=value, f=expression: f(_make(m, value)))


ERROR_NAMES = sorted(name for name in dir(tensorflow.errors) if not name.startswith("_"))


def test_every_error_is_there():
    assert sorted(name for name in dir(tfshim.errors) if not name.startswith("_")) == ERROR_NAMES


@pytest.mark.parametrize("name", ERROR_NAMES)
def test_error(name):
    if not isinstance(getattr(tensorflow.errors, name), type):
        agree(lambda m: getattr(m.tf.errors, name))
        return

    def get(m):
        return getattr(m.tf.errors, name)

    agree(lambda m: [base.__name__ for base in get(m).__mro__])
    agree(lambda m: get(m)(None, None, "message").error_code)
    agree(lambda m: get(m)(None, None, "message").message)
    agree(lambda m: (str(get(m)(None, None, "message")), repr(get(m)(None, None, "message"))))
    agree(lambda m: get(m)(None, None, "message", {"a": 1}).experimental_payloads["a"])
    agree(lambda m: get(m)("node", None, "message", 3).node_def)
    agree(lambda m: get(m)(None, None, "message", 3).op)
    agree(lambda m: get(m)(None, None, message="message").args)
    agree(lambda m: str(pickle.loads(pickle.dumps(get(m)(None, None, "message")))))
    agree(lambda m: str(pickle.loads(pickle.dumps(get(m)(None, None, "message", 3)))))
    agree(lambda m: get(m)("message").args)
    agree(lambda m: get(m)())


@pytest.mark.parametrize("code", range(-1, 18))
def test_error_of_code(code):
    agree(lambda m: m.v1.errors.exception_type_from_error_code(code))


@pytest.mark.filterwarnings("ignore:Unknown class exception")
def test_code_of_error():
    for name in ERROR_NAMES:
        if isinstance(getattr(tensorflow.errors, name), type):
            agree(lambda m, name=name: m.v1.errors.error_code_from_exception_type(getattr(m.tf.errors, name)))
    agree(lambda m: m.v1.errors.error_code_from_exception_type(ValueError))


def test_error_subclasses():
    def subclass(m):
        class Mine(m.tf.errors.InvalidArgumentError):
            pass

        error = Mine(None, None, "mine")
        return [str(error), error.error_code, isinstance(error, m.tf.errors.OpError), type(error).__name__]

    def subclass_of_base(m):
        class Mine(m.tf.errors.OpError):
            def __init__(self, message):
                super().__init__(None, None, message, 3)

        return [str(Mine("mine")), Mine("mine").error_code]

    agree(subclass)
    agree(subclass_of_base)


def test_error_of_an_operation():
    operation = SimpleNamespace(name="add", traceback=[("f.py", 1, "f", "x")], _original_op=None)
    inner = SimpleNamespace(name="add/grad", traceback=[("g.py", 2, "g", "y")], _original_op=operation)
    for op in (operation, inner):
        agree(lambda m, op=op: str(m.tf.errors.InternalError(None, op, "message")))


def test_classes_outside_tf_errors():
    agree(lambda m: [base.__name__ for base in m.errors.InaccessibleTensorError.__mro__])


SPECS = [
    ([],), ([2, 3],), ([None, 3],), (None,), ([2, 3], "int32"), ([2, 3], "float32", "x"), ([None, None],),
    ([2, 3], np.float64), ([2, 3], "float32", "y"), (5, "bool"),
]  # fmt: skip

SPEC_EXPRESSIONS = {
    "repr": repr,
    "attributes": lambda s: (s.shape, s.dtype, s.name),
    "hash": lambda s: hash(s) == hash(type(s)(s.shape, s.dtype, s.name)),
    "pickle": lambda s: pickle.loads(pickle.dumps(s)),
    "copy": lambda s: copy.deepcopy(s) == s,
    "serialize": lambda s: s._serialize(),
    "deserialize": lambda s: s._deserialize(s._serialize()),
    "batch": lambda s: s._batch(4),
    "batch_none": lambda s: s._batch(None),
    "unbatch": lambda s: s._unbatch(),
    "ranks": lambda s: s._with_tensor_ranks_only(),
    "nameless": lambda s: s._without_tensor_names(),
    "flat": lambda s: (s._flat_tensor_specs, s.flatten()),
    "components": lambda s: s._component_specs,
    "value_type": lambda s: s.value_type,
    "legacy": lambda s: (s._to_legacy_output_types(), s._to_legacy_output_shapes()),
    "from_spec": lambda s: type(s).from_spec(s, "new"),
    "from_spec_same": lambda s: type(s).from_spec(s),
    "set": lambda s: setattr(s, "shape", [1]),
    "set_new": lambda s: setattr(s, "new", 1),
    "tracing": lambda s: s.__tf_tracing_type__(None),
    "from_tensor": lambda s: type(s).from_tensor(3),
    "encoder": lambda s: s.__batch_encoder__.batch(s, 2),
}


@pytest.mark.parametrize("args", SPECS, ids=_shown)
@pytest.mark.parametrize("name", SPEC_EXPRESSIONS)
def test_spec_expressions(args, name):
    agree(lambda m: SPEC_EXPRESSIONS[name](m.tf.TensorSpec(*args)))


@pytest.mark.parametrize(
    "method", ["is_compatible_with", "is_subtype_of", "most_specific_compatible_type", "__eq__", "__ne__"]
)
def test_spec_pairs(method):
    for a in SPECS:
        for b in SPECS:
            agree(lambda m, a=a, b=b: getattr(m.tf.TensorSpec(*a), method)(m.tf.TensorSpec(*b)))
    agree(lambda m: getattr(m.tf.TensorSpec([2]), method)(m.Bounded([2], "float32", 0, 1)))


def test_spec_supertypes():
    for a in SPECS:
        for b in SPECS:
            agree(
                lambda m, a=a, b=b: m.tf.TensorSpec([2, 3]).most_specific_common_supertype(
                    [m.tf.TensorSpec(*a), m.tf.TensorSpec(*b)]
                )
            )
    agree(lambda m: m.tf.TensorSpec([2]).most_specific_common_supertype([]))


@pytest.mark.parametrize(
    "expression",
    [
        lambda m: m.tf.TensorSpec("a"),
        lambda m: m.tf.TensorSpec([2], "nothing"),
        lambda m: m.tf.TensorSpec([2], int),
        lambda m: m.tf.TensorSpec([-1]),
        lambda m: m.tf.TensorSpec(),
        lambda m: m.tf.TensorSpec([2]).is_compatible_with(3),
        lambda m: m.tf.TensorSpec([2]).is_compatible_with(np.zeros(2, np.float32)),
        lambda m: isinstance(m.tf.TensorSpec([2]), (m.tf.TypeSpec, m.tf.types.experimental.TraceType)),
        lambda m: isinstance(m.tf.TensorSpec([2]), m.tf.types.experimental.TraceType),
        lambda m: m.tf.TypeSpec(),
        lambda m: m.registry.lookup("tf.TensorSpec"),
        lambda m: m.registry.get_name(m.Bounded),
        lambda m: m.registry.lookup("tf.Nothing"),
        lambda m: m.registry.get_name(m.Dense),
        lambda m: m.registry.register("bad name"),
        lambda m: m.registry.register("tf.TensorSpec")(m.Dense),
        lambda m: m.tf.nest.flatten(m.tf.TensorSpec([2]), expand_composites=True),
        lambda m: m.tf.type_spec_from_value(np.zeros([2, 3], np.int8)),
        lambda m: m.tf.type_spec_from_value([np.zeros(3), np.zeros(4)]),
        lambda m: m.Bounded([2, 3], "int32", 0, [1, 2, 3]),
        lambda m: m.Bounded([2, 3], "int32", 0, [1, 2]),
        lambda m: m.Bounded([2, 3], "int32", None, 1),
        lambda m: m.Bounded([2, 3], "int32", 1, None),
        lambda m: m.Bounded([1, 3], "float32", np.zeros([2, 3]), 1.0),
        lambda m: m.Bounded(None, "float32", [0.5], 1.0, "n"),
        lambda m: m.Bounded([3], "uint8", 0, 255).minimum,
        lambda m: m.Bounded.from_spec(m.tf.TensorSpec([2], "int32", "x")),
        lambda m: m.Bounded.from_spec(m.Bounded([2], "int32", 1, 2, "x")),
        lambda m: m.Bounded([2], "int32", 1, 2) == m.Bounded([2], "int32", 1, 2),
        lambda m: m.Bounded([2], "int32", 1, 2) == m.Bounded([2], "int32", 1, 3),
        lambda m: m.Bounded([2], "int32", 1, 2) == m.tf.TensorSpec([2], "int32"),
        lambda m: pickle.loads(pickle.dumps(m.Bounded([2], "int32", 1, 2))),
        lambda m: m.Bounded([2], "int32", 1, 2).is_compatible_with(m.tf.TensorSpec([None], "int32")),
        lambda m: m.Bounded([2], "int32", 1, 2).is_subtype_of(m.tf.TensorSpec([None], "int32")),
        lambda m: m.Bounded([2], "int32", 1, 2).minimum.__setitem__((), 3),
    ],
)
def test_spec_construction(expression):
    agree(expression)


def custom_spec(m):
    """A spec with nested state, as libraries define them."""

    class Pair(m.tf.__internal__.CompositeTensor):
        def __init__(self, a, b):
            self.a, self.b = a, b

        @property
        def _type_spec(self):
            return PairSpec(m.tf.TensorShape([len(self.a)]), {"key": [1, 2]}, m.tf.float32)

        def __repr__(self):
            return f"Pair({self.a}, {self.b})"

    class PairSpec(m.tf.TypeSpec):
        def __init__(self, shape, options, dtype):
            self.shape, self.options, self.dtype = shape, options, dtype

        value_type = property(lambda self: Pair)
        _component_specs = property(
            lambda self: {
                "a": m.tf.TensorSpec(self.shape, self.dtype),
                "b": m.tf.TensorSpec([], self.dtype, "b"),
            }
        )

        def _serialize(self):
            return (self.shape, self.options, self.dtype)

        def _to_components(self, value):
            return {"a": value.a, "b": value.b}

        def _from_components(self, components):
            return Pair(components["a"], components["b"])

    return Pair, PairSpec


@pytest.mark.parametrize(
    "expression",
    [
        lambda m, pair, spec: spec,
        lambda m, pair, spec: hash(spec) == hash(pair([1], 2)._type_spec),
        lambda m, pair, spec: spec == pair([1], 2)._type_spec,
        lambda m, pair, spec: spec == pair([1, 2], 2)._type_spec,
        lambda m, pair, spec: spec != pair([1, 2], 2)._type_spec,
        lambda m, pair, spec: spec.is_compatible_with(pair([1], 2)),
        lambda m, pair, spec: spec.is_compatible_with(pair([1, 2], 2)),
        lambda m, pair, spec: spec._with_tensor_ranks_only().is_compatible_with(pair([1, 2], 2)),
        lambda m, pair, spec: spec.is_subtype_of(spec._with_tensor_ranks_only()),
        lambda m, pair, spec: spec._with_tensor_ranks_only().is_subtype_of(spec),
        lambda m, pair, spec: spec.most_specific_common_supertype([pair([1, 2], 2)._type_spec]),
        lambda m, pair, spec: spec.most_specific_common_supertype([type(spec)(spec.shape, {}, spec.dtype)]),
        lambda m, pair, spec: spec.most_specific_compatible_type(type(spec)(spec.shape, {}, spec.dtype)),
        lambda m, pair, spec: spec._without_tensor_names(),
        lambda m, pair, spec: m.tf.nest.flatten(spec, expand_composites=True),
        lambda m, pair, spec: m.tf.nest.flatten(spec),
        lambda m, pair, spec: m.tf.nest.flatten([pair("x", "y")], expand_composites=True),
        lambda m, pair, spec: m.tf.nest.flatten([pair("x", "y"), 3]),
        lambda m, pair, spec: m.tf.nest.map_structure(str.upper, [pair("x", "y")], expand_composites=True),
        lambda m, pair, spec: m.tf.nest.pack_sequence_as(spec, ["p", "q"], expand_composites=True),
        lambda m, pair, spec: m.tf.nest.pack_sequence_as(spec, ["p"], expand_composites=True),
        lambda m, pair, spec: m.tf.nest.assert_same_structure(pair("x", 1), pair("y", 2), True, True),
        lambda m, pair, spec: m.tf.nest.assert_same_structure(pair("x", 1), spec, True, True),
        lambda m, pair, spec: m.tf.nest.assert_same_structure(pair("x", 1), pair("yy", 2), True, True),
        lambda m, pair, spec: m.tf.nest.assert_same_structure(pair("x", 1), [1], True, True),
        lambda m, pair, spec: m.tf.nest.assert_same_structure(pair("x", 1), 3, True, True),
        lambda m, pair, spec: m.tf.nest.assert_same_structure(pair("x", 1), 3),
        lambda m, pair, spec: spec.flatten(),
        lambda m, pair, spec: spec._flat_tensor_specs,
        lambda m, pair, spec: pair([1], 2).__tf_tracing_type__(None),
        lambda m, pair, spec: m.tf.type_spec_from_value(pair([1], 2)),
        lambda m, pair, spec: hash(type(spec)(spec.shape, object(), spec.dtype)),
        lambda m, pair, spec: m.tf.__internal__.nest.flatten_up_to(["a"], [pair("x", "y")]),
        lambda m, pair, spec: list(m.tf.__internal__.nest.yield_flat_paths([pair("x", "y")], True)),
    ],
)
def test_specs_of_libraries(expression):
    def run(m):
        pair, spec_class = custom_spec(m)
        return expression(m, pair, spec_class(m.tf.TensorShape([1]), {"key": [1, 2]}, m.tf.float32))

    agree(run)
