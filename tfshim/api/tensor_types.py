"""`tf.types.experimental.TensorLike`: what converts to tensors, as a type for annotations and dispatch."""

from __future__ import annotations

from typing import Any, Protocol, Union, runtime_checkable

import numpy as np

from tfshim.export import export
from tfshim.tensor import Tensor


@runtime_checkable
class TensorProtocol(Protocol):
    """Objects that say by `__tf_tensor__` how they become tensors."""

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Tensor: ...


TensorProtocol.__module__ = "tensorflow.python.types.core"

_PLAIN = (int, float, bool, str, bytes, complex, tuple, list, np.ndarray, np.generic)
TensorLike = Union[(Tensor, TensorProtocol, *_PLAIN)]
export("types.experimental.TensorLike")(TensorLike)
