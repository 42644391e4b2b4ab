"""Memory that a program frees stays in the process, unless the user set the C library's allocator."""

import os
import platform
import subprocess
import sys

import pytest

from tfshim import allocator

# Mostly none; now and then the heap grows.
SCRIPT = """
import resource
import statistics
import tfshim as tf

def faults_of_a_step():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    (x + x).numpy()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

x = tf.ones([12_000_000])
print(statistics.median(faults_of_a_step() for _ in range(40)))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="mallopt is glibc's")
def test_freed_memory_is_kept():
    clean = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES" and not k.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**clean, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    pages = 12_000_000 * 4 // os.sysconf("SC_PAGE_SIZE")
    assert float(done.stdout) < pages / 4


@pytest.mark.parametrize("variable", ["GLIBC_TUNABLES", "MALLOC_ARENA_MAX"])
def test_settings_of_the_environment_stay(variable, monkeypatch):
    loaded = []
    monkeypatch.setattr(allocator.ctypes, "CDLL", loaded.append)
    monkeypatch.setenv(variable, "2")
    allocator.keep_freed_memory()
    assert not loaded
