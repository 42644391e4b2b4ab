"""What kind of build this is: `tf.sysconfig` and the questions of `tf.test` about devices."""

from __future__ import annotations

import collections
import pathlib

from tfshim import device_config
from tfshim.export import export

export("sysconfig.CXX11_ABI_FLAG", "__cxx11_abi_flag__", "compat.v1.__cxx11_abi_flag__")(1)
export("sysconfig.CXX_VERSION", "__cxx_version__", "compat.v1.__cxx_version__")(201703)
export("sysconfig.MONOLITHIC_BUILD", "__monolithic_build__", "compat.v1.__monolithic_build__")(0)


def _has_gpu() -> bool:
    return any(d.device_type == "GPU" for d in device_config.physical_devices())


@export("sysconfig.get_build_info")
def get_build_info():
    """Returns an ordered dictionary: whether GPUs are supported, by CUDA or by ROCm."""
    return collections.OrderedDict(
        [
            ("is_cuda_build", is_built_with_cuda()),
            ("is_rocm_build", is_built_with_rocm()),
            ("is_tensorrt_build", False),
        ]
    )


def _package_folder() -> pathlib.Path:
    return pathlib.Path(__file__).parent.parent


@export("sysconfig.get_include")
def get_include():
    """Returns where TensorFlow has its C++ headers; the folder does not exist, for tfshim has none."""
    return str(_package_folder() / "include")


@export("sysconfig.get_lib")
def get_lib():
    """Returns the folder of the package; there is no library to link with in it."""
    return str(_package_folder())


@export("sysconfig.get_compile_flags")
def get_compile_flags():
    """Returns flags for a C++ compiler, for scripts that only print them."""
    return [f"-I{get_include()}", "-D_GLIBCXX_USE_CXX11_ABI=1", "--std=c++17", "-DEIGEN_MAX_ALIGN_BYTES=64"]


@export("sysconfig.get_link_flags")
def get_link_flags():
    """Returns flags for a linker: none that name a library, for tfshim has no C++ library."""
    return [f"-L{get_lib()}"]


@export("test.is_built_with_cuda")
def is_built_with_cuda():
    """Returns whether JAX's CUDA plugin is installed."""
    return device_config.has_plugin("cuda")


@export("test.is_built_with_rocm")
def is_built_with_rocm():
    """Returns whether JAX's ROCm plugin is installed."""
    return device_config.has_plugin("rocm")


@export("test.is_built_with_gpu_support")
def is_built_with_gpu_support():
    """Returns whether JAX can use GPUs here."""
    return is_built_with_cuda() or is_built_with_rocm()


@export("test.is_built_with_xla")
def is_built_with_xla():
    """Returns True."""
    return True


@export("test.is_gpu_available")
def is_gpu_available(cuda_only=False, min_cuda_compute_capability=None):
    """Returns whether there is a GPU.

    Args:
      cuda_only: count only CUDA GPUs.
      min_cuda_compute_capability: pair (major, minor) that a GPU must have at least.
    """
    if not _has_gpu() or (cuda_only and not is_built_with_cuda()):
        return False
    if min_cuda_compute_capability is None:
        return True
    for device in device_config.jax_devices("GPU"):
        major, minor = str(getattr(device, "compute_capability", "0.0")).split(".")
        if (int(major), int(minor)) >= tuple(min_cuda_compute_capability):
            return True
    return False


@export("test.gpu_device_name")
def gpu_device_name():
    """Returns the name of the first GPU, `""` if there is none."""
    return "/device:GPU:0" if _has_gpu() else ""
