"""Kernels that put strings into hash buckets, with the very hashes of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tfshim.ops.kernels.strings import each
from tfshim.ops.registry import kernel
from tfshim.ops.shape_helpers import invalid, same_shape

_MASK = 2**64 - 1


def _fetch(data: bytes, at: int, size: int = 8) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _right(value: int, count: int) -> int:
    """Rotated to the right."""
    return (value >> count | value << (64 - count)) & _MASK


# FarmHash's 64-bit fingerprint ---------------------------------------------------------------------------

_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F


def _mixed(value: int) -> int:
    return value ^ value >> 47


def _combined(u: int, v: int, mul: int) -> int:
    a = _mixed((u ^ v) * mul & _MASK)
    return _mixed((v ^ a) * mul & _MASK) * mul & _MASK


def _short(data: bytes, n: int) -> int:
    """Up to 16 bytes."""
    mul = _K2 + n * 2
    if n >= 8:
        a, b = _fetch(data, 0) + _K2 & _MASK, _fetch(data, n - 8)
        c = _right(b, 37) * mul + a & _MASK
        d = (_right(a, 25) + b) * mul & _MASK
        return _combined(c, d, mul)
    if n >= 4:
        return _combined(n + (_fetch(data, 0, 4) << 3), _fetch(data, n - 4, 4), mul)
    if n:
        y = data[0] + (data[n >> 1] << 8)
        z = n + (data[n - 1] << 2)
        return _mixed((y * _K2 ^ z * _K0) & _MASK) * _K2 & _MASK
    return _K2


def _ends(data: bytes, n: int, first: int, mul: int) -> tuple[int, int, int, int]:
    """What the first and the last 16 bytes give, for 17 to 64 bytes."""
    a, b = _fetch(data, 0) * first & _MASK, _fetch(data, 8)
    c, d = _fetch(data, n - 8) * mul & _MASK, _fetch(data, n - 16) * _K2
    y = _right(a + b & _MASK, 43) + _right(c, 30) + d & _MASK
    return y, a + _right(b + _K2 & _MASK, 18) + c & _MASK, a, b


def _medium(data: bytes, n: int) -> int:
    """33 to 64 bytes."""
    mul = _K2 + n * 2
    y, z, a, _ = _ends(data, n, _K2, mul)
    z = _combined(y, z, mul)
    e, f = _fetch(data, 16) * mul & _MASK, _fetch(data, 24)
    g = (y + _fetch(data, n - 32)) * mul & _MASK
    h = (z + _fetch(data, n - 24)) * mul
    return _combined(
        _right(e + f & _MASK, 43) + _right(g, 30) + h & _MASK, e + _right(f + a & _MASK, 18) + g & _MASK, mul
    )


def _weak(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """32 bytes into two numbers."""
    w, x, y, z = (_fetch(data, at + i) for i in (0, 8, 16, 24))
    a = a + w & _MASK
    b = _right(b + a + z & _MASK, 21)
    c = a
    a = a + x + y & _MASK
    return a + z & _MASK, b + _right(a, 44) + c & _MASK


def fingerprint64(data: bytes) -> int:
    """FarmHash's `Fingerprint64`."""
    n = len(data)
    if n <= 16:
        return _short(data, n)
    if n <= 32:
        mul = _K2 + n * 2
        y, z, _, _ = _ends(data, n, _K1, mul)
        return _combined(y, z, mul)
    if n <= 64:
        return _medium(data, n)
    x, y = 81, 81 * _K1 + 113 & _MASK
    z = _mixed(y * _K2 + 113 & _MASK) * _K2 & _MASK
    v, w = (0, 0), (0, 0)
    x = x * _K2 + _fetch(data, 0) & _MASK
    for at in range(0, (n - 1) // 64 * 64, 64):
        x, y, z, v, w = _block(data, at, x, y, z, v, w, _K1, 1)
    mul = _K1 + ((z & 0xFF) << 1)
    w = w[0] + (n - 1 & 63) & _MASK, w[1]
    v = v[0] + w[0] & _MASK, v[1]
    w = w[0] + v[0] & _MASK, w[1]
    x, y, z, v, w = _block(data, n - 64, x, y, z, v, w, mul, 9)
    return _combined(
        _combined(v[0], w[0], mul) + _mixed(y) * _K0 + z & _MASK, _combined(v[1], w[1], mul) + x & _MASK, mul
    )


def _block(data, at, x, y, z, v, w, mul, weight):
    x = _right(x + y + v[0] + _fetch(data, at + 8) & _MASK, 37) * mul & _MASK
    y = _right(y + v[1] + _fetch(data, at + 48) & _MASK, 42) * mul & _MASK
    x ^= w[1] * weight & _MASK
    y = y + v[0] * weight + _fetch(data, at + 40) & _MASK
    z = _right(z + w[0] & _MASK, 33) * mul & _MASK
    v = _weak(data, at, v[1] * mul & _MASK, x + w[0] & _MASK)
    w = _weak(data, at + 32, z + w[1] & _MASK, y + _fetch(data, at + 16) & _MASK)
    return z, y, x, v, w


# SipHash and MurmurHash ----------------------------------------------------------------------------------


def siphash(data: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 with a key of two 64-bit numbers."""
    k0, k1 = (k & _MASK for k in key)
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])

    def rounds(count: int) -> None:
        nonlocal v0, v1, v2, v3
        for _ in range(count):
            v0, v2 = v0 + v1 & _MASK, v2 + v3 & _MASK
            v1, v3 = _right(v1, 51) ^ v0, _right(v3, 48) ^ v2
            v0 = _right(v0, 32)
            v2, v0 = v2 + v1 & _MASK, v0 + v3 & _MASK
            v1, v3 = _right(v1, 47) ^ v2, _right(v3, 43) ^ v0
            v2 = _right(v2, 32)

    for at in range(0, len(padded), 8):
        word = _fetch(padded, at)
        v3 ^= word
        rounds(2)
        v0 ^= word
    v2 ^= 0xFF
    rounds(4)
    return v0 ^ v1 ^ v2 ^ v3


_MURMUR = 0xC6A4A7935BD1E995


def hash64(data: bytes, seed: int = 0xDECAFCAFFE) -> int:
    """TensorFlow's first hash of strings: MurmurHash64A."""
    h = seed ^ len(data) * _MURMUR & _MASK
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        k = _fetch(data, at) * _MURMUR & _MASK
        h = (h ^ (k ^ k >> 47) * _MURMUR & _MASK) * _MURMUR & _MASK
    if whole < len(data):
        h = (h ^ _fetch(data, whole)) * _MURMUR & _MASK
    h = (h ^ h >> 47) * _MURMUR & _MASK
    return h ^ h >> 47


# The kernels ---------------------------------------------------------------------------------------------


def buckets(x: np.ndarray, count: int, hashed: Callable[[bytes], int]) -> np.ndarray:
    """The bucket of each string."""
    return each(lambda s: hashed(s) % count, x).astype(np.int64)


@kernel("StringToHashBucketFast", host=True)
def string_to_hash_bucket_fast(x, *, num_buckets):
    return buckets(x, num_buckets, fingerprint64)


@kernel("StringToHashBucket", host=True)
def string_to_hash_bucket(x, *, num_buckets):
    return buckets(x, num_buckets, hash64)


@kernel("StringToHashBucketStrong", host=True)
def string_to_hash_bucket_strong(x, *, num_buckets, key):
    if len(key) != 2:
        raise invalid(f"Key must have 2 elements, got {len(key)}")
    return buckets(x, num_buckets, lambda s: siphash(s, key))


same_shape("StringToHashBucketFast", "StringToHashBucket", "StringToHashBucketStrong")
