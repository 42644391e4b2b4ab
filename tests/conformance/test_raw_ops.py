"""`tf.raw_ops` has TensorFlow's keywords, defaults and results."""

import inspect

import numpy as np
import pytest
import tensorflow as real

import tfshim as tf

NAMES = [name for name in dir(tf.raw_ops) if not name.startswith("_")]


def plain(value):
    """A default in a form that both sides share: lists, text, dtypes by name, floats in single precision."""
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "SerializeToString"):
        value = real.make_ndarray(value)
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, float):
        return float(np.float32(value))
    return getattr(value, "name", value)


def test_every_kernel_is_there():
    assert len(NAMES) > 150
    assert not [name for name in NAMES if not hasattr(real.raw_ops, name)]


def test_keywords_are_tensorflows():
    different = {}
    for name in NAMES:
        theirs = inspect.signature(getattr(real.raw_ops, name)).parameters
        ours = inspect.signature(getattr(tf.raw_ops, name)).parameters
        if list(ours) != list(theirs):
            different[name] = (list(ours), list(theirs))
    assert not different


def test_defaults_are_tensorflows():
    different = {}
    for name in NAMES:
        theirs = inspect.signature(getattr(real.raw_ops, name)).parameters
        for key, ours in inspect.signature(getattr(tf.raw_ops, name)).parameters.items():
            if (ours.default is ours.empty) != (theirs[key].default is inspect.Parameter.empty):
                different[name, key] = (ours.default, theirs[key].default)
            elif ours.default is not ours.empty and plain(ours.default) != plain(theirs[key].default):
                different[name, key] = (ours.default, theirs[key].default)
    assert not different


@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.raw_ops.Sum(input=[[1, 2], [3, 4]], axis=0, keep_dims=True),
        lambda t: t.raw_ops.TopKV2(input=[1.0, 3.0, 2.0], k=2),
        lambda t: t.raw_ops.ConcatV2(values=[[1], [2]], axis=0),
        lambda t: t.raw_ops.Unpack(value=[[1, 2], [3, 4]], num=2, axis=1),
        lambda t: t.raw_ops.Cast(x=[1.5, 2.5], DstT=t.int32, name="cast"),
        lambda t: t.raw_ops.AddV2(1, 2),
        lambda t: t.raw_ops.AddV2(x=1),
        lambda t: t.raw_ops.AddV2(x=1, y=2, z=3),
        lambda t: t.raw_ops.AddV2(x=1, y=2.5),
        lambda t: t.raw_ops.Unpack(value=[1, 2]),
    ],
)
def test_results_and_errors_are_tensorflows(call):
    def run(runtime):
        try:
            found = call(runtime)
        except Exception as error:
            return type(error).__name__
        fields = getattr(found, "_fields", None)
        return fields, [np.asarray(t).tolist() for t in (found if isinstance(found, (list, tuple)) else [found])]

    assert run(tf) == run(real)
