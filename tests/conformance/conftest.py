"""Both runtimes run on the CPU here, and TensorFlow keeps its start-up messages to itself."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# TensorFlow's oneDNN kernels are not reproducible: the gradient of a 3-D pooling in a graph was seen to go to other
# elements in one of two runs, and a convolution of the wrong rank to end the process.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
