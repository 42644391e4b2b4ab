"""The functions that take and give weak tensors, in the modes "safe" and "all".

Each public function of the tables below is replaced, under all its names, by one that first brings its arguments to
their common type (see `promotion`) and gives a weak tensor if that type is weak. All other functions take weak tensors
for plain ones.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from tfshim import dtypes, export, namespaces
from tfshim.api.casting import cast
from tfshim.api.math import TENSOR_OPERATORS
from tfshim.convert import convert_to_tensor
from tfshim.indexed_slices import IndexedSlices
from tfshim.numpy_api.promotion import common_kind
from tfshim.numpy_api.settings import settings
from tfshim.numpy_api.weak_tensor import WeakTensor, plain, weakened
from tfshim.tensor import SymbolicTensor, Tensor
from tfshim.variable import Variable

_UNARY = {
    "": "expand_dims identity ones_like reshape squeeze stop_gradient transpose zeros_like",
    "linalg": "diag diag_part matrix_transpose tensor_diag_part trace",
    "math": "abs acos acosh angle asin asinh atan atanh bessel_i0 bessel_i0e bessel_i1 bessel_i1e ceil conj cos cosh "
    "digamma erf erfc erfcinv erfinv exp expm1 floor imag lgamma log log1p log_sigmoid ndtri negative real reciprocal "
    "reciprocal_no_nan reduce_euclidean_norm reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod "
    "reduce_std reduce_sum reduce_variance rint round rsqrt sigmoid sign sin sinh softplus sqrt square tan tanh",
    "math.special": "bessel_j0 bessel_j1 bessel_k0 bessel_k0e bessel_k1 bessel_k1e bessel_y0 bessel_y1 dawsn expint "
    "fresnel_cos fresnel_sin spence",
    "nn": "depth_to_space gelu leaky_relu log_softmax relu6 scale_regularization_loss silu space_to_depth",
    "experimental.numpy": "abs absolute amax amin angle arange arccos arcsin arcsinh arctan arctanh around array "
    "asanyarray asarray ascontiguousarray average bitwise_not cbrt ceil conj conjugate copy cos cosh cumprod cumsum "
    "deg2rad diag diagflat diagonal diff empty_like exp exp2 expand_dims expm1 fabs fix flatten flip fliplr flipud "
    "floor full_like imag log log10 log1p log2 max mean min moveaxis nanmean negative ones_like positive prod ptp "
    "rad2deg ravel real reciprocal repeat reshape rot90 round sign sin sinc sinh sort sqrt square squeeze std sum "
    "swapaxes tan tanh trace transpose triu vander var zeros_like",
}
_BINARY = {
    "": "realdiv truncatediv truncatemod",
    "linalg": "matmul matvec",
    "math": "add divide divide_no_nan floordiv floormod multiply multiply_no_nan pow subtract truediv",
    "experimental.numpy": "hypot matmul",
}
# Their results are never weak.
_NEVER_WEAK = {"math": "equal maximum minimum", "experimental.numpy": "append"}
_OF_EACH = {"experimental.numpy": "atleast_1d atleast_2d atleast_3d ix_"}


def _paths(table: dict[str, str]) -> list[str]:
    return [f"{space}.{name}".lstrip(".") for space, names in table.items() for name in names.split()]


def _converted(value: Any, dtype: Any) -> Any:
    if isinstance(value, WeakTensor):
        value = value.tensor
    if isinstance(value, (Tensor, Variable, IndexedSlices)):
        return cast(value, dtype)
    return convert_to_tensor(value, dtype)


def _parameters(fn: Any, count: int) -> list[str]:
    return list(inspect.signature(fn).parameters)[:count]


def _strong(value: Any) -> Any:
    return value if isinstance(value, (Tensor, IndexedSlices)) else convert_to_tensor(value)


def _promoting(fn: Any, names: list[str], keeps_weak: bool = True, strong: int = 0) -> Any:
    """`fn` with the arguments `names` brought to their common type; results are weak if that is.

    The first `strong` of them count as strong, whatever they are.
    """
    signature = inspect.signature(fn)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        values = [_strong(given[name]) if i < strong else given[name] for i, name in enumerate(names)]
        if len(names) == 1 and (isinstance(values[0], Tensor) or given.get("dtype") is not None):
            return fn(*args, **kwargs)
        try:
            dtype, weak = common_kind(*values)
        except NotImplementedError:
            return fn(*args, **kwargs)
        for name, value in zip(names, values, strict=True):
            given[name] = _converted(value, dtype)
        return weakened(fn(*bound.args, **bound.kwargs), weak and keeps_weak)

    return call


def _constant(fn: Any) -> Any:
    """`tf.constant`: weak for Python values without a dtype; with a dtype, tensors of lower types are converted."""
    signature = inspect.signature(fn)

    @functools.wraps(fn)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.arguments
        value, dtype = given["value"], given["dtype"]
        try:
            target, weak = common_kind(value, dtype)
        except NotImplementedError:
            return fn(*args, **kwargs)
        if isinstance(value, WeakTensor):
            given["value"] = value.tensor
        if dtype is None:
            given["dtype"] = target
        elif target == dtype and isinstance(value, (Tensor, WeakTensor)):
            given["value"] = _converted(value, target)
        return weakened(fn(*bound.args, **bound.kwargs), weak and dtype is None)

    return call


def _moments(fn: Any) -> Any:
    """`tf.nn.moments`: the mean is weak if the numbers are, the variance is not."""

    @functools.wraps(fn)
    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        mean, variance = fn(x, *args, **kwargs)
        return weakened(mean, isinstance(x, WeakTensor)), variance

    return call


def _of_each(fn: Any) -> Any:
    """A function of any number of arrays, which gives one for each."""

    @functools.wraps(fn)
    def call(*arys: Any, **kwargs: Any) -> Any:
        weak = [common_kind(array).weak for array in arys]
        results = fn(*arys, **kwargs)
        if not isinstance(results, (list, tuple)):
            return weakened(results, weak[0])
        return type(results)(weakened(result, w) for result, w in zip(results, weak, strict=True))

    return call


def _assigning(fn: Any) -> Any:
    """A writing method of a variable: what is written may have a lower type than the variable."""

    @functools.wraps(fn)
    def call(self: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            dtype = common_kind(self, value).dtype
        except NotImplementedError:
            return fn(self, value, *args, **kwargs)
        if dtype is not self.dtype:
            raise TypeError(
                f"Variable dtype is immutable: {fn.__name__} of a {self.dtype.name} variable needs a value that "
                f"converts to {self.dtype.name}, which {value!r} does not. Convert it with tf.cast."
            )
        return fn(self, _converted(value, dtype), *args, **kwargs)

    return call


def _in_these_modes(weak: Any, plain: Any) -> Any:
    """`weak` while one of the modes "safe" and "all" is on, and `plain` once another follows it."""

    @functools.wraps(plain)
    def call(*args: Any, **kwargs: Any) -> Any:
        return (weak if settings.weak else plain)(*args, **kwargs)

    return call


def _replace(path: str, change: Callable[[Any], Any]) -> None:
    """Changes a public function under all its names."""
    found = namespaces.resolve(path)
    changed = _in_these_modes(change(found), found)
    for other, obj in list(export.symbols().items()):
        if obj is found:
            export.replace(other, changed)


def _operator(method: Any, keeps_weak: bool = True) -> Any:
    """An operator of tensors, weak tensors and variables that promotes its operands."""
    # Booleans are multiplied without promotion: the product says whether both hold.
    multiplies = method.__name__ in ("__mul__", "__rmul__")

    def operator(x: Any, y: Any) -> Any:
        try:
            dtype, weak = common_kind(x, y)
        except NotImplementedError:
            return method(plain(x), y)
        if y is None:
            return method(plain(x), y)
        if multiplies and dtypes.bool in (common_kind(x).dtype, common_kind(y).dtype):
            return method(_converted(x, common_kind(x).dtype), _converted(y, common_kind(y).dtype))
        return weakened(method(_converted(x, dtype), _converted(y, dtype)), weak and keeps_weak)

    operator.__name__ = operator.__qualname__ = method.__name__
    return operator


def _of_plain(method: Any) -> Any:
    """An operator of weak tensors that does not promote, and gives plain tensors."""
    return lambda x, y: method(plain(x), plain(y))


_PROMOTING = frozenset(
    f"__{r}{name}__" for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow") for r in ("", "r")
)


def _replace_operators() -> None:
    for name, method in TENSOR_OPERATORS.items():
        if name in _PROMOTING:
            for cls in (Tensor, WeakTensor, Variable):
                setattr(cls, name, _operator(method))
        elif name == "__eq__":
            for cls in (Tensor, WeakTensor, Variable, SymbolicTensor):
                setattr(cls, name, _operator(method, keeps_weak=False))
        elif name in ("__neg__", "__abs__", "__invert__"):
            setattr(WeakTensor, name, _promoting(method, _parameters(method, 1)))
        else:
            for cls in (Tensor, WeakTensor, Variable):
                setattr(cls, name, _of_plain(method))
    product = namespaces.resolve("experimental.numpy.matmul")
    for cls in (Tensor, WeakTensor, Variable):
        cls.__matmul__ = product
        cls.__rmatmul__ = lambda self, x: product(x, self)


_METHODS = ("flatten", "max", "mean", "min", "ravel", "reshape", "transpose", "__pos__", "__round__")


def add_methods(methods: dict[str, Any]) -> None:
    """Gives weak tensors the methods that tensors have."""
    for name, method in methods.items():
        if name in _METHODS:
            method = _promoting(method, _parameters(method, 1))
        setattr(WeakTensor, name, method)
    transpose = WeakTensor.transpose  # type: ignore[attr-defined]
    setattr(WeakTensor, "T", property(transpose, doc="The tensor with its axes in reverse order."))  # noqa: B010


def enable() -> None:
    """Puts the functions and operators in place."""
    _replace_functions()
    _replace_operators()


@functools.cache
def _replace_functions() -> None:
    for path in _paths(_UNARY):
        _replace(path, lambda fn: _promoting(fn, _parameters(fn, 1)))
    for path in _paths(_BINARY):
        _replace(path, lambda fn: _promoting(fn, _parameters(fn, 2)))
    for path in _paths(_NEVER_WEAK):
        _replace(path, lambda fn: _promoting(fn, _parameters(fn, 2), keeps_weak=False))
    for path in _paths(_OF_EACH):
        _replace(path, _of_each)
    _replace("math.scalar_mul", lambda fn: _promoting(fn, ["x"]))
    _replace("clip_by_value", lambda fn: _promoting(fn, _parameters(fn, 3), strong=1))
    _replace("tensordot", lambda fn: _promoting(fn, _parameters(fn, 2), strong=2))
    _replace("constant", _constant)
    _replace("nn.moments", _moments)
    for name in ("assign", "assign_add", "assign_sub"):
        method = getattr(Variable, name)
        setattr(Variable, name, _in_these_modes(_assigning(method), method))
