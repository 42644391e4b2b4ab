# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.queues import FIFOQueue as FIFOQueue
from tfshim.api.queues import PaddingFIFOQueue as PaddingFIFOQueue
from tfshim.api.queues import PriorityQueue as PriorityQueue
from tfshim.api.queues import QueueBase as QueueBase
from tfshim.api.queues import RandomShuffleQueue as RandomShuffleQueue
