"""The protocol buffers against TensorFlow's own."""

import importlib
import subprocess
import sys

import numpy as np
import pytest
from google.protobuf import descriptor_pool

from tfshim import dtypes, protos
from tfshim.protos import convert

tf = pytest.importorskip("tensorflow")

FILES = [name for name in protos.file_names() if not name.startswith("google/")]


def _field_facts(field):
    facts = [field.number, field.type, field.is_repeated, field.is_packed, field.has_presence]
    facts.append(field.message_type.full_name if field.message_type else None)
    facts.append(field.enum_type.full_name if field.enum_type else None)
    oneof = field.containing_oneof
    facts.append(oneof.name if oneof else None)
    return facts


def _enum_facts(enum):
    return [(value.name, value.number) for value in enum.values]


def _message_facts(message):
    return {
        "fields": {field.name: _field_facts(field) for field in message.fields},
        "enums": {enum.name: _enum_facts(enum) for enum in message.enum_types},
        "nested": {nested.name: _message_facts(nested) for nested in message.nested_types},
        "map": message.GetOptions().map_entry,
    }


@pytest.mark.parametrize("name", FILES)
def test_descriptors_are_tensorflows(name):
    if name.startswith("tensorflow/"):
        importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
    theirs = descriptor_pool.Default().FindFileByName(name)
    ours = protos.pb2_module(name).DESCRIPTOR
    assert ours.package == theirs.package
    assert {m.name: _message_facts(m) for m in ours.message_types_by_name.values()} == {
        m.name: _message_facts(m) for m in theirs.message_types_by_name.values()
    }
    assert {e.name: _enum_facts(e) for e in ours.enum_types_by_name.values()} == {
        e.name: _enum_facts(e) for e in theirs.enum_types_by_name.values()
    }


def test_committed_descriptors_are_compiled_from_the_sources():
    pytest.importorskip("grpc_tools")
    assert (
        subprocess.run([sys.executable, "-m", "tfshim.protos.compile_protos", "--check"], check=False).returncode == 0
    )


def test_pb2_modules_hold_messages_enums_and_values():
    types = protos.pb2_module("tensorflow/core/framework/types.proto")
    assert types.DT_FLOAT == 1
    assert types.DataType.Name(types.DT_BFLOAT16) == "DT_BFLOAT16"
    assert protos.pb2_module("tensorflow/core/framework/graph.proto").GraphDef is protos.GraphDef
    with pytest.raises(AttributeError, match="NoSuchMessage"):
        _ = protos.NoSuchMessage


TENSORS = {
    "float": 1.5,
    "int": 3,
    "big_int": 2**40,
    "floats": [[1.0, 2.0], [3.0, 4.0]],
    "string": "abc",
    "strings": [["a", "\0"], ["", "é"]],
    "bool": True,
    "bools": [True, False],
    "complex": 1 + 2j,
    "empty": np.zeros((0, 3), np.float32),
    **{
        f"{name}_{count}": np.arange(count).astype(dtypes.as_dtype(name).as_numpy_dtype)
        for name in (
            *("float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8"),
            *("uint16", "uint32", "uint64", "complex64", "complex128", "bool", "float8_e5m2"),
            *("float8_e4m3fn", "int4", "uint4"),
        )
        for count in (1, 3)
    },
}


@pytest.mark.parametrize("name", TENSORS)
def test_tensor_protos_are_tensorflows(name):
    value = TENSORS[name]
    theirs = tf.make_tensor_proto(value)
    ours = convert.make_tensor_proto(value)
    assert ours.SerializeToString(deterministic=True) == theirs.SerializeToString(deterministic=True)
    expected = tf.make_ndarray(theirs)
    got = convert.make_ndarray(ours)
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    np.testing.assert_array_equal(got, expected)
    assert got.flags.writeable


def test_big_endian_arrays_keep_their_values():
    # TensorFlow writes the bytes as they lie in memory, so its proto holds other numbers.
    proto = convert.make_tensor_proto(np.arange(3, dtype=">i4"))
    np.testing.assert_array_equal(tf.make_ndarray(tf.make_tensor_proto([0, 1, 2])), convert.make_ndarray(proto))


REQUESTS = {
    "cast": dict(values=[1, 2], dtype="int64"),
    "repeat": dict(values=7, dtype="float32", shape=[2, 3]),
    "repeat_last": dict(values=[1.0, 2.0], shape=[4]),
    "reshape": dict(values=[1, 2, 3, 4], shape=[2, 2]),
    "empty": dict(values=[], dtype="int32", shape=[0]),
    "array_cast": dict(values=np.array([1.7, 2.2]), dtype="int32"),
    "wrong_kind": dict(values=[1.5], dtype="int32"),
    "string_for_number": dict(values="a", dtype="float32"),
    "int_for_bool": dict(values=1, dtype="bool"),
    "ragged": dict(values=[[1], [2, 3]]),
    "none": dict(values=None),
    "verify": dict(values=[1, 2], shape=[2, 1], verify_shape=True),
    "both": dict(values=[1], allow_broadcast=True, verify_shape=True),
    "too_many": dict(values=[1, 2, 3], shape=[2]),
    "broadcast": dict(values=[5], shape=[3], allow_broadcast=True),
    "bad_broadcast": dict(values=[5, 6], shape=[3], allow_broadcast=True),
    "quantized": dict(values=[(21,), (22,)], dtype="quint8"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_make_tensor_proto_arguments(name):
    request = REQUESTS[name]
    try:
        theirs = tf.make_tensor_proto(**request)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error)):
            convert.make_tensor_proto(**request)
        return
    ours = convert.make_tensor_proto(**request)
    assert ours.SerializeToString(deterministic=True) == theirs.SerializeToString(deterministic=True)
    np.testing.assert_array_equal(convert.make_ndarray(ours), tf.make_ndarray(theirs))


ATTRS = [
    ("int", 3),
    ("float", 0.5),
    ("bool", False),
    ("string", "SAME"),
    ("string", b"\xff\x00"),
    ("type", dtypes.float32),
    ("shape", (2, None)),
    ("shape", ()),
    ("shape", None),
    ("list(int)", (1, 2)),
    ("list(float)", (1.0,)),
    ("list(string)", ("a", "b")),
    ("list(type)", (dtypes.float32, dtypes.string)),
    ("list(shape)", ((1,), None)),
    ("list(int)", ()),
    ("func", convert.FunctionRef("f", (("T", dtypes.int32),))),
]


@pytest.mark.parametrize(("kind", "value"), ATTRS)
def test_attributes_round_trip(kind, value):
    proto = convert.attr_to_proto(kind, value)
    assert convert.attr_from_proto(protos.AttrValue.FromString(proto.SerializeToString())) == value


def _public_messages(module, names):
    found = {}
    for path in names:
        obj = module
        for part in path.split("."):
            obj = getattr(obj, part)
        found[path] = obj.DESCRIPTOR.full_name
    return found


def test_public_names_are_tensorflows():
    import tfshim
    from tfshim.api import proto_names

    names = [f"{prefix}train.{name}" for prefix in ("", "compat.v1.") for name in proto_names._TRAIN]
    names += [f"compat.v1.{name}" for name in proto_names._V1]
    names += [f"compat.v1.summary.{name}" for name in proto_names._V1_SUMMARY]
    names.append("compat.v1.train.SaverDef")
    assert _public_messages(tfshim, names) == _public_messages(tf, names)


def test_importing_does_not_load_protobuf():
    script = "import sys, tfshim; sys.exit('google.protobuf.descriptor_pool' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
