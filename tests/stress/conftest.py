"""STRESS_RUNTIME=tensorflow runs these tests against TensorFlow itself: they ask for its behaviour."""

import importlib
import os

import pytest


@pytest.fixture(scope="session")
def tf():
    return importlib.import_module(os.environ.get("STRESS_RUNTIME", "tfshim"))
