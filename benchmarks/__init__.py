"""TensorFlow, tfshim and hand-written JAX side by side: `python -m benchmarks --help`."""
