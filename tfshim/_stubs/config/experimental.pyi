# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.config import disable_mlir_bridge as disable_mlir_bridge
from tfshim.api.config import enable_mlir_bridge as enable_mlir_bridge
from tfshim.api.config import enable_op_determinism as enable_op_determinism
from tfshim.api.config import enable_tensor_float_32_execution as enable_tensor_float_32_execution
from tfshim.api.config import get_device_details as get_device_details
from tfshim.api.config import get_device_policy as get_device_policy
from tfshim.api.config import get_logical_device_configuration as get_virtual_device_configuration
from tfshim.api.config import get_memory_growth as get_memory_growth
from tfshim.api.config import get_memory_info as get_memory_info
from tfshim.api.config import get_memory_usage as get_memory_usage
from tfshim.api.config import get_synchronous_execution as get_synchronous_execution
from tfshim.api.config import get_visible_devices as get_visible_devices
from tfshim.api.config import list_logical_devices as list_logical_devices
from tfshim.api.config import list_physical_devices as list_physical_devices
from tfshim.api.config import reset_memory_stats as reset_memory_stats
from tfshim.api.config import set_device_policy as set_device_policy
from tfshim.api.config import set_logical_device_configuration as set_virtual_device_configuration
from tfshim.api.config import set_memory_growth as set_memory_growth
from tfshim.api.config import set_synchronous_execution as set_synchronous_execution
from tfshim.api.config import set_visible_devices as set_visible_devices
from tfshim.api.config import tensor_float_32_execution_enabled as tensor_float_32_execution_enabled
from tfshim.device_config import LogicalDeviceConfiguration as VirtualDeviceConfiguration
