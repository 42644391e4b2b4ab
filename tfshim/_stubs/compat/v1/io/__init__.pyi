# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.compat.v1.io import gfile as gfile
from tfshim.api.queues import PaddingFIFOQueue as PaddingFIFOQueue
from tfshim.api.queues import PriorityQueue as PriorityQueue
from tfshim.api.queues import QueueBase as QueueBase
from tfshim.api.queues import RandomShuffleQueue as RandomShuffleQueue

def decode_raw(input_bytes=..., out_type=..., little_endian=..., name=..., bytes=...) -> _Any: ...
def serialize_many_sparse(sp_input, name=..., out_type=...) -> _Any: ...
def serialize_sparse(sp_input, name=..., out_type=...) -> _Any: ...
def deserialize_many_sparse(**kwargs: _Any) -> _Any: ...
