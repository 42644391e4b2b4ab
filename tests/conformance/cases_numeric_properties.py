"""Drawn values for casts, scans, sorting, segments, choosing and contractions: NaN, infinities, extremes, ties."""

from __future__ import annotations

from hypothesis import strategies as st

from .inputs import COMPLEX, INTS, UINTS, WIDE_FLOATS
from .properties import property_case

VECTORS = ((0,), (1,), (5,), (2, 3))
EXACT = (*INTS, *UINTS)
# TensorFlow has no clipping kernel for the wider unsigned types, and gives the least int64 for each.
NARROW = ("int8", "int16", "int32", "uint8", "uint16")


def target(_):
    return st.sampled_from([*EXACT, *WIDE_FLOATS, "float16", "bfloat16", "bool", "complex64"])


def rows(shape):
    """Ascending segment numbers with gaps, one for each row."""
    count = shape[0]
    return st.lists(st.integers(0, 3), min_size=count, max_size=count).map(sorted)


def places(shape):
    """Indices of rows, the same one perhaps more than once."""
    return st.lists(st.integers(0, max(shape[0] - 1, 0)), max_size=4 if shape[0] else 0)


def scan(_):
    return st.fixed_dictionaries({"exclusive": st.booleans(), "reverse": st.booleans()})


def segments(name):
    return lambda tf, x, ids: getattr(tf.math, name)(x, tf.constant(ids, "int32"), 5)


def order(tf, x, direction):
    return tf.sort(x, direction=direction), tf.argsort(x, direction=direction, stable=True)


def best(tf, x, _):
    return tf.math.top_k(x, min(2, x.shape[-1] or 0) if x.shape[-1] is not None else 1), tf.argmax(x, -1)


def with_rows(tf, x, at):
    indices = tf.reshape(tf.constant(at, "int32"), [-1])
    taken = tf.gather(x, indices)
    return taken, tf.tensor_scatter_nd_add(x, indices[:, tf.newaxis], taken)


def equations(_):
    return st.sampled_from(["ij,kj->ik", "ij,ij->", "ij,ij->i", "ij,kj->ki", "ij,kl->jl", "...j,kj->...k", "ij,kj"])


def direction(_):
    return st.sampled_from(["ASCENDING", "DESCENDING"])


CASES = [
    property_case("cast", lambda tf, x, to: tf.cast(x, to), EXACT, VECTORS, extra=target),
    property_case(
        "cast-floats", lambda tf, x, to: tf.cast(x, to), WIDE_FLOATS, VECTORS, specials=False, examples=15,
        extra=lambda _: st.sampled_from(["int8", "int32", "int64", "float16", "bfloat16", "bool", "complex64"]),
    ),
    property_case("saturate-cast", lambda tf, x, to: tf.saturate_cast(x, to), (*NARROW, *WIDE_FLOATS), VECTORS,
                  extra=lambda _: st.sampled_from([*NARROW, "float32"]), specials=False),
    property_case("cumsum", lambda tf, x, how: tf.cumsum(x, **how), (*WIDE_FLOATS, "int32", "int8", "uint8"), VECTORS,
                  extra=scan, grad=True, examples=15),
    property_case("cumprod", lambda tf, x, how: tf.math.cumprod(x, **how), (*WIDE_FLOATS, *COMPLEX, "int32"), VECTORS,
                  extra=scan, grad=True, specials=False, examples=15),
    property_case("sort", order, (*EXACT, *WIDE_FLOATS), VECTORS, extra=direction, specials=False, examples=15),
    property_case("top-k", best, (*EXACT, *WIDE_FLOATS), ((1,), (5,), (2, 3)), extra=direction, specials=False,
                  examples=15, modes=("eager",), reason="drawn"),
    *(
        property_case(f"unsorted-segment-{name}", segments(f"unsorted_segment_{name}"), (*WIDE_FLOATS, "int32", "int8"),
                      ((0, 2), (3,), (4, 2)), extra=rows, grad=True, specials=False, examples=10)
        for name in ("sum", "max", "min", "prod", "mean")
    ),
    property_case("gather-scatter", with_rows, (*WIDE_FLOATS, "int32", "uint8"), ((1,), (3,), (4, 2)), extra=places,
                  grad=True, examples=15),
    property_case("einsum", lambda tf, x, y, e: tf.einsum(e, x, y), (*WIDE_FLOATS, *COMPLEX), (((2, 3), (2, 3)),),
                  arity=2, extra=equations, grad=True, specials=False, rtol=1e-4, atol=1e-5, examples=15),
    property_case("integer-division", ["math.floordiv", "math.floormod"], INTS,
                  (((5,), (5,)),), arity=2, specials=False, examples=20),
    property_case("bits", ["bitwise.bitwise_and", "bitwise.bitwise_or", "bitwise.bitwise_xor"], EXACT,
                  (((5,), (5,)), ((2, 1), (3,))), arity=2, examples=15),
]  # fmt: skip
