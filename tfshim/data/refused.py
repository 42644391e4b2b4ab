"""What `tf.data.Dataset` has in TensorFlow and tfshim does not do."""

from __future__ import annotations

from typing import Any


def _refuse(name: str, instead: str) -> Any:
    def method(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"tf.data.Dataset.{name} is not supported by tfshim: {instead}")

    method.__name__ = name
    method.__doc__ = f"Raises NotImplementedError: {instead}."
    return method


class Refused:
    """Mixin: methods that raise NotImplementedError and say what works instead."""

    fingerprint = _refuse("fingerprint", "a dataset is not identified by its graph")
    rejection_resample = _refuse("rejection_resample", "sample_from_datasets of filtered datasets chooses by weights")
    snapshot = _refuse("snapshot", "cache(filename) keeps the elements in a file")
    sparse_batch = _refuse("sparse_batch", "padded_batch joins elements of differing shapes")
    save = _refuse("save", "cache(filename) keeps the elements in a file, TFRecord files are read by both libraries")
    load = staticmethod(
        _refuse("load", "cache(filename) keeps the elements in a file, TFRecord files are read by both libraries")
    )
