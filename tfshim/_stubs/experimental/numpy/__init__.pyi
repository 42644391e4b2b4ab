# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.experimental.numpy import random as random
from tfshim.numpy_api.arrays import array as array
from tfshim.numpy_api.arrays import asanyarray as asanyarray
from tfshim.numpy_api.arrays import asarray as asarray
from tfshim.numpy_api.arrays import ascontiguousarray as ascontiguousarray
from tfshim.numpy_api.arrays import copy as copy
from tfshim.numpy_api.arrays import isscalar as isscalar
from tfshim.numpy_api.arrays import ndim as ndim
from tfshim.numpy_api.arrays import promote_types as promote_types
from tfshim.numpy_api.arrays import result_type as result_type
from tfshim.numpy_api.arrays import shape as shape
from tfshim.numpy_api.arrays import size as size
from tfshim.numpy_api.behavior import experimental_enable_numpy_behavior as experimental_enable_numpy_behavior
from tfshim.numpy_api.creation import broadcast_to_ as broadcast_to
from tfshim.numpy_api.creation import diag as diag
from tfshim.numpy_api.creation import diag_indices as diag_indices
from tfshim.numpy_api.creation import diagflat as diagflat
from tfshim.numpy_api.creation import diagonal as diagonal
from tfshim.numpy_api.creation import empty as empty
from tfshim.numpy_api.creation import empty_like as empty_like
from tfshim.numpy_api.creation import eye as eye
from tfshim.numpy_api.creation import full as full
from tfshim.numpy_api.creation import full_like as full_like
from tfshim.numpy_api.creation import identity as identity
from tfshim.numpy_api.creation import ones as ones
from tfshim.numpy_api.creation import ones_like as ones_like
from tfshim.numpy_api.creation import tri as tri
from tfshim.numpy_api.creation import tril as tril
from tfshim.numpy_api.creation import triu as triu
from tfshim.numpy_api.creation import vander as vander
from tfshim.numpy_api.creation import zeros as zeros
from tfshim.numpy_api.creation import zeros_like as zeros_like
from tfshim.numpy_api.elementwise import angle as angle
from tfshim.numpy_api.elementwise import around as around
from tfshim.numpy_api.elementwise import clip as clip
from tfshim.numpy_api.elementwise import divmod as divmod
from tfshim.numpy_api.elementwise import hypot as hypot
from tfshim.numpy_api.elementwise import imag as imag
from tfshim.numpy_api.elementwise import rad2deg as rad2deg
from tfshim.numpy_api.elementwise import real as real
from tfshim.numpy_api.elementwise import round as round
from tfshim.numpy_api.elementwise import sign as sign
from tfshim.numpy_api.indexing import compress as compress
from tfshim.numpy_api.indexing import ix_ as ix_
from tfshim.numpy_api.indexing import nonzero as nonzero
from tfshim.numpy_api.indexing import select as select
from tfshim.numpy_api.indexing import take as take
from tfshim.numpy_api.indexing import take_along_axis as take_along_axis
from tfshim.numpy_api.indexing import where as where
from tfshim.numpy_api.linear_algebra import cross as cross
from tfshim.numpy_api.linear_algebra import dot as dot
from tfshim.numpy_api.linear_algebra import einsum as einsum
from tfshim.numpy_api.linear_algebra import inner as inner
from tfshim.numpy_api.linear_algebra import kron as kron
from tfshim.numpy_api.linear_algebra import matmul as matmul
from tfshim.numpy_api.linear_algebra import outer as outer
from tfshim.numpy_api.linear_algebra import polyval as polyval
from tfshim.numpy_api.linear_algebra import tensordot as tensordot
from tfshim.numpy_api.linear_algebra import trace as trace
from tfshim.numpy_api.linear_algebra import vdot as vdot
from tfshim.numpy_api.logic import allclose as allclose
from tfshim.numpy_api.logic import array_equal as array_equal
from tfshim.numpy_api.logic import isclose as isclose
from tfshim.numpy_api.logic import iscomplex as iscomplex
from tfshim.numpy_api.logic import iscomplexobj as iscomplexobj
from tfshim.numpy_api.logic import isinf as isinf
from tfshim.numpy_api.logic import isneginf as isneginf
from tfshim.numpy_api.logic import isposinf as isposinf
from tfshim.numpy_api.logic import isreal as isreal
from tfshim.numpy_api.logic import isrealobj as isrealobj
from tfshim.numpy_api.logic import logical_not as logical_not
from tfshim.numpy_api.manipulation import append as append
from tfshim.numpy_api.manipulation import atleast_1d as atleast_1d
from tfshim.numpy_api.manipulation import atleast_2d as atleast_2d
from tfshim.numpy_api.manipulation import atleast_3d as atleast_3d
from tfshim.numpy_api.manipulation import broadcast_arrays as broadcast_arrays
from tfshim.numpy_api.manipulation import concatenate as concatenate
from tfshim.numpy_api.manipulation import dsplit as dsplit
from tfshim.numpy_api.manipulation import dstack as dstack
from tfshim.numpy_api.manipulation import expand_dims as expand_dims
from tfshim.numpy_api.manipulation import flatten as flatten
from tfshim.numpy_api.manipulation import flip as flip
from tfshim.numpy_api.manipulation import fliplr as fliplr
from tfshim.numpy_api.manipulation import flipud as flipud
from tfshim.numpy_api.manipulation import hsplit as hsplit
from tfshim.numpy_api.manipulation import hstack as hstack
from tfshim.numpy_api.manipulation import moveaxis as moveaxis
from tfshim.numpy_api.manipulation import pad as pad
from tfshim.numpy_api.manipulation import ravel as ravel
from tfshim.numpy_api.manipulation import repeat as repeat
from tfshim.numpy_api.manipulation import reshape as reshape
from tfshim.numpy_api.manipulation import roll as roll
from tfshim.numpy_api.manipulation import rot90 as rot90
from tfshim.numpy_api.manipulation import split as split
from tfshim.numpy_api.manipulation import squeeze as squeeze
from tfshim.numpy_api.manipulation import stack as stack
from tfshim.numpy_api.manipulation import swapaxes as swapaxes
from tfshim.numpy_api.manipulation import tile as tile
from tfshim.numpy_api.manipulation import transpose as transpose
from tfshim.numpy_api.manipulation import vsplit as vsplit
from tfshim.numpy_api.manipulation import vstack as vstack
from tfshim.numpy_api.reductions import all as all
from tfshim.numpy_api.reductions import amax as amax
from tfshim.numpy_api.reductions import amin as amin
from tfshim.numpy_api.reductions import any as any
from tfshim.numpy_api.reductions import average as average
from tfshim.numpy_api.reductions import count_nonzero as count_nonzero
from tfshim.numpy_api.reductions import cumprod as cumprod
from tfshim.numpy_api.reductions import cumsum as cumsum
from tfshim.numpy_api.reductions import diff as diff
from tfshim.numpy_api.reductions import max as max
from tfshim.numpy_api.reductions import mean as mean
from tfshim.numpy_api.reductions import min as min
from tfshim.numpy_api.reductions import nanmean as nanmean
from tfshim.numpy_api.reductions import nanprod as nanprod
from tfshim.numpy_api.reductions import nansum as nansum
from tfshim.numpy_api.reductions import prod as prod
from tfshim.numpy_api.reductions import ptp as ptp
from tfshim.numpy_api.reductions import std as std
from tfshim.numpy_api.reductions import sum as sum
from tfshim.numpy_api.reductions import var as var
from tfshim.numpy_api.sorting import argmax as argmax
from tfshim.numpy_api.sorting import argmin as argmin
from tfshim.numpy_api.sorting import argsort as argsort
from tfshim.numpy_api.sorting import sort as sort
from tfshim.numpy_api.spaces import arange as arange
from tfshim.numpy_api.spaces import geomspace as geomspace
from tfshim.numpy_api.spaces import linspace as linspace
from tfshim.numpy_api.spaces import logspace as logspace
from tfshim.numpy_api.spaces import meshgrid as meshgrid
from tfshim.numpy_api.types import finfo as finfo
from tfshim.numpy_api.types import issubdtype as issubdtype
from tfshim.ops.kernels.quantized import F as float32
from tfshim.ops.kernels.quantized_common import D as float64
from tfshim.ops.kernels.quantized_common import D as float_
from tfshim.tensor import Tensor as ndarray

