# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.experimental import dlpack as dlpack
from tfshim._stubs.experimental import extension_type as extension_type
from tfshim._stubs.experimental import numpy as numpy
from tfshim.api.config import async_clear_error as async_clear_error
from tfshim.api.config import async_scope as async_scope
from tfshim.api.config import function_executor_type as function_executor_type
from tfshim.api.dispatching import dispatch_for_api as dispatch_for_api
from tfshim.api.dispatching import dispatch_for_binary_elementwise_apis as dispatch_for_binary_elementwise_apis
from tfshim.api.dispatching import dispatch_for_binary_elementwise_assert_apis as dispatch_for_binary_elementwise_assert_apis
from tfshim.api.dispatching import dispatch_for_unary_elementwise_apis as dispatch_for_unary_elementwise_apis
from tfshim.api.dispatching import unregister_dispatch_for as unregister_dispatch_for
from tfshim.api.strict_mode import enable_strict_mode as enable_strict_mode
from tfshim.data.optionals import Optional as Optional
from tfshim.dtypes import DType as _DType
from tfshim.extension_types.extension_type import BatchableExtensionType as BatchableExtensionType
from tfshim.extension_types.extension_type import ExtensionType as ExtensionType
from tfshim.extension_types.spec import ExtensionTypeBatchEncoder as ExtensionTypeBatchEncoder
from tfshim.extension_types.spec import ExtensionTypeSpec as ExtensionTypeSpec
from tfshim.ragged.dynamic_shape import DynamicRaggedShape as DynamicRaggedShape
from tfshim.ragged.row_partition import RowPartition as RowPartition

float4_e2m1fn: _DType
float8_e4m3b11fnuz: _DType
float8_e4m3fn: _DType
float8_e4m3fnuz: _DType
float8_e5m2: _DType
float8_e5m2fnuz: _DType
int2: _DType
int4: _DType
uint2: _DType
uint4: _DType
