"""Every op case on the accelerator gives what it gives on the CPU, which other tests compare with TensorFlow.

Run with `JAX_DEFAULT_MATMUL_PRECISION=highest`, or matrix products differ by what TF32 rounds away.
"""

from __future__ import annotations

import pytest

import tfshim as tf
from tests.conformance.collection import all_cases
from tests.conformance.runner import Case, Outcome, _output_shapes, _Run, differences


def _cases():
    for family, case in all_cases():
        if isinstance(case, Case) and not case.xfail:
            for mode in case.run_modes():
                if mode != "unknown":
                    yield pytest.param(case, mode, id=f"{family}/{case.id}/{mode}")


def _outcome(case: Case, mode: str, device: str) -> Outcome:
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
