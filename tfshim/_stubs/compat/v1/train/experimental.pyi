# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.checkpoint.python_state import PythonState as PythonState
from tfshim.checkpoint.sharding import MaxShardSizePolicy as MaxShardSizePolicy
from tfshim.checkpoint.sharding import ShardByTaskPolicy as ShardByTaskPolicy
from tfshim.checkpoint.sharding import ShardableTensor as ShardableTensor
from tfshim.checkpoint.sharding import ShardingCallback as ShardingCallback
