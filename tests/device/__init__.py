"""Tests that need an accelerator. They are collected only where JAX finds one, and need no TensorFlow."""
