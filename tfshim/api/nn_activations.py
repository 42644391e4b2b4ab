"""`tf.nn`: activations and softmax."""

from __future__ import annotations

import numpy as np

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.errors import InvalidArgumentError
from tfshim.export import export
from tfshim.ops import op
from tfshim.ops.computation import op_computation
from tfshim.ops.registry import find_kernel
from tfshim.tensor import EagerTensor, Tensor

_cast = op("Cast")
_concat = op("ConcatV2")
_erfc = op("Erfc")
_leaky_relu = op("LeakyRelu")
_log_softmax = op("LogSoftmax")
_mul = op("Mul")
_neg = op("Neg")
_relu = op("Relu")
_relu_alone = op_computation(find_kernel("Relu"))
_sigmoid = op("Sigmoid")
_softmax = op("Softmax")
_softsign = op("Softsign")
_tanh = op("Tanh")
_transpose = op("Transpose")


@export("nn.relu")
def relu(features, name=None):
    """max(features, 0), elementwise; its gradient at 0 is 0."""
    if type(features) is EagerTensor and context.bare:
        # TensorFlow's shortest path: only a call of the compiled program, with nothing general around it, is shorter.
        value = features._placed if features._value is None and _relu_alone.hot else features._value
        if value is not None:
            try:
                return EagerTensor(_relu_alone.program_for_default(value))
            except Exception:
                return _relu(features)  # raises it again, as an error of the op
    return _relu(features) if name is None else _relu(features, name=name)


def _declare(python_name, text):
    run = op(python_name.title())

    def activation(features, name=None):
        return run(features, name=name)

    activation.__name__ = activation.__qualname__ = python_name
    activation.__doc__ = f"""{text}, elementwise.

    Args:
      features: a tensor of real numbers (floating-point, except for `relu6`).
      name: name of the op in a graph.

    Returns:
      A tensor of the shape and dtype of `features`.
    """
    return export(f"nn.{python_name}")(activation)


relu6 = _declare("relu6", "min(max(features, 0), 6)")
elu = _declare("elu", "features where positive, exp(features) - 1 elsewhere")
selu = _declare("selu", "The scaled `elu` of self-normalising networks")


@export("nn.softsign", "math.softsign")
def softsign(features, name=None):
    """features / (1 + |features|), elementwise."""
    return _softsign(features, name=name)


@export("nn.leaky_relu")
def leaky_relu(features, alpha=0.2, name=None):
    """features where positive, alpha * features elsewhere; integers are taken as float32."""
    if not isinstance(features, Tensor):
        features = convert_to_tensor(features, name="features")
    if features.dtype.is_integer:
        features = _cast(features, DstT=dtypes.float32)
    if not isinstance(alpha, float):
        alpha = float(alpha)
    return _leaky_relu(features, alpha=alpha, name=name)


@export("nn.crelu")
def crelu(features, axis=-1, name=None):
    """relu of `features` and of `-features`, concatenated along `axis`."""
    features = convert_to_tensor(features, name="features")
    return _relu(_concat([features, _neg(features)], axis), name=name)


# Casts of Python numbers go through single precision, also where the features are doubles.
_GELU_CUBIC = float(np.float32(0.044715))
_GELU_SCALE = float(np.float32(0.7071067811865476))


@export("nn.gelu")
def gelu(features, approximate=False, name=None):
    """features times the normal distribution function of features; by tanh if `approximate`.

    Raises:
      ValueError: if `features` is not floating-point.
    """
    x = convert_to_tensor(features, name="features")
    if not x.dtype.is_floating:
        raise ValueError(f"`features.dtype` must be a floating point tensor. Received: features.dtype={x.dtype}")
    half = _mul(0.5, x)
    if approximate:
        inner = 0.7978845608028654 * (x + _GELU_CUBIC * (x * x * x))
        return _mul(half, 1.0 + _tanh(inner), name=name)
    return _mul(half, _erfc(_neg(x) * _GELU_SCALE), name=name)


@export("nn.silu", "nn.swish")
def silu(features, beta=1.0):
    """features * sigmoid(beta * features)."""
    features = convert_to_tensor(features, name="features")
    if isinstance(beta, (int, float)):
        scaled = features if beta == 1 else _mul(features, float(beta))
    else:
        scaled = _mul(_cast(convert_to_tensor(beta, name="beta"), DstT=features.dtype), features)
    return _mul(features, _sigmoid(scaled))


def _along_axis(run, logits, axis, name):
    """Runs an op on the last dimension along any `axis`, by swapping the two."""
    if axis is None or (type(axis) is int and axis == -1):
        return run(logits, name=name)
    x = convert_to_tensor(logits, name="logits")
    rank = x.shape.rank
    if rank is None:
        raise TypeError("axis other than -1 needs an input of known rank")
    value = constant_value(axis) if isinstance(axis, Tensor) else axis
    if value is None:
        raise ValueError("axis must be known when the graph is built")
    value = int(value)
    if not -rank <= value < rank:
        raise InvalidArgumentError(
            None,
            None,
            f"`dim` must be in the range [{-rank}, {rank}) where {rank} is the number of dimensions in the "
            f"input. Received: dim={value}",
        )
    value %= rank
    if value == rank - 1:
        return run(x, name=name)
    perm = np.arange(rank, dtype=np.int32)
    perm[[value, rank - 1]] = perm[[rank - 1, value]]
    return _transpose(run(_transpose(x, perm)), perm, name=name)


@export("nn.softmax", "math.softmax")
def softmax(logits, axis=None, name=None):
    """exp(logits) divided by its sum along `axis` (the last one by default).

    Args:
      logits: floating-point tensor of at least one dimension.
      axis: the dimension that sums to one.
      name: name of the op in a graph.

    Raises:
      InvalidArgumentError: for a scalar, or an axis that there is not.
    """
    return _along_axis(_softmax, logits, axis, name)


@export("nn.log_softmax", "math.log_softmax")
def log_softmax(logits, axis=None, name=None):
    """logits - log(sum(exp(logits))) along `axis` (the last one by default); see `softmax`."""
    return _along_axis(_log_softmax, logits, axis, name)
