"""`tf.nn`: activations and softmaxes."""

from __future__ import annotations

import math

from .inputs import FLOATS, INTS, WIDE_FLOATS, arr, f32, ints, special, variable
from .runner import Case, over

NAN, INF = math.nan, math.inf
KINKS = arr([-INF, -1.0, -0.0, 0.0, 1e-3, 1.0, 6.0, 7.0, INF])

ACTIVATIONS = ("relu", "relu6", "elu", "selu", "leaky_relu", "gelu", "silu", "crelu")

activations = [
    *(
        case
        for name in ACTIVATIONS
        for case in over(f"{name}", f"nn.{name}", FLOATS, [(2, 3), (0, 3)], grad=2, rtol=2e-2, atol=2e-3)
    ),
    *(Case(f"{n}-kinks", f"nn.{n}", [KINKS], grad=True) for n in ("relu", "relu6", "elu", "selu", "leaky_relu")),
    *(Case(f"{n}-nan", f"nn.{n}", [arr([NAN, 1.0])]) for n in ("relu", "relu6", "elu", "selu", "leaky_relu")),
    *(Case(f"{n}-scalar", f"nn.{n}", [f32()], grad=True) for n in ("relu", "elu", "gelu", "silu")),
    *(Case(f"{n}-rank", f"nn.{n}", [f32(2, 3)], rank=True) for n in ("relu", "relu6", "elu", "gelu", "silu")),
    *over("relu", "nn.relu", INTS, [(2, 3)]),
    *over("relu6", "nn.relu6", INTS, [(2, 3)]),
    Case("relu-bool", "nn.relu", [arr([True], "bool")]),
    Case("relu-complex", "nn.relu", [arr([1j], "complex64")]),
    Case("elu-int", "nn.elu", [ints(3)]),
    Case("relu-list", lambda tf: tf.nn.relu([[-1.0, 2.0]])),
    Case("relu-variable", "nn.relu", [variable(f32(3))], grad=True),
    Case("leaky-relu-alpha", lambda tf, x: tf.nn.leaky_relu(x, alpha=0.01), [KINKS], grad=True),
    Case("leaky-relu-alpha-int", lambda tf, x: tf.nn.leaky_relu(x, 2), [f32(4)], grad=True),
    Case("leaky-relu-int", "nn.leaky_relu", [ints(4)]),
    Case("gelu-tanh", lambda tf, x: tf.nn.gelu(x, approximate=True), [f32(3, 4)], grad=2),
    Case("gelu-far", "nn.gelu", [arr([-30.0, -5.0, 0.0, 5.0, 30.0])], grad=True),
    Case("gelu-int", "nn.gelu", [ints(3)]),
    Case("silu-beta", lambda tf, x: tf.nn.silu(x, beta=1.5), [f32(3, 4)], grad=True),
    Case("silu-beta-tensor", lambda tf, x, b: tf.nn.swish(x, beta=b), [f32(3, 4), f32()], grad=True),
    Case("crelu-axis", lambda tf, x: tf.nn.crelu(x, axis=0), [f32(2, 3)], grad=True),
    Case("softsign", "nn.softsign", [f32(2, 3)], grad=True),
    Case("softplus", "nn.softplus", [f32(2, 3)], grad=2),
    Case("sigmoid", "nn.sigmoid", [f32(2, 3)], grad=2),
    Case("tanh", "nn.tanh", [f32(2, 3)], grad=2),
    Case("relu-special", "nn.relu", [special()]),
]

softmaxes = [
    *over("softmax", "nn.softmax", FLOATS, [(2, 3), (4,), (2, 3, 4)], grad=2, rtol=2e-2, atol=4e-3),
    *over("log-softmax", "nn.log_softmax", WIDE_FLOATS, [(2, 3), (4,), (2, 3, 4)], grad=2),
    *(
        Case(f"{n}-axis{a}", lambda tf, x, n=n, a=a: getattr(tf.nn, n)(x, axis=a), [f32(2, 3, 4)], grad=True)
        for n in ("softmax", "log_softmax")
        for a in (0, 1, 2, -1, -2, -3)
    ),
    *(
        Case(f"{n}-axis-too-large", lambda tf, x, n=n: getattr(tf.nn, n)(x, axis=3), [f32(2, 3, 4)])
        for n in ("softmax",)
    ),
    *(Case(f"{n}-empty", f"nn.{n}", [f32(0, 3)]) for n in ("softmax", "log_softmax")),
    *(Case(f"{n}-large", f"nn.{n}", [arr([[1e4, -1e4, 0.0]])], grad=True) for n in ("softmax", "log_softmax")),
    *(Case(f"{n}-int", f"nn.{n}", [ints(2, 3)]) for n in ("softmax", "log_softmax")),
    Case("log-softmax-scalar", "nn.log_softmax", [f32()]),
    Case("softmax-inf", "nn.softmax", [arr([-INF, 0.0, 1.0])]),
    Case("softmax-math", "math.softmax", [f32(2, 3)]),
    Case("log-softmax-math", "math.log_softmax", [f32(2, 3)]),
]

CASES = [*activations, *softmaxes]
