"""XLA's threads: programs with many matrix decompositions end on machines with few cores."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import numpy as np
import tfshim as tf

x = np.random.default_rng(0).normal(size=(2000, 32, 32)).astype("float32")
x = x @ x.swapaxes(1, 2) + 50 * np.eye(32, dtype="float32")

@tf.function
def decompose(x):
    return [tf.reduce_sum(tf.linalg.cholesky(x + float(i))) for i in range(12)]

@tf.function
def differentiate(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.add_n([tf.reduce_sum(tf.linalg.inv(x + float(i))) for i in range(4)])
    return tape.gradient(y, x)

for _ in range(2):
    print([float(y) for y in decompose(x)], differentiate(tf.constant(x))[0, 0])
"""


def test_independent_decompositions_end():
    subprocess.run([sys.executable, "-c", _PROGRAM], check=True, timeout=400, capture_output=True)
