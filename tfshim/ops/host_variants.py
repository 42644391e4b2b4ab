"""What variants hold that only kernels of the host take: no compiled program moves it about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfshim.ops.shape_helpers import invalid
from tfshim.ops.tensor_list import is_list

# What takes a list of tensors as one value. All else that has a NumPy twin arranges arrays of them.
_WHOLE = frozenset(
    """
    AddN Copy CopyHost DebugIdentity DeepCopy GuaranteeConst Identity IdentityN PlaceholderWithDefault PreventGradient
    Snapshot StopGradient ZerosLike
    """.split()
)

# What would have to make elements, or add some up, of which variants know nothing.
_REFUSED = frozenset("AddN MirrorPad OnesLike Pad PadV2 ScatterNd ZerosLike".split())


class HostVariant:
    """Base class of the Python objects in such variants."""

    __slots__ = ()


def is_host_variant(value: Any) -> bool:
    """True for such an object, and for an array of variants."""
    return isinstance(value, HostVariant) or (isinstance(value, np.ndarray) and value.dtype.hasobject)


def arranges_lists(name: str, values: Sequence[Any]) -> bool:
    """True if an op that has a NumPy twin finds lists of tensors among its inputs and takes them as elements."""
    return name not in _WHOLE and any(map(is_list, values))


def refuse_to_make_elements(name: str) -> None:
    """Raises if an op cannot be carried out on arrays of variants, because it would make new elements."""
    if name in _REFUSED:
        raise invalid(f"{name} of a tensor of dtype variant is not supported")


def no_gradient_of_arranging(name: str) -> NotImplementedError:
    """The error of a gradient through an op that arranges variants."""
    return NotImplementedError(f"The gradient of {name} of tensors of dtype variant is not implemented in tfshim")


def holds_variants(array: np.ndarray) -> bool:
    """True for an array of objects that are no strings."""
    return array.dtype.hasobject and array.size > 0 and not isinstance(array.flat[0], (bytes, str))


def boxed(value: Any) -> Any:
    """Such an object or a list of tensors as an array of one, as which NumPy moves it about; else as it is."""
    if not isinstance(value, HostVariant) and not is_list(value):
        return value
    alone = np.empty((), object)
    alone[()] = value
    return alone


def unboxed(value: Any) -> Any:
    """The list of tensors in an array of one, as which ops on lists take it; anything else as it is."""
    if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.hasobject and is_list(value[()]):
        return value[()]
    return value
