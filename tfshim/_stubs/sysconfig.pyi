# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.api.build_info import get_build_info as get_build_info
from tfshim.api.build_info import get_compile_flags as get_compile_flags
from tfshim.api.build_info import get_include as get_include
from tfshim.api.build_info import get_lib as get_lib
from tfshim.api.build_info import get_link_flags as get_link_flags

CXX11_ABI_FLAG: int
CXX_VERSION: int
MONOLITHIC_BUILD: int
