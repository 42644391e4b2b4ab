"""`tf.fingerprint`."""

from __future__ import annotations

from tfshim.export import export
from tfshim.ops import op

_fingerprint = op("Fingerprint")


@export("fingerprint")
def fingerprint(data, method="farmhash64", name=None):
    """Returns 64 bits for each element of the first dimension of `data`, as uint8 `[n, 8]`.

    Args:
      data: tensor of rank 1 or more.
      method: "farmhash64".
      name: name of the op in a graph.

    Raises:
      InvalidArgumentError: another method, or a scalar.
    """
    return _fingerprint(data, method, name=name)
