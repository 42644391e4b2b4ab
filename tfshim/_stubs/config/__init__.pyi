# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.config import experimental as experimental
from tfshim._stubs.config import optimizer as optimizer
from tfshim._stubs.config import threading as threading
from tfshim.api.config import functions_run_eagerly as experimental_functions_run_eagerly
from tfshim.api.config import functions_run_eagerly as functions_run_eagerly
from tfshim.api.config import get_logical_device_configuration as get_logical_device_configuration
from tfshim.api.config import get_soft_device_placement as get_soft_device_placement
from tfshim.api.config import get_visible_devices as get_visible_devices
from tfshim.api.config import list_logical_devices as list_logical_devices
from tfshim.api.config import list_physical_devices as list_physical_devices
from tfshim.api.config import run_functions_eagerly as experimental_run_functions_eagerly
from tfshim.api.config import run_functions_eagerly as run_functions_eagerly
from tfshim.api.config import set_logical_device_configuration as set_logical_device_configuration
from tfshim.api.config import set_soft_device_placement as set_soft_device_placement
from tfshim.api.config import set_visible_devices as set_visible_devices
from tfshim.device_config import LogicalDevice as LogicalDevice
from tfshim.device_config import LogicalDeviceConfiguration as LogicalDeviceConfiguration
from tfshim.device_config import PhysicalDevice as PhysicalDevice
