"""`tf.keras`: the installed Keras 3 with its TensorFlow backend, imported on first use."""

import importlib
import os
import sys
from functools import partial
from types import ModuleType

from tfshim import namespaces
from tfshim.export import export_lazy

# TensorFlow's own path to the installed Keras: the variant of Keras 3 that keeps the tf.keras names.
_KERAS = "keras._tf_keras.keras"


def import_keras(name: str = "") -> ModuleType:
    """Imports `keras.<name>` as `tf.keras` shows it.

    Raises ImportError where `tensorflow` does not mean tfshim yet: Keras itself imports it.
    """
    if "keras" not in sys.modules:
        if sys.modules.get("tensorflow") is not namespaces.root():
            raise ImportError(
                "tf.keras needs `import tensorflow` to mean tfshim: call tfshim.install() first, or start "
                "the script with `python -m tfshim SCRIPT`"
            )
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    return importlib.import_module(f"{_KERAS}.{name}" if name else _KERAS)


def find_module(name: str) -> ModuleType | None:
    """The module `tf.keras.<name>`, or None where Keras has none."""
    try:
        return import_keras(name)
    except ModuleNotFoundError as error:
        if name and error.name == f"{_KERAS}.{name}":
            return None
        raise


export_lazy("keras")(import_keras)
for _name in namespaces.OF_KERAS:
    export_lazy(_name)(partial(import_keras, _name))
