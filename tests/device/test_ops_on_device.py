"""Every op case on the accelerator gives what it gives on the CPU, which other tests compare with TensorFlow.

Run with `JAX_DEFAULT_MATMUL_PRECISION=highest`, or matrix products differ by what TF32 rounds away.
"""

from __future__ import annotations

import pytest

import tfshim as tf
from tests.conformance.collection import all_cases
from tests.conformance.runner import Case, Outcome, _output_shapes, _Run, differences

# Where TensorFlow's own kernels of CPU and GPU differ, or promise nothing.
_FREE = {
    "gather/tensor-scatter-update": "of updates of one element, any may come last",
    "math/cast-out-of-range": "what does not fit into an integer becomes whatever the processor makes of it",
    "math/saturate-cast-float32-int32": "so does nan",
    "math/math.erfcinv-edges": "denormal numbers are zero on the CPU alone",
    "math/math.ndtri-edges-slope": "denormal numbers are zero on the CPU alone",
    "linalg_more/cholesky-inf-0-float32": "what lies behind an infinite pivot",
    "linalg_more/cholesky-inf-1-float32": "what lies behind an infinite pivot",
    "linalg_more/cholesky-inf-2-float32": "what lies behind an infinite pivot",
    "linalg_more/cholesky-inf-2-complex128": "what lies behind an infinite pivot",
    "numeric_edges/cast-outside-bfloat16": "as cast-out-of-range",
    "numeric_edges/cast-outside-float16": "as cast-out-of-range",
    "numeric_edges/cast-outside-float32": "as cast-out-of-range",
    "numeric_edges/cast-outside-float64": "as cast-out-of-range",
}


def _cases():
    for family, case in all_cases():
        if isinstance(case, Case) and not case.xfail and f"{family}/{case.id}" not in _FREE:
            for mode in case.run_modes():
                if mode != "unknown":
                    yield pytest.param(case, mode, id=f"{family}/{case.id}/{mode}")


def _outcome(case: Case, mode: str, device: str) -> Outcome:
    # Streams of random numbers start anew.
    tf.random.set_seed(0)
    with tf.device(device):
        shapes = _output_shapes(case, tf) if case.grad and mode != "eager" else {}
        try:
            return _Run(case, mode, tf, shapes).outcome()
        except Exception as error:
            return Outcome(error=error)


@pytest.mark.parametrize(("case", "mode"), list(_cases()))
def test_same_as_on_cpu(case, mode):
    accelerator = tf.config.list_logical_devices()[-1].name
    expected = _outcome(case, mode, "/CPU:0")
    if expected.error is not None:
        # What the CPU refuses (an index out of range), an accelerator may compute without an error, as in TensorFlow.
        return
    found = differences(case, expected, _outcome(case, mode, accelerator), mode)
    if found:
        pytest.fail(f"{case.id} [{mode}]\n" + "\n".join(found[:8]), pytrace=False)
