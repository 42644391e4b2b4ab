# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.checkpoint.initial_values import PythonState as PythonState
from tfshim.checkpoint.object_saver import ShardByTaskPolicy as ShardByTaskPolicy
from tfshim.checkpoint.object_saver import ShardingCallback as ShardingCallback
from tfshim.checkpoint.sharding import MaxShardSizePolicy as MaxShardSizePolicy
from tfshim.checkpoint.sharding import ShardableTensor as ShardableTensor
