"""`tensorflow.python.framework.common_shapes`: static shapes of what is broadcast."""

from typing import Any

from tfshim import namespaces
from tfshim.shapes import as_shape


def broadcast_shape(shape_x: Any, shape_y: Any) -> Any:
    """The shape of what two shapes are broadcast to, as far as it is known; ValueError if they do not go together."""
    return namespaces.resolve("broadcast_static_shape")(as_shape(shape_x), as_shape(shape_y))  # type: ignore[operator]


def is_broadcast_compatible(shape_x: Any, shape_y: Any) -> bool:
    """Whether two shapes, of known rank, may be broadcast."""
    if as_shape(shape_x).rank is None or as_shape(shape_y).rank is None:
        return False
    try:
        broadcast_shape(shape_x, shape_y)
    except ValueError:
        return False
    return True
