"""Questions about the memory of a tensor."""

from __future__ import annotations

from tfshim.errors import FailedPreconditionError
from tfshim.ops.registry import kernel, shape_function
from tfshim.shapes import from_dims


@kernel("CheckPinned", host=True)
def check_pinned(tensor):
    # The kind of an array's memory is JAX's own affair: a tensor reaches a kernel as an array of the host.
    raise FailedPreconditionError(None, None, "Whether memory is pinned is known to programs built with CUDA only")


@shape_function("CheckPinned")
def _(op):
    return from_dims(())
