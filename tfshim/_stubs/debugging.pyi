# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.api.array import check_numerics as check_numerics
from tfshim.api.assertions import Assert as Assert
from tfshim.api.debugging import assert_all_finite as assert_all_finite
from tfshim.api.debugging import assert_integer as assert_integer
from tfshim.api.debugging import assert_near as assert_near
from tfshim.api.debugging import assert_none_equal as assert_none_equal
from tfshim.api.debugging import assert_proper_iterable as assert_proper_iterable
from tfshim.api.debugging import assert_rank as assert_rank
from tfshim.api.debugging import assert_rank_at_least as assert_rank_at_least
from tfshim.api.debugging import assert_rank_in as assert_rank_in
from tfshim.api.debugging import assert_same_float_dtype as assert_same_float_dtype
from tfshim.api.debugging import assert_scalar as assert_scalar
from tfshim.api.debugging import assert_shapes as assert_shapes
from tfshim.api.debugging import assert_type as assert_type
from tfshim.api.debugging import is_numeric_tensor as is_numeric_tensor
from tfshim.api.observing import disable_check_numerics as disable_check_numerics
from tfshim.api.observing import enable_check_numerics as enable_check_numerics
from tfshim.api.observing import get_log_device_placement as get_log_device_placement
from tfshim.api.observing import set_log_device_placement as set_log_device_placement
from tfshim.api.traceback_filter import disable_traceback_filtering as disable_traceback_filtering
from tfshim.api.traceback_filter import enable_traceback_filtering as enable_traceback_filtering
from tfshim.api.traceback_filter import is_traceback_filtering_enabled as is_traceback_filtering_enabled
from tfshim.linear_operators.bands import assert_equal as assert_equal
from tfshim.linear_operators.bands import assert_less as assert_less
from tfshim.linear_operators.bands import assert_positive as assert_positive
from tfshim.linear_operators.checks import assert_non_negative as assert_non_negative

def assert_greater(x, y, message=..., summarize=..., name=...) -> _Any: ...
def assert_greater_equal(x, y, message=..., summarize=..., name=...) -> _Any: ...
def assert_less_equal(x, y, message=..., summarize=..., name=...) -> _Any: ...
def assert_negative(x, message=..., summarize=..., name=...) -> _Any: ...
def assert_non_positive(x, message=..., summarize=..., name=...) -> _Any: ...
