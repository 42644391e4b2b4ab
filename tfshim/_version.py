"""Our own version, and the version of TensorFlow whose API is implemented."""

__version__ = "0.1.0.dev0"

TENSORFLOW_VERSION = "2.21.0"
