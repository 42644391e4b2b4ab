# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.test import experimental as experimental
from tfshim.api.build_info import gpu_device_name as gpu_device_name
from tfshim.api.build_info import is_built_with_cuda as is_built_with_cuda
from tfshim.api.build_info import is_built_with_gpu_support as is_built_with_gpu_support
from tfshim.api.build_info import is_built_with_rocm as is_built_with_rocm
from tfshim.api.build_info import is_built_with_xla as is_built_with_xla
from tfshim.api.build_info import is_gpu_available as is_gpu_available
from tfshim.testing.benchmark import Benchmark as Benchmark
from tfshim.testing.benchmark import benchmark_config as benchmark_config
from tfshim.testing.case import TestCase as TestCase
from tfshim.testing.gradients import compute_gradient as compute_gradient
from tfshim.testing.support import assert_equal_graph_def as assert_equal_graph_def
from tfshim.testing.support import create_local_cluster as create_local_cluster
from tfshim.testing.support import disable_with_predicate as disable_with_predicate
from tfshim.testing.support import is_cpu_target_available as is_cpu_target_available
from tfshim.testing.support import main as main
from tfshim.testing.support import with_eager_op_as_function as with_eager_op_as_function
