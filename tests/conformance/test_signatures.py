"""Functions and classes have TensorFlow's parameters, in order, with its defaults; classes have all its members."""

from __future__ import annotations

import enum
import inspect

import numpy as np
import pytest
import tensorflow as real

import tfshim as tf

NAMESPACES = (
    "",
    "bitwise",
    "debugging",
    "dtypes",
    "errors",
    "linalg",
    "linalg.experimental",
    "math",
    "math.special",
    "nest",
    "nn",
    "quantization",
    "random",
    "random.experimental",
    "signal",
    "version",
)

# Those of TensorFlow 1, of which the parameters are compared and not the members of classes.
V1_NAMESPACES = tuple(
    f"compat.v1{name and '.'}{name}"
    for name in (
        *("", "debugging", "distributions", "initializers", "io", "linalg", "losses", "manip", "math", "metrics", "nn"),
        *("quantization", "random", "signal", "sparse", "strings", "summary"),
    )
)

# path: why the signature is another one.
ACCEPTED = {
    **dict.fromkeys(
        ("UnconnectedGradients", "compat.v1.UnconnectedGradients"), "an enum: Python's machinery, not an interface"
    ),
    **dict.fromkeys(
        ("compat.v1.sparse_split", "compat.v1.sparse.split"), "the default says that keywords are needed, by itself"
    ),
    **dict.fromkeys(
        [f"nn.RNNCell{kind}Wrapper" for kind in ("Device", "Dropout", "Residual")],
        "TensorFlow's take anything and hand it on; these are the arguments",
    ),
    "name_scope": "`_keep` is for internal use",
    "nest.pack_sequence_as": "`sequence_fn` is an addition that TensorFlow's internal function has",
    **dict.fromkeys(("print", "compat.v1.print"), "TensorFlow's takes its keywords as **kwargs; these are they"),
}

_PROTO = ("experimental_as_proto", "experimental_from_proto", "experimental_type_proto")

# Of a layer of Keras 2, from which TensorFlow's wrappers of cells derive: connections, losses and metrics of models.
_KERAS_LAYER = (
    *("activity_regularizer", "add_loss", "add_metric", "add_update", "add_variable", "add_weight", "apply"),
    *("compute_dtype", "compute_mask", "compute_output_shape", "compute_output_signature", "dtype_policy", "dynamic"),
    *("finalize_state", "get_input_at", "get_input_mask_at", "get_input_shape_at", "get_losses_for"),
    *("get_output_at", "get_output_mask_at", "get_output_shape_at", "get_updates_for", "inbound_nodes"),
    *("input", "input_mask", "input_shape", "input_spec", "losses", "metrics", "outbound_nodes"),
    *("output", "output_mask", "output_shape", "stateful", "supports_masking", "trainable", "updates"),
    "variable_dtype",
)

# Class: members that it lacks, as known; the test fails once one is there.
LACKING = {
    # Internals of the C++ base class, and stacks that belong to the thread anyway where that matters (devices).
    "Graph": ("Dismantle", "get", "new_operations", "switch_to_thread_local"),
    "IndexedSlicesSpec": _PROTO,
    "NoneTensorSpec": _PROTO,
    **{f"nn.RNNCell{kind}Wrapper": _KERAS_LAYER for kind in ("Device", "Dropout", "Residual")},
    "OptionalSpec": _PROTO,
    "RaggedTensorSpec": _PROTO,
    "SparseTensorSpec": _PROTO,
    # Instances have them.
    "Tensor": ("dtype", "name", "set_shape", "shape"),
    "TensorArraySpec": _PROTO,
    "TensorSpec": _PROTO,
    "TypeSpec": _PROTO,
}


def resolve(module, path):
    for name in path.split(".") if path else ():
        module = getattr(module, name)
    return module


def plain(value):
    """A default in a form that both sides share: functions and dtypes by name, floats in single precision."""
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float):
        return float(np.float32(value))
    if isinstance(value, enum.Enum):
        return value.value
    return getattr(value, "__name__", None) or getattr(value, "name", value)


def parameters(fn):
    """Names, kinds and defaults; None where Python cannot tell."""
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):
        return None
    return [
        (p.name, p.kind.name, "required" if p.default is p.empty else plain(p.default))
        for p in signature.parameters.values()
    ]


def public_names(namespace):
    module = resolve(real, namespace)
    for name in sorted(dir(module)):
        found = getattr(module, name)
        if name.startswith("_") or inspect.ismodule(found) or getattr(found, "__module__", "").startswith("keras"):
            continue
        yield (f"{namespace}.{name}" if namespace else name), found


def pairs(namespace):
    """Path, TensorFlow's object and ours, of what both have: what is missing is the coverage table's business."""
    for path, theirs in public_names(namespace):
        try:
            yield path, theirs, resolve(tf, path)
        except AttributeError:
            continue


def require(namespace):
    """Ends a test of a namespace that is not there yet."""
    try:
        resolve(tf, namespace)
    except AttributeError:
        pytest.xfail(f"there is no tf.{namespace} yet")


@pytest.mark.parametrize("namespace", (*NAMESPACES, *V1_NAMESPACES))
def test_parameters(namespace):
    require(namespace)
    different = {}
    for path, theirs, ours in pairs(namespace):
        if not callable(theirs) or path in ACCEPTED:
            continue
        expected = parameters(theirs)
        if expected is not None and expected != parameters(ours):
            different[path] = (expected, parameters(ours))
    assert not different


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_full_argument_specifications(namespace):
    """What does not look behind decorators finds the parameters too."""
    require(namespace)
    different = {}
    for path, theirs, ours in pairs(namespace):
        if not inspect.isfunction(theirs) or path in ACCEPTED:
            continue
        expected, found = (inspect.getfullargspec(f) for f in (theirs, ours))
        if expected.varargs is None and (expected.args, expected.kwonlyargs) != (found.args, found.kwonlyargs):
            different[path] = (expected, found)
    assert not different


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_members_of_classes(namespace):
    require(namespace)
    missing, different = {}, {}
    for path, theirs, ours in pairs(namespace):
        if not inspect.isclass(theirs):
            continue
        members = {name for name in dir(theirs) if not name.startswith("_")}
        lacking = sorted(members - set(dir(ours)))
        if lacking != sorted(LACKING.get(path, ())):
            missing[path] = lacking
        for name in sorted(members & set(dir(ours))):
            one, other = getattr(theirs, name), getattr(ours, name)
            if not (callable(one) and callable(other)) or f"{path}.{name}" in ACCEPTED:
                continue
            if parameters(one) is not None and parameters(one) != parameters(other):
                different[f"{path}.{name}"] = (parameters(one), parameters(other))
    assert not missing
    assert not different


def test_accepted_differences_are_differences():
    same = []
    for path in ACCEPTED:
        try:
            if parameters(resolve(real, path)) == parameters(resolve(tf, path)):
                same.append(path)
        except AttributeError:
            continue
    assert not same
