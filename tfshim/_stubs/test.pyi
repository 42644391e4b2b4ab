# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.build_info import gpu_device_name as gpu_device_name
from tfshim.api.build_info import is_built_with_cuda as is_built_with_cuda
from tfshim.api.build_info import is_built_with_gpu_support as is_built_with_gpu_support
from tfshim.api.build_info import is_built_with_rocm as is_built_with_rocm
from tfshim.api.build_info import is_built_with_xla as is_built_with_xla
from tfshim.api.build_info import is_gpu_available as is_gpu_available
