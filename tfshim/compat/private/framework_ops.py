"""`tensorflow.python.framework.ops`: names, scopes and conversions under their older names."""

import contextlib
import itertools
from typing import Any

from tfshim.context import context as _context
from tfshim.convert import convert_to_tensor as _convert
from tfshim.protos.scoped_names import prepend as prepend_name_scope  # noqa: F401
from tfshim.protos.scoped_names import strip as strip_name_scope  # noqa: F401
from tfshim.scopes import current_name_scope as _current_name_scope
from tfshim.scopes import get_default_graph as _default_graph
from tfshim.tensor import Tensor as _Tensor
from tfshim.type_spec import CompositeTensor
from tfshim.v1.collection_protos import (  # noqa: F401
    get_from_proto_function,
    get_to_proto_function,
    register_proto_function,
)

_uids = itertools.count(1)


def uid() -> int:
    """A number that no other call gives."""
    return next(_uids)


class NullContextmanager(contextlib.nullcontext):
    """A scope that does nothing, whatever it is made from."""

    def __init__(self, *args, **kwargs):
        super().__init__()


def name_scope(name, default_name=None, values=None, skip_on_eager=True) -> Any:
    """`tf.compat.v1.name_scope`; eagerly, a scope that does nothing unless `skip_on_eager` is False."""
    from tfshim import namespaces

    if _context.graph is None and skip_on_eager:
        return NullContextmanager()
    return namespaces.resolve("compat.v1.name_scope")(name, default_name, values)  # type: ignore[operator]


def has_default_graph() -> bool:
    """Whether a graph is being built, or the mode is that of graphs."""
    return _context.graph is not None


def get_name_scope() -> str:
    """The current name scope, without a slash at the end."""
    return _current_name_scope().removesuffix("/")


def name_from_scope_name(name: str) -> str:
    """The name of an operation, for that of the scope below it."""
    return name.removesuffix("/") if name else name


def colocate_with(op, ignore_existing=False) -> Any:
    """As `Graph.colocate_with`, in the default graph."""
    return _default_graph().colocate_with(op, ignore_existing)


def get_all_collection_keys() -> list[Any]:
    """The names of all collections of the default graph."""
    return _default_graph().get_all_collection_keys()


def is_dense_tensor_like(t: Any) -> bool:
    """Whether something is a tensor or a variable."""
    return isinstance(t, _Tensor) or hasattr(t, "handle")


def tensor_id(tensor: Any) -> int:
    """A number of the tensor that no other one alive has."""
    return id(tensor)


def convert_n_to_tensor(values, dtype=None, name=None, preferred_dtype=None) -> list[Any]:
    """Each of the values as a tensor, named `name_0`, `name_1`, ..."""
    if not isinstance(values, (list, tuple)):
        raise TypeError("values must be a sequence.")
    return [convert_to_tensor(v, dtype, name and f"{name}_{i}", False, preferred_dtype) for i, v in enumerate(values)]


internal_convert_n_to_tensor = convert_n_to_tensor


def to_raw_op(f: Any) -> Any:
    """The function as one that takes its arguments by name only."""
    from tfshim.compat.private.util_tf_export import kwarg_only

    return kwarg_only(f)


def convert_to_tensor(value, dtype=None, name=None, as_ref=False, preferred_dtype=None, dtype_hint=None) -> Any:
    """As `tf.convert_to_tensor`, with the parameters of TensorFlow 1."""
    return _convert(value, dtype, name, hint=preferred_dtype or dtype_hint)


def convert_to_tensor_or_composite(value, dtype=None, name=None) -> Any:
    """A composite tensor as it is, anything else as a tensor.

    Raises:
      RuntimeError: if the composite tensor has another dtype than the one asked for.
    """
    if not isinstance(value, CompositeTensor):
        return _convert(value, dtype, name)
    if dtype is not None and not dtype.is_compatible_with(value.dtype):  # type: ignore[attr-defined]
        raise RuntimeError(
            f"Tensor conversion dtype mismatch: requested dtype is {dtype.name}, "
            f"composite tensor dtype is {value.dtype}."  # type: ignore[attr-defined]
        )
    return value
