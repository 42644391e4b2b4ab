"""`DebugNumericSummaryV2`, `DeviceIndex` and `Fact`: ops that tell about tensors and devices."""

from __future__ import annotations

from .inputs import arr
from .runner import Case, Program, over, raised

SPECIAL = arr([1.0, float("nan"), float("inf"), float("-inf"), -2.0, 0.0, 3.0], "float32")


def _summary(mode, output="float32"):
    return lambda tf, x: tf.raw_ops.DebugNumericSummaryV2(
        input=x, output_dtype=output, tensor_debug_mode=mode, tensor_id=5
    )


def _errors(tf):
    def call(mode, number):
        return tf.raw_ops.DebugNumericSummaryV2(
            input=[1.0], output_dtype=tf.float32, tensor_debug_mode=mode, tensor_id=number
        )

    return [raised(lambda m=m, n=n: call(m, n)) for m, n in ((1, 0), (6, 0), (2, 2**24), (2, 2**25), (5, -1))]


def _trivia(tf):
    index = tf.raw_ops.DeviceIndex
    names = (["CPU", "GPU"], ["TPU", "CPU"], ["TPU", "GPU"])
    found = [index(device_names=n) for n in names if not tf.config.list_physical_devices("GPU")]
    return found, tf.raw_ops.Fact(), tf.function(lambda: tf.raw_ops.Fact())()


KINDS = ("float64", "float16", "bfloat16", "int32", "int64", "uint8", "bool")

CASES = [
    *(Case(f"special-{mode}", _summary(mode), [SPECIAL]) for mode in (2, 3, 4, 5, 8)),
    *(Case(f"double-{mode}", _summary(mode, "float64"), [SPECIAL]) for mode in (2, 4, 8)),
    *(c for mode in (3, 4, 5) for c in over(f"kinds-{mode}", _summary(mode), dtypes=KINDS, shapes=[(2, 3)])),
    *over("sizes", _summary(5), shapes=[(), (0, 2), (1, 2, 3, 1, 2, 2, 2)]),
    Program("errors", _errors),
    Program("trivia", _trivia),
]
