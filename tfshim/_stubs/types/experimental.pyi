# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.callable_classes import AtomicFunction as AtomicFunction
from tfshim.callable_classes import Callable as Callable
from tfshim.callable_classes import ConcreteFunction as ConcreteFunction
from tfshim.callable_classes import PolymorphicFunction as GenericFunction
from tfshim.callable_classes import PolymorphicFunction as PolymorphicFunction
from tfshim.callable_type import FunctionTypeBase as FunctionType
from tfshim.trace_type import SupportsTracingProtocol as SupportsTracingProtocol
from tfshim.trace_type import TraceType as TraceType

def TensorLike(*args, **kwargs) -> _Any: ...
