"""The stubs for editors say what the registry says."""

import subprocess
import sys
from pathlib import Path


def test_stubs_are_current():
    # In a process of its own: other tests register names too.
    done = subprocess.run([sys.executable, "-m", "tools.stubs", "--check"], cwd=Path(__file__).parents[1])
    assert done.returncode == 0, "run `make generated` and commit the stubs"
