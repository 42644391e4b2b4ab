"""Both runtimes run on the CPU here, and TensorFlow keeps its start-up messages to itself."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
