"""Memory that a program frees stays in the process, unless the user set the C library's allocator."""

import os
import platform
import subprocess
import sys

import pytest

SCRIPT = """
import resource
import tfshim as tf

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

x = tf.ones([5_000_000])
for _ in range(3):
    (x + x).numpy()
before = faults()
for _ in range(10):
    (x + x).numpy()
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
@pytest.mark.parametrize(("given", "kept"), [({}, True), ({"MALLOC_ARENA_MAX": "2"}, False)])
def test_freed_memory_is_kept(given, kept):
    clean = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES" and not k.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**clean, "JAX_PLATFORMS": "cpu", **given},
        capture_output=True,
        text=True,
        check=True,
    )
    pages = 10 * 5_000_000 * 4 // os.sysconf("SC_PAGE_SIZE")
    assert (int(done.stdout) < pages // 4) == kept
