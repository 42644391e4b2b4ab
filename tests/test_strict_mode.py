"""`tf.experimental.enable_strict_mode`, which cannot be undone: in a process of its own."""

import subprocess
import sys

PROGRAM = """
import tensorflow as tf
from tensorflow.python.util import deprecation

@deprecation.deprecated(None, "use something else")
def warns():
    return 1

@deprecation.deprecated(None, "use something else")
def refuses():
    return 1

print(warns())
tf.experimental.enable_strict_mode()
try:
    refuses()
except RuntimeError as error:
    print("refused:", str(error).splitlines()[0])
"""


def test_deprecated_functions_raise(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    command = [sys.executable, "-m", "tfshim", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=True)
    first, second = done.stdout.splitlines()
    assert first == "1"
    assert second.startswith("refused:") and "deprecated" in second.lower()
