"""`tf.version`: the TensorFlow release whose API is implemented."""

from tfshim._version import TENSORFLOW_VERSION, __version__
from tfshim.export import export

# TensorFlow 2.21 writes this producer version into its graphs and reads graphs of every version since 0.
_GRAPH_DEF_PRODUCER = 2474
_BUILD = f"tfshim {__version__} on JAX"

export("version.VERSION", "compat.v1.__version__")(TENSORFLOW_VERSION)
export("version.GIT_VERSION", "__git_version__", "compat.v1.__git_version__")(f"v{TENSORFLOW_VERSION} ({_BUILD})")
export("version.COMPILER_VERSION", "__compiler_version__", "compat.v1.__compiler_version__")(_BUILD)
export("version.GRAPH_DEF_VERSION")(_GRAPH_DEF_PRODUCER)
export("version.GRAPH_DEF_VERSION_MIN_CONSUMER")(0)
export("version.GRAPH_DEF_VERSION_MIN_PRODUCER")(0)
