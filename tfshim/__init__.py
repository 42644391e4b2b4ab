"""TensorFlow's Python API on JAX.

`python -m tfshim SCRIPT` runs an unmodified TensorFlow script; `import tfshim as tf` uses the same API
directly; `tfshim.install()` makes `import tensorflow` mean tfshim in a running process.

`to_jax`, `from_jax` and `interop` are tfshim's own: the side doors to JAX, which `tensorflow` does not have.
Every other public name comes from an `@export` beside its definition (see `tfshim.export`). Differs from
TensorFlow's root in `__version__`, which is tfshim's own; `tf.version.VERSION` is that of the TensorFlow
release implemented.
"""

from tfshim import garbage as _garbage  # before all that makes objects

# isort: split
from tfshim import jax_setup as _jax_setup  # noqa: F401 (before anything that uses JAX)

# isort: split
# What every program needs. All else is imported on first access (see `tfshim.definitions`).
from tfshim import function as _function  # noqa: F401
from tfshim import module as _module  # noqa: F401
from tfshim import namespaces as _namespaces
from tfshim import variable as _variable  # noqa: F401
from tfshim._version import __version__ as __version__
from tfshim.api import core as _core  # noqa: F401 (gives tensors their operators)
from tfshim.compat.alias import install as install

_namespaces.build()
_garbage.resume()
