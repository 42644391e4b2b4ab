"""Leaves this folder out of a run on a machine without an accelerator."""

import jax

collect_ignore_glob = ["test_*.py"] if jax.default_backend() == "cpu" else []
