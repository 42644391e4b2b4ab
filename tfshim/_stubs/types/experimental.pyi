# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.callable_type import FunctionTypeBase as FunctionType
from tfshim.compat.private.util_tf_decorator import PolymorphicFunction as GenericFunction
from tfshim.compat.private.util_tf_decorator import PolymorphicFunction as PolymorphicFunction
from tfshim.trace_type import SupportsTracingProtocol as SupportsTracingProtocol
from tfshim.trace_type import TraceType as TraceType
from tfshim.traced_function import ConcreteFunction as ConcreteFunction

def TensorLike(*args, **kwargs) -> _Any: ...
