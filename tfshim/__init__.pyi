# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs import __internal__ as __internal__
from tfshim._stubs import __operators__ as __operators__
from tfshim._stubs import audio as audio
from tfshim._stubs import autodiff as autodiff
from tfshim._stubs import autograph as autograph
from tfshim._stubs import bitwise as bitwise
from tfshim._stubs import compat as compat
from tfshim._stubs import config as config
from tfshim._stubs import data as data
from tfshim._stubs import debugging as debugging
from tfshim._stubs import dtypes as dtypes
from tfshim._stubs import errors as errors
from tfshim._stubs import experimental as experimental
from tfshim._stubs import graph_util as graph_util
from tfshim._stubs import io as io
from tfshim._stubs import linalg as linalg
from tfshim._stubs import lookup as lookup
from tfshim._stubs import manip as manip
from tfshim._stubs import math as math
from tfshim._stubs import nest as nest
from tfshim._stubs import nn as nn
from tfshim._stubs import profiler as profiler
from tfshim._stubs import quantization as quantization
from tfshim._stubs import queue as queue
from tfshim._stubs import ragged as ragged
from tfshim._stubs import random as random
from tfshim._stubs import raw_ops as raw_ops
from tfshim._stubs import sets as sets
from tfshim._stubs import signal as signal
from tfshim._stubs import sparse as sparse
from tfshim._stubs import strings as strings
from tfshim._stubs import summary as summary
from tfshim._stubs import sysconfig as sysconfig
from tfshim._stubs import test as test
from tfshim._stubs import train as train
from tfshim._stubs import types as types
from tfshim._stubs import version as version
from tfshim._stubs import xla as xla
from tfshim.api.array import batch_to_space as batch_to_space
from tfshim.api.array import bitcast as bitcast
from tfshim.api.array import broadcast_dynamic_shape as broadcast_dynamic_shape
from tfshim.api.array import broadcast_static_shape as broadcast_static_shape
from tfshim.api.array import broadcast_to as broadcast_to
from tfshim.api.array import concat as concat
from tfshim.api.array import ensure_shape as ensure_shape
from tfshim.api.array import expand_dims as expand_dims
from tfshim.api.array import guarantee_const as guarantee_const
from tfshim.api.array import identity as identity
from tfshim.api.array import identity_n as identity_n
from tfshim.api.array import pad as pad
from tfshim.api.array import parallel_stack as parallel_stack
from tfshim.api.array import rank as rank
from tfshim.api.array import repeat as repeat
from tfshim.api.array import required_space_to_batch_paddings as required_space_to_batch_paddings
from tfshim.api.array import reshape as reshape
from tfshim.api.array import reverse as reverse
from tfshim.api.array import reverse_sequence as reverse_sequence
from tfshim.api.array import roll as roll
from tfshim.api.array import shape as shape
from tfshim.api.array import shape_n as shape_n
from tfshim.api.array import size as size
from tfshim.api.array import space_to_batch as space_to_batch
from tfshim.api.array import space_to_batch_nd as space_to_batch_nd
from tfshim.api.array import split as split
from tfshim.api.array import squeeze as squeeze
from tfshim.api.array import stack as stack
from tfshim.api.array import stop_gradient as stop_gradient
from tfshim.api.array import tile as tile
from tfshim.api.array import transpose as transpose
from tfshim.api.array import unravel_index as unravel_index
from tfshim.api.array import unstack as unstack
from tfshim.api.assertions import Assert as Assert
from tfshim.api.callbacks import numpy_function as numpy_function
from tfshim.api.callbacks import py_function as py_function
from tfshim.api.casting import cast as cast
from tfshim.api.casting import complex_ as complex
from tfshim.api.casting import saturate_cast as saturate_cast
from tfshim.api.clip import clip_by_global_norm as clip_by_global_norm
from tfshim.api.clip import clip_by_norm as clip_by_norm
from tfshim.api.core import constant as constant
from tfshim.api.core import convert_to_tensor as convert_to_tensor
from tfshim.api.core import get_static_value as get_static_value
from tfshim.api.core import is_symbolic_tensor as is_symbolic_tensor
from tfshim.api.core import is_tensor as is_tensor
from tfshim.api.creation import eye as eye
from tfshim.api.creation import fill as fill
from tfshim.api.creation import linspace as lin_space
from tfshim.api.creation import linspace as linspace
from tfshim.api.creation import meshgrid as meshgrid
from tfshim.api.creation import ones as ones
from tfshim.api.creation import ones_like as ones_like
from tfshim.api.creation import range as range
from tfshim.api.creation import sequence_mask as sequence_mask
from tfshim.api.creation import zeros as zeros
from tfshim.api.creation import zeros_like as zeros_like
from tfshim.api.critical_section import CriticalSection as CriticalSection
from tfshim.api.debugging import assert_rank as assert_rank
from tfshim.api.fingerprint import fingerprint as fingerprint
from tfshim.api.gather import boolean_mask as boolean_mask
from tfshim.api.gather import gather as gather
from tfshim.api.gather import gather_nd as gather_nd
from tfshim.api.gather import one_hot as one_hot
from tfshim.api.gather import scatter_nd as scatter_nd
from tfshim.api.gather import tensor_scatter_nd_add as tensor_scatter_nd_add
from tfshim.api.gather import tensor_scatter_nd_max as tensor_scatter_nd_max
from tfshim.api.gather import tensor_scatter_nd_min as tensor_scatter_nd_min
from tfshim.api.gather import tensor_scatter_nd_sub as tensor_scatter_nd_sub
from tfshim.api.gather import tensor_scatter_nd_update as tensor_scatter_nd_update
from tfshim.api.gather import where as where
from tfshim.api.histogram import histogram_fixed_width as histogram_fixed_width
from tfshim.api.histogram import histogram_fixed_width_bins as histogram_fixed_width_bins
from tfshim.api.initializers import Constant as constant_initializer
from tfshim.api.initializers import Ones as ones_initializer
from tfshim.api.initializers import RandomNormal as random_normal_initializer
from tfshim.api.initializers import RandomUniform as random_uniform_initializer
from tfshim.api.initializers import Zeros as zeros_initializer
from tfshim.api.linalg import einsum as einsum
from tfshim.api.linalg import matmul as matmul
from tfshim.api.linalg import norm as norm
from tfshim.api.linalg import tensordot as tensordot
from tfshim.api.linalg_decompositions import eig as eig
from tfshim.api.linalg_decompositions import eigvals as eigvals
from tfshim.api.linalg_decompositions import sqrtm as matrix_square_root
from tfshim.api.log import get_logger as get_logger
from tfshim.api.math import add as add
from tfshim.api.math import add_n as add_n
from tfshim.api.math import clip_by_value as clip_by_value
from tfshim.api.math import divide as divide
from tfshim.api.math import equal as equal
from tfshim.api.math import greater_equal as greater_equal
from tfshim.api.math import multiply as multiply
from tfshim.api.math import not_equal as not_equal
from tfshim.api.math import pow as pow
from tfshim.api.math import scalar_mul as scalar_mul
from tfshim.api.math import subtract as subtract
from tfshim.api.math import truediv as truediv
from tfshim.api.math_reduce import argmax as argmax
from tfshim.api.math_reduce import argmin as argmin
from tfshim.api.math_reduce import cumsum as cumsum
from tfshim.api.math_reduce import reduce_all as reduce_all
from tfshim.api.math_reduce import reduce_any as reduce_any
from tfshim.api.math_reduce import reduce_logsumexp as reduce_logsumexp
from tfshim.api.math_reduce import reduce_max as reduce_max
from tfshim.api.math_reduce import reduce_mean as reduce_mean
from tfshim.api.math_reduce import reduce_min as reduce_min
from tfshim.api.math_reduce import reduce_prod as reduce_prod
from tfshim.api.math_reduce import reduce_sum as reduce_sum
from tfshim.api.math_unary import abs as abs
from tfshim.api.math_unary import exp as exp
from tfshim.api.math_unary import floor as floor
from tfshim.api.math_unary import logical_not as logical_not
from tfshim.api.math_unary import negative as negative
from tfshim.api.math_unary import round as round
from tfshim.api.math_unary import sigmoid as sigmoid
from tfshim.api.math_unary import sign as sign
from tfshim.api.math_unary import sqrt as sqrt
from tfshim.api.math_unary import square as square
from tfshim.api.partition import dynamic_partition as dynamic_partition
from tfshim.api.partition import dynamic_stitch as dynamic_stitch
from tfshim.api.printing import tf_print as print
from tfshim.api.printing import timestamp as timestamp
from tfshim.api.slicing import slice_ as slice
from tfshim.api.slicing import strided_slice as strided_slice
from tfshim.api.sorting import argsort as argsort
from tfshim.api.sorting import searchsorted as searchsorted
from tfshim.api.sorting import sort as sort
from tfshim.api.sorting import unique as unique
from tfshim.api.sorting import unique_with_counts as unique_with_counts
from tfshim.api.strings import as_string as as_string
from tfshim.api.tuples import tuple as tuple
from tfshim.control_flow.batch_function import batch_function as nondifferentiable_batch_function
from tfshim.control_flow.cond import case as case
from tfshim.control_flow.cond import cond as cond
from tfshim.control_flow.cond import switch_case as switch_case
from tfshim.control_flow.functional import foldl as foldl
from tfshim.control_flow.functional import foldr as foldr
from tfshim.control_flow.functional import map_fn as map_fn
from tfshim.control_flow.functional import scan as scan
from tfshim.control_flow.tensor_array import TensorArray as TensorArray
from tfshim.control_flow.tensor_array import TensorArraySpec as TensorArraySpec
from tfshim.control_flow.vectorized_map import vectorized_map as vectorized_map
from tfshim.control_flow.while_loop import while_loop as while_loop
from tfshim.convert import register_tensor_conversion_function as register_tensor_conversion_function
from tfshim.custom_gradient import custom_gradient as custom_gradient
from tfshim.custom_gradient import grad_pass_through as grad_pass_through
from tfshim.custom_gradient import recompute_grad as recompute_grad
from tfshim.data.optionals import OptionalSpec as OptionalSpec
from tfshim.data.structure import NoneTensorSpec as NoneTensorSpec
from tfshim.devices import DeviceSpec as DeviceSpec
from tfshim.devices import device as device
from tfshim.dtypes import DType as DType
from tfshim.dtypes import DType as _DType
from tfshim.dtypes import as_dtype as as_dtype
from tfshim.function import function as function
from tfshim.gradient_tape import GradientTape as GradientTape
from tfshim.gradient_tape import UnconnectedGradients as UnconnectedGradients
from tfshim.gradient_tape import gradients as gradients
from tfshim.gradient_tape import hessians as hessians
from tfshim.graph import Graph as Graph
from tfshim.indexed_slices import IndexedSlices as IndexedSlices
from tfshim.indexed_slices import IndexedSlicesSpec as IndexedSlicesSpec
from tfshim.linear_operators.bands import assert_equal as assert_equal
from tfshim.linear_operators.bands import assert_less as assert_less
from tfshim.module import Module as Module
from tfshim.operation import Operation as Operation
from tfshim.protos.convert import make_ndarray as make_ndarray
from tfshim.protos.convert import make_tensor_proto as make_tensor_proto
from tfshim.protos.graph_import import import_graph_def as import_graph_def
from tfshim.ragged.spec import RaggedTensorSpec as RaggedTensorSpec
from tfshim.ragged.tensor import RaggedTensor as RaggedTensor
from tfshim.registered_gradients import RegisterGradient as RegisterGradient
from tfshim.registered_gradients import no_gradient as no_gradient
from tfshim.scopes import control_dependencies as control_dependencies
from tfshim.scopes import executing_eagerly as executing_eagerly
from tfshim.scopes import get_current_name_scope as get_current_name_scope
from tfshim.scopes import group as group
from tfshim.scopes import init_scope as init_scope
from tfshim.scopes import inside_function as inside_function
from tfshim.scopes import name_scope as name_scope
from tfshim.scopes import no_op as no_op
from tfshim.shapes import TensorShape as TensorShape
from tfshim.sparse.sets import edit_distance as edit_distance
from tfshim.sparse.tensor import SparseTensor as SparseTensor
from tfshim.sparse.tensor import SparseTensorSpec as SparseTensorSpec
from tfshim.tensor import Tensor as Tensor
from tfshim.type_spec import TensorSpec as TensorSpec
from tfshim.type_spec import type_spec_from_value as type_spec_from_value
from tfshim.type_spec_base import TypeSpec as TypeSpec
from tfshim.v1.old_names import AggregationMethod as AggregationMethod
from tfshim.v1.variable_creation import VariableSynchronization as VariableSynchronization
from tfshim.variable.core import Variable as Variable
from tfshim.variable.creation import variable_creator_scope as variable_creator_scope
from tfshim.variable.options import VariableAggregationV2 as VariableAggregation
from tfshim import interop as interop
from tfshim._version import __version__ as __version__
from tfshim.compat.alias import install as install
from tfshim.interop import from_jax as from_jax
from tfshim.interop import to_jax as to_jax

