"""Dispatch: what a public function does with composite tensors that it was not written for.

A function named in `NAMES` first tries itself. If it raises and one of its arguments (or an item of a list
argument) is a `CompositeTensor`, the class of that value may answer: its `_handler(path)` returns a function
with the same parameters, or None. Plain tensors never get here, so they pay nothing for it.

    class RaggedTensor(CompositeTensor):
        @classmethod
        def _handler(cls, path):  # path: the name in NAMES, "math.reduce_sum"
            return TABLE.get(path)

`export` wraps the functions of `NAMES`; hot ones that are declared by a table have the `try` in their own body
(see `tfshim.api.math_unary`), and say so by the attribute `_dispatches`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any

# The functions of one tensor that act element by element.
UNARY = frozenset(
    """
    bitcast bitwise.invert cast clip_by_value debugging.check_numerics dtypes.saturate_cast
    image.adjust_brightness image.adjust_gamma image.convert_image_dtype image.random_brightness
    image.stateless_random_brightness io.decode_base64 io.decode_compressed io.encode_base64
    math.abs math.acos math.acosh math.angle math.asin math.asinh math.atan math.atanh
    math.bessel_i0 math.bessel_i0e math.bessel_i1 math.bessel_i1e math.ceil math.conj math.cos math.cosh
    math.digamma math.erf math.erfc math.erfcinv math.erfinv math.exp math.expm1 math.floor math.imag
    math.is_finite math.is_inf math.is_nan math.lgamma math.log math.log1p math.log_sigmoid math.logical_not
    math.ndtri math.negative math.real math.reciprocal math.reciprocal_no_nan math.rint math.round math.rsqrt
    math.sigmoid math.sign math.sin math.sinh math.softplus math.special.bessel_j0 math.special.bessel_j1
    math.special.bessel_k0 math.special.bessel_k0e math.special.bessel_k1 math.special.bessel_k1e
    math.special.bessel_y0 math.special.bessel_y1 math.special.dawsn math.special.expint
    math.special.fresnel_cos math.special.fresnel_sin math.special.spence math.sqrt math.square math.tan
    math.tanh nn.elu nn.gelu nn.leaky_relu nn.log_softmax nn.relu nn.relu6 nn.selu nn.silu nn.softsign ones_like
    strings.as_string strings.length strings.lower strings.regex_full_match strings.regex_replace
    strings.strip strings.substr strings.to_hash_bucket strings.to_hash_bucket_fast
    strings.to_hash_bucket_strong strings.to_number strings.unicode_script strings.unicode_transcode
    strings.upper zeros_like
    """.split()
)

# The functions of two tensors that act element by element, after broadcasting.
BINARY = frozenset(
    """
    bitwise.bitwise_and bitwise.bitwise_or bitwise.bitwise_xor bitwise.left_shift bitwise.right_shift
    compat.v1.div compat.v1.floor_div
    dtypes.complex math.add math.atan2 math.divide math.divide_no_nan math.equal math.floordiv math.floormod
    math.greater math.greater_equal math.less math.less_equal math.logical_and math.logical_or
    math.logical_xor math.maximum math.minimum math.multiply math.multiply_no_nan math.nextafter
    math.not_equal math.pow math.squared_difference math.subtract math.truediv math.xdivy math.xlog1py
    math.xlogy math.zeta nn.sigmoid_cross_entropy_with_logits realdiv truncatediv truncatemod
    debugging.assert_equal debugging.assert_none_equal debugging.assert_less debugging.assert_less_equal
    debugging.assert_greater debugging.assert_greater_equal debugging.assert_near
    """.split()
)

# The rest: each has a meaning of its own.
OTHERS = frozenset(
    """
    compat.v1.nn.embedding_lookup
    broadcast_dynamic_shape broadcast_to compat.v1.where concat dynamic_partition expand_dims fill gather
    gather_nd image.resize linalg.matmul math.add_n math.bincount math.cumsum math.reduce_all math.reduce_any
    math.reduce_logsumexp math.reduce_max math.reduce_mean math.reduce_min math.reduce_prod math.reduce_std
    math.reduce_sum math.reduce_variance math.scalar_mul math.unsorted_segment_max math.unsorted_segment_mean
    math.unsorted_segment_min math.unsorted_segment_prod math.unsorted_segment_sqrt_n math.unsorted_segment_sum
    nn.dropout nn.embedding_lookup nn.experimental.stateless_dropout nn.softmax one_hot ones rank reshape
    reverse shape size sparse.bincount split squeeze stack strings.format strings.join strings.reduce_join tile
    where zeros
    """.split()
)

NAMES = UNARY | BINARY | OTHERS
_NOTHING: Mapping[str, Any] = {}


def wrapped(paths: Iterable[str], fn: Any) -> Any:
    """`fn`, with dispatch if one of its public paths is named and it has none yet."""
    if type(fn) is not FunctionType or hasattr(fn, "_dispatches"):
        return fn
    path = next((p for p in paths if p in NAMES), None)
    return fn if path is None else _with_dispatch(path, fn)


def _with_dispatch(path: str, fn: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(fn)
    def call(*args, **kwargs):
        try:
            return fn(*args, **kwargs)
        except Exception:
            handler = find(path, args, kwargs)
            if handler is None:
                raise
        return handler(*args, **kwargs)

    call._dispatches = True  # type: ignore[attr-defined]
    return call


# What users registered by `tf.experimental.dispatch_for_...`: called with path, arguments and named arguments.
answer: Callable[[str, tuple[Any, ...], Mapping[str, Any]], Callable[..., Any] | None] | None = None


def find(path: str, args: tuple[Any, ...], kwargs: Mapping[str, Any] = _NOTHING) -> Callable[..., Any] | None:
    """Who answers for the function at `path` with these arguments: a function of the same parameters, or None."""
    if answer is not None:
        chosen = answer(path, args, kwargs)
        if chosen is not None:
            return chosen
    for value in values((*args, *kwargs.values())):
        handler_of = getattr(type(value), "_handler", None)
        if handler_of is not None:
            handler = handler_of(path)
            if handler is not None:
                return handler
    return None


def values(args: Iterable[Any]) -> Iterable[Any]:
    """The arguments, with the items of lists one by one."""
    for arg in args:
        if isinstance(arg, (list, tuple)) and not hasattr(type(arg), "_handler"):
            yield from values(arg)
        else:
            yield arg