def abs(x) -> _Any: ...
def absolute(x) -> _Any: ...
def add(x1, x2) -> _Any: ...
def arccos(x) -> _Any: ...
def arccosh(x) -> _Any: ...
def arcsin(x) -> _Any: ...
def arcsinh(x) -> _Any: ...
def arctan(x) -> _Any: ...
def arctan2(x1, x2) -> _Any: ...
def arctanh(x) -> _Any: ...
def bitwise_and(x1, x2) -> _Any: ...
def bitwise_not(x) -> _Any: ...
def bitwise_or(x1, x2) -> _Any: ...
def bitwise_xor(x1, x2) -> _Any: ...
bool_: _Any
def cbrt(x) -> _Any: ...
def ceil(x) -> _Any: ...
complex128: _Any
complex64: _Any
complex_: _Any
def conj(x) -> _Any: ...
def conjugate(x) -> _Any: ...
def cos(x) -> _Any: ...
def cosh(x) -> _Any: ...
def deg2rad(x) -> _Any: ...
def divide(x1, x2) -> _Any: ...
e: float
def equal(x1, x2) -> _Any: ...
def exp(x) -> _Any: ...
def exp2(x) -> _Any: ...
def expm1(x) -> _Any: ...
def fabs(x) -> _Any: ...
def fix(x) -> _Any: ...
float16: _Any
def float_power(x1, x2) -> _Any: ...
def floor(x) -> _Any: ...
def floor_divide(x1, x2) -> _Any: ...
def gcd(x1, x2) -> _Any: ...
def greater(x1, x2) -> _Any: ...
def greater_equal(x1, x2) -> _Any: ...
def heaviside(x1, x2) -> _Any: ...
iinfo: _Any
inexact: _Any
inf: float
int16: _Any
int32: _Any
int64: _Any
int8: _Any
int_: _Any
def isfinite(x) -> _Any: ...
def isnan(x) -> _Any: ...
def lcm(x1, x2) -> _Any: ...
def less(x1, x2) -> _Any: ...
def less_equal(x1, x2) -> _Any: ...
def log(x) -> _Any: ...
def log10(x) -> _Any: ...
def log1p(x) -> _Any: ...
def log2(x) -> _Any: ...
def logaddexp(x1, x2) -> _Any: ...
def logaddexp2(x1, x2) -> _Any: ...
def logical_and(x1, x2) -> _Any: ...
def logical_or(x1, x2) -> _Any: ...
def logical_xor(x1, x2) -> _Any: ...
def maximum(x1, x2) -> _Any: ...
def minimum(x1, x2) -> _Any: ...
def mod(x1, x2) -> _Any: ...
def multiply(x1, x2) -> _Any: ...
def negative(x) -> _Any: ...
newaxis: _Any
def nextafter(x1, x2) -> _Any: ...
def not_equal(x1, x2) -> _Any: ...
object_: _Any
pi: float
def positive(x) -> _Any: ...
def power(x1, x2) -> _Any: ...
def reciprocal(x) -> _Any: ...
def remainder(x1, x2) -> _Any: ...
def signbit(x) -> _Any: ...
def sin(x) -> _Any: ...
def sinc(x) -> _Any: ...
def sinh(x) -> _Any: ...
def sqrt(x) -> _Any: ...
def square(x) -> _Any: ...
string_: _Any
def subtract(x1, x2) -> _Any: ...
def tan(x) -> _Any: ...
def tanh(x) -> _Any: ...
def true_divide(x1, x2) -> _Any: ...
uint16: _Any
uint32: _Any
uint64: _Any
uint8: _Any
unicode_: _Any