__compiler_version__: str
__cxx11_abi_flag__: int
__cxx_version__: int
__git_version__: str
__monolithic_build__: int
def acos(x, name=...) -> _Any: ...
def acosh(x, name=...) -> _Any: ...
def approx_top_k(input, k, reduction_dimension=..., recall_target=..., is_max_k=..., reduction_input_size_override=..., aggregate_to_topk=..., name=...) -> _Any: ...
def asin(x, name=...) -> _Any: ...
def asinh(x, name=...) -> _Any: ...
def assert_greater(x, y, message=..., summarize=..., name=...) -> _Any: ...
def atan(x, name=...) -> _Any: ...
def atan2(y, x, name=...) -> _Any: ...
def atanh(x, name=...) -> _Any: ...
bfloat16: _DType
bool: _DType
def check_pinned(tensor, name=...) -> _Any: ...
complex128: _DType
complex64: _DType
def conv(input, filter, strides, padding, explicit_paddings=..., data_format=..., dilations=..., batch_dims=..., groups=..., name=...) -> _Any: ...
def conv2d_backprop_filter_v2(input, filter, out_backprop, strides, padding, use_cudnn_on_gpu=..., explicit_paddings=..., data_format=..., dilations=..., name=...) -> _Any: ...
def conv2d_backprop_input_v2(input, filter, out_backprop, strides, padding, use_cudnn_on_gpu=..., explicit_paddings=..., data_format=..., dilations=..., name=...) -> _Any: ...
def cos(x, name=...) -> _Any: ...
def cosh(x, name=...) -> _Any: ...
double: _DType
def extract_volume_patches(input, ksizes, strides, padding, name=...) -> _Any: ...
def fftnd(input, fft_length, axes, name=...) -> _Any: ...
float16: _DType
float32: _DType
float64: _DType
def greater(x, y, name=...) -> _Any: ...
half: _DType
def ifftnd(input, fft_length, axes, name=...) -> _Any: ...
initializers: _Any
int16: _DType
int32: _DType
int64: _DType
int8: _DType
def irfftnd(input, fft_length, axes, Treal=..., name=...) -> _Any: ...
keras: _Any
def less(x, y, name=...) -> _Any: ...
def less_equal(x, y, name=...) -> _Any: ...
def logical_and(x, y, name=...) -> _Any: ...
def logical_or(x, y, name=...) -> _Any: ...
losses: _Any
def maximum(x, y, name=...) -> _Any: ...
metrics: _Any
def minimum(x, y, name=...) -> _Any: ...
newaxis: _Any
optimizers: _Any
qint16: _DType
qint32: _DType
qint8: _DType
quint16: _DType
quint8: _DType
def ragged_fill_empty_rows(value_rowids, values, nrows, default_value, name=...) -> _Any: ...
def ragged_fill_empty_rows_grad(reverse_index_map, grad_values, name=...) -> _Any: ...
def random_index_shuffle(index, seed, max_index, rounds=..., name=...) -> _Any: ...
def realdiv(x, y, name=...) -> _Any: ...
resource: _DType
def rfftnd(input, fft_length, axes, Tcomplex=..., name=...) -> _Any: ...
def sin(x, name=...) -> _Any: ...
def sinh(x, name=...) -> _Any: ...
string: _DType
def tan(x, name=...) -> _Any: ...
def tanh(x, name=...) -> _Any: ...
def truncatediv(x, y, name=...) -> _Any: ...
def truncatemod(x, y, name=...) -> _Any: ...
uint16: _DType
uint32: _DType
uint64: _DType
uint8: _DType
variant: _DType
