"""Names bound by `from ... import *`, as in older tutorials and notebooks."""

import builtins

import tensorflow as tf
from tensorflow import *  # noqa: F403
from tensorflow.math import *  # noqa: F403

builtins.print(__version__, float32.name, constant([1, 2]).numpy(), executing_eagerly())  # noqa: F405
builtins.print(reduce_sum(cumulative_logsumexp(zeros([3]))).numpy(), nn.relu(-1.0).numpy())  # noqa: F405
builtins.print(Variable(1.0).dtype, GradientTape.__name__, newaxis, linalg.det(eye(2)).numpy())  # noqa: F405


@function  # noqa: F405
def doubled(x):
    return range(3) * x


builtins.print(doubled(constant(2)).numpy())  # noqa: F405

numpy = {}
exec("from tensorflow.experimental.numpy import *", numpy)
builtins.print(numpy["arange"](3).numpy(), numpy["pi"], numpy["float32"].__name__, "_" in numpy)
builtins.print(
    {name for name in ("asarray", "einsum", "linspace", "newaxis", "ndarray", "random") if name not in numpy}
)

first = {}
exec("from tensorflow.compat.v1 import *", first)
builtins.print(
    all(first[name] is getattr(tf.compat.v1, name) for name in ("Session", "placeholder", "train", "reduce_sum"))
)
